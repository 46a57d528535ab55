"""How fast the inverse of C C^T falls away from its diagonal."""

from __future__ import annotations

from dataclasses import dataclass

import sympy as sp

from symconv.determinants.structure import one_channel
from symconv.errors import SymconvError
from symconv.operators.operator import Operator, parse_operator
from symconv.typesetting.notation import TRANSPOSED
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter

DIGITS = 50
NEAR = sp.Rational(1, 10**40)


@dataclass(frozen=True)
class Decay:
    r"""|(C C^T)⁻¹_{ij}| falls like \|i - j\|^{μ-1} rate^{\|i - j\|}, far from the ends.

    Attributes:
        rate: the largest modulus below 1 among the roots of K and their inverses, exactly; 1 where
            a root is on the unit circle, and 0 where there is no root at all.
        multiplicity: μ, the largest one of the roots of that modulus of K(z) K(1/z).
    """

    rate: sp.Expr
    multiplicity: int

    def _latex(self, printer: object) -> str:
        printer = typesetter(printer, self)
        shown = printer._print(self.rate)
        power = rf"|i - j|^{{{self.multiplicity - 1}}} " if self.multiplicity > 1 else ""
        if self.rate in (0, 1):
            return rf"\text{{rate }} {shown}"
        entry = rf"\left|(C C{TRANSPOSED})^{{-1}}_{{ij}}\right|"
        return printer.notation.signed(rf"{entry} \sim c\, {power}\left({shown}\right)^{{|i - j|}}")

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))


def decay_rate(operator: Operator) -> Decay:
    r"""The exact rate at which the inverse of C C^T decays, for one axis without padding.

    C C^T is the Toeplitz matrix of |K|²; the inverse of the doubly infinite one has the Laurent
    coefficients of 1/(K(z) K(1/z)) on its diagonals, which are sums of powers of the roots inside
    the unit circle, and polynomials times powers where roots are multiple.

    Args:
        operator: a convolution of one channel on one axis at stride 1, with numbers as kernel.

    Raises:
        SymconvError: another operator, or a kernel of symbols or of zeros.

    >>> import symconv as sc
    >>> decay_rate(sc.conv([2, 3], sp.Symbol("n"))).rate
    2/3
    >>> decay_rate(sc.conv([1, 4, 1], 8)).rate
    2 - sqrt(3)
    """
    layer = parse_operator(operator).as_layer()
    if layer is None or not one_channel(operator) or len(layer.axes) > 1:
        raise SymconvError(f"{operator!r} is no convolution of one channel on one axis")
    (axis,) = layer.axes
    if axis.stride != 1 or axis.padding_mode != "zeros" or axis.padding or operator.entry_symbols:
        raise SymconvError("the rate is for stride 1 without padding, and for kernels of numbers")
    z = sp.Dummy("z")
    polynomial = sp.Poly(list(layer.kernel.entries), z)
    if polynomial.is_zero:
        raise SymconvError("a kernel of zeros has no inverse")
    polynomial = polynomial.terms_gcd()[1]
    squared = polynomial * sp.Poly(polynomial.all_coeffs()[::-1], z)
    roots = [
        (sp.Abs(root).evalf(DIGITS), multiplicity, root)
        for factor, multiplicity in squared.factor_list()[1]
        for root in factor.all_roots()
    ]
    inside = [item for item in roots if item[0] < 1 + NEAR]
    if not inside:
        return Decay(sp.S.Zero, 1)
    size, _, root = max(inside, key=lambda item: item[0])
    multiplicity = max(m for s, m, _ in inside if abs(s - size) < NEAR)
    if abs(size - 1) < NEAR:
        return Decay(sp.S.One, multiplicity)
    modulus = sp.Abs(root) if root.has(sp.CRootOf) else sp.simplify(sp.Abs(root))
    return Decay(sp.root(modulus, axis.dilation), multiplicity)
