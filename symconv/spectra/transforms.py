"""Transforms that diagonalise: which of them does it for an operator, axis by axis.

An operator is diagonal in a transform iff it commutes with one matrix whose eigenvectors are the
columns of the transform and whose eigenvalues are distinct: the shift for the DFT, the sum of both
neighbours for the cosine and sine transforms, with the image continued as the transform does it.
(Strang 1999, "The discrete cosine transform", SIAM Review 41(1), has the neighbours' matrices.)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import sympy as sp

from symconv.algebra.coefficients import is_zero
from symconv.algebra.sizes import Horizon, Size, to_public
from symconv.errors import ResidueError, SymconvError
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.recognition.instances import with_numbers

Name = Literal["DFT", "DCT-I", "DCT-II", "DST-I"]


@dataclass(frozen=True)
class Transform:
    """One way to diagonalise along one axis of n pixels.

    Attributes:
        name: of the transform, in the numbering of the cosine and sine transforms by type.
        padding_mode: how the image goes on beyond its ends.
        frequency: (j, n) to the angle φ of column j = 0 … n - 1.
        weight: (position x, φ) to the share of entry (0, x) in the eigenvalue.
        vector: (x, j, n) to the entry of the eigenvector, not normalised.
        inverse: (x, j, n) to the entry (j, x) of the inverse of the matrix of eigenvectors.
        orthogonal: whether the eigenvectors are orthogonal to each other.
    """

    name: Name
    padding_mode: str
    taps: tuple[int, ...]
    frequency: Callable[[sp.Expr, sp.Expr], sp.Expr]
    weight: Callable[[int, sp.Expr], sp.Expr]
    vector: Callable[[sp.Expr, sp.Expr, sp.Expr], sp.Expr]
    inverse: Callable[[sp.Expr, sp.Expr, sp.Expr], sp.Expr]
    orthogonal: bool = True


def _half_sample_weight(x: int, angle: sp.Expr) -> sp.Expr:
    """cos((x + 1/2)φ)/cos(φ/2), written without the quotient."""
    terms = [2 * (-1) ** (x - k) * sp.cos(k * angle) for k in range(1, x + 1)]
    return sp.Add((-1) ** x, *terms)


def _sine_weight(x: int, angle: sp.Expr) -> sp.Expr:
    """sin((x + 1)φ)/sin(φ), written without the quotient."""
    return sp.Add(*(sp.cos(k * angle) for k in range(-x, x + 1, 2)))


def _is(index: sp.Expr, value: sp.Expr | int) -> sp.Expr:
    return sp.KroneckerDelta(index, value)


def _end(index: sp.Expr, n: sp.Expr) -> sp.Expr:
    """One half at either end, one between."""
    return 1 - (_is(index, 0) + _is(index, n - 1)) / 2


TRANSFORMS: Mapping[Name, Transform] = {
    "DFT": Transform(
        "DFT",
        "circular",
        (1, 0, 0),
        lambda j, n: 2 * sp.pi * j / n,
        lambda x, angle: sp.exp(sp.I * x * angle),
        lambda x, j, n: sp.exp(2 * sp.pi * sp.I * j * x / n),
        lambda x, j, n: sp.exp(-2 * sp.pi * sp.I * j * x / n) / n,
    ),
    "DCT-II": Transform(
        "DCT-II",
        "symmetric",
        (1, 0, 1),
        lambda j, n: sp.pi * j / n,
        _half_sample_weight,
        lambda x, j, n: sp.cos(sp.pi * j * (2 * x + 1) / (2 * n)),
        lambda x, j, n: (2 - _is(j, 0)) * sp.cos(sp.pi * j * (2 * x + 1) / (2 * n)) / n,
    ),
    "DCT-I": Transform(
        "DCT-I",
        "reflect",
        (1, 0, 1),
        lambda j, n: sp.pi * j / (n - 1),
        lambda x, angle: sp.cos(x * angle),
        lambda x, j, n: sp.cos(sp.pi * j * x / (n - 1)),
        lambda x, j, n: 2 * _end(j, n) * _end(x, n) * sp.cos(sp.pi * j * x / (n - 1)) / (n - 1),
        orthogonal=False,
    ),
    "DST-I": Transform(
        "DST-I",
        "zeros",
        (1, 0, 1),
        lambda j, n: sp.pi * (j + 1) / (n + 1),
        _sine_weight,
        lambda x, j, n: sp.sin(sp.pi * (j + 1) * (x + 1) / (n + 1)),
        lambda x, j, n: 2 * sp.sin(sp.pi * (j + 1) * (x + 1) / (n + 1)) / (n + 1),
    ),
}


@dataclass(frozen=True)
class Diagonalising:
    """One transform an axis, and from which sizes on they are proven to diagonalise."""

    transforms: tuple[Transform, ...]
    valid_from: Mapping[sp.Symbol, int]

    @property
    def orthogonal(self) -> bool:
        """Whether the eigenvectors are orthogonal to each other."""
        return all(transform.orthogonal for transform in self.transforms)

    @property
    def name(self) -> str:
        """The transforms' names, once where all axes have the same."""
        names = [transform.name for transform in self.transforms]
        return names[0] if len(set(names)) == 1 else " x ".join(names)


