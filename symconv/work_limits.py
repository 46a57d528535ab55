"""How much work is done before an answer is refused: the numbers, and the one rule."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal, NoReturn

from symconv.arguments import parse_count
from symconv.errors import BudgetError

Kind = Literal["entries", "bytes", "terms", "work", "pixels", "frames"]
LARGEST = 10**18


@dataclass(frozen=True)
class Limits:
    """What is done at most, in the usual case; each is some seconds, or some gigabytes.

    Attributes:
        entries: nonzero entries that are written out one by one.
        bytes: of a dense or sparse array of numbers.
        terms: products of coefficients in a product of operators or kernels.
        work: steps of exact elimination, determinants and roots; a step multiplies two numbers.
        pixels: that are drawn, or followed through layers, one by one.
        frames: of a film.
    """

    entries: int = 5_000_000
    bytes: int = 2**31
    terms: int = 400_000
    work: int = 2_000_000
    pixels: int = 4096
    frames: int = 256


USUAL = Limits()
# Each thread and each task has its own.
_now: ContextVar[Limits] = ContextVar("symconv.limits", default=USUAL)


def limits(
    *,
    entries: int | None = None,
    bytes: int | None = None,  # noqa: A002
    terms: int | None = None,
    work: int | None = None,
    pixels: int | None = None,
    frames: int | None = None,
) -> AbstractContextManager[Limits]:
    """Allow more work, or less, in a ``with`` block; what is left out stays as it is.

    What would take more is refused within a second by a BudgetError, which says what is cheaper and
    which number would do. Where a thing takes more time than is usual, less of it is allowed; all
    such numbers grow with these. They hold in the thread, or the asyncio task, of the block.

    Args:
        entries: nonzero entries that are written out one by one.
        bytes: of a dense or sparse array of numbers.
        terms: products of coefficients in a product of operators or kernels.
        work: steps of exact elimination, determinants and roots.
        pixels: that are drawn, or followed through layers, one by one.
        frames: of a film.

    Returns:
        A context manager; ``as`` gives the numbers in force.

    Raises:
        SymconvError: a number is not from 1 to 10**18.

    >>> import symconv as sc
    >>> with sc.limits(entries=10):
    ...     sc.conv([1, 2], 100).as_explicit()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    symconv.errors.BudgetError: 198 nonzero entries ... symconv.limits(entries=198), now 10
    >>> with sc.limits() as usual:
    ...     usual.frames
    256
    """
    given = {
        "entries": entries, "bytes": bytes, "terms": terms,
        "work": work, "pixels": pixels, "frames": frames,
    }  # fmt: skip
    wanted = {
        kind: parse_count(kind, number, 1, LARGEST)
        for kind, number in given.items()
        if number is not None
    }
    return _in_force(wanted)


@contextmanager
def _in_force(wanted: dict[str, int]) -> Iterator[Limits]:
    before = _now.set(replace(_now.get(), **wanted))
    try:
        yield _now.get()
    finally:
        _now.reset(before)


def allowed(kind: Kind, usual: int | None = None) -> int:
    """How many are done now of what is usually done so often.

    >>> with limits(pixels=2 * 4096):
    ...     allowed("pixels"), allowed("pixels", 400)
    (8192, 800)
    """
    now, default = getattr(_now.get(), kind), getattr(USUAL, kind)
    return int(now if usual is None else usual * now // default)


def check(kind: Kind, wanted: int, what: str, instead: str, usual: int | None = None) -> None:
    """Refuse what is more than allowed.

    Args:
        kind: the limit.
        wanted: how many there would be.
        what: of what, with that number, in the plural.
        instead: what is cheaper.
        usual: how many are usually done, where that is not the limit itself.

    Raises:
        BudgetError: it is more.
    """
    most = allowed(kind, usual)
    if wanted > most:
        enough = wanted if usual is None else -(-wanted * getattr(USUAL, kind) // usual)
        larger = f"; or take symconv.limits({kind}={enough}), now {allowed(kind)}"
        raise BudgetError(
            f"{what} are more than {most}: {instead}{larger if enough <= LARGEST else ''}"
        )


def refuse(kind: Kind, what: str, instead: str) -> NoReturn:
    """Say that a limit is reached where nobody knows how much more there is.

    >>> refuse("work", "it takes more than 3 steps", "take numbers")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    symconv.errors.BudgetError: it takes more than 3 steps: take numbers; or raise ...
    """
    raise BudgetError(f"{what}: {instead}; or raise symconv.limits({kind}={allowed(kind)})")
