"""Where eigenvalues and singular values go as images grow: their distribution, and the extremes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any, Literal

import sympy as sp
from sympy.polys.rings import PolyElement

from symconv._arrays import Array, np
from symconv.algebra.coefficients import Element, from_exprs, to_sympy
from symconv.algebra.sizes import to_expr
from symconv.arguments import parse_choice, parse_count
from symconv.errors import KernelError, ShapeError
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, parse_operator
from symconv.recognition.recognition import require_layer
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter
from symconv.work_limits import allowed, refuse

Kind = Literal["eigenvalues", "singular values"]
End = Literal["smallest", "largest"]
Lag = tuple[int, ...]

MOST_PRODUCTS = 300_000
MOST_NUMBERS = 2**22


@dataclass(frozen=True, eq=False)
class SpectralLimit:
    """How the values of a convolution are distributed in the limit of large images.

    The mean of any continuous function of the values tends to its mean over the values of the
    symbol at all angles.

    Attributes:
        operator: the convolution, or its transpose.
        kind: "eigenvalues" or "singular values".
        coefficients: of p(θ) = Σ_δ c_δ cos(δ·θ): the symbol for eigenvalues, |symbol|² for singular
            values, which are the roots of its values.
    """

    operator: Operator
    kind: Kind
    coefficients: Mapping[Lag, sp.Expr]

    @cached_property
    def angles(self) -> tuple[sp.Symbol, ...]:
        """θ, one an axis; from -π to π, radians per pixel of the convolution's output."""
        axes = len(next(iter(self.coefficients)))
        letter = free_letters(self.coefficients.values()).name("theta")
        names = [letter] if axes == 1 else [f"{letter}_{a + 1}" for a in range(axes)]
        return tuple(sp.Symbol(name, real=True) for name in names)

    @cached_property
    def expr(self) -> sp.Expr:
        """The value at the angles θ: the symbol, or its modulus."""
        turns = {
            lag: sp.Add(*(x * t for x, t in zip(lag, self.angles, strict=True)))
            for lag in self.coefficients
        }
        total = sp.Add(*(c * sp.cos(turns[lag]) for lag, c in self.coefficients.items()))
        return sp.sqrt(total) if self.kind == "singular values" else total

    def moment(self, power: int) -> sp.Expr:
        """The limit of the mean of λ^power, or of σ^(2 power); exact, for symbols too.

        Raises:
            BudgetError: the power takes very many products.

        >>> import symconv as sc
        >>> a, b = sp.symbols("a b", real=True)
        >>> spectral_limit(sc.conv([a, b], sp.Symbol("n"))).moment(2)
        a**4 + 4*a**2*b**2 + b**4
        """
        power = parse_count("power", power, 0, 10**6)
        domain, elements = from_exprs([*self.coefficients.values(), sp.S.One])
        factor = dict(zip(self.coefficients, elements, strict=False))
        constant = (0,) * len(self.angles)
        found, spent = {constant: domain.one}, 0
        for _ in range(power):
            spent += _terms(found) * _terms(factor)
            if spent > allowed("terms", MOST_PRODUCTS):
                refuse("terms", f"the power {power} takes more than {spent} products", "take less")
            found = _product(found, factor)
        return to_sympy(domain, found.get(constant, domain.zero))

    def numbers(self, count: int) -> Array:
        """The values at so many angles an axis, evenly spaced, the largest first.

        Raises:
            KernelError: the kernel has symbols.
        """
        if any(c.free_symbols for c in self.coefficients.values()):
            raise KernelError(f"{self.operator!r} has symbols: give them numbers with subs() first")
        axes = len(self.angles)
        count = parse_count("count", count, 1, int(MOST_NUMBERS ** (1 / axes)))
        table = np.zeros((count,) * axes)
        for lag, c in self.coefficients.items():
            table[tuple(x % count for x in lag)] += float(c)
        values = np.sort(np.fft.fftn(table).real.ravel())[::-1]
        return np.sqrt(values.clip(0)) if self.kind == "singular values" else values

    def extreme(self, j: int, end: End = "smallest") -> sp.Expr:
        """The j-th smallest or largest value for large sizes, up to smaller terms: approximate.

        Where the symbol f of a symmetric Toeplitz matrix of N rows has its least value m at one
        angle only, 0 or π, and f'' > 0 there, then λ_j = m + f''/2 (πj/N)² + o(N^-2) for each fixed
        j; likewise at the largest value.

        Args:
            j: from 1.
            end: "smallest" or "largest".

        Raises:
            ShapeError: the matrix of eigenvalues is not exactly Toeplitz, or the least value is
                elsewhere or of higher order.
            KernelError: an entry is not rational.

        Source: Kac, Murdock, Szegő 1953, "On the eigen-values of certain Hermitian forms"; Parter
        1961, "On the extreme eigenvalues of Toeplitz matrices", which has higher orders, too.

        >>> import symconv as sc
        >>> spectral_limit(sc.conv([1, 2, 5], sp.Symbol("n"))).extreme(1, "largest")
        sqrt(64 - 32*pi**2/(n - 2)**2)
        """
        j = parse_count("j", j, 1, 10**6)
        sign = 1 if parse_choice("end", end, ("smallest", "largest")) == "smallest" else -1
        rows = self._toeplitz_rows()
        if not all(c.is_Rational for c in self.coefficients.values()):
            raise KernelError(f"{self.operator!r}: extremes are decided for rational entries")
        least, bend = _quadratic_minimum({lag: sign * c for lag, c in self.coefficients.items()})
        value = sign * (least + bend / 2 * (sp.pi * j / rows) ** 2)
        return sp.sqrt(value) if self.kind == "singular values" else value

    def _toeplitz_rows(self) -> sp.Expr:
        """Rows of the Toeplitz matrix of the coefficients whose eigenvalues these are."""
        layer = require_layer(self.operator)
        axis = layer.axes[0]
        ends = [end for end in (axis.padding, axis.padding_high) if isinstance(end, int)]
        reach = axis.extent - 1
        zeros = len(layer.axes) == 1 and axis.padding_mode == "zeros" and len(ends) == 2
        if zeros and (self.kind == "eigenvalues" or max(ends) <= 0):
            return to_expr(axis.output_size)
        if zeros and min(ends) >= reach and axis.stride == layer.kernel.in_channels == 1:
            return to_expr(axis.input_size)
        raise ShapeError(
            f"{self.operator!r}: the extreme {self.kind} are known in the limit on one axis, where "
            'the kernel is symmetric with zeros padding, or the padding is "valid" or "full"'
        )

    def __str__(self) -> str:
        names = ", ".join(map(str, self.angles))
        return f"the {self.kind} are distributed as {self.expr}, -pi <= {names} <= pi"

    __repr__ = __str__

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        letters = free_letters([*self.coefficients.values(), *self.angles], printer)
        m, f, j = letters["m"], letters["f"], letters["j"]
        value = r"\sigma" if self.kind == "singular values" else r"\lambda"
        axes = len(self.angles)
        scale = r"2\pi" if axes == 1 else rf"(2\pi)^{{{axes}}}"
        domain = r"_{-\pi}^{\pi}" if axes == 1 else rf"_{{[-\pi,\pi]^{{{axes}}}}}"
        steps = r"\,".join(f"d{printer._print(angle)}" for angle in self.angles)
        mean = rf"\lim_{{{m} \to \infty}} \frac{{1}}{{{m}}} \sum_{{{j}=1}}^{{{m}}} "
        shown = rf"{f}\!\left({printer._print(self.expr)}\right)"
        lines = [
            rf"{mean}{f}({value}_{{{j}}}) &= \frac{{1}}{{{scale}}} \int{domain} {shown}\,{steps}"
        ]
        return str(aligned_lines(lines))

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))


