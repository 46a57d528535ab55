"""Real trigonometric polynomials in the angles of a symbol, and their certified maxima."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from heapq import heappop, heappush
from itertools import product
from math import ceil, cos, floor, gcd, lcm, pi

import sympy as sp
from mpmath import iv
from mpmath.libmp import to_rational
from sympy.polys.domains import QQ
from sympy.polys.matrices import DomainMatrix

Lag = tuple[int, ...]

MOST_BOXES = 4000
MOST_DEGREE = 16
NEAR = Fraction(1, 10**6)
DIGITS = 40
# Values of the cosine are kept as integers over this number.
ONE = 1 << 60
ABOVE_PI = Fraction(355, 113)


@dataclass(frozen=True)
class Enclosure:
    """Two numbers that an unknown one is proven to lie between.

    Attributes:
        low, high: the ends; equal where the number is known exactly.
        boxes: how many boxes of angles the proof looked at, 0 where it is algebraic.
    """

    low: sp.Expr
    high: sp.Expr
    boxes: int = 0


@dataclass(frozen=True)
class TrigPolynomial:
    """p(θ) = Σ_δ c_δ cos(δ·θ) with rational c_δ.

    Attributes:
        coefficients: δ to c_δ; δ and -δ are added up.
    """

    coefficients: Mapping[Lag, sp.Rational]

    @cached_property
    def half(self) -> Mapping[Lag, sp.Rational]:
        """The coefficients at δ >= 0 alone, in the smallest steps an axis.

        Lags on one line are counted along it, so that there is one axis.
        """
        sums: dict[Lag, sp.Rational] = {}
        for lag, value in self.coefficients.items():
            lag = max(lag, tuple(-x for x in lag))
            sums[lag] = sums.get(lag, sp.S.Zero) + value
        return _in_smallest_steps({lag: value for lag, value in sums.items() if value != 0})

    @cached_property
    def range(self) -> tuple[sp.Expr, sp.Expr]:
        """The least and the largest value on one axis, exact.

        It is a polynomial in c = cos θ; its extremes on [-1, 1] are at the ends or where the
        derivative vanishes, which are isolated exactly.

        >>> TrigPolynomial({(0,): sp.Integer(3), (1,): sp.Integer(1), (2,): sp.Integer(4)}).range
        (-33/32, 8)
        """
        c = sp.Dummy("c")
        terms = (value * sp.chebyshevt(abs(lag[0]), c) for lag, value in self.half.items())
        values = sp.Poly(sp.Add(*terms), c)
        flat = values.diff(c)
        inner = [] if flat.is_zero else flat.real_roots(multiple=False)
        places = [sp.S.NegativeOne, sp.S.One, *(root for root, _ in inner if abs(root) <= 1)]
        places.sort(key=lambda place: values.eval(_near(place)))
        return _value(values, places[0]), _value(values, places[-1])

    @cached_property
    def maximum(self) -> Enclosure:
        """The largest value: exact on one axis, else between two numbers a millionth apart.

        Raises nothing: where the budget of 4,000 boxes is spent, the two numbers are wider apart,
        and still certain.

        >>> corner = {(0, 0): sp.Integer(2), (0, 1): sp.Integer(1), (1, 0): sp.Integer(3)}
        >>> most = TrigPolynomial(corner).maximum
        >>> most.low, sp.N(most.high, 6)
        (6, 6.00000)
        """
        if not self.half:
            return Enclosure(sp.S.Zero, sp.S.Zero)
        degree = max(abs(x) for lag in self.half for x in lag)
        if len(next(iter(self.half))) == 1 and degree <= MOST_DEGREE:
            return Enclosure(self.range[1], self.range[1])
        return _BranchAndBound(self.half).enclosure()

    def number_at(self, turns: Sequence[sp.Rational]) -> float:
        """The value at the angles θ = 2π·turns, rounded."""
        angles = [2 * pi * float(turn) for turn in turns]
        return sum(
            float(value) * cos(sum(x * angle for x, angle in zip(lag, angles, strict=True)))
            for lag, value in self.coefficients.items()
        )

    def at(self, turns: Sequence[sp.Rational]) -> sp.Expr:
        """The value at the angles θ = 2π·turns, exact."""
        angles = {
            lag: 2 * sp.pi * sp.Add(*(x * turn for x, turn in zip(lag, turns, strict=True)))
            for lag in self.coefficients
        }
        return sp.Add(*(c * sp.cos(angles[lag]) for lag, c in self.coefficients.items()))


def _near(place: sp.Expr) -> sp.Rational:
    """A number so near that values where the slope vanishes agree to some 80 digits."""
    return place if place.is_Rational else sp.Rational(sp.N(place, DIGITS))


def _value(polynomial: sp.Poly, place: sp.Expr) -> sp.Expr:
    """The value, exact: a root of its own where the place is one that radicals do not write.

    The value is an element of the field that the place generates, where multiplying by it has a
    power of its minimal polynomial as the characteristic one.
    """
    if not isinstance(place, sp.CRootOf):
        return polynomial.eval(place)
    field = sp.Poly(place.expr, place.poly.gen, domain=QQ)
    step = DomainMatrix.from_Matrix(sp.Matrix.companion(field.monic())).convert_to(QQ)
    times = DomainMatrix.zeros(step.shape, QQ)
    for coefficient in polynomial.all_coeffs():
        times = times * step + DomainMatrix.eye(step.shape, QQ) * QQ.from_sympy(coefficient)
    minimal = sp.Poly([QQ.to_sympy(c) for c in times.charpoly()], polynomial.gen).sqf_part()
    near = polynomial.eval(_near(place))
    return min(minimal.real_roots(), key=lambda root: abs(_near(root) - near))


def _in_smallest_steps(terms: Mapping[Lag, sp.Rational]) -> dict[Lag, sp.Rational]:
    steps = [gcd(*axis) or 1 for axis in zip(*terms, strict=True)]
    small = {tuple(x // s for x, s in zip(lag, steps, strict=True)): c for lag, c in terms.items()}
    flat = [0] * len(steps)
    line = next(([x // gcd(*lag) for x in lag] for lag in small if any(lag)), flat)
    along = {lag: next((x // y for x, y in zip(lag, line, strict=True) if y), 0) for lag in small}
    collinear = all(lag == tuple(along[lag] * y for y in line) for lag in small)
    return {(along[lag],): c for lag, c in small.items()} if collinear else small


# Half width 2^-depth, and the centre in units of it; both in half turns.
Box = tuple[tuple[int, ...], int]


class _BranchAndBound:
    """Boxes of angles, those with the largest upper bound halved first.

    On a box with centre q and half width h (in half turns) Taylor's formula gives
    p <= p(q) + πh Σ_a |∂_a p(q)| + (πh)²/2 Σ_δ |c_δ| |δ|₁². Cosines come from mpmath's interval
    arithmetic and are rounded outwards to integers over 2^60; the rest is integer arithmetic.
    """

    def __init__(self, half: Mapping[Lag, sp.Rational]) -> None:
        self.scale = lcm(*(int(c.q) for c in half.values()))
        self.terms = [(lag, int(c * self.scale)) for lag, c in half.items()]
        self.ndim = len(self.terms[0][0])
        self.bend = sum(abs(c) * sum(map(abs, lag)) ** 2 for lag, c in self.terms)
        self.best = 0
        self.boxes: list[tuple[int, Box]] = []
        self.looked = 0

    def enclosure(self) -> Enclosure:
        for place in product((0, 2, 4, 6), repeat=self.ndim):
            self._look(place, 2)
        while self.looked < MOST_BOXES and -self.boxes[0][0] - self.best > NEAR * self.best:
            _, (centre, depth) = heappop(self.boxes)
            for signs in product((-1, 1), repeat=self.ndim):
                moved = zip(centre, signs, strict=True)
                self._look(tuple(2 * q + sign for q, sign in moved), depth + 1)
        unit = self.scale * ONE
        top = max(-self.boxes[0][0], self.best)
        return Enclosure(sp.Rational(self.best, unit), sp.Rational(top, unit), self.looked)

    def _look(self, centre: tuple[int, ...], depth: int) -> None:
        low = high = 0
        slopes = [[0, 0] for _ in centre]
        for lag, c in self.terms:
            turn = sum(x * q for x, q in zip(lag, centre, strict=True))
            least, most = _times(c, _cosine(turn % (2 << depth), depth))
            low, high = low + least, high + most
            sine = _times(c, _cosine((turn - (1 << (depth - 1))) % (2 << depth), depth))
            for slope, x in zip(slopes, lag, strict=True):
                least, most = _times(x, sine)
                slope[0] += least
                slope[1] += most
        reach = ABOVE_PI / (1 << depth)
        steep = sum(max(abs(a), abs(b)) for a, b in slopes)
        upper = ceil(high + reach * steep + reach**2 / 2 * self.bend * ONE)
        self.best = max(self.best, low)
        self.looked += 1
        heappush(self.boxes, (-upper, (centre, depth)))


def _times(c: int, ends: tuple[int, int]) -> tuple[int, int]:
    return (c * ends[0], c * ends[1]) if c >= 0 else (c * ends[1], c * ends[0])


@lru_cache(maxsize=2**16)
def _cosine(steps: int, depth: int) -> tuple[int, int]:
    """Integers a <= 2^60 cos(π steps/2^depth) <= b."""
    quarters, rest = divmod(2 * steps, 1 << depth)
    if rest == 0:
        exact = (1, 0, -1, 0)[quarters % 4] * ONE
        return exact, exact
    low, high = iv.cos(iv.pi * steps / (1 << depth))._mpi_
    return floor(Fraction(*to_rational(low)) * ONE), ceil(Fraction(*to_rational(high)) * ONE)
