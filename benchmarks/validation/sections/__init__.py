"""Sections of docs/validation.md, one module a study."""
