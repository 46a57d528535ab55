"""Expressions as plain data: what is built, evaluated, printed as a reproducer and shrunk.

Imports nothing of symconv.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

SQRT2 = "sqrt2"


@dataclass(frozen=True, order=True)
class Size:
    """The integer const + slope*symbol; a number where the slope is zero."""

    const: int
    slope: int = 0
    symbol: str = ""

    def __add__(self, other: Size | int) -> Size:
        if isinstance(other, int):
            return replace(self, const=self.const + other)
        if self.slope and other.slope and self.symbol != other.symbol:
            raise ValueError(f"{self} + {other}")
        slope = self.slope + other.slope
        symbol = (self.symbol or other.symbol) if slope else ""
        return Size(self.const + other.const, slope, symbol)

    def __mul__(self, factor: int) -> Size:
        return Size(self.const * factor, self.slope * factor, self.symbol if factor else "")

    def __sub__(self, other: Size | int) -> Size:
        return self + other * -1

    def divided(self, divisor: int) -> Size | None:
        """The quotient rounded down, or None where it depends on the symbol's remainder."""
        if self.slope % divisor:
            return None
        return Size(self.const // divisor, self.slope // divisor, self.symbol)

    def at(self, values: Mapping[str, int]) -> int:
        return self.const + (self.slope * values[self.symbol] if self.slope else 0)

    def __str__(self) -> str:
        if not self.slope:
            return str(self.const)
        shown = self.symbol if self.slope == 1 else f"{self.slope}*{self.symbol}"
        return shown + (
            f" {'+' if self.const > 0 else '-'} {abs(self.const)}" if self.const else ""
        )


# A polynomial: ((coefficient, ((name, exponent), ...)), ...); exponents may be negative.
Entry = tuple[tuple[Fraction, tuple[tuple[str, int], ...]], ...]


def number(value: int | Fraction) -> Entry:
    return ((Fraction(value), ()),)


def letter(name: str, exponent: int = 1, factor: int | Fraction = 1) -> Entry:
    return ((Fraction(factor), ((name, exponent),)),)


def entry_at(entry: Entry, values: Mapping[str, int]) -> Entry:
    """The entry with numbers for some of its names."""
    found = []
    for coefficient, powers in entry:
        for name, exponent in powers:
            if name in values:
                coefficient *= Fraction(values[name]) ** exponent
        found.append((coefficient, tuple(power for power in powers if power[0] not in values)))
    return tuple(found)


def entry_names(entry: Entry) -> set[str]:
    return {name for _, powers in entry for name, _ in powers}


@dataclass(frozen=True)
class Kernel:
    """Weights (leading channels, other channels in a group, *size), flat, row-major."""

    size: tuple[int, ...]
    entries: tuple[Entry, ...]
    leading: int = 1
    other: int = 1
    groups: int = 1
    named: str = ""  # made by Kernel.symbolic with this letter

    @property
    def plain(self) -> bool:
        return (self.leading, self.other * self.groups) == (1, 1)

    @property
    def in_channels(self) -> int:
        return self.other * self.groups

    @property
    def shape(self) -> tuple[int, ...]:
        return self.size if self.plain else (self.leading, self.other, *self.size)


@dataclass(frozen=True)
class Node:
    """An operator: its kind, its arguments by name, and the operators that it is made of."""

    kind: str
    args: tuple[tuple[str, object], ...] = ()
    kids: tuple[Node, ...] = ()

    def __getitem__(self, name: str):
        return dict(self.args)[name]

    def get(self, name: str, default: object = None):
        return dict(self.args).get(name, default)

    def having(self, **changes: object) -> Node:
        return replace(self, args=tuple({**dict(self.args), **changes}.items()))

    def nodes(self) -> Iterator[Node]:
        yield self
        for kid in self.kids:
            yield from kid.nodes()

    @property
    def depth(self) -> int:
        return 1 + max((kid.depth for kid in self.kids), default=0)

    @property
    def symbols(self) -> list[str]:
        """The size symbols."""
        sizes = (s for node in self.nodes() for s in node.get("size", ()))
        return sorted({s.symbol for s in sizes if s.slope})

    @property
    def names(self) -> set[str]:
        """The symbols in the entries."""
        return {
            name for node in self.nodes() for entry in _entries(node) for name in entry_names(entry)
        }

    def at(self, values: Mapping[str, int]) -> Node:
        """The same with numbers for the size symbols, in entries too."""
        changed = dict(self.args)
        if "size" in changed:
            changed["size"] = tuple(Size(s.at(values)) for s in self["size"])
        if "scalar" in changed:
            changed["scalar"] = entry_at(self["scalar"], values)
        if "kernel" in changed:
            entries = tuple(entry_at(entry, values) for entry in self["kernel"].entries)
            if entries != self["kernel"].entries:
                changed["kernel"] = replace(self["kernel"], entries=entries, named="")
        return Node(self.kind, tuple(changed.items()), tuple(kid.at(values) for kid in self.kids))


def _entries(node: Node) -> tuple[Entry, ...]:
    kernel, scalar = node.get("kernel"), node.get("scalar")
    return (kernel.entries if kernel else ()) + ((scalar,) if scalar else ())


def leaf(kind: str, size: tuple[Size, ...], **args: object) -> Node:
    return Node(kind, (("size", size), *args.items()))


def transpose(a: Node) -> Node:
    return a.kids[0] if a.kind == "T" else Node("T", (), (a,))


def times(a: Node, b: Node) -> Node:
    return Node("@", (), (a, b))


def plus(a: Node, b: Node) -> Node:
    return Node("+", (), (a, b))


def minus(a: Node, b: Node) -> Node:
    return Node("-", (), (a, b))


def scaled(scalar: Entry, a: Node) -> Node:
    return Node("*", (("scalar", scalar),), (a,))


# --- images ----------------------------------------------------------------------------------

Image = tuple[int, tuple[Size, ...]]


class ResidueUnknownError(ValueError):
    """A size whose remainder modulo a stride is not known."""


def resolved_padding(node: Node) -> list[tuple[int, int]]:
    """(low, high) an axis; "same" gives ceil(size/stride) windows, the odd pixel at the end."""
    named = node["padding"]
    if not isinstance(named, str):
        return list(named)
    kernel_size = node["kernel"].size if node.get("kernel") else node["kernel_size"]
    pairs = []
    for axis, k in enumerate(kernel_size):
        extent = node.get("dilation", (1,) * len(kernel_size))[axis] * (k - 1) + 1
        both = 0
        if named == "full":
            both = 2 * (extent - 1)
        elif named == "same":
            both = max(_missing(node, axis, extent), 0)
        pairs.append((both // 2, both - both // 2))
    return pairs


def _missing(node: Node, axis: int, extent: int) -> int:
    """Pixels that ceil(size/stride) windows need more than there are."""
    s = node["stride"][axis]
    if node.kind == "conv_transpose":
        return extent - s  # of stride*size pixels, the last window starts at stride*(size - 1)
    u = node.get("input_dilation", (1,) * (axis + 1))[axis]
    pixels = (node["size"][axis] - 1) * u + 1
    windows = (pixels + (s - 1)).divided(s)
    if windows is None:
        raise ResidueUnknownError(f"{pixels} modulo {s}")
    missing = (windows - 1) * s + extent - pixels
    assert not missing.slope
    return missing.const


def images(node: Node) -> tuple[Image, Image]:
    """(output, input) as (channels, sizes)."""
    match node.kind:
        case "T":
            return images(node.kids[0])[::-1]
        case "@":
            return images(node.kids[0])[0], images(node.kids[1])[1]
        case "+" | "-" | "*" | "/" | "neg":
            return images(node.kids[0])
    return _leaf_images(node)


def _leaf_images(node: Node) -> tuple[Image, Image]:
    sizes, channels = node["size"], node.get("channels", 1)
    outs = ins = channels
    match node.kind:
        case "conv":
            outs, ins = node["kernel"].leading, node["kernel"].in_channels
            out = [_conv_size(node, axis) for axis in range(len(sizes))]
        case "sum_pool" | "avg_pool":
            out = [_conv_size(node, axis) for axis in range(len(sizes))]
        case "conv_transpose":
            outs, ins = node["kernel"].in_channels, node["kernel"].leading
            out = [_transposed_size(node, axis) for axis in range(len(sizes))]
        case "pad":
            out = [n + low + high for n, (low, high) in zip(sizes, node["padding"], strict=True)]
        case "crop":
            out = [n - low - high for n, (low, high) in zip(sizes, node["padding"], strict=True)]
        case "zero_insertion":
            out = [(n - 1) * f + 1 for n, f in zip(sizes, node["factor"], strict=True)]
        case "upsample_nearest" | "upsample_linear":
            out = [n * f for n, f in zip(sizes, node["factor"], strict=True)]
        case "pixel_shuffle":
            out, ins = [n * node["factor"] for n in sizes], channels * node["factor"] ** len(sizes)
        case "flip" | "shift" | "identity":
            out = sizes
    return (outs, tuple(out)), (ins, sizes)


def _conv_size(node: Node, axis: int) -> Size:
    k = (node["kernel"].size if node.kind == "conv" else node["kernel_size"])[axis]
    extent = node.get("dilation", (1,) * (axis + 1))[axis] * (k - 1) + 1
    u, s = node.get("input_dilation", (1,) * (axis + 1))[axis], node["stride"][axis]
    low, high = resolved_padding(node)[axis]
    room = (node["size"][axis] - 1) * u + 1 + low + high - extent
    steps = room.divided(s)
    if steps is None:
        raise ResidueUnknownError(f"{room} modulo {s}")
    return steps + 1


def _transposed_size(node: Node, axis: int) -> Size:
    s, d, k = node["stride"][axis], node["dilation"][axis], node["kernel"].size[axis]
    if node["padding"] == "same":
        return node["size"][axis] * s
    low, high = resolved_padding(node)[axis]
    return (
        (node["size"][axis] - 1) * s + d * (k - 1) + 1 - low - high + node["output_padding"][axis]
    )
