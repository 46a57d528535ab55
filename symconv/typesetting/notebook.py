"""What notebooks show: LaTeX that a browser can draw, and small HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

# MathJax draws a matrix of 16 x 16 symbols in a second; what is larger makes the browser wait.
MOST_CELLS = 600
LONGEST = 20_000


def notebook_latex(latex: str) -> str | None:
    r"""LaTeX between dollars, or None where a browser would take long: the plain repr shows then.

    >>> notebook_latex(r"C C^{\mathsf{T}}")
    '$\\displaystyle C C^{\\mathsf{T}}$'
    >>> notebook_latex("1 & " * 700) is None
    True
    """
    if latex.count("&") > MOST_CELLS or len(latex) > LONGEST:
        return None
    return rf"$\displaystyle {latex}$"


def html_list(title: str, items: Sequence[str]) -> str:
    """A heading and a list, in HTML that follows the notebook's theme.

    >>> html_list("different", ["stride 1 < 2"])
    '<p><strong>different</strong></p><ul><li>stride 1 &lt; 2</li></ul>'
    """
    listed = "".join(f"<li>{escape(item)}</li>" for item in items)
    heading = f"<p><strong>{escape(title)}</strong></p>"
    return f"{heading}<ul>{listed}</ul>" if items else heading
