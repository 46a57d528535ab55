"""Ranks, null spaces, inverses and deconvolution, at a fixed size and at every size."""
