"""Kernels, sizes and paddings from text and files. Nothing of it is ever evaluated."""

from __future__ import annotations

import csv
import re
from math import prod
from os import SEEK_END
from pathlib import Path
from typing import Any, BinaryIO

import sympy as sp

from symconv.arguments import on_one_line
from symconv.errors import ParseError
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.exact_input import parse_entry
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator
from symconv.operators.padding import PADDING_NAMES, Padding

MOST_TAPS = 10_000
MOST_CHARACTERS = 200
SIZES = re.compile(r"-?\d{1,19}([x,]-?\d{1,19})*")
# +2*n, +2n, +n*2, +n and +3: terms of an affine size; no name has an x.
NAME, NUMBER = "[A-WYZa-wyz][A-WYZa-wyz0-9_]*", r"\d{1,19}"
TERM = re.compile(
    rf"([+-])(?:({NUMBER})\*({NAME})|({NUMBER})([A-WYZa-wyz]+)|({NAME})\*({NUMBER})|({NAME})|({NUMBER}))"
    r"(?=[+-]|$)"
)
PAIRS = re.compile(r"-?\d{1,19}:-?\d{1,19}([x,]-?\d{1,19}:-?\d{1,19})*")


def read_operator(
    kernel: str, size: str, stride: str = "1", padding: str = "0", dilation: str = "1",
    output_padding: str = "0", padding_mode: str = "zeros", transpose: bool = False,
) -> tuple[Operator, Kernel]:  # fmt: skip
    """The layer that texts describe, and its kernel.

    >>> read_operator("3", "n", padding="same")[0]
    Operator(n x n, (n,) -> (n,))
    """
    taps = read_kernel(kernel)
    image = read_image(size, taps)
    geometry: dict[str, Any] = {
        "stride": read_sizes(stride, "--stride"),
        "padding": read_paddings(padding),
        "dilation": read_sizes(dilation, "--dilation"),
    }
    if transpose:
        if padding_mode != "zeros":
            raise ParseError(f"--transpose goes with --padding-mode zeros, not {padding_mode}")
        extra = read_sizes(output_padding, "--output-padding")
        return conv_transpose(taps, image, output_padding=extra, **geometry), taps
    if output_padding != "0":
        raise ParseError(f"--output-padding {output_padding} goes with --transpose")
    return conv(taps, image, padding_mode=padding_mode, **geometry), taps


def read_kernel(text: str) -> Kernel:
    """A kernel from a size, from entries, or from a .npy or .csv file.

    >>> read_kernel("2x2")
    Kernel([[k_{0,0}, k_{0,1}], [k_{1,0}, k_{1,1}]])
    >>> read_kernel("1,1/2;0.25,a")
    Kernel([[1, 1/2], [1/4, a]])
    """
    suffix = Path(text).suffix.lower()
    if suffix == ".npy":
        return _read_npy(Path(text))
    if suffix == ".csv":
        return _read_csv(Path(text))
    if re.fullmatch(r"\d{1,9}(x\d{1,9})*", text.strip()):
        return _symbolic([int(n) for n in text.split("x")])
    rows = [row.split(",") for row in text.strip().rstrip(";").split(";")]
    return Kernel(rows if ";" in text else rows[0])


def _symbolic(size: list[int]) -> Kernel:
    if prod(size) > MOST_TAPS:
        raise ParseError(
            f"--kernel {'x'.join(map(str, size))} has more than the {MOST_TAPS} taps that a "
            "symbolic kernel may have"
        )
    return Kernel.symbolic("k", size)


def _read_npy(path: Path) -> Kernel:
    import numpy as np

    try:
        with path.open("rb") as file:
            _check_header(file)
            array = np.lib.format.read_array(file, allow_pickle=False)
    except OSError:
        raise
    except Exception as error:  # NumPy's reader of headers raises a dozen kinds
        reason = on_one_line(error)[:200]
        raise ParseError(f"{path} is no array that can be read without pickle: {reason}") from None
    return Kernel(array)


