"""How a formula calls a kernel: by the letter of its symbols, or k with the entries beside it."""

from __future__ import annotations

import re
from collections.abc import Container
from itertools import product
from typing import Any

import sympy as sp

from symconv.operators.kernel import Kernel
from symconv.printing.free_letters import Letters
from symconv.printing.typesetter import symbol_latex


def kernel_letter(kernel: Kernel, renamed: Container[Any] = ()) -> str | None:
    r"""The letter of a kernel whose entries are letter_{index}, as LaTeX; else None.

    Args:
        kernel: the kernel.
        renamed: symbols that print by another name.

    >>> print(kernel_letter(Kernel.symbolic("sigma", (2, 2))), kernel_letter(Kernel([1, 2])))
    \sigma None
    """
    found = re.fullmatch(r"(.+)_\{0(,0)*\}", str(kernel.entries[0]), re.DOTALL)
    names_hold = all(isinstance(e, sp.Symbol) and e not in renamed for e in kernel.entries)
    if found is None or not names_hold:
        return None
    indices = product(*map(range, kernel.shape))
    names = [f"{found[1]}_{{{','.join(map(str, index))}}}" for index in indices]
    is_symbolic = names == [entry.name for entry in kernel.entries]
    return symbol_latex(f"{found[1]}_{{0}}").removesuffix("_{0}") if is_symbolic else None


def renamed(printer: Any) -> Container[Any]:
    """The symbols to which a printer's symbol_names give another name."""
    names: Container[Any] = printer._settings["symbol_names"]
    return names


def kernel_name(kernel: Kernel, printer: Any, letters: Letters) -> str:
    """The letter of a kernel, or a free one."""
    return kernel_letter(kernel, renamed(printer)) or letters["k"]


def kernel_line(kernel: Kernel, printer: Any, letters: Letters) -> list[tuple[str, str]]:
    """The equation that says what k is, where its symbols do not."""
    if kernel_letter(kernel, renamed(printer)):
        return []
    return [(letters["k"], str(printer._print(kernel)))]
