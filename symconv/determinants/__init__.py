"""Determinants, at a fixed size and at every size."""
