"""The code blocks of a page in Markdown, run in order, and what each shows below it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

BLOCK = re.compile(
    r"^```(\w+)\n(.*?)^```\n(?:\n```(?:text)?\n(.*?)^```\n|\n\$\$\n(.*?)\n\$\$\n)?", re.M | re.S
)


@dataclass(frozen=True)
class Block:
    """A block of code; ``shown`` is what the page says that it prints, if it says so."""

    language: str
    code: str
    shown: str | None


def blocks(page: Path) -> Iterator[Block]:
    """Those of a page, in order; directives in braces are none."""
    for language, code, output, formula in BLOCK.findall(page.read_text()):
        yield Block(language, code, output or formula or None)


def printed(page: Path) -> Iterator[tuple[Block, str]]:
    """Each block of Python with what it prints; later blocks see the names of earlier ones."""
    names: dict[str, Any] = {"__name__": page.stem}
    for block in blocks(page):
        if block.language == "python":
            out = StringIO()
            with redirect_stdout(out):
                exec(compile(block.code, str(page), "exec"), names)
            yield block, out.getvalue()
