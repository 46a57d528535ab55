"""Sizes that grow with a symbol, diagonals in arithmetic progression, their sums and products."""
