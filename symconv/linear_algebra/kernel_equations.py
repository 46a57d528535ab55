"""A layer as a linear map of its kernel: the matrix of patches, gradients, least squares."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

import sympy as sp
from sympy.polys.domains import EXRAW
from sympy.polys.matrices import DomainMatrix
from sympy.polys.matrices.sdm import SDM

from symconv.algebra.coefficients import from_exprs
from symconv.algebra.diagonal import Cell, diagonal
from symconv.algebra.sizes import Horizon, Size
from symconv.errors import BudgetError, ShapeError
from symconv.operators.convolution import Convolution
from symconv.operators.entries import concrete, parse_image, positions
from symconv.operators.geometry import Axis
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, parse_operator
from symconv.recognition.recognition import require_layer
from symconv.resampling.shifts_and_shuffles import flip
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter
from symconv.work_limits import check

MOST_NONZERO = 200_000
# Elimination among symbols takes some seconds at this size.
MOST_UNKNOWNS = 4


def by_kernel(operator: Operator, image: Any) -> sp.MutableSparseMatrix:
    """The matrix X with X vec(K) = C x: what a layer gives, as a linear map of its kernel.

    Row by row it holds the pixels that a window sees (im2col), in the order of the entries of the
    kernel's array; its columns are those of ``operator.as_layer().kernel``.

    Args:
        operator: a convolution or a transposed one, of any channels, groups, stride, padding mode
            and dilation, on an image of a fixed size.
        image: x, of numbers or expressions: an array of its image's shape or a column vector.

    Raises:
        ConventionError: the operator is no single layer.
        ShapeError: the size is symbolic, or the image has another shape.
        BudgetError: the matrix has too many entries to be written out.

    >>> import symconv as sc
    >>> by_kernel(sc.conv(sc.Kernel.symbolic("k", 2), 3), sp.symbols("x:3"))
    Matrix([
    [x0, x1],
    [x1, x2]])
    """
    layer = _layer(operator)
    pixels, _ = parse_image(operator.cols, image)
    rows, cols = _images(layer)
    _check_size(layer, rows)
    sums: defaultdict[tuple[int, int], list[sp.Expr]] = defaultdict(list)
    for column, cell in _cells(layer):
        for place in positions(cell, rows, cols):
            o, i = reversed(place) if layer.transposed else place
            if pixels[i] != 0:
                sums[o, column].append(pixels[i])
    shape = prod(concrete(operator.rows)), len(layer.kernel.entries)
    return _sparse({place: sp.Add(*parts) for place, parts in sums.items()}, shape)


def kernel_gradient(operator: Operator, gradient: Any) -> Operator:
    """The operator that takes the image x to dL/dK: back-propagation through the kernel.

    It is a convolution with the gradient as kernel, in which stride and dilation have changed
    places. It gives an image of the size of the kernel, with one channel for each pair of output
    and input channel, so that its pixels are dL/dK in the order of the kernel's array: X^T g for
    the X of :func:`by_kernel`.

    Args:
        operator: a layer, as in :func:`by_kernel`; a transposed one with zero padding.
        gradient: g = dL/dy by the layer's output, of numbers or expressions, as an array of its
            shape or a column vector.

    Raises:
        ConventionError: the operator is no single layer.
        ShapeError: the size is symbolic, or the gradient has another shape.
        GeometryError: a transposed layer pads with copies: take ``by_kernel(C, x).T``.

    Source: Dumoulin & Visin, arXiv:1603.07285, section 4.1, for the products with C and its
    transpose.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("k", 2), 5, stride=2)
    >>> kernel_gradient(C, sp.symbols("g:2")).as_explicit()  # taps of g two pixels apart
    Matrix([
    [g0,  0, g1,  0, 0],
    [ 0, g0,  0, g1, 0]])
    """
    layer = _layer(operator)
    pixels, _ = parse_image(operator.rows, gradient)
    kernel = layer.kernel
    shape = concrete(operator.rows)
    values = dict(zip(product(*map(range, shape)), pixels, strict=True))
    given, taken = (1, 0) if layer.transposed else (0, 1)
    pairs = dict.fromkeys((o, i) for o, i, *_ in kernel.weights())
    weights = {
        (q, pair[taken], *place): values[pair[given], *place]
        for q, pair in enumerate(pairs)
        for place in product(*map(range, shape[1:]))
    }
    slid = Kernel.of_weights(weights, shape[1:], len(pairs), layer.channels[0])
    found = Convolution(slid, tuple(map(_exchanged, _axes(layer)))).operator()
    return flip(kernel.size, channels=len(pairs)) @ found if layer.transposed else found


@dataclass(frozen=True, eq=False)
class Identification:
    """The kernel with which a layer comes nearest to an output, in the sum of squares.

    Attributes:
        layer: the layer; of its kernel only the shape counts.
        matrix: X, with X vec(K) = C x.
        output: y, as a column vector.
    """

    layer: Layer
    matrix: sp.MutableSparseMatrix
    output: sp.Matrix

    @cached_property
    def gram(self) -> sp.Matrix:
        """X^T X, the matrix of the normal equations."""
        return sp.Matrix(self.matrix.T * self.matrix).applyfunc(sp.expand)

    @cached_property
    def right(self) -> sp.Matrix:
        """X^T y, their right-hand side."""
        return sp.Matrix(self.matrix.T * self.output).applyfunc(sp.expand)

    @cached_property
    def kernel(self) -> Kernel:
        """The kernel that solves the normal equations X^T X vec(K) = X^T y.

        Raises:
            ShapeError: the image does not tell all taps: X^T X is singular.
            BudgetError: the image has symbols, and there are many taps.
        """
        taps = self.gram.rows
        if self.gram.free_symbols and taps > MOST_UNKNOWNS:
            raise BudgetError(
                f"{taps} normal equations in symbols take long to solve (at most {MOST_UNKNOWNS} "
                "are): .gram and .right have them; put numbers in"
            )
        domain, elements = from_exprs([*self.gram, *self.right])
        field = domain.get_field()
        entries = [field.convert_from(e, domain) for e in elements]
        square = DomainMatrix([entries[i : i + taps] for i in range(0, taps**2, taps)],
                              (taps, taps), field)  # fmt: skip
        if square.rank() < taps:
            raise ShapeError(
                f"X^T X has rank {square.rank()} for {taps} taps: this image does not tell them all"
            )
        column = DomainMatrix([[e] for e in entries[taps**2 :]], (taps, 1), field)
        solved = [*square.lu_solve(column).to_Matrix()]
        known = self.layer.kernel
        return Kernel.build(solved, known.size, known.out_channels, known.in_channels, known.groups)

    @cached_property
    def residual(self) -> sp.Matrix:
        """y - C x with that kernel; zero where the layer can give the output."""
        found = self.output - self.matrix * sp.Matrix(self.kernel.entries)
        return sp.Matrix(found).applyfunc(sp.cancel)

    def __repr__(self) -> str:
        pixels, taps = self.matrix.shape
        return f"Identification({taps} taps from {pixels} pixels)"

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        gram, right = (printer._print(matrix) for matrix in (self.gram, self.right))
        return rf"{gram} \operatorname{{vec}} K = {right}"

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))


def identify_kernel(operator: Operator, image: Any, output: Any) -> Identification:
    """The least-squares kernel of a layer that takes an image to an output, exactly.

    Args:
        operator: a layer, as in :func:`by_kernel`; of its kernel only the shape counts.
        image: x, an array or a column vector of exact numbers or expressions.
        output: y, likewise.

    Returns:
        An :class:`Identification` with the normal equations ``.gram`` and ``.right``, the
        ``.kernel`` that solves them and the ``.residual``.

    Raises:
        ConventionError, ShapeError, BudgetError: as :func:`by_kernel`.

    >>> import symconv as sc
    >>> found = identify_kernel(sc.conv(sc.Kernel.symbolic("k", 2), 4), [1, 2, 0, 1], [8, 4, 3])
    >>> found.gram, found.kernel, found.residual.T
    (Matrix([
    [5, 2],
    [2, 5]]), Kernel([2, 3]), Matrix([[0, 0, 0]]))
    """
    matrix = by_kernel(operator, image)
    pixels, _ = parse_image(operator.rows, output)
    return Identification(_layer(operator), matrix, sp.Matrix(pixels))


# --- layers ----------------------------------------------------------------------------------


def _layer(operator: Operator) -> Layer:
    """The layer that an operator was made as, with the kernel that it was made with, or is."""
    return parse_operator(operator).provenance.layer or require_layer(operator)


def _images(layer: Layer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Output and input image of the layer's convolution, channels first."""
    rows: list[Size] = [layer.kernel.out_channels, *layer.each("output_size")]
    cols: list[Size] = [layer.kernel.in_channels, *layer.each("input_size")]
    return concrete(rows), concrete(cols)


