"""Random layers and stacks, run by each framework and compared with what symconv reads.

    python -m tests.differential --layers 20000 --stacks 500 [--seed S] [--only torch]
    python -m tests.differential --table

A case is a layer with its arguments, drawn from ``(framework, seed, index)`` alone, with random
integer weights. The framework runs it on a random image of integers, in floating point, which is
exact where weights are integers or dyadic fractions; other fractions (means of three pixels,
interpolation) are compared to 1e-5 and counted by themselves. What one of the two refuses and the
other accepts is a finding, too.
"""
