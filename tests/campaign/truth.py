"""What an expression is, by plain loops from the definitions. Imports nothing of symconv.

A matrix is a list of rows, each a mapping from columns to entries that are not absent. Entries are
elements of any commutative ring: an ``Arithmetic`` says what a number and a letter are in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import sympy as sp

from .trees import SQRT2, Entry, Node, resolved_padding

Row = dict[int, Any]


class NoOperatorError(ValueError):
    """There is no such operator, and why."""


@dataclass(frozen=True)
class Matrix:
    """Rows of entries between two images (channels, *size)."""

    rows: tuple[int, ...]
    cols: tuple[int, ...]
    entries: list[Row]

    def __getitem__(self, place: tuple[int, int]) -> Any:
        return self.entries[place[0]].get(place[1], 0)


# --- entries -----------------------------------------------------------------------------------

# The square of 2**31 is 2 modulo this Mersenne prime, so that sqrt(2) has a meaning.
PRIME = 2**61 - 1


@dataclass(frozen=True)
class Modular:
    """Entries modulo a large prime, at random values of the letters.

    Two polynomials that differ agree at a random point with probability degree/2**61.
    """

    values: Mapping[str, int]

    def number(self, value: Fraction) -> int:
        return value.numerator * pow(value.denominator, -1, PRIME) % PRIME

    def letter(self, name: str) -> int:
        return 2**31 if name == SQRT2 else self.values[name]

    def power(self, base: int, exponent: int) -> int:
        if base == 0 and exponent < 0:
            raise ZeroDivisionError
        return pow(base, exponent, PRIME)

    def reduced(self, value: int) -> int:
        return value % PRIME


@dataclass(frozen=True)
class Exact:
    """Entries as SymPy expressions, for what is shown to people."""

    values: Mapping[str, Any]

    def number(self, value: Fraction) -> sp.Expr:
        return sp.Rational(value.numerator, value.denominator)

    def letter(self, name: str) -> sp.Expr:
        return sp.sqrt(2) if name == SQRT2 else self.values.get(name, sp.Symbol(name))

    def power(self, base: sp.Expr, exponent: int) -> sp.Expr:
        return base**exponent

    def reduced(self, value: Any) -> sp.Expr:
        return sp.expand(value)


Arithmetic = Modular | Exact


def value(entry: Entry, ring: Arithmetic) -> Any:
    total: Any = 0
    for coefficient, powers in entry:
        term = ring.number(coefficient)
        for name, exponent in powers:
            term = ring.reduced(term * ring.power(ring.letter(name), exponent))
        total = total + term
    return ring.reduced(total)


# --- expressions -------------------------------------------------------------------------------


def evaluate(node: Node, sizes: Mapping[str, int], ring: Arithmetic) -> Matrix:
    """The matrix where the size symbols have these values.

    Raises:
        NoOperatorError: there is none.
    """
    return _evaluate(node.at(sizes), ring)


def _evaluate(node: Node, ring: Arithmetic) -> Matrix:
    match node.kind:
        case "T":
            return transposed(_evaluate(node.kids[0], ring))
        case "@":
            return multiplied(*(_evaluate(kid, ring) for kid in node.kids), ring)
        case "+":
            return added(*(_evaluate(kid, ring) for kid in node.kids), 1, ring)
        case "-":
            return added(*(_evaluate(kid, ring) for kid in node.kids), -1, ring)
        case "neg":
            return multiple(-1, _evaluate(node.kids[0], ring), ring)
        case "*":
            return multiple(value(node["scalar"], ring), _evaluate(node.kids[0], ring), ring)
        case "/":
            inverse = ring.power(value(node["scalar"], ring), -1)
            return multiple(inverse, _evaluate(node.kids[0], ring), ring)
    if any(size.const < 1 for size in node["size"]):
        raise NoOperatorError(f"an image of {', '.join(map(str, node['size']))} pixels")
    return LEAVES[node.kind](node, tuple(size.const for size in node["size"]), ring)


def transposed(a: Matrix) -> Matrix:
    entries: list[Row] = [{} for _ in range(prod(a.cols))]
    for i, row in enumerate(a.entries):
        for j, x in row.items():
            entries[j][i] = x
    return Matrix(a.cols, a.rows, entries)


def multiplied(a: Matrix, b: Matrix, ring: Arithmetic) -> Matrix:
    if a.cols != b.rows:
        raise ValueError(f"a product between images {a.cols} and {b.rows}")
    entries: list[Row] = []
    for row in a.entries:
        sums: Row = {}
        for k, x in row.items():
            for j, y in b.entries[k].items():
                sums[j] = sums.get(j, 0) + x * y
        entries.append({j: ring.reduced(x) for j, x in sums.items()})
    return Matrix(a.rows, b.cols, entries)


def added(a: Matrix, b: Matrix, sign: int, ring: Arithmetic) -> Matrix:
    if (a.rows, a.cols) != (b.rows, b.cols):
        raise ValueError(f"a sum of {a.rows} x {a.cols} and {b.rows} x {b.cols}")
    entries = [
        {j: ring.reduced(x.get(j, 0) + sign * y.get(j, 0)) for j in {*x, *y}}
        for x, y in zip(a.entries, b.entries, strict=True)
    ]
    return Matrix(a.rows, a.cols, entries)


def multiple(factor: Any, a: Matrix, ring: Arithmetic) -> Matrix:
    entries = [{j: ring.reduced(factor * x) for j, x in row.items()} for row in a.entries]
    return Matrix(a.rows, a.cols, entries)


# --- what pixels see ---------------------------------------------------------------------------


def padded_line(n: int, low: int, high: int, mode: str, stuffing: int = 1) -> list[int | None]:
    """What stands at every position of one padded, stuffed axis: a pixel, or None for zero.

    Pixels are first stuffed with zeros, then padded; negative padding leaves positions out.
    """
    line: list[int | None] = []
    for pixel in range(n):
        line += [pixel] if pixel == 0 else [None] * (stuffing - 1) + [pixel]
    length = len(line)
    needed = {"reflect": max(low, high) + 1, "circular": max(low, high)}.get(mode, 0)
    if length < needed:
        raise NoOperatorError(f"{mode} padding ({low}, {high}) of {length} pixels")
    return [_shown(line, q, mode) for q in range(-low, length + high)]


def _shown(line: list[int | None], q: int, mode: str) -> int | None:
    while not 0 <= q < len(line):
        if mode == "zeros":
            return None
        last, before = len(line) - 1, q < 0
        if mode == "circular":
            q += len(line) if before else -len(line)
        elif mode == "replicate":
            q = 0 if before else last
        elif mode == "reflect":
            q = -q if before else 2 * last - q
        else:
            q = -q - 1 if before else 2 * last + 1 - q
    return line[q]


def windows(line: list[int | None], k: int, stride: int, dilation: int) -> list[list[int | None]]:
    """For each output pixel what lies under the taps.

    Raises:
        NoOperatorError: the kernel does not fit.
    """
    found = []
    start = 0
    while start + dilation * (k - 1) < len(line):
        found.append([line[start + dilation * tap] for tap in range(k)])
        start += stride
    if not found:
        raise NoOperatorError(f"{k} taps, {dilation} apart, on {len(line)} pixels")
    return found


def flat(index: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    place = 0
    for i, n in zip(index, sizes, strict=True):
        place = place * n + i
    return place


def places(sizes: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    return product(*map(range, sizes))


def gathered(
    cols: tuple[int, ...],
    axes: list[list[list[int | None]]],
    weights: Callable[[int, tuple[int, ...]], list[tuple[int, Any]]],
    channels: int,
    ring: Arithmetic,
) -> Matrix:
    """Rows from what lies under the taps: weights gives (input channel, entry) for each tap."""
    rows = (channels, *(len(axis) for axis in axes))
    entries: list[Row] = []
    for o, *out in places(rows):
        row: Row = {}
        seen = [axis[i] for axis, i in zip(axes, out, strict=True)]
        for tap in product(*(range(len(window)) for window in seen)):
            pixel = [window[t] for window, t in zip(seen, tap, strict=True)]
            if None in pixel:
                continue
            for c, x in weights(o, tap):
                j = flat((c, *pixel), cols)  # type: ignore[arg-type]
                row[j] = ring.reduced(row.get(j, 0) + x)
        entries.append(row)
    return Matrix(rows, cols, entries)


def _conv(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    kernel, mode = node["kernel"], node["mode"]
    axes = []
    for axis, (n, (low, high)) in enumerate(zip(size, resolved_padding(node), strict=True)):
        line = padded_line(n, low, high, mode, node["input_dilation"][axis])
        axes.append(windows(line, kernel.size[axis], node["stride"][axis], node["dilation"][axis]))
    table = _table(kernel, ring)
    per_group = kernel.leading // kernel.groups

    def weights(o: int, tap: tuple[int, ...]) -> list[tuple[int, Any]]:
        first = o // per_group * kernel.other
        return [(first + c, table[o, c, *tap]) for c in range(kernel.other)]

    return gathered((kernel.in_channels, *size), axes, weights, kernel.leading, ring)


def _table(kernel: Any, ring: Arithmetic) -> dict[tuple[int, ...], Any]:
    indices = places((kernel.leading, kernel.other, *kernel.size))
    return {i: value(entry, ring) for i, entry in zip(indices, kernel.entries, strict=True)}


def _conv_transpose(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    """Every input pixel is spread over the output, stride pixels apart; then the output is cut."""
    kernel, s, d, extra = (node[a] for a in ("kernel", "stride", "dilation", "output_padding"))
    if any(a >= max(x, y) for a, x, y in zip(extra, s, d, strict=True)):
        raise NoOperatorError(f"output_padding {extra}")
    lows, sizes = [], []
    for axis, (m, (low, high)) in enumerate(zip(size, resolved_padding(node), strict=True)):
        length = s[axis] * (m - 1) + d[axis] * (kernel.size[axis] - 1) + 1
        if node["padding"] == "same":
            if extra[axis]:
                raise NoOperatorError('output_padding with padding="same"')
            length = s[axis] * m
        else:
            length += extra[axis] - low - high
        if length < 1:
            raise NoOperatorError(f"an output of {length} pixels")
        lows.append(low)
        sizes.append(length)
    rows, cols = (kernel.in_channels, *sizes), (kernel.leading, *size)
    entries: list[Row] = [{} for _ in range(prod(rows))]
    per_group = kernel.leading // kernel.groups
    for (lead, other, *tap), x in _table(kernel, ring).items():
        channel = lead // per_group * kernel.other + other
        for pixel in places(size):
            out = tuple(
                s[a] * i + d[a] * t - lows[a]
                for a, (i, t) in enumerate(zip(pixel, tap, strict=True))
            )
            if all(0 <= o < n for o, n in zip(out, sizes, strict=True)):
                row, j = entries[flat((channel, *out), rows)], flat((lead, *pixel), cols)
                row[j] = ring.reduced(row.get(j, 0) + x)
    return Matrix(rows, cols, entries)


# --- moving pixels -----------------------------------------------------------------------------


def _moved(
    channels: int, sizes: tuple[int, ...], cols: tuple[int, ...], source: Callable[..., Any]
) -> Matrix:
    """A one in each row whose pixel shows another: source gives that pixel or None."""
    rows = (channels, *sizes)
    entries: list[Row] = []
    for index in places(rows):
        pixel = source(*index)
        entries.append({} if pixel is None or None in pixel else {flat(pixel, cols): 1})
    return Matrix(rows, cols, entries)


def _by_axes(node: Node, size: tuple[int, ...], lines: list[list[int | None]]) -> Matrix:
    """Every axis and channel by itself: what stands at every position."""
    if any(not line for line in lines):
        raise NoOperatorError("an image without pixels")
    channels = node["channels"]
    sizes = tuple(map(len, lines))

    def source(c: int, *out: int) -> tuple[int | None, ...]:
        return (c, *(line[o] for line, o in zip(lines, out, strict=True)))

    return _moved(channels, sizes, (channels, *size), source)


def _pad(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    pairs = zip(size, node["padding"], strict=True)
    return _by_axes(node, size, [padded_line(n, *pair, node["mode"]) for n, pair in pairs])


def _crop(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    lines = [
        padded_line(n, -low, -high, "zeros")
        for n, (low, high) in zip(size, node["padding"], strict=True)
    ]
    return _by_axes(node, size, lines)


def _zero_insertion(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    pairs = zip(size, node["factor"], strict=True)
    return _by_axes(node, size, [padded_line(n, 0, 0, "zeros", f) for n, f in pairs])


def _flip(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    return _by_axes(node, size, [list(range(n - 1, -1, -1)) for n in size])


def _identity(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    return _by_axes(node, size, [list(range(n)) for n in size])


def _shift(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    lines: list[list[int | None]] = []
    for n, step in zip(size, node["offset"], strict=True):
        if node["circular"] and abs(step) > n:
            raise NoOperatorError(f"{n} pixels turned by {step}")
        if node["circular"]:
            lines.append([(o - step) % n for o in range(n)])
        else:
            lines.append([o - step if 0 <= o - step < n else None for o in range(n)])
    return _by_axes(node, size, lines)


def _upsample_nearest(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    pairs = zip(size, node["factor"], strict=True)
    return _by_axes(node, size, [[o // f for o in range(f * n)] for n, f in pairs])


def _pixel_shuffle(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    r, channels = node["factor"], node["channels"]
    sub = (r,) * len(size)

    def source(c: int, *out: int) -> tuple[int, ...]:
        within = flat(tuple(o % r for o in out), sub)
        return (c * r ** len(size) + within, *(o // r for o in out))

    cols = (channels * r ** len(size), *size)
    return _moved(channels, tuple(r * n for n in size), cols, source)


def _upsample_linear(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    """Output pixel o lies at (o + 1/2)/f - 1/2 among the input pixels, constant beyond the last."""
    axes = []
    for n, f in zip(size, node["factor"], strict=True):
        line = []
        for o in range(f * n):
            place = (Fraction(2 * o + 1, 2)) / f - Fraction(1, 2)
            place = min(max(place, Fraction(0)), Fraction(n - 1))
            first = min(int(place), max(n - 2, 0))
            part = place - first
            line.append({first: 1 - part, first + 1: part} if n > 1 else {0: Fraction(1)})
        axes.append(line)
    channels = node["channels"]
    rows, cols = (channels, *map(len, axes)), (channels, *size)
    entries: list[Row] = []
    for c, *out in places(rows):
        row: Row = {}
        weights = [axis[o] for axis, o in zip(axes, out, strict=True)]
        for pixel in product(*weights):
            x = prod((w[i] for w, i in zip(weights, pixel, strict=True)), start=Fraction(1))
            row[flat((c, *pixel), cols)] = ring.number(x)
        entries.append(row)
    return Matrix(rows, cols, entries)


def _pool(node: Node, size: tuple[int, ...], ring: Arithmetic) -> Matrix:
    axes = []
    for axis, (n, (low, high)) in enumerate(zip(size, resolved_padding(node), strict=True)):
        line = padded_line(n, low, high, "zeros")
        axes.append(windows(line, node["kernel_size"][axis], node["stride"][axis], 1))
    cols = (node["channels"], *size)
    total = gathered(cols, axes, lambda o, tap: [(o, 1)], node["channels"], ring)
    if node.kind == "sum_pool":
        return total
    if node["count_include_pad"]:
        return multiple(ring.number(Fraction(1, prod(node["kernel_size"]))), total, ring)
    if any(not row for row in total.entries):
        raise NoOperatorError("the mean over a window without a pixel")
    entries = [{j: ring.number(Fraction(1, len(row))) for j in row} for row in total.entries]
    return Matrix(total.rows, total.cols, entries)


LEAVES: Mapping[str, Callable[[Node, tuple[int, ...], Arithmetic], Matrix]] = {
    "conv": _conv,
    "conv_transpose": _conv_transpose,
    "pad": _pad,
    "crop": _crop,
    "zero_insertion": _zero_insertion,
    "flip": _flip,
    "identity": _identity,
    "shift": _shift,
    "upsample_nearest": _upsample_nearest,
    "upsample_linear": _upsample_linear,
    "pixel_shuffle": _pixel_shuffle,
    "sum_pool": _pool,
    "avg_pool": _pool,
}
