"""Every formula and matrix of the paper, by the name of its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from math import lcm
from typing import Any

import sympy as sp

import symconv as sc
from parts.examples import (
    CORNERS,
    GRID,
    NUMBERS,
    ROW,
    gram_columns,
    gram_rows,
    m,
    n,
    padded,
    source,
)

A, B = sp.symbols("a b", real=True)


def matrix_alone(gram: sc.Operator) -> str:
    """A Gram matrix in the names r, without their definitions."""
    return sc.latex(gram, two_level=True).split(r", \qquad")[0]


def output_size() -> str:
    size, extent, s, p, q = sp.symbols(r"n \hat{k} s p q")
    return str(sp.latex(sc.output_size(size, extent, s, (p, q)), order="none"))


def transposed_size() -> str:
    size, extent, s, p, q, a = sp.symbols(r"m \hat{k} s p q a")
    return str(sp.latex(sc.transposed_output_size(size, extent, s, (p, q), 1, a)))


def aligned(lines: Iterable[str]) -> str:
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def in_two_columns(lines: Sequence[str]) -> str:
    """The second half of the equations beside the first."""
    half = len(lines) // 2
    return aligned(
        r" & \qquad ".join(pair) for pair in zip(lines[:half], lines[half:], strict=True)
    )


@cache
def wavelet(taps: int) -> Any:
    """Orthonormal low-pass filters at stride 2 with the most vanishing moments."""
    w = sc.Kernel.symbolic("w", taps)
    rows = sc.orthogonality(sc.conv(w, 2 * m, stride=2))
    return rows.where(*sc.vanishing_moments(w, taps // 2, lowpass=True)).solve()


def radicals(taps: int) -> str:
    """One of the filters, its common factor taken out."""
    solution = list(wavelet(taps).real[-1].values())
    bare = [sp.expand(tap / sp.sqrt(2)) for tap in solution]
    denominator = lcm(*(int(sp.fraction(sp.together(tap))[1]) for tap in bare))
    factor = sp.latex(sp.sqrt(2) / denominator)
    lines = [
        f"w_{{{t}}} &= {factor} \\left({sp.latex(sp.expand(denominator * tap))}\\right)"
        for t, tap in enumerate(bare)
    ]
    return in_two_columns(lines)


def lattice() -> str:
    w = sc.Kernel.symbolic("w", 4)
    kernel = sc.orthogonality(sc.conv(w, 2 * m, stride=2)).parametrise()
    angles = {sp.Symbol(f"theta_{i}", real=True): sp.Symbol(rf"\theta_{i}") for i in (1, 2)}
    lines = [
        f"w_{{{t}}} &= {sp.latex(entry.subs(angles), fold_func_brackets=True)}"
        for t, entry in enumerate(kernel.entries)
    ]
    return in_two_columns(lines)


@cache
def narrow_penalty() -> Any:
    """The penalty that correlates the kernel with itself at padding 1, against what is needed."""
    lags = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return sc.check_regulariser(lags, sc.conv(GRID, (n, n)))


def missed() -> str:
    return in_two_columns([f"{sp.latex(p)} &= 0" for p in narrow_penalty().missed])


def phases(taps: int) -> str:
    board = sc.checkerboard(sc.conv_transpose(sc.Kernel.symbolic("k", taps), n, stride=2))
    sums = [rf"\sigma_{{{phase[0]}}} &= {sp.latex(value)}" for phase, value in board.sums.items()]
    return aligned([r" & \qquad ".join(sums)])


def border() -> str:
    """The pixels of a painted flat line that do not have the value of their phase."""
    board = sc.checkerboard(sc.conv_transpose(ROW, n, stride=2))
    return r",\ ".join(
        rf"(C^{{\mathsf{{T}}}} \mathbf{{1}})_{{{sp.latex(box.first[0])}}} = {sp.latex(value)}"
        for box, value in board.border.items()
    )


@cache
def determinant_of(kernel: Any) -> Any:
    """The determinant of C C^T on n pixels."""
    return sc.determinant(gram_rows(sc.conv(kernel, n)))


def characteristic() -> str:
    """Of the recurrence for three taps."""
    recurrence = determinant_of(ROW).recurrence
    x = recurrence.variable
    factors = [sp.Poly(f, x).monic() for f in recurrence.characteristic.args]
    return "".join(rf"\left({sc.latex(f.as_expr(), order='none')}\right)" for f in factors)


def recurrence() -> str:
    """Of the kernel 1, 2, 3, without its first terms."""
    lines = sc.latex(determinant_of((1, 2, 3)).recurrence)
    return lines.removeprefix(r"\begin{aligned}").split(r" \\ ")[0].replace("&", "")


def formula(spectrum: Any) -> str:
    """The value at each frequency, without the range of the frequencies."""
    (j,) = spectrum.counts
    singular = spectrum.kind == "singular values"
    letter = r"\sigma" if singular else r"\lambda"
    value = spectrum.formula if singular else sp.expand(spectrum.formula)
    return rf"{letter}_{{{sp.latex(j)}}} = {sp.latex(value, fold_func_brackets=True)}"


def verdicts() -> str:
    """How condition numbers grow, for kernels that look alike."""
    lines = []
    for kernel in ((1, 3, 1), (1, 2, 1), (1, 1, 1)):
        ratio = sc.latex(sc.conditioning(sc.conv(kernel, n)))
        lines.append(rf"K = {sp.latex(kernel)}: \quad {ratio}")
    return r",\qquad ".join(lines)


def contradiction() -> str:
    """What the released penalty asks for at stride two, and the identity that refutes it."""
    audit = sc.check_regulariser("deconv_orth_dist", sc.conv(GRID, (2 * n, 2 * n), stride=2))
    lines = sc.latex(audit).split(r" \\ ")
    return lines[-1].removesuffix(r"\end{aligned}").replace("&", "")


def source_determinant() -> str:
    """The worked example's, a factor a line."""
    factors = sc.determinant(gram_rows(source())).two_level.factors
    shown = [rf"\left({sc.latex(f, order='none')}\right)" for f in factors]
    return aligned([f"& {shown[0]}", *(rf"& \quad \cdot {other}" for other in shown[1:])])


