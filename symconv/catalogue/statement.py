"""A statement as data, and what it takes to verify one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import sympy as sp

from symconv._printable import Readable
from symconv.algebra.sizes import LARGEST
from symconv.arguments import parse_count, parse_mapping, shown
from symconv.errors import GeometryError, SymconvError
from symconv.operators.operator import Operator
from symconv.recognition.first_difference import first_difference, shortened
from symconv.typesetting.displays import aligned_lines
from symconv.typesetting.notebook import html_list
from symconv.typesetting.symbols import escape, symbol_latex
from symconv.typesetting.typesetter import Typesetter

SIZES_TRIED = 20

Parameters = Mapping[str, Any]
Side = Callable[..., Any]


@dataclass(frozen=True)
class Hypothesis:
    """What a statement assumes of its parameters.

    Attributes:
        text: the assumption, in LaTeX.
        holds: the assumption as a function of the parameters.
        needed: whether the statement is false for some parameters without it.
    """

    text: str
    holds: Callable[..., bool]
    needed: bool = True


@dataclass(frozen=True, repr=False)
class Statement(Readable):
    """An identity lhs = rhs about convolutions, for ranges of parameters.

    Attributes:
        key: its short name, such as "transposed-as-direct".
        title: what it says, in a line.
        name: the field's name for it.
        source: paper and equation.
        formula: the identity in LaTeX.
        reason: why it holds, a paragraph of LaTeX.
        parameters: name to the values that a check goes through.
        lhs, rhs: both sides as functions of the parameters: operators, matrices, expressions,
            numbers, or tuples of these, in the entries of symbolic kernels.
        hypotheses: what it assumes.
        symbolic: parameters with sizes in a symbol, for which it is proved for every size.
    """

    key: str
    title: str
    name: str
    source: str
    formula: str
    reason: str
    parameters: Mapping[str, tuple[Any, ...]]
    lhs: Side = field(repr=False)
    rhs: Side = field(repr=False)
    hypotheses: tuple[Hypothesis, ...] = ()
    symbolic: tuple[Parameters, ...] = ()

    def geometries(
        self, max_size: int | None = None, without: Hypothesis | None = None
    ) -> Iterator[dict[str, Any]]:
        """The parameters to check, small ones first.

        Args:
            max_size: the largest image size n; as ``parameters`` has it where left out.
            without: a hypothesis that shall fail; the others hold.
        """
        if max_size is not None:
            max_size = parse_count("max_size", max_size, 1, LARGEST)
        if without is not None and all(without is not h for h in self.hypotheses):
            raise SymconvError(f"{shown(without)} is no hypothesis of {self.key}")
        for chosen in sorted(product(*self.parameters.values()), key=_size_of):
            values = dict(zip(self.parameters, chosen, strict=True))
            if max_size is not None and values.get("n", 0) > max_size:
                continue
            if all(h.holds(**values) is (h is not without) for h in self.hypotheses):
                yield values

    def sides(self, **values: Any) -> tuple[Any, Any]:
        """Both sides at these parameters.

        Raises:
            GeometryError: the parameters describe no convolution.
            SymconvError: other parameters than the statement has.
        """
        values = _parsed(self, values)
        try:
            return self.lhs(**values), self.rhs(**values)
        except TypeError as error:
            raise SymconvError(f"{self.key} is not for {values}: {error}") from None

    def _latex(self, printer: Any) -> str:
        return self.formula

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.formula}$"

    def __repr__(self) -> str:
        return f"Statement({self.key!r})"

    def __str__(self) -> str:
        return f"{self.key}: {self.title} ({self.source})"


@dataclass(frozen=True)
class Verification(Readable):
    """What was found about a statement.

    Attributes:
        key: the statement's.
        checked: on how many geometries both sides were equal, exactly.
        proved: for each proof with a symbolic size, from which size on it holds; the kernel is
            symbolic too, and the sizes below were checked one by one where they are small.
        counterexample: parameters for which the sides differ, the smallest there are, or None.
        difference: what differs there.
        formula: the identity, and each family that it is proved for, in LaTeX.
    """

    key: str
    checked: int
    proved: tuple[str, ...]
    counterexample: Parameters | None = None
    difference: str = ""
    formula: tuple[str, ...] = field(default=(), repr=False, compare=False)

    def __bool__(self) -> bool:
        return self.counterexample is None

    @property
    def outcome(self) -> str:
        """In a line: proved, checked, or the counterexample."""
        proved = [f"proved for {', '.join(self.proved)}"] if self.proved else []
        return "; ".join(self._findings(proved))

    def _findings(self, proved: list[str]) -> list[str]:
        if self.counterexample is not None:
            values = ", ".join(f"{k}={v}" for k, v in self.counterexample.items())
            return [f"counterexample: {values}", self.difference]
        if proved and not self.checked:
            return proved
        return [*proved, f"checked on {self.checked} geometries"]

    def __str__(self) -> str:
        return f"{self.key}: {self.outcome}"

    def _repr_html_(self) -> str:
        proved = [f"proved for {proof}" for proof in self.proved]
        return html_list(self.key, self._findings(proved))

    def _latex(self, printer: Any) -> str:
        identity, *families = self.formula or (escape(self.key),)
        lines = [identity, *(rf"\text{{proved for }} {family}" for family in families)]
        if self.counterexample is not None:
            at = _values_latex(self.counterexample)
            lines.append(rf"\text{{false for }} {at}: \quad {escape(self.difference)}")
        elif self.checked or not families:
            plural = "y" if self.checked == 1 else "ies"
            lines.append(rf"\text{{checked on {self.checked} geometr{plural}}}")
        return str(aligned_lines((f"& {line}" for line in lines), "[1ex]"))


def verify_statement(
    statement: Statement,
    parameters: Parameters | None = None,
    *,
    max_size: int | None = None,
    without: Hypothesis | None = None,
) -> Verification:
    """Check a statement at the parameters, or prove it for symbolic sizes and check small ones.

    Raises:
        SymconvError: there is nothing to check, or the parameters break a hypothesis.
    """
    if without is not None and all(without is not h for h in statement.hypotheses):
        raise SymconvError(f"{shown(without)} is no hypothesis of {statement.key}")
    if max_size is not None:
        max_size = parse_count("max_size", max_size, 1, LARGEST)
    if parameters is not None:
        return _verify_at(statement, parameters)
    proved: list[str] = []
    formula = [statement.formula]
    below: list[dict[str, Any]] = []
    for values in () if without else statement.symbolic:
        sides = statement.sides(**values)
        difference = _difference(*sides)
        if difference:
            found = tuple(formula)
            return Verification(statement.key, 0, tuple(proved), values, difference, found)
        starts = _starts(sides)
        proved.append(_proof_text(values, starts))
        formula.append(_values_latex(values, starts))
        below.extend(_below(statement, values, starts))
    checked = 0
    for values in (*below, *statement.geometries(max_size, without)):
        try:
            sides = statement.sides(**values)
        except GeometryError:
            continue
        difference = _difference(*sides)
        if difference:
            found = tuple(formula)
            return Verification(statement.key, checked, tuple(proved), values, difference, found)
        checked += 1
    if not checked and not proved:
        raise SymconvError(f"{statement.key}: no geometry up to size {max_size} to check it on")
    return Verification(statement.key, checked, tuple(proved), formula=tuple(formula))


def _parsed(statement: Statement, values: Parameters) -> dict[str, Any]:
    """Values of the kinds that its parameters have; numbers may be SymPy's, with symbols."""
    names = set(parse_mapping(statement.key, values))
    if names != set(statement.parameters):
        given = ", ".join(map(shown, values)) or "none"
        raise SymconvError(
            f"{statement.key} has the parameters {', '.join(statement.parameters)}, and given are "
            f"{given}"
        )
    return {name: _parsed_one(statement, name, value) for name, value in values.items()}


