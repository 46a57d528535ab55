"""Operators without a kernel of one's own: pooling, interpolation, shifts, shuffles, patches."""
