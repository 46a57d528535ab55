"""LaTeX for papers and notebooks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv.errors import SymconvError
from symconv.explicit import concrete_shape
from symconv.operator import Operator
from symconv.typeset import matrix_latex

FORMS = ("full", "elided")


def latex(obj: Any, form: str | None = None, **settings: Any) -> str:
    r"""LaTeX of an operator, a kernel or anything that SymPy prints.

    Args:
        obj: what to print.
        form: for an operator "full" (every entry), "elided" (corners and dots), or None: full
            where that can be read and elided elsewhere.
        settings: those of ``sympy.latex``, such as mat_str or symbol_names.

    Raises:
        SymconvError: an unknown form, or a form for something that is not a matrix.

    >>> import symconv as sc
    >>> print(latex(sc.conv(sc.Kernel([1, 2]), 3), form="full"))
    \left[\begin{matrix}1 & 2 & 0\\0 & 1 & 2\end{matrix}\right]
    """
    if form is None:
        return str(sp.latex(obj, **settings))
    if form not in FORMS:
        raise SymconvError(f"form {form!r} is not one of {', '.join(FORMS)}")
    if not isinstance(obj, Operator):
        raise SymconvError(f"form={form!r} is for operators, not for a {type(obj).__name__}")
    shape = concrete_shape(obj.rows, obj.cols)
    return str(sp.latex(Formed(shape, obj.entry, form), **settings))


@dataclass(frozen=True)
class Formed:
    """A matrix in one of the forms, as SymPy's printers take it."""

    shape: tuple[int, int]
    entry: Callable[[int, int], Any]
    form: str

    def _latex(self, printer: Any) -> str:
        return matrix_latex(self.shape, self.entry, printer, self.form)
