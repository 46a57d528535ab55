"""Identities as code, each with source and proof."""
