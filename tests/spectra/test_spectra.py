"""Spectra against NumPy's decompositions of the explicit matrices."""

from collections import Counter
from random import Random

import numpy as np
import pytest
import sympy as sp
from scipy.optimize import linear_sum_assignment

import symconv as sc

n, m = sp.symbols("n m")
SIZES = (n, m)


def explicit(operator):
    return np.array(operator.as_explicit().tolist(), dtype=float)


def distance(found, expected):
    """The largest difference of two multisets of numbers, relative to the largest number."""
    assert len(found) == len(expected)
    gaps = np.abs(np.subtract.outer(np.asarray(found), np.asarray(expected)))
    return gaps[linear_sum_assignment(gaps)].max(initial=0) / max(1, np.abs(expected).max())


def check(spectrum, operator, sizes):
    matrix = explicit(operator.at(sizes))
    if spectrum.kind == "singular values":
        expected = np.linalg.svd(matrix, compute_uv=False)
    else:
        expected = np.linalg.eigvals(matrix)
    found = [complex(value.evalf(20)) for value in spectrum.at(sizes)]
    assert distance(found, expected) < 1e-6  # multiple eigenvalues are known to half the digits
    if np.abs(np.diff(np.sort_complex(expected))).min(initial=1) > 1e-3:
        assert distance(found, expected) < 1e-10
    assert distance(spectrum.numeric(sizes=sizes), expected) < 1e-6


def layer(random):
    axes = random.choice([1, 1, 2])
    mode = random.choice(["circular", "symmetric", "reflect", "zeros"])
    size = [random.randint(1, 5 if axes == 1 else 3) for _ in range(axes)]
    kernel = np.array([random.randint(-4, 4) for _ in range(np.prod(size))]).reshape(size)
    if mode in ("symmetric", "reflect"):
        for axis in range(axes):
            kernel = kernel + np.flip(kernel, axis)
    stride = random.choice([1, 2]) if mode in ("circular", "zeros") else 1
    padding = random.choice(["same", "valid"]) if mode == "zeros" else "same"
    sizes = [stride * s for s in SIZES[:axes]]
    kernel[(0,) * axes] += not kernel.any()
    return sc.conv(kernel.tolist(), sizes, stride=stride, padding=padding, padding_mode=mode)


@pytest.mark.parametrize("seed", range(12))
def test_formulas_are_numpys_numbers(seed):
    random, methods = Random(seed), Counter()
    for _ in range(10):
        C = layer(random)
        sizes = {s: random.randint(5, 6) for s in sorted(C.size_symbols, key=str)}
        for operator in (C, C @ C.T, C.T @ C):
            spectra = [sc.singular_values(operator)]
            if operator.rows == operator.cols:
                spectra.append(sc.eigenvalues(operator))
            for spectrum in spectra:
                methods[spectrum.method] += spectrum.matrix is not None
                if spectrum.matrix is not None:
                    check(spectrum, operator, sizes)
    assert methods["diagonal in the DFT"] > 5


@pytest.mark.parametrize(
    ("C", "method"),
    [
        (sc.conv([1, 2, 5], n, padding=1, padding_mode="circular"), "DFT"),
        (sc.conv([1, 2, 1], n, padding=1, padding_mode="symmetric"), "DCT-II"),
        (sc.conv([3, 1, 2, 1, 3], n, padding=2, padding_mode="symmetric"), "DCT-II"),
        (sc.conv([3, 1, 2, 1, 3], n, padding=2, padding_mode="reflect"), "DCT-I"),
        (sc.conv([1, 2, 1], n, padding=1), "DST-I"),
        (sc.conv([[1, 2, 1], [2, 5, 2], [1, 2, 1]], (n, m), padding=1), "DST-I"),
    ],
)
def test_which_transform(C, method):
    spectrum = sc.eigenvalues(C)
    assert spectrum.method == f"diagonal in the {method}"
    check(spectrum, C, dict.fromkeys(C.size_symbols, 7))


