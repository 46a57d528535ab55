"""Receptive fields in closed form: the pixels of the image that a pixel after layers sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import gcd, lcm

import sympy as sp

from symconv.algebra.sizes import parse_integer
from symconv.arguments import parse_count
from symconv.errors import ShapeError
from symconv.stacks.windows import Window
from symconv.work_limits import check

MOST_PHASES = 1024
LONGEST = 10**6
MOST_TIMES = 1000


@dataclass(frozen=True)
class ReceptiveField:
    """What output pixels see on one axis, away from borders, where every tap is there.

    Output pixel ``period*q + r`` sees the pixels of phase r, moved by ``period*jump*q``.

    Attributes:
        period: how many output pixels it takes until the same windows come again: more than 1
            after layers that upsample.
        jump: input pixels from one output pixel to the next.
        phases: for each of the first output pixels (first, mask): bit t of the mask says whether
            it sees pixel first + t; pixels below zero are padding.

    >>> import symconv as sc
    >>> (field,) = sc.stack([sc.conv([1, 2, 3], 9, stride=2), sc.conv([1, 2], 4)]).receptive_field
    >>> field.size, field.jump
    (5, Fraction(2, 1))
    """

    period: int = 1
    jump: Fraction = Fraction(1)
    phases: tuple[tuple[int, int], ...] = ((0, 1),)

    @property
    def size(self) -> int:
        """Pixels from the first to the last that one output pixel sees, at the widest phase."""
        return max(mask.bit_length() for _, mask in self.phases)

    @property
    def count(self) -> int:
        """Pixels that one output pixel sees, without those left out between dilated taps."""
        return max(mask.bit_count() for _, mask in self.phases)

    @property
    def first(self) -> int:
        """The first pixel that output pixel 0 sees; below zero it is padding."""
        return self.phases[0][0]

    @property
    def centre(self) -> sp.Rational:
        """The middle of what output pixel 0 sees, in pixels."""
        first, mask = self.phases[0]
        return first + sp.Rational(max(mask.bit_length(), 1) - 1, 2)

    def pixels(self, output: int) -> list[int]:
        """The pixels that an output pixel sees, those of the padding too.

        >>> ReceptiveField().after(Window(2, 2, dilation=3)).pixels(5)
        [10, 13]
        """
        start, mask = self._moved(parse_integer(output, "an output pixel"))
        return [start + t for t in range(mask.bit_length()) if mask >> t & 1]

    @property
    def _shift(self) -> int:
        return int(self.period * self.jump)

    def after(self, window: Window) -> ReceptiveField:
        """What pixels after one more layer see.

        Raises:
            BudgetError: more than a million pixels, or a thousand phases.

        >>> ReceptiveField().after(Window(3)).after(Window(3, 2)).size
        5
        """
        s, u, _ = window.steps
        period = u * self.period // gcd(u * self.period, s)
        pixels = int(self.size + window.extent * self.jump)
        what = f"{pixels} pixels, or {period} phases, of a receptive field"
        check("pixels", pixels, what, "leave out layers", LONGEST)
        check("work", period, what, "leave out layers", MOST_PHASES)
        phases = tuple(self._seen(window, output) for output in range(period))
        return ReceptiveField(period, self.jump * Fraction(s, u), phases)

    def _seen(self, window: Window, output: int) -> tuple[int, int]:
        s, u, low = window.steps
        met = (s * output + window.dilation * tap - low for tap in range(window.taps))
        return _union([self._moved(x // u) for x in met if x % u == 0])

    def _moved(self, pixel: int) -> tuple[int, int]:
        q, phase = divmod(pixel, self.period)
        first, mask = self.phases[phase]
        return first + q * self._shift, mask

    def repeated(self, period: int) -> ReceptiveField:
        """The same with a multiple of its period."""
        return ReceptiveField(period, self.jump, tuple(self._moved(o) for o in range(period)))


@dataclass(frozen=True)
class RepeatedField:
    """The receptive field of layers that stand one after another a number of times.

    Attributes:
        size: pixels from the first to the last that one output pixel sees.
        jump: input pixels from one output pixel to the next.
        first: the first pixel that output pixel 0 sees; below zero it is padding.
        times: how often the layers stand.
    """

    size: sp.Expr
    jump: sp.Expr
    first: sp.Expr
    times: sp.Expr

    def repeats(self, times: int) -> RepeatedField:
        """It for a number of times, where it was a symbol."""
        values = {self.times: parse_count("times", times, 1, MOST_TIMES)}
        size, jump, first = (part.subs(values) for part in (self.size, self.jump, self.first))
        return RepeatedField(size, jump, first, sp.Integer(values[self.times]))


def repeated_field(field: ReceptiveField | None, times: sp.Expr) -> RepeatedField:
    """The field of layers that move by s pixels, L times: sums of s**l over what each one adds.

    Raises:
        ShapeError: they upsample, or their windows depend on the size of the image.
    """
    if field is None or field.period > 1 or field.jump.denominator > 1:
        raise ShapeError("layers that upsample, or see all of an image, have no such sum")
    s = sp.Integer(field.jump.numerator)
    copies = times if s == 1 else (s**times - 1) / (s - 1)
    size = sp.expand(1 + (field.size - 1) * copies)
    return RepeatedField(size, s**times, sp.expand(field.first * copies), times)


def joined(fields: Sequence[ReceptiveField]) -> ReceptiveField:
    """What pixels see that are sums of pixels of several branches.

    Raises:
        ShapeError: the branches do not move alike.
    """
    jumps = {field.jump for field in fields}
    if len(jumps) > 1:
        raise ShapeError(
            f"branches that move by {', '.join(map(str, sorted(jumps)))} pixels cannot be added"
        )
    period = lcm(*(field.period for field in fields))
    repeated = [field.repeated(period) for field in fields]
    phases = tuple(map(_union, zip(*(field.phases for field in repeated), strict=True)))
    return ReceptiveField(period, fields[0].jump, phases)


def _union(parts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    seen = [part for part in parts if part[1]]
    first = min((start for start, _ in seen), default=0)
    return first, reduce(lambda mask, part: mask | part[1] << (part[0] - first), seen, 0)
