"""Random expressions, each one a function of (seed, index)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from random import Random

from .source import Assumed
from .trees import (
    SQRT2,
    Entry,
    Image,
    Kernel,
    Node,
    ResidueUnknownError,
    Size,
    images,
    leaf,
    letter,
    minus,
    number,
    plus,
    scaled,
    times,
    transpose,
)

MODES = ("zeros", "circular", "reflect", "replicate", "symmetric")
SYMBOLS = ("n", "m", "p")
LETTERS = ("a", "b", "c", "d")
MOST_LEAVES = 9
MOST_PIXELS = 400
MOST_TAPS = 1200


@dataclass(frozen=True)
class Case:
    """One random expression, and what its symbols are assumed to be."""

    seed: int
    index: int
    node: Node
    assumed: Assumed


def case(seed: int, index: int) -> Case:
    """The expression of a seed and an index."""
    rng = Random(f"campaign {seed} {index}")
    while True:
        made = _Maker(rng)
        try:
            node = made.operator()
            image_pair = images(node)
        except (ResidueUnknownError, _DeadEndError):
            if rng.random() < 0.97:
                continue
            node = made.unknown_residue()
        else:
            leaves = sum(not part.kids for part in node.nodes())
            if not _small(image_pair) or leaves > MOST_LEAVES or _taps(node) > MOST_TAPS:
                continue
        return Case(seed, index, node, made.assumed())


class _DeadEndError(ValueError):
    """The random choices fit no operator."""


def _small(pair: tuple[Image, Image]) -> bool:
    """Whether both images have few pixels where the size symbols are small."""
    values = dict.fromkeys(SYMBOLS, 5)
    return all(c * prod(max(s.at(values), 1) for s in sizes) <= MOST_PIXELS for c, sizes in pair)


def _taps(node: Node) -> int:
    """Roughly how many products of taps there are."""
    counts = [_taps(kid) for kid in node.kids]
    if node.kind == "@":
        return prod(counts)
    if counts:
        return sum(counts)
    kernel = node.get("kernel")
    if kernel is not None:
        return len(kernel.entries)
    return prod(node.get("kernel_size", (2,))) * node.get("channels", 1)


class _Maker:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.ndim = rng.choices((1, 2, 3), (58, 32, 10))[0]
        self.symbols = SYMBOLS[: 1 if rng.random() < 0.65 else rng.choice((2, 2, 3))]
        if rng.random() < 0.12:
            self.symbols = ()
        self.depth = rng.choices((1, 2, 3, 4), (20, 40, 28, 12))[0] - (self.ndim == 3)
        self.channelled = rng.random() < 0.25
        self.with_sizes = rng.random() < 0.06
        self.radical = rng.random() < 0.04

    def assumed(self) -> dict[str, str]:
        kinds = ("", "", "integer=True", "integer=True, positive=True")
        found = {name: self.rng.choice(kinds) for name in SYMBOLS}
        return found | {
            name: self.rng.choice(("", "real=True", "positive=True")) for name in LETTERS
        }

    def operator(self) -> Node:
        image = (self.channels(), tuple(self.size() for _ in range(self.ndim)))
        depth = max(self.depth, 1)
        choice = self.rng.random()
        if depth > 1 and choice < 0.22:
            a = self.taking(image, depth - 1)
            return times(a, transpose(a))
        if depth > 1 and choice < 0.4:
            a = self.taking(image, depth - 1)
            return times(transpose(a), a)
        return self.taking(image, depth)

    def unknown_residue(self) -> Node:
        """A stride that does not divide what the size grows by."""
        kernel = Kernel((3,), tuple(letter(x) for x in "abc"))
        return self.convolution((Size(self.rng.randint(0, 3), 1, "n"),), kernel, stride=(2,))

    # --- images and entries ----------------------------------------------------------------

    def channels(self) -> int:
        return self.rng.choice((1, 2, 2, 3, 4)) if self.channelled else 1

    def size(self) -> Size:
        rng = self.rng
        if not self.symbols or rng.random() < (0.0 if self.ndim == 1 else 0.2):
            return Size(rng.randint(1, 9 if self.ndim == 1 else 5 if self.ndim == 2 else 3))
        slope = rng.choices((1, 2, 3, 4), (60, 28, 9, 3))[0]
        return Size(
            rng.choice((0, 0, 0, 0, 1, 1, 2, 3, -1, -2, -3)), slope, rng.choice(self.symbols)
        )

    def entry(self) -> Entry:
        rng = self.rng
        if self.radical and rng.random() < 0.3:
            return letter(SQRT2, 1, rng.choice((1, -1, 2)))
        if self.with_sizes and self.symbols and rng.random() < 0.4:
            n = rng.choice(self.symbols)
            return rng.choice(
                (
                    letter(n),
                    letter(n, -1),
                    ((Fraction(1), ((n, 1), ("a", 1))),),
                    letter(n) + number(rng.randint(-4, -1)),
                )
            )
        kind = rng.random()
        if kind < 0.45:
            return number(rng.randint(-3, 4))
        if kind < 0.55:
            return number(Fraction(rng.randint(-3, 3), rng.randint(1, 4)))
        if kind < 0.9:
            return letter(rng.choice(LETTERS), 1, rng.choice((1, 1, 1, -1, 2)))
        if kind < 0.93:
            return letter(rng.choice(LETTERS), -1)
        a, b = rng.sample(LETTERS, 2)
        other = number(rng.choice((-1, Fraction(1, 2), 2)))
        return rng.choice(
            (letter(a) + letter(b, 1, -1), ((Fraction(1), ((a, 1), (b, 1))),), letter(a) + other)
        )

    def kernel(self, size: tuple[int, ...], leading: int, other: int, groups: int) -> Kernel:
        rng = self.rng
        shape = (leading, other, *size)
        if rng.random() < 0.35:
            name = rng.choice(("k", "k", "h", "g"))
            plain = (leading, other * groups) == (1, 1)
            indices = product(*map(range, size if plain else shape))
            names = [f"{name}_{{{','.join(map(str, index))}}}" for index in indices]
            return Kernel(size, tuple(map(letter, names)), leading, other, groups, name)
        if rng.random() < 0.3:
            entries = tuple(number(rng.randint(-2, 3)) for _ in range(prod(shape)))
        else:
            entries = tuple(self.entry() for _ in range(prod(shape)))
        return Kernel(size, entries, leading, other, groups)

    def kernel_size(self) -> tuple[int, ...]:
        most = {1: 4, 2: 3, 3: 2}[self.ndim]
        while True:
            size = tuple(self.rng.randint(1, most) for _ in range(self.ndim))
            if prod(size) <= (6 if self.ndim < 3 else 4):
                return size

    def groups(self, ins: int) -> tuple[int, int]:
        """(output channels, groups) for a number of input channels."""
        groups = self.rng.choice([g for g in range(1, ins + 1) if ins % g == 0])
        most = 1 if not self.channelled else max(3 // groups, 1)
        return groups * self.rng.randint(1, most), groups

    # --- operators that take an image ------------------------------------------------------

    def taking(self, image: Image, depth: int) -> Node:
        rng = self.rng
        if depth <= 1:
            return self.leaf_taking(image)
        kind = rng.random()
        if kind < 0.36:
            inner = self.taking(image, rng.randint(1, depth - 1))
            return times(self.taking(images(inner)[0], depth - 1), inner)
        if kind < 0.5:
            inner = self.taking(image, depth - 1)
            return times(transpose(inner), inner)
        if kind < 0.6:
            onto = self.leaf_giving(image)
            return times(onto, transpose(onto)) if rng.random() < 0.5 else transpose(onto)
        if kind < 0.88:
            one = self.taking(image, depth - 1)
            other = self.alike(one, image)
            return (plus if rng.random() < 0.5 else minus)(one, other)
        inner = self.taking(image, depth - 1)
        kind = rng.random()
        if kind < 0.2:
            return Node("neg", (), (inner,))
        scalar = self.nonzero()
        return Node("/", (("scalar", scalar),), (inner,)) if kind < 0.4 else scaled(scalar, inner)

    def nonzero(self) -> Entry:
        while True:
            entry = self.entry()
            if len(entry) == 1 and entry[0][0]:
                return entry

    def alike(self, node: Node, image: Image) -> Node:
        """Another operator between the same images."""
        rng = self.rng
        out, into = images(node)
        if out == into and rng.random() < 0.5:
            return scaled(self.nonzero(), leaf("identity", into[1], channels=into[0]))
        if rng.random() < 0.35:
            fitted = self.fitted(self.taking(image, 1), out)
            if fitted is not None:
                return fitted
        return self.sibling(node)

    def fitted(self, node: Node, target: Image) -> Node | None:
        """The operator padded or cropped to give an image of another size."""
        (channels, sizes), _ = images(node)
        pairs = []
        for have, want in zip(sizes, target[1], strict=True):
            try:
                missing = want - have
            except ValueError:
                return None
            if missing.slope or abs(missing.const) > 4:
                return None
            low = self.rng.randint(min(0, missing.const), max(0, missing.const))
            pairs.append((low, missing.const - low))
        if channels != target[0]:
            return None
        if not any(map(any, pairs)):
            return node
        return times(
            leaf("pad", sizes, padding=tuple(pairs), mode="zeros", channels=channels), node
        )

    def sibling(self, node: Node) -> Node:
        rng = self.rng
        if node.kind == "T":
            return transpose(self.sibling(node.kids[0]))
        if node.kids:
            at = rng.randrange(len(node.kids))
            kids = [self.sibling(k) if i == at else k for i, k in enumerate(node.kids)]
            return Node(node.kind, node.args, tuple(kids))
        if node.kind in ("conv", "conv_transpose"):
            kernel = node["kernel"]
            made = self.kernel(kernel.size, kernel.leading, kernel.other, kernel.groups)
            node = node.having(kernel=made)
            if rng.random() < 0.4 and not isinstance(node["padding"], str):
                moved = tuple((low + 1, high - 1) for low, high in node["padding"])
                node = node.having(padding=moved)
            return node
        return scaled(self.nonzero(), node)

    def leaf_taking(self, image: Image) -> Node:
        rng = self.rng
        channels, sizes = image
        kinds = {
            "conv": 46,
            "conv_transpose": 12,
            "pad": 6,
            "crop": 4,
            "sum_pool": 4,
            "avg_pool": 6,
            "upsample_nearest": 4,
            "upsample_linear": 4,
            "shift": 5,
            "flip": 4,
            "zero_insertion": 4,
            "identity": 2,
        }
        kind = rng.choices(list(kinds), list(kinds.values()))[0]
        r = 2
        if channels % r**self.ndim == 0 and rng.random() < 0.3:
            return leaf("pixel_shuffle", sizes, factor=r, channels=channels // r**self.ndim)
        match kind:
            case "conv":
                outs, groups = self.groups(channels)
                kernel = self.kernel(self.kernel_size(), outs, channels // groups, groups)
                return self.convolution(sizes, kernel)
            case "conv_transpose":
                return self.transposed_convolution(image)
            case "pad":
                mode = rng.choice(MODES)
                pairs = tuple(self.pair(-1, 3) for _ in sizes)
                return leaf("pad", sizes, padding=pairs, mode=mode, channels=channels)
            case "crop":
                pairs = tuple(self.pair(0, 2) for _ in sizes)
                return leaf("crop", sizes, padding=pairs, channels=channels)
            case "sum_pool" | "avg_pool":
                return self.pooling(kind, image)
            case "shift":
                offset = tuple(rng.randint(-3, 3) for _ in sizes)
                return leaf(
                    "shift", sizes, offset=offset, circular=rng.random() < 0.5, channels=channels
                )
            case "flip" | "identity":
                return leaf(kind, sizes, channels=channels)
        factor = tuple(rng.choice((1, 2, 2, 3)) if self.ndim < 3 else 2 for _ in sizes)
        return leaf(kind, sizes, factor=factor, channels=channels)

    def pair(self, low: int, high: int) -> tuple[int, int]:
        first = self.rng.randint(low, high)
        return (first, first) if self.rng.random() < 0.4 else (first, self.rng.randint(low, high))

    def stride(self, size: Size, most: int = 3) -> int:
        """A step that divides what the size grows by, so that the remainder is known."""
        if self.rng.random() < 0.45:
            return 1
        known = [s for s in range(1, most + 1) if size.slope % s == 0]
        return self.rng.choice(known)

    def convolution(
        self, sizes: tuple[Size, ...], kernel: Kernel, stride: tuple[int, ...] = ()
    ) -> Node:
        rng = self.rng
        dilation = tuple(rng.choice((1, 1, 1, 2)) for _ in sizes)
        stuffing = (1,) * len(sizes)
        if rng.random() < 0.1:
            stuffing = tuple(rng.choice((1, 2)) for _ in sizes)
        stride = stride or tuple(self.stride(n * u) for n, u in zip(sizes, stuffing, strict=True))
        mode = "zeros" if rng.random() < 0.6 else rng.choice(MODES[1:])
        padding: object = tuple(self.pair(-1, 3) for _ in sizes)
        kind = rng.random()
        if kind < 0.3:
            padding = rng.choice(("valid", "same", "full"))
        elif kind < 0.55:
            padding = ((0, 0),) * len(sizes)
        return leaf(
            "conv",
            sizes,
            kernel=kernel,
            stride=stride,
            padding=padding,
            dilation=dilation,
            input_dilation=stuffing,
            mode=mode,
        )

    def transposed_convolution(self, image: Image) -> Node:
        rng = self.rng
        channels, sizes = image
        outs, groups = self.groups(channels)
        kernel = self.kernel(self.kernel_size(), channels, outs // groups, groups)
        stride = tuple(rng.choice((1, 2, 2, 3)) if self.ndim < 3 else 2 for _ in sizes)
        dilation = tuple(rng.choice((1, 1, 1, 2)) for _ in sizes)
        extra = tuple(
            rng.randint(0, max(s, d) - 1) if rng.random() < 0.3 else 0
            for s, d in zip(stride, dilation, strict=True)
        )
        padding: object = tuple(self.pair(-1, 2) for _ in sizes)
        if rng.random() < 0.35:
            padding = rng.choice(("valid", "same", "full"))
        if padding == "same":
            extra = (0,) * len(sizes)
        return leaf(
            "conv_transpose",
            sizes,
            kernel=kernel,
            stride=stride,
            padding=padding,
            output_padding=extra,
            dilation=dilation,
        )

    def pooling(self, kind: str, image: Image) -> Node:
        channels, sizes = image
        window = self.kernel_size()
        stride = tuple(self.stride(n) for n in sizes)
        if all(n.slope % k == 0 for n, k in zip(sizes, window, strict=True)):
            stride = self.rng.choice((stride, window))
        padding = (
            tuple(self.pair(0, 1) for _ in sizes)
            if self.rng.random() < 0.6
            else ((0, 0),) * len(sizes)
        )
        made = leaf(
            kind, sizes, kernel_size=window, stride=stride, padding=padding, channels=channels
        )
        if kind == "avg_pool":
            made = made.having(count_include_pad=self.rng.random() < 0.4)
        return made

    # --- operators that give an image ------------------------------------------------------

    def leaf_giving(self, image: Image) -> Node:
        """An operator onto an image, whose transpose takes it."""
        rng = self.rng
        channels, sizes = image
        kind = rng.random()
        if kind < 0.5:
            return self.convolution_giving(image)
        if kind < 0.65 and all(n.divided(2) and n.const % 2 == 0 for n in sizes):
            kind_name = rng.choice(("upsample_nearest", "upsample_linear"))
            halves = tuple(n.divided(2) or n for n in sizes)
            return leaf(kind_name, halves, factor=(2,) * len(sizes), channels=channels)
        if kind < 0.8:
            pairs = tuple(self.pair(-1, 2) for _ in sizes)
            before = tuple(n - low - high for n, (low, high) in zip(sizes, pairs, strict=True))
            return leaf("pad", before, padding=pairs, mode=rng.choice(MODES), channels=channels)
        if kind < 0.9:
            return leaf("flip", sizes, channels=channels)
        offset = tuple(rng.randint(-2, 2) for _ in sizes)
        return leaf("shift", sizes, offset=offset, circular=True, channels=channels)

    def convolution_giving(self, image: Image) -> Node:
        rng = self.rng
        channels, sizes = image
        ins, groups = self.groups(channels)
        kernel = self.kernel(self.kernel_size(), channels, ins // groups, groups)
        node = self.convolution(sizes, kernel)
        stride = tuple(rng.choice((1, 1, 2)) for _ in sizes)
        padding = tuple(self.pair(-1, 2) for _ in sizes)
        before = []
        for axis, m in enumerate(sizes):
            extent = node["dilation"][axis] * (kernel.size[axis] - 1) + 1
            left = rng.randint(0, stride[axis] - 1)
            before.append((m - 1) * stride[axis] + extent - sum(padding[axis]) + left)
        ones = (1,) * len(sizes)
        return node.having(size=tuple(before), stride=stride, padding=padding, input_dilation=ones)
