"""Measuring imaging batches: which animals, which regions, which tables."""
