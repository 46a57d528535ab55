r"""Names that come from users, as LaTeX: what is no name of mathematics prints as text.

``k_{0,1}``, ``sigma`` and ``\alpha`` stay symbols; ``\input{/etc/passwd}``, ``<img onerror=…>`` and
``a_b%`` show as what they are, in pdflatex, MathJax and KaTeX alike.
"""

from __future__ import annotations

import re
import unicodedata

from sympy.core.alphabets import greeks
from sympy.printing.latex import other_symbols, tex_greek_dictionary

_COMMANDS = "|".join(
    {*greeks, *(name.title() for name in greeks), *other_symbols}
    | {"varepsilon", "vartheta", "varphi", "varrho", "varsigma", "varpi", "infty", "partial"}
    | {"nabla", "prime", "dagger", "star", "ast", "circ", "pm", "mp", "cdot", "times", "mathsf"}
)
_COMMAND = rf"\\(?:{_COMMANDS})(?![A-Za-z])"
_ACCENTS = (
    "hat|bar|tilde|vec|dot|ddot|widehat|widetilde|overline|underline|mathbf|mathrm|mathcal|mathbb|"
    "mathsf|mathit|boldsymbol|operatorname"
)
_INDEX = rf"(?:[A-Za-z0-9 ,;:.+*()=|'-]|{_COMMAND}|\{{[A-Za-z0-9]*\}})*"
_SCRIPT = rf"(?:[A-Za-z0-9]|\{{{_INDEX}\}})"
_SCRIPTS = re.compile(
    rf"(?P<base>.+?)(?P<scripts>_{_SCRIPT}|\^{_SCRIPT}|_{_SCRIPT}\^{_SCRIPT}|\^{_SCRIPT}_{_SCRIPT})",
    re.DOTALL,
)
_BASE = re.compile(
    rf"(?:[A-Za-z0-9]+|{_COMMAND}|\\(?:{_ACCENTS})\{{(?:[A-Za-z0-9]+|{_COMMAND})\}})'*"
)
# What SymPy itself takes apart: x_1, x__2, k_0_1, alphahat.
_IDENTIFIER = re.compile(r"[A-Za-z0-9]+'*(?:__?[A-Za-z0-9,]+)*")

# What T1 fonts and inputenc know without help.
LAST_KNOWN_CHARACTER = "\u017f"
_DIGITS = str.maketrans(
    {
        **{chr(0x2080 + n): rf"\textsubscript{{{n}}}" for n in range(10)},
        **{chr(0x2070 + n): rf"\textsuperscript{{{n}}}" for n in (0, *range(4, 10))},
    }
)

_SPECIAL = {
    "\\": r"\backslash",
    "^": r"{\wedge}",
    "~": r"{\sim}",
    "<": "{<}",
    ">": "{>}",
    "|": r"{\vert}",
    "`": r"{\backprime}",
    '"': r"\text{''}",
} | {character: f"\\{character}" for character in "{}$&#%_"}


def _greek_letters() -> dict[str, str]:
    letters = {}
    for name in greeks:
        spelled = "LAMDA" if name == "lambda" else name.upper()
        letters[unicodedata.lookup(f"GREEK SMALL LETTER {spelled}")] = _greek(name) or name
        letters[unicodedata.lookup(f"GREEK CAPITAL LETTER {spelled}")] = (
            _greek(name.title()) or name
        )
    return letters


def _greek(name: str) -> str | None:
    """The LaTeX of a Greek letter's name, or of another that SymPy knows; else None."""
    if name in tex_greek_dictionary:
        return str(tex_greek_dictionary[name])
    is_letter = name in {*greeks, *(letter.title() for letter in greeks), *other_symbols}
    return f"\\{name}" if is_letter else None


_GREEK_LETTERS = _greek_letters()

# Formulas write their own letters in mathematical italics (see free_letters) and a transpose by a
# T of its own; names never do.
TRANSPOSE_SIGN = "\U0001d5b3"
UPRIGHT = {
    code: unicodedata.normalize("NFKC", chr(code))
    for code in (
        0x210E,
        *range(0x1D434, 0x1D455),
        *range(0x1D456, 0x1D468),
        *range(0x1D6E2, 0x1D71C),
        ord(TRANSPOSE_SIGN),
    )
}


def is_identifier(name: str) -> bool:
    """Whether SymPy's own rules for names are safe for this one."""
    return _IDENTIFIER.fullmatch(name) is not None


def symbol_latex(name: str) -> str:
    r"""A name as LaTeX: safe ones stay as they are, others print as text.

    >>> for name in ("k_{0,1}", "sigma_{2}", r"\alpha", r"\input{x}_{0}", "a_b%"):
    ...     print(symbol_latex(name))
    k_{0,1}
    \sigma_{2}
    \alpha
    {\backslash\text{input}\{\text{x}\}}_{0}
    {\text{a}\_\text{b}\%}
    """
    name = name.translate(UPRIGHT)
    found = _SCRIPTS.fullmatch(name)
    base, scripts = (found["base"], found["scripts"]) if found else (name, "")
    return _base_latex(base) + scripts


def _base_latex(base: str) -> str:
    if base in _GREEK_LETTERS:
        return _GREEK_LETTERS[base]
    if _BASE.fullmatch(base):
        letter = base.rstrip("'")
        return (_greek(letter) or letter) + base[len(letter) :]
    return f"{{{escape(base)}}}"


def escape(text: str) -> str:
    r"""Any text as LaTeX for mathematics, in which it shows as it is.

    >>> print(escape("50 % <b>"))
    \text{50 }\%\text{ }{<}\text{b}{>}
    """
    pieces = re.split(f"([{re.escape(''.join([*_SPECIAL, *_GREEK_LETTERS]))}]|[^ -~])", text)
    return _join_text("".join(map(_piece, pieces))) or r"\text{}"


def spelled_out(latex: str) -> str:
    r"""LaTeX for pdflatex: colours as xcolor has them, letters beyond Latin and Greek by number.

    >>> print(spelled_out(r"{\color{#2767cc}{k}}"))
    {\color[HTML]{2767CC}{k}}
    >>> print(spelled_out(r"{\text{日本}}_{0} + {\text{k₀}}"))
    {\text{\texttt{U+65E5\,U+672C}}}_{0} + {\text{k\textsubscript{0}}}
    """
    latex = re.sub(r"\\color\{#(\w{6})\}", lambda c: rf"\color[HTML]{{{c[1].upper()}}}", latex)
    latex = latex.translate(_DIGITS)
    unknown = f"[^\\x00-{LAST_KNOWN_CHARACTER}]+"

    def by_number(run: re.Match[str]) -> str:
        numbers = (f"U+{ord(character):04X}" for character in run[0])
        return "\\texttt{" + "\\,".join(numbers) + "}"

    return re.sub(unknown, by_number, latex)


def _piece(piece: str) -> str:
    if piece in _SPECIAL:
        return _SPECIAL[piece]
    if piece in _GREEK_LETTERS:
        return f"{{{_GREEK_LETTERS[piece]}}}"
    if len(piece) == 1 and not piece.isprintable():
        return rf"\text{{U+{ord(piece):04X}}}"
    return rf"\text{{{piece}}}" if piece else ""


def _join_text(latex: str) -> str:
    text = r"\\text\{([^{}']*)\}"

    def joined(run: re.Match[str]) -> str:
        return rf"\text{{{''.join(re.findall(text, run[0]))}}}"

    return re.sub(rf"(?:{text}){{2,}}", joined, latex)
