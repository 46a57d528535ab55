"""LaTeX for papers and notebooks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any, Literal, get_args

import sympy as sp

from symconv.algebra.sizes import LONGEST
from symconv.arguments import parse_choice, parse_flag, shown
from symconv.errors import ShapeError, SymconvError
from symconv.operators.boundary_split import Split
from symconv.operators.closed_form import ClosedForm
from symconv.operators.entries import concrete_shape
from symconv.operators.operator import Operator
from symconv.operators.sympy_matrix import OperatorMatrix
from symconv.printing.blocks import blocks_display, has_blocks, reads_as_blocks
from symconv.printing.closed_forms import (
    closed_form_display,
    entry_display,
    names_of,
    naming,
    part_display,
    with_names,
)
from symconv.printing.coloured_entries import coloured
from symconv.printing.elided import elided, entry_function
from symconv.printing.factors import monomials
from symconv.printing.headings import headed, over_one, with_size
from symconv.printing.kronecker import kron_display, kron_parts, kron_sum_display
from symconv.printing.representations import as_read, operator_in, split_latex, written
from symconv.printing.toeplitz_products import has_toeplitz_factors, toeplitz_display
from symconv.typesetting.displays import Display, titled, width
from symconv.typesetting.matrices import (
    KEPT,
    MOST_ENTRIES,
    MOST_LINES,
    Matrix,
    Sized,
    is_wide,
    matrix_display,
)
from symconv.typesetting.notation import Notation, Taps, Transpose, chosen
from symconv.typesetting.options import named, parse_most, parse_settings
from symconv.typesetting.symbols import spelled_out
from symconv.typesetting.typesetter import Typesetter, typesetter

Form = Literal["full", "elided", "blocks", "closed", "kron"]
Dialect = Literal["mathjax", "latex", "katex"]
FORMS: tuple[Form, ...] = get_args(Form)
# These show the factors of a product and the terms of a sum; the others the matrix alone.
AS_MADE = ("blocks", "kron")
DIALECTS: tuple[Dialect, ...] = get_args(Dialect)

MOST_NAMED = 2 * KEPT + 1
PACKAGES = (
    ("nicematrix", r"Nice(Matrix|Array)"),
    ("xcolor", r"\\color"),
    ("amssymb", r"\\(mathbb|backprime)"),
    ("amsmath", r"\\(text|begin|underbrace|mathsf|pmod)"),
)


def latex(
    obj: Any,
    form: Form | None = None,
    *,
    two_level: bool = False,
    colours: bool = False,
    max_entries: int = MOST_ENTRIES,
    dialect: Dialect = "mathjax",
    notation: Notation | None = None,
    name: str | None = None,
    transpose: Transpose | None = None,
    index_from: int | None = None,
    taps: Taps | None = None,
    shape: bool | None = None,
    **settings: Any,
) -> str:
    r"""LaTeX of an operator, a closed form, a kernel, a derivation or anything that SymPy prints.

    Names that come from users print as text where they are no names of mathematics.

    Args:
        obj: what to print.
        form: of an operator or a closed form,
            "full" (every entry),
            "elided" (corners, and dots that follow the bands between them),
            "blocks" (Toeplitz blocks T(k_a), one a row of the kernel, and what they are; on one
            axis T(k) itself),
            "closed" (the entry as a formula: Toeplitz minus boundary where there is such a split),
            "kron" (one Kronecker product of shifts a tap; sums and products multiplied out), or
            None: what can be read, with dots where it is long and r_δ where it is wide.
        two_level: write r_δ for the sums in C @ C.T and C.T @ C, and define them beside.
        colours: one colour a tap.
        max_entries: how many entries a matrix may show, 1 or more.
        dialect: "mathjax" or "katex" for browsers: what MathJax 2.7 and 3 and KaTeX take, and but
            for colours pdflatex (with amsmath); "latex" for nicematrix, with the packages in a
            comment at the top, colours as xcolor has them, and letters that pdflatex lacks by
            their number.
        notation: how the author writes; what was set for the notebook where it is left out.
        name, transpose, index_from, taps, shape: as in :class:`symconv.Notation`, for this call.
        settings: those of ``sympy.latex``, such as mat_str, mode or symbol_names, whose symbols
            are known by how they print, whatever they are assumed to be.

    Raises:
        SymconvError: an unknown form, dialect or option, symbol_names of which the object has none,
            or a form that does not fit; the message says what does.

    >>> import symconv as sc
    >>> print(latex(sc.conv(sc.Kernel([1, 2]), 3), form="full"))
    \left[\begin{matrix}1 & 2 & 0\\0 & 1 & 2\end{matrix}\right]
    """
    dialect = parse_choice("dialect", dialect, DIALECTS)
    form = None if form is None else parse_choice("form", form, FORMS)
    two_level, colours = parse_flag("two_level", two_level), parse_flag("colours", colours)
    obj = obj.operator if isinstance(obj, OperatorMatrix) else obj
    author = chosen(
        notation, name=name, transpose=transpose, index_from=index_from, taps=taps, shape=shape
    )
    shown = _Shown(
        obj if form in AS_MADE else as_read(obj, author),
        form,
        two_level,
        colours,
        parse_most(max_entries),
    )
    settings = parse_settings(settings)
    if settings.get("symbol_names"):
        settings["symbol_names"] = named(obj, settings["symbol_names"], shown.names())
    with author:
        text = str(Typesetter(settings, dialect).doprint(shown))
    return _with_packages(spelled_out(text)) if dialect == "latex" else text


def titled_latex(operator: Operator, name: str, widest: int) -> str:
    """An equation for a screen: the matrix whole or by the names r_δ; where it is wide, by blocks.

    Args:
        operator: what is shown.
        name: what it is called.
        widest: how many characters wide it may be.
    """
    printer = Typesetter()
    shown = _Shown(as_read(operator), None, False, False, MOST_ENTRIES)
    display = shown.display(printer)
    if width(display) > widest and "blocks" in fitting_forms(operator):
        display = replace(shown, form="blocks").display(printer)
    return written(titled(name, display), operator, printer)


def fitting_forms(obj: Any, max_entries: float = MOST_ENTRIES) -> tuple[Form, ...]:
    """The forms that an object has; "full" up to so many entries.

    >>> import symconv as sc
    >>> fitting_forms(sc.conv([1, 2], 3)), fitting_forms(sc.Kernel([1]))
    (('full', 'elided', 'blocks', 'closed', 'kron'), ())
    """
    if isinstance(obj, Split):
        matrices = fitting_forms(obj.toeplitz, max_entries)
        return tuple(form for form in matrices if form in ("full", "elided"))
    operator = operator_in(obj)
    if operator is None:
        return ()
    fits = {
        "full": not operator.size_symbols and prod(operator.shape) <= max_entries,
        "elided": True,
        "blocks": _has_toeplitz(operator) if _has_one_block(operator) else has_blocks(operator),
        "closed": True,
        "kron": kron_parts(operator)[0] is not None or _can_multiply(operator),
    }
    return tuple(form for form in FORMS if fits[form])


def _can_multiply(operator: Operator) -> bool:
    """Whether an operator is a sum of products that can be read."""
    try:
        monomials(operator)
    except SymconvError:
        return False
    return True


def _has_toeplitz(operator: Operator) -> bool:
    """Whether it is a sum of products of Toeplitz matrices that can be read."""
    return _can_multiply(operator) and has_toeplitz_factors(operator)


def _has_one_block(operator: Operator) -> bool:
    return len(operator.rows) == 2 and (operator.rows[0], operator.cols[0]) == (1, 1)


@dataclass(frozen=True)
class _Shown:
    """An object in one of the forms, as SymPy's printers take it."""

    obj: Any
    form: Form | None
    two_level: bool
    colours: bool
    max_entries: int

    @property
    def _form(self) -> ClosedForm:
        found: ClosedForm = self.obj if isinstance(self.obj, ClosedForm) else self.obj.closed_form()
        return found.two_level if self.two_level else found

    def _latex(self, printer: Any) -> str:
        printer = typesetter(printer, self.obj)
        if not isinstance(self.obj, Operator | ClosedForm):
            return self._other(printer)
        form = self._checked(self._form)
        if self.colours:
            operator, printer = coloured(form.operator, printer)
            form = replace(form, operator=operator)
        shown = headed(self._formed(form, printer), form.operator, printer)
        return written(shown, form.operator, printer)

    def display(self, printer: Typesetter) -> Display:
        """The operator or closed form as a display, in which no letters are chosen yet."""
        return self._formed(self._checked(self._form), printer)

    def _checked(self, form: ClosedForm) -> ClosedForm:
        has_no_rows = self.form == "full" and form.operator.size_symbols
        if self.form not in (None, *FORMS) or has_no_rows:
            raise _no_fit(self.form, self.obj)
        return form

    def names(self) -> Iterable[sp.Symbol]:
        """The symbols that stand for sums in what is printed."""
        is_named = isinstance(self.obj, Operator | ClosedForm)
        return _checked_names(self._form) if is_named else ()

    def _other(self, printer: Typesetter) -> str:
        """Anything that is no matrix: as it prints itself."""
        if self.form is not None and self.form not in fitting_forms(self.obj):
            raise _no_fit(self.form, self.obj)
        if isinstance(self.obj, Split):
            return self._split(self.obj, printer)
        if self.two_level or self.colours:
            name = "two_level" if self.two_level else "colours"
            kind = type(self.obj).__name__
            raise SymconvError(f"{name}=True is for operators and closed forms, not for a {kind}")
        if isinstance(self.obj, int) and abs(self.obj) > LONGEST:
            raise SymconvError(f"{shown(self.obj)} is too long to print")
        return str(printer._print(self.obj))

    def _split(self, split: Split, printer: Typesetter) -> str:
        """Both parts in the form; the names are those of the first."""

        def show(operator: Operator) -> Display:
            part = replace(
                self, obj=operator, two_level=self.two_level and operator is split.toeplitz
            )
            if self.form is None and operator.size_symbols:
                return part_display(part._form, printer)
            return part._latex(printer)

        by_sums = self.form is None and not (self.two_level or self.colours)
        return split_latex(split, printer, show, by_sums)

    def _formed(self, form: ClosedForm, printer: Typesetter) -> Display:
        operator: Operator = form.operator
        scaled = self._over_one(operator, printer)
        if scaled is not None:
            return scaled
        match self.form:
            case "blocks":
                write = toeplitz_display if _has_one_block(operator) else blocks_display
                return write(operator, printer, self.max_entries)
            case "closed":
                return entry_display(form, printer, self.max_entries)
            case "kron" if self.two_level:
                raise SymconvError("two_level=True writes r_δ, which form='kron' has not")
            case "kron":
                known = kron_parts(operator)[0] is not None
                return (kron_display if known else kron_sum_display)(operator, printer)
        if self.form is None and (operator.size_symbols or isinstance(self.obj, ClosedForm)):
            return closed_form_display(form, printer)
        return self._matrix(form, printer)

    def _over_one(self, operator: Operator, printer: Typesetter) -> Display | None:
        """A fraction that all entries share, printed once; the formula of an entry has one name."""
        is_formula = self.form == "closed" or (self.form is None and operator.size_symbols)
        named = is_formula and printer.notation.name
        given = isinstance(self.obj, Operator) and not (self.two_level or self.colours)
        has_left_side = self.form == "blocks" and _has_one_block(operator)
        if not given or named or has_left_side or self.form == "kron":
            return None

        def show(inner: Operator) -> Display:
            return replace(self, obj=inner)._formed(inner.closed_form(), printer)

        return over_one(operator, show)

    def _matrix(self, form: ClosedForm, printer: Typesetter) -> Display:
        """The matrix, and what the names in it stand for."""
        is_plain = self.form is None and not (form.abbreviated or form.operator.size_symbols)
        if is_plain and max(form.operator.shape) > MOST_LINES and reads_as_blocks(form.operator):
            return self._blocks(form.operator, printer)
        if is_plain and self._wants_names(form, printer):
            form = form.two_level
        names, printer = _checked_names(form), naming(form, printer)
        entries = self._entries(form, printer)
        is_elided = is_plain and not form.abbreviated and isinstance(entries, Sized)
        if is_elided and reads_as_blocks(form.operator):
            return self._blocks(form.operator, printer)
        return with_names(entries, names, printer)

    def _blocks(self, operator: Operator, printer: Typesetter) -> Display:
        """The matrix of its blocks, with the size of the whole."""
        return with_size(blocks_display(operator, printer, self.max_entries), operator, printer)

    def _entries(self, form: ClosedForm, printer: Typesetter) -> Matrix | Sized:
        operator: Operator = form.operator
        if self.form == "elided" or operator.size_symbols:
            return elided(form, printer, self.max_entries)
        shape = concrete_shape(operator.rows, operator.cols)
        full: Literal["full"] | None = "full" if self.form else None
        return matrix_display(shape, entry_function(form), printer, full, self.max_entries)

    def _wants_names(self, form: ClosedForm, printer: Typesetter) -> bool:
        """Whether only the names r_δ make a product narrow enough for a page."""
        operator: Operator = form.operator
        if not operator.gram:
            return False
        shape = concrete_shape(operator.rows, operator.cols)
        # Wider matrices are elided, and what is left of them has few such sums.
        if shape[1] > MOST_NAMED:
            return False
        has_symbols = any(expr.free_symbols for expr in form.names.values())
        return has_symbols and is_wide(shape, entry_function(form), printer, self.max_entries)


