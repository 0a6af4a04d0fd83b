"""The study: its config, what the workflow plans from it, and assembling its tables."""
