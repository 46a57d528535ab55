"""NumPy and SciPy, late: see :mod:`symconv._late_modules`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symconv._late_modules import LateModule

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import scipy.fft as scipy_fft
    import scipy.sparse as scipy_sparse
    import scipy.sparse.linalg as scipy_sparse_linalg

    Array = npt.NDArray[Any]
    Places = npt.NDArray[np.int64]
    ArrayLike = npt.ArrayLike
else:
    np = LateModule("numpy", "numpy")
    scipy_fft = LateModule("scipy.fft", "symconv[scipy]")
    scipy_sparse = LateModule("scipy.sparse", "symconv[scipy]")
    scipy_sparse_linalg = LateModule("scipy.sparse.linalg", "symconv[scipy]")
    Array = Places = ArrayLike = Any

__all__ = ["Array", "ArrayLike", "Places", "np", "scipy_fft", "scipy_sparse", "scipy_sparse_linalg"]
