"""What several commands ask for: a layer, a product, a file. Nothing here loads SymPy."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from symconv.errors import ParseError, SymconvError
from symconv.files import writable, write_whole

Product = Literal["C", "Ct", "CCt", "CtC"]

KernelText = Annotated[
    str,
    typer.Option(
        "--kernel",
        metavar="TEXT",
        help='Size of a symbolic kernel ("3x3"), entries ("1,2;3,4": rows by ";", exact numbers '
        'or names), or a .npy or .csv file. A lone number "3" is a size.',
    ),
]
SizeText = Annotated[
    str,
    typer.Option(
        "--input",
        metavar="TEXT",
        help='Size of the input image, "4x4", or of any size, "n", "nxn", "2*m+1,n".',
    ),
]
StrideText = Annotated[
    str,
    typer.Option("--stride", metavar="TEXT", help='One number or one an axis, "2" or "2x1".'),
]
PaddingText = Annotated[
    str,
    typer.Option(
        "--padding",
        metavar="TEXT",
        help='"1", "1x2", "0:1,2:0" (low:high an axis), valid, same or full.',
    ),
]
DilationText = Annotated[str, typer.Option("--dilation", metavar="TEXT", help="As stride.")]
OutputPaddingText = Annotated[
    str,
    typer.Option("--output-padding", metavar="TEXT", help="As stride; with --transpose."),
]
ModeText = Annotated[
    str,
    typer.Option(
        "--padding-mode", metavar="TEXT", help="zeros, circular, reflect, replicate or symmetric."
    ),
]
IsTransposed = Annotated[
    bool, typer.Option("--transpose", help="Take the transposed convolution as C.")
]
ProductName = Annotated[
    Product,
    typer.Option("--product", metavar="NAME", help="Which matrix: C, Ct, CCt or CtC."),
]
OutputPath = Annotated[
    Path | None,
    typer.Option("--output", help="File to write, whole or not at all; else the terminal."),
]
Target = Annotated[Path, typer.Option("--output", help="File to write, whole or not at all.")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there already.")]


@dataclass(frozen=True)
class Given:
    """A layer that the options describe, and its kernel."""

    operator: Any
    kernel: Any

    def product(self, name: Product) -> Any:
        """C, its transpose, or a product of the two."""
        C = self.operator
        match name:
            case "C":
                return C
            case "Ct":
                return C.T
            case "CCt":
                return C @ C.T
        return C.T @ C


def read_layer(
    kernel: KernelText,
    size: SizeText,
    stride: StrideText = "1",
    padding: PaddingText = "0",
    dilation: DilationText = "1",
    output_padding: OutputPaddingText = "0",
    padding_mode: ModeText = "zeros",
    transpose: IsTransposed = False,
) -> Given:
    """The layer that the options describe."""
    from symconv.cli.inputs import read_operator

    given = kernel, size, stride, padding, dilation, output_padding, padding_mode, transpose
    return Given(*read_operator(*given))


def of_layer(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes a layer first, with the layer's options before its own."""
    asked = [*inspect.signature(read_layer, eval_str=True).parameters.values()]
    own = [*inspect.signature(command, eval_str=True).parameters.values()][1:]

    def run(**given: Any) -> None:
        layer = read_layer(**{each.name: given.pop(each.name) for each in asked})
        command(layer, **given)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [each.replace(kind=keyword) for each in (*asked, *own)]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def require_free(path: Path, force: bool, option: str = "--output") -> None:
    """Refuse a file that cannot be written, or that is there already; asked before the work."""
    try:
        target = writable(path)
    except SymconvError as error:
        raise SymconvError(f"{option} {error}") from None
    if target.exists() and not force:
        raise ParseError(f"{option} {path} is there already: --force replaces it")


def write(content: str | bytes, output: Path | None, option: str = "--output") -> None:
    """To the terminal, or to a file that is there whole or not at all."""
    if output is None:
        typer.echo(content)
        return
    try:
        write_whole(output, content if isinstance(content, bytes) else content + "\n")
    except SymconvError as error:
        raise SymconvError(f"{option} {error}") from None
