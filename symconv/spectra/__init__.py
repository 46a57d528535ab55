"""Generating functions, transforms that diagonalise, eigenvalues, singular values, conditioning."""
