"""Operators and closed forms as LaTeX, and as Unicode in terminals."""
