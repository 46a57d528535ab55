"""The same answers in every run, in every thread, and under every seed of Python's hashes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sympy as sp
from every_run import printed_in_every_run

import symconv as sc

n = sp.Symbol("n")

ANSWERS = """
import sympy as sp, symconv as sc
n, m = sp.symbols("n m")
K = sc.Kernel.symbolic("k", (2, 3))
C = sc.conv(K, (n, m), padding=1)
print(sc.latex(C @ C.T), C @ C.T, sc.latex(C, form="closed"))
print(sc.orthogonality(sc.conv(K, (6, 6))), sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 4), 8, stride=2)).solve())
line = sc.conv(sc.Kernel.symbolic("k", 3), n, padding=1)
print(sc.explain(line), sc.determinant(line @ line.T), sc.rank(line), sc.nullspace(line))
ring = sc.conv([1, 2, 5], 6, padding=1, padding_mode="circular")
print(sc.singular_values(ring), sc.eigenvalues(ring), sc.inverse(ring), sc.pseudo_inverse(sc.conv([1, 2], n)))
print(sc.checkerboard(line), sc.lipschitz(ring), sc.symbol(ring, m), sc.derive_gram(line))
print(sc.to_mathematica(line), sc.to_matlab(ring), sc.to_markdown(line))
print(sc.to_code(sc.conv([1, 2], 4), "torch"), sc.recognise(line @ sc.flip(n)), *sc.statements())
"""


def test_answers_are_the_same_under_every_seed():
    found = printed_in_every_run(ANSWERS)
    assert len(found) == 1
    assert len(found.pop()) > 10_000


def answers(number: int) -> list[str]:
    """Public functions, in an order of the number's own."""
    K = sc.Kernel.symbolic("k", 3)
    line = sc.conv(K, n, padding=1)
    ring = sc.conv([1, 2, 5], 6, padding=1, padding_mode="circular")
    asked = [
        lambda: sc.latex(line @ line.T),
        lambda: str(sc.determinant(line @ line.T).at({n: 5})),
        lambda: str(sc.explain(sc.conv(K, 5))),
        lambda: str(sc.orthogonality(sc.conv(sc.Kernel.symbolic("w", 4), 8, stride=2)).solve()),
        lambda: str(sc.singular_values(ring)),
        lambda: str(sc.to_numpy(ring.T @ ring).tolist()),
        lambda: str(sc.inverse(ring)),
        lambda: str((line.T @ line).closed_form().at({n: 7}).as_explicit()),
        lambda: sc.to_code(sc.conv([1, 2], 4), "torch"),
        lambda: str(sc.verify("adjoint")),
        lambda: repr(sc.recognise(line @ sc.flip(n))),
        lambda: str(sc.rank(line)),
    ]
    start = number % len(asked)
    found = {at % len(asked): asked[at % len(asked)]() for at in range(start, start + len(asked))}
    return [found[at] for at in range(len(asked))]


def test_answers_are_the_same_in_every_thread():
    alone = answers(0)
    with ThreadPoolExecutor(4) as pool:
        assert all(found == alone for found in pool.map(answers, range(8)))


SHARED = """
from concurrent.futures import ThreadPoolExecutor
import sympy as sp, symconv as sc
n = sp.Symbol("n")
C = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (n, n), padding=1)
P = C @ C.T  # nothing of it is computed yet: all threads ask the same object first
with ThreadPoolExecutor(8) as pool:
    found = set(pool.map(lambda _: (str(P.valid_from), len(P.cells), sc.latex(P)), range(8)))
print(len(found))
"""


def test_threads_may_share_an_operator():
    assert printed_in_every_run(SHARED, 2) == {"1\n"}
