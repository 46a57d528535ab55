"""What an orthogonality penalty tests, misses and wrongly imposes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from random import Random
from typing import Any, get_args

import sympy as sp

from symconv._arrays import Array, np
from symconv._printable import Readable
from symconv.algebra.linear_span import independent
from symconv.algebra.sizes import parse_integer
from symconv.analysis.layer_orthogonality import Side, lag_residuals, plain_layer
from symconv.analysis.orthogonality import Orthogonality, orthogonality
from symconv.analysis.self_convolution import (
    Contradiction,
    SelfConvolution,
    contradiction,
    right_padding,
)
from symconv.arguments import is_list, parse_choice, shown
from symconv.errors import SymconvError
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.operator import Operator, parse_operator
from symconv.printing.unicode import one_line
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.typesetter import typesetter

Lag = tuple[int, ...]
Penalty = Callable[[Array], Any]

LARGEST_ENTRY = 3
SPARE_SAMPLES = 12
TOLERANCE = 1e-8


@dataclass(frozen=True, eq=False, repr=False)
class RegulariserCheck(Readable):
    """A penalty against the equations that make a layer orthogonal.

    Attributes:
        tested: the lags, in pixels, whose r_δ the penalty drives to [δ = 0].
        equations: the equations that C C^T = I (C^T C = I) takes.
        layer: the layer.
        code: the self-convolution that the penalty is, where it was given as one.
    """

    tested: tuple[Lag, ...]
    equations: Orthogonality
    layer: Layer
    code: SelfConvolution | None = None

    @property
    def misplaced(self) -> Lag | None:
        """The lag δ other than 0 at which the penalty asks for r_δ = I, if it does."""
        asked = self.code.lags(self.layer.kernel.ndim) if self.code else {}
        return next((lag for lag, target in asked.items() if target and any(lag)), None)

    @cached_property
    def contradiction(self) -> Contradiction | None:
        """Two demands that exclude each other, with a proof of what the penalty costs at least."""
        return contradiction(self.code, self.layer.kernel) if self.code else None

    @property
    def right_padding(self) -> tuple[int, ...]:
        """The padding of a self-convolution that would ask for every lag that the layer needs."""
        pairs = zip(self.layer.kernel.size, self.layer.each("stride"), strict=True)
        return tuple(right_padding(k, s) for k, s in pairs)

    @cached_property
    def missed(self) -> tuple[sp.Expr, ...]:
        """Equations that the layer needs and the penalty does not test."""
        return tuple(_beyond(self.equations.conditions, self._tested_polynomials))

    @cached_property
    def missed_lags(self) -> tuple[Lag, ...]:
        """Lags δ >= 0 of which an equation is missed."""
        missed = set(self.missed)
        return tuple(
            lag
            for lag, residuals in self._residuals.items()
            if lag >= (0,) * len(lag) and missed & set(residuals)
        )

    @cached_property
    def imposed(self) -> tuple[Lag, ...]:
        """Lags δ >= 0 that the penalty drives to [δ = 0] although the layer does not need it."""
        return tuple(
            lag
            for lag in self.tested
            if lag >= (0,) * len(lag)
            and _beyond(self._residuals.get(lag, []), self.equations.conditions)
        )

    @property
    def is_exact(self) -> bool:
        """Whether the penalty vanishes exactly where the layer is orthogonal."""
        return not self.missed and not self.imposed and self.misplaced is None

    @cached_property
    def _tested_polynomials(self) -> list[sp.Expr]:
        return [p for lag in self.tested for p in self._residuals.get(lag, [])]

    @cached_property
    def _residuals(self) -> dict[Lag, list[sp.Expr]]:
        return lag_residuals(self.layer)

    def __repr__(self) -> str:
        found = "exact" if self.is_exact else "not exact"
        return f"RegulariserCheck({found}, {self.equations!r})"

    def __str__(self) -> str:
        half = [lag for lag in self.tested if lag >= (0,) * len(lag)]
        lines = [f"tests r at the lags {_show(half)}"]
        if self.missed:
            at = f", at the lags {_show(self.missed_lags)}" if self.missed_lags else ""
            lines.append(
                f"misses {len(self.missed)} of {len(self.equations.conditions)} equations{at}:"
            )
            lines += [f"  {one_line(p)} = 0" for p in self.missed]
        if self.imposed:
            lines.append(f"wrongly imposes the lags {_show(self.imposed)}, which need not vanish")
        if self.misplaced is not None:
            lines += self._mistake()
        return "\n".join(lines if not self.is_exact else [*lines, "exactly what the layer needs"])

    def _mistake(self) -> list[str]:
        """What goes wrong where the identity is asked for beside lag 0."""
        assert self.misplaced is not None
        at, padding = _show([self.misplaced]), _show([self.right_padding])
        lines = [f"asks for the identity at the lag {at}, and never looks at lag 0"]
        if self.contradiction:
            opposite = _show([tuple(-x for x in self.misplaced)])
            lines += [
                f"contradicts itself: r at the lag {opposite}, its transpose, is to be zero",
                f"so it is at least {self.contradiction.least} for every kernel",
            ]
        return [*lines, f"the padding that tests what the layer needs: {padding}"]

    def _latex(self, printer: Any) -> str:
        """What is tested, and the equations that are missed or wrongly imposed."""
        printer = typesetter(printer, self)
        half = [lag for lag in self.tested if lag >= (0,) * len(lag)]
        unit = "1" if self.layer.kernel.out_channels == 1 else "I"
        asked = _names_latex(half, unit) if self.misplaced is None else self._asked_latex(unit)
        lines = [rf"& \text{{tested: }} {asked}"]
        if self.missed:
            lines.append(r"& \text{missed:}")
            lines += [f"& {printer._print(p)} = 0" for p in self.missed]
        imposed = [lag for lag in self.imposed if lag != self.misplaced]
        if imposed:
            lines.append(rf"& \text{{wrongly imposed: }} {_names_latex(imposed, unit)}")
        if self.misplaced is not None:
            lines += self._mistake_latex(unit, printer)
        if self.is_exact:
            lines.append(r"& \text{exactly what the layer needs}")
        return str(aligned_lines(lines))

    def _asked_latex(self, unit: str) -> str:
        """What the code asks of r_δ at each of its pixels."""
        assert self.code is not None
        asked = self.code.lags(self.layer.kernel.ndim).items()
        return r",\; ".join(f"{_name(lag)} = {unit if one else '0'}" for lag, one in asked)

    def _mistake_latex(self, unit: str, printer: Any) -> list[str]:
        assert self.misplaced is not None
        one, other = (_name(lag) for lag in (self.misplaced, tuple(-x for x in self.misplaced)))
        zero = _name((0,) * len(self.misplaced))
        misplaced = rf"& \text{{misplaced: }} {one} = {unit} \text{{ in place of }} {zero} = {unit}"
        if not self.contradiction:
            return [misplaced]
        c = printer._print(sp.Rational(self.layer.kernel.out_channels, 2))
        turned, half = ("", r"\tfrac12") if unit == "1" else (r"^{\mathsf{T}}", r"\tfrac12 I")
        both = rf"\lVert {one} - {unit} \rVert^2 + \lVert {other} \rVert^2"
        return [
            rf"{misplaced}, \text{{ and }} {other} = {one}{turned} \text{{ contradicts it:}}",
            rf"& {both} = {c} + 2 \lVert {one} - {half} \rVert^2 \geq {c}",
        ]

    def _repr_markdown_(self) -> str:
        return str(self).replace("*", r"\*").replace("_", r"\_").replace("\n", "  \n")


def _names_latex(lags: Sequence[Lag], unit: str) -> str:
    """What a penalty asks of r_δ, lag by lag."""
    names = (f"{_name(lag)} = {'0' if any(lag) else unit}" for lag in sorted(lags))
    return r",\; ".join(names) or r"\text{nothing}"


def _name(lag: Lag) -> str:
    return f"r_{{{','.join(map(str, lag))}}}"


def check_regulariser(
    penalty: Iterable[Lag | int] | Penalty | SelfConvolution | str,
    operator: Operator,
    side: Side = "rows",
) -> RegulariserCheck:
    """Which equations of an orthogonal layer a penalty tests, misses or wrongly imposes.

    Args:
        penalty: the lags, in pixels, at which a penalty compares r_δ with [δ = 0] (a published
            one), or a function from a weight, as a float array (out_channels,
            in_channels/groups, *size), to its value (a coded one, in NumPy or around PyTorch):
            the sum of the squared entries of r_δ - [δ = 0]*I over some lags, each with a weight,
            or the root of that sum. A :class:`SelfConvolution` is read as it is written. Two have
            a name, that of the function in the released code of Wang et al. 2020: "orth_dist", and
            "deconv_orth_dist", a self-convolution at the layer's stride with padding 1.
        operator: a convolution with a kernel of symbols.
        side: which product is to be the identity.

    Raises:
        SymconvError: the function is no such sum, or the operator is no convolution of symbols.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.symbolic("k", 3), sp.Symbol("n"))
    >>> print(check_regulariser([-1, 0, 1], C))
    tests r at the lags 0, 1
    misses 1 of 3 equations, at the lags 2:
      k₀k₂ = 0
    >>> D = sc.conv(sc.Kernel.symbolic("k", 3), 2 * sp.Symbol("n"), stride=2)
    >>> print(check_regulariser("deconv_orth_dist", D))
    tests r at the lags 1
    misses 2 of 2 equations, at the lags 0, 2:
      k₀² + k₁² + k₂² - 1 = 0
      k₀k₂ = 0
    wrongly imposes the lags 1, which need not vanish
    asks for the identity at the lag 1, and never looks at lag 0
    contradicts itself: r at the lag -1, its transpose, is to be zero
    so it is at least sqrt(2)/2 for every kernel
    the padding that tests what the layer needs: 2
    """
    side = parse_choice("side", side, get_args(Side))
    layer = plain_layer(parse_operator(operator))
    entries = layer.kernel.entries
    if not all(e.is_Symbol for e in entries) or len(set(entries)) < len(entries):
        raise SymconvError("the penalty is checked for every kernel: give one of different symbols")
    if layer.kernel.groups > 1:
        raise SymconvError(f"{layer.kernel.groups} groups: check the layer of one group")
    if side == "columns":
        # For a square matrix one product is the identity exactly if the other one is.
        if operator.rows != operator.cols:
            raise SymconvError(
                "side='columns': r_δ speaks of C C^T, which decides C^T C for a square C alone"
            )
        side = "rows"
    if isinstance(penalty, str):
        penalty = _named(penalty, layer)
    code = penalty if isinstance(penalty, SelfConvolution) else None
    if code:
        if set(layer.each("dilation")) != {1}:
            raise SymconvError("a self-convolution speaks of kernels without dilation")
        tested = [lag for lag in code.lags(layer.kernel.ndim) if _within(lag, layer)]
    elif callable(penalty):
        tested = _probed(penalty, layer)
    else:
        tested = _parse_lags(penalty, layer.kernel.ndim)
    both = {*tested, *(tuple(-x for x in lag) for lag in tested)}
    return RegulariserCheck(tuple(sorted(both)), orthogonality(operator, side), layer, code)


def _named(name: str, layer: Layer) -> list[Lag] | SelfConvolution:
    """The penalties of the released code of Wang et al. 2020, by their functions' names."""
    if parse_choice("the penalty", name, ("orth_dist", "deconv_orth_dist")) == "orth_dist":
        return [(0,) * layer.kernel.ndim]
    strides = set(layer.each("stride"))
    if len(strides) > 1 or len(set(layer.kernel.size)) > 1:
        raise SymconvError("deconv_orth_dist is for square kernels and one stride on all axes")
    return SelfConvolution(padding=1, stride=strides.pop())


