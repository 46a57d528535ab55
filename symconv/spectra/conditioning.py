"""Whether inverting a convolution is hopeless or fine: how its condition number grows with n."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from functools import cached_property
from typing import Any, Literal

import sympy as sp

from symconv.errors import KernelError, ShapeError
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.recognition.recognition import require_layer
from symconv.spectra.root_counts import RootCounts, Z, root_counts
from symconv.spectra.trigonometric import TrigPolynomial
from symconv.typesetting.displays import printed_length
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter, typesetter

Growth = Literal["bounded", "power", "exponential", "singular"]
Border = Literal["outer", "square", "circular"]

# Characters of an exact bound that is printed as it is.
LONGEST = 30


@dataclass(frozen=True)
class Conditioning:
    """How the condition number σ_max/σ_min of a convolution grows with the size of the image.

    Attributes:
        growth: "bounded"; "power", at least like n**order; "exponential", at least like rate**n;
            "singular", no inverse at any size.
        border: "outer" for padding "valid" or "full", "square" or "circular".
        roots: where the roots of the kernel's polynomial lie.
        padding: for "square" how many of them have to lie inside.
        order: the exponent for "power".
        rate: the base for "exponential", to 15 digits.
        kernel: the kernel.
    """

    growth: Growth
    border: Border
    roots: RootCounts
    padding: int
    order: int
    rate: sp.Float | None
    kernel: Kernel

    @cached_property
    def squared_range(self) -> tuple[sp.Expr, sp.Expr]:
        """The least and the largest value of |symbol|², exact."""
        return squared_range(self.kernel)

    @property
    def bound(self) -> sp.Expr | None:
        """max|symbol| / min|symbol|, which no size exceeds; None where there is no such bound.

        For padding "valid" and "full" it is the limit, too. A square one of the same symbol can be
        worse: it has no bound of this kind.
        """
        if self.growth != "bounded" or self.border == "square":
            return None
        least, largest = self.squared_range
        return sp.sqrt(largest / least)

    def __str__(self) -> str:
        if self.growth == "singular":
            return "singular at every size"
        if self.growth == "bounded":
            return "bounded" if self.bound is None else f"bounded, at most {_shown(self.bound)}"
        if self.growth == "power":
            exact = "" if self.border == "outer" else "at least "
            return f"grows {exact}like n" + (f"^{self.order}" if self.order > 1 else "")
        assert self.rate is not None
        return f"grows at least like {_shown(self.rate, ROUND_FLOOR)}^n"

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        name = r"\frac{\sigma_{\max}}{\sigma_{\min}}"
        if self.growth == "singular":
            return r"\sigma_{\min} = 0 \text{ at every size}"
        if self.growth == "bounded":
            return rf"{name} {self._bound_latex(printer)}"
        if self.growth == "power":
            relation = r"\sim" if self.border == "outer" else r"\gtrsim"
            power = f"^{{{self.order}}}" if self.order > 1 else ""
            return rf"{name} {relation} c\, n{power}"
        return rf"{name} \gtrsim c \cdot {_shown(self.rate, ROUND_FLOOR)}^{{n}}"

    def _bound_latex(self, printer: Typesetter) -> str:
        """The bound, exactly where it is short."""
        if self.bound is None:
            return r"\text{ is bounded}"
        exact = str(printer._print(self.bound))
        if printed_length(exact) <= LONGEST:
            return rf"\leq {exact}"
        return rf"\leq {_shown(self.bound)}"

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))


def _shown(value: sp.Expr, rounding: str = ROUND_CEILING) -> str:
    """Five digits, rounded to the safe side: up for a bound."""
    digits = Decimal(str(sp.N(value, 30)))
    return f"{Context(prec=5, rounding=rounding).plus(digits).normalize():f}"


def conditioning(operator: Operator) -> Conditioning:
    """How the condition number of a convolution on one axis grows with the image, decided exactly.

    Where K(z) = Σ k_t z^t has no root on the unit circle, a valid or full convolution is bounded,
    and a circular one; a square one is iff moreover exactly p roots lie inside, p the padding in
    front, and otherwise it grows exponentially. A root on the circle of multiplicity α makes it
    grow like n^α.

    Args:
        operator: a convolution on one axis, or its transpose: one channel, stride 1, rational
            entries, padding "valid", "full", square, or circular.

    Raises:
        KernelError: an entry is not rational, or all are zero.
        ShapeError: the operator is none of these.

    Source: Böttcher, Grudsky 2005, "Spectral Properties of Banded Toeplitz Matrices", chapters 3
    to 5; Parter 1961 for the powers.

    >>> import symconv as sc
    >>> n = sp.Symbol("n")
    >>> print(conditioning(sc.conv([1, 3, 1], n)))
    bounded, at most 5
    >>> print(conditioning(sc.conv([1, 2, 1], n)))
    grows like n^2
    >>> print(conditioning(sc.conv([2, 1], n, padding=((1, 0),))))
    grows at least like 2^n
    """
    layer = require_layer(operator)
    kernel, border, padding = _read(layer, operator)
    polynomial, padding = _stripped(kernel, padding)
    roots = root_counts(polynomial)
    if border != "square":
        growth: Growth = "power" if roots.on else "bounded"
        return Conditioning(growth, border, roots, 0, roots.order, None, kernel)
    if roots.inside <= padding <= roots.inside + roots.on:
        growth = "power" if roots.on else "bounded"
        return Conditioning(growth, border, roots, padding, roots.order, None, kernel)
    if not 0 <= padding <= polynomial.degree():
        return Conditioning("singular", border, roots, padding, 0, None, kernel)
    rate = _rate(polynomial, padding, roots)
    return Conditioning("exponential", border, roots, padding, 0, rate, kernel)


def squared_range(kernel: Kernel) -> tuple[sp.Expr, sp.Expr]:
    """The least and the largest value of |Σ k_t e^{iθt}|² over all θ, exact.

    Args:
        kernel: a kernel on one axis with one channel and rational entries.

    >>> squared_range(Kernel([1, 3, 1]))
    (1, 25)
    """
    return TrigPolynomial(autocorrelation(kernel)).range


def _read(layer: Layer, operator: Operator) -> tuple[Kernel, Border, int]:
    """The kernel, how the border is treated, and the padding in front."""
    axis, kernel = layer.axes[0], layer.kernel
    plain = len(layer.axes) == axis.stride == axis.input_dilation == 1 == kernel.in_channels
    if not plain or kernel.out_channels != 1:
        raise ShapeError(f"{operator!r} is not on one axis with one channel and stride 1")
    if not all(entry.is_Rational for entry in kernel.entries) or not any(kernel.entries):
        raise KernelError(f"{kernel!r}: conditioning is decided for rational entries, not all zero")
    low, high, reach = axis.padding, axis.padding_high, axis.extent - 1
    if axis.padding_mode == "circular" and low + high == reach:
        return _dilated(kernel, axis.dilation), "circular", low
    if axis.padding_mode == "zeros" and (low, high) in ((0, 0), (reach, reach)):
        return _dilated(kernel, axis.dilation), "outer", low
    if axis.padding_mode == "zeros" and low + high == reach:
        return _dilated(kernel, axis.dilation), "square", low
    raise ShapeError(
        f"{operator!r} has {axis.padding_mode} padding ({low}, {high}): conditioning is decided "
        'for zeros padding "valid", "full" or square, and for circular padding of one size'
    )


def _dilated(kernel: Kernel, dilation: int) -> Kernel:
    entries = [sp.S.Zero] * (dilation * (kernel.size[0] - 1) + 1)
    entries[::dilation] = kernel.entries
    return Kernel.build(entries, [len(entries)])


def _stripped(kernel: Kernel, padding: int) -> tuple[sp.Poly, int]:
    """K(z) without roots at zero, and the padding that is left."""
    entries = list(kernel.entries)
    first = next(t for t, entry in enumerate(entries) if entry != 0)
    return sp.Poly(entries[first:][::-1], Z, domain="QQ"), padding - first


def _rate(polynomial: sp.Poly, padding: int, roots: RootCounts) -> sp.Float:
    """How quickly the vector decays that the half-line's operator, from one end, maps to zero."""
    moduli = sorted(
        abs(root)
        for factor, multiplicity in polynomial.sqf_list()[1]
        for root in factor.nroots(n=30, maxsteps=500) * multiplicity
    )
    if roots.inside > padding:
        return sp.N(1 / moduli[padding], 15)
    return sp.N(moduli[padding - 1], 15)
