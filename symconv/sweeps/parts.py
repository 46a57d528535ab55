"""Rows on a disk: a folder of Parquet files, each of which is there whole or not at all."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from symconv.arguments import on_one_line, parse_path, shown
from symconv.errors import SymconvError
from symconv.sweeps.arrow import dataset, filelock, pa, parquet
from symconv.sweeps.grids import KEY_BYTES

# A part is written when it has so many rows, or when its first row is so many seconds old.
MOST_ROWS = 1000
MOST_SECONDS = 5.0

SCHEMA_FILE, LOCK_FILE = "_common_metadata", "_lock"
PART, UNFINISHED = "part-{:06}.parquet", ".unfinished-"
CELL, FAILURE, SECONDS = OWN = ("cell", "failure", "seconds")
FUNCTION = b"symconv.function"
TYPES = {bool: "bool", int: "int64", float: "float64", str: "string"}

# What PyArrow raises where a value is not of a type; its own are ValueErrors and TypeErrors too.
WRONG = (OverflowError, TypeError, ValueError, NotImplementedError)

Row = dict[str, Any]


class Parts:
    """The rows of a sweep as they are written; one process has them open at a time.

    Args:
        folder: where they are, or will be; made where it is not there.
        samples: parameter to values of it.
        types: column to type, of results and of parameters; None where the first result decides.
        function: the name of what makes the rows.

    Raises:
        SymconvError: the folder is no sweep, one of something else, or open elsewhere.
    """

    def __init__(
        self,
        folder: Any,
        samples: Mapping[str, Sequence[Any]],
        types: Mapping[str, Any] | None,
        function: str,
    ) -> None:
        self.folder = parse_folder(folder)
        self._parameters = {name: _type_of(name, values) for name, values in samples.items()}
        self._function = function
        taken = sorted({*OWN} & self._parameters.keys())
        if taken:
            raise SymconvError(f"the name {taken[0]} of a parameter is that of a column of its own")
        self.schema = None if types is None else self._with(parse_types(types))
        self._last = time.monotonic()
        # The number of the next part and its rows, put there together: whatever interrupts, a part
        # is written anew or there already, and never lost or there twice.
        self._open: tuple[int, list[Row]] = (0, [])

    def __enter__(self) -> Parts:
        make_folder(self.folder)
        self._lock = filelock.FileLock(self.folder / LOCK_FILE, timeout=0)
        try:
            self._lock.acquire()
        except filelock.Timeout:
            raise SymconvError(f"another process writes to {self.folder}") from None
        try:
            self._go_on()
        except BaseException:
            self._lock.release()
            raise
        return self

    def _go_on(self) -> None:
        for left in self.folder.glob(f"{UNFINISHED}*"):
            left.unlink()
        if parts_of(self.folder):
            self._resume(parquet.read_schema(self.folder / SCHEMA_FILE))
        else:
            self._write_schema(self.schema or self._with({}))
        numbers = [int(part.stem.partition("-")[2]) for part in parts_of(self.folder)]
        self._open = (max(numbers, default=-1) + 1, [])

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.flush()
        finally:
            self._lock.release()

    # --- schema -----------------------------------------------------------------------------------

    def _with(self, results: Mapping[str, Any]) -> pa.Schema:
        columns = {CELL: pa.binary(KEY_BYTES)} | self._parameters | dict(results)
        columns |= {FAILURE: pa.string(), SECONDS: pa.float64()}
        return pa.schema([*columns.items()], metadata={FUNCTION: self._function})

    def _resume(self, there: pa.Schema) -> None:
        function = (there.metadata or {}).get(FUNCTION, b"").decode()
        if function != self._function:
            raise SymconvError(
                f"{self.folder} has what {function or 'another program'} gave, not {self._function}"
            )
        bare = len(there) == len(self._parameters) + len(OWN)
        wanted = self.schema or (self._with({}) if bare else there)
        if {*self._parameters} - {*there.names} or not (bare or there.equals(wanted)):
            raise SymconvError(
                f"{self.folder} has the columns {shown(_named(there))}, not {shown(_named(wanted))}"
            )
        self.schema = None if bare and self.schema is None else wanted
        if bare and self.schema is not None:
            self._write_schema(self.schema)

    def _write_schema(self, schema: pa.Schema) -> None:
        self._replace(SCHEMA_FILE, lambda path: parquet.write_metadata(schema, path))

    # --- rows -------------------------------------------------------------------------------------

    def done(self) -> Iterator[bytes]:
        """The keys of the cells that are there."""
        for part in parts_of(self.folder):
            yield from parquet.read_table(part, columns=[CELL])[CELL].to_pylist()

    def add(self, row: Row, result: Mapping[str, Any] | None) -> bool:
        """Keep a row, with what was found or its failure; whether it is a success."""
        if result is not None:
            fault = self._fault(row, result)
            row = {**row, FAILURE: fault} if fault else {**row, **result}
        self._open[1].append(row)
        self.flush_if_due()
        return row[FAILURE] is None

    def _fault(self, row: Row, result: Mapping[str, Any]) -> str | None:
        """Why a result does not go with the columns, which the first one decides."""
        if self.schema is None:
            self.schema = self._with({name: _type_of(name, [v]) for name, v in result.items()})
            self._write_schema(self.schema)
        for name, value in result.items():
            if name in row or name not in self.schema.names:
                return f"SymconvError: {name} is no column of results"
            misfit = _misfit(name, value, self.schema.field(name).type)
            if misfit:
                return f"SymconvError: {misfit}"
        return None

    def require(self, geometry: Mapping[str, Any]) -> None:
        """Refuse a geometry whose values are not of the types of the first one's."""
        for name, value in geometry.items():
            misfit = _misfit(name, value, self._parameters[name])
            if misfit:
                raise SymconvError(f"the geometry {shown(geometry)}: {misfit}")

    def flush_if_due(self) -> None:
        """Write what has come in, where it is much or old."""
        rows = self._open[1]
        if len(rows) >= MOST_ROWS or time.monotonic() - self._last > MOST_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Write what has come in."""
        number, rows = self._open
        if rows:
            table = pa.Table.from_pylist(rows, self.schema or self._with({}))
            self._replace(PART.format(number), lambda path: parquet.write_table(table, path))
            self._open = (number + 1, [])
        self._last = time.monotonic()

    def _replace(self, name: str, write: Any) -> None:
        unfinished = self.folder / f"{UNFINISHED}{name}"
        write(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        os.replace(unfinished, self.folder / name)


def parse_folder(path: Any) -> Path:
    """Where a sweep may be."""
    return parse_path(path).resolve()


def make_folder(folder: Path) -> None:
    """Make it, unless it is there and a sweep's, or empty."""
    try:
        folder.mkdir(exist_ok=True)
        others = [] if (folder / SCHEMA_FILE).exists() else [*folder.iterdir()]
    except OSError as error:
        raise SymconvError(f"{folder} cannot be a folder of results: {error.strerror}") from None
    strange = [path.name for path in others if path.name not in (LOCK_FILE,)]
    if strange and not all(name.startswith(UNFINISHED) for name in strange):
        raise SymconvError(f"{folder} has files that are no sweep's, such as {min(strange)}")


