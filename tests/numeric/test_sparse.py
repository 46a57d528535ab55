"""Sparse matrices: what is written in whole lines is what plain loops and NumPy place one by one."""

import tracemalloc

import hypothesis.strategies as st
import numpy as np
import pytest
import reference
import sympy as sp
from hypothesis import given, settings
from strategies import build, geometries, number

import symconv as sc
from symconv.errors import ExactOverflowError, ShapeError
from symconv.numeric.lowering import Lowering

EXAMPLES = settings(max_examples=60, deadline=None)
FORMATS = ("csr", "csc", "coo", "bsr", "dia", "dok", "lil")


def is_canonical(matrix):
    """Whether the columns of every row rise, read off the arrays alone."""
    rows = np.split(matrix.indices, matrix.indptr[1:-1])
    return all((np.diff(row) > 0).all() for row in rows)


@EXAMPLES
@given(geometries(), st.sampled_from(FORMATS))
def test_every_format_is_the_dense_matrix(drawn, kind):
    operator = number(drawn)
    for made in (operator, operator.T, operator.T @ operator, operator @ operator.T):
        sparse = sc.to_scipy(made, format=kind)
        assert sparse.format == kind
        assert (sparse.toarray() == sc.to_numpy(made)).all()


@EXAMPLES
@given(geometries(), st.data())
def test_rows_are_those_of_the_plain_loops(drawn, data):
    operator = build(drawn)
    kernel = operator.provenance.kernel
    values = data.draw(
        st.lists(st.integers(-9, 9), min_size=len(kernel.entries), max_size=len(kernel.entries))
    )
    entries = np.array(values).reshape(kernel.size)
    rows = np.array(reference.conv_matrix(entries, *drawn))
    found = sc.to_scipy(operator, entries)
    assert (found.toarray() == rows).all()
    gram = sc.to_scipy(operator.T @ operator, entries)
    assert (gram.toarray() == rows.T @ rows).all()
    assert is_canonical(found)
    assert is_canonical(gram)


@EXAMPLES
@given(geometries())
def test_what_is_stored_is_the_closed_form(drawn):
    """No entry is stored that is zero as a polynomial, and all others are."""
    operator = build(drawn)
    gram = operator @ operator.T
    values = dict.fromkeys(gram.entry_symbols, 0)
    stored = sc.to_scipy(gram, values)
    places = {(int(i), int(j)) for i, j in zip(*stored.tocoo().coords, strict=True)}
    assert places == set(gram.as_explicit().todok())


def test_cancelling_entries_are_not_stored():
    a, b = sp.symbols("a b")
    gram = (lambda C: C.T @ C)(sc.conv([a, b, -a], 6))
    assert sc.to_scipy(gram, {a: 1, b: 5}).nnz == len(gram.as_explicit().todok())
    assert sc.to_scipy(sc.conv([1, -1], 5) @ sc.conv([1, 1], 6)).nnz == 8


def test_the_compressed_columns_are_those_of_scipy():
    layer = sc.conv(sc.Kernel.symbolic("k", (3, 2), 2, 3), (5, 6), stride=(2, 1), padding=1)
    values = np.random.default_rng(0).normal(size=layer.provenance.kernel.shape)
    found, expected = (
        sc.to_scipy(layer, values, "csc"), sc.to_scipy(layer, values, "coo").tocsc(),
    )  # fmt: skip
    for name in ("data", "indices", "indptr"):
        assert (getattr(found, name) == getattr(expected, name)).all()


@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_indices_take_32_bits_where_they_fit(kind):
    matrix = sc.to_scipy(sc.conv([1, 2], 100), format=kind)
    indices = matrix.coords[0] if kind == "coo" else matrix.indices
    assert indices.dtype == np.int32
    assert matrix.data.dtype == np.int64


def test_wide_matrices_have_64_bit_indices():
    wide = sc.conv([1, 2], 2**32, stride=2**31)
    matrix = sc.to_scipy(wide)
    assert matrix.indices.dtype == np.int64
    assert matrix.indices.tolist() == [0, 1, 2**31, 2**31 + 1]


def test_channels_and_groups():
    kernel = sc.Kernel.symbolic("k", (3, 2), in_channels=4, out_channels=6, groups=2)
    layer = sc.conv(kernel, (5, 4), stride=2, padding=1)
    values = np.arange(1, 1 + len(kernel.entries)).reshape(kernel.shape)
    for made in (layer, layer.T, layer.T @ layer, layer @ layer.T):
        matrix = sc.to_scipy(made, values)
        assert is_canonical(matrix)
        assert (matrix.toarray() == sc.to_numpy(made, values)).all()


