"""The generating function ("symbol") of a convolution, and its polyphase parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import sympy as sp

from symconv._printable import Readable
from symconv.errors import ShapeError
from symconv.operators.exact_input import parse_exact
from symconv.operators.geometry import Axis, parse_steps
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.padding import PerAxis
from symconv.printing.latex_text import latex_text
from symconv.recognition.recognition import require_layer
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import typesetter

Phase = tuple[int, ...]


@dataclass(frozen=True, repr=False)
class GeneratingFunction(Readable):
    """The matrix by which a convolution acts on waves e^{iθx} away from the border.

    Its rows are output channels. Its columns are input channels and, for each, the frequencies
    θ + 2πl/s that a stride s maps to one (aliases), each scaled by 1/√s, so that it is unitary
    where the layer is orthogonal. For a transposed convolution it is the conjugate transpose.

    Attributes:
        kernel, axes: of the convolution.
        angles: θ, radians per input pixel, one an axis.
        transposed: whether it is that of the transposed convolution.
    """

    kernel: Kernel
    axes: tuple[Axis, ...]
    angles: tuple[sp.Expr, ...]
    transposed: bool

    @cached_property
    def matrix(self) -> sp.ImmutableMatrix:
        """out_channels x (in_channels times strides), or its conjugate transpose."""
        aliases = list(product(*(range(axis.stride) for axis in self.axes)))
        shape = self.kernel.out_channels, self.kernel.in_channels * len(aliases)
        entries: defaultdict[tuple[int, int], list[sp.Expr]] = defaultdict(list)
        for o, i, tap, entry in self.kernel.weights():
            for column, alias in enumerate(aliases):
                entries[o, i * len(aliases) + column].append(entry * self._wave(tap, alias))
        scale = sp.sqrt(len(aliases))
        matrix = sp.ImmutableMatrix(*shape, lambda o, c: sp.Add(*entries[int(o), int(c)]) / scale)
        return matrix.H if self.transposed else matrix

    def _wave(self, tap: Sequence[int], alias: Sequence[int]) -> sp.Expr:
        """e^{i(θ + 2πl/s)(dt - p)}, a product over the axes."""
        columns = zip(self.angles, self.axes, tap, alias, strict=True)
        phase = [
            (theta + 2 * sp.pi * sp.Rational(a, axis.stride)) * (axis.dilation * t - axis.padding)
            for theta, axis, t, a in columns
        ]
        return sp.exp(sp.I * sp.Add(*phase))

    @property
    def expr(self) -> sp.Expr:
        """The one entry, for one channel and stride 1.

        Raises:
            ShapeError: it is a matrix.
        """
        if self.matrix.shape != (1, 1):
            raise ShapeError(f"the generating function is a matrix of shape {self.matrix.shape}")
        return self.matrix[0, 0]

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self)
        angles = ",".join(printer._print(angle) for angle in self.angles)
        entry = self.matrix.shape == (1, 1)
        value = printer._print(self.matrix[0, 0] if entry else self.matrix)
        star = r"^{\mathsf{H}}" if self.transposed else ""
        return rf"F{star}({angles}) = {value}"

    def _repr_latex_(self) -> str | None:
        return notebook_latex(self._latex(typesetter(None, self)))

    def __str__(self) -> str:
        return latex_text(self._latex(typesetter(None, self)))

    def __repr__(self) -> str:
        rows, cols = self.matrix.shape
        return f"GeneratingFunction({rows} x {cols}, of {self.kernel!r})"

    @cached_property
    def squared(self) -> sp.ImmutableMatrix:
        """F Fᴴ over the output channels: the sum over the lags of r_{sδ} e^{-isδθ}.

        Its Fourier coefficients are the autocorrelation at multiples of the stride; real kernels
        of one channel have it as a sum of cosines.
        """
        outs = self.kernel.out_channels
        lags: defaultdict[tuple[int, int], list[sp.Expr]] = defaultdict(list)
        weights = list(self.kernel.weights())
        for (o, c, t, x), (q, e, u, y) in product(weights, repeat=2):
            lag = [a.dilation * (k - h) for a, k, h in zip(self.axes, t, u, strict=True)]
            if c == e and not any(d % a.stride for d, a in zip(lag, self.axes, strict=True)):
                turn = sp.Add(*(d * theta for d, theta in zip(lag, self.angles, strict=True)))
                wave = sp.cos(turn) if outs == 1 else sp.exp(sp.I * turn)
                lags[o, q].append(x * y * wave)
        return sp.ImmutableMatrix(outs, outs, lambda o, q: sp.Add(*lags[int(o), int(q)]))


def symbol(operator: Operator, *angles: Any) -> GeneratingFunction:
    """The generating function of a convolution or transposed convolution at the angles θ.

    Args:
        operator: one convolution of real entries, or its transpose.
        angles: θ in radians per input pixel of the convolution, one an axis; SymPy expressions.

    Raises:
        ShapeError: the operator is no single layer, stuffs zeros, or the angles do not fit.

    Source: Böttcher, Grudsky 2005, "Spectral Properties of Banded Toeplitz Matrices", chapter 1.

    >>> import symconv as sc
    >>> theta = sp.Symbol("theta", real=True)
    >>> C = sc.conv(sc.Kernel(sp.symbols("a b", real=True)), 8)
    >>> symbol(C, theta).expr
    a + b*exp(I*theta)
    >>> symbol(C, theta).squared[0, 0]
    a**2 + 2*a*b*cos(theta) + b**2
    """
    layer = require_layer(operator)
    if any(axis.input_dilation != 1 for axis in layer.axes):
        raise ShapeError(f"{operator!r} stuffs zeros; take the symbol of its transpose")
    if len(angles) != len(layer.axes):
        raise ShapeError(f"{len(angles)} angles were given for {len(layer.axes)} axes")
    exact = tuple(parse_exact(angle, "angle") for angle in angles)
    return GeneratingFunction(layer.kernel, layer.axes, exact, layer.transposed)


def polyphase(kernel: Kernel | Any, stride: PerAxis) -> Mapping[Phase, Kernel]:
    """The taps of a kernel by their remainder modulo the stride: K(z) = Σ_r z^r E_r(z^s).

    Args:
        kernel: a :class:`Kernel` or anything it takes.
        stride: s, one or one an axis.

    Returns:
        The phase r to the kernel E_r, for the phases that have a tap.

    Source: Vaidyanathan 1990, "Multirate digital filters, filter banks, polyphase networks, and
    applications: a tutorial", Proceedings of the IEEE 78(1), section III.

    >>> polyphase([1, 2, 3], 2)
    {(0,): Kernel([1, 3]), (1,): Kernel([2])}
    """
    kernel = kernel if isinstance(kernel, Kernel) else Kernel(kernel)
    steps = parse_steps(stride, kernel.ndim, "stride")
    parts: dict[Phase, list[sp.Expr]] = {}
    for _, _, tap, entry in kernel.weights():
        parts.setdefault(tuple(t % s for t, s in zip(tap, steps, strict=True)), []).append(entry)
    return {
        phase: Kernel.build(
            entries,
            [-((r - k) // s) for r, k, s in zip(phase, kernel.size, steps, strict=True)],
            kernel.out_channels,
            kernel.in_channels,
            kernel.groups,
        )
        for phase, entries in parts.items()
    }
