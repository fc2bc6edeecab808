"""Checks of an effect: one file for each way in which it could be wrong."""
