"""Paths through stacks: overlaps, pixels without one, repetitions, and a whole decoder's board."""

import numpy as np
import pytest
import sympy as sp
from stacks.networks import dcgan, resnet18, vgg16

import symconv as sc

n, L = sp.symbols("n L", positive=True, integer=True)
a, b, c, d = sp.symbols("a b c d")
UP = {"stride": 2, "transposed": True, "padding": 1}

STACKS = {
    "strides": ([{"kernel_size": 1, "stride": 2}, {"kernel_size": 2}], (9,)),
    "valid": ([{"kernel_size": 3, "stride": 2}] * 2, (9, 12)),
    "dilated": ([{"kernel_size": 2, "dilation": 3}, {"max_pool": 2}], (10,)),
    "copied": ([{"kernel_size": 1, "padding": 2, "padding_mode": "reflect"}, {"kernel_size": 2, "stride": 5}], (7,)),
    "up": ([{"kernel_size": 3, "stride": 2, "transposed": True}, {"kernel_size": 1, "stride": 4}], (6, 4)),
    "branches": ([{"sum": [[{"kernel_size": 1, "stride": 3}], [{"kernel_size": 1, "stride": 3, "padding": ((-1, 1),)}]]}], (9,)),
    "joined": ([{"concat": [[], [{"kernel_size": 1}]]}, {"kernel": sc.Kernel.from_weight([[[1], [2]]]), "stride": 2}], (7,)),
}  # fmt: skip


def footprint(S):
    """The same by the entries of the whole operator, which weights could only make smaller."""
    operator = S.operator
    columns = {col for _, col in operator.as_explicit().todok()}
    return {np.unravel_index(col, (S.channels, *S.input_size))[1:] for col in columns}


@pytest.mark.parametrize("name", STACKS)
def test_pixels_that_never_reach_the_output(name):
    layers, size = STACKS[name]
    S = sc.stack(layers, size)
    missing = set(S.unreached())
    linear = [layer for layer in layers if "max_pool" not in layer]
    if len(linear) < len(layers):
        mean = sc.stack([*linear, sc.sum_pool(linear_size(linear, size), 2)], size)
        S = mean
    everything = set(np.ndindex(*S.input_size))
    assert missing == everything - {tuple(map(int, pixel)) for pixel in footprint(S)}


def linear_size(layers, size):
    return sc.stack(layers, size).output_size


def test_an_image_that_fits_is_seen_wholly():
    assert sc.stack(vgg16(), (64, 64)).unreached() == ()
    # The pixel that pooling drops is seen by the window beside it.
    assert sc.stack(vgg16(), (65, 65)).unreached() == ()
    assert len(sc.stack([{"max_pool": 2}] * 2, (7, 4)).unreached()) == 3 * 4
    assert sc.stack(resnet18(), (40, 40)).unreached() == ()
    with pytest.raises(sc.SymconvError, match="size"):
        sc.stack(vgg16(), (n, n)).unreached()


def test_overlaps_are_sums_of_ones():
    """In the middle of a large image, with all taps one."""
    ones = [
        {"kernel": [1] * k, "stride": s, "transposed": True} for k, s in ((3, 2), (4, 3), (2, 1))
    ]
    S = sc.stack(ones, 40)
    (found,) = S.overlap
    assert len(found) == 6
    painted = sc.to_numpy(S.operator).sum(axis=1)
    middle = 60
    assert [painted[middle + r] for r in range(6)] == list(found)
    with pytest.raises(sc.SymconvError, match="no single chain"):
        _ = sc.stack(resnet18(), (64, 64)).overlap


def test_dcgan_has_even_overlaps():
    """Four taps at stride 2 meet every pixel twice; its first layer makes four pixels of one."""
    for axis in sc.stack(dcgan(), (4, 4)).overlap:
        assert len(set(axis)) == 1


def test_the_board_of_a_whole_decoder():
    layers = [{"kernel": [1, 2, 3, 4], **UP}, {"kernel": [a, b, c, d], **UP}]
    S = sc.stack(layers, 9)
    board = sc.checkerboard(S)
    flat = [sp.expand(v) for v in S.affine([1] * 9)]
    for phase, value in board.sums.items():
        assert flat[16 + phase[0]] == value
    for box, value in board.painted.items():
        (first,), (last,), (step,) = box.first, box.last, box.step
        assert {flat[i] for i in range(int(first), int(last) + 1, int(step))} == {value}
    assert (
        sc.checkerboard(
            sc.stack([sc.upsample_nearest(8, 2), {"kernel": [a, b, c], "padding": 1}])
        ).conditions
        == []
    )
    with pytest.raises(sc.SymconvError, match="not linear"):
        sc.checkerboard(sc.stack([layers[0], "relu", layers[1]], 9))


@pytest.mark.parametrize("name", [name for name in STACKS if name != "dilated"])
def test_a_stack_without_its_matrix(name):
    """Layer by layer, on numbers, forwards and back; branches and joined channels too."""
    layers, size = STACKS[name]
    S = sc.stack(layers, size)
    values = {symbol: 3 - i for i, symbol in enumerate(S.operator.names.values())}
    given = values or None
    found, matrix = S.to_linear_operator(given), sc.to_numpy(S.operator, given)
    rng = np.random.default_rng(3)
    x, y = rng.integers(-4, 5, matrix.shape[1]), rng.integers(-4, 5, (matrix.shape[0], 2))
    assert found.shape == matrix.shape
    assert (found @ x == matrix @ x).all()
    assert (found.H @ y == matrix.T @ y).all()


def test_a_large_stack_without_its_matrix():
    """Its product of taps is refused; the layers one by one run."""
    K = sc.Kernel.from_weight(np.ones((8, 8, 5, 5), dtype=int))
    S = sc.stack([{"kernel": K, "padding": 2}] * 3, (40, 40))
    with pytest.raises(sc.SymconvError, match="pairs of taps"):
        _ = S.operator
    ones = S.to_linear_operator() @ np.ones(8 * 40 * 40, dtype=int)
    assert ones.max() == 200**3


BLOCKS = {
    "a convolution": [{"kernel_size": 3}],
    "with a pooling": [{"kernel_size": 3, "padding": 1}, {"kernel_size": 2, "dilation": 3}, {"max_pool": 2}],
    "strides": [{"kernel_size": 5, "stride": 3, "padding": 2}],
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_a_block_repeated(name):
    block = BLOCKS[name]
    (formula,) = sc.stack(block, n).repeated(L)
    for times in range(1, 6):
        (field,) = sc.stack(block * times, n).receptive_field
        at = formula.repeats(times)
        assert (at.size, at.jump, at.first) == (field.size, field.jump, field.first)
    with pytest.raises(sc.SymconvError, match="upsample"):
        sc.stack([{"kernel_size": 2, "stride": 2, "transposed": True}], n).repeated(L)
