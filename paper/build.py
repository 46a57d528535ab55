"""Writes paper/generated: every formula, matrix, number and figure of the paper, from symconv.

python paper/build.py             # all of it, but for the table of times
python paper/build.py --measure   # that table, measured on this machine
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from math import lcm
from pathlib import Path
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
    gram: sc.Operator = C @ C.T
    return gram


def gram_columns(C: sc.Operator) -> sc.Operator:
    gram: sc.Operator = C.T @ C
    return gram


# --- formulas and matrices -------------------------------------------------------------------


def matrix_alone(gram: sc.Operator) -> str:
    """A Gram matrix in the names r, without their definitions."""
    return sc.latex(gram, two_level=True).split(r", \qquad")[0]


def output_size() -> str:
    size, extent, s, p, q = sp.symbols(r"n \hat{k} s p q")
    return str(sp.latex(sc.output_size(size, extent, s, (p, q))))


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
    four, six = wavelet(4), wavelet(6)
    return {
        "SourceDiagonal": gram_rows(source())[0, 0],
        "SourceBeside": gram_rows(source())[0, 1],
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
        "CornerPenalty": corner_penalty(),
        "CornerDistanceFive": corner_distance(),
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


def corner_distance() -> sp.Expr:
    """How far, squared, the rows of the kernel of corners are from orthonormal on 5x5 pixels."""
    gram = gram_rows(sc.conv(CORNERS, (5, 5)))
    return sc.squared_norm(gram - sc.identity(gram.output_size))


def corner_penalty() -> sp.Expr:
    """What the narrow penalty makes of that kernel."""
    r = sc.autocorrelation(CORNERS)
    return sp.Add(*((r[lag] - (not any(lag))) ** 2 for lag in narrow_penalty().tested))


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
        read: Callable[..., sc.Operator] = READERS[self.framework]
        return read(self.layer, self.pixels, **self.options)

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
    ragged = r">{\raggedright\arraybackslash}p"
    lines = [
        rf"\begin{{tabular}}{{@{{}}l{ragged}{{0.735\textwidth}}{ragged}{{0.15\textwidth}}@{{}}}}"
    ]
    lines += [r"\toprule", r"pixels & two layers & one matrix? \\ \midrule"]
    for one, other in PAIRS:
        rows, cols = one.operator.shape
        said = verdict(one.operator, other.operator)
        lines.append(rf"${cols} \to {rows}$ & {one} \newline {other} & {said} \\[3pt]")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


def verdict(one: sc.Operator, other: sc.Operator) -> str:
    found = sc.compare_conventions(one, other)
    if found.equal:
        return "yes"
    if found.remedy is None:
        return "no"
    changes = {
        "kernel": "kernel reversed",
        "padding": f"padding ${found.remedy.get('padding', ((0, 0),))[0]}$",
    }
    return "no; " + ", ".join(changes[name] for name in found.remedy)


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
    products = (
        rf"$\operatorname{{rank}} {gram}$" for gram in (r"P P^{\mathsf{T}}", r"H^{\mathsf{T}} H")
    )
    lines.append(" & ".join((*(f"${name}$" for name in "ksdpq"), *products)) + r" \\ \midrule")
    for k, s, d, p, q in GEOMETRIES:
        kernel = sc.Kernel.symbolic("k", k)
        C = sc.conv(kernel, 2 * m, stride=s, dilation=d, padding=((p, q),))
        found = [gram(C).split().rank for gram in (gram_rows, gram_columns)]
        lines.append(" & ".join(map(str, (k, s, d, p, q, *found))) + r" \\")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])


CITED = {
    "Dumoulin and Visin 2016": "dumoulin2016guide",
    "Shi et al. 2016": "shi2016subpixel",
    "Odena et al. 2016": "odena2016deconvolution",
    "Yu and Koltun 2016": "yu2016multiscale",
    "Chellapilla et al. 2006": "chellapilla2006high",
    "Azulay and Weiss 2019": "azulay2019why",
    "Vaidyanathan 1993": "vaidyanathan1993multirate",
    "Dosovitskiy et al. 2021": "dosovitskiy2021image",
    "Daubechies 1988": "daubechies1988orthonormal",
    "Strang and Nguyen 1996": "strang1996wavelets",
}


def catalogue() -> str:
    """The table of statements, its sources as citations."""
    text = sc.statements().to_longtable()
    for name, key in CITED.items():
        text = text.replace(name, rf"\cite{{{key}}}")
    for long, short in (
        ("& symconv ", "& here "),
        ("relationship", "rel."),
        ("section", "sec."),
        ("chapter", "ch."),
    ):
        text = text.replace(long, short)
    # Space below a row counts from a strut, which tall fractions exceed; titles are long here.
    return text


TABLES: dict[str, Callable[[], str]] = {
    "numbers": macros,
    "conventions": conventions,
    "ranks": ranks,
    "catalogue": catalogue,
}


# --- figures ---------------------------------------------------------------------------------

ONES, TENTS = sc.Kernel([[1] * 3] * 3), sc.Kernel([[1, 2, 1], [2, 4, 2], [1, 2, 1]])


def untitled(figure: Any, letters: float = 1) -> Any:
    """A figure whose title stands in the caption instead, its letters so many times as large."""
    figure.axes[0].set_title("", loc="left")
    for text in figure.findobj(lambda artist: hasattr(artist, "set_fontsize")):
        text.set_fontsize(letters * text.get_fontsize())
    return figure


FIGURES: Mapping[str, Callable[[], Any]] = {
    "matrix": lambda: untitled(sc.draw(source())),
    "window": lambda: sc.draw_window(source(), (0, 1)),
    "padded-gram": lambda: untitled(sc.draw(gram_rows(sc.conv(GRID, (5, 5), padding=1))), 1.5),
    "board": lambda: sc.draw_checkerboard(sc.conv_transpose(ONES, (4, 4), stride=2)),
    "no-board": lambda: sc.draw_checkerboard(sc.conv_transpose(TENTS, (4, 4), stride=2)),
}


def vector_graphics(figure: Any) -> bytes:
    """A figure as PDF, the same bytes each time."""
    buffer = BytesIO()
    figure.savefig(buffer, format="pdf", metadata=NO_DATES, bbox_inches="tight", pad_inches=0.02)
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
    for name, text in texts():
        write_whole(folder / name, text)
    for name, picture in pictures():
        write_whole(folder / name, picture)


def measure(folder: Path) -> None:
    """Write the table of times: products and closed forms, one run on one machine."""
    head = r"$k$ & cells & $n = 64$ & $n = 10^6$ & symbolic $n$ & $10^6 / 64$ \\ \midrule"
    lines = [r"\begin{tabular}{@{}rrrrrr@{}}", r"\toprule", head]
    for k in (3, 5, 7):
        kernel = sc.Kernel.symbolic("k", (k, k))
        layers = [sc.conv(kernel, (size, size)) for size in (64, 10**6, n)]
        small, large, symbolic = (1000 * seconds for seconds in least_seconds(layers))
        times = (f"{t:.1f}" for t in (small, large, symbolic))
        lines.append(
            " & ".join((str(k), str(cells(layers[0])), *times, f"{large / small:.2f}")) + r" \\"
        )
    text = "\n".join([*lines, r"\bottomrule", r"\end{tabular}"])
    write_whole(folder / TIMES, "% Written by paper/build.py --measure.\n" + text + "%\n")


def cells(convolution: sc.Operator) -> int:
    return len(gram_columns(convolution).closed_form())


def least_seconds(layers: Sequence[sc.Operator], runs: int = 25) -> list[float]:
    """Least wall times of product and closed form, taken in turns."""
    times: list[list[float]] = [[] for _ in layers]
    for _ in range(runs):
        for layer, found in zip(layers, times, strict=True):
            start = perf_counter()
            cells(layer)
            found.append(perf_counter() - start)
    return [min(found) for found in times]


if __name__ == "__main__":
    (measure if "--measure" in sys.argv[1:] else build)(GENERATED)
