"""What users pass: code in text is never run, and wrong arguments raise errors of the family."""

from __future__ import annotations

import ast
import math
import signal
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from public_surface import Call, calls, objects

import symconv as sc

PACKAGE = Path(sc.__file__).parent
SECONDS = 5


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


@pytest.fixture(autouse=True)
def _quietly(folder, monkeypatch):
    """Files by relative names go to the folder, and TeX is not asked for thousands of documents."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr("symconv.export.document.compile_pdf", lambda document: b"%PDF")


class Spoken:
    """Prints as text, by which SymPy knows what it does not know."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return self.text

    def _sympy_(self) -> str:
        return self.text


def hidden(text: str) -> Iterator[object]:
    """A text bare, and inside of everything that holds something."""
    q = sp.Symbol("a")
    within = [text, Spoken(text)]
    for one in [*within, (text,), [text]]:
        yield from (one, [one], (one,), {1: one}, {q: one}, np.array([one, None], dtype=object)[:1])
        yield from ([(q, one)], [one, one], (one, one), ((one, one),), [[[one]]], [{1: one}])
        yield slice(one, None), lambda one=one: one
    for one in (*within, (text,)):
        yield from ({one}, frozenset({one}), {one: 1}, [(one, 1)], ({one},), {one: {one}})
    yield from (text.encode(), bytearray(text.encode()), np.array(text), np.array([[text]]))


def fits(call: Call, parameter: str) -> str:
    return f"{call.name}({parameter})"


def test_text_is_never_run(folder):
    """Of every argument of everything public; the text would leave a file behind."""
    mark = folder / "mark"
    text = f"__import__('pathlib').Path({str(mark)!r}).touch()"
    sp.sympify((text,), strict=True)
    assert mark.exists(), "SymPy runs text, which this test is about"
    mark.unlink()
    tried, run = 0, set()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in calls(folder):
            for parameter in call.parameters:
                for value in hidden(text):
                    with suppress(sc.SymconvError, AssertionError):
                        call(**{parameter: value})
                    tried += 1
                    if mark.exists():
                        run.add(fits(call, parameter))
                        mark.unlink()
    assert not run
    assert tried > 20_000


K = sc.Kernel([1, 2])
WRONG = {
    "None": None,
    "text": "x",
    "object": object(),
    "float": 3.5,
    "nan": math.nan,
    "inf": math.inf,
    "list": [],
    "dict": {},
    "tuple": (),
    "set": {1},
    "bytes": b"x",
    "-1": -1,
    "10**9": 10**9,
    "10**12": 10**12,
    "10**30": 10**30,
    "10**5000": 10**5000,
    "True": True,
    "complex": 1j,
    "function": lambda x: x,
    "Operator": sc.conv(K, 3),
    "Kernel": K,
    "integers": np.arange(3),
    "floats": np.array([0.5]),
    "objects": np.array([None], dtype=object),
    "a number of NumPy's": np.array(1),
    "texts": ["x"],
    "symbol": sp.Symbol("q"),
    "oo": sp.oo,
    "matrix": sp.Matrix([[1]]),
    "pair": (1, 2),
    "negative": [-1],
}


class SlowError(BaseException):
    """A call that was not done in time."""


def _stop(*_: object) -> None:
    raise SlowError


@pytest.fixture
def _alarm():
    before = signal.signal(signal.SIGALRM, _stop)
    yield
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("_alarm")
def test_wrong_arguments_raise_errors_of_the_family(folder):
    """Each argument of everything public, replaced by each wrong value: an answer or an error."""
    tried, escaped = 0, []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for call in calls(folder):
            for parameter in call.parameters:
                for name, value in WRONG.items():
                    tried += 1
                    signal.setitimer(signal.ITIMER_REAL, SECONDS)
                    try:
                        call(**{parameter: value})
                    except sc.SymconvError as error:
                        if "\n" in str(error):
                            escaped.append((fits(call, parameter), name, "of several lines"))
                    except AssertionError as error:
                        if not call.name.startswith("testing."):
                            escaped.append((fits(call, parameter), name, repr(error)))
                    except (Exception, SlowError) as error:
                        escaped.append((fits(call, parameter), name, repr(error)[:200]))
                    finally:
                        signal.setitimer(signal.ITIMER_REAL, 0)
    assert not escaped, "\n".join(map(str, escaped))
    assert tried > 10_000


@pytest.mark.parametrize("name", ["Kernel", "Operator", "ClosedForm", "Orthogonality"])
def test_the_surface_has_methods(name):
    """The walk finds what users call."""
    found = {call.name for call in calls(Path()) if call.name.startswith(f"{name}.")}
    assert {
        f"{name}.{m}" for m in dir(type(objects()[name])) if m in ("subs", "at", "holds")
    } <= found


# --- what evaluates ----------------------------------------------------------------------------

EVALUATORS = {"eval", "exec", "compile", "sympify", "_sympify", "S", "parse_expr", "lambdify",
              "load", "loads", "parse_latex", "read_array", "Poly"}  # fmt: skip
# Enclosing function: the call, and why no text of a user is run there.
REASONS = {
    ("_evaluate_expressions", "sp.lambdify"): "entries came through the gate; no unknown function",
    ("_probed", "sp.lambdify"): "polynomials in a kernel's symbols, made here",
    ("_from_file", "onnx.load"): "protocol buffers hold no code",
    ("_read_npy", "np.lib.format.read_array"): "with allow_pickle=False",
    ("_parse_affine", "sp.Poly"): "of an expression whose type is checked",
    ("divides", "sp.Poly"): "of a kernel's entries",
    ("_polynomial", "sp.Poly"): "of the conditions of a system, which came through the gate",
    ("_square_roots", "sp.Poly"): "of a polynomial",
}


def evaluators() -> Iterator[tuple[str, str]]:
    """The enclosing function and the name of every call that can evaluate text."""
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)]:
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    words = ast.unparse(node.func).split(".")
                    if words[-1] in EVALUATORS and words[0] != "re":
                        yield function.name, ast.unparse(node.func)
        for node in tree.body:
            for inner in [] if isinstance(node, ast.FunctionDef | ast.ClassDef) else ast.walk(node):
                if isinstance(inner, ast.Call):
                    words = ast.unparse(inner.func).split(".")
                    if words[-1] in EVALUATORS and words[0] != "re":
                        yield path.stem, ast.unparse(inner.func)


def test_every_call_that_could_evaluate_text_has_a_reason():
    assert set(evaluators()) == set(REASONS)
