"""Symbols: building C, its products, their determinants and inverses, and numbers put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
import sympy as sp
from sympy.polys.domains import ZZ
from sympy.polys.rings import ring

import symconv as sc
from benchmarks import by_hand, systems
from benchmarks.by_hand import NUMBERS, K, half_sum, whole_sum
from benchmarks.measure import Case, Contestant
from benchmarks.peers import flint, flint_ring, symengine

NAMES = [f"k{i}" for i in range(K * K)]
SIZES = (8, 16, 32, 64)
FAR = (64, 1000, 10**6)
KERNEL = sc.Kernel(sp.Matrix(K, K, sp.symbols(NAMES)).tolist())
AT = dict(zip(KERNEL.entries, NUMBERS, strict=True))

Maker = Callable[[], Any]


def cases() -> Iterator[Case]:
    """All of them."""
    for n in SIZES:
        yield Case("C of 3×3 symbols on n×n pixels, every entry", f"n = {n}", n, built(n))
    for n in SIZES:
        yield Case("C Cᵀ of it, every entry", f"n = {n}", n, row_products(n))
    for n in SIZES:
        yield Case("Cᵀ C of it, every entry", f"n = {n}", n, column_products(n))
    for k in (3, 5, 7):
        yield from _closed(k)
    yield from _determinants()
    yield from _inverses()
    yield from _substitutions()


def written_out(C: sc.Operator) -> int:
    """How many pieces Cᵀ C has, each asked for its polynomial."""
    return sum(1 for _ in (C.T @ C).closed_form())


def conv(n: int) -> sc.Operator:
    """C, made anew."""
    return sc.conv(KERNEL, (n, n))


def always(work: Maker) -> Callable[[], Maker]:
    return lambda: work


# --- every entry ----------------------------------------------------------------------------------


def _total(matrix: Any) -> int:
    """The sum of a SymPy matrix's entries at 1 … 9."""
    if hasattr(matrix, "_rep"):
        matrix = matrix._rep
    rep = matrix.rep.to_sdm() if hasattr(matrix.rep, "to_sdm") else matrix.rep
    domain = matrix.domain

    def value(entry: Any) -> int:
        return int(sp.sympify(domain.to_sympy(entry)).subs(AT))

    return whole_sum({i: dict(row) for i, row in rep.items()}, value)


def _of_sympy(entry: Any) -> int:
    return int(sp.sympify(entry).subs(AT))


def _of_ring(entry: Any) -> int:
    return int(entry.evaluate(list(zip(entry.ring.gens, NUMBERS, strict=True))))


def _of_symengine(entry: Any) -> int:
    return int(entry.subs(dict(zip(symengine.symbols(NAMES), NUMBERS, strict=True))))


def _of_flint(entry: Any) -> int:
    return int(entry(*NUMBERS))


def _hands(rows: Callable[[Any, int], by_hand.Rows], n: int, total: Any) -> list[Contestant]:
    """By hand, in each library of polynomials for Python that is installed."""
    taps = {"SymPy's rings, by hand": (ring(NAMES, ZZ)[1:], _of_ring)}
    if symengine:
        # Its own expand is the sum's: products of symbols are in order as they are.
        taps["SymEngine, by hand"] = (symengine.symbols(NAMES), _of_symengine)
    if flint:
        taps["python-flint, by hand"] = (flint_ring(NAMES), _of_flint)
    return [
        Contestant(name, always(partial(rows, entries, n)), lambda r, v=value: total(r, v))
        for name, (entries, value) in taps.items()
    ]


def built(n: int) -> list[Contestant]:
    symbols, shape = KERNEL.entries, ((n - K + 1) ** 2, n * n)
    domain = ZZ[symbols]
    elements = [domain.from_sympy(symbol) for symbol in symbols]

    def sparse() -> Any:
        rows = by_hand.conv_rows(symbols, n)
        return sp.SparseMatrix(*shape, {(i, j): e for i, r in rows.items() for j, e in r.items()})

    def dense() -> Any:
        rows = by_hand.conv_rows(symbols, n)
        return sp.Matrix(*shape, lambda i, j: rows[int(i)].get(int(j), 0))

    def domain_matrix() -> Any:
        return by_hand.domain_matrix(by_hand.conv_rows(elements, n), shape, domain)

    return [
        Contestant("symconv", always(lambda: conv(n).as_explicit()), _total),
        Contestant("SymPy, sparse", always(sparse), _total),
        Contestant("SymPy, dense", always(dense), _total),
        Contestant("SymPy's DomainMatrix", always(domain_matrix), _total),
        *_hands(by_hand.conv_rows, n, whole_sum),
    ]