def test_three_taps():
    a, b, c = sp.symbols("a b c", positive=True)
    spectrum = sc.eigenvalues(sc.conv([a, b, c], n, padding=1))
    (j,) = spectrum.counts
    assert spectrum.formula == b + 2 * sp.sqrt(a * c) * sp.cos(sp.pi * (j + 1) / (n + 1))
    check(
        sc.eigenvalues(sc.conv([2, 1, 3], n, padding=1)), sc.conv([2, 1, 3], n, padding=1), {n: 6}
    )


def test_five_taps_with_zero_padding_have_no_formula():
    spectrum = sc.eigenvalues(sc.conv([1, 2, 3, 2, 1], n, padding=2))
    with pytest.raises(sc.SymconvError, match="no transform was found"):
        _ = spectrum.formula
    with pytest.raises(sc.SymconvError, match="no transform was found"):
        spectrum.at({n: 6})
    expected = np.linalg.eigvalsh(explicit(spectrum.operator.at({n: 6})))
    assert distance(spectrum.numeric(sizes={n: 6}), expected) < 1e-12


def test_the_source_page():
    C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
    expected = {385 + sp.sqrt(115636): 1, 385 - sp.sqrt(115636): 1}
    expected |= {185 + sp.sqrt(1060): 1, 185 - sp.sqrt(1060): 1}
    assert sc.eigenvalues(C @ C.T).listed == expected
    assert sc.eigenvalues(C.T @ C).listed == expected | {sp.S.Zero: 12}
    assert sc.singular_values(C).listed == {sp.sqrt(value): 1 for value in expected}


def test_two_taps():
    a, b = sp.symbols("a b", real=True)
    C = sc.conv([a, b], n)
    spectrum = sc.singular_values(C)
    (j,) = spectrum.counts
    assert spectrum.formula**2 == a**2 + b**2 + 2 * a * b * sp.cos(sp.pi * (j + 1) / n)
    assert spectrum.counts[j] == n - 1
    assert sc.eigenvalues(C.T @ C).zeros == 1


def test_a_stride_as_long_as_the_kernel_scales():
    w = sp.symbols("w:4", real=True)
    spectrum = sc.singular_values(sc.conv(w, 4 * n, stride=4))
    assert spectrum.formula**2 == sum(x**2 for x in w)
    assert not spectrum.formula.has(sp.cos)


def test_channels_have_a_matrix_at_each_frequency():
    K = sc.Kernel.from_weight(np.arange(24).reshape(2, 3, 2, 2) % 7 - 3)
    C = sc.conv(K, (n, m), padding=((0, 1), (0, 1)), padding_mode="circular")
    spectrum = sc.singular_values(C)
    assert spectrum.matrix.shape == (2, 2)
    check(spectrum, C, {n: 3, m: 4})


def test_channels_of_many_frequencies_are_those_of_an_fft():
    weight = np.random.default_rng(0).integers(-9, 9, (4, 4, 3, 3))
    C = sc.conv(sc.Kernel.from_weight(weight), (32, 32), padding=1, padding_mode="circular")
    padded = np.zeros((4, 4, 32, 32))
    padded[..., :3, :3] = weight
    frequencies = np.fft.fft2(padded).transpose(2, 3, 0, 1)
    expected = np.linalg.svd(frequencies, compute_uv=False).ravel()
    assert distance(np.sort(sc.singular_values(C).numeric()), np.sort(expected)) < 1e-12


def test_polynomials_in_a_circulant_are_circulant():
    C = sc.conv([1, 2, 5], n, padding=1, padding_mode="circular")
    A = 3 * C @ C.T - 2 * C + 7 * sc.identity(n)
    f = sc.eigenvalues(C).formula
    (j,) = sc.eigenvalues(C).counts
    at = {n: 7, j: 2}
    square = (f * sp.conjugate(f)).subs(at)
    wanted = 3 * square - 2 * f.subs(at) + 7
    assert abs(complex((sc.eigenvalues(A).formula.subs(at) - wanted).evalf(30))) < 1e-25


