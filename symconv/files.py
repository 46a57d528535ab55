"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
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
    target = Path(path).resolve()
    # Replacing would put a file in the place of a device such as /dev/null.
    if target.exists() and not target.is_file():
        raise SymconvError(f"{path} is there and is no regular file")
    try:
        _replace(target, content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise SymconvError(f"{path} cannot be written: {error.strerror}") from None
    return target


def _replace(target: Path, content: bytes) -> None:
    whole = target.with_name(f".symconv-{token_hex(8)}")
    try:
        with whole.open("xb") as file:
            file.write(content)
        if target.exists():
            shutil.copymode(target, whole)
        os.replace(whole, target)
    except BaseException:
        whole.unlink(missing_ok=True)
        raise
