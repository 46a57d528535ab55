"""Rows that are independent are as many as the rank, and the first ones are kept."""

from random import Random

import sympy as sp

from symconv.algebra.linear_span import independent_rows


def test_rows_kept_are_a_basis():
    random = Random(0)
    for _ in range(100):
        matrix = sp.Matrix(6, 4, lambda i, j: random.choice([0, 0, 1, -1, 2]))
        rows = [{j: sp.QQ(int(c)) for j, c in enumerate(matrix.row(i)) if c} for i in range(6)]
        kept = independent_rows(rows)
        ranks = [matrix[:n, :].rank() for n in range(7)]
        assert kept == [n for n in range(6) if ranks[n + 1] > ranks[n]]