def test_a_rectangular_matrix_has_no_eigenvalues():
    with pytest.raises(sc.SymconvError, match="not square"):
        sc.eigenvalues(sc.conv([1, 2], n))


def test_below_the_proven_size_the_size_itself_decides():
    C = sc.conv([1, 2, 5, 1, 1], n, padding=2, padding_mode="circular")
    spectrum = sc.singular_values(C)
    for size in range(2, 9):
        expected = np.linalg.svd(explicit(C.at({n: size})), compute_uv=False)
        found = [float(value) for value in spectrum.at({n: size})]
        assert distance(found, expected) < 1e-10


def test_text():
    C = sc.conv([1, 2], n)
    assert str(sc.singular_values(C)) == (
        "σ = √(4 cos((π (j + 1))/n) + 5), j = 0 … n - 2 (diagonal in the DST-I)"
    )


@pytest.mark.parametrize("pixels", [(7, 8), (8, 7), (1, 5), (2, 3), (5,), (6,)])
@pytest.mark.parametrize("dilation", [1, 2])
def test_numbers_of_circular_layers_are_numpys_for_even_and_odd_sizes(pixels, dilation):
    weight = np.random.default_rng(1).integers(-9, 9, (2, 3, *(2,) * len(pixels)))
    padding = [(0, dilation)] * len(pixels)
    K = sc.Kernel.from_weight(weight.tolist())
    if min(pixels) < dilation:
        return
    C = sc.conv(K, pixels, padding=padding, dilation=dilation, padding_mode="circular")
    expected = np.linalg.svd(explicit(C), compute_uv=False)
    assert distance(sc.singular_values(C).numeric(), expected) < 1e-12
    square = sc.conv(
        sc.Kernel.from_weight(weight[:, :2].tolist()),
        pixels,
        padding=padding,
        dilation=dilation,
        padding_mode="circular",
    )
    assert distance(sc.eigenvalues(square).numeric(), np.linalg.eigvals(explicit(square))) < 1e-6


def test_very_many_channels_have_numbers_and_no_formula():
    weight = np.random.default_rng(0).integers(-9, 9, (24, 16, 3, 3))
    C = sc.conv(sc.Kernel.from_weight(weight), (5, 6), padding=1, padding_mode="circular")
    spectrum = sc.singular_values(C)
    assert "too many for formulas" in str(spectrum)
    expected = np.linalg.svd(sc.to_numpy(C).astype(float), compute_uv=False)
    assert distance(spectrum.numeric(), expected) < 1e-12
    with pytest.raises(sc.SymconvError, match="numeric"):
        spectrum.at()


def test_layers_that_go_round_commute_with_the_shift():
    """What needs no commutators has none: the numbers of a layer made with wide padding."""
    for padding in (0, 1, 4):
        C = sc.conv(
            [1, 2, 5],
            6,
            padding=((padding, 2 - padding if padding < 3 else 0),),
            padding_mode="circular",
        )
        if C.rows == C.cols:
            assert distance(sc.eigenvalues(C).numeric(), np.linalg.eigvals(explicit(C))) < 1e-12


def test_a_factor_without_radicals_is_named_by_its_degree():
    C = sc.conv(sc.Kernel.symbolic("k", 7), 12)
    found = sc.singular_values(C)
    assert found.listed is None
    assert "factor of degree 3" in str(found)


def test_half_a_turn_splits_four_rows_of_symbols_into_square_roots():
    C = sc.conv(sc.Kernel.symbolic("k", 7), 10)
    values = sc.singular_values(C)
    assert len(values.listed) == 4
    numbers = {s: i + 1 for i, s in enumerate(sorted(C.free_symbols, key=str))}
    exact = sorted(float(v.subs(numbers)) for v, k in values.listed.items() for _ in range(k))
    matrix = sc.to_numpy(C.subs(numbers)).astype(float)
    assert exact == pytest.approx(sorted(np.linalg.svd(matrix, compute_uv=False)), rel=1e-10)
