"""Statements about layers one after another that are deployed as one convolution."""

from __future__ import annotations

from collections import defaultdict
from itertools import product
from typing import Any

import sympy as sp

from symconv.catalogue.deployed_kernels import (
    CHANNELS,
    DBB,
    IMAGES,
    PLAIN,
    TAPS,
    added,
    image,
    placed,
    square,
)
from symconv.catalogue.statement import Hypothesis, Statement
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.selection import identity, row_sums
from symconv.resampling.shifts_and_shuffles import pad
from symconv.stacks.affine import per_channel
from symconv.stacks.batch_norm import fold_batch_norm

n, m = sp.symbols("n m")


def _scales(c: int) -> list[sp.Symbol]:
    return [sp.Symbol(f"g_{{{o}}}", real=True) for o in range(c)]


def _normalised(n: Any, c: int, k: int, s: int, p: int) -> Operator:
    layer = conv(square("k", k, c), image(n), stride=s, padding=p)
    return per_channel(_scales(c), layer.output_size) @ layer


def _folded_in(n: Any, c: int, k: int, s: int, p: int) -> Operator:
    layer = conv(square("k", k, c), image(n), stride=s, padding=p)
    zero, one = [sp.S.Zero] * c, [sp.S.One] * c
    return fold_batch_norm(layer, gamma=_scales(c), mean=zero, variance=one, eps=0).operator


def _pointwise_first(n: Any, c: int, e: int, k: int, s: int, p: int, mode: str) -> Operator:
    mix = conv(Kernel.symbolic("l", (1, 1), c, e), image(n))
    wide = Kernel.symbolic("k", (k, k), e, c)
    return conv(wide, mix.output_size, stride=s, padding=p, padding_mode=mode) @ mix


def _sequence_deployed(n: Any, c: int, e: int, k: int, s: int, p: int, mode: str) -> Operator:
    wide, mix = Kernel.symbolic("k", (k, k), e, c), Kernel.symbolic("l", (1, 1), c, e)
    between = {(j, i): entry for j, i, _, entry in mix.weights()}
    weights, taps = placed(wide, 0, 0), [*product(range(c), range(k), range(k))]
    parts = (
        {(o, i, t, u): weights[o, j, t, u] * between[j, i] for o, t, u in taps}
        for i, j in product(range(c), range(e))
    )
    return conv(added((k, k), c, c, *parts), image(n), stride=s, padding=p, padding_mode=mode)


def _of_bias(n: Any, c: int, k: int, p: int, mode: str) -> Operator:
    """What a layer makes of images that are b_j all over in channel j, as a diagonal matrix."""
    biased = {
        place: sp.Symbol(f"b_{{{place[1]}}}", real=True) * e
        for place, e in placed(square("k", k, c), 0, 0).items()
    }
    kernel = Kernel.of_weights(biased, (k, k), c, c)
    return row_sums(conv(kernel, image(n), padding=p, padding_mode=mode))


def _constant(n: Any, c: int, k: int, p: int, mode: str) -> Operator:
    """The sum of the taps times b, at every pixel."""
    size = conv(square("k", k, c), image(n), padding=p).output_size
    sums: defaultdict[tuple[int, ...], sp.Expr] = defaultdict(lambda: sp.S.Zero)
    for o, j, _, entry in square("k", k, c).weights():
        sums[o, o, 0, 0] += sp.Symbol(f"b_{{{j}}}", real=True) * entry
    return conv(Kernel.of_weights(sums, (1, 1), c, c), size)


def _depthwise_first(n: Any, c: int, e: int, k: int, s: int, p: int) -> Operator:
    depthwise = conv(Kernel.symbolic("k", (k, k), c, c, c), image(n), stride=s, padding=p)
    return conv(Kernel.symbolic("l", (1, 1), c, e), depthwise.output_size) @ depthwise


def _dense(n: Any, c: int, e: int, k: int, s: int, p: int) -> Operator:
    points = {(o, i): entry for o, i, _, entry in Kernel.symbolic("l", (1, 1), c, e).weights()}
    taps = {
        (i, *tap): entry for _, i, tap, entry in Kernel.symbolic("k", (k, k), c, c, c).weights()
    }
    weights = {
        (o, i, *tap): points[o, i] * entry for o in range(e) for (i, *tap), entry in taps.items()
    }
    return conv(Kernel.of_weights(weights, (k, k), e, c), image(n), stride=s, padding=p)


def _two(n: Any, c: int, k: int, l: int, p: int) -> Operator:
    first = conv(square("k", k, c), image(n), padding=p)
    return conv(square("l", l, c), first.output_size, padding=p) @ first


def _one(n: Any, c: int, k: int, l: int, p: int) -> Operator:
    return conv(square("k", k, c).convolve(square("l", l, c)), image(n), padding=2 * p)