def spectral_limit(operator: Operator, kind: Kind = "singular values") -> SpectralLimit:
    """The distribution of singular values, or eigenvalues, as the image grows on every axis.

    C C^T is the Toeplitz matrix of |symbol|² less one whose rank grows with the border only, so
    that the mean of each power, a trace, has the limit that Szegő's theorem says. Ways to pad
    differ from each other in the border only, too.

    Args:
        operator: a convolution with one output channel, or its transpose; any stride and padding.
        kind: "singular values"; or "eigenvalues" where the operator is a symmetric matrix.

    Raises:
        ShapeError: there are several output channels or input dilation, or the operator is not
            symmetric.

    Source: Gray 2006, "Toeplitz and Circulant Matrices: A Review", chapter 4, for eigenvalues
    (Grenander, Szegő 1958, "Toeplitz Forms and Their Applications"); Serra Capizzano, Tilli 1999,
    "Extreme singular values and eigenvalues of non-Hermitian block Toeplitz matrices", Journal of
    Computational and Applied Mathematics 108, for singular values on several axes. On one axis it
    is known as the Avram-Parter theorem.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> spectral_limit(sc.conv([1, 2, 1], n, padding=1), "eigenvalues")
    the eigenvalues are distributed as 2*cos(theta) + 2, -pi <= theta <= pi
    >>> spectral_limit(sc.conv([1, 3], n))
    the singular values are distributed as sqrt(6*cos(theta) + 10), -pi <= theta <= pi
    """
    layer = require_layer(parse_operator(operator))
    kernel = layer.kernel
    if kernel.out_channels != 1 or any(axis.input_dilation > 1 for axis in layer.axes):
        raise ShapeError(f"{operator!r} has several output channels, or input dilation")
    if parse_choice("kind", kind, ("eigenvalues", "singular values")) == "singular values":
        return SpectralLimit(operator, "singular values", _squared_symbol(layer))
    strided = any(axis.stride > 1 for axis in layer.axes)
    if strided or operator.rows != operator.cols or (operator - operator.T).cells:
        raise ShapeError(f"{operator!r} is no symmetric matrix; its singular values have a limit")
    table = {}
    for *_, tap, entry in kernel.weights():
        pairs = zip(layer.axes, tap, strict=True)
        table[tuple(axis.dilation * t - axis.padding for axis, t in pairs)] = entry
    return SpectralLimit(operator, "eigenvalues", table)


