"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from secrets import token_hex

from symconv.arguments import parse_path
from symconv.errors import SymconvError


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> Path:
    """Write a file beside the target, then put it in its place with the target's permissions.

    Links are followed. Text is written as UTF-8. What takes long is made before: no signal ends the
    process between the first byte and the last, short of one within these milliseconds.

    Raises:
        SymconvError: the target is there and is no regular file, or it cannot be written.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(Path(folder, "note.txt"), "whole").read_text()
    'whole'
    """
    target = writable(path)
    whole = target.with_name(f".symconv-{token_hex(8)}{target.suffix.lower()}")
    try:
        whole.write_bytes(content.encode() if isinstance(content, str) else content)
        if target.exists():
            shutil.copymode(target, whole)
        os.replace(whole, target)
    except OSError as error:
        raise SymconvError(f"{path} cannot be written: {error.strerror or error}") from None
    finally:
        whole.unlink(missing_ok=True)
    return target


def writable(path: str | os.PathLike[str]) -> Path:
    """Where a file may be put; asked before what takes long to make.

    Raises:
        SymconvError: as :func:`write_whole`.
    """
    target = parse_path(path).resolve()
    # Replacing would put a file in the place of a device such as /dev/null.
    if target.exists() and not target.is_file():
        raise SymconvError(f"{path} is there and is no regular file")
    if not target.parent.is_dir():
        raise SymconvError(f"{path} cannot be written: there is no folder {target.parent}")
    if not os.access(target.parent, os.W_OK):
        raise SymconvError(f"{path} cannot be written: the folder {target.parent} is read-only")
    return target
