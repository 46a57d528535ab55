"""Statements about branches that are deployed as one convolution."""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy as sp

from symconv.catalogue.deployed_kernels import (
    CHANNELS,
    DBB,
    PLAIN,
    Weighted,
    added,
    image,
    placed,
    square,
)
from symconv.catalogue.statement import Hypothesis, Statement
from symconv.operators.convolution import conv
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.selection import identity
from symconv.resampling.pooling import avg_pool

n, m = sp.symbols("n m")
REPVGG = "Ding et al. 2021, RepVGG, arXiv:2101.03697"
ACNET = "Ding et al. 2019, ACNet, arXiv:1908.03930"
BRANCH = {**PLAIN, "p": (0, 1, 2), "t": (0, 1, 2)}
AT_PADDING = (
    Hypothesis(r"p, t < k", lambda k, p, t, **_: max(p, t) < k, needed=False),
    Hypothesis(r"t = p", lambda p, t, **_: t == p),
)


def _around(p: int, k: int) -> tuple[int, int]:
    """Padding that keeps the size, p pixels of it in front."""
    return (p, k - 1 - p)


def _repvgg(n: Any, c: int, k: int, s: int, p: int, t: int) -> Operator:
    size = image(n)
    wide = conv(square("k", k, c), size, stride=s, padding=(_around(p, k),) * 2)
    total = wide + conv(square("l", 1, c), size, stride=s)
    return total + identity(size, c) if s == 1 else total


def _repvgg_deployed(n: Any, c: int, k: int, s: int, p: int, t: int) -> Operator:
    unit = {(o, o, t, t): sp.S.One for o in range(c)} if s == 1 else {}
    parts = (placed(square("k", k, c), 0, 0), placed(square("l", 1, c), t, t), unit)
    kernel = added((k, k), c, c, *parts)
    return conv(kernel, image(n), stride=s, padding=(_around(p, k),) * 2)


def _asymmetric(n: Any, c: int, k: int, s: int, p: int, t: int) -> Operator:
    around, size = _around(p, k), image(n)
    return (
        conv(square("k", k, c), size, stride=s, padding=(around, around))
        + conv(Kernel.symbolic("l", (1, k), c, c), size, stride=s, padding=((0, 0), around))
        + conv(Kernel.symbolic("h", (k, 1), c, c), size, stride=s, padding=(around, (0, 0)))
    )


def _asymmetric_deployed(n: Any, c: int, k: int, s: int, p: int, t: int) -> Operator:
    row, column = Kernel.symbolic("l", (1, k), c, c), Kernel.symbolic("h", (k, 1), c, c)
    parts = (placed(square("k", k, c), 0, 0), placed(row, t, 0), placed(column, 0, t))
    kernel = added((k, k), c, c, *parts)
    return conv(kernel, image(n), stride=s, padding=(_around(p, k),) * 2)


def _branches(n: Any, c: int, k: int, s: int, p: int, d: int) -> Operator:
    one, other = (
        conv(square(letter, k, c), image(n), stride=s, padding=p, dilation=d) for letter in "kl"
    )
    return one + other


def _summed(n: Any, c: int, k: int, s: int, p: int, d: int) -> Operator:
    parts = (placed(square(letter, k, c), 0, 0) for letter in "kl")
    return conv(added((k, k), c, c, *parts), image(n), stride=s, padding=p, dilation=d)


def _stacked_channels(n: Any, c: int, e: int, k: int, s: int, p: int) -> Operator:
    """Both outputs, each moved to its channels."""
    one, other = (
        conv(Kernel.symbolic(letter, (k, k), c, outputs), image(n), stride=s, padding=p)
        for letter, outputs in (("k", e), ("l", c))
    )
    size = one.output_size
    return _channels(e + c, e, 0, size) @ one + _channels(e + c, c, e, size) @ other


def _channels(outputs: int, inputs: int, first: int, size: Any) -> Operator:
    """Every input channel as an output channel, from a first one on."""
    ones: Weighted = {(first + i, i, 0, 0): sp.S.One for i in range(inputs)}
    return conv(Kernel.of_weights(ones, (1, 1), outputs, inputs), size)


