"""The worst input that each public function takes: seconds and megabytes, as a table.

``python tests/worst_inputs.py [--seconds 60] [name …]`` measures each in a process of its own. What
is refused says so; what takes more than ten seconds wants a limit or a better way.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import sympy as sp

import symconv as sc

n, m = sp.symbols("n m")


def symbolic(*size: int, **channels: int) -> sc.Kernel:
    return sc.Kernel.symbolic("k", size, **channels)


def square(size: Any, k: int = 3, **geometry: Any) -> Any:
    return sc.conv(sc.Kernel.arange((k, k)), (size, size), **{"padding": k // 2} | geometry)


def layer(in_channels: int, out_channels: int, size: int = 224) -> Any:
    weight = np.random.default_rng(0).integers(1, 9, (out_channels, in_channels, 3, 3))
    return sc.conv(sc.Kernel.from_weight(weight), (size, size), padding=1)


RING: Mapping[str, Any] = {"padding": "same", "padding_mode": "circular"}
INPUTS: dict[str, tuple[str, Callable[[], Any]]] = {
    "Kernel": ("a million integers", lambda: sc.Kernel(np.ones((1000, 1000), dtype=int).tolist())),
    "Kernel.symbolic": ("547×547", lambda: symbolic(547, 547)),
    "Kernel.from_weight": ("512×512×3×3 floats, cut to 10⁶",
        lambda: sc.Kernel.from_weight(np.random.default_rng(0).normal(size=(333, 333, 3, 3)))),
    "conv": ("1000×1000 taps", lambda: sc.conv(sc.Kernel.arange((1000, 1000)), (2000, 2000))),
    "conv, replicate": ("padding 250", lambda: sc.conv(symbolic(3), 10**6, padding=250, padding_mode="replicate").cells),
    "conv_transpose": ("300×300 taps", lambda: sc.conv_transpose(symbolic(300, 300), (9, 9))),
    "residue_cases": ("stride 1000", lambda: sc.residue_cases(symbolic(3), n, stride=1000)),
    "@, numbers": ("3 to 64 channels at 224²", lambda: (layer(3, 64) @ layer(3, 64).T).cells),
    "@, symbols": ("3 to 24 channels", lambda: ((C := sc.conv(symbolic(3, 3, in_channels=3, out_channels=24), (224, 224))) @ C.T).cells),
    "C.T @ C": ("11×11 symbols", lambda: ((C := sc.conv(symbolic(11, 11), (n, n), padding=1)).T @ C).cells),
    "C.T @ C, numbers": ("12×12", lambda: ((C := square(n, 12)).T @ C).cells),
    "as_explicit": ("5·10⁶ entries", lambda: sc.conv([1, 2, 3], 1_660_000).as_explicit()),
    "to_numpy": ("30000² integers", lambda: sc.to_numpy(sc.conv([1, 2, 3], 30_000))),
    "to_scipy": ("9×9 at 1400²", lambda: sc.to_scipy(square(1400, 9))),
    "to_linear_operator": ("512 to 512 channels", lambda: sc.to_linear_operator(layer(32, 64, 56))),
    "closed_form": ("7×7 symbols", lambda: (C := sc.conv(symbolic(7, 7), (n, n), padding=3)).T.__matmul__(C).closed_form().entry((sp.Symbol("i"),) * 2, (sp.Symbol("j"),) * 2)),
    "latex": ("7×7 symbols, CᵀC", lambda: sc.latex((C := sc.conv(symbolic(7, 7), (n, n), padding=3)).T @ C)),
    "latex, full": ("100×100", lambda: sc.latex(sc.conv(symbolic(3), 100, padding=1), form="full")),
    "split": ("3×3 at 10⁶²", lambda: (C := sc.conv(symbolic(3, 3), (10**6,) * 2, padding=1)).__matmul__(C.T).split().rank),
    "explain": ("5×5 at 30²", lambda: str(sc.explain(square(30, 5)))),
    "orthogonality": ("4×4, stride 2", lambda: sc.orthogonality(sc.conv(symbolic(4, 4), (8, 8), stride=2)).solve()),
    "checkerboard": ("9×9, stride 4", lambda: sc.checkerboard(sc.conv_transpose(symbolic(9, 9), (64, 64), stride=4))),
    "determinant, any size": ("4 symbols", lambda: sc.determinant((C := sc.conv(symbolic(4), n)) @ C.T)),
    "determinant": ("100 rows of numbers", lambda: sc.determinant(square(10, 3)).expr),
    "determinant, symbols": ("C Cᵀ, 4×4 image", lambda: sc.determinant((C := sc.conv(symbolic(3, 3), (4, 4), padding=1)) @ C.T).expr),
    "rank": ("3×3 at 60²", lambda: sc.rank(square(60))),
    "nullspace": ("3×3 at 12²", lambda: sc.nullspace(square(12, padding=0)).basis),
    "inverse": ("49 rows", lambda: sc.inverse(square(7)).as_explicit()),
    "inverse, band": ("200 rows", lambda: sc.inverse(sc.conv([1, 5, 1], 200, padding=1)).as_explicit()),
    "pseudo_inverse": ("3 taps, 180 pixels", lambda: sc.pseudo_inverse(sc.conv([1, 5, 1], 180)).as_explicit()),
    "deconvolve": ("10⁴ pixels of floats", lambda: sc.deconvolve(sc.conv([1, 5, 1], 10**4), np.ones(10**4 - 2))),
    "by_kernel": ("200000 entries", lambda: sc.by_kernel(square(140), np.ones((140, 140), dtype=int).tolist())),
    "trace": ("C Cᵀ of 64 channels", lambda: sc.trace((C := layer(3, 64)) @ C.T)),
    "singular_values": ("2000 rows, dense", lambda: sc.singular_values(square(44)).numeric()),
    "eigenvalues": ("40 rows, exact", lambda: sc.eigenvalues(sc.conv([2, 5, 1, 4, 3], 40, padding=2)).listed),
    "spectra of a ring": ("4096 frequencies", lambda: sc.singular_values(square(64, **RING)).numeric()),
    "lipschitz": ("64 to 64 channels", lambda: sc.lipschitz(layer(64, 64, 32))),
    "conditioning": ("9×9", lambda: sc.conditioning(square(n, 9, padding=0))),
    "diagonalise": ("9×9 ring", lambda: sc.diagonalise(square(64, 9, **RING))),
    "recognise": ("a product of large kernels", lambda: sc.recognise(square(64, 9, padding=0) @ square(72, 9, padding=0))),
    "fuse": ("9×9 after 9×9", lambda: sc.fuse(square(72, 9, padding=0), square(64, 9, padding=0))),
    "stack": ("50 layers", lambda: sc.stack([{"kernel": symbolic(3), "padding": 1}] * 50, (n,)).receptive_field),
    "draw": ("500000 entries", lambda: sc.draw(sc.conv([1, 2, 3], 160_000))),
    "draw_window": ("400 pixels", lambda: sc.draw_window(square(20), 0)),
    "animate": ("400 pixels, SVG", lambda: sc.animate(square(16), "/dev/shm/symconv-worst.svg")),
    "to_mathematica": ("100×100", lambda: sc.to_mathematica(sc.conv(symbolic(3), 100, padding=1))),
    "verify": ("all statements", lambda: [sc.verify(s) for s in sc.statements()]),
}  # fmt: skip


def measure(make: Callable[[], Any], answer: Any) -> None:
    """What a child process tells of one call."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        make()
        said = ""
    except sc.SymconvError as error:
        said = f"refused: {str(error)[:90]}"
    except Exception as error:
        said = f"ESCAPED {type(error).__name__}: {str(error)[:90]}"
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    answer.send((time.perf_counter() - start, (most - before) / 1024, said))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seconds", type=float, default=60)
    given = parser.parse_args()
    context = multiprocessing.get_context("fork")
    print("| function | input | seconds | MB | |\n|---|---|---|---|---|")
    for name, (what, make) in INPUTS.items():
        if given.names and name not in given.names:
            continue
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=measure, args=(make, there))
        process.start()
        if here.poll(given.seconds):
            seconds, megabytes, said = here.recv()
            print(f"| {name} | {what} | {seconds:.1f} | {megabytes:.0f} | {said} |", flush=True)
        else:
            process.kill()
            print(f"| {name} | {what} | > {given.seconds:g} | | TOO LONG |", flush=True)
        process.join()


if __name__ == "__main__":
    main()
