"""What output_padding chooses, against PyTorch's sizes and against the entries of the matrix."""

import pytest
import sympy as sp

import symconv as sc
from symconv.analysis.transposed_sizes import transposed_sizes

torch = pytest.importorskip("torch")
n = sp.Symbol("n")
LAYERS = [
    (k, s, d, p, a)
    for k in (1, 2, 3)
    for s in (1, 2, 3)
    for d in (1, 2)
    for p in (0, 1)
    for a in range(s)
    if d * (k - 1) >= p
]  # fmt: skip


@pytest.mark.parametrize(("k", "s", "d", "p", "a"), LAYERS)
def test_sizes_and_added_pixels(k, s, d, p, a):
    K = sc.Kernel.symbolic("k", k)
    given = {"stride": s, "dilation": d, "padding": p, "output_padding": a}
    T = sc.conv_transpose(K, 4, **given)
    (axis,) = transposed_sizes(T)
    assert (axis.outputs[axis.output_padding], axis.output_padding) == (T.output_size[0], a)
    conv = torch.nn.Conv1d(1, 1, k, s, p, d)
    shared = [
        m
        for m in range(1, 30)
        if m + 2 * p > d * (k - 1) and conv(torch.zeros(1, 1, m)).shape[-1] == 4
    ]
    assert [*axis.outputs] == shared
    matrix = T.as_explicit()
    for pixel, taps in axis.added:
        row = {i: matrix[pixel, i] for i in range(4) if matrix[pixel, i]}
        assert row == {i: K[t] for i, t in taps}
    assert [pixel for pixel, _ in axis.added] == [*range(axis.outputs[0], T.output_size[0])]
    (formula,) = transposed_sizes(sc.conv_transpose(K, n, **given))
    assert tuple(sp.sympify(m).subs(n, 4) for m in formula.outputs) == axis.outputs
    found = [(x.subs(n, 4), tuple((i.subs(n, 4), t) for i, t in taps)) for x, taps in formula.added]
    assert tuple(found) == axis.added


def test_explain_says_it():
    T = sc.conv_transpose([1, 2, 3], n, stride=2, padding=1, output_padding=1)
    assert sc.explain(T).sizes == transposed_sizes(T)
    text = str(sc.explain(T))
    assert "images of 2n - 1 and of 2n pixels to n" in text
    assert "It adds pixel 2n - 1, which gets tap 2 of pixel n - 1." in text
    assert "nothing and is zero" in str(
        sc.explain(sc.conv_transpose([1], 2, stride=2, output_padding=1))
    )
    plane = str(sc.explain(sc.conv_transpose([[1, 2], [3, 4]], (2, 3), stride=(1, 2))))
    assert "Axis 1: The convolution that it transposes" in plane
    assert sc.explain(sc.conv([1, 2], 4)).sizes == ()
    assert sc.explain(sc.conv_transpose([1, 2], 4, padding=((0, 1),), output_padding=0)).sizes == ()
