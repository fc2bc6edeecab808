"""Reproducible annual evaluation of legal-aid services from records or published figures."""

__version__ = "0.1.0"
