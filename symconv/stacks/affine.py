"""Affine maps between images: an operator and a constant, such as a convolution with a bias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sympy as sp

from symconv._pickle import Pickled
from symconv.errors import ShapeError
from symconv.operators.convolution import conv, conv_transpose
from symconv.operators.entries import concrete, parse_image
from symconv.operators.exact_input import parse_exact, parse_weight
from symconv.operators.kernel import Kernel
from symconv.operators.operator import Operator, add, parse_operator, product_of, scale
from symconv.operators.padding import Padding
from symconv.operators.selection import identity, row_sums
from symconv.resampling.shifts_and_shuffles import pad
from symconv.stacks.affine_latex import affine_latex
from symconv.typesetting.notebook import notebook_latex


@dataclass(frozen=True, eq=False, repr=False)
class AffineMap(Pickled):
    """A map x -> C x + b between images; made by :func:`affine`.

    Supports ``@`` with operators and affine maps, ``+``, ``-``, scalar ``*``, ``==`` and
    ``f(image)``.

    Attributes:
        operator: C, its linear part.
        constant: diag(b), the diagonal operator whose row sums are the constant.

    >>> import symconv as sc
    >>> f = sc.affine(sc.conv([1, 2], 3), [5])
    >>> f([1, 1, 1])
    [8, 8]
    """

    operator: Operator
    constant: Operator

    # Operators leave ``operator @ affine`` to us.
    is_affine_map = True

    @property
    def input_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of the image that it takes, in pixels."""
        return self.operator.input_size

    @property
    def output_size(self) -> tuple[int | sp.Expr, ...]:
        """Spatial size of the image that it gives, in pixels."""
        return self.operator.output_size

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """The symbols in entries, constant and sizes."""
        return self.operator.free_symbols | self.constant.free_symbols

    @property
    def is_linear(self) -> bool:
        """Whether the constant is zero."""
        return self.constant == 0 * self.constant

    def bias(self, pixel: Any) -> sp.Expr:
        """The constant at a pixel: a flat index or a tuple, as for :meth:`Operator.entry`.

        At a symbolic size a tuple (channel, *position) of expressions is looked up in the closed
        form; the channel is left out where there is one.

        >>> import symconv as sc
        >>> n, t = sp.symbols("n t")
        >>> f = sc.conv([1, 2, 4], n, padding=1) @ sc.affine(sc.identity(n), [t])
        >>> f.bias(0), f.bias(n - 1), f.at({n: 5}).bias(2)
        (6*t, 3*t, 7*t)
        """
        if self.constant.size_symbols:
            return self.constant.closed_form().entry(pixel, pixel)
        return self.constant.entry(pixel, pixel)

    def __call__(self, image: Any) -> Any:
        """C x + b for an array of the image's shape or a column vector, as ``operator @ image``."""
        linear = self.operator @ image
        return linear + self.constant @ linear.applyfunc(lambda _: sp.S.One)

    def __matmul__(self, other: object) -> AffineMap:
        """First the other map, then this one."""
        if not isinstance(other, Operator | AffineMap):
            return NotImplemented
        first = as_affine(other)
        through = row_sums(product_of(self.operator, first.constant))
        whole = product_of(self.operator, first.operator)
        return AffineMap(whole, add(through, self.constant))

    def __rmatmul__(self, other: object) -> AffineMap:
        return as_affine(other) @ self if isinstance(other, Operator) else NotImplemented

    def __add__(self, other: object) -> AffineMap:
        if not isinstance(other, Operator | AffineMap):
            return NotImplemented
        right = as_affine(other)
        return AffineMap(add(self.operator, right.operator), add(self.constant, right.constant))

    __radd__ = __add__

    def __neg__(self) -> AffineMap:
        return AffineMap(-self.operator, -self.constant)

    def __sub__(self, other: object) -> AffineMap:
        return self + -other if isinstance(other, Operator | AffineMap) else NotImplemented

    def __rsub__(self, other: object) -> AffineMap:
        return -self + other if isinstance(other, Operator) else NotImplemented

    def __mul__(self, scalar: object) -> AffineMap:
        factor = parse_exact(scalar, "scalar")
        return AffineMap(scale(self.operator, factor), scale(self.constant, factor))

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AffineMap):
            return NotImplemented
        return self.operator == other.operator and self.constant == other.constant

    def __hash__(self) -> int:
        return hash(self.operator)

    def subs(self, *args: Any, simultaneous: bool = False) -> AffineMap:
        """The map with symbols replaced in entries and constant; sizes by numbers only."""
        parts = (self.operator, self.constant)
        return AffineMap(*(part.subs(*args, simultaneous=simultaneous) for part in parts))

    def at(self, values: Mapping[sp.Symbol, int]) -> AffineMap:
        """The map where the size symbols have these values; see :meth:`Operator.at`."""
        return AffineMap(self.operator.at(values), self.constant.at(values))

    def inv(self) -> AffineMap:
        """The inverse map y -> C^-1 y - C^-1 b, where C^-1 is an operator of this package.

        Raises:
            SymconvError: C has no inverse, or one that is known by its entries alone; then
                :meth:`inverse_image` has the image of single points.

        >>> import symconv as sc
        >>> f = sc.affine(2 * sc.flip(3), [4, 5, 6])
        >>> f.inv()(f([1, 2, 3]))
        [1, 2, 3]
        """
        back = self.operator.inv().as_operator
        return AffineMap(back, -row_sums(product_of(back, self.constant)))

    def inverse_image(self, image: Any) -> Any:
        """The x with C x + b = y, as an array of the input's shape or a column vector as y is one.

        Raises:
            ShapeError: C is not square, its size is symbolic or it has more than 200 rows.
            SymconvError: C is singular.

        >>> import symconv as sc
        >>> sc.affine(sc.conv([1, 5, 1], 3, padding=1), [1, 1, 1]).inverse_image([6, 3, 6])
        [1, 0, 1]
        """
        back = self.operator.inv().as_explicit()
        entries, shape = parse_image(self.operator.rows, image)
        ones = sp.ones(len(entries), 1)
        found = back * (sp.Matrix(entries) - self.constant @ ones)
        if isinstance(image, sp.MatrixBase):
            return found
        widths = concrete(self.operator.cols)
        return sp.Array(list(found), widths[1:] if len(shape) < len(widths) else widths)

    def __repr__(self) -> str:
        return f"AffineMap({self.operator!r})"

    def _latex(self, printer: Any) -> str:
        return affine_latex(self.operator, self.constant, printer)

    def _repr_latex_(self) -> str | None:
        return notebook_latex(sp.latex(self))