def _check_header(file: BinaryIO) -> None:
    """Refuse a header that promises more than the file has, before NumPy takes memory for it."""
    from numpy.lib import format as npy

    headers = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
    version = npy.read_magic(file)
    if version not in headers:
        raise ValueError("it has names of fields")
    shape, _, dtype = headers[version](file)
    start, end = file.tell(), file.seek(0, SEEK_END)
    if prod(shape) * dtype.itemsize > end - start:
        raise ValueError(f"its header promises {shape} entries, and it has {end - start} bytes")
    file.seek(0)


def _read_csv(path: Path) -> Kernel:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ParseError(f"{path} is no text of comma-separated entries: {error}") from None
    return Kernel(rows)


def read_sizes(text: str, option: str) -> int | list[int]:
    """One integer, or one an axis, from "4" or "4x4" or "4,4".

    >>> read_sizes("4x5", "--input")
    [4, 5]
    """
    text = text.strip()
    if not SIZES.fullmatch(text):
        raise ParseError(f"{option} {text!r} is neither a number nor one an axis such as 4x4")
    numbers = [int(n) for n in re.split("[x,]", text)]
    return numbers if len(numbers) > 1 else numbers[0]


def read_image(text: str, kernel: Kernel) -> Any:
    """The size of an image: numbers, or a + b*name an axis, from "4x4", "n" or "2*m+1,n".

    A name has no x, which stands between axes.

    Raises:
        ParseError: other text, or a name that has another meaning already.

    >>> read_image("2*m+1xn", Kernel([1, 2]))
    [2*m + 1, n]
    """
    if SIZES.fullmatch(text.strip()):
        return read_sizes(text, "--input")
    axes = [_affine(part, text) for part in re.split("[x,]", text)]
    names = {symbol.name for axis in axes for symbol in axis.free_symbols}
    taken = names & {symbol.name for symbol in kernel.free_symbols}
    if taken:
        raise ParseError(f"--input {text!r}: {min(taken)} is an entry of the kernel already")
    for name in names:
        parse_entry(name)
    pixels = [name for name in names if re.match("[ij](_|$)", name)]
    if pixels:
        raise ParseError(f"--input {text!r}: {min(pixels)} is no size; i and j count pixels")
    return axes if len(axes) > 1 else axes[0]


def _affine(part: str, text: str) -> sp.Expr:
    """A sum of integers, names, and integers times names."""
    signed = re.sub(r"\s*([+*-])\s*", r"\1", part.strip())
    signed = signed if signed[:1] in ("+", "-") else f"+{signed}"
    terms = list(TERM.finditer(signed)) if len(signed) <= MOST_CHARACTERS else []
    if not terms or "".join(term[0] for term in terms) != signed:
        raise ParseError(
            f"--input {text!r}: {part!r} is neither a number nor a + b*name with integers a and b; "
            "write 4x4, n, or 2*m+1,n (a name has no x, which stands between axes)"
        )
    return sp.Add(*map(_term, terms))


def _term(term: re.Match[str]) -> sp.Expr:
    sign, *factors = filter(None, term.groups())
    numbers = (int(f) if f.isdigit() else sp.Symbol(f) for f in factors)
    return sp.Mul(int(f"{sign}1"), *numbers)


def read_paddings(text: str) -> Padding:
    """A padding from a name, numbers, or low:high pairs.

    >>> read_paddings("0:1,2:0")
    [[0, 1], [2, 0]]
    """
    text = text.strip()
    if text in PADDING_NAMES:
        return text
    if PAIRS.fullmatch(text):
        return [[int(n) for n in pair.split(":")] for pair in re.split("[x,]", text)]
    if not SIZES.fullmatch(text):
        names = ", ".join(PADDING_NAMES)
        raise ParseError(f"--padding {text!r} is no number, no low:high pairs and none of {names}")
    return read_sizes(text, "--padding")