def _parsed_one(statement: Statement, name: str, value: Any) -> Any:
    kinds = {type(known) for known in statement.parameters[name]}
    if isinstance(value, sp.Integer):
        return int(value)
    if kinds and type(value) not in kinds and not (int in kinds and isinstance(value, sp.Expr)):
        raise SymconvError(f"{statement.key}: {name} is no {shown(value)}")
    return value


def _verify_at(statement: Statement, parameters: Parameters) -> Verification:
    parameters = _parsed(statement, parameters)
    numbers = {k: v for k, v in parameters.items() if not isinstance(v, sp.Basic)}
    for hypothesis in statement.hypotheses:
        if _breaks(hypothesis, parameters):
            raise SymconvError(f"{statement.key} assumes {hypothesis.text}; {dict(parameters)}")
    sides = statement.sides(**parameters)
    difference = _difference(*sides)
    if difference:
        return Verification(statement.key, 0, (), parameters, difference, (statement.formula,))
    if len(numbers) < len(parameters):
        starts = _starts(sides)
        formula = statement.formula, _values_latex(parameters, starts)
        return Verification(statement.key, 0, (_proof_text(parameters, starts),), formula=formula)
    return Verification(statement.key, 1, (), formula=(statement.formula,))


def _below(
    statement: Statement, values: Parameters, starts: Mapping[sp.Symbol, int]
) -> Iterator[dict[str, Any]]:
    """The sizes below those that a proof is about, and some more, one by one."""
    for symbol, first in starts.items():
        for size in range(1, max(first, SIZES_TRIED)):
            at = {
                name: int(v.subs(symbol, size)) if isinstance(v, sp.Expr) else v
                for name, v in values.items()
            }
            if all(h.holds(**at) for h in statement.hypotheses):
                yield at


