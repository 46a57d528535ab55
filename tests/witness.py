"""Exact linear algebra by python-flint, from the entries that plain loops give."""

import random
from itertools import product

import flint
from reference import conv_matrix
from strategies import Geometry


def line(n, k, stride=1, padding=(0, 0), dilation=1, mode="zeros"):
    """The geometry of one axis."""
    return Geometry((n,), (stride,), (padding,), (dilation,), (1,), mode)


def matrix(kernel, geometry):
    """The matrix of a convolution of one channel on one axis."""
    taps = {(t,): value for t, value in enumerate(kernel)}
    return flint.fmpq_mat(conv_matrix(taps, (len(kernel),), geometry))


def plane(kernel, size, padding=0, mode="zeros"):
    """The matrix of a convolution on two axes, at stride 1."""
    height, width = len(kernel), len(kernel[0])
    taps = {(i, j): kernel[i][j] for i, j in product(range(height), range(width))}
    pads = ((padding, padding),) * 2
    geometry = Geometry(size, (1, 1), pads, (1, 1), (1, 1), mode)
    return flint.fmpq_mat(conv_matrix(taps, (height, width), geometry))


def fraction(value):
    """A rational number of SymPy's as one of flint's."""
    return flint.fmpq(int(value.p), int(value.q))


def explicit(operator):
    """The entries of an operator of concrete size, as symconv has them."""
    rows = operator.as_explicit() if hasattr(operator, "as_explicit") else operator
    height, width = rows.shape
    return flint.fmpq_mat(height, width, [fraction(entry) for entry in rows])


def kernels(count, seed=0, longest=5, ends=True):
    """Random integer kernels; some have double roots, roots on the circle or zero ends."""
    source = random.Random(seed)
    special = [
        [1, 2, 1],
        [1, -1],
        [1, 1, 1],
        [1, 0, 1],
        [1, -2, 1],
        [0, 2, 3],
        [1, 2, 0],
        [0, 0, 1],
    ]
    special += [[1, 0, -1], [4, 4, 1], [1, 3, 3, 1], [1, 0, 2, 0, 1], [0, 1, 2, 1, 0]]
    for index in range(count):
        if index % 10 == 0 and ends:
            yield source, special[index // 10 % len(special)]
        else:
            k = source.randint(1, longest)
            kernel = [source.randint(-4, 5) for _ in range(k)]
            yield source, kernel if any(kernel) else [1] * k
