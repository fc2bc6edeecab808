"""Declared indicators: what is looked at, said once and without words; one file per family."""
