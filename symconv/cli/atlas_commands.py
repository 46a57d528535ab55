"""``symconv atlas``: write what is known of every small geometry, and browse it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from symconv.errors import ParseError

if TYPE_CHECKING:
    import pyarrow as pa

app = typer.Typer(help="Every small geometry with what is known of it, as Parquet files.")

Folder = Annotated[Path, typer.Argument(help="The folder of the atlas.")]
Conditions = Annotated[
    list[str] | None,
    typer.Argument(help='Such as "k=3", "stride>=2", "left_out!=null"; all must hold.'),
]
Largest = Annotated[int, typer.Option(min=1, metavar="NUMBER")]
Names = Annotated[str, typer.Option(metavar="NAMES", help="By commas.")]
WIDEST = 40


@app.command()
def build(
    folder: Folder = Path("atlas"),
    max_size: Largest = 8,
    max_kernel: Largest = 3,
    max_stride: Largest = 2,
    max_dilation: Largest = 1,
    max_axes: Largest = 1,
    modes: Annotated[
        str, typer.Option(metavar="NAMES", help='Padding modes by commas, or "all".')
    ] = "zeros",
    columns: Annotated[
        str, typer.Option(metavar="NAMES", help='What to find, by commas, or "all".')
    ] = "all",
    seconds: Annotated[
        float, typer.Option(metavar="NUMBER", help="The limit for each column of a geometry.")
    ] = 1.0,
    workers: Annotated[
        int | None, typer.Option(min=1, metavar="NUMBER", help="Processes; one a core else.")
    ] = None,
) -> None:
    """Write every geometry up to these sizes, small ones first.

    Stopped however, the same command goes on where it was; with larger sizes it adds to what is
    there. What is refused or takes too long is told in the column left_out.
    """
    from symconv.operators.padding import PADDING_MODES
    from symconv.sweeps.atlas import Geometries, build_atlas
    from symconv.sweeps.atlas_rows import COLUMNS

    most = (max_size, max_kernel, max_stride, max_dilation, max_axes)
    geometries = Geometries(*most, _names(modes, PADDING_MODES))
    chosen = _names(columns, tuple(COLUMNS))
    typer.echo(str(build_atlas(folder, geometries, chosen, workers, seconds=seconds)))


@app.command()
def show(
    folder: Folder = Path("atlas"),
    conditions: Conditions = None,
) -> None:
    """Say what an atlas has; with conditions, the first geometry that meets them, whole."""
    from symconv.sweeps.browse import counted, rows
    from symconv.sweeps.parts import open_dataset, parts_of

    data = open_dataset(folder)
    if conditions:
        for row in rows(data, conditions, limit=1).to_pylist():
            _show_whole(row)
        return
    size = sum(part.stat().st_size for part in parts_of(folder.resolve()))
    failed = data.count_rows(filter=_failed())
    typer.echo(f"{data.count_rows()} geometries, {failed} failed, {size / 1e6:.1f} MB")
    _print(counted(data, ("axes", "mode")))


def _failed() -> Any:
    from symconv.sweeps.arrow import dataset

    return dataset.field("failure").is_valid()


@app.command()
def query(
    folder: Folder,
    conditions: Conditions = None,
    columns: Names = "",
    sort: Annotated[
        str, typer.Option(metavar="NAMES", help='By commas; "-rank" for the largest first.')
    ] = "",
    by: Annotated[
        str, typer.Option(metavar="NAMES", help="Count the rows of each combination of these.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, metavar="NUMBER", help="Rows at most.")] = 20,
    kind: Annotated[
        Literal["text", "csv", "json"],
        typer.Option("--format", metavar="NAME", help="text (cut to the width), csv or json."),
    ] = "text",
) -> None:
    """Print the geometries that meet conditions, as a table."""
    from symconv.sweeps.browse import counted, rows
    from symconv.sweeps.parts import open_dataset

    data = open_dataset(folder)
    if by:
        if columns or sort:
            raise ParseError("--by goes without --columns and --sort")
        found = counted(data, _names(by), conditions or ()).slice(0, limit)
    else:
        found = rows(data, conditions or (), _names(columns), _names(sort), limit)
    _print(found, kind)


def _names(text: str, every: tuple[str, ...] = ()) -> tuple[str, ...]:
    return (
        every if text == "all" else tuple(filter(None, (part.strip() for part in text.split(","))))
    )


def _show_whole(row: dict[str, Any]) -> None:
    width = max(map(len, row))
    for name, value in row.items():
        typer.echo(f"{name:{width}}  {'' if value is None else value}")


def _print(table: pa.Table, kind: str = "text") -> None:
    import csv
    import json
    import sys

    if kind == "json":
        for row in table.to_pylist():
            typer.echo(json.dumps(row))
    elif kind == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerows([table.column_names, *(row.values() for row in table.to_pylist())])
    else:
        _print_text(table)


def _print_text(table: pa.Table) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown_table = Table(*table.column_names, box=None, pad_edge=False)
    for row in table.to_pylist():
        shown_table.add_row(*(Text(_cut(value)) for value in row.values()))
    Console(highlight=False, soft_wrap=False).print(shown_table)


def _cut(value: Any) -> str:
    if value is None:
        return ""
    text = f"{value:.6g}" if isinstance(value, float) else " ".join(str(value).split())
    return text if len(text) <= WIDEST else f"{text[:WIDEST]}…"
