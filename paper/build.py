"""Writes paper/generated: every formula, matrix, number and figure of the paper, from symconv.

python paper/build.py             # all of it, but for the table of times
python paper/build.py --measure   # that table, measured on this machine
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import lcm
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

import sympy as sp

import symconv as sc
from symconv.files import write_whole

HERE = Path(__file__).parent
GENERATED = HERE / "generated"
TIMES = "times.tex"
BANNER = "% Written by paper/build.py; do not edit.\n"
NO_DATES = {"CreationDate": None, "Creator": None, "Producer": None}

n, m = sp.symbols("n m")
GRID = sc.Kernel.symbolic("k", (3, 3))
ROW = sc.Kernel.symbolic("k", 3)
HALF = sp.Rational(1, 2)
CORNERS = sc.Kernel([[HALF, 0, HALF], [0, 0, 0], [HALF, 0, HALF]])
NUMBERS = sc.Kernel.arange((3, 3))


@cache
def source() -> sc.Operator:
    """The worked example: the kernel 1..9 on 4x4 pixels."""
    return sc.conv(NUMBERS, (4, 4))


@cache
def padded() -> sc.Operator:
    """Three taps with one pixel of padding at each end of n pixels."""
    return sc.conv(ROW, n, padding=1)


def gram_rows(C: sc.Operator) -> sc.Operator:
    return C @ C.T


def gram_columns(C: sc.Operator) -> sc.Operator:
    return C.T @ C


# --- formulas and matrices -------------------------------------------------------------------


def matrix_alone(gram: sc.Operator, form: str = "elided") -> str:
    """A Gram matrix in the names r, without their definitions."""
    return sc.latex(gram, form, two_level=True).split(r", \qquad")[0]


def blocks(operator: sc.Operator) -> str:
    """The blocks and what they are, in two lines instead of three."""
    return sc.latex(operator, "blocks").replace(
        r" \\[1ex] k_{a}", r", \qquad k_{a}"
    )  # fmt: skip


def output_size() -> str:
    size, extent, s, p, q = sp.symbols(r"n \hat{k} s p q")
    return str(sp.latex(sc.output_size(size, extent, s, (p, q))))


def transposed_size() -> str:
    size, extent, s, p, q, a = sp.symbols(r"m \hat{k} s p q a")
    return str(sp.latex(sc.transposed_output_size(size, extent, s, (p, q), 1, a)))


def aligned(lines: Iterable[str]) -> str:
    return r"\begin{aligned}" + r" \\ ".join(lines) + r"\end{aligned}"


def equations(polynomials: Iterable[sp.Expr], columns: int = 1) -> str:
    """Polynomials that vanish, so many beside each other."""
    cells = [f"{sp.latex(p)} &= 0" for p in polynomials]
    rows = [cells[i : i + columns] for i in range(0, len(cells), columns)]
    return aligned(" & \\qquad ".join(row) for row in rows)


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
    pairs = zip(lines[: taps // 2], lines[taps // 2 :], strict=True)
    return aligned(" & \\qquad ".join(pair) for pair in pairs)


def lattice() -> str:
    w = sc.Kernel.symbolic("w", 4)
    kernel = sc.orthogonality(sc.conv(w, 2 * m, stride=2)).parametrise()
    angles = {sp.Symbol(f"theta_{i}", real=True): sp.Symbol(rf"\theta_{i}") for i in (1, 2)}
    return aligned(
        f"w_{{{t}}} &= {sp.latex(entry.subs(angles), fold_func_brackets=True)}"
        for t, entry in enumerate(kernel.entries)
    )


@cache
def narrow_penalty() -> Any:
    """The penalty that correlates the kernel with itself at padding 1, against what is needed."""
    lags = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
    return sc.check_regulariser(lags, sc.conv(GRID, (n, n)))


def phases(taps: int) -> str:
    board = sc.checkerboard(sc.conv_transpose(sc.Kernel.symbolic("k", taps), n, stride=2))
    sums = [rf"\sigma_{{{phase[0]}}} &= {sp.latex(value)}" for phase, value in board.sums.items()]
    return aligned([r" & \qquad ".join(sums)])


def border() -> str:
    """The pixels of a painted flat line that do not have the value of their phase."""
    board = sc.checkerboard(sc.conv_transpose(ROW, n, stride=2))
    return r",\qquad ".join(
        rf"(C^{{\mathsf{{T}}}} \mathbf{{1}})_{{{sp.latex(box.first[0])}}} = {sp.latex(value)}"
        for box, value in board.border.items()
    )


FRAGMENTS: dict[str, Callable[[], str]] = {
    "output-size": output_size,
    "transposed-size": transposed_size,
    "valid": lambda: sc.latex(sc.conv(ROW, n), "elided"),
    "valid-columns": lambda: matrix_alone(gram_columns(sc.conv(ROW, n))),
    "autocorrelation": lambda: sc.latex(sc.autocorrelation(ROW)),
    "kronecker": lambda: sc.latex(sc.conv(GRID, (4, 4)), "kron"),
    "blocks": lambda: blocks(sc.conv(GRID, (4, 4))),
    "padded-rows": lambda: matrix_alone(gram_rows(padded())),
    "padded-columns": lambda: matrix_alone(gram_columns(padded())),
    "padded-factor": lambda: sc.latex(gram_rows(padded()).split().factor, "elided"),
    "padded-boundary": lambda: sc.latex(gram_rows(padded()).split().boundary, "elided"),
    "columns-boundary": lambda: sc.latex(gram_columns(padded()).split().boundary, "elided"),
    "derivation": lambda: sc.latex(sc.derive_gram(padded())),
    "source-kernel": lambda: sc.latex(NUMBERS),
    "source-matrix": lambda: sc.latex(source(), "full"),
    "source-transposed": lambda: sc.latex(source().T, "elided"),
    "source-rows": lambda: sc.latex(gram_rows(source()), "full"),
    "source-rows-named": lambda: sc.latex(gram_rows(source()), "full", two_level=True),
    "source-columns": lambda: sc.latex(gram_columns(source()), "elided"),
    "stride-two": lambda: sc.latex(sc.conv_transpose(ROW, 3, stride=2), "full"),
    "corners": lambda: sc.latex(CORNERS),
    "corner-rows": lambda: sc.latex(gram_rows(sc.conv(CORNERS, (4, 4))), "full"),
    "double-shift": lambda: sc.latex(
        sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 4), 2 * m, stride=2))
    ),
    "daubechies-four": lambda: radicals(4),
    "daubechies-six": lambda: radicals(6),
    "lattice": lattice,
    "missed": lambda: equations(narrow_penalty().missed, 2),
    "phases-three": lambda: phases(3),
    "phases-four": lambda: phases(4),
    "border": border,
    "no-checkerboard": lambda: ",\\qquad ".join(
        sc.latex(kernel) for kernel in sc.checkerboard(sc.conv_transpose(ROW, n, stride=2)).basis
    ),
}


# --- numbers ---------------------------------------------------------------------------------


def checked(key: str) -> int:
    return sc.verify(key).checked


def numbers() -> dict[str, object]:
    """Macro names and what they print."""
    explained = sc.explain(source())
    valid = sc.orthogonality(sc.conv(GRID, (n, n)))
    corner_grams = {size: gram_rows(sc.conv(CORNERS, (size, size))) for size in (4, 5)}
    four, six = wavelet(4), wavelet(6)
    return {
        "SourceDiagonal": explained.rows.diagonal.value,
        "SourceBeside": explained.rows.off_diagonal.value,
        "SourceRank": explained.columns.rank,
        "SourcePixels": source().shape[1],
        "SourceScaleRows": explained.rows.best_scale,
        "SourceRestRows": explained.rows.best_distance,
        "SourceScaleColumns": explained.columns.best_scale,
        "SourceRestColumns": explained.columns.best_distance,
        "SmallEquations": len(sc.orthogonality(sc.conv(GRID, (4, 4))).equations),
        "LargeEquations": len(valid.equations),
        "LargeFrom": valid.valid_from[n],
        "LargeSolutions": len(valid.solve().real),
        "CornerDistanceFour": corner_distance(corner_grams[4]),
        "CornerDistanceFive": corner_distance(corner_grams[5]),
        "MissedEquations": len(narrow_penalty().missed),
        "PenaltyEquations": len(narrow_penalty().equations.conditions),
        "FourReal": len(four.real),
        "SixReal": len(six.real),
        "SixComplex": len(six.complex),
        "Statements": len(sc.statements()),
        "CheckedDirect": checked("transposed-as-direct"),
        "CheckedRows": checked("rows-split"),
        "CheckedColumns": checked("columns-split"),
        "MillionCells": len(gram_columns(sc.conv(GRID, (10**6, 10**6))).closed_form()),
    }


def corner_distance(gram: sc.Operator) -> sp.Expr:
    """How far, squared, a Gram matrix is from the identity."""
    return sc.squared_norm(gram - sc.identity(gram.output_size))


def macros() -> str:
    return "".join(
        rf"\newcommand{{\{name}}}{{{grouped(value)}}}" + "\n" for name, value in numbers().items()
    )


def grouped(value: object) -> str:
    """A number in LaTeX, with thin spaces between thousands."""
    if isinstance(value, int) or (isinstance(value, sp.Expr) and value.is_Integer):
        return rf"\ensuremath{{{int(value):,}}}".replace(",", r"\,")
    return rf"\ensuremath{{{sp.latex(value, fold_short_frac=True)}}}"


# --- tables ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """A layer on one axis in the words of a framework."""

    framework: str
    layer: str
    pixels: int
    options: Mapping[str, Any]

    @property
    def operator(self) -> sc.Operator:
        return READERS[self.framework](self.layer, self.pixels, **self.options)

    def __str__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options.items())
        call = f"{self.layer}({options})".replace("_", r"\_")
        return rf"{self.framework} \texttt{{{call}}}"


READERS: Mapping[str, Callable[..., sc.Operator]] = {
    "PyTorch": sc.from_torch,
    "Keras": sc.from_tensorflow,
    "ONNX": lambda layer, pixels, **options: sc.from_onnx(layer, (pixels,), **options),
    "JAX": sc.from_jax,
}


def torch(layer: str, pixels: int, taps: int, **options: int) -> Words:
    return Words("PyTorch", layer, pixels, {"kernel_size": taps, "stride": 2, **options})


def keras(layer: str, pixels: int, taps: int) -> Words:
    options = {"kernel_size": taps, "strides": 2, "padding": "same"}
    return Words("Keras", layer, pixels, options)


def onnx(pixels: int, auto_pad: str) -> Words:
    options = {"kernel_shape": [3], "strides": [2], "auto_pad": auto_pad}
    return Words("ONNX", "ConvTranspose", pixels, options)


def jax(pixels: int, **options: bool) -> Words:
    fixed = {"kernel_size": 3, "strides": 2, "padding": "VALID"}
    return Words("JAX", "conv_transpose", pixels, {**fixed, **options})


PAIRS = (
    (torch("Conv1d", 6, 3, padding=1), keras("Conv1D", 6, 3)),
    (torch("Conv1d", 7, 3, padding=1), keras("Conv1D", 7, 3)),
    (torch("ConvTranspose1d", 4, 4, padding=1), keras("Conv1DTranspose", 4, 4)),
    (
        torch("ConvTranspose1d", 4, 3, padding=1, output_padding=1),
        keras("Conv1DTranspose", 4, 3),
    ),
    (keras("Conv1DTranspose", 4, 3), onnx(4, "SAME_UPPER")),
    (onnx(4, "SAME_UPPER"), onnx(4, "SAME_LOWER")),
    (torch("ConvTranspose1d", 4, 3), jax(4)),
    (torch("ConvTranspose1d", 4, 3), jax(4, transpose_kernel=True)),
)


def conventions() -> str:
    """Pairs of layers that look alike, and whether they are one matrix."""
    lines = [
        r"\begin{tabular}{@{}ll>{\raggedright\arraybackslash}p{0.2\textwidth}@{}}",
        r"\toprule",
    ]
    lines += [r"pixels & two layers & one matrix? \\ \midrule"]
    for one, other in PAIRS:
        rows, cols = one.operator.shape
        said = verdict(one.operator, other.operator)
        lines += [rf"${cols} \to {rows}$ & {one} & {said} \\", rf"& {other} & \\[3pt]"]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def verdict(one: sc.Operator, other: sc.Operator) -> str:
    found = sc.compare_conventions(one, other)
    if found.equal:
        return "yes"
    if found.remedy is None:
        return "no"
    changes = {
        "kernel": "the kernel reversed",
        "padding": f"padding ${found.remedy.get('padding', ((0, 0),))[0]}$",
    }
    return "no; with " + ", ".join(changes[name] for name in found.remedy)


GEOMETRIES = (
    (3, 1, 1, 1, 1),
    (5, 1, 1, 2, 2),
    (5, 1, 1, 1, 3),
    (3, 1, 2, 2, 2),
    (3, 2, 1, 1, 1),
    (4, 2, 1, 1, 1),
)


def ranks() -> str:
    """Ranks of both boundary parts, found from the operators."""
    lines = [r"\begin{tabular}{@{}ccccc@{\qquad}cc@{}}", r"\toprule"]
    lines += [
        r"$k$ & $s$ & $d$ & $p$ & $q$ & $\operatorname{rank} P P^{\mathsf{T}}$ "
        r"& $\operatorname{rank} H^{\mathsf{T}} H$ \\ \midrule"
    ]
    for k, s, d, p, q in GEOMETRIES:
        kernel = sc.Kernel.symbolic("k", k)
        C = sc.conv(kernel, 2 * m, stride=s, dilation=d, padding=((p, q),))
        found = [gram(C).split().rank for gram in (gram_rows, gram_columns)]
        lines.append(" & ".join(map(str, (k, s, d, p, q, *found))) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


TABLES: dict[str, Callable[[], str]] = {
    "numbers": macros,
    "conventions": conventions,
    "ranks": ranks,
    "catalogue": lambda: sc.statements().to_longtable(),
}


# --- figures ---------------------------------------------------------------------------------

ONES, TENTS = sc.Kernel([[1] * 3] * 3), sc.Kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]])

FIGURES: Mapping[str, Callable[[], Any]] = {
    "matrix": lambda: sc.draw(source()),
    "window": lambda: sc.draw_window(source(), (0, 1)),
    "padded-gram": lambda: sc.draw(gram_rows(sc.conv(GRID, (5, 5), padding=1))),
    "board": lambda: sc.draw_checkerboard(sc.conv_transpose(ONES, (4, 4), stride=2)),
    "no-board": lambda: sc.draw_checkerboard(sc.conv_transpose(TENTS, (4, 4), stride=2)),
}


def vector_graphics(figure: Any) -> bytes:
    """A figure as PDF, the same bytes each time."""
    buffer = BytesIO()
    figure.savefig(buffer, format="pdf", metadata=NO_DATES)
    return buffer.getvalue()


# --- files -----------------------------------------------------------------------------------


def texts() -> Iterator[tuple[str, str]]:
    """Names and contents of the TeX files."""
    for name, make in (FRAGMENTS | TABLES).items():
        yield f"{name}.tex", BANNER + make().rstrip("\n") + "%\n"


def pictures() -> Iterator[tuple[str, bytes]]:
    """Names and contents of the figures."""
    for name, draw in FIGURES.items():
        yield f"{name}.pdf", vector_graphics(draw())


def build(folder: Path) -> None:
    """Write all files but the table of times."""
    folder.mkdir(exist_ok=True)
    for name, content in (*texts(), *pictures()):
        write_whole(folder / name, content)


def measure(folder: Path) -> None:
    """Write the table of times: products and closed forms, one run on one machine."""
    lines = [r"\begin{tabular}{@{}rrrrrr@{}}", r"\toprule"]
    lines += [
        r"$k$ & cells & $n = 64$ & $n = 10^6$ & symbolic $n$ & $10^6 / 64$ \\ \midrule",
    ]
    for k in (3, 5, 7):
        kernel = sc.Kernel.symbolic("k", (k, k))
        layers = [sc.conv(kernel, (size, size)) for size in (64, 10**6, n)]
        small, large, symbolic = (1000 * median_seconds(layer) for layer in layers)
        row = (k, cells(layers[0]), *(f"{t:.2f}" for t in (small, large, symbolic, large / small)))
        lines.append(" & ".join(map(str, row)) + r" \\")
    text = "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
    write_whole(folder / TIMES, "% Written by paper/build.py --measure.\n" + text + "%\n")


def cells(convolution: sc.Operator) -> int:
    return len(gram_columns(convolution).closed_form())


def median_seconds(convolution: sc.Operator, runs: int = 15) -> float:
    """Median wall time of product and closed form, after one run to warm up."""
    times = []
    for _ in range(runs + 1):
        start = perf_counter()
        cells(convolution)
        times.append(perf_counter() - start)
    return median(times[1:])


if __name__ == "__main__":
    (measure if "--measure" in sys.argv[1:] else build)(GENERATED)