def _check_size(layer: Layer, rows: Sequence[int]) -> None:
    """Refuse a matrix that nobody waits for; every tap meets a pixel in each window at most."""
    most = prod(rows[1:]) * len(layer.kernel.entries)
    what = f"{most} entries of a matrix by the kernel"
    instead = "symconv.unfold gives the patches of any image as an operator"
    check("entries", most, what, instead, MOST_NONZERO)


def _cells(layer: Layer) -> Iterator[tuple[int, Cell]]:
    """For each entry of the kernel, by its number, the diagonals on which it stands."""
    horizon = Horizon()
    taps = [[axis.tap(t, horizon) for t in range(axis.kernel_size)] for axis in layer.axes]
    for number, (o, i, tap, _) in enumerate(layer.kernel.weights()):
        for cell in product(*(axis[t] for axis, t in zip(taps, tap, strict=True))):
            yield number, (diagonal(o, i, 1, 1, 1), *cell)


def _axes(layer: Layer) -> Sequence[Axis]:
    """The axes of the layer as a convolution; its taps are reversed where it is transposed."""
    return [axis.T for axis in layer.axes] if layer.transposed else layer.axes


def _exchanged(axis: Axis) -> Axis:
    """The axis on which output pixels are taps: u*i = d*t + s*o - p, read the other way."""
    (pixels,) = concrete([axis.output_size])
    return replace(
        axis,
        output_size=axis.kernel_size,
        kernel_size=pixels,
        stride=axis.dilation,
        dilation=axis.stride,
    )


def _sparse(
    entries: dict[tuple[int, int], sp.Expr], shape: tuple[int, int]
) -> sp.MutableSparseMatrix:
    table: defaultdict[int, dict[int, sp.Expr]] = defaultdict(dict)
    for (i, j), entry in entries.items():
        if entry != 0:
            table[i][j] = entry
    return sp.MutableSparseMatrix._fromrep(DomainMatrix.from_rep(SDM(dict(table), shape, EXRAW)))
