"""What ``explore`` shows: from where its controls stand to formulas, code and sentences."""

from __future__ import annotations

from functools import lru_cache
from math import prod
from typing import Any

from symconv.errors import ConventionError, SymconvError
from symconv.frameworks.torch import to_torch_kwargs
from symconv.jupyter.settings import Setting, operator_of, operator_of_any_size, rows_of
from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator
from symconv.operators.size_formulas import output_size, transposed_output_size
from symconv.plotting.scenes import scenes_of
from symconv.plotting.steps import steps_of
from symconv.plotting.svg import svg
from symconv.printing.latex import titled_latex
from symconv.printing.representations import screen_latex
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.notation import current
from symconv.typesetting.notebook import notebook_latex

# Printed characters beside which a notebook has no room.
WIDEST = 80
# Pairs of terms that are multiplied and printed within a second.
MOST_PAIRS = 14_000
MOST_PAIRS_AT_ONCE = 7_000


# --- formulas ----------------------------------------------------------------------------------


def name_of(setting: Setting) -> str:
    """C for a convolution, T for a transposed one."""
    return "T" if setting.transposed else "C"


def matrix_formula(setting: Setting) -> str:
    r"""The matrix, in dollars.

    >>> print(matrix_formula(Setting(axes=1, kernel_size=2, size=2)))
    $\displaystyle C = \left[\begin{matrix}k_{0} & k_{1}\end{matrix}\right]$
    """
    return _equation(name_of(setting), operator_of(setting))


@lru_cache(maxsize=64)
def product_formulas(setting: Setting) -> tuple[str, str]:
    """The products with the transpose on either side, in dollars."""
    rows, columns = (_product_formula(setting, by_rows) for by_rows in (True, False))
    return rows, columns


def _product_formula(setting: Setting, by_rows: bool) -> str:
    """The matrix whole or by the names r_δ; where that is too wide, by its blocks."""
    title, product = _product(setting, operator_of(setting), by_rows)
    return notebook_latex(titled_latex(product, title, WIDEST)) or _too_large(title, product)


def _product(setting: Setting, C: Operator, by_rows: bool) -> tuple[str, Operator]:
    if pair_count(C) > MOST_PAIRS:
        raise SymconvError(
            f"a product of {len(C.terms)} terms with as many takes longer than a page may: take a "
            "smaller kernel, less padding or another padding mode, or write C @ C.T in a cell"
        )
    title = current().signed(gram_latex(name_of(setting), by_rows))
    return title, C @ C.T if by_rows else C.T @ C


def pair_count(operator: Operator) -> int:
    """How many pairs of terms its product with the transpose has.

    >>> pair_count(operator_of(Setting()))
    81
    """
    return len(operator.terms) ** 2


def _equation(name: str, operator: Operator) -> str:
    return notebook_latex(titled_latex(operator, name, WIDEST)) or _too_large(name, operator)


def _too_large(name: str, operator: Operator) -> str:
    rows, cols = operator.shape
    return rf"${name}$ is a {rows} × {cols} matrix, too large to draw."


@lru_cache(maxsize=64)
def closed_formulas(setting: Setting) -> tuple[str, str]:
    """Both products for every image size, and what their names mean, in dollars."""
    rows, columns = (_closed_formula(setting, by_rows) for by_rows in (True, False))
    return rows, columns


def _closed_formula(setting: Setting, by_rows: bool) -> str:
    title, product = _product(setting, operator_of_any_size(setting), by_rows)
    form = product.closed_form()
    # On two axes the names are many, and the same for both products.
    named = setting.has_symbols and (by_rows or setting.axes == 1)
    shown = notebook_latex(screen_latex(form.two_level if named else form, title))
    return (
        shown or rf"The {len(form)} cases of $\left({title}\right)_{{i,j}}$ are too many to draw."
    )


def latex_source(setting: Setting) -> list[str]:
    """LaTeX of the matrix, of the products and of their closed forms, for a paper (amsmath)."""
    formulas = [matrix_formula(setting)]
    left_out = []
    for title, operator, written in (
        ("the products", operator_of(setting), product_formulas),
        ("the closed forms", operator_of_any_size(setting), closed_formulas),
    ):
        if pair_count(operator) <= MOST_PAIRS_AT_ONCE:
            formulas += written(setting)
        else:
            left_out.append(f"% {title} take longer than this page may: sc.latex(…) in a cell")
    begin = r"$\displaystyle "
    bare = (f.removeprefix(begin).removesuffix("$") for f in formulas if f.startswith(begin))
    return [*(formula.replace(r"\\", "\\\\\n") for formula in bare), *left_out]


# --- code --------------------------------------------------------------------------------------


def symconv_code(setting: Setting) -> str:
    """The call that makes the operator.

    >>> print(symconv_code(Setting(stride=2)))
    K = sc.Kernel.symbolic("k", (3, 3))
    C = sc.conv(K, (4, 4), stride=2)
    """
    shape, sizes = ((n,) * setting.axes for n in (setting.kernel_size, setting.size))
    kernel = (
        f'sc.Kernel.symbolic("k", {shape})' if setting.symbolic else f"sc.Kernel.arange({shape})"
    )
    if setting.entries.strip():
        rows = rows_of(setting.entries)
        kernel = (
            f"sc.Kernel({rows if setting.axes == 2 else [entry for row in rows for entry in row]})"
        )
    given = {name: getattr(setting, name) for name in CONTROLS if _is_set(setting, name)}
    arguments = "".join(f", {name}={value!r}" for name, value in given.items())
    function = "conv_transpose" if setting.transposed else "conv"
    return f"K = {kernel}\n{name_of(setting)} = sc.{function}(K, {sizes}{arguments})"


CONTROLS = ("stride", "padding", "dilation", "output_padding", "padding_mode")


