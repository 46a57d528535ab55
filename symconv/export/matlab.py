"""MATLAB's words, for its Symbolic Math Toolbox."""

from __future__ import annotations

import re
from typing import Any

import sympy as sp
from sympy.printing.octave import OctaveCodePrinter

from symconv.export.code_printing import INDEXED, Named, exported, plain, write
from symconv.typesetting.matrices import MOST_ENTRIES
from symconv.typesetting.options import parse_most

KEYWORDS = re.compile(
    "break|case|catch|classdef|continue|else|elseif|end|for|function|global|if|otherwise|parfor|"
    "persistent|return|spmd|switch|try|while"
)


def to_matlab(obj: Any, *, max_entries: int = MOST_ENTRIES) -> str:
    """MATLAB's words (its Symbolic Math Toolbox), with the symbols declared first.

    Symbols k_{0,1} become k_0_1; other names lose what MATLAB does not take.

    Raises:
        SymconvError: more entries than max_entries.

    >>> import symconv as sc
    >>> print(to_matlab(sc.conv(sc.Kernel.symbolic("k", 2), 3)))
    syms k_0 k_1
    [k_0 k_1 0; 0 k_0 k_1]
    """
    code = exported(obj, parse_most(max_entries), _matlab_name)
    comment = f"% {code.comment}\n" if code.comment else ""
    symbols = f"syms {' '.join(code.names.values())}\n" if code.names else ""
    return comment + symbols + write(_Matlab(code.names), code.expr)


class _Matlab(Named, OctaveCodePrinter):  # type: ignore[misc]
    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        *cases, (default, _) = expr.args
        shown = (f"{self._print(condition)}, {self._print(e)}" for e, condition in cases)
        return f"piecewise({', '.join(shown)}, {self._print(default)})"


def _matlab_name(name: str) -> str:
    found = INDEXED.fullmatch(name) if "_" in name else None
    if found:
        name = f"{found[1]}_{found[2].replace(',', '_').replace('-', 'm')}"
    name = plain(name, "_").strip("_")
    return f"v_{name}" if not name[:1].isalpha() or KEYWORDS.fullmatch(name) else name
