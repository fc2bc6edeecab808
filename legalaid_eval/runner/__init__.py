"""Runs notebooks and lays down report folders; the only room that knows papermill."""
