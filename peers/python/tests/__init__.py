"""Tests of the Python peer: `python -m unittest` in the directory above."""
