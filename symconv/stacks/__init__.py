"""Layers with a bias, and layers one after another: affine maps, and stacks with their sizes."""
