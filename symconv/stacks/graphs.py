"""Graphs of layers as stages one after another, with branches where paths part and meet again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce

from symconv.errors import SymconvError
from symconv.stacks.stages import AnyStage, Branches

MOST_STAGES = 10_000


@dataclass(frozen=True)
class Node:
    """A value of a graph: what it is computed from.

    Attributes:
        inputs: the names of the values; several are added or concatenated.
        stages: what is applied to the one value, or to what they give together.
        join: "sum" or "concat", where there are several.
    """

    inputs: tuple[str, ...]
    stages: tuple[AnyStage, ...] = ()
    join: str = "sum"


def series(graph: Mapping[str, Node], start: str, end: str) -> list[AnyStage]:
    """The stages from one value of a graph to another.

    Where paths part that meet again, they are branches from the last value that all of them pass;
    what two branches share after that stands in both.

    Raises:
        SymconvError: the end is computed from something else too, or from nothing at all.

    >>> graph = {"a": Node(("x",)), "b": Node(("a", "x"))}
    >>> (sum_of_two,) = series(graph, "x", "b")
    >>> sum_of_two.branches
    ((), ())
    """
    return _series(graph, start, end, _passed(graph, start, end), [0])


def _series(
    graph: Mapping[str, Node],
    start: str,
    end: str,
    passed: Mapping[str, list[str]],
    count: list[int],
) -> list[AnyStage]:
    found: list[AnyStage] = []
    while end != start:
        node = graph[end]
        count[0] += len(node.stages) + 1
        if count[0] > MOST_STAGES:
            raise SymconvError(f"a graph with more than {MOST_STAGES} layers on its paths")
        found[:0] = node.stages
        if len(node.inputs) == 1:
            end = node.inputs[0]
            continue
        common = reduce(
            lambda kept, name: [value for value in kept if value in passed[name]],
            node.inputs[1:],
            passed[node.inputs[0]],
        )
        parts = [_series(graph, common[-1], name, passed, count) for name in node.inputs]
        found.insert(0, Branches(tuple(map(tuple, parts)), node.join))
        end = common[-1]
    return found


def _passed(graph: Mapping[str, Node], start: str, end: str) -> Mapping[str, list[str]]:
    """For each value before the end those that every path from the start to it passes, in order."""
    found = {start: [start]}
    waiting = [end]
    while waiting:
        name = waiting[-1]
        if name in found:
            waiting.pop()
            continue
        if name not in graph:
            raise SymconvError(f"{end!r} is computed from {name!r}, and not from {start!r} alone")
        missing = [value for value in graph[name].inputs if value not in found]
        if missing:
            if len(waiting) > len(graph) + 1:
                raise SymconvError(f"{name!r} is computed from itself")
            waiting.append(missing[0])
            continue
        first, *others = (found[value] for value in graph[name].inputs)
        found[name] = [value for value in first if all(value in o for o in others)] + [name]
    return found
