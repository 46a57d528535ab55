"""Statements about sizes: the relationships of the guide to convolution arithmetic."""

from __future__ import annotations

from typing import Any

import sympy as sp

from symconv.catalogue.statement import Hypothesis, Statement
from symconv.errors import GeometryError
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel
from symconv.operators.size_formulas import output_size, transposed_output_size

GUIDE = "Dumoulin and Visin 2016, relationship"
SIZES_TRIED = tuple(range(1, 13))
KERNELS = (1, 2, 3, 4, 5)

FITS = Hypothesis(r"k \le i + 2p", lambda n, k, p=0, **_: k <= n + 2 * p, needed=False)
ODD = Hypothesis(r"k \text{ odd}", lambda k, **_: k % 2 == 1)
FULL_STEPS = Hypothesis(r"s \mid i - k", lambda n, k, s, **_: (n - k) % s == 0)
FULL_STEPS_PADDED = Hypothesis(
    r"s \mid i + 2p - k", lambda n, k, s, p, **_: (n + 2 * p - k) % s == 0
)


def windows(n: int, k: int, s: int = 1, p: int = 0, q: int | None = None, d: int = 1) -> int:
    """How often a window of k taps fits on n pixels padded by p and q, counted one by one."""
    q = p if q is None else q
    count = sum(1 for start in range(-p, n + q, s) if start + d * (k - 1) < n + q)
    if count == 0:
        raise GeometryError(f"{k} taps do not fit on {n} pixels")
    return count


def _transposed(n: int, k: int, s: int = 1, p: int = 0) -> Any:
    """The size that the transposed convolution gives back, and its matrix."""
    C = conv(Kernel.symbolic("k", k), n, stride=s, padding=p)
    return sp.Integer(n), C.T


def _direct(n: int, k: int, s: int, p: int, a: int, size: int) -> Any:
    """A size by formula, and the direct convolution that the guide puts in its place."""
    outputs = (n + 2 * p - k) // s + 1
    side = k - p - 1
    flipped = Kernel.symbolic("k", k).flip()
    direct = conv(flipped, outputs, input_dilation=s, padding=((side, side + a),))
    return sp.Integer(size), direct


def _output(n: int, k: int, s: int = 1, p: int = 0) -> int:
    return (n + 2 * p - k) // s + 1


DIRECT_REASON = (
    r"Reading $C^{\mathsf{T}}$ row by row, output pixel $i$ collects the inputs $o$ with "
    r"$i = so + t - p$. That is a direct convolution of the input with $s - 1$ zeros put between "
    r"its pixels, padded by $p' = k - p - 1$, with the kernel reversed"
)

