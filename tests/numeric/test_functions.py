"""Functions of batches of kernels: the same numbers in NumPy, PyTorch and JAX, and their source."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
import sympy as sp
from hypothesis import assume, given, settings
from strategies import build, geometries

import symconv as sc
from symconv.errors import BudgetError, KernelError, ShapeError, SymconvError
from symconv.numeric import source

EXAMPLES = settings(max_examples=40, deadline=None)
K = sc.Kernel.symbolic("k", (2, 2))
C = sc.conv(K, (3, 4), padding=1)
GRAM = C.T @ C


@EXAMPLES
@given(geometries(), st.sampled_from(["layer", "gram", "transpose"]), st.integers(0, 2))
def test_all_that_it_gives_is_the_matrix(drawn, which, batched):
    layer = build(drawn)
    operator = {"layer": layer, "gram": layer @ layer.T, "transpose": layer.T}[which]
    assume(operator.entry_symbols)
    rng = np.random.default_rng(0)
    kernels = rng.integers(-9, 9, (3, 2)[:batched] + layer.provenance.kernel.size)
    expected = sc.to_numpy(operator, kernels, batch=True)
    assert (sc.to_function(operator)(kernels) == expected).all()
    entries = sc.to_function(operator, "entries")(kernels)
    image = rng.integers(-9, 9, operator.shape[1])
    acted = sc.to_function(operator, "action")(kernels, image)
    assert (acted == expected @ image).all()
    assert acted.dtype == np.int64
    for index in np.ndindex(kernels.shape[:batched]):
        assert (entries[index] == sc.to_scipy(operator, kernels[index]).data).all()


@EXAMPLES
@given(geometries())
def test_the_values_of_a_closed_form_are_its_polynomials_at_the_kernels(drawn):
    layer = build(drawn)
    form = (layer.T @ layer).closed_form()
    assume(len(form))
    entries = layer.provenance.kernel.entries
    kernels = np.random.default_rng(1).integers(-9, 9, (2, *layer.provenance.kernel.size))
    found = form.values(kernels)
    for kernel, values in zip(kernels, found, strict=True):
        point = dict(zip(entries, kernel.ravel().tolist(), strict=True))
        assert values.tolist() == [expr.subs(point) for _, _, expr in form]


def test_values_of_any_size_and_of_many_kernels():
    n = sp.Symbol("n")
    layer = sc.conv(K, (n, n + 1), padding=1)
    form, small = (
        (layer.T @ layer).closed_form(),
        (lambda D: D.T @ D)(layer.at({n: 9})).closed_form(),
    )
    kernels = np.random.default_rng(2).normal(size=(5, 100, 2, 2))
    values = form.values(kernels)
    assert values.shape == (5, 100, len(form))
    assert np.allclose(values[3, 7], form.values(kernels[3, 7]), rtol=1e-13)
    cells = sc.to_function(small.operator, "cells")(kernels)
    assert np.allclose(np.unique(values[1, 2]), np.unique(cells[1, 2]), rtol=1e-13)
    assert form.values({s: [1, 2] for s in K.entries}).shape == (2, len(form))
    assert form.values(np.full((1, 2, 2), 2**40)).max() == 2**82
    assert form.values(np.full((2, 2), 2**30)).dtype == np.int64


def test_symbolic_sizes_have_values_but_no_matrix():
    n = sp.Symbol("n")
    with pytest.raises(ShapeError, match="symbolic"):
        sc.to_function(sc.conv(K, (n, n)))


@pytest.mark.parametrize("gives", ["matrix", "entries", "cells"])
def test_pytorch_and_jax_give_their_own_arrays(gives):
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    kernels = np.random.default_rng(3).normal(size=(4, 2, 2))
    function = sc.to_function(GRAM, gives)
    expected = function(kernels)
    for kind, tolerance in ((torch.float64, 1e-13), (torch.float32, 1e-5)):
        found = function(torch.tensor(kernels, dtype=kind))
        assert found.dtype == kind
        assert np.allclose(found.numpy(), expected, rtol=tolerance, atol=tolerance)
    arrays = jax.numpy.asarray(kernels)
    for found in (function(arrays), jax.jit(function)(arrays), jax.vmap(function)(arrays)):
        assert isinstance(found, jax.Array)
        assert np.allclose(found, expected, rtol=1e-5, atol=1e-5)


def test_gradients_go_through_and_match_the_derivative():
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    kernel = torch.tensor([[1.0, 2.0], [3.0, 5.0]], dtype=torch.float64, requires_grad=True)
    image = torch.arange(12, dtype=torch.float64)
    sc.to_function(GRAM, "action")(kernel, image).sum().backward()
    ones = np.ones(12)
    point = dict(zip(K.entries, (1, 2, 3, 5), strict=True))
    expected = [
        ones @ sc.to_numpy(GRAM.diff(symbol), point) @ np.arange(12)
        for symbol in K.entries
    ]  # fmt: skip
    assert np.allclose(kernel.grad.ravel(), expected)
    action = sc.to_function(GRAM, "action")
    found = jax.grad(lambda k: action(k, jax.numpy.arange(12.0)).sum())(
        jax.numpy.asarray([[1.0, 2.0], [3.0, 5.0]])
    )
    assert np.allclose(np.ravel(found), expected)


@given(st.integers(20, 70), st.sampled_from([1, -1]))
def test_integers_of_any_size_are_exact(bits, sign):
    kernel = [[2**bits, sign * (2**bits - 1)], [3, -(2**bits)]]
    expected = sc.to_numpy(GRAM, np.array(kernel, dtype=object), dtype=object)
    given_ = np.array(kernel, dtype=object)
    found = sc.to_function(GRAM)(given_)
    assert found.tolist() == expected.tolist()
    image = np.arange(12) * 2**40
    acted = sc.to_function(GRAM, "action")(given_, image)
    assert acted.tolist() == (expected @ image.astype(object)).tolist()


@pytest.mark.parametrize("kind", [np.int8, np.uint8, np.int32, np.uint64])
def test_small_types_do_not_wrap(kind):
    kernel = np.full((2, 2), 127, dtype=kind)
    assert sc.to_function(GRAM)(kernel).max() == 4 * 127**2
    assert sc.to_function(C, "action")(kernel, np.full(12, 2**63 - 1)).max() == 4 * 127 * (
        2**63 - 1
    )


def test_libraries_without_large_integers_refuse_them():
    torch = pytest.importorskip("torch")
    jax = pytest.importorskip("jax")
    function = sc.to_function(GRAM)
    assert function(torch.tensor([[1, 2], [3, 4]])).dtype == torch.int64
    for kernel in (
        torch.full((2, 2), 2**31), torch.full((2, 2), 100, dtype=torch.int8),
        torch.ones((2, 2), dtype=torch.uint8), jax.numpy.full((2, 2), 2**16),
    ):  # fmt: skip
        with pytest.raises(OverflowError, match="use floats"):
            function(kernel)


def test_several_kernels_take_their_symbols_in_order_of_name():
    a, b, c = sp.symbols("a b c")
    operator = sc.conv([c, a], 4).T @ sc.conv([b, a, 1], 5)
    values = {a: 2, b: 3, c: 5}
    assert (sc.to_function(operator)([2, 3, 5]) == sc.to_numpy(operator, values)).all()


def test_numbers_beside_symbols():
    a, s = sp.symbols("a s", positive=True)
    cases = {
        "constants": ([a, 1, -2], {a: 3}),
        "fractions": ([a / 3, sp.Rational(1, 2)], {a: 3}),
        "powers": ([a**5 - 2 * a**2, 1 / a, sp.sqrt(a)], {a: 3}),
        "functions": ([sp.exp(-(a**2) / (2 * s**2)), sp.cos(s), sp.pi * a], {a: 3, s: 2}),
    }
    for name, (kernel, point) in cases.items():
        operator = sc.conv(kernel, 5)
        function = sc.to_function(operator)
        found = function([point[symbol] for symbol in sorted(point, key=str)])
        assert np.allclose(found, sc.to_numpy(operator, point), rtol=1e-14), name


def test_a_source_runs_without_symconv(tmp_path):
    path = tmp_path / "gram.py"
    text = sc.to_source(GRAM, path)
    assert path.read_text() == text
    code = (
        "import sys, numpy as np, gram\n"
        "print(gram.matrix(np.arange(4).reshape(2, 2)).tolist())\n"
        "assert 'symconv' not in sys.modules and 'sympy' not in sys.modules"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ast.literal_eval(run.stdout) == sc.to_numpy(GRAM, np.arange(4).reshape(2, 2)).tolist()
    with pytest.raises(SymconvError, match="no folder"):
        sc.to_source(GRAM, Path(tmp_path, "nowhere", "gram.py"))


def test_the_source_of_a_function_is_found():
    function = sc.to_function(GRAM, "cells")
    assert inspect.getsource(function).startswith("def cells(kernels):")
    assert inspect.getsource(function) in sc.to_source(GRAM)


def test_nothing_of_a_symbols_name_is_code():
    names = ["__import__('os').system('false')", "np", 'x"""\nraise SystemExit\n"""', "{shape}"]
    symbols = [sp.Symbol(name) for name in names]
    operator = sc.conv(symbols, 5)
    text = sc.to_source(operator)
    for name in names:
        assert name == "np" or name not in text
    assert (sc.to_function(operator)(np.arange(4)) == sc.to_numpy(operator, np.arange(4))).all()
    unknown = sc.conv([sp.Function("print")(symbols[1]), 1], 3)
    with pytest.raises(KernelError, match="print"):
        sc.to_source(unknown)


def test_what_it_refuses(monkeypatch):
    with pytest.raises(KernelError, match="no symbols"):
        sc.to_function(sc.conv([1, 2], 3))
    with pytest.raises(KernelError, match="entries of arrays"):
        sc.to_function(sc.conv([sp.MatrixSymbol("A", 2, 2)[0, 0], 1], 3))
    with pytest.raises(SymconvError, match="gives 'rows' is not one of"):
        sc.to_function(C, "rows")
    with pytest.raises(ValueError, match=r"shape \(3, 2\) do not end in \(2, 2\)"):
        sc.to_function(C)(np.ones((3, 2)))
    monkeypatch.setattr(source, "MOST_TERMS", 5)
    with pytest.raises(BudgetError, match="too long to read"):
        sc.to_source(GRAM)
