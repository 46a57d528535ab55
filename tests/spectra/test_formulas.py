"""Formulas of eigenvalues and singular values on many geometries: SciPy's transforms, and LAPACK.

A transform T diagonalises C iff (T C e)_j = λ_j (T e)_j for the pixel 0 alone, whatever λ is; so the
formula at the frequency j is compared with a quotient of two transforms, in order.
"""

from collections import Counter
from random import Random

import numpy as np
import pytest
import scipy.fft
import sympy as sp

import symconv as sc

SIZES = sp.symbols("n m")
MODES = ("circular", "symmetric", "reflect", "zeros")
BLOCK = 65


def palindrome(random, size):
    half = [random.randint(-6, 6) for _ in range((size + 1) // 2)]
    return np.array(half + half[: size // 2][::-1])


def layer(random):
    """A layer of one channel that a transform diagonalises on each axis, or that is near to one."""
    axes, mode = random.choice([1, 1, 2]), random.choice(MODES)
    lengths = [random.randint(1, 7 if axes == 1 else 3) for _ in range(axes)]
    if mode == "circular":
        kernel = np.array([random.randint(-6, 6) for _ in range(np.prod(lengths))]).reshape(lengths)
        stride = random.choice([1, 1, 2])
    else:
        lengths = [3 if mode == "zeros" else size + 1 - size % 2 for size in lengths]
        kernel = np.ones((1,) * axes, dtype=int)
        for axis, size in enumerate(lengths):
            shape = [size if a == axis else 1 for a in range(axes)]
            kernel = kernel * palindrome(random, size).reshape(shape)
        stride = 1
    kernel[(0,) * axes] += not kernel.any()
    dilation = random.choice([1, 1, 2]) if mode == "circular" else 1
    symbols = [stride * s for s in SIZES[:axes]]
    padding = "same" if stride == 1 else tuple((0, dilation * (k - 1)) for k in lengths)
    if stride == 2:
        padding = tuple((0, max(0, dilation * (k - 1) - 1)) for k in lengths)
    return sc.conv(
        kernel.tolist(),
        symbols,
        stride=stride,
        padding=padding,
        dilation=dilation,
        padding_mode=mode,
    )


def formula_values(spectrum, sizes):
    """The formula at all frequencies, squared for singular values, by NumPy."""
    counts = [int(count.subs(sizes)) for count in spectrum.counts.values()]
    grid = np.meshgrid(*map(np.arange, counts), indexing="ij")
    expr = spectrum.matrix[0, 0].subs(sizes)
    values = sp.lambdify(list(spectrum.counts), expr, "numpy")(*grid)
    return np.broadcast_to(np.asarray(values, dtype=complex), counts)


TRANSFORMS = {
    "diagonal in the DFT": lambda x: np.fft.ifftn(x, norm="forward"),
    "diagonal in the DCT-II": lambda x: scipy.fft.dctn(x, type=2),
    "diagonal in the DCT-I": lambda x: scipy.fft.dctn(x, type=1),
    "diagonal in the DST-I": lambda x: scipy.fft.dstn(x, type=1),
}


def by_transform(matrix, shape, method):
    """The quotient of the transforms of the first row (as a column) and of the pixel itself."""
    first = np.zeros(shape)
    first[(0,) * len(shape)] = 1
    transform = TRANSFORMS[method]
    column = matrix.T @ first.ravel() if "DFT" in method else matrix @ first.ravel()
    return transform(column.reshape(shape)) / transform(first)


def check(C, sizes, methods):
    matrix = sc.to_numpy(C.at(sizes)).astype(float)
    singular = np.linalg.svd(matrix, compute_uv=False)
    scale = max(1.0, singular[0])
    spectrum = sc.singular_values(C)
    assert np.abs(spectrum.numeric(sizes=sizes) - singular).max() <= 1e-10 * scale
    if spectrum.matrix is not None:
        squares = np.sort(formula_values(spectrum, sizes).real.ravel())[::-1]
        assert np.abs(squares - singular**2).max() <= 1e-10 * scale**2
        methods["singular values, " + spectrum.method] += 1
    if C.rows == C.cols:
        spectrum = sc.eigenvalues(C)
        if spectrum.method in TRANSFORMS:
            found = formula_values(spectrum, sizes)
            expected = by_transform(matrix, found.shape, spectrum.method)
            assert np.abs(found - expected).max() <= 1e-10 * scale
            trace = np.trace(matrix)
            assert abs(found.sum() - trace) <= 1e-10 * scale * found.size
            methods["eigenvalues, " + spectrum.method] += 1


@pytest.mark.parametrize("block", range(8))
def test_formulas_are_scipys_and_lapacks_numbers(block):
    random, methods = Random(block), Counter()
    for _ in range(BLOCK):
        C = layer(random)
        largest = 40 if len(C.rows) == 2 else 9
        sizes = {s: random.randint(8, largest) for s in sorted(C.size_symbols, key=str)}
        check(C, sizes, methods)
    assert sum(methods.values()) > BLOCK
    assert len(methods) >= 6, methods
