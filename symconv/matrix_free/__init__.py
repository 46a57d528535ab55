"""Operators as maps of images, without a matrix."""
