"""One instance of an operator with numbers for its symbols: what fails there fails for symbols."""

from __future__ import annotations

import sympy as sp

from symconv.algebra.coefficients import free_symbols
from symconv.operators.operator import Operator


def with_numbers(operator: Operator) -> Operator:
    """The operator with a prime for each symbol of the entries; sizes stay as they are.

    An identity of all kernels holds for this one, which is much quicker to look at.

    >>> import symconv as sc
    >>> with_numbers(sc.conv(sc.Kernel.symbolic("k", 2), 2)).as_explicit()
    Matrix([[2, 3]])
    """
    symbols = free_symbols(operator.domain, operator.terms.values()) - operator.size_symbols
    numbers = {symbol: sp.prime(i) for i, symbol in enumerate(sorted(symbols, key=str), 1)}
    return operator.subs(numbers) if numbers else operator
