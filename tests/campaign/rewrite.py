"""The same operator made otherwise: what ``==`` must find equal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from random import Random

from .trees import (
    Node,
    ResidueUnknownError,
    images,
    leaf,
    minus,
    number,
    plus,
    resolved_padding,
    scaled,
    times,
    transpose,
)


def rewritten(node: Node, rng: Random) -> Node:
    """An equal expression, by one or two rules at random places."""
    for _ in range(rng.randint(1, 2)):
        changed = list(_everywhere(node))
        if changed:
            node = rng.choice(changed)
    return node


def _everywhere(node: Node) -> Iterator[Node]:
    """All expressions that one rule makes of a node or of a part of it."""
    for rule in RULES:
        yield from rule(node)
    for at, kid in enumerate(node.kids):
        for made in _everywhere(kid):
            kids = [made if i == at else k for i, k in enumerate(node.kids)]
            yield Node(node.kind, node.args, tuple(kids))


def _by_transposes(node: Node) -> Iterator[Node]:
    if node.kind == "T":
        (inner,) = node.kids
        if inner.kind == "@":
            a, b = inner.kids
            yield times(transpose(b), transpose(a))
        elif inner.kind in ("+", "-"):
            yield Node(inner.kind, (), tuple(map(transpose, inner.kids)))
    elif node.kind in ("@", "+"):
        a, b = node.kids
        flipped = times(transpose(b), transpose(a))
        yield Node("T", (), (flipped if node.kind == "@" else plus(transpose(a), transpose(b)),))


def _by_algebra(node: Node) -> Iterator[Node]:
    if node.kind == "+":
        a, b = node.kids
        yield plus(b, a)
        yield minus(a, Node("neg", (), (b,)))
    elif node.kind == "-":
        a, b = node.kids
        yield plus(a, scaled(number(-1), b))
        yield Node("neg", (), (minus(b, a),))
    elif node.kind == "@":
        a, b = node.kids
        if b.kind == "@":
            yield times(times(a, b.kids[0]), b.kids[1])
        if a.kind == "@":
            yield times(a.kids[0], times(a.kids[1], b))
        if a.kind in ("+", "-"):
            yield Node(a.kind, (), (times(a.kids[0], b), times(a.kids[1], b)))
        if b.kind in ("+", "-"):
            yield Node(b.kind, (), (times(a, b.kids[0]), times(a, b.kids[1])))
    elif node.kind == "*":
        yield Node(
            "neg", (), (scaled(tuple((-c, powers) for c, powers in node["scalar"]), *node.kids),)
        )
    elif node.kind == "/":
        ((c, powers),) = node["scalar"]
        yield scaled(((Fraction(1) / c, tuple((name, -e) for name, e in powers)),), *node.kids)


def _doubled(node: Node) -> Iterator[Node]:
    if not node.kids:
        yield minus(scaled(number(2), node), node)
        yield scaled(number(Fraction(1, 2)), plus(node, node))


def _otherwise_made(node: Node) -> Iterator[Node]:
    if node.kind == "conv":
        yield from _padded_first(node)
        if node["mode"] == "zeros" and set(node["input_dilation"]) == {1}:
            yield from _as_transpose(node)
    elif node.kind == "flip":
        yield Node("T", (), (node,))
    elif node.kind == "crop":
        pairs = tuple((-low, -high) for low, high in node["padding"])
        yield leaf("pad", node["size"], padding=pairs, mode="zeros", channels=node["channels"])
    elif node.kind == "shift" and node["circular"]:
        back = tuple(-o for o in node["offset"])
        yield Node("T", (), (node.having(offset=back),))
    elif node.kind == "avg_pool" and node["count_include_pad"]:
        area = 1
        for k in node["kernel_size"]:
            area *= k
        args = {k: v for k, v in node.args if k not in ("count_include_pad", "size")}
        yield Node("/", (("scalar", number(area)),), (leaf("sum_pool", node["size"], **args),))


def _padded_first(node: Node) -> Iterator[Node]:
    """Pad by an operator of its own, then convolve what is there."""
    channels = node["kernel"].in_channels
    pairs = tuple(resolved_padding(node))
    sizes = tuple(
        (n - 1) * u + 1 for n, u in zip(node["size"], node["input_dilation"], strict=True)
    )
    padded = tuple(n + low + high for n, (low, high) in zip(sizes, pairs, strict=True))
    first = leaf("pad", sizes, padding=pairs, mode=node["mode"], channels=channels)
    if set(node["input_dilation"]) != {1}:
        stuffed = leaf(
            "zero_insertion", node["size"], factor=node["input_dilation"], channels=channels
        )
        first = times(first, stuffed)
    ones = (1,) * len(sizes)
    plain = node.having(size=padded, padding="valid", mode="zeros", input_dilation=ones)
    yield times(plain, first)


def _as_transpose(node: Node) -> Iterator[Node]:
    """The transpose of the transposed convolution with the same array."""
    try:
        (_, out), _ = images(node)
    except ResidueUnknownError:
        return
    pairs = resolved_padding(node)
    extra = []
    for axis, m in enumerate(out):
        s, d, k = node["stride"][axis], node["dilation"][axis], node["kernel"].size[axis]
        whole = (m - 1) * s + d * (k - 1) + 1 - sum(pairs[axis])
        missing = node["size"][axis] - whole
        if missing.slope or not 0 <= missing.const < max(s, d):
            return
        extra.append(missing.const)
    made = leaf(
        "conv_transpose",
        out,
        kernel=node["kernel"],
        stride=node["stride"],
        padding=tuple(pairs),
        output_padding=tuple(extra),
        dilation=node["dilation"],
    )
    yield Node("T", (), (made,))


RULES: tuple[Callable[[Node], Iterator[Node]], ...] = (
    _by_transposes,
    _by_algebra,
    _doubled,
    _otherwise_made,
)