def _within(lag: Lag, layer: Layer) -> bool:
    """Whether two taps of the kernel lie so far apart; elsewhere r_δ is zero by itself."""
    return all(abs(x) < k for x, k in zip(lag, layer.kernel.size, strict=True))


def _parse_lags(penalty: object, ndim: int) -> list[Lag]:
    if not isinstance(penalty, list | tuple | set | frozenset | range):
        raise SymconvError(f"the penalty {shown(penalty)} is no list of lags and no function")
    return [_parse_lag(lag, ndim) for lag in penalty]


def _parse_lag(lag: Lag | int, ndim: int) -> Lag:
    axes = lag if is_list(lag) else (lag,)
    if len(axes) != ndim:
        raise SymconvError(
            f"the lag {shown(lag)} has {len(axes)} numbers and the kernel {ndim} axes"
        )
    return tuple(parse_integer(x, "a lag") for x in axes)


def _beyond(wanted: Sequence[sp.Expr], known: Sequence[sp.Expr]) -> list[sp.Expr]:
    """The polynomials that are no linear combination of the known ones."""
    base = independent(known)
    return [p for p in wanted if p != 0 and len(independent([*base, p])) > len(base)]


def _show(lags: Iterable[Lag]) -> str:
    return ", ".join(str(lag[0]) if len(lag) == 1 else str(lag) for lag in lags) or "none"


