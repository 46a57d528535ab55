"""What does not fit in memory is refused before it is begun."""

from __future__ import annotations

import os

from symconv.errors import ShapeError
from symconv.work_limits import check

# Where the system does not tell how much it has.
ASSUMED = 2**34


def require_room(size: int, what: str, way: str) -> None:
    """Refuse arrays of more bytes than this machine has memory, or than the limits allow.

    >>> require_room(10**18, "it", "ask for less")
    Traceback (most recent call last):
    ...
    symconv.errors.ShapeError: it takes 931,322,575 GiB and does not fit in memory: ask for less
    """
    if size > most_bytes():
        raise ShapeError(f"{what} takes {size / 2**30:,.0f} GiB and does not fit in memory: {way}")
    check("bytes", size, f"{size} bytes of {what}", way)


def most_bytes() -> int:
    """The memory of this machine."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return ASSUMED
