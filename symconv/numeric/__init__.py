"""Operators as NumPy arrays, SciPy matrices and functions of batches of kernels."""