def _two_same(n: Any, c: int, k: int, l: int) -> Operator:
    first = conv(square("k", k, c), image(n), padding=k // 2)
    return conv(square("l", l, c), image(n), padding=l // 2) @ first


def _one_less_border(n: Any, c: int, k: int, l: int) -> Operator:
    """C_M less what the first layer gives outside the image, seen by the second."""
    first, second = square("k", k, c), square("l", l, c)
    whole = conv(first.convolve(second), image(n), padding=k // 2 + l // 2)
    wide = conv(first, image(n), padding=k // 2 + l // 2)
    E = pad(image(n), l // 2, channels=c)
    outside = identity(wide.output_size, c) - E @ E.T
    return whole - conv(second, wide.output_size) @ outside @ wide


SEQUENCES = (
    Statement(
        key="batch-norm-folding",
        title="A gain for each channel goes into the kernel",
        name="batch normalisation, its linear part (transform I)",
        source=DBB,
        formula=r"(\operatorname{diag}(g) \otimes I)\, C_K = C_{g K}, \quad (gK)_{o,i,t} = g_o K_{o,i,t}",
        reason=r"Output channel $o$ is linear in the weights $K_{o,\cdot,\cdot}$.",
        parameters=PLAIN,
        lhs=_normalised,
        rhs=_folded_in,
        symbolic=(
            {"n": n, "c": 2, "k": 3, "s": 1, "p": 1},
            {"n": 2 * m, "c": 2, "k": 3, "s": 2, "p": 1},
        ),
    ),
    Statement(
        key="pointwise-first",
        title="A pointwise convolution goes into the kernel of the next one",
        name="sequence of convolutions (transform III)",
        source=DBB,
        formula=r"C_K^{(p)} C_L = C_M^{(p)}, \quad M_{o,i,t} = {\textstyle\sum_j} K_{o,j,t} L_{j,i} "
        r"\quad (L \text{ of one tap})",
        reason=r"Without a bias the pointwise convolution of a padded image is its padded output: "
        r"zeros stay zeros, and copied pixels give copies.",
        parameters={**PLAIN, "n": (2, 3, 4), "e": (1, 2), "mode": ("zeros", "circular", "reflect")},
        lhs=_pointwise_first,
        rhs=_sequence_deployed,
        symbolic=(
            {"n": n, "c": 2, "e": 1, "k": 3, "s": 1, "p": 1, "mode": "zeros"},
            {"n": n, "c": 1, "e": 2, "k": 3, "s": 1, "p": 1, "mode": "circular"},
        ),
    ),
    Statement(
        key="sequence-bias",
        title="A bias stays one through the next convolution, unless that pads with zeros",
        name="padding of a sequence of convolutions (transform III)",
        source=DBB,
        formula=r"C_K (b \otimes \mathbf 1) = b' \otimes \mathbf 1, \quad "
        r"b'_o = {\textstyle\sum_{j,t}} K_{o,j,t}\, b_j",
        reason=r"Every window sees $b_j$ at all its taps where no zeros stand around the image. The "
        r"deployed bias is right with the padding put before the first layer, or made of $b$.",
        parameters={"n": (1, 2, 3, 4), "c": CHANNELS, "k": TAPS, "p": (0, 1),
                    "mode": ("zeros", "replicate")},
        hypotheses=(
            Hypothesis(
                r"p = 0 \text{ or copied padding}",
                lambda p, mode, **_: p == 0 or mode != "zeros",
            ),
        ),
        lhs=_of_bias,
        rhs=_constant,
        symbolic=(
            {"n": n, "c": 2, "k": 3, "p": 0, "mode": "zeros"},
            {"n": n, "c": 1, "k": 3, "p": 1, "mode": "replicate"},
        ),
    ),
    Statement(
        key="depthwise-separable",
        title="A depthwise and then a pointwise convolution are one dense convolution",
        name="depthwise separable convolution",
        source="Chollet 2017, Xception, arXiv:1610.02357",
        formula=r"C_L C_K = C_M, \quad M_{o,i,t} = L_{o,i} K_{i,t}",
        reason=r"Output channel $o$ adds up the channels $i$, each convolved with $K_i$.",
        parameters={**PLAIN, "e": (1, 2, 3)},
        lhs=_depthwise_first,
        rhs=_dense,
        symbolic=(
            {"n": n, "c": 2, "e": 3, "k": 3, "s": 1, "p": 1},
            {"n": 2 * m + 1, "c": 2, "e": 1, "k": 3, "s": 2, "p": 1},
        ),
    ),
    Statement(
        key="stacked",
        title="Two convolutions on two axes are one with a larger kernel, where nothing is cut off",
        name="stack of 3x3 convolutions",
        source="Simonyan and Zisserman 2015, VGG, arXiv:1409.1556",
        formula=r"C_L^{(p)} C_K^{(p)} = C_{K * L}^{(2p)}",
        reason=r"A window of $L$ over windows of $K$ is one of $k + l - 1$ taps. With padding the "
        r"second layer sees zeros where the one large kernel would see what $K$ gives there, which "
        r"is nothing only beyond $k - 1$ pixels.",
        parameters={"n": IMAGES, "c": CHANNELS, "k": TAPS, "l": TAPS, "p": (0, 1, 2)},
        hypotheses=(
            Hypothesis(r"p = 0 \text{ or } p \ge k - 1", lambda k, p, **_: p == 0 or p >= k - 1),
        ),
        lhs=_two,
        rhs=_one,
        symbolic=(
            {"n": n, "c": 2, "k": 3, "l": 3, "p": 0},
            {"n": n, "c": 1, "k": 3, "l": 3, "p": 2},
        ),
    ),
    Statement(
        key="stacked-same",
        title="With same padding two convolutions on two axes are one but for the border",
        name="stack of 3x3 convolutions, boundary term",
        source="symconv",
        formula=r"C_L C_K = C_{K * L} - C'_L (I - E E^{\mathsf{T}})\, C'_K",
        reason=r"$C'_K$ gives what $K$ sees on $l - 1$ more pixels an axis too, and $C'_L C'_K = "
        r"C_{K * L}$ there. The first layer gives the image alone, which puts $E E^{\mathsf{T}}$ "
        r"between the two, with $E$ the padding by $(l - 1)/2$.",
        parameters={"n": (1, 2, 3), "c": CHANNELS, "k": (1, 3), "l": (1, 3)},
        lhs=_two_same,
        rhs=_one_less_border,
        symbolic=({"n": n, "c": 1, "k": 3, "l": 3},),
    ),
)  # fmt: skip
