"""The atlas: every small geometry, each a row of a Parquet folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import product
from typing import Any

from symconv.arguments import parse_choice, parse_count
from symconv.operators.padding import PADDING_MODES
from symconv.sweeps.arrow import pa
from symconv.sweeps.atlas_rows import COLUMNS, atlas_row
from symconv.sweeps.sweep import Progress, Sweep, parse_seconds, sweep

MOST = 10**4
LEFT_OUT = "left_out"


@dataclass(frozen=True)
class Geometries:
    """Every geometry up to some sizes, the same on each axis; small images first.

    Paddings are 0 ≤ low ≤ high < the window: larger ones meet no pixel, and those with low > high
    are mirror images. A padding mode other than zeros has some padding.

    Attributes:
        max_size, max_kernel, max_stride, max_dilation, max_axes: the largest of each.
        modes: the padding modes.

    >>> len(Geometries(4, 2, 2)), next(iter(Geometries(4, 2, 2)))["n"]
    (30, 1)
    """

    max_size: int = 8
    max_kernel: int = 3
    max_stride: int = 2
    max_dilation: int = 1
    max_axes: int = 1
    modes: Sequence[str] = ("zeros",)

    def __post_init__(self) -> None:
        for name in ("size", "kernel", "stride", "dilation", "axes"):
            parse_count(f"max_{name}", getattr(self, f"max_{name}"), 1, MOST)
        for mode in self.modes:
            parse_choice("padding_mode", mode, PADDING_MODES)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        most = (self.max_size, self.max_axes, self.max_kernel, self.max_dilation, self.max_stride)
        for n, axes, k, dilation, stride in product(*(range(1, m + 1) for m in most)):
            window = dilation * (k - 1) + 1
            if k == 1 < dilation:
                continue
            for high, mode in product(range(window), self.modes):
                for low in range(high + 1):
                    if n + low + high >= window and _fits(mode, n, high):
                        yield {
                            "axes": axes, "n": n, "k": k, "stride": stride, "dilation": dilation,
                            "low": low, "high": high, "mode": mode,
                        }  # fmt: skip

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _fits(mode: str, n: int, high: int) -> bool:
    """Whether an image has as many pixels as the mode repeats."""
    if mode == "zeros":
        return True
    return 0 < high <= {"circular": n, "reflect": n - 1}.get(mode, high)


def build_atlas(
    path: Any,
    geometries: Geometries,
    columns: Sequence[str] = tuple(COLUMNS),
    executor: Executor | int | None = None,
    *,
    seconds: float = 1.0,
    progress: Progress | None = None,
) -> Sweep:
    """Write the rows that are not there yet.

    Args:
        path: the folder.
        geometries: which.
        columns: what is found: keys of ``COLUMNS``.
        executor, progress: as in :func:`symconv.sweep`.
        seconds: the limit for each column of a cell.

    Raises:
        SymconvError: another column, or the folder is something else's.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder, ThreadPoolExecutor(1) as pool:
    ...     atlas = build_atlas(folder, Geometries(3, 2, 1), ("sizes", "ranks"), pool)
    ...     atlas.table(["n", "k", "low", "high", "rank"]).to_pylist()[-1]
    {'n': 3, 'k': 2, 'low': 1, 'high': 1, 'rank': 3}
    """
    chosen = tuple(parse_choice("column", name, COLUMNS) for name in columns)
    types = {name: kind for column in chosen for name, kind in COLUMNS[column][1].items()}
    return sweep(
        partial(atlas_row, chosen, parse_seconds(seconds)),
        geometries,
        path,
        executor,
        schema=types | {LEFT_OUT: pa.list_(pa.string())},
        progress=progress,
    )
