"""Studies by simulation: what the methods do over many seeds. `python -m tests.studies` runs them all."""