def _checked_names(form: ClosedForm) -> Mapping[sp.Symbol, sp.Expr]:
    """The names of a form; where it has none at its size, an error that says why."""
    if form.abbreviated and not (form.names or form.operator.size_symbols):
        raise SymconvError(
            "two_level=True names the sums r_δ in C @ C.T and C.T @ C of one channel, and "
            f"{form.operator!r} is no such product"
        )
    return names_of(form)


def _no_fit(form: Any, obj: Any) -> SymconvError:
    if form not in FORMS:
        return SymconvError(f"form {form!r} is not one of {', '.join(FORMS)}")
    fits = ", ".join(fitting_forms(obj)) or "none, it prints without a form"
    operator = operator_in(obj)
    if operator is None:
        return SymconvError(f"form={form!r} does not fit a {type(obj).__name__}; these do: {fits}")
    sizes = ", ".join(map(str, operator.output_size))
    why = f", whose size ({sizes}) is symbolic" if operator.size_symbols else ""
    return ShapeError(f"form={form!r} does not fit {obj!r}{why}; these do: {fits}")


def _with_packages(text: str) -> str:
    """The LaTeX under a comment with the packages that it needs."""
    found = [name for name, pattern in reversed(PACKAGES) if re.search(pattern, text)]
    return rf"% \usepackage{{{','.join(found)}}}" + f"\n{text}" if found else text