def as_affine(value: Operator | AffineMap) -> AffineMap:
    """An operator as an affine map without a constant; an affine map as it is."""
    return value if isinstance(value, AffineMap) else affine(value)


def affine(operator: Operator, bias: Any = 0) -> AffineMap:
    """The map x -> C x + b: an operator, and a bias for each output channel or each output pixel.

    Args:
        operator: C.
        bias: b: one value a channel, (channels,); one a pixel, (channels, *size), or *size where
            there is one channel; or one value for all. Entries as in :class:`symconv.Kernel`.

    Raises:
        ShapeError: as many values fit neither the channels nor the pixels.
        KernelError: no array of exact entries.

    >>> import symconv as sc
    >>> f = affine(sc.conv([1, 2], 3), ["t"])
    >>> f([1, 1, 1])
    [t + 3, t + 3]
    >>> print(sp.latex(f))
    \\left[\\begin{matrix}1 & 2 & 0\\\\0 & 1 & 2\\end{matrix}\\right] x + \
\\left[\\begin{matrix}t\\\\t\\end{matrix}\\right]
    """
    parse_operator(operator)
    channels = int(operator.out_channels)
    entries, shape = parse_weight(bias, "bias")
    if shape == ():
        entries, shape = entries * channels, (channels,)
    if shape == (channels,):
        return AffineMap(operator, per_channel(entries, operator.output_size))
    if operator.rows == (channels, *shape[-len(operator.output_size) :]) and (
        len(shape) == len(operator.rows) or channels == 1
    ):
        return AffineMap(operator, per_pixel(entries, operator.rows))
    raise ShapeError(
        f"a bias of shape {shape} has neither one value for each of {channels} channels nor one "
        f"for each pixel of {operator!r}"
    )


def per_channel(entries: Sequence[sp.Expr], size: Sequence[Any]) -> Operator:
    """The diagonal operator that weighs every channel by its entry."""
    channels = len(entries)
    kernel = Kernel.build(entries, (1,) * len(size), channels, channels, channels)
    return conv(kernel, size)


def per_pixel(entries: Sequence[sp.Expr], rows: Sequence[Any]) -> Operator:
    """The diagonal operator with these entries: the row sums of the column that they are."""
    channels, *size = rows
    kernel = Kernel.build(entries, size, 1, channels)
    return row_sums(conv_transpose(kernel, (1,) * len(size)))


def constant_pad(size: Any, padding: Padding, value: Any, *, channels: int = 1) -> AffineMap:
    """Padding with a value, an affine map: E x + value*(1 - E 1) for zero padding E.

    Args:
        size, padding, channels: as in :func:`symconv.pad`.
        value: what stands around the image.

    >>> constant_pad(2, ((1, 2),), "v")([5, 6])
    [v, 5, 6, v, v]
    """
    E = pad(size, padding, channels=channels)
    outside = identity(E.output_size, channels) - product_of(E, E.T)
    return AffineMap(E, scale(outside, parse_exact(value, "value")))
