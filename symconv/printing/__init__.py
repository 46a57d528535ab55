"""Operators and closed forms as LaTeX, and in characters for terminals."""
