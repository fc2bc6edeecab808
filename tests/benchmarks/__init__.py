"""Benchmarks: this software against the ordinary way to do the same. `python -m tests.benchmarks` runs them."""
