"""What `benchmarks/validate_flux.py` simulates, measures, draws and writes."""
