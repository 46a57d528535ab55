"""Singular values of a circular layer: time and memory, beside NumPy's FFT and a dense SVD.

``python benchmarks/singular_values.py`` runs each in a process of its own. The reference is the
method of Sedghi, Gupta, Long 2019, "The singular values of convolutional layers", in five lines.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import numpy as np

CASES = [(8, 16), (16, 32), (64, 56), (64, 224)]
DENSE = 3000


def weight(channels: int) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((channels, channels, 3, 3))


def by_symconv(channels: int, pixels: int) -> np.ndarray:
    import symconv as sc

    w = weight(channels)
    exact = (w * 2**20).round().astype(int)
    K = sc.Kernel.from_weight(exact)
    C = sc.conv(K, (pixels, pixels), padding=1, padding_mode="circular")
    return sc.singular_values(C).numeric() / 2**20


def by_fft(channels: int, pixels: int) -> np.ndarray:
    transformed = np.fft.fft2(weight(channels), (pixels, pixels), axes=(2, 3))
    found = np.linalg.svd(transformed.transpose(2, 3, 0, 1), compute_uv=False)
    return np.sort(found.ravel())[::-1]


def by_dense(channels: int, pixels: int) -> np.ndarray:
    w, n = weight(channels), pixels
    matrix = np.zeros((channels, n, n, channels, n, n))
    rows = np.arange(n)
    for y in range(3):
        for x in range(3):
            for i in rows:
                columns = (rows + x - 1) % n
                matrix[:, i, rows, :, (i + y - 1) % n, columns] += w[None, :, :, y, x]
    side = channels * n * n
    return np.linalg.svd(matrix.reshape(side, side), compute_uv=False)


METHODS = {"symconv": by_symconv, "fft": by_fft, "dense": by_dense}


def measure(method: str, channels: int, pixels: int) -> None:
    """Seconds, the peak of memory, and the extreme values."""
    start = time.perf_counter()
    values = METHODS[method](channels, pixels)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{method:8} {channels} channels, {pixels} x {pixels} pixels: {seconds:8.2f} s, "
        f"{peak:6.0f} MiB, {len(values)} values from {values[-1]:.8f} to {values[0]:.8f}",
        flush=True,
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        for channels, pixels in CASES:
            for method in METHODS:
                if method != "dense" or channels * pixels**2 <= DENSE:
                    arguments = [method, str(channels), str(pixels)]
                    subprocess.run([sys.executable, __file__, *arguments], check=True)
