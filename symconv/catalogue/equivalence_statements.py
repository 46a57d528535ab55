"""Statements about different ways to the same map."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.matrices.expressions.kronecker import matrix_kronecker_product

from symconv.catalogue.statement import Hypothesis, Statement
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.selection import identity
from symconv.resampling.shifts_and_shuffles import (
    crop,
    pad,
    pixel_shuffle,
    shift,
    unfold,
    upsample_nearest,
)

n, m = sp.symbols("n m")
IMAGES = tuple(range(1, 8))
TAPS = (1, 2, 3)
ODD_TAPS = (1, 3, 5)


def K(k: int) -> Kernel:
    return Kernel.symbolic("k", k)


def L(k: int) -> Kernel:
    return Kernel.symbolic("l", k)


# --- sub-pixels ------------------------------------------------------------------------------


def _sub_pixel(n: Any, k: int, r: int) -> Any:
    """A convolution with r channels, one for each phase of the long kernel, then a shuffle."""
    long = K(k * r).entries
    phases = [[[long[r * (k - 1 - t) + c] for t in range(k)]] for c in range(r)]
    low = conv(Kernel.from_weight(phases), n, padding=k - 1)
    return pixel_shuffle(low.output_size, r) @ low


def _one_hot(n: Any, r: int) -> Operator:
    """The transposed convolution whose channel c puts its pixel at phase c."""
    weight = [[[int(t == c) for t in range(r)]] for c in range(r)]
    return conv_transpose(Kernel.from_weight(weight), n, stride=r)


def _upsampled(n: Any, k: int, r: int) -> Any:
    up = upsample_nearest(n, r)
    return conv(K(k), up.output_size, padding=k - 1) @ up


def _blurred(n: Any, k: int, r: int) -> Operator:
    box = Kernel([1] * r)
    return conv_transpose(box.convolve(K(k).flip()), n, stride=r)


# --- kernels ---------------------------------------------------------------------------------


def _stuffed(k: int, d: int) -> Kernel:
    entries = [sp.S.Zero] * (d * (k - 1) + 1)
    entries[::d] = K(k).entries
    return Kernel(entries)


def _kronecker(n: Any, k: int, l: int, s: int, p: int) -> Any:
    """The Kronecker product of matrices for a number, a pass along each axis for a symbol."""
    if isinstance(n, int):
        parts = [conv(kernel, size, stride=s, padding=p).as_explicit()
                 for kernel, size in ((K(k), n), (L(l), n + 1))]  # fmt: skip
        return matrix_kronecker_product(*parts)
    down = conv(Kernel([[e] for e in K(k).entries]), (n, n + 1), stride=(s, 1),
                padding=((p, p), (0, 0)))  # fmt: skip
    along = conv(Kernel([[*L(l).entries]]), down.output_size, stride=(1, s),
                 padding=((0, 0), (p, p)))  # fmt: skip
    return along @ down


def _unfolded(n: Any, k: int, s: int, p: int, d: int) -> Any:
    """U, all windows as channels of patches, and then K over these channels."""
    patches = unfold(n, k, stride=s, padding=p, dilation=d)
    mix = conv(Kernel.from_weight([[[e] for e in K(k).entries]]), patches.output_size)
    return mix @ patches


# --- composition -----------------------------------------------------------------------------


def _then(n: Any, k: int, l: int, s: int, t: int) -> Any:
    first = conv(K(k), n, stride=s)
    return conv(L(l), first.output_size, stride=t) @ first


def same(kernel: Kernel, n: Any) -> Operator:
    """A convolution with odd kernel that keeps the size."""
    return conv(kernel, n, padding=(kernel.size[0] - 1) // 2)


def lost(outer: Kernel, inner: Kernel, n: Any) -> Any:
    """What cutting the image of the inner one to n pixels takes from the outer one."""
    p, q = ((kernel.size[0] - 1) // 2 for kernel in (outer, inner))
    wide = conv(inner, n, padding=p + q)
    E = pad(n, p)
    return conv(outer, wide.output_size) @ (identity(wide.output_size) - E @ E.T) @ wide


def _circular(kernel: Kernel, n: Any) -> Operator:
    return conv(kernel, n, padding=((kernel.size[0] - 1, 0),), padding_mode="circular")


def _cropped_first(n: Any, k: int, s: int, t: int) -> Any:
    cut = crop(n, ((t, 0),))
    return conv(K(k), cut.output_size, stride=s) @ cut


def _cropped_last(n: Any, k: int, s: int, t: int) -> Any:
    layer = conv(K(k), n, stride=s)
    return crop(layer.output_size, ((t // s, 0),)) @ layer


def _commutator_with_shift(n: Any, k: int) -> Any:
    C, S = same(K(k), n), shift(n, 1)
    return C @ S - S @ C


def _edges(n: Any, k: int) -> Any:
    """The first row of C S, and the last column of S C: all that a shift gets wrong."""
    C, S = same(K(k), n), shift(n, 1)
    first, last = identity(n) - S @ S.T, identity(n) - S.T @ S
    return first @ C @ S - S @ C @ last


EQUIVALENCES = (
    Statement(
        key="sub-pixel",
        title="A transposed convolution is a convolution of many channels and a pixel shuffle",
        name="sub-pixel convolution",
        source="Shi et al. 2016, section 2.2",
        formula=r"C_K^{\mathsf{T}} = \operatorname{Shuffle}_r\, C_{(K_0, \dots, K_{r-1})} "
        r"\quad (s = r)",
        reason=r"Output pixels $i \equiv c \pmod r$ see only the taps $t \equiv c$, the phase $K_c$ of "
        r"the kernel, reversed; each phase is a convolution at the low resolution.",
        parameters={"n": IMAGES, "k": TAPS, "r": (1, 2, 3)},
        lhs=lambda n, k, r: conv_transpose(K(k * r), n, stride=r),
        rhs=_sub_pixel,
        symbolic=({"n": n, "k": 2, "r": 2}, {"n": n, "k": 3, "r": 2}, {"n": n, "k": 2, "r": 3}),
    ),
    Statement(
        key="pixel-shuffle",
        title="A pixel shuffle is a transposed convolution with shifted deltas",
        name="pixel shuffle, depth to space",
        source="Shi et al. 2016, equation 4",
        formula=r"\operatorname{Shuffle}_r = C_{(\delta_0, \dots, \delta_{r-1})}^{\mathsf{T}} "
        r"\quad (s = k = r)",
        reason=r"Channel $c$ of pixel $o$ goes to pixel $ro + c$ alone.",
        parameters={"n": IMAGES, "r": (1, 2, 3, 4)},
        lhs=lambda n, r: pixel_shuffle(n, r),
        rhs=_one_hot,
        symbolic=({"n": n, "r": 2}, {"n": n, "r": 3}),
    ),
    Statement(
        key="resize-convolution",
        title="Nearest upsampling and a convolution is one transposed convolution",
        name="resize convolution",
        source="Odena et al. 2016",
        formula=r"C_K\, \operatorname{Up}_r = C_{\operatorname{flip} K * 1_r}^{\mathsf{T}} "
        r"\quad (s = r,\ p = k - 1)",
        reason=r"Upsampling is the transposed convolution with $r$ ones at stride $r$; the kernels of "
        r"two transposed convolutions, the second at stride 1, are convolved.",
        parameters={"n": IMAGES, "k": TAPS, "r": (1, 2, 3)},
        lhs=_upsampled,
        rhs=_blurred,
        symbolic=({"n": n, "k": 3, "r": 2}, {"n": n, "k": 2, "r": 3}),
    ),
    Statement(
        key="dilation",
        title="Dilation is a kernel with zeros between its taps",
        name="dilated (à trous) convolution",
        source="Yu and Koltun 2016, section 2",
        formula=r"C_K^{(d)} = C_{\operatorname{Stuff}_d K}",
        reason=r"Tap $t$ stands at $dt$ on both sides.",
        parameters={"n": IMAGES, "k": TAPS, "d": (1, 2, 3), "s": (1, 2), "p": (0, 1, 2)},
        lhs=lambda n, k, d, s, p: conv(K(k), n, stride=s, padding=p, dilation=d),
        rhs=lambda n, k, d, s, p: conv(_stuffed(k, d), n, stride=s, padding=p),
        symbolic=(
            {"n": n, "k": 3, "d": 2, "s": 1, "p": 2},
            {"n": 2 * m, "k": 3, "d": 3, "s": 2, "p": 1},
        ),
    ),
    Statement(
        key="separable",
        title="A separable kernel gives a Kronecker product",
        name="separable filter",
        source="classical",
        formula=r"C_{u v^{\mathsf{T}}} = C_u \otimes C_v",
        reason=r"Entry $((i, j), (i', j'))$ is $u_{t} v_{t'}$ with one tap for each axis, and pixels are "
        r"counted row by row.",
        parameters={"n": (1, 2, 3, 4), "k": (1, 2, 3), "l": (1, 2, 3), "s": (1, 2), "p": (0, 1)},
        lhs=lambda n, k, l, s, p: conv(Kernel.outer(K(k), L(l)), (n, n + 1), stride=s, padding=p),
        rhs=_kronecker,
        symbolic=({"n": n, "k": 3, "l": 2, "s": 1, "p": 1},),
    ),
    Statement(
        key="im2col",
        title="A convolution is a matrix product with unfolded patches",
        name="im2col",
        source="Chellapilla et al. 2006",
        formula=r"C_K = (K \otimes I)\, U",
        reason=r"$U$ copies the $k$ pixels of each window into $k$ channels; $K \otimes I$ weighs the "
        r"channels and adds them.",
        parameters={"n": IMAGES, "k": TAPS, "s": (1, 2, 3), "p": (0, 1), "d": (1, 2)},
        lhs=lambda n, k, s, p, d: conv(K(k), n, stride=s, padding=p, dilation=d),
        rhs=_unfolded,
        symbolic=(
            {"n": n, "k": 3, "s": 1, "p": 1, "d": 1},
            {"n": 2 * m, "k": 3, "s": 2, "p": 1, "d": 1},
        ),
    ),
    Statement(
        key="composition",
        title="Two convolutions without padding are one",
        name="composition",
        source="classical",
        formula=r"C_L^{(t)} C_K^{(s)} = C_M^{(st)}, \quad M = \operatorname{Stuff}_s L * K",
        reason=r"$\sum_a l_a \sum_b k_b\, x_{s(to + a) + b} = \sum_j M_j\, x_{sto + j}$ with "
        r"$M_j = \sum_{sa + b = j} l_a k_b$.",
        parameters={"n": tuple(range(1, 10)), "k": TAPS, "l": TAPS, "s": (1, 2, 3), "t": (1, 2)},
        lhs=_then,
        rhs=lambda n, k, l, s, t: conv(K(k).convolve(L(l), stride=s), n, stride=s * t),
        symbolic=(
            {"n": n, "k": 3, "l": 3, "s": 1, "t": 1},
            {"n": 4 * m, "k": 3, "l": 2, "s": 2, "t": 2},
            {"n": 4 * m + 3, "k": 2, "l": 3, "s": 2, "t": 2},
        ),
    ),
    Statement(
        key="composition-same",
        title="With same padding two convolutions are one but for the border",
        name="composition, boundary term",
        source="symconv",
        formula=r"C_L C_K = C_{L * K} - C'_L (I - E E^{\mathsf{T}})\, C'_K",
        reason=r"$C_{L * K}$ sees the image of $K$ also outside the $n$ pixels: on $n + 2p$ of them "
        r"it is $C'_L C'_K$. The first layer's output is cut to $n$ pixels, which puts "
        r"$E E^{\mathsf{T}}$ between the two, with $E$ the padding by $p$.",
        parameters={"n": IMAGES, "k": ODD_TAPS, "l": ODD_TAPS},
        lhs=lambda n, k, l: same(L(l), n) @ same(K(k), n),
        rhs=lambda n, k, l: same(K(k).convolve(L(l)), n) - lost(L(l), K(k), n),
        symbolic=({"n": n, "k": 3, "l": 3}, {"n": n, "k": 3, "l": 5}),
    ),
    Statement(
        key="circular-commute",
        title="Circular convolutions commute",
        name="circulant matrices",
        source="classical",
        formula=r"C_L C_K = C_K C_L \quad (\text{circular})",
        reason=r"Both are polynomials in the circular shift.",
        parameters={"n": IMAGES, "k": TAPS, "l": TAPS},
        hypotheses=(Hypothesis(r"k, l \le i", lambda n, k, l: max(k, l) <= n, needed=False),),
        lhs=lambda n, k, l: _circular(L(l), n) @ _circular(K(k), n),
        rhs=lambda n, k, l: _circular(K(k), n) @ _circular(L(l), n),
        symbolic=({"n": n, "k": 3, "l": 2}, {"n": n, "k": 3, "l": 3}),
    ),
    Statement(
        key="commutator",
        title="Zero-padded convolutions commute but for the border",
        name="commutator",
        source="symconv",
        formula=r"C_K C_L - C_L C_K = C'_L (I - E E^{\mathsf{T}})\, C'_K - "
        r"C'_K (I - F F^{\mathsf{T}})\, C'_L",
        reason=r"Both products are $C_{K * L}$ less their own border term.",
        parameters={"n": IMAGES, "k": ODD_TAPS, "l": ODD_TAPS},
        lhs=lambda n, k, l: same(K(k), n) @ same(L(l), n) - same(L(l), n) @ same(K(k), n),
        rhs=lambda n, k, l: lost(L(l), K(k), n) - lost(K(k), L(l), n),
        symbolic=({"n": n, "k": 3, "l": 3},),
    ),
    Statement(
        key="shift-circular",
        title="A circular convolution commutes with shifts",
        name="translation equivariance",
        source="classical",
        formula=r"C_K S^t = S^t C_K \quad (\text{circular})",
        reason=r"$C_K$ is a polynomial in $S$.",
        parameters={"n": IMAGES, "k": TAPS, "t": (1, 2, 3)},
        hypotheses=(Hypothesis(r"k, t \le i", lambda n, k, t: max(k, t) <= n, needed=False),),
        lhs=lambda n, k, t: _circular(K(k), n) @ shift(n, t, circular=True),
        rhs=lambda n, k, t: shift(n, t, circular=True) @ _circular(K(k), n),
        symbolic=({"n": n, "k": 3, "t": 1}, {"n": n, "k": 3, "t": 2}),
    ),
    Statement(
        key="shift-border",
        title="A zero-padded convolution commutes with a shift but for one row and one column",
        name="translation equivariance, boundary term",
        source="symconv",
        formula=r"C S - S C = (I - S S^{\mathsf{T}})\, C S - S C\, (I - S^{\mathsf{T}} S)",
        reason=r"$S^{\mathsf{T}} C S$ is $C$ moved along the diagonal, equal to $C$ away from the last "
        r"row and column, since $C$ is Toeplitz. $I - S S^{\mathsf{T}}$ is the first pixel, "
        r"$I - S^{\mathsf{T}} S$ the last.",
        parameters={"n": (2, 3, 4, 5, 6, 7), "k": ODD_TAPS},
        lhs=_commutator_with_shift,
        rhs=_edges,
        symbolic=({"n": n, "k": 3}, {"n": n, "k": 5}),
    ),
    Statement(
        key="shift-stride",
        title="With a stride only shifts by multiples of it pass through",
        name="translation equivariance of strided layers",
        source="Azulay and Weiss 2019, section 2",
        formula=r"C \operatorname{Crop}_t = \operatorname{Crop}_{t/s} C \quad (p = 0)",
        reason=r"Leaving out $t$ pixels moves every window by $t$; for $s \mid t$ the windows are the "
        r"old ones without the first $t/s$. Otherwise they see other phases of the image.",
        parameters={"n": tuple(range(2, 9)), "k": TAPS, "s": (1, 2, 3), "t": (0, 1, 2, 3)},
        hypotheses=(Hypothesis(r"s \mid t", lambda s, t, **_: t % s == 0),),
        lhs=_cropped_first,
        rhs=_cropped_last,
        symbolic=(
            {"n": n, "k": 3, "s": 1, "t": 2},
            {"n": 2 * m, "k": 3, "s": 2, "t": 2},
            {"n": 2 * m + 1, "k": 3, "s": 2, "t": 4},
        ),
    ),
)  # fmt: skip
