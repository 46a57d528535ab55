"""Formulas as text for a terminal: our own LaTeX, set in lines of characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from symconv.printing.unicode import SUPERSCRIPTS, indexed
from symconv.typesetting.typesetter import MODULO

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|[^\\]", re.DOTALL)
# A space that is kept where a cell begins or ends.
FIXED = "\u00a0"
SIGNS = {
    "in": "∈", "notin": "∉", "leq": "≤", "le": "≤", "geq": "≥", "ge": "≥", "neq": "≠", "ne": "≠",
    "times": "×", "cdot": "·", "cdots": "⋯", "dots": "…", "ldots": "…", "vdots": "⋮", "ddots": "⋱",
    "setminus": "∖", "sum": "Σ", "prod": "∏", "infty": "∞", "to": "→", "mapsto": "↦", "wedge": "∧",
    "vee": "∨", "otimes": "⊗", "oplus": "⊕", "lfloor": "⌊", "rfloor": "⌋", "lceil": "⌈",
    "rceil": "⌉", "langle": "⟨", "rangle": "⟩", "equiv": "≡", "approx": "≈", "pm": "±", "mid": "|",
    "vert": "|", "lvert": "|", "rvert": "|", "iff": "⇔", "Leftrightarrow": "⇔", "dagger": "†",
    "circ": "∘", "ast": "∗", "star": "⋆", "prime": "'", "backslash": "\\", "sim": "~", "ell": "ℓ",
    "varsigma": "ς", "varepsilon": "ε", "partial": "∂", "subseteq": "⊆", "cup": "∪", "cap": "∩",
    "bmod": " mod ", "quad": FIXED * 2, "qquad": FIXED * 4, "Leftarrow": "⇐", "Rightarrow": "⇒",
    "backprime": "‵", "circledast": "⊛",
}  # fmt: skip
SPACES = {",": " ", ";": " ", ":": " ", "!": "", " ": " ", "\n": " "}
LETTERS = {r"\mathbb{Z}": "ℤ", r"\mathbb{R}": "ℝ", r"\mathbb{C}": "ℂ", r"\mathbb{N}": "ℕ"}
UPRIGHT = (
    "operatorname",
    "text",
    "mathrm",
    "mathsf",
    "mathtt",
    "mathbf",
    "mathcal",
    "textrm",
    "tfrac",
)
IGNORED = ("displaystyle", "limits", "big", "Big", "bigl", "bigr", "hline", "middle")
RAISED = {"T": "ᵀ", "ᵀ": "ᵀ", "H": "ᴴ", "-T": "⁻ᵀ", "+": "⁺"}
FENCES = {"[": "⎡⎢⎣", "]": "⎤⎥⎦", "(": "⎛⎜⎝", ")": "⎞⎟⎠", "{": "⎧⎪⎩", "}": "⎫⎪⎭", "|": "│││"}


@dataclass(frozen=True)
class Block:
    """Lines of text of one width, and which of them stands level with what is beside it."""

    lines: tuple[str, ...]
    level: int = 0

    @property
    def width(self) -> int:
        return len(self.lines[0])


def latex_text(latex: str) -> str:
    r"""What symconv's LaTeX says, in characters; every name as elsewhere in text.

    >>> print(latex_text(r"(C C^{\mathsf{T}})_{i,j} = r_{i - j} - \sum_{t \in T} k_{t}\, k_{0,1}"))
    (C Cᵀ)[i,j] = r[i - j] - Σ[t ∈ T] k[t] k₀₁
    >>> print(latex_text(r"\left[\begin{matrix}1 & k_{0}\\0 & \frac{1}{2}\end{matrix}\right]"))
    ⎡1  k₀ ⎤
    ⎣0  1/2⎦
    """
    latex = latex.replace(MODULO, r"\bmod")
    lines = _Reader(TOKEN.findall(latex)).until().lines
    return "\n".join(line.replace(FIXED, " ").rstrip() for line in lines)


# --- blocks ----------------------------------------------------------------------------------


def block(text: str) -> Block:
    """One line."""
    return Block((text,))


def row(blocks: Sequence[Block]) -> Block:
    """Blocks side by side, level."""
    shown = [each for each in blocks if each.width] or [block("")]
    above = max(each.level for each in shown)
    below = max(len(each.lines) - each.level for each in shown)
    padded = [_padded(each, above - each.level, above + below) for each in shown]
    return Block(tuple(map("".join, zip(*padded, strict=True))), above)


def _padded(each: Block, above: int, height: int) -> list[str]:
    empty = " " * each.width
    return [*[empty] * above, *each.lines, *[empty] * (height - above - len(each.lines))]


def table(cells: Sequence[Sequence[Block]], gap: str = "  ") -> Block:
    """Blocks in rows and columns, each column as wide as its widest."""
    columns = max(map(len, cells))
    full = [[*line, *[block("")] * (columns - len(line))] for line in cells]
    widths = [max(line[n].width for line in full) for n in range(columns)]
    lines: list[str] = []
    for line in full:
        parts = [_wide(each, width) for each, width in zip(line, widths, strict=True)]
        spaced = [part for each in parts for part in (block(gap), each)][1:]
        lines += row(spaced).lines
    return _centred([line.ljust(max(map(len, lines))) for line in lines])


def _wide(each: Block, width: int) -> Block:
    return Block(tuple(line.ljust(width) for line in each.lines), each.level)


def _centred(lines: Sequence[str]) -> Block:
    return Block(tuple(lines), (len(lines) - 1) // 2)


def fence(sign: str, like: Block) -> Block:
    """A bracket as high as a block."""
    height = len(like.lines)
    if sign in ("", ".") or height == 1:
        return block("" if sign == "." else sign)
    first, middle, last = [*FENCES.get(sign, sign * 3)]
    signs = [first, *[middle] * (height - 2), last]
    if sign == "{" and height > 2:
        signs[like.level] = "⎨"
    return Block(tuple(signs), like.level)


# --- reading ---------------------------------------------------------------------------------


class _Reader:
    """Reads tokens from left to right; environments and scripts by their braces."""

    def __init__(self, tokens: Sequence[str]) -> None:
        self.tokens, self.at = tokens, 0

    def next(self) -> str:
        self.at += 1
        return self.tokens[self.at - 1]

    @property
    def ahead(self) -> str:
        """The next token; nothing at the end."""
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def until(self, *ends: str) -> Block:
        """Everything up to one of some tokens, or to the end."""
        found: list[Block] = []
        while self.ahead and self.ahead not in ends:
            found.append(self.item(found))
        return row(found)

    def item(self, before: list[Block]) -> Block:
        """What one token, and the arguments that it takes, look like."""
        token = self.next()
        if token.isspace():
            ends_in_space = not before or before[-1].lines[-1][-1:].isspace()
            return block("" if ends_in_space else " ")
        if token == "{":
            inside = self.until("}")
            self.next()
            return inside
        if token in "_^":
            return self.script(token)
        return self.command(token[1:]) if token.startswith("\\") else block(token)

    def argument(self) -> Block:
        """A group in braces, or one token."""
        while self.ahead.isspace():
            self.next()
        return self.item([])

    def words(self) -> str:
        """An argument that is one line."""
        return self.argument().lines[0].strip()

    def name(self) -> str:
        """The name of an environment, or what else stands in braces, as it is."""
        self.next()
        start = self.at
        while self.next() != "}":
            pass
        return "".join(self.tokens[start : self.at - 1])

    def script(self, token: str) -> Block:
        """An index or a power."""
        text = self.words()
        if token == "_":
            return block(f"{FIXED * 2}{text}" if "×" in text else indexed(text))
        if text in RAISED:
            return block(RAISED[text])
        if re.fullmatch(r"-?\d+|'+", text):
            return block(text.translate(SUPERSCRIPTS))
        return block(f"^{text}" if re.fullmatch(r"\w+|\{.*\}", text) else f"^({text})")

    def command(self, name: str) -> Block:
        """A command of LaTeX."""
        match name:
            case "frac" | "dfrac" | "tfrac":
                above, below = (_factor(self.words()) for _ in range(2))
                return block(f"{above}/{below}")
            case "sqrt":
                return block(f"√{_factor(self.words())}")
            case "left":
                return self.fenced()
            case "begin":
                return self.environment(self.name())
            case "underbrace":
                return self.argument()
            case "phantom":
                return block(FIXED * self.argument().width)
            case "color" | "textcolor" | "rule" | "hspace":
                return self.skipped(name)
            case "mathbb":
                return block(LETTERS.get(rf"\mathbb{{{(text := self.words())}}}", text))
        if name in UPRIGHT:
            return block(self.plain()) if name.startswith("text") else self.argument()
        if name in SPACES or name in IGNORED:
            return block(SPACES.get(name, ""))
        return block(SIGNS.get(name) or _greek(name) or name)

    def plain(self) -> str:
        """Text in braces, with its spaces."""
        return "".join(line for line in self.argument().lines)

    def skipped(self, name: str) -> Block:
        """What changes only how something looks."""
        if self.ahead == "[":
            while self.next() != "]":
                pass
        self.name()
        if name == "rule":
            self.name()
        return block("")

    def fenced(self) -> Block:
        opening = self.next().lstrip("\\")
        inside = _stripped(self.until("\\right"))
        self.next()
        closing = self.next().lstrip("\\")
        return row([fence(opening, inside), inside, fence(closing, inside)])

    def environment(self, name: str) -> Block:
        """Rows and columns up to the end of an environment."""
        if name.startswith("array") or name == "array":
            self.name()
        rows: list[list[Block]] = [[]]
        while True:
            rows[-1].append(self.until("&", "\\\\", "\\end"))
            end = self.next()
            if end == "\\end":
                self.name()
                break
            if end == "\\\\":
                rows.append([])
                if self.ahead == "[":
                    while self.next() != "]":
                        pass
        return _environment(name, rows)


def _environment(name: str, rows: list[list[Block]]) -> Block:
    if name in ("aligned", "align*", "gathered"):
        return table([[*map(_stripped, line)] for line in rows], " ")
    inside = table([[*map(_cell, line)] for line in rows])
    if name == "cases":
        return row([fence("{", inside), inside])
    return inside


def _stripped(each: Block) -> Block:
    return block(each.lines[0].strip(" ")) if len(each.lines) == 1 else each


def _cell(each: Block) -> Block:
    each = _stripped(each)
    return block(re.sub("^- ", "-", each.lines[0])) if len(each.lines) == 1 else each


def _factor(text: str) -> str:
    outside = re.sub(r"\[[^\]]*\]|^\([^()]*\)$", "", text)
    return f"({text})" if re.search(r"[ +/]", outside) else text


def _greek(name: str) -> str | None:
    """A Greek letter by its name in LaTeX."""
    case = "SMALL" if name.islower() else "CAPITAL"
    spelled = "LAMDA" if name.lower() == "lambda" else name.upper()
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {spelled}")
    except KeyError:
        return None
