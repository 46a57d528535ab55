"""What users pass: code in text is never run, and wrong arguments raise errors of the family."""

from __future__ import annotations

import ast
import math
import signal
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module
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


REAL = sp.Symbol("a", real=True)


def hidden(text: str) -> Iterator[object]:
    """A text bare, and inside of everything that holds something."""
    q = sp.Symbol("a")
    within = [text, Spoken(text)]
    for one in [*within, (text,), [text]]:
        yield from (one, [one], (one,), {1: one}, {q: one}, np.array([one, None], dtype=object)[:1])
        yield from ([(q, one)], [one, one], (one, one), ((one, one),), [[[one]]], [{1: one}])
        yield from (slice(one, None), lambda one=one: one, {q: 1, REAL: one})
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
    # A framework that is half imported when time is up stays broken.
    for framework in ("torch", "jax", "keras"):
        with suppress(ImportError):
            import_module(framework)
    before = signal.signal(signal.SIGPROF, _stop)
    yield
    signal.signal(signal.SIGPROF, before)


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
                    signal.setitimer(signal.ITIMER_PROF, SECONDS)
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
                        signal.setitimer(signal.ITIMER_PROF, 0)
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

# Named anywhere, or called: these evaluate text, or read what can hold code.
NAMED = {
    "sympify", "_sympify", "parse_expr", "parse_latex", "lambdify", "unpickle", "pickle", "nsimplify",
    "import_module", "__import__", "find_spec", "runpy", "subprocess", "Popen", "system", "popen",
    "autowrap", "ufuncify", "cloudpickle", "shelve", "marshal", "ctypes",
}  # fmt: skip
CALLED = {"S", "load", "loads", "read_array"}
BUILTINS = {"eval", "exec", "compile"}
# Enclosing function: what is named there, and why no text of a user is run.
REASONS = {
    ("_evaluate_expressions", "lambdify"): "entries came through the gate; no unknown function",
    ("_probed", "lambdify"): "polynomials in a kernel's symbols, made here",
    ("to_function", "compile"): "a source of names, numbers and a template of our own",
    ("to_function", "exec"): "the same",
    ("loaded", "load"): "protocol buffers hold no code",
    ("_read_npy", "read_array"): "with allow_pickle=False",
    ("distance", "nsimplify"): "a number of the package's own, never text",
    ("late", "import_module"): "modules of the package that its own code names",
    ("_late", "import_module"): "as above",
    ("_module", "import_module"): "as above: NumPy and SciPy",
    (
        "restored",
        "import_module",
    ): "of a pickle, which runs code anyway; no public function reads one",
    ("_ipywidgets", "import_module"): "a name that is written there",
    ("_mathml", "import_module"): "a name that is written there",
    ("library", "import_module"): "names that the readers of frameworks write",
    ("_run", "Popen"): "latexmk, as a list of arguments and without a shell",
    ("_run", "subprocess"): "as above",
    ("_stop", "Popen"): "the type of what is ended",
    ("_stop", "subprocess"): "as above",
    ("_put", "ctypes"): "ends a call of a sweep that takes too long",
    **dict.fromkeys(
        [
            ("_late_calls", "import_module"),
            ("_late_modules", "import_module"),
            ("_pickle", "import_module"),
            ("_printable", "import_module"),
            ("mathml", "import_module"),
            ("weight_layouts", "import_module"),
            ("widgets", "import_module"),
            ("document", "subprocess"),
            ("time_limit", "ctypes"),
        ],
        "the import of what is listed here",
    ),
}


def evaluators(node: ast.AST, within: str) -> Iterator[tuple[str, str]]:
    """The enclosing function and the name of everything that can evaluate text."""
    for inner in ast.iter_child_nodes(node):
        if isinstance(inner, ast.Name | ast.Attribute):
            name = inner.id if isinstance(inner, ast.Name) else inner.attr
            if name in NAMED:
                yield within, name
        if isinstance(inner, ast.Import | ast.ImportFrom):
            yield from ((within, a.name) for a in inner.names if a.name in NAMED)
        if isinstance(inner, ast.Call):
            word = inner.func
            if isinstance(word, ast.Name) and word.id in CALLED | BUILTINS:
                yield within, word.id
            if isinstance(word, ast.Attribute) and word.attr in CALLED:
                yield within, word.attr
        is_function = isinstance(inner, ast.FunctionDef | ast.AsyncFunctionDef)
        yield from evaluators(inner, inner.name if is_function else within)


def test_everything_that_could_evaluate_text_has_a_reason():
    found = set()
    for path in PACKAGE.rglob("*.py"):
        found |= set(evaluators(ast.parse(path.read_text(encoding="utf-8")), path.stem))
    assert found == set(REASONS)


def test_no_shell_is_asked():
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword):
                assert node.arg != "shell", path


@pytest.mark.parametrize(
    "code",
    [
        "eval(x)",
        "import subprocess",
        "importlib.import_module(x)",
        "map(sp.sympify, x)",
        "from sympy import parse_expr",
        "sp.S(x)",
        "def f(x): exec(x)",
    ],
)
def test_what_evaluates_is_found(code):
    assert list(evaluators(ast.parse(code), "module"))