def _is_set(setting: Setting, name: str) -> bool:
    return bool(getattr(setting, name) != getattr(Setting(), name))


def torch_code(setting: Setting) -> str:
    """PyTorch code of the same layer, or a comment that says why PyTorch has none."""
    try:
        kwargs = dict(to_torch_kwargs(operator_of(setting)))
    except ConventionError as error:
        return f"# PyTorch has no such layer: {error}"
    layer = kwargs.pop("layer")
    arguments = "".join(f"    {name}={value!r},\n" for name, value in kwargs.items())
    shape = (1, 1, *(setting.size,) * setting.axes)
    lines = ["import torch", "", f"layer = torch.nn.{layer}(\n{arguments})"]
    if not setting.has_symbols:
        lines.append(
            f"weight = {_torch_weight(setting)}.reshape(layer.weight.shape)\n"
            "layer.weight = torch.nn.Parameter(weight)"
        )
    return "\n".join([*lines, f"y = layer(torch.ones{shape})"])


def _torch_weight(setting: Setting) -> str:
    if setting.entries.strip():
        return f"torch.tensor({[float(entry) for entry in setting.kernel.entries]})"
    return f"torch.arange(1.0, {setting.kernel_size**setting.axes + 1})"


# --- pictures ----------------------------------------------------------------------------------


def step_count(setting: Setting) -> int:
    """How many windows gather, or how many pixels spread.

    >>> step_count(Setting()), step_count(Setting(transposed=True))
    (4, 16)
    """
    C = operator_of(setting)
    return prod(C.input_size if setting.transposed else C.output_size)


def step_picture(setting: Setting) -> str:
    """One step at work beside its row or column of the matrix, as SVG."""
    steps = steps_of(operator_of(setting))
    number = min(setting.step, len(steps) - 1)
    picture = svg(scenes_of(steps, [number]), 1, f"{steps.how}, step {number}")
    # On a narrow page letters stay as large as they are, and the picture is moved.
    return f'<div style="overflow-x:auto">{picture}</div>'


# --- words -------------------------------------------------------------------------------------


def headline(setting: Setting) -> str:
    """Sizes in one line.

    >>> headline(Setting())
    '4 × 4 pixels to 2 × 2 pixels: a matrix of 4 rows and 16 columns'
    """
    C = operator_of(setting)
    images = " to ".join(
        " × ".join(map(str, size)) + (" pixel" if prod(size) == 1 else " pixels")
        for size in (C.input_size, C.output_size)
    )
    return f"{images}: a matrix of {_count(C.shape[0], 'row')} and {_count(C.shape[1], 'column')}"


def _count(number: Any, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def explanation(setting: Setting) -> list[str]:
    """What the matrix says about the layer, in sentences."""
    C = operator_of(setting)
    rows, cols = concrete_shape(C.rows, C.cols)
    taps = setting.kernel_size**setting.axes
    said = [_size_sentence(setting), *_control_sentences(setting)]
    if setting.transposed:
        said.append(
            f"Each column is the kernel as one input pixel spreads it: at most {taps} entries that "
            "add up where they overlap."
        )
    else:
        said.append(
            f"Each row is one place of the window: at most {taps} entries that gather pixels."
        )
    small, large = min(rows, cols), max(rows, cols)
    if small < large:
        said.append(
            f"The transpose cannot undo it: {large} pixels pass through {small}, so the larger of "
            f"the two products has rank {small} at most and is not the identity."
        )
    return said


def _size_sentence(setting: Setting) -> str:
    n, k, s, p, d = (
        setting.size, setting.kernel_size, setting.stride, setting.padding, setting.dilation
    )  # fmt: skip
    covered = f"{d}·({k} − 1) + 1 = {d * (k - 1) + 1}"
    if setting.transposed:
        a = setting.output_padding
        result = transposed_output_size(n, k, s, p, d, a)
        return (
            f"Along each axis the kernel covers {covered} pixels, and the output has "
            f"{s}·({n} − 1) + {d * (k - 1) + 1} − 2·{p} + {a} = {result}."
        )
    result = output_size(n, k, s, p, d)
    return (
        f"Along each axis the kernel covers {covered} pixels, and there are "
        f"⌊({n} + 2·{p} − {d * (k - 1) + 1}) / {s}⌋ + 1 = {result} places for it."
    )


def _control_sentences(setting: Setting) -> list[str]:
    """One sentence for each control that is not where it starts."""
    C, s = operator_of(setting), setting.stride
    lines = "column" if setting.transposed else "row"
    said = {
        "stride": f"Stride {s}: from one {lines} to the next, the entries move by {s} pixels.",
        "dilation": f"Dilation {setting.dilation}: taps stand {setting.dilation} pixels apart.",
        "output_padding": (
            f"Output padding {setting.output_padding}: the convolution of stride {s} gives the "
            f"same size from several; this picks {C.output_size[0]}."
        ),
        "padding": _padding_sentence(setting),
    }
    return [sentence for name, sentence in said.items() if _is_set(setting, name)]


def _padding_sentence(setting: Setting) -> str:
    p, mode = setting.padding, setting.padding_mode
    if setting.transposed:
        pixels = "1 pixel" if p == 1 else f"{p} pixels"
        return f"Padding {p} crops the output, on every side by {pixels}."
    fills = {
        "zeros": "holds zeros, so rows near the border have fewer entries",
        "circular": "continues with the other side of the image, so the entries wrap around",
        "reflect": "mirrors the image without its last pixel, so entries fall on pixels inside",
        "replicate": "repeats the last pixel, so that its column collects several taps",
        "symmetric": "mirrors the image, so entries fall on pixels inside",
    }
    return f"Padding {p}: outside, the image {fills[mode]}."
