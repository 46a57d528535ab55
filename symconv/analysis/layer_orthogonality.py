"""What sizes alone say of orthogonal layers, and the loss that regularisers use."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Literal

import sympy as sp

from symconv._printable import Printable, Readable
from symconv.algebra.lag_names import lag_symbol
from symconv.algebra.sizes import to_public
from symconv.analysis.rotations import orthonormal_filter, orthonormal_rows
from symconv.errors import SymconvError
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.kernel import Kernel
from symconv.operators.layer import Layer
from symconv.operators.norms_and_ranks import squared_norm
from symconv.operators.operator import Operator
from symconv.printing.unicode import terminal_name
from symconv.recognition.recognition import require_layer
from symconv.typesetting.free_letters import free_letters
from symconv.typesetting.symbols import escape
from symconv.typesetting.typesetter import typesetter

Side = Literal["rows", "columns"]


def plain_layer(operator: Operator) -> Layer:
    """The layer that an operator is: a convolution, not transposed, without input dilation."""
    layer = require_layer(operator)
    if layer.transposed or any(u != 1 for u in layer.each("input_dilation")):
        raise SymconvError(f"{operator!r} is no plain convolution: ask it of the convolution")
    return layer


def lag_residuals(layer: Layer) -> dict[tuple[int, ...], list[sp.Expr]]:
    """Lag to the entries of r_δ - [δ = 0]*I, one for each pair of output channels."""
    channels = layer.kernel.out_channels
    table = {}
    for lag, value in autocorrelation(layer.kernel, tuple(layer.each("dilation"))).items():
        matrix = value if isinstance(value, sp.MatrixBase) else sp.Matrix([[value]])
        table[lag] = [*(matrix - (sp.zeros if any(lag) else sp.eye)(channels))]
    return table


def parametrised(layer: Layer, side: Side) -> Kernel | None:
    """A kernel in angles whose every value makes the layer orthogonal; None where none is known."""
    kernel, strides = layer.kernel, tuple(layer.each("stride"))
    unpadded = all(a.padding == 0 for a in layer.axes) and layer.padding_mode == "zeros"
    plain = unpadded and kernel.groups == 1 and set(layer.each("dilation")) == {1}
    if not plain or side != "rows":
        return None
    length = prod(kernel.size) * kernel.in_channels
    if strides == kernel.size and kernel.out_channels <= length:
        entries = orthonormal_rows(kernel.out_channels, length)
    elif strides == (2,) and kernel.in_channels == 1 and kernel.out_channels <= 2:
        if kernel.size[0] % 2:
            return None
        entries = orthonormal_filter(kernel.size[0] // 2, kernel.out_channels)
    else:
        return None
    return Kernel.build(entries, kernel.size, kernel.out_channels, kernel.in_channels)


def existence(layer: Layer, side: Side) -> Existence:
    """Whether a kernel of these sizes makes the layer orthogonal (rank allows it)."""
    kernel, strides = layer.kernel, set(layer.each("stride"))
    sizes = set(kernel.size)
    circular = layer.padding_mode == "circular"
    unpadded = layer.padding_mode == "zeros" and all(axis.padding == 0 for axis in layer.axes)
    covered = circular or (unpadded and side == "rows")
    if not covered or len(sizes) > 1 or len(strides) > 1 or kernel.groups > 1:
        raise SymconvError(
            "the sizes decide for square kernels with one stride, without groups, and circular "
            f"padding (rows: or none); this layer has {layer.kernel.size} and "
            f"{layer.padding_mode} padding"
        )
    if set(layer.each("dilation")) != {1}:
        raise SymconvError("the theorem is about kernels without dilation")
    (k,), (s,), axes = sizes, strides, kernel.ndim
    outputs, inputs = kernel.out_channels, kernel.in_channels
    _check_sizes(layer, circular)
    if side == "rows":
        most = inputs * min(k, s) ** axes
        power = f"{inputs}*{min(k, s)}^{axes} = {most}"
        relation = r"\leq" if outputs <= most else ">"
        formula = rf"{outputs} {relation} {inputs} \cdot {min(k, s)}^{{{axes}}} = {most}"
        return Existence(outputs <= most, f"{outputs} output channels, at most {power}", formula)
    formula = rf"s = {s} {r'|leq' if s <= k else '>'} {k} = k".replace("|", "\\")
    return Existence(s <= k, f"stride {s}, at most the kernel size {k}", formula)


def _check_sizes(layer: Layer, circular: bool) -> None:
    """The theorem is about images on which all lags fit, and whole periods where they wrap."""
    for axis in layer.axes:
        n, m = axis.input_size, axis.output_size
        if not (isinstance(n, int) and isinstance(m, int)):
            continue
        if circular and (n % axis.stride or n < 2 * axis.kernel_size - 1):
            raise SymconvError(
                f"circular on {n} pixels: the theorem is about multiples of the stride "
                f"{axis.stride} from 2k - 1 = {2 * axis.kernel_size - 1} on"
            )
        if not circular and m <= (axis.kernel_size - 1) // axis.stride:
            raise SymconvError(f"{n} pixels are too few for every lag of the kernel to occur")


@dataclass(frozen=True)
class Existence(Readable):
    """Whether kernels exist that make a layer orthogonal, and why.

    Attributes:
        exists: the answer.
        reason: the inequality that decides it.
        formula: the same in LaTeX, where it is an inequality.
    """

    exists: bool
    reason: str
    formula: str = ""

    def __bool__(self) -> bool:
        return self.exists

    def __str__(self) -> str:
        return f"{'some kernel' if self.exists else 'no kernel'}: {self.reason}"

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"

    def _latex(self, printer: Any) -> str:
        answer = "some kernel is orthogonal" if self.exists else "no kernel is orthogonal"
        return rf"\text{{{answer}: }}{self.formula or escape(self.reason)}"


@dataclass(frozen=True, eq=False, repr=False)
class Loss(Printable):
    """L_orth of a layer, as regularisers penalise it.

    It is the sum over lags that are multiples of the stride of the squared entries of
    r_δ - [δ = 0]*I; for side "columns" less the constant M - C*s^N that no kernel can avoid.

    Source: Wang et al. 2020, "Orthogonal convolutional neural networks";
    Achour et al. 2022, "Existence, stability and scalability of orthogonal convolutional neural
    networks", for side "columns".

    Attributes:
        layer: the layer that it regularises.
        side: which product should be the identity.
        residual: C C^T - I or C^T C - I.
    """

    layer: Layer
    side: Side
    residual: Operator

    @cached_property
    def lags(self) -> list[tuple[int, ...]]:
        """The lags, in pixels, that it penalises."""
        strides = self.layer.each("stride")
        return [
            lag
            for lag in self._residuals
            if all(x % s == 0 for x, s in zip(lag, strides, strict=True))
        ]

    @cached_property
    def _residuals(self) -> dict[tuple[int, ...], list[sp.Expr]]:
        return lag_residuals(self.layer)

    @cached_property
    def expr(self) -> sp.Expr:
        """L_orth as a polynomial of degree four in the kernel's entries."""
        parts = (residual**2 for lag in self.lags for residual in self._residuals[lag])
        return sp.expand(sp.Add(*parts) - self.constant)

    @property
    def constant(self) -> int:
        """M - C*s^N for side "columns", which is taken off; else 0."""
        kernel = self.layer.kernel
        if self.side == "rows":
            return 0
        return kernel.out_channels - kernel.in_channels * prod(self.layer.each("stride"))

    @property
    def distance(self) -> sp.Expr:
        """The squared Frobenius norm of C C^T - I (C^T C - I), border and all."""
        return squared_norm(self.residual)

    @cached_property
    def ratio(self) -> sp.Expr | None:
        """distance / L_orth where that is the same for every kernel; None elsewhere.

        With circular padding it is the number of output pixels of a channel (Achour et al. 2022).
        At a border of zeros or none, lags count as often as they fit, and there is no such number.
        """
        pixels = prod(to_public(axis.output_size) for axis in self.layer.axes)
        return pixels if sp.expand(self.distance - pixels * self.expr) == 0 else None

    def __repr__(self) -> str:
        return f"Loss({self.side} of a layer, residual {self.residual!r})"

    def __str__(self) -> str:
        name = "C Cᵀ" if self.side == "rows" else "Cᵀ C"
        lines = [f"L_orth = {self._by_lag()}"]
        if self.ratio is None:
            why = "lags count as often as they fit"
            return "\n".join([*lines, f"|{name} - I|² is no fixed multiple of it: {why}"])
        return "\n".join([*lines, f"|{name} - I|² = {self.ratio} L_orth"])

    def _by_lag(self) -> str:
        """The loss in the names r_δ, δ and -δ together."""
        one = self.layer.kernel.out_channels == 1
        r = free_letters(self.layer.kernel.entries).name("r")
        zero = terminal_name(lag_symbol(r, (0,) * self.layer.kernel.ndim).name)
        terms = [f"({zero} - 1)²" if one else f"|{zero} - I|²"]
        for lag in (lag for lag in self.lags if lag > (0,) * len(lag)):
            name = terminal_name(lag_symbol(r, lag).name)
            terms.append(f"2{name}²" if one else f"2|{name}|²")
        return " + ".join(terms) + (f" - {self.constant}" if self.constant else "")

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        return rf"L_{{\mathrm{{orth}}}} = {printer._print(self.expr)}"
