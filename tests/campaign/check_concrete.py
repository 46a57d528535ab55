"""Operators of concrete size: whether they exist, their sizes and their entries."""

from __future__ import annotations

from math import prod

import sympy as sp

from symconv.errors import ResidueError, SymconvError

from .source import build
from .subject import DisagreementError, RefusedError, Subject, pixel, same, some_places
from .trees import images
from .truth import PRIME


def check_built(it: Subject) -> None:
    """The operator is there exactly where it exists, and has the sizes that it should."""
    large = [{n: 12 + 7 * i + up for i, n in enumerate(it.symbols)} for up in (0, 1)]
    try:
        it.operator  # noqa: B018
    except SymconvError as refusal:
        reason = type(refusal).__name__
        if isinstance(refusal, ResidueError):
            raise RefusedError(reason) from None
        if any(it.true(sizes) is None for sizes in large):
            raise RefusedError(f"{reason}, and there is none") from None
        if it.node.names & set(it.symbols):
            raise RefusedError(f"{reason}, sizes in entries") from None
        raise DisagreementError("refused", f"{reason}: {refusal}") from None
    if it.symbols:
        return
    if it.true({}) is None:
        raise DisagreementError("existence", "there is no such operator")


def check_sizes(it: Subject) -> None:
    (outs, out), (ins, into) = images(it.node)
    shown = (
        it.operator.out_channels,
        *it.operator.output_size,
        it.operator.in_channels,
        *it.operator.input_size,
    )
    for sizes in (
        {n: 5 + i for i, n in enumerate(it.symbols)},
        {n: 9 - i for i, n in enumerate(it.symbols)},
    ):
        point = it.point(sizes)
        expected = (outs, *(s.at(sizes) for s in out), ins, *(s.at(sizes) for s in into))
        if tuple(point.index(sp.sympify(n)) for n in shown) != expected:
            raise DisagreementError("sizes", f"{shown} for {expected} at {sizes}")


def check_concrete(it: Subject) -> None:
    """``at`` and the operator built of numbers, at sizes in the quadrant and below it."""
    inside = it.rng.sample(it.grid, min(2, len(it.grid)))
    for sizes in [*inside, *(it.low if it.symbols else [])]:
        matrix = it.true(sizes)
        for name, make in (
            ("at", lambda s=sizes: it.operator.at(it.sympy_sizes(s))),
            ("built", lambda s=sizes: build(it.node.at(s), it.assumed)),
        ):
            try:
                operator = make()
            except SymconvError as refusal:
                if matrix is not None and (sizes in inside or it.assumable(sizes)):
                    raise DisagreementError(
                        f"{name} refuses", f"{sizes}: {type(refusal).__name__}: {refusal}"
                    ) from None
                continue
            if matrix is None:
                raise DisagreementError(f"{name} exists", f"{sizes}: there is no such operator")
            same(name, operator, matrix, it.point({}), sizes)
            it.count(name)


def check_entries(it: Subject) -> None:
    """Single entries by flat index, from the end, and by pixel."""
    if not it.grid:
        return
    sizes = it.rng.choice(it.grid)
    matrix = it.true(sizes)
    if matrix is None:
        return
    operator, point = it.operator.at(it.sympy_sizes(sizes)), it.point({})
    height, width = prod(matrix.rows), prod(matrix.cols)
    for i, j in some_places(matrix, it.rng, 8):
        pixels = pixel(i, matrix.rows), pixel(j, matrix.cols)
        found = {
            "op[i, j]": operator[i, j],
            "op[-i, -j]": operator[i - height, j - width],
            "op.entry": operator.entry(*pixels),
            "op.entry without channel": operator.entry(
                *(
                    p[1:] if image[0] == 1 else p
                    for p, image in zip(pixels, (matrix.rows, matrix.cols), strict=True)
                )
            ),
        }
        for name, expr in found.items():
            if point.entry(expr) != matrix[i, j]:
                raise DisagreementError(name, f"{sizes}: {(i, j)}")
        it.count("entries")
    image = [it.rng.randint(-3, 3) for _ in range(width)]
    wanted = [sum(x * image[j] for j, x in row.items()) % PRIME for row in matrix.entries]
    applied = operator @ sp.Matrix(image)
    if [point.entry(x) for x in applied] != wanted:
        raise DisagreementError("op @ image", f"{sizes}: {image}")
