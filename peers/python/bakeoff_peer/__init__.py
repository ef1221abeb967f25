"""Bakeoff's models in Python: the runner protocol once, a file for each model."""

__version__ = "0.1.0"
