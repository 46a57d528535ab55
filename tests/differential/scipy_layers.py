"""Random convolutions of SciPy."""

from __future__ import annotations

import scipy.linalg
import scipy.ndimage
import scipy.signal

import symconv as sc

from .cases import Case


def pick(rng, *values):
    return values[rng.integers(len(values))]


def case(rng):
    return pick(rng, signal, signal, planes, planes, ndimage, ndimage, ndimage, along, filters,
                matrix)(rng)  # fmt: skip


def arrays(rng, ndim, largest):
    top = {1: 9, 2: 6, 3: 4}[ndim]
    x = rng.integers(-4, 5, rng.integers(1, top + 1, ndim))
    return x, rng.integers(-4, 5, rng.integers(1, largest + 1, ndim))


def made(layer, shown, x, run, read):
    """SciPy has no channels."""
    return Case(layer, f"{shown} on {x.shape}", x[None], lambda image: run(image[0])[None], read)


def signal(rng):
    ndim = int(pick(rng, 1, 1, 2, 3))
    x, w = arrays(rng, ndim, {1: 9, 2: 6, 3: 3}[ndim])
    name, mode = pick(rng, "correlate", "convolve"), pick(rng, "full", "same", "valid")
    return made(
        f"signal.{name}",
        f"{name}({w.tolist()}, {mode!r})",
        x,
        lambda image: getattr(scipy.signal, name)(image, w, mode, method="direct"),
        lambda: sc.from_scipy(name, x.shape, w, mode=mode),
    )


def planes(rng):
    x, w = arrays(rng, 2, 7)
    name, mode = pick(rng, "correlate2d", "convolve2d"), pick(rng, "full", "same", "valid")
    boundary, value = pick(rng, "fill", "wrap", "symm"), int(pick(rng, 0, 0, 3, -2))
    return made(
        f"signal.{name} {boundary}",
        f"{name}({w.tolist()}, {mode!r}, {boundary!r}, {value})",
        x,
        lambda image: getattr(scipy.signal, name)(image, w, mode, boundary, value),
        lambda: sc.from_scipy(
            name, x.shape, w, mode=mode, boundary=boundary,
            fillvalue=value if boundary == "fill" else 0,
        ),
    )  # fmt: skip


NDIMAGE = ("reflect", "grid-mirror", "mirror", "nearest", "wrap", "grid-wrap", "constant",
           "grid-constant", "valid")  # fmt: skip


def ndimage(rng):
    ndim = int(pick(rng, 1, 1, 2, 3))
    x, w = arrays(rng, ndim, {1: 9, 2: 6, 3: 3}[ndim])
    name, mode = pick(rng, "correlate", "convolve"), str(pick(rng, *NDIMAGE))
    origin = [int(o) for o in rng.integers(-2, 3, ndim)] if rng.random() < 0.5 else 0
    cval = int(pick(rng, 0, 0, 2, -3))
    return made(
        f"ndimage.{name} {mode}",
        f"{name}({w.tolist()}, mode={mode!r}, cval={cval}, origin={origin})",
        x,
        lambda image: getattr(scipy.ndimage, name)(image, w, mode=mode, cval=cval, origin=origin),
        lambda: sc.from_scipy(f"ndimage.{name}", x.shape, w, mode=mode, origin=origin, cval=cval),
    )


def along(rng):
    """Filters along one axis."""
    ndim = int(pick(rng, 1, 2, 3))
    x, _ = arrays(rng, ndim, 3)
    name = pick(rng, "correlate1d", "convolve1d", "uniform_filter1d")
    taps, mode = int(rng.integers(1, 8)), str(pick(rng, *NDIMAGE))
    given = {
        "axis": int(rng.integers(-ndim, ndim)), "mode": mode, "cval": int(pick(rng, 0, 0, 2)),
        "origin": int(rng.integers(-2, 3)) if rng.random() < 0.5 else 0,
    }  # fmt: skip
    kernel = taps if name == "uniform_filter1d" else rng.integers(-4, 5, taps).tolist()
    return made(
        f"ndimage.{name}",
        f"{name}({kernel}, {given})",
        x,
        lambda image: getattr(scipy.ndimage, name)(image.astype(float), kernel, **given),
        lambda: sc.from_scipy(f"ndimage.{name}", x.shape, kernel, **given),
    )


def filters(rng):
    """Filters along each axis, with weights of their own."""
    ndim = int(pick(rng, 1, 2, 3))
    x, _ = arrays(rng, ndim, 3)
    name = pick(rng, "uniform_filter", "sobel", "prewitt", "laplace")
    given = {"mode": str(pick(rng, *NDIMAGE)), "cval": int(pick(rng, 0, 0, 2))}
    first = ()
    if name == "uniform_filter":
        given["origin"] = [int(o) for o in rng.integers(-1, 2, ndim)]
        first = ([int(k) for k in rng.integers(1, 5, ndim)],)
    elif name != "laplace":
        given["axis"] = int(rng.integers(-ndim, ndim))
    return made(
        f"ndimage.{name}",
        f"{name}({first}, {given})",
        x,
        lambda image: getattr(scipy.ndimage, name)(image.astype(float), *first, **given),
        lambda: sc.from_scipy(f"ndimage.{name}", x.shape, *first, **given),
    )


def matrix(rng):
    x, w = arrays(rng, 1, 8)
    mode = pick(rng, "full", "same", "valid")
    return made(
        "linalg.convolution_matrix",
        f"convolution_matrix({w.tolist()}, {mode!r})",
        x,
        lambda image: scipy.linalg.convolution_matrix(w, len(image), mode) @ image,
        lambda: sc.from_scipy("convolution_matrix", x.shape, w, mode=mode),
    )