# --- functions -------------------------------------------------------------------------------


def _probed(penalty: Penalty, layer: Layer) -> list[Lag]:
    """The lags whose squares a function sums, found from its values at small integer kernels."""
    residuals = lag_residuals(layer)
    lags = [lag for lag in residuals if lag >= (0,) * layer.kernel.ndim]
    random = Random(0)
    kernels = [_integers(layer.kernel, random) for _ in range(2 * len(lags) + SPARE_SAMPLES)]
    evaluate = sp.lambdify(layer.kernel.entries, [residuals[lag] for lag in lags], modules="math")
    table = np.array(
        [[np.square(r).sum() for r in evaluate(*kernel.ravel())] for kernel in kernels]
    )
    values = np.array([_number(penalty(kernel)) for kernel in kernels])
    for candidate in (values, values**2):
        weights, *_ = np.linalg.lstsq(table, candidate, rcond=None)
        scale = float(np.abs(candidate).max())
        if scale > 0 and np.abs(table @ weights - candidate).max() < TOLERANCE * scale:
            largest = float(np.abs(weights).max())
            found = [lag for lag, w in zip(lags, weights, strict=True) if abs(w) > 1e-6 * largest]
            if largest > 0 and (weights > -1e-6 * largest).all():
                return found
    raise SymconvError(
        "the function is no weighted sum of the squares of r_δ - [δ = 0]*I over lags δ, nor the "
        "root of one, so that its equations cannot be told"
    )


def _number(value: Any) -> float:
    try:
        number = float(value)
    except Exception:  # of any library
        raise SymconvError(f"the penalty of a kernel is {shown(value)}, not a number") from None
    if not isfinite(number):
        raise SymconvError(f"the penalty of a kernel is {number}, which is not finite")
    return number


def _integers(kernel: Kernel, random: Random) -> Array:
    entries = [random.randint(-LARGEST_ENTRY, LARGEST_ENTRY) for _ in kernel.entries]
    shape = (kernel.out_channels, kernel.in_channels // kernel.groups, *kernel.size)
    return np.array(entries, dtype=float).reshape(shape)
