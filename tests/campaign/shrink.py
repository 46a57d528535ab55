"""The smallest expression found that still disagrees in the same way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from time import process_time

from .trees import Kernel, Node, ResidueUnknownError, Size, images, letter, number

Fails = Callable[[Node], bool]


def shrunk(node: Node, fails: Fails, seconds: float = 10.0) -> Node:
    """Try simpler expressions, one change at a time, as long as one still fails."""
    end = process_time() + seconds
    while True:
        for simpler in _simpler(node):
            if process_time() > end:
                return node
            if _whole(simpler) and fails(simpler):
                node = simpler
                break
        else:
            return node


def _whole(node: Node) -> bool:
    """Whether images fit in every product and sum."""
    try:
        for part in node.nodes():
            images(part)
            if part.kind == "@" and images(part.kids[0])[1] != images(part.kids[1])[0]:
                return False
            if part.kind in ("+", "-") and images(part.kids[0]) != images(part.kids[1]):
                return False
    except ResidueUnknownError:
        return False
    except (AssertionError, ValueError, IndexError, ZeroDivisionError):
        return False
    return True


def _simpler(node: Node) -> Iterator[Node]:
    yield from node.kids
    for at, kid in enumerate(node.kids):
        for simpler in _simpler(kid):
            # Equal operands change together, so that C @ C.T stays such a product.
            yield _replaced(node, kid, simpler)
            kids = tuple(simpler if i == at else k for i, k in enumerate(node.kids))
            yield Node(node.kind, node.args, kids)
    if not node.kids:
        yield from _simpler_leaf(node)
        yield from _fewer_axes(node)
    elif node.get("scalar") not in (None, number(2)):
        yield node.having(scalar=number(2))


def _replaced(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return Node(node.kind, node.args, tuple(_replaced(kid, old, new) for kid in node.kids))


def _simpler_leaf(node: Node) -> Iterator[Node]:
    args = dict(node.args)
    for name, least in (
        ("stride", 1),
        ("dilation", 1),
        ("input_dilation", 1),
        ("output_padding", 0),
        ("offset", 0),
        ("factor", 1),
    ):
        values = args.get(name)
        if isinstance(values, tuple):
            for axis, value in enumerate(values):
                if value != least:
                    yield node.having(**{name: (*values[:axis], least, *values[axis + 1 :])})
    if isinstance(args.get("padding"), tuple):
        for axis, pair in enumerate(args["padding"]):
            for simple in ((0, 0), (pair[0], 0), (0, pair[1]), (1, 1)):
                if pair != simple and (simple != (1, 1) or max(map(abs, pair)) > 1):
                    padding = (*args["padding"][:axis], simple, *args["padding"][axis + 1 :])
                    yield node.having(padding=padding)
    elif isinstance(args.get("padding"), str) and args["padding"] != "valid":
        yield node.having(padding="valid")
    if args.get("mode", "zeros") != "zeros":
        yield node.having(mode="zeros")
    for axis, size in enumerate(args["size"]):
        simple = [Size(0, 1, size.symbol), replace(size, const=0)] if size.slope else []
        simple += [replace(size, const=size.const - 1)] if not size.slope else []
        for other in simple:
            if other != size and (other.slope or other.const > 0):
                yield node.having(size=(*args["size"][:axis], other, *args["size"][axis + 1 :]))
    if args.get("kernel"):
        yield from (node.having(kernel=kernel) for kernel in _simpler_kernels(args["kernel"]))


def _simpler_kernels(kernel: Kernel) -> Iterator[Kernel]:
    if not kernel.named:
        for at, entry in enumerate(kernel.entries):
            for simple in (number(0), number(1), letter("a")):
                if entry != simple and (len(entry) > 1 or simple < entry):
                    yield replace(
                        kernel, entries=(*kernel.entries[:at], simple, *kernel.entries[at + 1 :])
                    )
    elif kernel.plain:
        letters = tuple(letter(x) for x in "abcdefgh"[: len(kernel.entries)])
        if len(letters) == len(kernel.entries):
            yield replace(kernel, entries=letters, named="")
    for axis, k in enumerate(kernel.size):
        if k > 1 and not kernel.named:
            step = 1
            for n in kernel.size[axis + 1 :]:
                step *= n
            kept = tuple(e for i, e in enumerate(kernel.entries) if i // step % k != k - 1)
            size = (*kernel.size[:axis], k - 1, *kernel.size[axis + 1 :])
            yield replace(kernel, entries=kept, size=size)


def _fewer_axes(node: Node) -> Iterator[Node]:
    """Leave out the last axis, where the kernel has one tap there."""
    args = dict(node.args)
    if len(args["size"]) < 2:
        return
    for name, value in args.items():
        if name in (
            "size",
            "stride",
            "dilation",
            "input_dilation",
            "output_padding",
            "offset",
            "factor",
            "kernel_size",
            "padding",
        ) and isinstance(value, tuple):
            args[name] = value[:-1]
    kernel = args.get("kernel")
    if kernel is not None:
        if kernel.named or kernel.size[-1] != 1:
            return
        args["kernel"] = replace(kernel, size=kernel.size[:-1])
    yield Node(node.kind, tuple(args.items()))
