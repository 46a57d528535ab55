"""Operators written out as sums of products of convolutions and of Kronecker products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from symconv.algebra.coefficients import to_sympy
from symconv.algebra.diagonal import Diagonal, identity
from symconv.algebra.sizes import Size
from symconv.errors import SymconvError
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.operators.provenance import Product, Scaled, Total, Transposed
from symconv.operators.valid_from import stated_from
from symconv.printing.factor_names import Bounds, Weighted

MOST_PRODUCTS = 16
MOST_FACTORS = 6


@dataclass(frozen=True)
class Placed:
    """One Kronecker product (channels first), and the images between which it is.

    Attributes:
        axes: on each axis the matrix, as diagonals that do not overlap and their numbers.
        rows, cols: the images.
        bounds: the least values of size symbols, where below them it is another.
    """

    axes: tuple[Weighted, ...]
    rows: tuple[Size, ...]
    cols: tuple[Size, ...]
    bounds: Bounds = ()

    @property
    def has_channels(self) -> bool:
        """Whether there is more than one channel on a side."""
        return (self.rows[0], self.cols[0]) != (1, 1)

    @property
    def is_identity(self) -> bool:
        """Whether it leaves every pixel where it is."""
        return self.rows == self.cols and self.axes == _plain(map(identity, self.rows))


@dataclass(frozen=True)
class Factor:
    """A convolution, or one Kronecker product of diagonals, or its transpose."""

    leaf: Layer | Placed
    transposed: bool = False


@dataclass(frozen=True)
class Monomial:
    """A number times a product of factors."""

    scalar: sp.Expr
    factors: tuple[Factor, ...]


def monomials(operator: Operator) -> list[Monomial]:
    """The operator as it was made, multiplied out: equal products are added up.

    Raises:
        SymconvError: more than 16 products, or more than 6 factors in one.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel([1, 2]), 3)
    >>> [(m.scalar, len(m.factors)) for m in monomials(2 * C.T @ C - sc.identity(3))]
    [(2, 2), (-1, 1)]
    """
    sums: list[Monomial] = []
    for found in _expanded(operator, False, operator):
        factors = _without_identities(found.factors)
        at = next((n for n, other in enumerate(sums) if other.factors == factors), len(sums))
        scalar = found.scalar + (sums[at].scalar if at < len(sums) else 0)
        sums[at : at + 1] = [Monomial(scalar, factors)]
    return [found for found in sums if sp.expand(found.scalar) != 0]


def _expanded(operator: Any, transposed: bool, whole: Operator) -> list[Monomial]:
    provenance = operator.provenance
    match provenance:
        case Transposed():
            return _expanded(provenance.operand, not transposed, whole)
        case Total():
            found = [m for part in provenance.operands for m in _expanded(part, transposed, whole)]
        case Scaled():
            parts = _expanded(provenance.operand, transposed, whole)
            found = [Monomial(provenance.scalar * m.scalar, m.factors) for m in parts]
        case Product():
            sides = provenance.operands[::-1] if transposed else provenance.operands
            left, right = (_expanded(side, transposed, whole) for side in sides)
            found = [
                Monomial(a.scalar * b.scalar, (*a.factors, *b.factors))
                for a, b in product(left, right)
            ]
        case _ if provenance.layer is not None:
            return [Monomial(sp.S.One, (Factor(provenance.layer, transposed),))]
        case _:
            found = _placed(operator, transposed)
    if len(found) > MOST_PRODUCTS or any(len(m.factors) > MOST_FACTORS for m in found):
        raise SymconvError(
            f"{whole!r} is a sum of more than {MOST_PRODUCTS} products, or of products of more "
            f'than {MOST_FACTORS} factors, which can hardly be read; form="elided" and "closed" fit'
        )
    return found


def _placed(operator: Operator, transposed: bool) -> list[Monomial]:
    """One Kronecker product where there is such, else every term by itself."""
    operator = operator.T if transposed else operator
    images = operator.rows, operator.cols, tuple(stated_from(operator).items())
    factored = _factored(operator)
    if factored is not None:
        scalar, axes = factored
        return [Monomial(scalar, (Factor(Placed(axes, *images)),))]
    return [
        Monomial(to_sympy(operator.domain, c), (Factor(Placed(_plain(cell), *images)),))
        for cell, c in operator.terms.items()
    ]


def _plain(cell: Iterable[Diagonal]) -> tuple[Weighted, ...]:
    return tuple(((sp.S.One, diagonal),) for diagonal in cell)


def _factored(operator: Operator) -> tuple[sp.Expr, tuple[Weighted, ...]] | None:
    """A number times a Kronecker product of sums of diagonals, where the entries are numbers."""
    table = dict(operator.expressions)
    sides = [
        list(dict.fromkeys(cell[axis] for cell in table)) for axis in range(len(operator.rows))
    ]
    if len(table) < 2 or prod(map(len, sides)) != len(table):
        return None
    (base, first), *_ = table.items()
    if not all(value.is_Rational for value in table.values()):
        return None
    weights = [
        {d: table[*base[:axis], d, *base[axis + 1 :]] / first for d in side}
        for axis, side in enumerate(sides)
    ]
    for cell, value in table.items():
        if value != first * prod(w[d] for w, d in zip(weights, cell, strict=True)):
            return None
    return _spread(first, weights)


def _spread(
    scalar: sp.Expr, weights: Sequence[dict[Diagonal, sp.Expr]]
) -> tuple[sp.Expr, tuple[Weighted, ...]]:
    """The number divided among the axes that need weights, where it has such a root."""
    root = sp.root(scalar, sum(len(weight) > 1 for weight in weights))
    share, rest = (root, sp.S.One) if root.is_Rational else (sp.S.One, scalar)
    return rest, tuple(
        tuple((w * share if len(weight) > 1 else w, d) for d, w in weight.items())
        for weight in weights
    )


def _without_identities(factors: Sequence[Factor]) -> tuple[Factor, ...]:
    kept = [f for f in factors if not (isinstance(f.leaf, Placed) and f.leaf.is_identity)]
    return tuple(kept or factors[:1])
