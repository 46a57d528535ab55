"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from symconv.errors import SymconvError


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a file beside the target, then put it in its place with the target's permissions.

    Links are followed. Text is written as UTF-8.

    Raises:
        SymconvError: the target is there and is no regular file, or it cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "note.txt"), "whole").read_text()
    'whole'
    """
    with replacing(path) as whole:
        whole.write_bytes(content.encode() if isinstance(content, str) else content)
    return Path(path).resolve()


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A path beside the target to write to; put in its place at the end, if all is well.

    Links are followed, and the target's permissions kept.

    Raises:
        SymconvError: as :func:`write_whole`.
    """
    target = Path(path).resolve()
    # Replacing would put a file in the place of a device such as /dev/null.
    if target.exists() and not target.is_file():
        raise SymconvError(f"{path} is there and is no regular file")
    whole = target.with_name(f".symconv-{token_hex(8)}{target.suffix.lower()}")
    try:
        whole.touch(exist_ok=False)
        yield whole
        if target.exists():
            shutil.copymode(target, whole)
        os.replace(whole, target)
    except OSError as error:
        raise SymconvError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        whole.unlink(missing_ok=True)
