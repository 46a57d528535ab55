"""Kernels: arrays of symbols, exact numbers or SymPy expressions, with channels and groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import gcd, prod
from typing import TYPE_CHECKING, Any

import sympy as sp

from symconv._late_calls import late
from symconv._pickle import Pickled
from symconv._printable import Printable
from symconv.algebra.sizes import parse_integer
from symconv.algebra.symbols import Names, by_name, recognised, unambiguous
from symconv.arguments import is_list, item, parse_flag, parse_instance, shown
from symconv.errors import KernelError, MissingItemError
from symconv.operators.exact_input import (
    MOST_ENTRIES,
    parse_exact,
    parse_substitution,
    parse_weight,
)
from symconv.work_limits import check

if TYPE_CHECKING:
    from symconv.kernels.separability import Separability
    from symconv.operators.padding import PerAxis

MOST_SHOWN = 200
MOST_WEIGHTS = 100_000
MOST_SYMBOLS = 300_000


@dataclass(frozen=True, init=False, repr=False)
class Kernel(Printable, Pickled):
    """An immutable kernel of exact entries.

    Args:
        array: nested sequences, a SymPy array or matrix, or an array of NumPy, PyTorch, JAX or
            Keras; its axes are spatial. Entries are integers, fractions, SymPy expressions or text
            such as ``"0.1"``. An array of floating-point numbers is taken as the binary fractions
            that it holds; a float in a list is refused, as most often a decimal is meant.

    Raises:
        KernelError: no axes, an empty axis, a ragged array, a float in a list or a non-finite
            entry.

    >>> Kernel([[1, 2], [3, 4]]).flip()
    Kernel([[4, 3], [2, 1]])
    """

    entries: tuple[sp.Expr, ...]
    size: tuple[int, ...]
    out_channels: int
    in_channels: int
    groups: int

    def __init__(self, array: Any) -> None:
        entries, shape = parse_weight(array)
        self._set(entries, shape, 1, 1, 1)

    def _set(
        self,
        entries: Sequence[sp.Expr],
        size: Sequence[int],
        out_channels: int,
        in_channels: int,
        groups: int,
    ) -> None:
        if not size:
            raise KernelError("a kernel needs at least one axis, and this one is a single number")
        if 0 in size:
            raise KernelError(f"kernel of size {tuple(size)} has an empty axis")
        _check_channels(out_channels, in_channels, groups)
        for name, value in (
            ("entries", tuple(entries)),
            ("size", tuple(size)),
            ("out_channels", out_channels),
            ("in_channels", in_channels),
            ("groups", groups),
        ):
            object.__setattr__(self, name, value)

    @classmethod
    def build(
        cls,
        entries: Sequence[sp.Expr],
        size: Sequence[int],
        out_channels: int = 1,
        in_channels: int = 1,
        groups: int = 1,
    ) -> Kernel:
        """A kernel from entries that are exact already, in the order of its array."""
        kernel = cls.__new__(cls)
        kernel._set(entries, size, out_channels, in_channels, groups)
        return kernel

    @classmethod
    def symbolic(
        cls,
        name: str,
        size: int | Sequence[int],
        in_channels: int = 1,
        out_channels: int = 1,
        groups: int = 1,
    ) -> Kernel:
        """A kernel whose entries are real symbols that print as k_{0,0}, k_{0,1}, …

        With channels the indices are (out_channel, in_channel within the group, *tap).

        >>> Kernel.symbolic("k", (2, 2))
        Kernel([[k_{0,0}, k_{0,1}], [k_{1,0}, k_{1,1}]])
        """
        size = parse_kernel_size(size)
        in_channels, out_channels, groups = (
            parse_integer(value, what)
            for value, what in (
                (in_channels, "in_channels"),
                (out_channels, "out_channels"),
                (groups, "groups"),
            )
        )
        parse_instance(name, str, "is no text that names symbols")
        _check_channels(out_channels, in_channels, groups)
        check_number(prod(size) * out_channels * (in_channels // groups), MOST_SYMBOLS)
        shape = (*size,)
        if (out_channels, in_channels) != (1, 1):
            shape = (out_channels, in_channels // groups, *size)
        entries = [
            sp.Symbol(f"{name}_{{{','.join(map(str, index))}}}", real=True)
            for index in product(*map(range, shape))
        ]
        return cls.build(entries, size, out_channels, in_channels, groups)

    @classmethod
    def arange(cls, size: int | Sequence[int]) -> Kernel:
        """The kernel 1, 2, 3, … in row-major order.

        >>> Kernel.arange((3, 3))
        Kernel([[1, 2, 3], [4, 5, 6], [7, 8, 9]])
        """
        size = parse_kernel_size(size)
        check_number(prod(size))
        return cls.build([sp.Integer(i + 1) for i in range(prod(size))], size)

    @classmethod
    def from_weight(cls, weight: Any, groups: int = 1) -> Kernel:
        """A kernel from an array (out_channels, in_channels/groups, *size), as PyTorch has it.

        Floating-point numbers of arrays are taken exactly.

        >>> Kernel.from_weight([[[1, 2]], [[3, 4]]], groups=2).in_channels
        2
        """
        entries, shape = parse_weight(weight)
        groups = parse_integer(groups, "groups")
        if len(shape) < 3:
            raise KernelError(
                f"a weight of shape {shape} is not (out_channels, in_channels/groups, *size)"
            )
        return cls.build(entries, shape[2:], shape[0], shape[1] * groups, groups)

    @classmethod
    def of_weights(
        cls,
        weights: Mapping[tuple[int, ...], sp.Expr],
        size: Sequence[int],
        out_channels: int,
        in_channels: int,
    ) -> Kernel:
        """The kernel with these weights at (output channel, input channel, *tap), zero elsewhere.

        It has as many groups of channels as do not mix.
        """
        groups = _most_groups(((o, i) for o, i, *_ in weights), out_channels, in_channels)
        group_out, group_in = out_channels // groups, in_channels // groups
        check_number(out_channels * group_in * prod(size), MOST_WEIGHTS)
        places = product(range(out_channels), range(group_in), *map(range, size))
        entries = [
            weights.get((o, o // group_out * group_in + i, *tap), sp.S.Zero)
            for o, i, *tap in places
        ]
        return cls.build(entries, size, out_channels, in_channels, groups)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array: the spatial size, led by the two channel axes where there are any."""
        if (self.out_channels, self.in_channels) == (1, 1):
            return self.size
        return (self.out_channels, self.in_channels // self.groups, *self.size)

    @property
    def ndim(self) -> int:
        """Number of spatial axes."""
        return len(self.size)

    @property
    def free_symbols(self) -> set[sp.Symbol]:
        """The symbols in the entries."""
        return set(self._symbols)

    @cached_property
    def _symbols(self) -> frozenset[sp.Symbol]:
        return frozenset().union(*(entry.free_symbols for entry in self.entries))

    @cached_property
    def names(self) -> Names:
        """The symbols in the entries by name.

        Raises:
            SymbolError: two different ones are called alike.
        """
        return by_name(self._symbols)

    def weights(self) -> Iterator[tuple[int, int, tuple[int, ...], sp.Expr]]:
        """(out_channel, in_channel, tap, entry) for each entry, in the order of the array."""
        group_in = self.in_channels // self.groups
        group_out = self.out_channels // self.groups
        ranges = (range(self.out_channels), range(group_in), *map(range, self.size))
        for (o, i, *tap), entry in zip(product(*ranges), self.entries, strict=True):
            yield o, o // group_out * group_in + i, tuple(tap), entry

    def flip(self) -> Kernel:
        """The kernel reversed along every spatial axis: turns correlation into convolution."""
        taps = prod(self.size)
        flipped = [
            entry
            for start in range(0, len(self.entries), taps)
            for entry in reversed(self.entries[start : start + taps])
        ]
        return self._with(flipped)

    @property
    def adjoint(self) -> Kernel:
        """The kernel with which a convolution of the stuffed image is the transposed convolution.

        It is reversed along every spatial axis, and input and output channels of each group change
        places.

        >>> Kernel.from_weight([[[1, 2]], [[3, 4]]]).adjoint
        Kernel.from_weight([[[2, 1], [4, 3]]])
        """
        turned = {(i, o, tap): entry for o, i, tap, entry in self.flip().weights()}
        places = sorted(turned)
        entries = [turned[place] for place in places]
        return self.build(entries, self.size, self.in_channels, self.out_channels, self.groups)

    @classmethod
    def outer(cls, *factors: Kernel | Any) -> Kernel:
        """The separable kernel u_s v_t …, on as many axes as the factors have together.

        Args:
            factors: kernels of one channel, or anything that :class:`Kernel` takes.

        Raises:
            KernelError: no factor, or one with channels.

        >>> Kernel.outer([1, 2, 1], [-1, 0, 1])
        Kernel([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
        """
        kernels = [f if isinstance(f, Kernel) else Kernel(f) for f in factors]
        if not kernels or any(k.in_channels * k.out_channels > 1 for k in kernels):
            raise KernelError(f"outer() takes kernels of one channel, not {shown(factors)}")
        check_number(prod(len(kernel.entries) for kernel in kernels))
        entries = [sp.Mul(*parts) for parts in product(*(kernel.entries for kernel in kernels))]
        return cls.build(entries, [size for kernel in kernels for size in kernel.size])

    def convolve(self, other: Kernel | Any, *, stride: PerAxis = 1) -> Kernel:
        """The kernel of two convolutions in one: first with this kernel, then with the other.

        Without padding and dilation conv(M, stride=s*t) is conv(L, stride=t) @ conv(K, stride=s)
        for M = K.convolve(L, stride=s): the taps of L are s pixels apart, and M has
        s*(l - 1) + k taps an axis. At stride 1 it is the convolution K * L of signals.

        Args:
            other: L, which takes as many channels as this kernel gives.
            stride: s, of the convolution with this kernel.

        Raises:
            KernelError: axes or channels do not fit.

        >>> K = Kernel(sp.symbols("a b"))
        >>> K.convolve([1, 10]), K.convolve([1, 10], stride=2)
        (Kernel([a, 10*a + b, 10*b]), Kernel([a, b, 10*a, 10*b]))
        """
        made: Kernel = late("kernels.composition", "convolve")(self, other, stride)
        return made

    def separable(self) -> Separability:
        """Whether this is an outer product of kernels on one axis each, exactly, and of which.

        See :class:`Separability`, which has the factors, the conditions on symbols, and on two
        axes the rank and the kernel as a sum of so many separable ones.

        Raises:
            KernelError: the kernel has channels.

        >>> Kernel([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]).separable().factors
        (Kernel([1, 2, 1]), Kernel([-1, 0, 1]))
        """
        found: Separability = late("kernels.separability", "separability")(self)
        return found

    def subs(self, *args: Any, simultaneous: bool = False) -> Kernel:
        """The kernel with symbols replaced, as ``sympy.Expr.subs`` does.

        A symbol with other assumptions is known by its name, where one symbol alone has that name.

        >>> a, b = sp.symbols("a b")
        >>> Kernel([a, b, a]).subs(a, 2)
        Kernel([2, b, 2])
        """
        old_to_new = recognised(parse_substitution(*args), unambiguous(self._symbols))
        at_once = parse_flag("simultaneous", simultaneous)
        return self.map(lambda entry: entry.subs(old_to_new, simultaneous=at_once))

    def map(self, function: Callable[[sp.Expr], sp.Expr]) -> Kernel:
        """The kernel with a function applied to every entry."""
        if not callable(function):
            raise KernelError(f"map() takes a function of an entry, not {shown(function)}")
        return self._with([parse_exact(function(entry)) for entry in self.entries])

    def tolist(self) -> Any:
        """The entries as nested lists of the array's shape."""
        return _nest(self.entries, self.shape)

    def _with(self, entries: Sequence[sp.Expr]) -> Kernel:
        return self.build(entries, self.size, self.out_channels, self.in_channels, self.groups)

    def __getitem__(self, index: int | tuple[int, ...]) -> sp.Expr:
        array = self.tolist()
        for i in index if isinstance(index, tuple) else (index,):
            array = _item(array, i, index)
        return array

    def __repr__(self) -> str:
        if len(self.entries) > MOST_SHOWN:
            groups = f", groups={self.groups}" if self.groups > 1 else ""
            return f"Kernel({' x '.join(map(str, self.shape))} entries{groups})"
        if (self.out_channels, self.in_channels) == (1, 1):
            return f"Kernel({self.tolist()})"
        groups = f", groups={self.groups}" if self.groups > 1 else ""
        return f"Kernel.from_weight({self.tolist()}{groups})"


def parse_kernel_size(size: int | Sequence[int]) -> tuple[int, ...]:
    """A tuple of positive integers from one of them or a sequence."""
    sizes = (size,) if not is_list(size) else size
    parsed = tuple(parse_integer(s, "a kernel size") for s in sizes)
    if not parsed or min(parsed) < 1:
        raise KernelError(f"kernel size {size}: every axis needs at least one tap")
    return parsed


def check_number(entries: int, most: int = MOST_ENTRIES) -> None:
    """Refuse what nobody waits for."""
    check("entries", entries, f"{shown(entries)} entries of a kernel", "take fewer taps", most)


def _item(array: Any, index: Any, whole: Any) -> Any:
    if not isinstance(array, list):
        raise MissingItemError(f"the index {shown(whole)} has more numbers than the kernel axes")
    return item("entry", array, index)


def _check_channels(out_channels: int, in_channels: int, groups: int) -> None:
    if min(out_channels, in_channels, groups) < 1:
        raise KernelError(
            f"{out_channels} output channels, {in_channels} input channels and {groups} groups: "
            "each must be at least 1"
        )
    if in_channels % groups or out_channels % groups:
        raise KernelError(
            f"groups={groups} does not divide {in_channels} input channels and {out_channels} "
            "output channels"
        )


def _most_groups(pairs: Iterable[tuple[int, int]], outputs: int, inputs: int) -> int:
    """The largest number of groups of channels between which no pair mixes."""
    met, most = set(pairs), gcd(outputs, inputs)
    divisors = (g for g in range(most, 0, -1) if most % g == 0)
    return next(g for g in divisors if all(o * g // outputs == i * g // inputs for o, i in met))


def _nest(entries: Sequence[Any], shape: Sequence[int]) -> Any:
    if len(shape) == 1:
        return list(entries)
    step = prod(shape[1:])
    return [
        _nest(entries[start : start + step], shape[1:]) for start in range(0, len(entries), step)
    ]
