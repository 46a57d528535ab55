"""The atlas as a page: a small one is built here, and asked what one would look up."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from symconv.sweeps.atlas import Geometries, build_atlas
from symconv.sweeps.browse import rows

N = 8
GEOMETRIES = Geometries(max_size=N, max_kernel=4, max_stride=4)
COLUMNS = ("sizes", "ranks", "equations", "solutions", "checkerboard", "condition", "growth")

HEAD = """# Atlas

Every small geometry with what is known of its matrix: sizes, ranks, the equations of C Cᵀ = I and
how many kernels satisfy them, when the transpose leaves no checkerboard, the determinant, what
gives the singular values, conditioning, the pieces of the closed forms, LaTeX. One of your own, of
other sizes, goes to a folder of Parquet files, which DuckDB, pandas and Polars read too:

```sh
pip install "symconv[sweep]"
symconv atlas build --max-size 12 --max-kernel 5 --max-stride 4 --max-dilation 2 --modes all
symconv atlas show
symconv atlas query atlas "k=4" "stride=2" "families>0" --columns n,low,high,equations,families
symconv atlas query atlas "mode=zeros" --by k,stride
```

Stopped however, the first command goes on where it was. What takes longer than a second a column is
told in `left_out`. `sc.sweep` does the same for a function of your own, on Dask, MPI or Ray too.

"""
ORTHONORMAL = f"""## Kernels with C Cᵀ = I

One axis, {N} pixels, zeros around them. Isolated kernels, real or not, and families.

"""
CHECKERBOARDS = """## No checkerboard

The transpose of one axis leaves a flat image flat, inside, for these kernels alone.

"""
CONDITIONS = f"""## Condition numbers of 1, 2, 3, …

σ_max/σ_min of the kernel 1, …, k at {N} pixels, and how it grows with them where that is decided.

"""


def write(path: Path) -> None:
    """The page."""
    with TemporaryDirectory() as folder:
        data = build_atlas(folder, GEOMETRIES, COLUMNS, 1).dataset()
        here = [f"n={N}", "k>1"]
        plain = [*here, "low=0", "high=0"]
        parts = [
            HEAD,
            ORTHONORMAL,
            _table(data, here, "k stride low high equations real complex families"),
            CHECKERBOARDS,
            _table(data, plain, "k stride flat_if"),
            CONDITIONS,
            _table(data, [*here, "stride=1"], "k low high condition growth"),
        ]
    path.write_text("".join(parts))


def _table(data: Any, conditions: Sequence[str], names: str) -> str:
    columns = names.split()
    lines = [columns, ["---"] * len(columns)]
    found = rows(data, conditions, columns, [name for name in columns if name in ORDER])
    lines += [[*map(_shown, row.values())] for row in found.to_pylist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n\n"


ORDER = ("k", "stride", "low", "high")


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