def _squared_symbol(layer: Layer) -> Mapping[Lag, sp.Expr]:
    """|symbol|², summed over the aliases: the autocorrelation at multiples of the stride."""
    table: defaultdict[Lag, list[sp.Expr]] = defaultdict(list)
    table[(0,) * len(layer.axes)] = []
    for (_, c, t, x), (_, e, u, y) in product(list(layer.kernel.weights()), repeat=2):
        lag = [a.dilation * (k - h) for a, k, h in zip(layer.axes, t, u, strict=True)]
        steps = [divmod(d, a.stride) for d, a in zip(lag, layer.axes, strict=True)]
        if c == e and not any(rest for _, rest in steps):
            table[tuple(step for step, _ in steps)].append(x * y)
    return {lag: sp.Add(*terms) for lag, terms in table.items()}


def _product(one: Mapping[Lag, Element], other: Mapping[Lag, Element]) -> dict[Lag, Element]:
    table: dict[Lag, Element] = {}
    for (p, x), (q, y) in product(one.items(), other.items()):
        lag = tuple(a + b for a, b in zip(p, q, strict=True))
        table[lag] = table[lag] + x * y if lag in table else x * y
    return table


def _terms(series: Mapping[Lag, Element]) -> int:
    """Terms of all coefficients, where they are polynomials."""
    return sum(len(c) if isinstance(c, PolyElement) else 1 for c in series.values())


def _quadratic_minimum(coefficients: Mapping[Lag, sp.Rational]) -> tuple[sp.Expr, sp.Expr]:
    """The least value and the second derivative there, at the one angle 0 or π that has it."""
    c = sp.Dummy("c")
    terms = (value * sp.chebyshevt(abs(lag[0]), c) for lag, value in coefficients.items())
    values = sp.Poly(sp.Add(*terms), c)
    slope = values.diff(c)
    end = -1 if values.eval(1) > values.eval(-1) else 1
    least = values.eval(end)
    # f(θ) = P(cos θ) has f'' = -P'(1) at 0 and P'(-1) at π.
    bend = -end * slope.eval(end)
    # Above the least value on all of [-1, 1] but this end: no root there, and none double at it.
    above = values - least
    quotient = sp.quo(above, sp.Poly(c - end, c))
    if bend <= 0 or quotient.count_roots(-1, 1) or values.eval(-end) == least:
        raise ShapeError(
            "the extreme value of the symbol is not taken at the one angle 0 or pi with a second "
            "derivative that is not zero"
        )
    return least, bend
