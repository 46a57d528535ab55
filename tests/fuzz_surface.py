"""Wrong arguments for everything public, made at random from a seed: what escapes is an error.

``python tests/fuzz_surface.py --calls 100000`` runs long and prints what escaped; the tests run a
short part of it.
"""

from __future__ import annotations

import argparse
import faulthandler
import math
import os
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import sympy as sp
from public_surface import Call, calls

import symconv as sc

SECONDS = 5
METHODS = (
    "repr", "str", "index", "int", "float", "eq", "hash", "bool", "len", "iter", "getitem",
    "contains", "call", "array", "fspath", "lt", "add", "mul", "neg", "format",
)  # fmt: skip


class EvilError(Exception):
    """What a hostile object raises; no library knows it."""


class SlowError(BaseException):
    """A call that was not done in time."""


def _raise(*_: object, **__: object) -> Any:
    raise EvilError("evil")


def evil(name: str, base: type = object) -> Any:
    """An object of which one method of Python's raises."""
    kind = type("Evil", (base,), {f"__{name}__": _raise})
    return kind()


class Lying:
    """Says of itself what is not so."""

    shape = (2, 2)
    dtype = "float64"
    ndim = 2

    def __len__(self) -> int:
        return 3

    def __getitem__(self, place: Any) -> Any:
        return self

    def __index__(self) -> int:
        return 10**40

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


class Endless(Sequence):  # type: ignore[type-arg]
    """A sequence of a long length whose elements are itself."""

    def __len__(self) -> int:
        return 10**6

    def __getitem__(self, place: Any) -> Any:
        return self


class NoAttributes:
    def __getattr__(self, name: str) -> Any:
        raise EvilError(name)


class BadMapping(Mapping):  # type: ignore[type-arg]
    def __getitem__(self, key: object) -> Any:
        raise EvilError("evil")

    def __iter__(self) -> Iterator[object]:
        return iter([sp.Symbol("a"), 5])

    def __len__(self) -> int:
        return 2


def cyclic_list() -> list[Any]:
    found: list[Any] = [1]
    found.append(found)
    return found


def cyclic_dict() -> dict[Any, Any]:
    found: dict[Any, Any] = {sp.Symbol("a"): 1}
    found["x"] = found
    return found


def deep(depth: int) -> Any:
    found: Any = 1
    for _ in range(depth):
        found = [found]
    return found


def atoms(rng: random.Random) -> Any:
    """One value that is most likely wrong."""
    x = sp.Symbol("x")
    kinds: list[Any] = [
        lambda: rng.choice([None, Ellipsis, NotImplemented, object, int, sp, sc, print]),
        lambda: rng.choice([0, -1, 1, 2, 3, 7, 10**6, 10**9, 2**63, -(2**63), 10**30, 10**5000]),
        lambda: rng.choice([math.nan, math.inf, -math.inf, 0.5, 1e308, -0.0, 1j, complex("nan")]),
        lambda: rng.choice([True, False, np.True_, np.float64("nan"), np.int8(-1), np.uint64(2**63)]),
        lambda: rng.choice(
            ["", "x", "valid", "k_0", "\0", "\ud800", "٣", "ﬁ", "\u202eabc", "a\nb", "1e999999999",
             "nan", "inf", "$(id)", "../../x", "%s%n", "é" * 200, "x" * 10**5, "__class__", "{0}"]
        ),
        lambda: rng.choice([b"", b"\xff", bytearray(b"x"), memoryview(b"xx")]),
        lambda: rng.choice([Fraction(1, 3), Decimal("NaN"), Decimal("1e999999"), Decimal("1.5")]),
        lambda: rng.choice(
            [sp.nan, sp.oo, sp.zoo, sp.I, sp.pi, sp.Float("nan"), sp.true, sp.Dummy("a"), x**x,
             sp.Symbol("A", commutative=False), sp.MatrixSymbol("M", 2, 2), sp.Matrix([[1, 2]]),
             sp.Interval(0, 1), sp.Lambda(x, x), sp.Poly(x**2, x), sp.Function("f")(x), sp.S.EmptySet,
             sp.Piecewise((1, x > 0)), sp.Sum(x, (x, 0, sp.oo)), sp.Symbol("\\input{x}"), x > 0,
             sp.Symbol("n", negative=True), sp.Integral(1 / x, x)]
        ),
        lambda: evil(rng.choice(METHODS)),
        lambda: evil(rng.choice(["repr", "index", "eq", "hash", "bool"]), int),
        lambda: evil(rng.choice(["repr", "eq", "hash", "str", "len", "iter"]), str),
        lambda: evil(rng.choice(["iter", "len", "getitem", "repr", "eq"]), list),
        lambda: evil(rng.choice(["iter", "len", "getitem", "repr"]), dict),
        lambda: rng.choice([Lying, Endless, NoAttributes, BadMapping, cyclic_list, cyclic_dict])(),
        lambda: deep(rng.choice([5, 50, 900, 5000])),
        lambda: rng.choice([iter([1, 2]), (i for i in range(3)), range(10**12), {1, 2}, frozenset()]),
        lambda: rng.choice(
            [np.zeros(0), np.zeros((0, 3)), np.array(1), np.array("x"), np.array([1, None]),
             np.zeros((1,) * 20), np.array(["2020"], dtype="M8"), np.zeros(2, dtype="i4,f8"),
             np.array([1j]), np.array([np.nan, 1]), np.ma.masked_array([1, 2], [0, 1]),
             np.array([2**63], dtype=np.uint64), np.broadcast_to(np.int8(1), (10**5, 10**5))]
        ),
        lambda: [[1, 2], [3]],
        lambda: rng.choice([sc.Kernel([1, 2]), sc.conv([1, 2], 3), sc.conv([1, 2], sp.Symbol("n"))]),
    ]  # fmt: skip
    return rng.choice(kinds)()


