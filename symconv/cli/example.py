"""The worked example: a 3x3 kernel on a 4x4 image, derived, checked and typeset."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

import sympy as sp

from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.selection import identity
from symconv.printing.latex import latex
from symconv.printing.unicode import (
    beside,
    matrix_text,
    one_line,
    pretty,
    table_text,
    terminal_names,
)
from symconv.testing import assert_lowering
from symconv.typesetting.matrices import shorten


def example_text() -> str:
    """The example, paragraph by paragraph.

    Raises:
        AssertionError: NumPy and the algebra disagree.
    """
    return "\n\n".join(_paragraphs())


def _paragraphs() -> Iterator[str]:
    symbols, numbers = Kernel.symbolic("k", (3, 3)), Kernel.arange((3, 3))
    general, A = conv(symbols, (4, 4)), conv(numbers, (4, 4))
    AB, BA = A @ A.T, A.T @ A
    kernels = [pretty(sp.Matrix(k.tolist()).applyfunc(terminal_names)) for k in (symbols, numbers)]
    yield "A 3×3 kernel slides over a 4×4 image: no padding, stride 1. In symbols and in numbers,"
    yield beside(*kernels)
    yield "Convolution is the matrix A = C_K, from 16 pixels to 4:"
    yield matrix_text(general)
    yield matrix_text(A)
    yield "Transposed convolution is B = Aᵀ, from 4 pixels to 16:"
    yield beside(matrix_text(general.T), matrix_text(A.T), gap=8)
    yield "A·B in numbers, and in symbols, where r is the autocorrelation of the kernel:"
    r = autocorrelation(symbols)
    names = {polynomial: r.symbol(max(lag, (-lag[0], -lag[1]))) for lag, polynomial in r.items()}
    gram = general @ general.T
    yield beside(
        matrix_text(AB), table_text(range(4), range(4), lambda i, j: names[gram[i, j]]), gap=8
    )
    values = dict(zip(symbols.entries, numbers.entries, strict=True))
    used = dict.fromkeys(gram[i, j] for i in range(4) for j in range(4))
    yield "\n".join(f"{one_line(names[p])} = {one_line(p)} = {p.subs(values)}" for p in used)
    yield "B·A, 16 by 16, in numbers and in symbols (corners):"
    yield table_text(shorten(16, 7), range(16), lambda i, j: BA[i, j])
    corners = shorten(16, 5, 2)
    yield table_text(corners, corners, lambda i, j: (general.T @ general)[i, j])
    if identity((2, 2)) == AB or identity((4, 4)) == BA:
        raise AssertionError("a product is the identity")
    yield (
        f"A·B is not the identity: its entry (0, 0) is {AB[0, 0]}, not 1, and its entry (0, 1) is "
        f"{AB[0, 1]}, not 0.\n"
        "B·A cannot be, whatever the kernel: it squeezes 16 pixels through 4, so its rank is at "
        "most 4."
    )
    matrices = (A, A.T, AB, BA)
    for operator in matrices:
        assert_lowering(operator)
    for operator in (general, general.T, gram, general.T @ general):
        assert_lowering(operator, values)
    entries = sum(prod(operator.shape) for operator in matrices)
    yield (
        f"checked against NumPy: A, B, A·B and B·A, all {entries} entries, made from the numbers "
        "and from the symbols at these numbers; NumPy slid the kernel over the 16 unit images and "
        "multiplied the matrices."
    )
    yield "In LaTeX, A·B is\n\n" + latex(AB, mat_str="bmatrix", mat_delim="")
    yield (
        "Your own:\n"
        "symconv derive --kernel 3x3 --input 6x6 --padding 1 --product CtC --format latex"
    )
