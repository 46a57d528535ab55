"""The command line. Commands import SymPy when they run: --help and --version are instant."""

from __future__ import annotations

import signal
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from symconv.errors import ParseError, SymconvError

if TYPE_CHECKING:
    from symconv.catalogue.statement import Verification
    from symconv.operators.kernel import Kernel
    from symconv.operators.operator import Operator

Product = Literal["C", "Ct", "CCt", "CtC"]
Format = Literal[
    "text", "latex", "json", "sympy", "document", "pdf", "markdown", "mathematica", "matlab"
]
Form = Literal["full", "elided", "blocks", "closed", "kron"]

FORMED = ("latex", "document", "pdf", "markdown")
MOST_WRITTEN = 10**6

app = typer.Typer(
    add_completion=False,
    help="Symbolic mathematics of convolution and transposed convolution.",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


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

        Console(highlight=False, markup=False, emoji=False, soft_wrap=True).print(example_text())


@app.command()
def derive(
    kernel: Annotated[
        str,
        typer.Option(
            help='Size of a symbolic kernel ("3x3"), entries ("1,2;3,4": rows by ";", exact '
            'numbers or names), or a .npy or .csv file. A lone number "3" is a size.'
        ),
    ],
    size: Annotated[
        str,
        typer.Option(
            "--input",
            help='Size of the input image, "4x4", or of any size, "n", "nxn", "2*m+1,n": then '
            "what comes out is the closed form.",
        ),
    ],
    stride: Annotated[str, typer.Option(help='One number or one an axis, "2" or "2x1".')] = "1",
    padding: Annotated[
        str, typer.Option(help='"1", "1x2", "0:1,2:0" (low:high an axis), valid, same or full.')
    ] = "0",
    dilation: Annotated[str, typer.Option(help="As stride.")] = "1",
    output_padding: Annotated[str, typer.Option(help="As stride; with --transpose.")] = "0",
    padding_mode: Annotated[
        str, typer.Option(help="zeros, circular, reflect, replicate or symmetric.")
    ] = "zeros",
    transpose: Annotated[bool, typer.Option(help="Take the transposed convolution as C.")] = False,
    product: Annotated[Product, typer.Option(help="What to derive.")] = "C",
    kind: Annotated[
        Format,
        typer.Option(
            "--format",
            help="text elides what is too wide; latex pastes into a paper; document is a whole "
            "LaTeX file, pdf what latexmk makes of it; markdown, mathematica and matlab paste "
            "there; sympy pastes after "
            '"from sympy import *"; json is an object with shape, input_size, output_size, '
            "kernel_size, kernel (its entries, row-major) and entries (all rows, zeros too), each "
            "entry an exact string; of any size the cases of an entry and valid_from. json and "
            f"sympy write up to {MOST_WRITTEN} entries.",
        ),
    ] = "text",
    form: Annotated[
        Form | None,
        typer.Option(
            help="Of latex, document, pdf and markdown: every entry, corners and dots, Toeplitz "
            "blocks, the entry as a formula, or Kronecker products; else what can be read."
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option(help="File to write, whole or not at all; else the terminal.")
    ] = None,
) -> None:
    """Derive C, its transpose or a product, for a kernel and an image."""
    from symconv.cli.inputs import read_image, read_kernel, read_paddings, read_sizes
    from symconv.operators.convolution import conv, conv_transpose

    if form is not None and kind not in FORMED:
        raise ParseError(f"--form {form} goes with --format {', '.join(FORMED)}, not {kind}")
    if kind == "pdf" and output is None:
        raise ParseError("--format pdf needs --output, a file to write")
    symbols = read_kernel(kernel)
    image = read_image(size, symbols)
    geometry: dict[str, Any] = {
        "stride": read_sizes(stride, "--stride"),
        "padding": read_paddings(padding),
        "dilation": read_sizes(dilation, "--dilation"),
    }
    if transpose:
        if padding_mode != "zeros":
            raise ParseError(f"--transpose goes with --padding-mode zeros, not {padding_mode}")
        extra = read_sizes(output_padding, "--output-padding")
        operator = conv_transpose(symbols, image, output_padding=extra, **geometry)
    else:
        if output_padding != "0":
            raise ParseError(f"--output-padding {output_padding} goes with --transpose")
        geometry["padding_mode"] = padding_mode
        operator = conv(symbols, image, **geometry)
    _write(_format(_multiply(operator, product), kind, form, symbols), output)


@app.command()
def verify(
    keys: Annotated[
        list[str] | None, typer.Argument(help="Keys of statements; without any: list them.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Verify the whole catalogue.")] = False,
    max_size: Annotated[
        int | None, typer.Option(min=1, help="Largest image size of the small geometries.")
    ] = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="File to write the results to.")
    ] = None,
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
    found = _verify_each(chosen, max_size, workers)
    _show_verifications(found)
    if json_file is not None:
        _write(_verifications_json(found), json_file, "--json")
    if not all(found):
        raise typer.Exit(1)


def _verify_each(keys: tuple[str, ...], max_size: int | None, workers: int) -> list[Verification]:
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    from rich.console import Console
    from rich.progress import track

    from symconv.catalogue.listing import verify as verify_one

    one = partial(verify_one, max_size=max_size)
    console = Console(stderr=True)
    if workers == 1:
        return [*track(map(one, keys), "verifying", len(keys), console=console, transient=True)]
    with ProcessPoolExecutor(min(workers, len(keys))) as pool:
        found = pool.map(one, keys)
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


def _multiply(operator: Operator, product: Product) -> Operator:

    match product:
        case "C":
            return operator
        case "Ct":
            return operator.T
        case "CCt":
            return operator @ operator.T
    return operator.T @ operator


def _format(operator: Operator, kind: Format, form: Form | None, kernel: Kernel) -> str | bytes:
    from symconv.export import document
    from symconv.export.json_text import json_text
    from symconv.export.markdown import to_markdown
    from symconv.export.mathematica import to_mathematica
    from symconv.export.matlab import to_matlab
    from symconv.export.sympy_text import sympy_text
    from symconv.printing.latex import latex
    from symconv.printing.unicode import closed_form_text, matrix_text

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
            return json_text(operator, kernel, MOST_WRITTEN)
        case "sympy":
            return sympy_text(operator, MOST_WRITTEN)
    if operator.size_symbols:
        return closed_form_text(operator.closed_form())
    return matrix_text(operator)


def _write(content: str | bytes, output: Path | None, option: str = "--output") -> None:
    """To the terminal, or to a file that is there whole or not at all."""
    from symconv.files import write_whole

    if output is None:
        typer.echo(content)
        return
    try:
        write_whole(output, content if isinstance(content, bytes) else content + "\n")
    except SymconvError as error:
        raise SymconvError(f"{option} {error}") from None