def _products(n: int, columns: bool) -> list[Contestant]:
    """By each library's own product of matrices."""
    symbols, shape = KERNEL.entries, ((n - K + 1) ** 2, n * n)
    domain = ZZ[symbols]

    def sparse() -> Maker:
        A = conv(n).as_explicit()
        B = A.T
        return (lambda: B * A) if columns else (lambda: A * B)

    def dense() -> Maker:
        A = sp.Matrix(conv(n).as_explicit().tolist())
        B = A.T
        return (lambda: B * A) if columns else (lambda: A * B)

    def domain_matrix() -> Maker:
        elements = [domain.from_sympy(symbol) for symbol in symbols]
        A = by_hand.domain_matrix(by_hand.conv_rows(elements, n), shape, domain)
        B = A.transpose()
        return (lambda: B * A) if columns else (lambda: A * B)

    def ours() -> Maker:
        C = conv(n)
        return lambda: ((C.T @ C) if columns else (C @ C.T)).as_explicit()

    found = [
        Contestant("symconv", ours, _total),
        Contestant("SymPy, sparse", sparse, _total),
        Contestant("SymPy's DomainMatrix", domain_matrix, _total),
    ]
    return [*found[:2], Contestant("SymPy, dense", dense, _total), *found[2:]]


def row_products(n: int) -> list[Contestant]:
    return [*_products(n, False), *_hands(by_hand.gram_of_rows, n, half_sum)]


def column_products(n: int) -> list[Contestant]:
    def total(found: Any) -> int:
        _, which, table = found
        values = np.array([_of_ring(entry) for entry in table])
        return int(values[which].sum())

    return [
        *_products(n, True),
        *_hands(by_hand.gram_of_columns, n, half_sum),
        Contestant("SciPy, fingerprints", always(lambda: by_hand.fingerprints(n)), total),
        *systems.contestants(systems.gram_of_columns(n)),
    ]


def _closed(k: int) -> Iterator[Case]:
    """Product and closed form at sizes that nobody writes out."""
    kernel = sc.Kernel.symbolic("k", (k, k))
    n = sp.Symbol("n")
    group = f"Cᵀ C of {k}×{k} symbols in closed form"
    for number, size in [*((s, s) for s in FAR), (0, n)]:
        C = sc.conv(kernel, (size, size))
        ours = Contestant("symconv", always(partial(written_out, C)), int)
        yield Case(group, f"n = {number:,}" if number else "every n", number, [ours])


# --- determinants and inverses --------------------------------------------------------------------


def _determinants() -> Iterator[Case]:
    page = sc.conv(KERNEL, (4, 4))
    group = "det C Cᵀ, written out"
    yield Case(group, "3×3 symbols on 4×4", 0, determinant(page @ page.T, 5))
    for n in (8, 12):
        line = sc.conv(sp.symbols("k0:3"), n)
        yield Case(group, f"3 symbols on {n}", 0, determinant(line @ line.T, 10))
    for n in (8, 12):
        plane = sc.conv(sc.Kernel.arange((3, 3)), (n, n))
        yield Case("det C Cᵀ, integers", f"3×3 on {n}×{n}", n, determinant(plane @ plane.T, 5))


def determinant(gram: sc.Operator, times: int) -> list[Contestant]:
    matrix = gram.as_explicit()
    symbolic = bool(matrix.free_symbols)
    rep = matrix._rep.convert_to(ZZ[sp.symbols(NAMES)] if symbolic else ZZ)

    def value(expr: Any) -> int:
        return int(sp.sympify(expr).subs(AT))

    def by_symengine() -> Maker:
        whole = symengine.DenseMatrix(matrix.tolist())
        return lambda: whole.det().expand()

    found = [
        Contestant("symconv", always(lambda: sc.determinant(gram).expr), value),
        Contestant("SymPy's det", always(lambda: matrix.det(method="berkowitz").expand()), value),
        Contestant(
            "SymPy's DomainMatrix", always(rep.charpoly), lambda p: value(rep.domain.to_sympy(
                p[-1] * (-1) ** (len(p) - 1)))
        ),
    ]  # fmt: skip
    if symengine:
        found.append(Contestant("SymEngine", by_symengine, lambda e: value(str(e))))
    if flint and not symbolic:
        whole = flint.fmpz_mat([[int(e) for e in row] for row in matrix.tolist()])
        found.append(Contestant("python-flint", always(whole.det), int))
    rows = [[str(e).replace("**", "^") for e in row] for row in matrix.tolist()]
    return [*found, *systems.contestants(systems.determinant(rows, times), "")]


