"""The cohort's sheets: reading them as labs keep them, checking them, and what follows."""
