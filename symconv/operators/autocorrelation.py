"""The autocorrelation of a kernel: what every product with the transpose is made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv._printable import Printable
from symconv.algebra.coefficients import Element, from_exprs, to_sympy, total
from symconv.algebra.lag_names import free_letter, lag_symbol
from symconv.arguments import integer_of, shown
from symconv.errors import KernelError, MissingItemError
from symconv.operators.geometry import parse_steps
from symconv.operators.kernel import Kernel
from symconv.operators.padding import PerAxis

if TYPE_CHECKING:
    from symconv.operators.operator import Operator

Lag = tuple[int, ...]
MOST_SHOWN = 9


class Autocorrelation(Printable, Mapping[Lag, Any]):
    """Lag in pixels to r_δ, the sum over taps t of K_t K_{t+δ}; zero at every lag not listed.

    With channels r_δ is a matrix, the sum of K_t K_{t+δ}^T.
    """

    def __init__(self, kernel: Kernel, dilation: tuple[int, ...]) -> None:
        self.kernel = kernel
        self.dilation = dilation
        self._values = _correlate(kernel, dilation)

    def __getitem__(self, lag: Lag | int) -> Any:
        return self._values[self._known(lag)]

    def __iter__(self) -> Iterator[Lag]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        if len(self) > MOST_SHOWN:
            return f"Autocorrelation({len(self)} lags of {self.kernel!r})"
        return f"Autocorrelation({dict(self)})"

    def symbol(self, lag: Lag) -> sp.Symbol:
        """The name r_{δ} of a lag; with another letter where the kernel is written with an r.

        >>> autocorrelation(sp.symbols("r_0 r_1")).symbol((1,))
        rho_{1}
        """
        return lag_symbol(self.letter, self._known(lag))

    def _known(self, lag: Any) -> Lag:
        given = lag if isinstance(lag, tuple) else (lag,)
        steps = [integer_of(step) for step in given]
        axes = tuple(step for step in steps if step is not None)
        if len(axes) < len(given) or axes not in self._values:
            raise MissingItemError(f"no two taps of the kernel lie {shown(lag)} apart")
        return axes

    @cached_property
    def letter(self) -> str:
        """What the names of lags begin with."""
        return free_letter("r", self.kernel.entries)


@dataclass(frozen=True)
class GramSums:
    """What a product with the transpose is made of: r_δ, or g_δ = Σ_t K_t^T K_{t+δ}."""

    letter: str
    values: Autocorrelation

    def initial(self, lag: Iterable[Any], channels: tuple[Any, Any], expr: sp.Expr) -> str:
        """r or g where a polynomial is the sum of its lag and channels, else c."""
        # g_δ is the autocorrelation of the adjoint kernel at -δ.
        found = self.values.get(tuple(lag if self.letter == "r" else (-d for d in lag)))
        if isinstance(found, sp.MatrixBase):
            found = found[tuple(map(int, channels))]
        return self.letter if found == expr else "c"


def sums_of_gram(operator: Operator) -> GramSums | None:
    """r_δ of C C^T, and of C^T C of one channel; g_δ of C^T C of several."""
    factor, side = operator.gram or (None, "")
    layer = factor.provenance.layer if factor else None
    if layer is None or layer.transposed:
        return None
    dilation = tuple(layer.each("dilation"))
    if side == "rows" or not layer.has_channels:
        return GramSums("r", Autocorrelation(layer.kernel, dilation))
    return GramSums("g", Autocorrelation(layer.kernel.adjoint, dilation))


def autocorrelation(kernel: Kernel | Any, dilation: PerAxis = 1) -> Autocorrelation:
    """The autocorrelation of a kernel, as a mapping from lag (in pixels) to polynomial.

    On an image without a border, (C C^T)_{ij} = r_{s(i-j)} for stride s.

    Args:
        kernel: a :class:`Kernel` or anything it takes.
        dilation: pixels between taps, one or one an axis.

    Raises:
        KernelError, GeometryError: as :func:`symconv.conv`.

    >>> r = autocorrelation(sp.symbols("a b c"))
    >>> r[0], r[1], r[2]
    (a**2 + b**2 + c**2, a*b + b*c, a*c)
    """
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    if kernel.groups > 1:
        raise KernelError(
            f"a kernel of {kernel.groups} groups has an autocorrelation a group; take one group"
        )
    return Autocorrelation(kernel, parse_steps(dilation, kernel.ndim, "dilation"))


def _correlate(kernel: Kernel, dilation: tuple[int, ...]) -> dict[Lag, Any]:
    domain, elements = from_exprs(kernel.entries)
    weights = list(kernel.weights())
    outs = kernel.out_channels
    shares: dict[Lag, dict[tuple[int, int], list[Element]]] = {}
    for ((o, c, t, _), x), ((p, e, u, _), y) in product(
        zip(weights, elements, strict=True), repeat=2
    ):
        if c == e:
            lag = tuple(d * (b - a) for d, a, b in zip(dilation, t, u, strict=True))
            shares.setdefault(lag, {}).setdefault((o, p), []).append(x * y)
    sums = {
        lag: {pair: to_sympy(domain, total(domain, parts)) for pair, parts in pairs.items()}
        for lag, pairs in sorted(shares.items())
    }
    if (outs, kernel.in_channels) == (1, 1):
        return {lag: pairs[0, 0] for lag, pairs in sums.items()}
    return {
        lag: sp.ImmutableMatrix(outs, outs, lambda o, p, pairs=pairs: pairs.get((o, p), 0))
        for lag, pairs in sums.items()
    }
