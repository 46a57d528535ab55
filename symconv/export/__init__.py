"""Documents, macros and the languages of other systems."""
