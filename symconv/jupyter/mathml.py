"""LaTeX as MathML, which browsers draw by themselves: for files that load nothing."""

from __future__ import annotations

import re
from html import escape
from importlib import import_module

from symconv.errors import MissingExtraError

# What the converter does not know, in the words that it does.
WORDS = {
    r"\begin{aligned}": r"\begin{array}{rl}",
    r"\end{aligned}": r"\end{array}",
    r"\begin{gathered}": r"\begin{array}{c}",
    r"\end{gathered}": r"\end{array}",
    r"\displaystyle": "",
    r"\rule[-1.2ex]{0pt}{4ex}": "",
}
DOLLARS = re.compile(r"\$([^$]*)\$")


def with_mathml(html: str) -> str:
    r"""HTML whose formulas between dollars are MathML; what cannot be converted is shown as LaTeX.

    Raises:
        MissingExtraError: latex2mathml is not installed.

    >>> print(with_mathml(r"<p>$\displaystyle x$</p>").replace("><", ">\n<"))
    <p>
    <math xmlns="http://www.w3.org/1998/Math/MathML" display="block">
    <mrow>
    <mi>x</mi>
    </mrow>
    </math>
    </p>
    """
    return DOLLARS.sub(lambda found: _mathml(found[1]), html)


def _mathml(latex: str) -> str:
    known = re.sub(r"\\\\\[[\d.]+(ex|em|pt)\]", r"\\\\ ", latex)
    for word, other in WORDS.items():
        known = known.replace(word, other)
    try:
        converter = import_module("latex2mathml.converter")
    except ModuleNotFoundError:
        raise MissingExtraError(
            'formulas in a file of its own need latex2mathml: pip install "symconv[jupyter]"'
        ) from None
    found = str(converter.convert(known, display="block"))
    return f"<pre>{escape(latex)}</pre>" if "<mi>&</mi>" in found else found
