"""Before the study: how many animals, and which of them into which arm."""