@given(st.lists(st.integers(-1, 1), min_size=6, max_size=6), st.integers(1, 3), st.integers(0, 3))
def test_kernels_with_zeros_have_rows_without_entries(entries, stride, padding):
    layer = sc.conv(sc.Kernel(sp.Array(entries, (2, 3))), (4, 5), stride=stride, padding=padding)
    for made in (layer, layer.T, layer.T @ layer, layer @ layer.T - sc.identity(layer.output_size)):
        matrix, dense = sc.to_scipy(made), sc.to_numpy(made)
        assert (matrix.toarray() == dense).all()
        assert matrix.nnz == np.count_nonzero(dense)


def test_a_matrix_of_many_diagonals():
    layer = sc.conv_transpose(sc.Kernel([1, 2, 3]), 300, stride=3)
    found = sc.to_scipy(layer, format="dia")
    assert len(found.offsets) > 100
    assert (found.toarray() == sc.to_numpy(layer)).all()


MIXED = {
    "reversal and identity": lambda: sc.flip((4, 5)) + sc.identity((4, 5)),
    "pixel shuffle": lambda: sc.pixel_shuffle((3, 2), 2),
    "linear upsampling": lambda: sc.upsample_linear((4, 3), 3),
    "pooling after a layer": lambda: sc.avg_pool((4, 4), 2) @ sc.conv([[1, 2], [3, 4]], (5, 5)),
    "nothing": lambda: sc.conv([1, 2], 4) - sc.conv([1, 2], 4),
    "three axes": lambda: (lambda C: C.T @ C)(
        sc.conv([[[1, 2], [3, 4]]], (3, 4, 5), stride=(1, 2, 1))
    ),
    "fractions": lambda: sc.conv(["1/3", 2], 5, padding=1, padding_mode="reflect"),
}


@pytest.mark.parametrize("name", MIXED)
def test_any_operator(name):
    operator = MIXED[name]()
    for made in (operator, operator.T):
        matrix = sc.to_scipy(made)
        dense = sc.to_numpy(made)
        assert (matrix.toarray() == dense).all()
        assert is_canonical(matrix)
        assert matrix.nnz == np.count_nonzero(dense)


@pytest.mark.parametrize("name", MIXED)
def test_what_is_irregular_is_written_box_by_box(name, monkeypatch):
    monkeypatch.setattr(Lowering, "is_regular", False)
    operator = MIXED[name]()
    assert (sc.to_scipy(operator).toarray() == sc.to_numpy(operator)).all()


def test_integers_that_do_not_fit_are_refused_and_large_floats_are_not():
    line = sc.conv(sc.Kernel.symbolic("k", 2), 3)
    gram = line.T @ line
    assert sc.to_scipy(gram, [3037000499, 1])[0, 0] == 3037000499**2
    with pytest.raises(ExactOverflowError, match=str(3037000500**2 + 1)):
        sc.to_scipy(gram, [3037000500, 1])
    assert sc.to_scipy(gram, [3037000500, 1], dtype=float)[0, 0] == 3037000500.0**2
    # Single products pass int64, their sum does not.
    a, b = sp.symbols("a b")
    difference = sc.conv([a**2 - b**2], 3)
    assert sc.to_scipy(difference, {a: 2**40 + 1, b: 2**40})[0, 0] == 2**41 + 1


def test_too_large_a_matrix_is_refused_before_anything_is_allocated():
    huge = sc.conv([[1, 2], [3, 4]], (10**6, 10**6))
    tracemalloc.start()
    try:
        for call in (sc.to_scipy, sc.to_numpy):
            with pytest.raises(ShapeError, match="does not fit in memory"):
                call(huge)
        assert tracemalloc.get_traced_memory()[1] < 2**22
    finally:
        tracemalloc.stop()
    strided = sc.conv_transpose([1, 2], 10**6, stride=2)
    with pytest.raises(ShapeError, match="whole diagonals"):
        sc.to_scipy(strided, format="dia")


def test_the_peak_of_memory_is_that_of_the_result():
    layer = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (128, 128))
    values = np.ones((3, 3))
    for made in (layer, layer.T @ layer):
        sc.to_scipy(made, values)
        tracemalloc.start()
        try:
            matrix = sc.to_scipy(made, values)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        size = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
        assert peak < 2 * size
