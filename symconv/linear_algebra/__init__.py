"""Determinants, ranks, null spaces and inverses, at a fixed size and at every size."""
