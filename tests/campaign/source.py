"""Expressions as Python that builds them with symconv: what is run is what is reported."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import sympy as sp

import symconv as sc

from .trees import SQRT2, Entry, Kernel, Node

# Names to the assumptions of their symbols.
Assumed = Mapping[str, str]


def source(node: Node) -> str:
    """An expression in sc, sp and the names of its symbols."""
    *lines, last = statements(node)
    return "; ".join([*lines, last.removeprefix("op = ")])


def statements(node: Node) -> list[str]:
    """Lines that end in op = ...; what is used twice is made once, as users write C @ C.T."""
    used: dict[Node, int] = {}

    def visit(part: Node) -> None:
        used[part] = used.get(part, 0) + 1
        if used[part] == 1:
            for kid in part.kids:
                visit(kid)

    visit(node)
    shared = sorted((part for part in used if used[part] > 1 and part.kind != "T"), key=_order)
    names: dict[Node, str] = {}
    lines = []
    for part in shared:
        shown = _source(part, names)
        names[part] = "ABCDEFGHIJKL"[len(names)]
        lines.append(f"{names[part]} = {shown}")
    return [*lines, f"op = {_source(node, names)}"]


def _order(node: Node) -> int:
    return node.depth


def _source(node: Node, names: Mapping[Node, str]) -> str:
    if node in names:
        return names[node]

    def atom(part: Node) -> str:
        shown = _source(part, names)
        return f"({shown})" if part not in names and part.kind in SUMS else shown

    match node.kind:
        case "T":
            return f"{atom(node.kids[0])}.T"
        case "@":
            left, right = node.kids
            return f"{_source(left, names) if left.kind == '@' else atom(left)} @ {atom(right)}"
        case "+" | "-":
            left, right = (_source(kid, names) for kid in node.kids)
            right = atom(node.kids[1]) if node.kids[1].kind in ("+", "-", "neg") else right
            return f"{left} {node.kind} {right}"
        case "neg":
            return f"-{atom(node.kids[0])}"
        case "*":
            return f"({entry_source(node['scalar'])}) * {atom(node.kids[0])}"
        case "/":
            return f"{atom(node.kids[0])} / ({entry_source(node['scalar'])})"
    return f"sc.{node.kind}({', '.join(_arguments(node))})"


SUMS = ("@", "+", "-", "neg", "*", "/")


def _arguments(node: Node) -> list[str]:
    args = dict(node.args)
    shown = [kernel_source(args.pop("kernel"))] if "kernel" in args else []
    sizes = [str(size) for size in args.pop("size")]
    shown.append(sizes[0] if len(sizes) == 1 else f"({', '.join(sizes)})")
    if node.kind == "crop":
        shown.append(_padding(args.pop("padding")))
    if "offset" in args:
        shown.append(_steps(args.pop("offset")))
    for name in ("factor", "kernel_size"):
        if name in args:
            shown.append(_steps(args.pop(name)))
    if "kernel_size" in dict(node.args):
        stride = args.pop("stride")
        shown += [] if stride == node["kernel_size"] else [f"stride={_steps(stride)}"]
    for name, value in args.items():
        if name == "mode":
            name = "padding_mode"
        if value == DEFAULTS.get(name, ()):
            continue
        if name == "padding":
            value = _padding(value)
        elif isinstance(value, tuple):
            if not any(v != DEFAULTS.get(f"each {name}") for v in value):
                continue
            value = _steps(value)
        else:
            value = repr(value)
        shown.append(f"{name}={value}")
    return shown


DEFAULTS = {
    "each stride": 1,
    "each dilation": 1,
    "each input_dilation": 1,
    "each output_padding": 0,
    "padding_mode": "zeros",
    "channels": 1,
    "circular": False,
    "count_include_pad": True,
}


def _steps(values: Any) -> str:
    if not isinstance(values, tuple):
        return repr(values)
    return repr(values[0] if len(set(values)) == 1 else values)


def _padding(padding: Any) -> str:
    if isinstance(padding, str):
        return repr(padding)
    if any(low != high for low, high in padding):
        return repr(tuple(padding))
    return _steps(tuple(low for low, _ in padding))


def kernel_source(kernel: Kernel) -> str:
    if kernel.named:
        channels = ""
        if not kernel.plain:
            channels = f", in_channels={kernel.in_channels}, out_channels={kernel.leading}"
            channels += f", groups={kernel.groups}" if kernel.groups > 1 else ""
        return f"sc.Kernel.symbolic({kernel.named!r}, {_steps_each(kernel.size)}{channels})"
    entries = [entry_source(entry) for entry in kernel.entries]
    array = _nested(entries, kernel.shape)
    if kernel.plain:
        return f"sc.Kernel({array})"
    groups = f", groups={kernel.groups}" if kernel.groups > 1 else ""
    return f"sc.Kernel.from_weight({array}{groups})"


def _steps_each(size: tuple[int, ...]) -> str:
    return repr(size[0] if len(size) == 1 else size)


def _nested(entries: list[str], shape: tuple[int, ...]) -> str:
    if len(shape) == 1:
        return f"[{', '.join(entries)}]"
    step = len(entries) // shape[0]
    parts = (entries[i : i + step] for i in range(0, len(entries), step))
    return f"[{', '.join(_nested(part, shape[1:]) for part in parts)}]"


def entry_source(entry: Entry) -> str:
    shown = ""
    for coefficient, powers in entry:
        factors = []
        if abs(coefficient) != 1 or not powers:
            factors.append(_number(abs(coefficient)))
        for name, exponent in powers:
            base = "sp.sqrt(2)" if name == SQRT2 else name
            factors.append(base if exponent == 1 else f"{base}**{exponent}")
        sign = "-" if coefficient < 0 else "+"
        shown += f" {sign} {'*'.join(factors)}"
    return (shown.removeprefix(" + ") if not shown.startswith(" - ") else "-" + shown[3:]) or "0"


def _number(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value)
    return f"sp.Rational({value.numerator}, {value.denominator})"


# --- running it --------------------------------------------------------------------------------


def symbols(node: Node, assumed: Assumed) -> dict[str, sp.Symbol]:
    """The symbols that the source names."""
    named = {n for k in node.nodes() if (k.get("kernel") and k["kernel"].named) for n in _own(k)}
    names = {*node.symbols, *(node.names - named - {SQRT2})}
    return {name: sp.Symbol(name, **_assumptions(assumed.get(name, ""))) for name in sorted(names)}


def _own(node: Node) -> set[str]:
    return {name for entry in node["kernel"].entries for _, powers in entry for name, _ in powers}


def _assumptions(text: str) -> dict[str, bool]:
    return dict.fromkeys(text.replace("=True", "").replace(",", " ").split(), True)


def build(node: Node, assumed: Assumed) -> sc.Operator:
    """The operator of symconv."""
    names: dict[str, Any] = {"sc": sc, "sp": sp, **symbols(node, assumed)}
    exec("\n".join(statements(node)), names)
    return names["op"]


def reproducer(node: Node, assumed: Assumed) -> str:
    """Lines of Python that make the operator."""
    lines = ["import sympy as sp, symconv as sc"]
    for name in symbols(node, assumed):
        more = assumed.get(name, "")
        lines.append(f'{name} = sp.Symbol("{name}"{", " + more if more else ""})')
    return "\n".join([*lines, *statements(node)])
