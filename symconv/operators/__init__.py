"""Kernels, geometries and the operators that they make; closed forms and splits."""
