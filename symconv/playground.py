"""What the playground of the site shows of a layer: it runs in a browser, with SymPy alone.

The state is one text, the query of the page's address, so that a layer can be linked to:
``kernel=3x3&size=n&stride=2``. Nothing of it is evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from functools import lru_cache
from html import escape
from math import prod
from typing import Any
from urllib.parse import parse_qsl

import sympy as sp

from symconv.analysis.explanation import explain
from symconv.arguments import parse_choice, shown
from symconv.cli.inputs import read_image, read_operator, read_sizes
from symconv.determinants.determinants import determinant
from symconv.errors import ParseError, SymconvError
from symconv.frameworks.code import FRAMEWORKS, to_code
from symconv.jupyter.linked_pictures import linked_pictures
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.plotting.animation import animate
from symconv.printing.latex import titled_latex
from symconv.printing.representations import screen_latex
from symconv.spectra.spectra import singular_values
from symconv.typesetting.index_expressions import gram_latex
from symconv.typesetting.notebook import notebook_latex
from symconv.typesetting.typesetter import Typesetter

PRODUCTS = ("C", "CCt", "CtC")
# Printed characters beside which a page has no room, and pixels that a film shows one by one.
WIDEST = 80
MOST_FRAMES = 100
# Pixels an axis where a picture or a line of code wants a number for a size symbol.
PICTURED = {1: 6, 2: 4}


@dataclass(frozen=True)
class Form:
    """What the form of the playground says, as the command line has it.

    Attributes:
        kernel: a size, "3x3", or entries, "1,2;3,a".
        size: of the image: "4x4", "n", "2*m+1,n".
        stride, padding, dilation, output_padding, padding_mode: as text.
        transposed: "1" for a transposed convolution.
        product: "C", "CCt" or "CtC".
    """

    kernel: str = "3"
    size: str = "n"
    stride: str = "1"
    padding: str = "0"
    dilation: str = "1"
    output_padding: str = "0"
    padding_mode: str = "zeros"
    transposed: str = ""
    product: str = "CtC"


def form_of(query: str) -> Form:
    """The form from the query of an address.

    Raises:
        ParseError: a field that there is not.

    >>> form_of("kernel=1,2%3B3,4&size=4x4").kernel
    '1,2;3,4'
    """
    given = dict(parse_qsl(query, keep_blank_values=True))
    known = [field.name for field in fields(Form)]
    for name in given:
        if name not in known:
            raise ParseError(f"the address names {shown(name)}; there are {', '.join(known)}")
    return Form(**given)


def titles() -> list[str]:
    """What the page shows, in order."""
    return list(SECTIONS)


def section(title: str, query: str) -> str:
    """One part of the page, or why there is none, as HTML with formulas in dollars.

    >>> print(section("Formula", "kernel=2&size=2&product=C"))
    <div>$\\displaystyle C = \\left[\\begin{matrix}k_{0} & k_{1}\\end{matrix}\\right]$</div>
    """
    try:
        return SECTIONS[title](form_of(query))
    except SymconvError as error:
        said = str(error).replace("--input", "size").replace("--", "")
        return f'<p role="alert">{escape(said)}</p>'


# --- the layer ---------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def _layer(form: Form) -> tuple[Operator, Kernel]:
    given = {name: text.strip() for name, text in asdict(form).items()}
    del given["product"]
    return read_operator(**given | {"transpose": bool(given.pop("transposed"))})


@lru_cache(maxsize=32)
def _product(form: Form) -> Operator:
    C, _ = _layer(form)
    match parse_choice("product", form.product, PRODUCTS):
        case "CCt":
            return C @ C.T
        case "CtC":
            return C.T @ C
    return C


def _name(form: Form) -> str:
    letter = "T" if form.transposed else "C"
    return letter if form.product == "C" else gram_latex(letter, form.product == "CCt")


def _of_any_size(form: Form) -> Form:
    """The same layer on n pixels, or on s n + r where a stride makes the remainder matter."""
    C, kernel = _layer(form)
    if C.size_symbols:
        return form
    taken = {symbol.name for symbol in kernel.free_symbols}
    name = next(letter for letter in ("n", "m", "N", "M", "size") if letter not in taken)
    strides = [1] * kernel.ndim if form.transposed else _each(form.stride, kernel.ndim)
    sizes = _each(form.size, kernel.ndim)
    pairs = zip(strides, sizes, strict=True)
    return replace(form, size=",".join(f"{s}*{name}+{size % s}" for s, size in pairs))


def _each(text: str, ndim: int) -> list[int]:
    found = read_sizes(text, "--stride")
    return [found] * ndim if isinstance(found, int) else found


@lru_cache(maxsize=32)
def _at_numbers(form: Form) -> tuple[Operator, Mapping[sp.Symbol, int]]:
    """The layer, of a small size where it has none, and what that size is."""
    C, kernel = _layer(form)
    least = PICTURED.get(kernel.ndim, 1)
    sizes = {n: max(C.valid_from.get(n, 1), least) for n in C.size_symbols}
    return (C.at(sizes) if sizes else C), sizes


def _where(sizes: Mapping[sp.Symbol, int]) -> str:
    shown = ", ".join(f"{n} = {value}" for n, value in sizes.items())
    return f"<p>For {escape(shown)}:</p>" if sizes else ""


# --- the parts of the page ---------------------------------------------------------------------


def _formula(form: Form) -> str:
    operator = _product(form)
    return _shown(_whole(operator, _name(form)), operator)


def _whole(operator: Operator, name: str) -> str:
    """The matrix by its name; the formula of an entry says itself what it is of."""
    if not operator.size_symbols:
        return titled_latex(operator, name, WIDEST)
    shown = operator._latex(Typesetter())
    return f"{name} = {shown}" if shown.startswith(r"\left[") else shown


def _closed(form: Form) -> str:
    operator = _product(_of_any_size(form))
    closed = operator.closed_form()
    named = closed.two_level if operator.gram and operator.entry_symbols else closed
    return _shown(screen_latex(named, _name(form)), operator)


def _words(form: Form) -> str:
    said = str(explain(_layer(form)[0]))
    return "".join(f"<p>{escape(part)}</p>" for part in said.split("\n") if part)


def _determinant(form: Form) -> str:
    operator = _product(form)
    rows, cols = operator.shape
    if rows != cols:
        return f"<p>{rows} × {cols}: only a square matrix has a determinant.</p>"
    return _shown(determinant(operator)._latex(Typesetter()), operator)


def _spectrum(form: Form) -> str:
    """The singular values of the layer: their squares are the eigenvalues of both products."""
    operator, _ = _layer(form)
    found = singular_values(operator)
    if found.matrix is None and found.listed is None:
        return f"<p>{escape(found.method)}</p>"
    return _shown(found._latex(Typesetter()), operator)


def _code(form: Form) -> str:
    operator, sizes = _at_numbers(form)
    parts = [f"<h4>symconv</h4>{_source(_symconv_code(form))}"]
    for framework in FRAMEWORKS:
        try:
            shown = _source(to_code(operator, framework))
        except SymconvError as error:
            shown = f"<p>{escape(str(error))}</p>"
        parts.append(f"<h4>{framework}</h4>{shown}")
    return _where(sizes) + "".join(parts)


def _symconv_code(form: Form) -> str:
    """The call that makes the operator."""
    _, kernel = _layer(form)
    size = read_image(form.size, kernel)
    names = sorted(_layer(form)[0].size_symbols, key=str)
    lines = ["import sympy as sp, symconv as sc", ""]
    if names:
        joined, quoted = ", ".join(map(str, names)), " ".join(map(str, names))
        lines.append(f'{joined} = sp.symbols("{quoted}")')
    typed = any(character in form.kernel for character in ",;")
    shape = kernel.size if kernel.ndim > 1 else kernel.size[0]
    texts = [[str(entry) for entry in row] for row in _rows(kernel)]
    entries: Any = texts if ";" in form.kernel else texts[0]
    lines.append(
        f"K = sc.Kernel({entries!r})" if typed else f'K = sc.Kernel.symbolic("k", {shape!r})'
    )
    size_code = f"({', '.join(map(str, size))})" if isinstance(size, list) else str(size)
    given = "".join(
        f", {name}={_value(getattr(form, name))}"
        for name in ("stride", "padding", "dilation", "output_padding", "padding_mode")
        if getattr(form, name) != getattr(Form(), name)
    )
    letter = "T" if form.transposed else "C"
    function = "conv_transpose" if form.transposed else "conv"
    lines.append(f"{letter} = sc.{function}(K, {size_code}{given})")
    product = {"C": letter, "CCt": f"{letter} @ {letter}.T", "CtC": f"{letter}.T @ {letter}"}
    lines.append(f"print(sc.latex({product[form.product]}))")
    return "\n".join(lines)


def _rows(kernel: Kernel) -> list[list[sp.Expr]]:
    width = kernel.size[-1]
    return [list(kernel.entries[i : i + width]) for i in range(0, prod(kernel.size), width)]


def _value(text: str) -> str:
    """An argument as code: numbers as they are, one an axis or a pair an axis as tuples."""
    if ":" in text:
        pairs = text.replace("x", ",").split(",")
        inner = ", ".join(f"({low}, {high})" for low, high in (pair.split(":") for pair in pairs))
        return f"({inner},)" if len(pairs) == 1 else f"({inner})"
    numbers = text.replace("x", ",").split(",")
    if not all(number.strip().lstrip("-").isdigit() for number in numbers):
        return repr(text)
    return f"({', '.join(numbers)})" if len(numbers) > 1 else text


def _latex(form: Form) -> str:
    operator, any_size = _product(form), _product(_of_any_size(form))
    lines = [_whole(operator, _name(form))]
    lines.append(screen_latex(any_size.closed_form(), _name(form)))
    return "".join(_source(line.replace(r"\\", "\\\\\n")) for line in dict.fromkeys(lines))


def _picture(form: Form) -> str:
    operator, sizes = _at_numbers(form)
    return _where(sizes) + linked_pictures(_layer(form)[1], operator)


def _film(form: Form) -> str:
    operator, sizes = _at_numbers(form)
    frames = max(prod(operator.output_size), prod(operator.input_size))
    if frames > MOST_FRAMES:
        return f"<p>{frames} pixels are many steps: take at most {MOST_FRAMES} for a film.</p>"
    return _where(sizes) + animate(operator).svg


def _shown(latex: str, operator: Operator) -> str:
    drawn = notebook_latex(latex)
    rows, cols = operator.shape
    too_large = f"A {rows} × {cols} matrix, too large to draw; its LaTeX is below."
    return f"<div>{drawn if drawn is not None else too_large}</div>"


def _source(code: str) -> str:
    return f"<pre>{escape(code)}</pre>"


SECTIONS: dict[str, Callable[[Form], str]] = {
    "Formula": _formula,
    "Closed form for every size": _closed,
    "In words": _words,
    "Determinant": _determinant,
    "Singular values": _spectrum,
    "Code": _code,
    "LaTeX": _latex,
    "Picture": _picture,
    "Film": _film,
}
