"""LaTeX displays in Markdown."""

from __future__ import annotations

import re
from typing import Any

from symconv.printing.latex import Form, latex


def to_markdown(obj: Any, form: Form | None = None, **options: Any) -> str:
    """Markdown with the LaTeX as a display between double dollars; arguments as in latex.

    >>> import symconv as sc
    >>> print(to_markdown(sc.conv([1, 2], 2)))
    $$
    \\left[\\begin{matrix}1 & 2\\end{matrix}\\right]
    $$
    """
    # An empty line would end the display, and "mode" would put dollars between dollars.
    text = latex(obj, form, **{**options, "mode": "plain"})
    return "$$\n" + re.sub(r"\n\s*\n", "\n", text).strip() + "\n$$"
