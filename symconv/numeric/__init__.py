"""Operators as NumPy arrays, SciPy matrices and matrix-free maps."""
