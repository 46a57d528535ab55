"""An operator as it is read: made again from what its matrix is, so that equal ones print alike.

A matrix does not tell the layer whose product with its transpose it is, so that layer is looked
for among the operators that it was made from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from math import prod
from typing import Literal

import sympy as sp

from symconv.algebra.sizes import far
from symconv.errors import SymconvError
from symconv.operators.convolution import operator_of
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, product_of
from symconv.operators.provenance import Product, Scaled, Transposed
from symconv.operators.valid_from import stated_from
from symconv.recognition.recognition import layer_by_matrix

Side = Literal["rows", "columns"]
# Layers tried as the factor of a product with the transpose, and factors of a product.
MOST_TRIED = 6
MOST_FACTORS = 12


def read(operator: Operator) -> Operator:
    """The operator as the product of a layer with its transpose, as a layer, or as it was made.

    What was made as a factor times its transpose stays that. Where a formula of the operator has
    to state from which size on it holds, the result states no less.

    >>> import sympy as sp, symconv as sc
    >>> C = sc.conv(sp.symbols("a b"), sp.Symbol("n"))
    >>> G = C.T @ C
    >>> read(G / 3 + 2 * G / 3).gram == (C, "columns"), read(2 * C).provenance.layer.kernel
    (True, Kernel([2*a, 2*b]))
    """
    found = _as_gram(operator) or _as_layer(operator)
    if found is operator:
        return operator
    stated = stated_from(operator)
    bounds = {n: max(start, stated.get(n, start)) for n, start in found.valid_from.items()}
    found.__dict__["valid_from"] = bounds
    return found


# --- layers ----------------------------------------------------------------------------------


def _as_layer(operator: Operator) -> Operator:
    """As the layer that it is, if it is one: as it was made, as one that it was made from, or read.

    A layer keeps its own geometry and its own side: C^T of stride one stays C^T.
    """
    if operator.provenance.layer is not None:
        return operator
    images = operator.rows, operator.cols
    alike = (leaf for leaf in _leaves(operator) if (leaf.rows, leaf.cols) == images)
    for leaf in islice(alike, MOST_TRIED):
        if leaf == operator:
            return leaf
    layer = _layer(operator)
    return operator if layer is None else operator_of(layer)


def _leaves(operator: Operator) -> Iterator[Operator]:
    """The layers that an operator was made from, in the order of their making."""
    if operator.provenance.layer is not None:
        yield operator
        return
    turned = isinstance(operator.provenance, Transposed)
    for operand in operator.provenance.operands:
        yield from (leaf.T if turned else leaf for leaf in _leaves(operand))


def _layer(operator: Operator) -> Layer | None:
    try:
        found = layer_by_matrix(operator)
    except SymconvError:
        return None
    return found if found is not None and _is_shorter(found, operator) else None


def _is_shorter(layer: Layer, operator: Operator) -> bool:
    """Whether no axis has more taps than a matrix of its size has diagonals, or steps both ways."""
    axes = zip(layer.axes, operator.rows[1:], operator.cols[1:], strict=True)
    return all(
        axis.kernel_size < far(m) + far(n) and 1 in (axis.stride, axis.input_dilation)
        for axis, m, n in axes
    )


# --- products with the transpose -------------------------------------------------------------


def _as_gram(operator: Operator) -> Operator | None:
    """The product of a layer of several taps with its transpose."""
    if operator.rows != operator.cols or operator.provenance.layer is not None:
        return None
    if operator.gram is not None:
        factor, side = operator.gram
        again = _as_layer(factor)
        if _has_taps(again):
            return operator if again is factor else _gram(again, side)
        # The square of one tap, or of what is no layer, is a layer or a table of its own.
        found = _as_layer(operator)
        return found if found.provenance.layer is not None else _plain(operator)
    tried: list[tuple[Layer, Side]] = []
    for factor, side in _factors(operator, sp.S.One):
        again = _as_layer(factor)
        layer = again.provenance.layer
        if layer is None or (layer, side) in tried or not _has_taps(again):
            continue
        tried.append((layer, side))
        found = _gram(again, side)
        if found.rows == operator.rows and found == operator:
            return found
        if len(tried) == MOST_TRIED:
            return None
    return None


def _has_taps(operator: Operator) -> bool:
    layer = operator.provenance.layer
    return layer is not None and prod(layer.kernel.size) > 1


def _plain(operator: Operator) -> Operator:
    """The same operator, not as the product of two others."""
    found = replace(operator, provenance=Scaled(sp.S.One, operator))
    found.__dict__.update(_normal_form=operator._normal_form, valid_from=operator.valid_from)
    return found


def _gram(factor: Operator, side: Side) -> Operator:
    pair = (factor, factor.T) if side == "rows" else (factor.T, factor)
    return product_of(*pair)


def _factors(operator: Operator, scalar: sp.Expr) -> Iterator[tuple[Operator, Side]]:
    """Layers whose product with their transpose an operator may be, as it was made."""
    made = operator.provenance
    if made.layer is not None:
        leaf = made.operand if isinstance(made, Transposed) else operator
        yield leaf, "rows"
        yield leaf, "columns"
        return
    if isinstance(made, Scaled):
        scalar *= made.scalar
    elif isinstance(made, Product):
        yield from _halves(operator, scalar)
    for operand in made.operands:
        yield from _factors(operand, scalar)


def _halves(operator: Operator, scalar: sp.Expr) -> Iterator[tuple[Operator, Side]]:
    """Half of a product that reads backwards as its own transpose."""
    links = list(_chain(operator))
    chain, half = [link for link, _ in links], len(links) // 2
    if len(links) != 2 * half or half > MOST_FACTORS or chain[half].rows != chain[half - 1].cols:
        return
    turned = isinstance(chain[0].provenance, Transposed)
    taken = slice(half, None) if turned else slice(half)
    factor, side = product_of(*chain[taken]), "columns" if turned else "rows"
    own, every = (sp.Mul(*(share for _, share in part)) for part in (links[taken], links))
    for root in dict.fromkeys((own, _root(every), _root(every * scalar))):
        if root is not None:
            yield factor if root == 1 else root * factor, side  # type: ignore[misc]


def _root(square: sp.Expr) -> sp.Expr | None:
    """An expression without roots whose square this is, if there is one.

    A kernel gets no imaginary unit from a sign alone.
    """
    root = sp.powdenest(sp.sqrt(square), force=True)
    if root.has(sp.I) and not square.has(sp.I):
        return None
    return root if all(power.exp.is_Integer for power in root.atoms(sp.Pow)) else None


def _chain(operator: Operator, transposed: bool = False) -> Iterator[tuple[Operator, sp.Expr]]:
    """The factors of a product, those of products among them too, and their numbers."""
    made = operator.provenance
    if isinstance(made, Transposed):
        yield from _chain(made.operand, not transposed)
    elif isinstance(made, Scaled):
        (first, share), *others = _chain(made.operand, transposed)
        yield from [(first, share * made.scalar), *others]
    elif isinstance(made, Product):
        for operand in made.operands[:: -1 if transposed else 1]:
            yield from _chain(operand, transposed)
    else:
        yield (operator.T if transposed else operator), sp.S.One
