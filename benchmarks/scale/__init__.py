"""What `benchmarks/bench_scale.py` makes up, runs, prints and draws."""
