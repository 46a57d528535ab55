"""PyArrow, late: see :mod:`symconv._late_modules`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from symconv._late_modules import LateModule

if TYPE_CHECKING:
    import filelock
    import pyarrow as pa
    from pyarrow import dataset, parquet
else:
    EXTRA = "symconv[sweep]"
    filelock = LateModule("filelock", EXTRA)
    pa = LateModule("pyarrow", EXTRA)
    dataset = LateModule("pyarrow.dataset", EXTRA)
    parquet = LateModule("pyarrow.parquet", EXTRA)

__all__ = ["dataset", "filelock", "pa", "parquet"]