def diagonalising(operator: Operator) -> Diagonalising | None:
    """The transforms that make an operator diagonal up to its channels, if there are.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel([1, 2, 1]), sp.Symbol("n"), padding=1, padding_mode="symmetric")
    >>> diagonalising(C).name
    'DCT-II'
    """
    if operator.rows[1:] != operator.cols[1:]:
        return None
    if _goes_round(operator):
        return Diagonalising((TRANSFORMS["DFT"],) * (len(operator.rows) - 1), {})
    instance = with_numbers(operator)
    if instance is not operator and diagonalising(instance) is None:
        return None
    horizon = Horizon()
    try:
        horizon.note(operator.proven_from)
    except ResidueError:
        return None
    found = [_on_axis(operator, axis, horizon) for axis in range(len(operator.rows) - 1)]
    chosen = tuple(transform for transform in found if transform is not None)
    if len(chosen) < len(found):
        return None
    return Diagonalising(chosen, horizon.valid_from)


def _goes_round(operator: Operator) -> bool:
    """Whether it was made as a circular layer: commutators are slow for very many channels."""
    layer = None if operator.size_symbols else operator.provenance.layer
    return layer is not None and all(
        axis.padding_mode == "circular" and axis.stride == axis.input_dilation == 1
        for axis in layer.axes
    )


def _on_axis(operator: Operator, axis: int, horizon: Horizon) -> Transform | None:
    first = _first_channels(operator)
    for transform in TRANSFORMS.values():
        try:
            # One pair of channels is quick and decides most.
            if not vanishes(_commutator(first, axis, transform)):
                continue
            commutator = _commutator(operator, axis, transform)
            if not vanishes(commutator):
                continue
        except SymconvError:  # too small an image for this one, or a remainder decides
            continue
        horizon.note(commutator.proven_from)
        return transform
    return None


def _first_channels(operator: Operator) -> Operator:
    """From the first input channel to the first output channel."""
    after, before = (
        _first_of(sizes[1:], to_public(sizes[0])) for sizes in (operator.rows, operator.cols)
    )
    pair: Operator = after @ operator @ before.T
    return pair


def _first_of(sizes: Sequence[Size], channels: Any) -> Operator:
    """The first channel of an image."""
    ones = [1] * len(sizes)
    taps = [sp.Integer(c == 0) for c in range(channels)]
    return conv(Kernel.build(taps, ones, 1, channels), [to_public(n) for n in sizes])


def _commutator(operator: Operator, axis: int, transform: Transform) -> Operator:
    """P A - A P for the transform's matrix P."""
    sizes = operator.rows[1:]
    left = _probe(sizes, to_public(operator.rows[0]), axis, transform.name)
    right = _probe(sizes, to_public(operator.cols[0]), axis, transform.name)
    commutator: Operator = left @ operator - operator @ right
    return commutator


def vanishes(operator: Operator) -> bool:
    """Whether every entry is zero."""
    return all(is_zero(operator.domain, c) for c in operator.cells.values())


@cache
def _probe(sizes: Sequence[Size], channels: Any, axis: int, name: Name) -> Operator:
    """The shift or the sum of both neighbours along one axis, the same in every channel."""
    transform = TRANSFORMS[name]
    shape = [3 if a == axis else 1 for a in range(len(sizes))]
    kernel = Kernel.build(
        [sp.Integer(t) for t in transform.taps] * channels, shape, channels, channels, channels
    )
    padding = [int(a == axis) for a in range(len(sizes))]
    size = [to_public(n) for n in sizes]
    return conv(kernel, size, padding=padding, padding_mode=transform.padding_mode)
