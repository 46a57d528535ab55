"""Statements about layers as linear maps of their kernel: patches, gradients, least squares."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.catalogue.statement import Hypothesis, Statement
from symconv.linear_algebra.kernel_equations import by_kernel, kernel_gradient
from symconv.operators.autocorrelation import autocorrelation
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.selection import row_sums
from symconv.resampling.shifts_and_shuffles import fold, unfold

n, m = sp.symbols("n m")
IMAGES = tuple(range(1, 7))
GEOMETRY = {"n": IMAGES, "k": (1, 2, 3), "s": (1, 2, 3), "p": (0, 1, 2), "d": (1, 2)}
MODES = ("zeros", "circular", "reflect", "replicate", "symmetric")


def _image(letter: str, size: Any) -> sp.Matrix:
    return sp.Matrix([sp.Symbol(f"{letter}_{{{j}}}", real=True) for j in range(size)])


def _taps(k: int) -> sp.Matrix:
    return sp.Matrix(Kernel.symbolic("k", k).entries)


def _layer(n: Any, k: int, s: int, p: int, d: int, mode: str = "zeros") -> Operator:
    kernel = Kernel.symbolic("k", k)
    return conv(kernel, n, stride=s, padding=p, dilation=d, padding_mode=mode)


def _output(n: int, k: int, s: int, p: int, d: int, mode: str) -> sp.Matrix:
    return (_layer(n, k, s, p, d, mode) @ _image("x", n)).applyfunc(sp.expand)


def _by_taps(n: int, k: int, s: int, p: int, d: int, mode: str) -> sp.Matrix:
    patches = by_kernel(_layer(n, k, s, p, d, mode), _image("x", n))
    return sp.Matrix(patches * _taps(k)).applyfunc(sp.expand)


# --- gradients -------------------------------------------------------------------------------


def _transposed(n: int, k: int, s: int, p: int, d: int) -> Operator:
    return conv_transpose(Kernel.symbolic("k", k), n, stride=s, padding=p, dilation=d)


def _gradient_of_transposed(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    layer = _transposed(n, k, s, p, d)
    loss = _image("g", layer.shape[0]).dot(layer @ _image("x", n))
    return sp.Matrix([sp.diff(sp.expand(loss), tap) for tap in _taps(k)])


def _slid(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    layer = _transposed(n, k, s, p, d)
    found = kernel_gradient(layer, _image("g", layer.shape[0])) @ _image("x", n)
    return sp.Matrix(found).applyfunc(sp.expand)


def _distance_gradient(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    """The gradient of half the squared distance, from its definition."""
    layer = _layer(n, k, s, p, d)
    apart = layer @ _image("x", n) - _image("y", layer.shape[0])
    half = sp.expand(apart.dot(apart)) / 2
    return sp.Matrix([sp.expand(sp.diff(half, tap)) for tap in _taps(k)])


def _normal(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    layer = _layer(n, k, s, p, d)
    X, y = by_kernel(layer, _image("x", n)), _image("y", layer.shape[0])
    return sp.Matrix(X.T * X * _taps(k) - X.T * y).applyfunc(sp.expand)


def _patches_gram(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    X = by_kernel(_layer(n, k, s, p, d), _image("x", n))
    return sp.Matrix(X.T * X).applyfunc(sp.expand)


def _image_lags(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    """The autocorrelation of the image at the lags between taps."""
    r = autocorrelation(Kernel([*_image("x", n)]))
    lags = {lag: value for (lag,), value in r.items()}
    return sp.Matrix(k, k, lambda t, u: lags.get(abs(int(d * (t - u))), sp.S.Zero))


# --- patches ---------------------------------------------------------------------------------


def _folded(n: Any, k: int, s: int, p: int, d: int) -> Operator:
    geometry: dict[str, Any] = {"stride": s, "padding": p, "dilation": d}
    return fold(n, k, **geometry) @ unfold(n, k, **geometry)


def _windows_on_pixels(n: Any, k: int, s: int, p: int, d: int) -> Operator:
    """How many windows have a tap on each pixel."""
    return row_sums(conv(Kernel([1] * k), n, stride=s, padding=p, dilation=d).T)


KERNEL_EQUATIONS = (
    Statement(
        key="linear-in-kernel",
        title="A convolution is linear in its kernel, by the matrix of patches",
        name="im2col",
        source="Chellapilla et al. 2006",
        formula=r"C_K x = X K, \quad X_{o,t} = x_{so + dt - p}",
        reason=r"$(C_K x)_o = \sum_t k_t x_{so + dt - p}$ is a sum over taps; with another padding "
        r"mode the pixel that shows at that position stands in $X$.",
        parameters=GEOMETRY | {"s": (1, 2), "p": (0, 1), "mode": MODES},
        lhs=_output,
        rhs=_by_taps,
    ),
    Statement(
        key="backprop-weight-transposed",
        title="The gradient by the weights of a transposed convolution has image and gradient exchanged",
        name="weight gradient",
        source="symconv",
        formula=r"\frac{\partial}{\partial k_t} \langle g, C_K^{\mathsf{T}} x \rangle = "
        r"{\textstyle\sum_o} x_o\, g_{so + dt - p}",
        reason=r"$\langle g, C_K^{\mathsf{T}} x \rangle = \langle C_K g, x \rangle$, in which $x$ "
        r"is the gradient of a convolution of the image $g$.",
        parameters=GEOMETRY | {"n": (1, 2, 3)},
        lhs=_gradient_of_transposed,
        rhs=_slid,
    ),
    Statement(
        key="normal-equations",
        title="The least-squares kernel solves the normal equations of the patches",
        name="system identification",
        source="classical",
        formula=r"\nabla_K \tfrac12 \lVert C_K x - y \rVert^2 = X^{\mathsf{T}} X K - X^{\mathsf{T}} y",
        reason=r"$C_K x = X K$, and the gradient of $\tfrac12 \lVert X K - y \rVert^2$ by $K$ is "
        r"$X^{\mathsf{T}} (X K - y)$.",
        parameters=GEOMETRY | {"n": (1, 2, 3, 4), "s": (1, 2), "p": (0, 1)},
        lhs=_distance_gradient,
        rhs=_normal,
    ),
    Statement(
        key="normal-equations-toeplitz",
        title="With full padding the normal equations hold the autocorrelation of the image",
        name="autocorrelation method",
        source="classical",
        formula=r"X^{\mathsf{T}} X = \left[r^x_{d(t-u)}\right], \quad "
        r"r^x_\delta = {\textstyle\sum_i} x_i x_{i+\delta}",
        reason=r"$(X^{\mathsf{T}} X)_{t,u} = \sum_o x_{o + dt - p}\, x_{o + du - p}$. With full "
        r"padding or more and stride 1 it is over all products of pixels $d(t - u)$ apart.",
        parameters=GEOMETRY | {"n": (1, 2, 3, 4, 5), "p": (0, 1, 2, 4)},
        hypotheses=(
            Hypothesis(r"s = 1", lambda s, **_: s == 1),
            Hypothesis(r"p \ge d(k - 1)", lambda k, p, d, **_: p >= d * (k - 1)),
        ),
        lhs=_patches_gram,
        rhs=_image_lags,
    ),
    Statement(
        key="fold-unfold",
        title="Folding what was unfolded multiplies each pixel by the windows that see it",
        name="im2col and col2im",
        source="PyTorch documentation, torch.nn.Fold",
        formula=r"U^{\mathsf{T}} U = \operatorname{diag}(C_{\mathbf 1}^{\mathsf{T}} \mathbf 1)",
        reason=r"Each row of $U$ has at most one 1, so that $U^{\mathsf{T}} U$ is diagonal and "
        r"counts the rows in which a pixel is met; those are the windows over it.",
        parameters=GEOMETRY,
        lhs=_folded,
        rhs=_windows_on_pixels,
        symbolic=(
            {"n": n, "k": 3, "s": 1, "p": 1, "d": 1},
            {"n": 2 * m, "k": 3, "s": 2, "p": 1, "d": 1},
            {"n": n, "k": 3, "s": 1, "p": 0, "d": 2},
        ),
    ),
)  # fmt: skip
