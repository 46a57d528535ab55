"""Linear layers besides convolutions, a table for each framework."""
