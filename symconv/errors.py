"""Every exception that symconv raises, in one family."""


class SymconvError(ValueError):
    """Bad input: the message shows the value and the rule that it breaks.

    >>> import symconv as sc
    >>> sc.Kernel([])
    Traceback (most recent call last):
    ...
    symconv.errors.KernelError: kernel of size (0,) has an empty axis
    """


class KernelError(SymconvError):
    """A kernel, or one of its entries, that no exact result can be built from."""


class GeometryError(SymconvError):
    """A size, stride, padding, dilation or mode that describes no convolution."""


class ShapeError(SymconvError):
    """Operands whose sizes do not fit together."""


class SymbolError(SymconvError):
    """Different symbols of one name, or one symbol where another thing is meant by it."""


class ResidueError(SymconvError):
    """A symbolic size whose remainder modulo a stride decides the result and is not known."""


class ExactOverflowError(SymconvError, OverflowError):
    """An exact result that does not fit the number type asked for."""


class MissingItemError(ShapeError, IndexError, KeyError):
    """An index, or a key, at which there is nothing."""

    __str__ = Exception.__str__


class ParseError(SymconvError):
    """Text that is not a number, a name or a kernel."""


class ConventionError(SymconvError):
    """A layer that a framework does not have, or arguments that it refuses."""


class MissingExtraError(SymconvError, ImportError):
    """A library that an optional part of symconv needs is not installed."""


class BudgetError(SymconvError):
    """An exact result that would take more than some seconds; the message names the way out."""
