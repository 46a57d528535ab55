"""Rows of a sweep by conditions such as "k=3": what PyArrow compares, and nothing is evaluated."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from symconv.arguments import parse_choice, shown
from symconv.errors import ParseError
from symconv.sweeps.arrow import dataset, pa
from symconv.sweeps.parts import CELL

RELATIONS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge,
}  # fmt: skip
CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|!=|=|<|>)(.*)", re.DOTALL)
NULL = "null"
COUNT = "rows_of_it"


def condition(text: str, schema: pa.Schema) -> dataset.Expression:
    """A comparison of a column with a value, which is read as the column's type; or with "null".

    Raises:
        ParseError: other text, another column, or a value of another type.

    >>> from symconv.sweeps.arrow import pa
    >>> print(condition("k >= 3", pa.schema({"k": pa.int64()})))
    (k >= 3)
    """
    found = CONDITION.fullmatch(text)
    if found is None:
        raise ParseError(f"{shown(text)} is no condition such as k=3: column, relation, value")
    name, relation, value = found.groups()
    field = dataset.field(column(name, schema))
    if value.strip() == NULL and relation in ("=", "!="):
        return field.is_null() if relation == "=" else field.is_valid()
    return RELATIONS[relation](field, _value(value.strip(), schema.field(name).type, text))


def column(name: str, schema: pa.Schema) -> str:
    """The name of a column that there is."""
    names: list[str] = [known for known in schema.names if known != CELL]
    return parse_choice("column", name, names)


def _value(text: str, kind: Any, whole: str) -> Any:
    if pa.types.is_string(kind):
        return text
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        raise ParseError(f"{shown(whole)}: a column of {kind} is compared with {NULL} alone")
    try:
        return pa.scalar(text).cast(kind)
    except (ValueError, NotImplementedError):
        raise ParseError(f"{shown(whole)}: {shown(text)} is no {kind}") from None


def rows(
    data: dataset.Dataset,
    conditions: Sequence[str] = (),
    columns: Sequence[str] = (),
    sort: Sequence[str] = (),
    limit: int | None = None,
) -> pa.Table:
    """The rows that meet all conditions.

    Args:
        data: what :meth:`symconv.sweeps.sweep.Sweep.dataset` gives.
        conditions: texts such as "k=3" and "failure!=null".
        columns: those to take; all where left out.
        sort: columns to sort by, "-rank" for the largest first.
        limit: how many rows at most.
    """
    kept = [column(name, data.schema) for name in columns] or [
        name for name in data.schema.names if name != CELL
    ]
    order = [(column(name.lstrip("-"), data.schema), _direction(name)) for name in sort]
    wanted = dict.fromkeys([*kept, *(name for name, _ in order)])
    if order:
        table = data.to_table([*wanted], filter=_all(conditions, data.schema)).sort_by(order)
        return table.select(kept).slice(0, limit)
    if limit is not None:
        return data.head(limit, columns=kept, filter=_all(conditions, data.schema))
    return data.to_table(kept, filter=_all(conditions, data.schema))


def counted(data: dataset.Dataset, by: Sequence[str], conditions: Sequence[str] = ()) -> pa.Table:
    """How many rows there are for each combination of values."""
    names = [column(name, data.schema) for name in by]
    table = data.to_table(names, filter=_all(conditions, data.schema))
    counts = table.group_by(names).aggregate([([], "count_all")])
    return counts.rename_columns([*names, COUNT]).sort_by([(name, "ascending") for name in names])


def _all(conditions: Sequence[str], schema: pa.Schema) -> dataset.Expression | None:
    whole = None
    for text in conditions:
        one = condition(text, schema)
        whole = one if whole is None else whole & one
    return whole


def _direction(name: str) -> str:
    return "descending" if name.startswith("-") else "ascending"
