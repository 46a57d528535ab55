"""Times of C^T C in closed form at several sizes, and of its explicit matrix against SymPy's own.

    python benchmarks/products.py

Ratios within one run are what counts; every figure is the median of several runs.
"""

from collections.abc import Callable
from statistics import median
from time import perf_counter

import sympy as sp

import symconv as sc

RUNS = 15


def seconds(action: Callable[[], object], runs: int = RUNS) -> float:
    """Median wall time of an action, after one run to warm up."""
    times = []
    for _ in range(runs + 1):
        start = perf_counter()
        action()
        times.append(perf_counter() - start)
    return median(times[1:])


def closed_form_cells(convolution: sc.Operator) -> int:
    return len((convolution.T @ convolution).closed_form())


def compare_sizes() -> None:
    n = sp.Symbol("n")
    print("C^T C of a symbolic k x k kernel on n x n pixels, product and closed form, in ms")
    print(f"{'k':>2} {'cells':>6} {'n = 64':>9} {'n = 10^6':>9} {'symbolic':>9} {'10^6 / 64':>10}")
    for k in (3, 5, 7):
        kernel = sc.Kernel.symbolic("k", (k, k))
        layers = [sc.conv(kernel, (size, size)) for size in (64, 10**6, n)]
        cells = closed_form_cells(layers[0])
        small, large, symbolic = (
            1000 * seconds(lambda layer=layer: closed_form_cells(layer)) for layer in layers
        )
        print(f"{k:>2} {cells:>6} {small:9.2f} {large:9.2f} {symbolic:9.2f} {large / small:10.2f}")


def compare_explicit() -> None:
    convolution = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (64, 64))
    matrix = convolution.as_explicit()
    transposed = matrix.T
    ours = seconds(lambda: (convolution.T @ convolution).as_explicit(), runs=5)
    theirs = seconds(lambda: transposed * matrix, runs=3)
    print("\nexplicit C^T C at 64 x 64 pixels (98,596 nonzeros), in s")
    print(
        f"product and as_explicit {ours:.3f}, SymPy's A.T*A {theirs:.3f}, ratio {theirs / ours:.1f}"
    )


if __name__ == "__main__":
    compare_sizes()
    compare_explicit()
