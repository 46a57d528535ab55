"""Grids of geometries: mappings from parameter to value, each told from others by its values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, product
from math import prod
from numbers import Integral
from typing import Any

from symconv._arrays import np
from symconv.arguments import on_one_line, shown
from symconv.errors import SymconvError

Geometry = Mapping[str, Any]
KEY_BYTES = 16


@dataclass(frozen=True)
class Grid:
    """Geometries, one after the other.

    Attributes:
        geometries: each with the same parameters; iterated over once.
        samples: parameter to values of it, from which its type is read.
        size: how many there are, None where that is not known.
    """

    geometries: Iterable[Geometry]
    samples: Mapping[str, Sequence[Any]]
    size: int | None

    def __iter__(self) -> Iterator[Geometry]:
        for geometry in self.geometries:
            _require_geometry(geometry)
            if geometry.keys() != self.samples.keys():
                names = ", ".join(self.samples)
                raise SymconvError(f"the geometry {shown(dict(geometry))} has not just {names}")
            yield geometry


def parse_grid(grid: Any) -> Grid:
    """A grid from the values of each parameter, or from geometries.

    >>> grid = parse_grid({"k": [2, 3], "stride": range(1, 3)})
    >>> grid.size, [*grid][-1]
    (4, {'k': 3, 'stride': 2})
    """
    if isinstance(grid, Mapping):
        return _product(grid)
    if not isinstance(grid, Iterable) or isinstance(grid, str | bytes):
        raise SymconvError(
            f"{shown(grid)} is no grid: a mapping from each parameter to its values, or geometries"
        )
    geometries = _iterated(grid)
    first = next(geometries, None)
    if first is None:
        raise SymconvError(f"the grid {shown(grid)} has no geometry")
    _require_geometry(first)
    size = len(grid) if isinstance(grid, Sized) else None
    return Grid(chain([first], geometries), {name: [v] for name, v in first.items()}, size)


def _product(grid: Mapping[Any, Any]) -> Grid:
    samples = {}
    for name, values in grid.items():
        if not isinstance(values, Iterable) or isinstance(values, str | bytes):
            raise SymconvError(f"the grid has no list of values for {shown(name)}")
        samples[name] = [*_iterated(values)]
        if not samples[name]:
            raise SymconvError(f"the grid has no value for {shown(name)}")
    if not samples:
        raise SymconvError("the grid has no parameter")
    _require_geometry(samples)
    geometries = (dict(zip(samples, chosen, strict=True)) for chosen in product(*samples.values()))
    return Grid(geometries, samples, prod(map(len, samples.values())))


def _iterated(values: Iterable[Any]) -> Iterator[Any]:
    try:
        return iter(values)
    except TypeError as error:
        raise SymconvError(f"{shown(values)}: {on_one_line(error)}") from None


def _require_geometry(geometry: Any) -> None:
    names = geometry if isinstance(geometry, Mapping) else [None]
    if not all(isinstance(name, str) and name.isidentifier() for name in names):
        raise SymconvError(f"{shown(geometry)} is no mapping from names of parameters to values")


def key(geometry: Geometry) -> bytes:
    """What tells a geometry from others, whatever the order of its parameters.

    Raises:
        SymconvError: a value is neither a number, text, None, nor a list of these.

    >>> key({"k": 2, "s": 1}) == key({"s": 1, "k": 2}) != key({"s": 2, "k": 1})
    True
    """
    text = json.dumps(plain(geometry), sort_keys=True)
    return blake2b(text.encode(), digest_size=KEY_BYTES).digest()


def plain(value: Any) -> Any:
    """A value as tables take it: numbers of NumPy's and SymPy's become Python's.

    Raises:
        SymconvError: it is neither a number, text, None, nor a list or mapping of these.

    >>> plain({"padding": ((0, 1), (1, 0))})
    {'padding': [[0, 1], [1, 0]]}
    """
    if value is None or type(value) in (bool, int, float, str):
        return value
    for kind, made in ((Integral, int), (float, float), (str, str)):
        if isinstance(value, kind):
            return made(value)
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if hasattr(value, "__array__"):
        return plain(np.asarray(value).tolist())
    raise SymconvError(f"{shown(value)} is neither a number, text, nor a list of these")