def parts_of(folder: Path) -> list[Path]:
    """The files with rows, in the order in which they were written."""
    return sorted(folder.glob(PART.replace("{:06}", "*")))


def open_dataset(path: Any) -> dataset.Dataset:
    """All rows of a folder, of parts that were written before the results were known too.

    Raises:
        SymconvError: it is no sweep.
    """
    folder = parse_folder(path)
    if not (folder / SCHEMA_FILE).is_file():
        raise SymconvError(f"{folder} is no folder of results: it has no {SCHEMA_FILE}")
    schema = parquet.read_schema(folder / SCHEMA_FILE)
    files = [str(part) for part in parts_of(folder)]
    return dataset.dataset(files, schema=schema, format="parquet")


def parse_types(types: Any) -> dict[str, Any]:
    """Column to type of PyArrow's, from types of Python's or of PyArrow's.

    >>> parse_types({"rank": int, "latex": str})["latex"]
    DataType(string)
    """
    if isinstance(types, pa.Schema):
        types = dict(zip(types.names, types.types, strict=True))
    if not isinstance(types, Mapping) or not all(isinstance(name, str) for name in types):
        raise SymconvError(f"schema={shown(types)} is no mapping from columns to types")
    return {name: _parse_type(name, kind) for name, kind in types.items()}


def _parse_type(name: str, kind: Any) -> Any:
    if name in OWN:
        raise SymconvError(f"schema: the name {name} is that of a column of its own")
    if isinstance(kind, type) and kind in TYPES:
        return pa.type_for_alias(TYPES[kind])
    if not isinstance(kind, pa.DataType):
        raise SymconvError(f"schema: {name} has no type {shown(kind)}; bool, int, float, str, …")
    return kind


def _type_of(name: str, values: Sequence[Any]) -> Any:
    try:
        kind = pa.array(values).type
    except WRONG as error:
        raise SymconvError(
            f"{name}={shown(values)} has no one type: {on_one_line(error)}"
        ) from None
    if pa.types.is_null(kind):
        raise SymconvError(f"{name} is None at first, which has no type: give a schema")
    return kind


def _misfit(name: str, value: Any, kind: Any) -> str | None:
    """Why a value is not of a type: PyArrow itself cuts 1.5 to an integer."""
    try:
        back = pa.array([value], kind)[0].as_py()
    except WRONG as error:
        return f"{name}={shown(value)} is no {kind}: {on_one_line(error)}"
    rounds = "float" in str(kind) or "double" in str(kind)
    return None if back == value or rounds else f"{name}={shown(value)} is no {kind}"


def _named(schema: pa.Schema) -> dict[str, str]:
    return {field.name: str(field.type) for field in schema}
