"""Macros for a paper: one command for each form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from symconv.algebra.sizes import to_expr
from symconv.arguments import shown
from symconv.errors import SymconvError
from symconv.printing.latex import Form, fitting_forms, latex
from symconv.printing.representations import operator_in
from symconv.typesetting.symbols import spelled_out


def to_latex_macros(obj: Any, prefix: str, **options: Any) -> str:
    r"""One ``\newcommand`` for each form that fits, such as ``\gramElided``, and for the sizes.

    Args:
        obj: what to print.
        prefix: how the commands' names begin, letters alone, as TeX has them.
        options: as in :func:`symconv.latex`.

    Raises:
        SymconvError: a command of TeX, LaTeX, amsmath, amssymb or xcolor has that name.

    >>> import symconv as sc
    >>> print(to_latex_macros(sc.Kernel([1, 2]), "kernel"))
    \newcommand{\kernel}{\left[\begin{matrix}1 & 2\end{matrix}\right]}
    """
    if not isinstance(prefix, str) or re.fullmatch("[A-Za-z]+", prefix) is None:
        raise SymconvError(f"prefix {shown(prefix)}: the name of a TeX command has letters alone")
    macros = [(prefix, spelled_out(latex(obj, **options)))]
    operator = operator_in(obj)
    if operator is not None:
        names = zip(("Rows", "Columns"), operator.shape, strict=True)
        macros += [(prefix + name, latex(to_expr(size))) for name, size in names]
        macros += [
            (prefix + form.title(), text)
            for form in fitting_forms(obj)
            if (text := _or_none(obj, form, options)) is not None
        ]
    for name, _ in macros:
        if is_taken(name):
            raise SymconvError(
                f"prefix {prefix!r} would define \\{name}, which TeX has already or keeps for "
                r"itself (all names that begin with \end); take another, such as "
                f"{'my' + prefix.title()!r}"
            )
    comments = {line for _, text in macros for line in text.splitlines() if line[:1] == "%"}
    defined = [rf"\newcommand{{\{name}}}{{{_uncommented(text)}}}" for name, text in macros]
    return "\n".join([*sorted(comments), *defined])


def _or_none(obj: Any, form: Form, options: Mapping[str, Any]) -> str | None:
    """The form, where the object is not too large for it."""
    try:
        return spelled_out(latex(obj, form, **options))
    except SymconvError:
        return None


def _uncommented(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if line[:1] != "%")


def is_taken(name: str) -> bool:
    r"""Whether \newcommand would refuse a name.

    >>> is_taken("input"), is_taken("endgame"), is_taken("gram")
    (True, True, False)
    """
    return name in _commands() or name == "relax" or name.startswith("end")


@cache
def _commands() -> frozenset[str]:
    """The control words of letters alone that LaTeX with amsmath, amssymb and xcolor defines."""
    listed = files("symconv.export").joinpath("tex_commands.txt")
    return frozenset(listed.read_text(encoding="ascii").split())
