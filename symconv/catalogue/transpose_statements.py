"""Statements about the transpose: adjoint, back-propagation, direct form."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.catalogue.statement import Hypothesis, Statement
from symconv.errors import GeometryError
from symconv.linear_algebra.kernel_equations import kernel_gradient
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel
from symconv.resampling.shifts_and_shuffles import pad, zero_insertion

n, m = sp.symbols("n m")
IMAGES = tuple(range(1, 7))
GEOMETRY = {"n": IMAGES, "k": (1, 2, 3), "s": (1, 2, 3), "p": (0, 1, 2), "d": (1, 2)}


def _images(rows: int, cols: int) -> tuple[sp.Matrix, sp.Matrix]:
    """Symbolic images x, to convolve, and y (or g), to convolve back."""
    x = sp.Matrix([sp.Symbol(f"x_{{{j}}}", real=True) for j in range(cols)])
    y = sp.Matrix([sp.Symbol(f"g_{{{i}}}", real=True) for i in range(rows)])
    return x, y


def _loss(n: int, k: int, s: int, p: int, d: int) -> tuple[sp.Expr, sp.Matrix, sp.Matrix]:
    """<g, C x> from the definition, sum over o and t of g_o k_t x_{so + dt - p}, with x and g."""
    outputs = (n + 2 * p - d * (k - 1) - 1) // s + 1
    if n + 2 * p - d * (k - 1) < 1:
        raise GeometryError(f"{k} taps do not fit on {n} pixels")
    x, g = _images(outputs, n)
    taps = Kernel.symbolic("k", k).entries
    terms = (
        g[o] * taps[t] * x[s * o + d * t - p]
        for o in range(outputs)
        for t in range(k)
        if 0 <= s * o + d * t - p < n
    )
    return sp.Add(*terms), x, g


def _transposed(n: int, k: int, s: int, p: int, d: int) -> Any:
    """The transposed convolution of the layer, made by its own constructor."""
    span = n + 2 * p - d * (k - 1) - 1
    kernel = Kernel.symbolic("k", k)
    return conv_transpose(kernel, span // s + 1, stride=s, padding=p, dilation=d,
                          output_padding=span % s)  # fmt: skip


def _through_transpose(n: int, k: int, s: int, p: int, d: int) -> sp.Expr:
    _, x, g = _loss(n, k, s, p, d)
    return sp.expand(x.dot(_transposed(n, k, s, p, d) @ g))


def _gradient(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    loss, x, _ = _loss(n, k, s, p, d)
    return sp.Matrix([sp.diff(loss, pixel) for pixel in x])


def _weight_gradient(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    loss, _, _ = _loss(n, k, s, p, d)
    return sp.Matrix([sp.diff(loss, tap) for tap in Kernel.symbolic("k", k).entries])


def _correlated(n: int, k: int, s: int, p: int, d: int) -> sp.Matrix:
    """x convolved with g as kernel: stride and dilation change places."""
    _, x, g = _loss(n, k, s, p, d)
    layer = conv(Kernel.symbolic("k", k), n, stride=s, padding=p, dilation=d)
    return sp.Matrix(kernel_gradient(layer, g) @ x)


def _as_direct(n: Any, k: int, s: int, p: int, q: int, d: int, a: int) -> Any:
    """Stuff zeros, pad (or crop) and convolve at stride one with the flipped kernel."""
    stuffed = zero_insertion(n, s)
    low, high = d * (k - 1) - p, d * (k - 1) - q + a
    padded = pad(stuffed.output_size, ((low, high),))
    direct = conv(Kernel.symbolic("k", k).flip(), padded.output_size, dilation=d)
    return direct @ padded @ stuffed


def _constructed(n: Any, k: int, s: int, p: int, q: int, d: int, a: int) -> Any:
    kernel = Kernel.symbolic("k", k)
    return conv_transpose(kernel, n, stride=s, padding=((p, q),), dilation=d, output_padding=a)


FITTING = Hypothesis(r"a < \max(s, d)", lambda s, a, d=1, **_: a < max(s, d), needed=False)

TRANSPOSES = (
    Statement(
        key="adjoint",
        title="The transpose is the adjoint",
        name="adjoint",
        source="definition",
        formula=r"\langle C_K x, y \rangle = \langle x, C_K^{\mathsf{T}} y \rangle",
        reason=r"Both sides are $\sum_{o,t} y_o k_t x_{so + dt - p}$ over the pixels that exist; "
        r"the left sums over taps first, the right over windows.",
        parameters=GEOMETRY,
        lhs=lambda **geometry: sp.expand(_loss(**geometry)[0]),
        rhs=_through_transpose,
    ),
    Statement(
        key="backprop-input",
        title="Back-propagation through a convolution is a transposed convolution",
        name="vector-Jacobian product",
        source="Dumoulin and Visin 2016, section 4.1",
        formula=r"\frac{\partial}{\partial x} \langle g, C_K x \rangle = C_K^{\mathsf{T}} g",
        reason=r"$\langle g, C_K x\rangle$ is linear in $x$; its gradient is what stands beside $x$ "
        r"in $\langle C_K^{\mathsf{T}} g, x \rangle$.",
        parameters=GEOMETRY,
        lhs=_gradient,
        rhs=lambda **geometry: _transposed(**geometry)
        @ _loss(**geometry)[2],
    ),
    Statement(
        key="backprop-weight",
        title="The gradient by the weights is a convolution with stride and dilation exchanged",
        name="weight gradient",
        source="Dumoulin and Visin 2016, section 4.1",
        formula=r"\frac{\partial}{\partial k_t} \langle g, C_K x \rangle = "
        r"\left(C_g^{(\text{stride } d,\ \text{dilation } s)}\, x\right)_t",
        reason=r"The derivative by $k_t$ is $\sum_o g_o x_{so + dt - p}$: $g$ slides over $x$, one "
        r"tap $t$ is $d$ pixels, and its own taps $o$ are $s$ pixels apart.",
        parameters=GEOMETRY,
        lhs=_weight_gradient,
        rhs=_correlated,
    ),
    Statement(
        key="transposed-as-direct",
        title="A transposed convolution is a direct one on a stuffed image",
        name="fractionally strided convolution",
        source="Dumoulin and Visin 2016, relationship 14",
        formula=r"C_K^{\mathsf{T}} = C_{\operatorname{flip} K}\, "
        r"\operatorname{Pad}_{d(k-1)-p,\; d(k-1)-q+a}\, \operatorname{Stuff}_{s}",
        reason=r"Output pixel $i$ of $C^{\mathsf{T}}$ collects $k_t y_o$ over $so = i + p - dt$. "
        r"With $s - 1$ zeros between the pixels of $y$, pixel $so$ holds $y_o$; reversing the taps, "
        r"$t \to k - 1 - t$, turns the sum into a convolution whose first window starts "
        r"$d(k - 1) - p$ pixels before the image.",
        parameters={
            "n": (1, 2, 3, 4), "k": (1, 2, 3), "s": (1, 2, 3), "p": (0, 1, 2), "q": (0, 1),
            "d": (1, 2), "a": (0, 1, 2),
        },
        hypotheses=(FITTING,),
        lhs=_constructed,
        rhs=_as_direct,
        symbolic=(
            {"n": n, "k": 3, "s": 1, "p": 1, "q": 1, "d": 1, "a": 0},
            {"n": n, "k": 3, "s": 2, "p": 1, "q": 1, "d": 1, "a": 1},
            {"n": n, "k": 4, "s": 2, "p": 1, "q": 1, "d": 1, "a": 0},
            {"n": n, "k": 3, "s": 3, "p": 0, "q": 1, "d": 2, "a": 2},
        ),
    ),
)  # fmt: skip
