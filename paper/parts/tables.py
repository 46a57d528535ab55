"""Every table of the paper but those that are measured."""

from __future__ import annotations

import symconv as sc
from parts import checks
from parts.examples import gram_columns, gram_rows, m
from parts.frameworks import PAIRS


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
        lines.append(rf"${cols} \to {rows}$ & {one} \newline {other} & {said} \\[1pt]")
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


# Taps, stride, dilation, padding before and after.
GEOMETRIES = (
    (3, 1, 1, 0, 0),
    (3, 1, 1, 1, 1),
    (5, 1, 1, 1, 3),
    (3, 1, 2, 2, 2),
    (3, 2, 1, 1, 1),
    (4, 2, 1, 1, 1),
    (5, 2, 1, 0, 0),
    (5, 3, 2, 2, 2),
)


def sizes() -> str:
    """Ranks of both boundary parts, and how many cells both products have, for any size."""
    groups = (
        (2, "rank"),
        (2, r"cells of $C C\T$"),
        (2, r"cells of $C\T C$"),
        (4, r"cells of $C\T C$ with another padding"),
    )
    top = [rf"\multicolumn{{{width}}}{{c}}{{{title}}}" for width, title in groups]
    letters = [f"${letter}$" for letter in (*"ksdpq", r"P P\T", r"H\T H")]
    names = (*letters, "found", "bound", "found", "bound", *checks.MODES)
    head = [
        r"\begin{tabular}{@{}ccccc@{\qquad}cc@{\qquad}cc@{\qquad}cc@{\qquad}cccc@{}}",
        r"\toprule",
        " & ".join(["&&&&", *top]) + r" \\",
        " & ".join(names) + r" \\ \midrule",
    ]
    lines = [" & ".join(map(str, (*g, *found_sizes(*g)))) + r" \\" for g in GEOMETRIES]
    return "\n".join([*head, *lines, r"\bottomrule", r"\end{tabular}"])


def found_sizes(k: int, s: int, d: int, p: int, q: int) -> tuple[int, ...]:
    """A row of that table, from operators on 6m pixels."""
    layers = {mode: any_size(k, s, d, p, q, mode) for mode in ("zeros", *checks.MODES)}
    C = layers["zeros"]
    ranks = (gram(C).split().rank for gram in (gram_rows, gram_columns))
    bounds = checks.row_cells(k, s, d, checks.touching(60, k, s, d, p, q))
    others = (len(gram_columns(layers[mode]).closed_form()) for mode in checks.MODES)
    rows, columns = (len(gram(C).closed_form()) for gram in (gram_rows, gram_columns))
    return (*ranks, rows, bounds, columns, checks.column_cells(k, s, d), *others)


def any_size(k: int, s: int, d: int, p: int, q: int, mode: str) -> sc.Operator:
    kernel = sc.Kernel.symbolic("k", k)
    return sc.conv(kernel, 6 * m, stride=s, dilation=d, padding=((p, q),), padding_mode=mode)


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
    "Wang et al. 2020": "wang2020orthogonal",
    "Araujo et al. 2021, arXiv:2006.08391": "araujo2021lipschitz",
    "Yi 2020, arXiv:2006.07117": "yi2020asymptotic",
    "Sedghi et al. 2019, arXiv:1805.10408": "sedghi2019singular",
    "Singla and Feizi 2021, arXiv:1911.10258": "singla2021fantastic",
    "Delattre et al. 2024, arXiv:2402.00240": "delattre2024spectral",
    "Chollet 2017, Xception, arXiv:1610.02357": "chollet2017xception",
    "Ding et al. 2019, ACNet, arXiv:1908.03930": "ding2019acnet",
    "Ding et al. 2021, Diverse Branch Block, arXiv:2103.13425": "ding2021diverse",
    "Ding et al. 2021, RepVGG, arXiv:2101.03697": "ding2021repvgg",
    "Simonyan and Zisserman 2015, VGG, arXiv:1409.1556": "simonyan2015very",
}


SHORTER = {
    "& symconv ": "& here ",
    "& symconv, on": "& here, on",
    "relationship": "rel.",
    "section": "sec.",
    "chapter": "ch.",
    "equation 4": "eq. 4",
    "PyTorch, Conv2d; ONNX, Conv ": "PyTorch ",
    "PyTorch documentation, torch.nn.Fold": "PyTorch, Fold",
    "PyTorch, ConvTranspose2d; ONNX, ConvTranspose ": "PyTorch ",
    r"\addlinespace[3pt]": r"\addlinespace[1pt]",
}


def catalogue() -> str:
    """The table of statements, its sources as citations, with what was checked of each."""
    text = sc.statements().to_longtable()
    for name, key in CITED.items():
        text = text.replace(name, rf"\cite{{{key}}}")
    for long, short in SHORTER.items():
        text = text.replace(long, short)
    for wide, narrow in WIDTHS.items():
        text = text.replace(rf"p{{{wide}\textwidth}}", rf"p{{{narrow}\textwidth}}")
    text = text.replace(r"textwidth}@{}}", r"textwidth}r@{}}", 1)
    text = text.replace(r"& source \\", r"& source & checked \\", 1)
    parts = text.split(r" \\ \addlinespace")
    checked = [
        f"{row} & {tally(key)}" for row, key in zip(parts, sc.statements().keys, strict=False)
    ]
    return r" \\ \addlinespace".join([*checked, *parts[len(checked) :]])


WIDTHS = {"0.3": "0.34", "0.5": "0.41", "0.16": "0.115"}


def tally(key: str) -> str:
    """Geometries checked, and families of sizes for which the statement is proved."""
    found = checks.verified(key)
    return f"${found.checked} + {len(found.proved)}$" if found.proved else f"${found.checked}$"
