"""Numbers: sparse matrices, their products, and layers that are applied without a matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import scipy.signal
import scipy.sparse as sparse

import symconv as sc
from benchmarks.by_hand import csr_by_coordinates, csr_by_kron
from benchmarks.measure import Case, Contestant
from benchmarks.peers import pylops, torch

Maker = Callable[[], Any]
DIGITS = 6


def cases() -> Iterator[Case]:
    """All of them."""
    for n, k in ((128, 3), (256, 3), (512, 3), (512, 5)):
        yield Case("CSR of C", f"{n}×{n}, k = {k}", n, csr(n, k))
    for n, k in ((64, 3), (64, 7), (256, 3), (256, 5)):
        yield Case("CSR of Cᵀ C", f"{n}×{n}, k = {k}", n, gram(n, k))
    for n, k in ((1024, 3), (1024, 7), (1024, 15)):
        yield Case("C x without a matrix", f"{n}×{n}, k = {k}", n, apply(n, k))
    for n, channels in ((32, 16), (56, 32)):
        yield Case(
            "singular values of a circular layer", f"{channels} channels, {n}×{n}", n,
            _singular_values(n, channels),
        )  # fmt: skip


def weight(k: int) -> np.ndarray:
    """Some numbers."""
    return np.random.default_rng(k).standard_normal((k, k))


def _layer(n: int, k: int) -> sc.Operator:
    return sc.conv(sc.Kernel.symbolic("k", (k, k)), (n, n))


def _again(work: Maker) -> Callable[[], Maker]:
    return lambda: work


def _total(found: Any) -> str:
    """A number that another order of the entries would change."""
    matrix = found.tocsr()
    places = np.arange(1, matrix.shape[1] + 1) / matrix.shape[1]
    rows = np.arange(1, matrix.shape[0] + 1) / matrix.shape[0]
    return f"{rows @ (matrix @ places):.{DIGITS}e}"


def csr(n: int, k: int) -> list[Contestant]:
    w = weight(k)

    def kept() -> Maker:
        C = _layer(n, k)
        sc.to_scipy(C, w)
        return lambda: sc.to_scipy(C, w)

    def copied() -> Maker:
        A = csr_by_coordinates(w, n)
        return lambda: (A.data.copy(), A.indices.copy(), A.indptr.copy())

    found = [
        Contestant("symconv", _again(lambda: sc.to_scipy(_layer(n, k), w)), _total),
        Contestant("symconv, further numbers", kept, _total),
        Contestant("SciPy, by hand", _again(lambda: csr_by_coordinates(w, n)), _total),
        Contestant("SciPy, kron of bands", _again(lambda: csr_by_kron(w, n)), _total),
    ]
    if torch:
        found.append(Contestant("torch's unfold", _again(lambda: _unfolded(w, n)), _total))
    found.append(
        Contestant("numpy.copy of its arrays", copied, lambda _: _total(csr_by_coordinates(w, n)))
    )
    return found


def _unfolded(w: np.ndarray, n: int) -> sparse.csr_array:
    """The columns of each row from an image of indices, unfolded."""
    k = len(w)
    rows = (n - k + 1) ** 2
    pixels = torch.arange(n * n, dtype=torch.float64).reshape(1, 1, n, n)
    columns = torch.nn.functional.unfold(pixels, k)[0].T.numpy().astype(np.int32).ravel()
    starts = np.arange(0, rows * k * k + 1, k * k, dtype=np.int32)
    return sparse.csr_array((np.tile(w.ravel(), rows), columns, starts), shape=(rows, n * n))


def gram(n: int, k: int) -> list[Contestant]:
    w = weight(k)

    def ours() -> Any:
        C = _layer(n, k)
        return sc.to_scipy(C.T @ C, w)

    def kept() -> Maker:
        C = _layer(n, k)
        G = C.T @ C
        sc.to_scipy(G, w)
        return lambda: sc.to_scipy(G, w)

    def product() -> Maker:
        A = csr_by_coordinates(w, n)
        return lambda: A.T @ A

    return [
        Contestant("symconv", _again(ours), _total),
        Contestant("symconv, further numbers", kept, _total),
        Contestant("SciPy's product A.T @ A", product, _total),
    ]


def apply(n: int, k: int) -> list[Contestant]:
    w = weight(k)
    x = np.random.default_rng(0).standard_normal((n, n))
    m = n - k + 1

    def total(y: Any) -> str:
        return f"{np.linalg.norm(np.asarray(y)):.{DIGITS}e}"

    def ours() -> Maker:
        A = sc.to_linear_operator(_layer(n, k), w)
        flat = x.ravel()
        return lambda: A @ flat

    def matrix() -> Maker:
        A, flat = csr_by_coordinates(w, n), x.ravel()
        return lambda: A @ flat

    found = [
        Contestant("symconv", ours, total),
        Contestant(
            "scipy.signal.correlate", _again(lambda: scipy.signal.correlate(x, w, "valid")), total
        ),
        Contestant(
            "scipy.signal.oaconvolve",
            _again(lambda: scipy.signal.oaconvolve(x, w[::-1, ::-1], "valid")), total,
        ),
        Contestant("SciPy, a CSR matrix", matrix, total),
    ]  # fmt: skip
    if pylops:

        def with_pylops() -> Maker:
            A = pylops.signalprocessing.Convolve2D((n, n), w[::-1, ::-1], offset=(k // 2, k // 2))
            flat = x.ravel()
            return lambda: A @ flat

        def inside(y: Any) -> str:
            whole = y.reshape(n, n)
            return total(whole[k // 2 : k // 2 + m, k // 2 : k // 2 + m])

        found.append(Contestant("PyLops", with_pylops, inside))
    if torch:

        def with_torch() -> Maker:
            image, kernel = (torch.from_numpy(a)[None, None] for a in (x, w))
            return lambda: torch.nn.functional.conv2d(image, kernel)

        found.append(Contestant("torch's conv2d", with_torch, lambda y: total(y.numpy())))
    return found


def _singular_values(n: int, channels: int) -> list[Contestant]:
    """The reference is Sedghi, Gupta, Long 2019, "The singular values of convolutional layers"."""
    exact = np.random.default_rng(0).integers(-(2**20), 2**20, (channels, channels, 3, 3))

    def ours() -> Maker:
        K = sc.Kernel.from_weight(exact)
        C = sc.conv(K, (n, n), padding=1, padding_mode="circular")
        return lambda: sc.singular_values(C).numeric()

    def by_fft() -> Any:
        transformed = np.fft.fft2(exact, (n, n), axes=(2, 3)).transpose(2, 3, 0, 1)
        return np.sort(np.linalg.svd(transformed, compute_uv=False).ravel())[::-1]

    def extremes(values: Any) -> str:
        return f"{values[0]:.{DIGITS}e} {values[-1]:.3e}"

    return [
        Contestant("symconv", ours, extremes),
        Contestant("NumPy's FFT and SVD", _again(by_fft), extremes),
    ]
