"""Symbols of one name: told apart, put together, and known by their names."""

import pytest
import sympy as sp

from symconv.algebra.symbols import agree, by_name, recognised, unambiguous, united
from symconv.errors import SymbolError

n, a = sp.symbols("n a")
positive = sp.Symbol("n", positive=True)


def test_tables_of_names():
    assert united({"n": n}, {"a": a}, {"n": n, "a": a}) == {"n": n, "a": a}
    assert agree({"n": n}, {"a": a})
    assert not agree({"n": n}, {"n": positive})
    assert unambiguous([n, positive, a]) == {"a": a}
    for clash in (lambda: by_name([n, positive]), lambda: united({"n": n}, {"n": positive})):
        with pytest.raises(SymbolError, match=r"Symbol\('n'\) and Symbol\('n', positive=True\)"):
            clash()


def test_dummies_of_one_name_would_print_alike():
    with pytest.raises(SymbolError, match="called n"):
        by_name([n, sp.Dummy("n")])


def test_keys_are_known_by_name():
    assert recognised({positive: 1, a + positive: 2}, {"n": n}) == {n: 1, a + n: 2}
    dummy = sp.Dummy("n")
    assert recognised({dummy: 1}, {"n": n}) == {dummy: 1}
    with pytest.raises(SymbolError, match="n has two values, 4 and 5"):
        recognised({n: 4, positive: 5}, {"n": n})
