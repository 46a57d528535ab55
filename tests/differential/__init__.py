"""Random layers and stacks, run by each framework and compared with what symconv reads.

    python -m tests.differential --layers 20000 --stacks 500 [--seed S] [--only torch]
    python -m tests.differential --table

A case is a layer with its arguments, drawn from ``(framework, seed, index)`` alone, with random
integer weights. The framework runs it on a random image of integers. "equal" is exact equality: every
number is the exact one, or of a fraction the number of its type that is next to it. Means and
interpolation round on the way: those are "equal but for rounding" within 32 roundings of the type, which
is counted by itself, and never where all numbers are binary fractions that fit the type. What one of the
two refuses and the other accepts is a finding, too.
"""
