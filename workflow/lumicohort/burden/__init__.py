"""Tumour-burden statistics on log10 flux: endpoint comparison, days, growth rates."""
