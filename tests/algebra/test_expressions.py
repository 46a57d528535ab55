"""Polynomials as expressions are those that SymPy makes, argument by argument."""

from random import Random

import pytest
import sympy as sp

from symconv.algebra.coefficients import dot, fingerprint, from_exprs, to_sympy, total
from symconv.algebra.expressions import sum_of_products

PLAIN = [*sp.symbols("a b x10 x2 k_{0,0} k_{0,1}"), *sp.symbols("p q", real=True)]
SYMBOLS = [*PLAIN, sp.Symbol("p", positive=True), sp.Symbol("a", integer=True)]


def polynomial(random: Random) -> sp.Expr:
    symbols = random.sample(SYMBOLS, 4)
    return sp.Add(
        *(
            sp.Rational(random.randint(-4, 4), random.choice([1, 1, 2, 3]))
            * sp.Mul(*(s ** random.randint(0, 3) for s in random.sample(symbols, 2)))
            for _ in range(random.randint(0, 9))
        )
    )


@pytest.mark.parametrize("seed", range(100))
def test_expressions_of_polynomials_are_those_of_sympy(seed):
    random = Random(seed)
    exprs = [polynomial(random) for _ in range(3)]
    domain, elements = from_exprs(exprs)
    for element in elements:
        found, wanted = to_sympy(domain, element), domain.to_sympy(element)
        assert (found, hash(found), found.args) == (wanted, hash(wanted), wanted.args)
        assert sp.srepr(found) == sp.srepr(wanted)
    assert total(domain, elements) == domain.sum(elements)
    pairs = [(elements[0], elements[1]), (elements[1], elements[2])]
    assert dot(domain, pairs) == pairs[0][0] * pairs[0][1] + pairs[1][0] * pairs[1][1]


def test_products_of_symbols_are_added_as_sympy_does():
    random = Random(1)
    for _ in range(50):
        pairs = [(random.choice(PLAIN), random.choice(PLAIN)) for _ in range(9)]
        found, wanted = sum_of_products(pairs), sp.Add(*(a * b for a, b in pairs))
        assert (found, hash(found), found.args) == (wanted, hash(wanted), wanted.args)


def test_fingerprints_are_linear():
    domain, elements = from_exprs([polynomial(Random(seed)) for seed in range(5)])
    tell = fingerprint(domain)
    assert tell(total(domain, elements)) == sum(map(tell, elements))
    assert fingerprint(sp.EX) is None