def values(rng: random.Random, depth: int = 0) -> Any:
    """An atom, or a container of some."""
    if depth > 2 or rng.random() < 0.6:
        return atoms(rng)
    inner = [values(rng, depth + 1) for _ in range(rng.randrange(4))]
    kind = rng.randrange(5)
    if kind == 0:
        return inner
    if kind == 1:
        return tuple(inner)
    try:
        if kind == 2:
            return {rng.choice([sp.Symbol("a"), "a", 1, v]): v for v in inner}
        if kind == 3:
            return set(inner)
        return np.array([*inner, None], dtype=object)[:-1]
    except Exception:  # what cannot be hashed
        return inner


@dataclass
class Report:
    """What a run has met."""

    tried: int = 0
    refused: int = 0
    escaped: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], str] = field(default_factory=dict)


def _stop(*_: object) -> None:
    raise SlowError


def origin(error: BaseException) -> str:
    """The last place of the package that an error went through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "symconv" in f.filename]
    return f"{Path(frames[-1].filename).name}:{frames[-1].name}" if frames else "outside"


def one(call: Call, changed: dict[str, Any], report: Report) -> None:
    """One call; wrong input raises an error of the family, or is an answer."""
    report.tried += 1
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    faulthandler.dump_traceback_later(6 * SECONDS, exit=True)  # what no signal ends
    try:
        call(**changed)
    except sc.SymconvError as error:
        report.refused += 1
        if "\n" in str(error) or len(str(error)) > 2000:
            _note(report, call, changed, error, "a message of several lines or long")
    except AssertionError as error:
        if not call.name.startswith("testing."):
            _note(report, call, changed, error)
    except (Exception, SlowError) as error:
        _note(report, call, changed, error)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        faulthandler.cancel_dump_traceback_later()


def _note(
    report: Report, call: Call, changed: dict[str, Any], error: BaseException, kind: str = ""
) -> None:
    key = (kind or type(error).__name__, f"{call.name}({', '.join(changed)}) at {origin(error)}")
    report.escaped[key] += 1
    report.examples.setdefault(key, f"{described(changed)}: {described(error)}")


def described(value: object) -> str:
    """A value that may refuse to be shown."""
    try:
        return repr(value)[:160]
    except Exception:
        return f"a {type(value).__name__}"


def run(seed: int, count: int, seconds: float = math.inf) -> Report:
    """So many calls, each with one or two arguments changed."""
    rng, report, start = random.Random(seed), Report(), time.monotonic()
    signal.signal(signal.SIGALRM, _stop)
    folder = Path(tempfile.mkdtemp())
    here = Path.cwd()
    os.chdir(folder)
    everything = [call for call in calls(folder) if call.parameters]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for _ in range(count):
                call = rng.choice(everything)
                names = rng.sample(
                    call.parameters, min(len(call.parameters), rng.choice((1, 1, 2)))
                )
                one(call, {name: values(rng) for name in names}, report)
                if time.monotonic() - start > seconds:
                    break
    finally:
        os.chdir(here)
    return report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf)
    given = parser.parse_args()
    report = run(given.seed, given.calls, given.seconds)
    print(f"{report.tried} calls, {report.refused} refused, {sum(report.escaped.values())} escaped")
    for key, count in report.escaped.most_common():
        print(count, *key, "|", report.examples[key])
    sys.exit(bool(report.escaped))


if __name__ == "__main__":
    main()
