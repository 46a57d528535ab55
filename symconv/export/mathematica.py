"""Mathematica's words."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.mathematica import MCodePrinter

from symconv.export.code_printing import INDEXED, Named, exported, plain, write
from symconv.typesetting.matrices import MOST_ENTRIES
from symconv.typesetting.options import parse_most


def to_mathematica(obj: Any, *, max_entries: int = MOST_ENTRIES) -> str:
    """Mathematica's words for a matrix, a kernel, an entry formula or an expression.

    Symbols k_{0,1} become k[0, 1]; other names lose what Mathematica does not take.

    Raises:
        SymconvError: more entries than max_entries.

    >>> import symconv as sc
    >>> print(to_mathematica(sc.conv(sc.Kernel.symbolic("k", 2), 3)))
    {{k[0], k[1], 0}, {0, k[0], k[1]}}
    """
    code = exported(obj, parse_most(max_entries), _mathematica_name)
    comment = f"(* {code.comment} *)\n" if code.comment else ""
    return comment + write(_Mathematica(code.names), code.expr)


class _Mathematica(Named, MCodePrinter):  # type: ignore[misc]
    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        *cases, (default, _) = expr.args
        shown = (f"{{{self._print(e)}, {self._print(condition)}}}" for e, condition in cases)
        return f"Piecewise[{{{', '.join(shown)}}}, {self._print(default)}]"

    def _print_And(self, expr: sp.And) -> str:
        return " && ".join(f"({self._print(part)})" for part in expr.args)

    def _print_Mod(self, expr: sp.Mod) -> str:
        return f"Mod[{self._print(expr.args[0])}, {self._print(expr.args[1])}]"


def _mathematica_name(name: str) -> str:
    """Its own names begin with capitals, and an underscore is a pattern."""
    found = INDEXED.fullmatch(name) if "_" in name else None
    base, index = (found[1], found[2]) if found else (name, "")
    base = plain(base, "")
    base = f"v{base}" if not base[:1].islower() else base
    return f"{base}[{index.replace(',', ', ')}]" if index else base
