"""The command line. Commands import SymPy when they run: --help and --version are instant."""

from __future__ import annotations

import signal
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, NoReturn

import typer

from symconv.cli import atlas_commands
from symconv.cli.options import (
    Force,
    Given,
    OutputPath,
    ProductName,
    Target,
    of_layer,
    require_free,
    write,
)
from symconv.errors import ParseError, SymconvError

if TYPE_CHECKING:
    from symconv.catalogue.statement import Verification
    from symconv.operators.kernel import Kernel
    from symconv.operators.operator import Operator

Format = Literal[
    "text", "latex", "json", "sympy", "document", "pdf", "markdown", "mathematica", "matlab"
]
Form = Literal["full", "elided", "blocks", "closed", "kron"]

PICTURES = ("svg", "pdf", "png")
FORMED = ("latex", "document", "pdf", "markdown")

app = typer.Typer(
    add_completion=False,
    help="Symbolic mathematics of convolution and transposed convolution.",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.add_typer(atlas_commands.app, name="atlas")


def main() -> None:
    """Run the command line; an error of the user's is one line and exit code 2.

    A check that fails is one line and exit code 1.
    """
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # matrices need it, whatever the locale
    before = signal.signal(signal.SIGTERM, _leave)
    try:
        app()
    except AssertionError as error:
        typer.echo(f"symconv: error: a check failed: {error}", err=True)
        sys.exit(1)
    except (SymconvError, OSError) as error:
        typer.echo(f"symconv: error: {error}", err=True)
        sys.exit(2)
    finally:
        signal.signal(signal.SIGTERM, before)


def _leave(number: int, _: object) -> NoReturn:
    """As Ctrl-C does: temporary files are removed, and what was started is stopped."""
    workers = sys.modules.get("multiprocessing")  # loaded where there are any
    for worker in workers.active_children() if workers else ():
        worker.terminate()
    sys.exit(128 + number)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"symconv {version('symconv')}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def run(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Derive, check and typeset the matrix of a convolution.

    Without a command: the worked example, a 3x3 kernel on a 4x4 image.
    """
    if context.invoked_subcommand is None:
        from rich.console import Console

        from symconv.cli.example import example_text
        from symconv.printing.text_representations import wrapped

        Console(highlight=False, markup=False, emoji=False, soft_wrap=True).print(
            wrapped(example_text())
        )


@app.command()
@of_layer
def derive(
    layer: Given,
    product: ProductName = "C",
    kind: Annotated[
        Format,
        typer.Option(
            "--format",
            metavar="NAME",
            help="text elides what is too wide; latex pastes into a paper; document is a whole "
            "LaTeX file, pdf what latexmk makes of it; markdown, mathematica and matlab paste "
            "there; sympy pastes after "
            '"from sympy import *"; json is an object with shape, input_size, output_size, '
            "kernel_size, kernel (its entries, row-major) and entries (all rows, zeros too), each "
            "entry an exact string; of any size the cases of an entry and valid_from. json and "
            "sympy write up to a million entries.",
        ),
    ] = "text",
    form: Annotated[
        Form | None,
        typer.Option(
            metavar="NAME",
            help="Of latex, document, pdf and markdown: full (every entry), elided (corners and "
            "dots), blocks (Toeplitz blocks), closed (the entry as a formula) or kron (Kronecker "
            "products); else what can be read.",
        ),
    ] = None,
    output: OutputPath = None,
    force: Force = False,
) -> None:
    """Derive C, its transpose or a product, for a kernel and an image."""
    if form is not None and kind not in FORMED:
        raise ParseError(f"--form {form} goes with --format {', '.join(FORMED)}, not {kind}")
    if kind == "pdf" and output is None:
        raise ParseError("--format pdf needs --output, a file to write")
    if output is not None:
        require_free(output, force)
    write(_format(layer.product(product), kind, form, layer.kernel), output)


@app.command()
@of_layer
def explain(layer: Given) -> None:
    """Say in words whether the transpose of C undoes it, and exactly why not."""
    from symconv.analysis.explanation import explain as explain_operator
    from symconv.printing.text_representations import wrapped

    typer.echo(wrapped(str(explain_operator(layer.operator))))


@app.command()
@of_layer
def draw(
    layer: Given,
    output: Target,
    product: ProductName = "C",
    by: Annotated[
        Literal["tap", "lag", "size", "entry"] | None,
        typer.Option(metavar="NAME", help="What a colour stands for: tap, lag, size or entry."),
    ] = None,
    force: Force = False,
) -> None:
    """Draw the matrix as a picture: .svg, .pdf or .png."""
    from symconv.plotting.matrix_figure import draw as draw_operator

    kind = output.suffix.lower().removeprefix(".")
    if kind not in PICTURES:
        raise ParseError(f"--output {output} does not end in one of .{', .'.join(PICTURES)}")
    require_free(output, force)
    picture = BytesIO()
    draw_operator(layer.product(product), by).savefig(picture, format=kind)
    write(picture.getvalue(), output)


@app.command()
@of_layer
def animate(
    layer: Given,
    output: Target,
    product: ProductName = "C",
    how: Annotated[
        Literal["gather", "scatter"] | None,
        typer.Option(metavar="NAME", help="gather or scatter; else a transpose scatters."),
    ] = None,
    seconds: Annotated[float, typer.Option(metavar="NUMBER", help="For each step.")] = 1.0,
    force: Force = False,
) -> None:
    """Make a film of a whole pass: .gif, .svg, .html (with a slider) or .mp4."""
    from symconv.plotting.animation import animate as animate_operator

    require_free(output, force)
    animate_operator(layer.product(product), output, how=how, seconds=seconds)


@app.command()
def verify(
    keys: Annotated[
        list[str] | None, typer.Argument(help="Keys of statements; without any: list them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Verify the whole catalogue.")] = False,
    max_size: Annotated[
        int | None,
        typer.Option(min=1, metavar="NUMBER", help="Largest image size of the small geometries."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, metavar="NUMBER", help="Processes that share the work.")
    ] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File to write the results to.")
    ] = None,
    force: Force = False,
) -> None:
    """Verify statements of the catalogue: prove them for every size, check them on small ones.

    Exit code 1, with the smallest counterexample, if one fails.
    """
    from symconv.catalogue.listing import statement, statements

    if every and keys:
        raise ParseError(f"--all and {keys[0]}: name statements or take them all")
    chosen = statements().keys if every else tuple(statement(key).key for key in keys or ())
    if not chosen:
        typer.echo(str(statements()))
        return
    if json_file is not None:
        require_free(json_file, force, "--json")
    found = _verify_each(chosen, max_size, workers)
    _show_verifications(found)
    if json_file is not None:
        write(_verifications_json(found), json_file, "--json")
    if not all(found):
        raise typer.Exit(1)


def _verify_each(keys: tuple[str, ...], max_size: int | None, workers: int) -> list[Verification]:
    from functools import partial

    from rich.console import Console
    from rich.progress import track

    from symconv.catalogue.listing import verify as verify_one
    from symconv.sweeps.workers import Processes

    one = partial(verify_one, max_size=max_size)
    console = Console(stderr=True)
    if workers == 1:
        return [*track(map(one, keys), "verifying", len(keys), console=console, transient=True)]
    with Processes(min(workers, len(keys))) as pool:
        found = (work.result() for work in [pool.submit(one, key) for key in keys])
        return [*track(found, "verifying", len(keys), console=console, transient=True)]


def _show_verifications(found: list[Verification]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("", "statement", "proved for", "checked on", box=None, pad_edge=False)
    for one in found:
        proved = f"{len(one.proved)} families of sizes" if one.proved else ""
        checked = f"{one.checked} geometries"
        if one.counterexample is not None:
            proved, checked = one.outcome, ""
        table.add_row("ok" if one else "FALSE", Text(one.key), Text(proved), checked)
    Console(highlight=False, soft_wrap=False).print(table)
    held = sum(map(bool, found))
    geometries = sum(one.checked for one in found)
    typer.echo(f"{held} of {len(found)} statements hold, on {geometries} geometries in all")


def _verifications_json(found: list[Verification]) -> str:
    import json

    fields = [
        {
            "key": one.key,
            "holds": bool(one),
            "checked": one.checked,
            "proved": list(one.proved),
            "counterexample": one.counterexample
            and {name: str(value) for name, value in one.counterexample.items()},
            "difference": one.difference,
        }
        for one in found
    ]
    return json.dumps(fields, indent=2)


def _format(operator: Operator, kind: Format, form: Form | None, kernel: Kernel) -> str | bytes:
    from symconv.export import document
    from symconv.export.json_text import json_text
    from symconv.export.markdown import to_markdown
    from symconv.export.mathematica import to_mathematica
    from symconv.export.matlab import to_matlab
    from symconv.export.sympy_text import sympy_text
    from symconv.printing.latex import latex
    from symconv.printing.text_representations import text_of

    match kind:
        case "latex":
            return latex(operator, form)
        case "document":
            return document.document_text(operator, form).rstrip("\n")
        case "pdf":
            return document.compile_pdf(document.document_text(operator, form))
        case "markdown":
            return to_markdown(operator, form)
        case "mathematica":
            return to_mathematica(operator)
        case "matlab":
            return to_matlab(operator)
        case "json":
            return json_text(operator, kernel)
        case "sympy":
            return sympy_text(operator)
    return text_of(operator)
