"""Cases whose values come from PyTorch, ONNX, onnxruntime, JAX, SciPy and PyLops, not from us."""

from math import prod

import numpy as np
import pytest
from conformance_cases import BAD, CASES, array, operator, symbols_for

import symconv as sc
from symconv.errors import SymconvError


def constant(case, weight, matrix):
    """What a constant fill adds: its value times the taps that see no pixel."""
    if not case.get("pad_value"):
        return 0
    taps = weight.reshape(weight.shape[0], -1).sum(axis=1)
    seen = matrix.sum(axis=1).reshape(weight.shape[0], -1)
    return case["pad_value"] * (taps[:, None] - seen)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_case(case):
    weight, expected = array(case["w"]), array(case["expected"])
    if 0 in expected.shape[1:]:
        # The kernel does not fit: JAX gives an empty array, symconv an error, as PyTorch does.
        with pytest.raises(SymconvError, match="more than the 9 of the padded input"):
            operator(case, weight)
        return
    symbols = symbols_for(case)
    matrix = sc.to_numpy(operator(case, symbols), weight.reshape(symbols.shape))
    if case["exact"]:
        assert matrix.dtype == np.int64
        assert (sc.to_numpy(operator(case, weight)) == matrix).all()
    if case["op"].endswith("matrix"):
        assert (matrix == expected).all()
        return
    x = array(case["x"])
    result = x.reshape(len(x), prod(x.shape[1:])) @ matrix.T
    result = result.reshape(len(x), expected.shape[1], prod(expected.shape[2:]))
    result = result + constant(case, weight, matrix)
    if case["b"]:
        result = result + array(case["b"])[:, None]
    result = result.reshape(expected.shape)
    if case["exact"]:
        assert (result == expected).all()
    else:
        assert np.allclose(result, expected, rtol=case["rtol"], atol=case["atol"])


def test_all_cases_are_here():
    assert len(CASES) == 421
    assert {case["op"] for case in CASES} == {
        "conv", "conv_transpose", "conv_adjoint", "conv_matrix", "conv_transpose_matrix",
    }  # fmt: skip


def test_symbolic_matrices_have_one_weight_an_entry():
    """Where every weight is another number, each entry is zero or exactly one symbol."""
    for case in CASES:
        if case["op"].endswith("matrix") and case["padding_mode"] == "zeros":
            C = operator(case, symbols_for(case))
            values = dict(zip(symbols_for(case).entries, case["w"]["data"], strict=True))
            assert all(expr.is_Symbol for _, expr in C.expressions)
            entries = {(i, j): int(values[v]) for i, j, v in C.as_explicit().row_list()}
            expected = array(case["expected"])
            nonzero = {(int(i), int(j)): int(expected[i, j]) for i, j in np.argwhere(expected)}
            assert entries == nonzero


# --- wrong inputs ------------------------------------------------------------------------------

BY_ID = {row["id"]: row for row in BAD}
# What symconv does where the table leaves it open.
DECIDED = {
    "padding-negative": "crops, as JAX does",
    "same-strided": "gives ceil(size/stride) pixels, as ONNX and TensorFlow do",
    "batch-empty": "an operator has no batch",
    "ct-op>=stride-dilated": "accepted, as PyTorch does: both sizes are stored",
    "ct-padding-negative": "lengthens the output, as cropping the input does",
}
# Inputs that a call of conv or conv_transpose does not have, and what symconv does with them.
ONES = np.ones((2, 2, 3), dtype=int)
ELSEWHERE = {
    "channels-mismatch": lambda: sc.from_torch("Conv1d", 5, weight=ONES, in_channels=3),
    "channels-mismatch-groups": lambda: sc.Kernel.symbolic("k", 3, 3, 2, groups=2),
    "auto_pad-and-pads": lambda: sc.from_onnx(
        "Conv", 5, weight=ONES, auto_pad="SAME_UPPER", pads=[1, 1]
    ),
    "kernel_shape-lies": lambda: sc.from_onnx("Conv", 5, weight=ONES, kernel_shape=[2]),
    "rank-weight-2": lambda: sc.Kernel.from_weight([[1, 2]]),
    "ct-channels": lambda: sc.from_torch("ConvTranspose1d", 4, weight=ONES, in_channels=3),
    "ct-output_size": lambda: sc.from_torch(
        "ConvTranspose1d", 4, kernel_size=3, stride=2, output_size=12
    ),
    "ct-padding_mode": lambda: sc.from_torch(
        "ConvTranspose2d", (4, 4), kernel_size=3, padding_mode="reflect"
    ),
    "padding_mode-unknown": lambda: sc.conv(ONES[0], (4, 4), padding_mode="xyz"),
    "reflect-too-big": lambda: sc.conv([1, 2, 3], 4, padding=4, padding_mode="reflect"),
    "circular-too-big": lambda: sc.conv([1, 2, 3], 4, padding=5, padding_mode="circular"),
    "dtype-bool": lambda: sc.conv(np.array([True, False]), 4),
    "int8-overflow": lambda: sc.to_numpy(sc.conv([128], 2), dtype=np.int8),
    "ctor-groups0": lambda: sc.from_torch("Conv1d", 5, kernel_size=3, groups=0),
    "ctor-cin-groups": lambda: sc.from_torch(
        "Conv1d", 5, in_channels=3, out_channels=2, kernel_size=3, groups=2
    ),
    "ctor-kernel0": lambda: sc.from_torch("Conv1d", 5, kernel_size=0),
}
TAKEN = {
    "replicate-big": lambda: sc.conv([1, 2, 3], 4, padding=5, padding_mode="replicate"),
    "dtype-int": lambda: sc.conv(ONES[0], (4, 4)),
}
NO_PART_OF_AN_OPERATOR = {
    "bias-size": "an operator is linear: a bias is no part of it",
    "bias-rank": "the same",
    "ct-bias-size": "the same",
    "dtype-mismatch": "kernels are exact; values of any types are promoted by NumPy's rules",
    "nan": "values must be finite",
}


def call(row):
    kwargs = dict(row["kwargs"])
    groups = kwargs.pop("groups", 1)
    weight = np.arange(1, prod(row["w_shape"]) + 1).reshape(row["w_shape"])
    if row["op"] == "conv_transpose":
        return sc.conv_transpose(
            sc.Kernel.from_weight(weight, groups), row["x_shape"][2:], **kwargs
        )
    return sc.conv(sc.Kernel.from_weight(weight, groups), row["x_shape"][2:], **kwargs)


OTHERS = set(DECIDED) | set(ELSEWHERE) | set(TAKEN) | set(NO_PART_OF_AN_OPERATOR)


@pytest.mark.parametrize("name", sorted(set(BY_ID) - OTHERS))
def test_wrong_input_is_refused(name):
    with pytest.raises(SymconvError):
        call(BY_ID[name])


@pytest.mark.parametrize("name", ELSEWHERE)
def test_wrong_input_of_another_kind_is_refused(name):
    with pytest.raises(SymconvError):
        ELSEWHERE[name]()


@pytest.mark.parametrize("name", [*DECIDED, *TAKEN])
def test_right_input_is_taken(name):
    assert (TAKEN[name]() if name in TAKEN else call(BY_ID[name])).shape


def test_the_table_is_covered():
    assert len(BAD) == 57
    assert set(BY_ID) >= OTHERS
    rejected = {name for name, row in BY_ID.items() if row["verdict"] == "reject"}
    assert rejected <= (set(BY_ID) - OTHERS) | set(ELSEWHERE) | set(NO_PART_OF_AN_OPERATOR) | set(
        DECIDED
    )