def _concatenated(n: Any, c: int, e: int, k: int, s: int, p: int) -> Operator:
    first, second = Kernel.symbolic("k", (k, k), c, e), Kernel.symbolic("l", (k, k), c, c)
    below = {(e + o, *rest): entry for (o, *rest), entry in placed(second, 0, 0).items()}
    kernel = added((k, k), e + c, c, placed(first, 0, 0), below)
    return conv(kernel, image(n), stride=s, padding=p)


def _grouped(n: Any, g: int, c: int, e: int, k: int, s: int, p: int) -> Operator:
    return conv(Kernel.symbolic("k", (k, k), g * c, g * e, g), image(n), stride=s, padding=p)


def _group_by_group(n: Any, g: int, c: int, e: int, k: int, s: int, p: int) -> Operator:
    """Each group on its own channels, by a dense kernel that is zero between groups."""
    entries = iter(Kernel.symbolic("k", (k, k), g * c, g * e, g).entries)
    places = product(range(g * e), range(c), range(k), range(k))
    weights = {(o, o // e * c + i, *tap): next(entries) for o, i, *tap in places}
    dense = [
        [[[weights.get((o, i, t, u), 0) for u in range(k)] for t in range(k)] for i in range(g * c)]
        for o in range(g * e)
    ]
    return conv(Kernel.from_weight(dense), image(n), stride=s, padding=p)


def _pooling(n: Any, c: int, k: int, s: int, p: int, whole: bool) -> Operator:
    return avg_pool(image(n), k, stride=s, padding=p, count_include_pad=whole, channels=c)


def _mean_kernel(n: Any, c: int, k: int, s: int, p: int, whole: bool) -> Operator:
    share = sp.Rational(1, k**2)
    weight = [[[[share * int(o == i)] * k] * k for i in range(c)] for o in range(c)]
    return conv(Kernel.from_weight(weight), image(n), stride=s, padding=p)


def _row(n: Any, c: int, k: int, s: int, p: int, a: int, b: int) -> Operator:
    return conv(Kernel.symbolic("k", (1, k), c, c), image(n), stride=s, padding=((0, 0), (p, p)))


def _row_in_larger(n: Any, c: int, k: int, s: int, p: int, a: int, b: int) -> Operator:
    kernel = added((a + 1 + b, k), c, c, placed(Kernel.symbolic("k", (1, k), c, c), a, 0))
    return conv(kernel, image(n), stride=s, padding=((a, b), (p, p)))


BRANCHES = (
    Statement(
        key="repvgg",
        title="A convolution, a pointwise one and the identity are one convolution",
        name="structural re-parameterisation",
        source=REPVGG,
        formula=r"C_K^{(p,\, k - 1 - p)} + C_L + [s = 1]\, I = C_M^{(p,\, k - 1 - p)}, \quad "
        r"M = K + (L + [s = 1]\, I)\, \delta_{t}",
        reason=r"Tap $p$ of $K$ on each axis stands on the pixel $so$ of window $o$, where the "
        r"pointwise convolution has its only tap.",
        parameters=BRANCH,
        hypotheses=AT_PADDING,
        lhs=_repvgg,
        rhs=_repvgg_deployed,
        symbolic=(
            {"n": n, "c": 2, "k": 3, "s": 1, "p": 1, "t": 1},
            {"n": 2 * m, "c": 2, "k": 3, "s": 2, "p": 1, "t": 1},
            {"n": n, "c": 1, "k": 5, "s": 1, "p": 2, "t": 2},
        ),
    ),
    Statement(
        key="asymmetric-branches",
        title="A square kernel, a row and a column are one convolution",
        name="asymmetric convolution block",
        source=ACNET,
        formula=r"C_K^{(p,\, k - 1 - p)} + C_u + C_v = C_M^{(p,\, k - 1 - p)}, \quad "
        r"M_{ij} = K_{ij} + [i = t]\, u_j + [j = t]\, v_i",
        reason=r"The row, padded on the second axis alone, sees the pixels of row $so$, on which "
        r"row $p$ of $K$ stands; the column likewise.",
        parameters={**BRANCH, "n": (1, 2, 3, 4)},
        hypotheses=AT_PADDING,
        lhs=_asymmetric,
        rhs=_asymmetric_deployed,
        symbolic=(
            {"n": n, "c": 1, "k": 3, "s": 1, "p": 1, "t": 1},
            {"n": 2 * m + 1, "c": 2, "k": 3, "s": 2, "p": 1, "t": 1},
        ),
    ),
    Statement(
        key="branch-addition",
        title="Branches of the same geometry add their kernels",
        name="branch addition (transform II)",
        source=DBB,
        formula=r"C_K + C_L = C_{K + L}",
        reason=r"$C$ is linear in its kernel.",
        parameters={**PLAIN, "d": (1, 2)},
        lhs=_branches,
        rhs=_summed,
        symbolic=({"n": n, "c": 2, "k": 3, "s": 1, "p": 1, "d": 2},),
    ),
    Statement(
        key="concatenation",
        title="Outputs one after another are the output of stacked kernels",
        name="depth concatenation (transform IV)",
        source=DBB,
        formula=r"\begin{bmatrix} C_K \\ C_L \end{bmatrix} = C_{[K;\, L]}",
        reason=r"Rows of $C$ belong to one output channel each.",
        parameters={**PLAIN, "e": (1, 3)},
        lhs=_stacked_channels,
        rhs=_concatenated,
        symbolic=({"n": n, "c": 2, "e": 1, "k": 3, "s": 1, "p": 1},),
    ),
    Statement(
        key="pooling-as-convolution",
        title="Average pooling is a convolution that mixes no channels",
        name="average pooling (transform V)",
        source=DBB,
        formula=r"A = C_K, \quad K_{o,i,t} = [o = i] / k^2",
        reason=r"Each tap weighs $1/k^2$. Where only pixels of the image count, windows over the "
        r"border weigh more, and no one kernel does.",
        parameters={**PLAIN, "whole": (True, False)},
        hypotheses=(
            Hypothesis(r"p = 0 \text{ or padding counts}", lambda p, whole, **_: p == 0 or whole),
        ),
        lhs=_pooling,
        rhs=_mean_kernel,
        symbolic=(
            {"n": n, "c": 2, "k": 3, "s": 1, "p": 1, "whole": True},
            {"n": 2 * m, "c": 1, "k": 2, "s": 2, "p": 0, "whole": False},
        ),
    ),
    Statement(
        key="kernel-padding",
        title="A kernel in a larger one of zeros needs as much more padding",
        name="multi-scale convolutions (transform VI)",
        source=DBB,
        formula=r"C_u^{(0,\, p)} = C_{[0_a;\, u;\, 0_b]}^{((a, b),\, p)} \quad (u \text{ a row})",
        reason=r"$a$ more pixels of padding move the windows by $a$, the row of $u$ by $a$ back; "
        r"the zeros see nothing.",
        parameters={**PLAIN, "n": (1, 2, 3, 4), "a": (0, 1, 2), "b": (0, 1)},
        lhs=_row,
        rhs=_row_in_larger,
        symbolic=(
            {"n": n, "c": 2, "k": 3, "s": 1, "p": 1, "a": 1, "b": 1},
            {"n": 2 * m, "c": 1, "k": 3, "s": 2, "p": 1, "a": 1, "b": 1},
        ),
    ),
    Statement(
        key="grouped-as-dense",
        title="A grouped convolution is a dense one with zeros between groups",
        name="grouped convolution",
        source="classical",
        formula=r"C_{K_1} \oplus \dots \oplus C_{K_g} = C_{\operatorname{diag}(K_1, \dots, K_g)}",
        reason=r"Channels of different groups do not meet.",
        parameters={"n": (1, 2, 3), "g": (1, 2, 3), "c": CHANNELS, "e": (1, 2), "k": (1, 2),
                    "s": (1, 2), "p": (0, 1)},
        lhs=_grouped,
        rhs=_group_by_group,
        symbolic=({"n": n, "g": 2, "c": 2, "e": 1, "k": 3, "s": 1, "p": 1},),
    ),
)  # fmt: skip