def _breaks(hypothesis: Hypothesis, parameters: Parameters) -> bool:
    try:
        return not hypothesis.holds(**parameters)
    except TypeError:  # it compares a size that is a symbol
        return False


def _size_of(values: tuple[Any, ...]) -> tuple[Any, ...]:
    numbers = [abs(v) for v in values if isinstance(v, int)]
    return sum(numbers), [str(v) for v in values]


def _proof_text(values: Parameters, starts: Mapping[sp.Symbol, int]) -> str:
    fixed = ", ".join(f"{k}={v}" for k, v in values.items())
    bounds = [f"{symbol} >= {first}" for symbol, first in sorted(starts.items(), key=str)]
    return f"({fixed}) from {', '.join(bounds)}" if bounds else f"({fixed})"


def _values_latex(values: Parameters, starts: Mapping[sp.Symbol, int] | None = None) -> str:
    """Parameters as equations, with from which size on something holds."""
    show = Typesetter().doprint
    bounds = {symbol: rf"{show(symbol)} \geq {first}" for symbol, first in (starts or {}).items()}
    parts = []
    for name, value in values.items():
        if isinstance(value, sp.Symbol) and value.name == name:
            parts.append(bounds.pop(value, show(value)))
        elif isinstance(value, int | sp.Expr):
            parts.append(f"{symbol_latex(name)} = {show(value)}")
        else:
            parts.append(f"{symbol_latex(name)} = {escape(str(value))}")
    return r",\; ".join([*parts, *bounds.values()])


def _starts(value: Any) -> dict[sp.Symbol, int]:
    """For each size symbol the value from which on all operators are proven right."""
    if isinstance(value, Operator):
        return dict(value.proven_from)
    starts: dict[sp.Symbol, int] = {}
    for part in value if isinstance(value, tuple) else ():
        for symbol, first in _starts(part).items():
            starts[symbol] = max(first, starts.get(symbol, first))
    return starts


def _difference(left: Any, right: Any) -> str:
    """What differs between two sides, or nothing."""
    if isinstance(left, tuple) and isinstance(right, tuple) and len(left) == len(right):
        parts = (_difference(a, b) for a, b in zip(left, right, strict=True))
        return next((part for part in parts if part), "")
    if isinstance(left, Operator | sp.MatrixBase):
        return first_difference(left, right)
    if isinstance(left, sp.Expr) or isinstance(right, sp.Expr):
        equal = sp.expand(left - right) == 0 or sp.simplify(left - right) == 0
    else:
        equal = left == right
    return "" if equal else f"{shortened(left)} and {shortened(right)}"
