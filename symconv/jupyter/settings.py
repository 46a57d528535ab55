"""Where the controls of ``explore`` stand, and the layer that they describe."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sympy as sp

from symconv.errors import GeometryError, KernelError
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator

ANY_SIZE = sp.Symbol("n")
MOST_TYPED = 400


@dataclass(frozen=True)
class Setting:
    """Where the controls stand: one layer of one channel, alike on all axes.

    Attributes:
        axes: 1 or 2.
        transposed: a transposed convolution; its size is that of the small image.
        symbolic: symbols for the kernel, or the numbers 1, 2, 3, …
        kernel_size, size, stride, padding, dilation, output_padding, padding_mode: as in
            :func:`symconv.conv` and :func:`symconv.conv_transpose`.
        step: which window, or which pixel that spreads, is shown at work, counted from 0.
        entries: the kernel's entries as they were typed, "1, 2; 3, a", in place of the others.
    """

    axes: int = 2
    transposed: bool = False
    symbolic: bool = True
    kernel_size: int = 3
    size: int = 4
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    output_padding: int = 0
    padding_mode: str = "zeros"
    step: int = 0
    entries: str = ""

    @property
    def kernel(self) -> Kernel:
        """Symbols k, the numbers from 1, or what was typed.

        Raises:
            KernelError: what was typed is no kernel, or not of this size.
        """
        shape = (self.kernel_size,) * self.axes
        if self.entries.strip():
            return _typed_kernel(self.entries, shape)
        return Kernel.symbolic("k", shape) if self.symbolic else Kernel.arange(shape)

    @property
    def has_symbols(self) -> bool:
        """Whether the kernel has symbols."""
        return bool(self.kernel.free_symbols)


def rows_of(entries: str) -> list[list[str]]:
    """The entries of a kernel as they were typed: rows by semicolons, entries by commas.

    >>> rows_of("1, 2; 3, a")
    [['1', '2'], ['3', 'a']]
    """
    rows = entries.strip().rstrip(";").split(";")
    return [[entry.strip() for entry in row.split(",")] for row in rows]


def _typed_kernel(entries: str, shape: tuple[int, ...]) -> Kernel:
    """A kernel from text: exact numbers and names, and nothing is evaluated."""
    rows = rows_of(entries)
    if sum(map(len, rows)) > MOST_TYPED:
        raise KernelError(f"more than {MOST_TYPED} entries are not typed: write sc.Kernel(…)")
    kernel = Kernel(rows if len(shape) == 2 else [entry for row in rows for entry in row])
    if kernel.size != shape:
        found, wanted = ("×".join(map(str, size)) for size in (kernel.size, shape))
        rule = "as many rows, parted by ;, as entries in each" if len(shape) == 2 else "one row"
        raise KernelError(f"the kernel that is typed is {found}, not {wanted}: give it {rule}")
    return kernel


@lru_cache(maxsize=256)
def operator_of(setting: Setting) -> Operator:
    """The operator that the controls describe.

    Raises:
        SymconvError: they describe none; the message is for the person at the controls.

    >>> operator_of(Setting())
    Operator(4 x 16, (4, 4) -> (2, 2))
    """
    return _build(setting, setting.size)


@lru_cache(maxsize=256)
def operator_of_any_size(setting: Setting) -> Operator:
    """The same for an image of n pixels, or of s n + r where a stride makes the remainder matter.

    >>> operator_of_any_size(Setting(axes=1, size=8, stride=2))
    Operator(n - 1 x 2*n, (2*n,) -> (n - 1,))
    """
    if setting.transposed or setting.stride == 1:
        return _build(setting, ANY_SIZE)
    return _build(setting, setting.stride * ANY_SIZE + setting.size % setting.stride)


def _build(setting: Setting, size: Any) -> Operator:
    geometry = {name: getattr(setting, name) for name in ("stride", "padding", "dilation")}
    sizes = (size,) * setting.axes
    if not setting.transposed:
        if setting.output_padding:
            raise GeometryError(
                f"output_padding={setting.output_padding}: only a transposed convolution has one"
            )
        return conv(setting.kernel, sizes, padding_mode=setting.padding_mode, **geometry)
    if setting.padding_mode != "zeros":
        raise GeometryError(
            f"padding_mode={setting.padding_mode!r}: the padding of a transposed convolution crops "
            "its output, so there is nothing to fill; only zeros is possible"
        )
    return conv_transpose(setting.kernel, sizes, output_padding=setting.output_padding, **geometry)