def _inverses() -> Iterator[Case]:
    for n in (16, 32, 64):
        C = sc.conv([1, 5, 1], n, padding=1)
        yield Case("C⁻¹, integers 1, 5, 1 with padding 1", f"n = {n}", n, _inverse(C, n))


def _inverse(C: sc.Operator, n: int) -> list[Contestant]:
    matrix = C.as_explicit()
    rep = matrix._rep.to_field()

    def entry(found: Any) -> str:
        return str(found[0, n - 1])

    def listed() -> Any:
        inverse = sc.inverse(C)
        return sp.Matrix(n, n, lambda i, j: inverse.entry(int(i), int(j)))

    found = [
        Contestant("symconv, every entry", always(listed), entry),
        Contestant("SymPy's inv", always(lambda: sp.Matrix(matrix).inv()), entry),
        Contestant("SymPy's DomainMatrix", always(rep.inv), lambda m: entry(m.to_Matrix())),
    ]
    if flint:
        whole = flint.fmpq_mat(flint.fmpz_mat([[int(e) for e in r] for r in matrix.tolist()]))
        found.append(Contestant("python-flint", always(whole.inv), entry))
    return found


# --- numbers put in -------------------------------------------------------------------------------


def _substitutions() -> Iterator[Case]:
    n, group = 16, "Cᵀ C of 3×3 symbols on 16×16, numbers put in"
    yield Case(group, "1 … 9, every entry", n, _one_kernel(n))
    yield Case("its pieces at many kernels", "10⁴ kernels", n, _many_kernels(n, 10_000))


def _one_kernel(n: int) -> list[Contestant]:
    C = conv(n)
    G = C.T @ C
    matrix = G.as_explicit()
    numbers = np.reshape(NUMBERS, (K, K))

    def lambdified() -> Maker:
        function = sp.lambdify([KERNEL.entries], matrix, modules="numpy")
        return lambda: function(NUMBERS)

    def total(found: Any) -> int:
        return int(np.asarray(found if not hasattr(found, "tolist") else found.tolist()).sum())

    def sparse_total(found: Any) -> int:
        return int(sum(found.todok().values()))

    return [
        Contestant("symconv", always(lambda: sc.to_numpy(G, numbers)), total),
        Contestant("symconv, exact", always(lambda: G.subs(AT).as_explicit()), sparse_total),
        Contestant("SymPy's subs", always(lambda: matrix.subs(AT)), sparse_total),
        Contestant("SymPy's xreplace", always(lambda: matrix.xreplace(AT)), sparse_total),
        Contestant("lambdify, a call", lambdified, total),
        Contestant(
            "lambdify, made and called", always(lambda: lambdified()()), total
        ),
    ]  # fmt: skip


def _many_kernels(n: int, count: int) -> list[Contestant]:
    """The polynomials of the closed form, as many numbers as there are kernels."""
    G = conv(n).T @ conv(n)
    cells = [expr for *_, expr in G.closed_form()]
    kernels = np.random.default_rng(0).standard_normal((count, K, K))
    flat = kernels.reshape(count, K * K)

    def ours() -> Maker:
        function = sc.to_function(G, "cells")
        return lambda: function(kernels)

    def looped() -> Maker:
        function = sp.lambdify([KERNEL.entries], cells, modules="numpy")
        return lambda: [function(kernel) for kernel in flat.tolist()]

    def at_once() -> Maker:
        function = sp.lambdify([KERNEL.entries], cells, modules="numpy", cse=True)
        return lambda: function(list(flat.T))

    def of_one(values: Any) -> tuple[float, ...]:
        """The different values for the last kernel."""
        return tuple(sorted({round(float(v), 6) for v in values}))

    return [
        Contestant("symconv", ours, lambda found: of_one(found[-1])),
        Contestant("a loop of lambdify", looped, lambda found: of_one(found[-1])),
        Contestant(
            "lambdify with cse, vectorised", at_once, lambda found: of_one(v[-1] for v in found)
        ),
    ]
