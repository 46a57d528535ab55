"""The entries of C C^T and C^T C by the names r_δ of the kernel's autocorrelation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import sympy as sp

from symconv.errors import SymconvError
from symconv.operators.autocorrelation import Autocorrelation, autocorrelation
from symconv.operators.entries import pixel
from symconv.operators.lag_names import lag_symbol
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator
from symconv.printing.elided import EntryFunction, entry_function
from symconv.printing.free_letters import Letters, operator_letters
from symconv.printing.typesetter import Typesetter

Lag = tuple[int, ...]


@dataclass(frozen=True)
class GramNames:
    """Entries by name, and the names that were used.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel(sp.symbols("a b c")), 5)
    >>> names = gram_names(C.T @ C)
    >>> names.entry(2, 3), names.entry(0, 0), names.definitions
    (r_{1}, a**2, {r_{1}: a*b + b*c})
    """

    operator: Operator
    plain: EntryFunction
    autocorrelation: Autocorrelation
    steps: tuple[int, ...]
    letters: Letters
    used: dict[Lag, sp.Symbol] = field(default_factory=dict)

    def entry(self, row: int, col: int) -> sp.Expr:
        """The entry, as r_δ where it is that, or less what is missing where that is short."""
        expr = self.plain(row, col)
        pixels = pixel(self.operator.rows, row)[1:], pixel(self.operator.cols, col)[1:]
        lag = tuple(s * (i - j) for s, i, j in zip(self.steps, *pixels, strict=True))
        lag = max(lag, tuple(-d for d in lag))
        whole = self.autocorrelation.get(lag)
        if whole is None or expr == 0:
            return expr
        if expr == whole:
            return self._use(lag)
        missing = sp.expand(whole - expr)
        if _terms(missing) + 1 < _terms(expr):
            return sp.Add(self._use(lag), -missing)
        return expr

    def _use(self, lag: Lag) -> sp.Symbol:
        return self.used.setdefault(lag, lag_symbol(self.letters.name("r"), lag))

    @property
    def symbols(self) -> frozenset[sp.Symbol]:
        """All names, used or not."""
        return frozenset(lag_symbol(self.letters.name("r"), lag) for lag in self.autocorrelation)

    @property
    def definitions(self) -> Mapping[sp.Symbol, sp.Expr]:
        """What the names stand for, those that were used."""
        return {self.used[lag]: self.autocorrelation[lag] for lag in sorted(self.used)}


def _terms(expr: sp.Expr) -> int:
    return len(sp.Add.make_args(expr))


def gram_names(operator: Operator, printer: Typesetter | None = None) -> GramNames:
    """Names for the entries of C C^T or C^T C of one channel.

    Args:
        operator: the product.
        printer: prints the entries; the names are none of those that it writes.

    Raises:
        SymconvError: the operator is no such product.
    """
    _, side = operator.gram or (None, "")
    layer = _factor(operator)
    if layer is None:
        raise SymconvError(
            "two_level=True names the sums r_δ in C @ C.T and C.T @ C of one channel, and "
            f"{operator!r} is no such product"
        )
    steps = tuple(axis.stride if side == "rows" else 1 for axis in layer.axes)
    r = autocorrelation(layer.kernel, tuple(axis.dilation for axis in layer.axes))
    letters = operator_letters(operator, printer)
    return GramNames(operator, entry_function(operator), r, steps, letters)


def has_gram_names(operator: Operator) -> bool:
    """Whether the operator is C C^T or C^T C of one channel with a kernel of symbols.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel([1, 2]), 3)
    >>> has_gram_names(C @ C.T), has_gram_names(C)
    (False, False)
    """
    layer = _factor(operator)
    return layer is not None and bool(layer.kernel.free_symbols)


def _factor(operator: Operator) -> Layer | None:
    """The convolution of one channel that an operator is the product of with its transpose."""
    factor, _ = operator.gram or (None, "")
    layer = factor.provenance.layer if factor else None
    return None if layer is None or layer.has_channels else layer