SIZES = (
    Statement(
        key="guide-1",
        title="No padding, unit strides",
        name="valid convolution",
        source=f"{GUIDE} 1",
        formula=r"o = (i - k) + 1",
        reason=r"The window has its first tap on pixels $0, \dots, i - k$.",
        parameters={"n": SIZES_TRIED, "k": KERNELS},
        lhs=lambda n, k: windows(n, k),
        rhs=lambda n, k: (n - k) + 1,
    ),
    Statement(
        key="guide-2",
        title="Zero padding, unit strides",
        name="zero padding",
        source=f"{GUIDE} 2",
        formula=r"o = (i - k) + 2p + 1",
        reason=r"Padding by $p$ on both sides makes an image of $i + 2p$ pixels.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "p": (0, 1, 2, 3)},
        lhs=lambda n, k, p: windows(n, k, 1, p),
        rhs=lambda n, k, p: (n - k) + 2 * p + 1,
    ),
    Statement(
        key="guide-3",
        title="Half (same) padding",
        name="same padding",
        source=f"{GUIDE} 3",
        formula=r"o = i \quad (p = \lfloor k/2 \rfloor,\ s = 1)",
        reason=r"With $k = 2m + 1$ and $p = m$, $i - k + 2p + 1 = i$. An even $k$ gives $i + 1$.",
        parameters={"n": SIZES_TRIED, "k": KERNELS},
        hypotheses=(ODD,),
        lhs=lambda n, k: windows(n, k, 1, k // 2),
        rhs=lambda n, k: n,
    ),
    Statement(
        key="guide-4",
        title="Full padding",
        name="full convolution",
        source=f"{GUIDE} 4",
        formula=r"o = i + (k - 1) \quad (p = k - 1,\ s = 1)",
        reason=r"With $p = k - 1$ every window that touches the image counts.",
        parameters={"n": SIZES_TRIED, "k": KERNELS},
        lhs=lambda n, k: windows(n, k, 1, k - 1),
        rhs=lambda n, k: n + (k - 1),
    ),
    Statement(
        key="guide-5",
        title="No padding, any strides",
        name="strided convolution",
        source=f"{GUIDE} 5",
        formula=r"o = \left\lfloor \frac{i - k}{s} \right\rfloor + 1",
        reason=r"Every $s$-th of the $i - k + 1$ windows counts, from the first.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "s": (1, 2, 3)},
        lhs=lambda n, k, s: windows(n, k, s),
        rhs=lambda n, k, s: (n - k) // s + 1,
    ),
    Statement(
        key="guide-6",
        title="Zero padding, any strides",
        name="strided convolution",
        source=f"{GUIDE} 6",
        formula=r"o = \left\lfloor \frac{i + 2p - k}{s} \right\rfloor + 1",
        reason=r"As without padding, on $i + 2p$ pixels.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "s": (1, 2, 3), "p": (0, 1, 2)},
        lhs=lambda n, k, s, p: windows(n, k, s, p),
        rhs=lambda n, k, s, p: (n + 2 * p - k) // s + 1,
    ),
    Statement(
        key="guide-7",
        title="Pooling",
        name="pooling",
        source=f"{GUIDE} 7",
        formula=r"o = \left\lfloor \frac{i - k}{s} \right\rfloor + 1",
        reason=r"A pooling window slides as a kernel without padding does.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "s": (1, 2, 3)},
        lhs=lambda n, k, s: conv(Kernel([sp.Rational(1, k)] * k), n, stride=s).output_size[0],
        rhs=lambda n, k, s: (n - k) // s + 1,
    ),
    Statement(
        key="guide-8",
        title="Transposed: no padding, unit strides",
        name="transposed convolution",
        source=f"{GUIDE} 8",
        formula=r"o' = i' + (k - 1), \quad k' = k,\ s' = 1,\ p' = k - 1",
        reason=DIRECT_REASON + r"; here $s = 1$ and $p = 0$.",
        parameters={"n": SIZES_TRIED, "k": KERNELS},
        lhs=lambda n, k: _transposed(n, k),
        rhs=lambda n, k: _direct(n, k, 1, 0, 0, _output(n, k) + (k - 1)),
    ),
    Statement(
        key="guide-9",
        title="Transposed: zero padding, unit strides",
        name="transposed convolution",
        source=f"{GUIDE} 9",
        formula=r"o' = i' + (k - 1) - 2p, \quad p' = k - p - 1",
        reason=DIRECT_REASON + r"; here $s = 1$. For $p > k - 1$ the padding $p'$ is a crop.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "p": (0, 1, 2)},
        lhs=lambda n, k, p: _transposed(n, k, 1, p),
        rhs=lambda n, k, p: _direct(n, k, 1, p, 0, _output(n, k, 1, p) + (k - 1) - 2 * p),
    ),
    Statement(
        key="guide-10",
        title="Transposed: half (same) padding",
        name="transposed convolution",
        source=f"{GUIDE} 10",
        formula=r"o' = i', \quad p' = p = \lfloor k/2 \rfloor",
        reason=r"For $k = 2m + 1$ and $p = m$, $p' = k - p - 1 = m$. An even $k$ has $o' = i' - 1$.",
        parameters={"n": SIZES_TRIED, "k": KERNELS},
        hypotheses=(ODD,),
        lhs=lambda n, k: _transposed(n, k, 1, k // 2),
        rhs=lambda n, k: _direct(n, k, 1, k // 2, 0, _output(n, k, 1, k // 2)),
    ),
    Statement(
        key="guide-11",
        title="Transposed: full padding",
        name="transposed convolution",
        source=f"{GUIDE} 11",
        formula=r"o' = i' - (k - 1), \quad p' = 0",
        reason=r"The transpose of a full convolution is a valid one: $p' = k - p - 1 = 0$.",
        parameters={"n": SIZES_TRIED, "k": KERNELS},
        lhs=lambda n, k: _transposed(n, k, 1, k - 1),
        rhs=lambda n, k: _direct(n, k, 1, k - 1, 0, _output(n, k, 1, k - 1) - (k - 1)),
    ),
    Statement(
        key="guide-12",
        title="Transposed: no padding, strides that fit",
        name="fractionally strided convolution",
        source=f"{GUIDE} 12",
        formula=r"o' = s(i' - 1) + k, \quad \tilde\imath' = s(i' - 1) + 1,\ s' = 1,\ p' = k - 1",
        reason=DIRECT_REASON + r"; here $p = 0$. Where $s \nmid i - k$, the last pixels are lost.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "s": (1, 2, 3)},
        hypotheses=(Hypothesis(r"k \le i", lambda n, k, **_: k <= n, needed=False), FULL_STEPS),
        lhs=lambda n, k, s: _transposed(n, k, s),
        rhs=lambda n, k, s: _direct(n, k, s, 0, 0, s * (_output(n, k, s) - 1) + k),
    ),
    Statement(
        key="guide-13",
        title="Transposed: zero padding, strides that fit",
        name="fractionally strided convolution",
        source=f"{GUIDE} 13",
        formula=r"o' = s(i' - 1) + k - 2p, \quad p' = k - p - 1",
        reason=DIRECT_REASON + r". Where $s \nmid i + 2p - k$, the last pixels are lost.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "s": (1, 2, 3), "p": (0, 1)},
        hypotheses=(FITS, FULL_STEPS_PADDED),
        lhs=lambda n, k, s, p: _transposed(n, k, s, p),
        rhs=lambda n, k, s, p: _direct(
            n, k, s, p, 0, s * (_output(n, k, s, p) - 1) + k - 2 * p
        ),
    ),
    Statement(
        key="guide-14",
        title="Transposed: zero padding, any strides",
        name="fractionally strided convolution",
        source=f"{GUIDE} 14",
        formula=r"o' = s(i' - 1) + a + k - 2p, \quad a = (i + 2p - k) \operatorname{mod} s",
        reason=DIRECT_REASON + r" and $a$ more zeros at the end, for the pixels that no window "
        r"reached.",
        parameters={"n": SIZES_TRIED, "k": KERNELS, "s": (1, 2, 3), "p": (0, 1, 2)},
        hypotheses=(FITS,),
        lhs=lambda n, k, s, p: _transposed(n, k, s, p),
        rhs=lambda n, k, s, p: _direct(
            n, k, s, p, (n + 2 * p - k) % s,
            s * (_output(n, k, s, p) - 1) + (n + 2 * p - k) % s + k - 2 * p,
        ),
    ),
    Statement(
        key="guide-15",
        title="Dilated convolution",
        name="dilated (à trous) convolution",
        source=f"{GUIDE} 15",
        formula=r"o = \left\lfloor \frac{i + 2p - k - (k - 1)(d - 1)}{s} \right\rfloor + 1",
        reason=r"A kernel dilated by $d$ covers $\hat k = k + (k - 1)(d - 1)$ pixels.",
        parameters={"n": SIZES_TRIED, "k": (1, 2, 3), "s": (1, 2, 3), "p": (0, 1, 2), "d": (1, 2, 3)},
        lhs=lambda n, k, s, p, d: windows(n, k, s, p, d=d),
        rhs=lambda n, k, s, p, d: (n + 2 * p - k - (k - 1) * (d - 1)) // s + 1,
    ),
    Statement(
        key="output-size",
        title="Size of a convolution, uneven padding and dilation",
        name="output size",
        source="PyTorch, Conv2d; ONNX, Conv",
        formula=r"o = \left\lfloor \frac{i + p + q - d(k - 1) - 1}{s} \right\rfloor + 1",
        reason=r"The window covers $d(k - 1) + 1$ pixels and slides on $i + p + q$ in steps of $s$.",
        parameters={
            "n": tuple(range(1, 9)), "k": (1, 2, 3), "s": (1, 2, 3), "p": (0, 1, 2), "q": (0, 1, 3),
            "d": (1, 2),
        },
        lhs=lambda n, k, s, p, q, d: windows(n, k, s, p, q, d),
        rhs=lambda n, k, s, p, q, d: output_size(n, k, s, (p, q), d),
    ),
    Statement(
        key="transposed-output-size",
        title="Size of a transposed convolution, uneven padding and dilation",
        name="output size",
        source="PyTorch, ConvTranspose2d; ONNX, ConvTranspose",
        formula=r"o' = s(i' - 1) + a + d(k - 1) + 1 - p - q",
        reason=r"It is the size at which $a$ pixels of the padded line lie behind window number "
        r"$i'$. For $a < s$ no window more fits, and the convolution has $i'$ pixels.",
        parameters={
            "n": tuple(range(1, 7)), "k": (1, 2, 3), "s": (1, 2, 3), "p": (0, 1), "q": (0, 2),
            "d": (1, 2), "a": (0, 1, 2),
        },
        hypotheses=(
            Hypothesis(r"a < \max(s, d)", lambda s, d, a, **_: a < max(s, d), needed=False),
        ),
        lhs=lambda n, k, s, p, q, d, a: sp.Integer(_source(n, k, s, p, q, d, a)),
        rhs=lambda n, k, s, p, q, d, a: transposed_output_size(n, k, s, (p, q), d, a),
    ),
)  # fmt: skip


def _source(n: int, k: int, s: int, p: int, q: int, d: int, a: int) -> int:
    """The size at which a pixels of the padded line lie behind n windows, looked for one by one."""
    conv_transpose(Kernel.symbolic("k", k), n, stride=s, padding=((p, q),), dilation=d)
    covered = {s * o + d * t for o in range(n) for t in range(k)}
    for size in range(1, s * n + d * k + a + 1):
        if size + p + q - 1 - max(covered) == a:
            return size
    return -1
