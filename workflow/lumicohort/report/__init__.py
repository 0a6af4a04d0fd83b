"""The QC page and the report: self-contained HTML."""