FRAGMENTS: dict[str, Callable[[], str]] = {
    "output-size": output_size,
    "transposed-size": transposed_size,
    "valid": lambda: sc.latex(sc.conv(ROW, n)),
    "valid-columns": lambda: matrix_alone(gram_columns(sc.conv(ROW, n))),
    "autocorrelation": lambda: sc.latex(sc.autocorrelation(ROW)),
    "kronecker": lambda: sc.latex(sc.conv(GRID, (4, 4)), "kron"),
    "padded-rows": lambda: matrix_alone(gram_rows(padded())),
    "padded-columns": lambda: matrix_alone(gram_columns(padded())),
    "padded-boundary": lambda: sc.latex(gram_rows(padded()).split().boundary),
    "columns-boundary": lambda: sc.latex(gram_columns(padded()).split().boundary),
    "source-kernel": lambda: sc.latex(NUMBERS),
    "source-matrix": lambda: sc.latex(source(), "full"),
    "source-transposed": lambda: sc.latex(source().T, "elided"),
    "source-rows": lambda: sc.latex(gram_rows(source()), "full"),
    "source-rows-named": lambda: sc.latex(gram_rows(source()), "full", two_level=True),
    "source-columns": lambda: sc.latex(gram_columns(source()), "elided"),
    "direct": lambda: sc.statement("transposed-as-direct").formula,
    "stride-two": lambda: sc.latex(sc.conv_transpose(ROW, 3, stride=2), "full"),
    "corners": lambda: sc.latex(CORNERS),
    "corner-rows": lambda: sc.latex(gram_rows(sc.conv(CORNERS, (4, 4))), "full"),
    "double-shift": lambda: sc.latex(
        sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 4), 2 * m, stride=2))
    ),
    "daubechies-four": lambda: radicals(4),
    "daubechies-six": lambda: radicals(6),
    "lattice": lattice,
    "missed": missed,
    "phases-three": lambda: phases(3),
    "phases-four": lambda: phases(4),
    "border": border,
    "determinant": lambda: sc.latex(determinant_of(ROW).expr),
    "characteristic": characteristic,
    "recurrence": recurrence,
    "source-determinant": source_determinant,
    "mirrored-spectrum": lambda: formula(
        sc.eigenvalues(sc.conv((A, B, A), n, padding=1, padding_mode="symmetric"))
    ),
    "two-tap-spectrum": lambda: formula(sc.singular_values(sc.conv((A, B), n))),
    "limit": lambda: (
        sc.latex(sc.spectral_limit(sc.conv((A, B), n)))
        .removeprefix(r"\begin{aligned}")
        .removesuffix(r"\end{aligned}")
        .replace("&", "")
    ),
    "one-of-a-million": lambda: sc.latex(
        sc.eigenvalues(sc.conv((1, -4, 6, -4, 1), n, padding=2)).kth(
            10**6 - 1, {n: 10**6}, digits=10
        )
    ),
    "verdicts": verdicts,
    "contradiction": contradiction,
    "no-checkerboard": lambda: ",\\qquad ".join(
        sc.latex(kernel) for kernel in sc.checkerboard(sc.conv_transpose(ROW, n, stride=2)).basis
    ),
}
