"""Spectra, conditioning and symbols as LaTeX: exact strings, and from which sizes on they hold."""

import sympy as sp

import symconv as sc

n = sp.Symbol("n")
theta = sp.Symbol("theta", real=True)
a, b, c = sp.symbols("a b c", real=True)


def test_a_formula_has_its_frequencies_and_sizes():
    found = sp.latex(sc.singular_values(sc.conv([a, b], n)))
    assert found.startswith(r"\begin{aligned}\sigma_{j} &= \sqrt{a^{2} + 2 a b \cos{")
    assert r"& j = 0, \dots, n - 2,\; n \geq " in found


def test_zeros_besides_are_counted():
    C = sc.conv([a, b], n)
    assert r"\text{and } 1 \text{ zero}" in sp.latex(sc.eigenvalues(C.T @ C))
    C = sc.conv([a, b, c], n, stride=1, padding=((0, 2),), padding_mode="circular")
    assert "zero" not in sp.latex(sc.eigenvalues(C))


def test_channels_give_a_matrix_at_every_frequency():
    K = sc.Kernel.symbolic("k", 1, in_channels=2, out_channels=2)
    found = sp.latex(sc.eigenvalues(sc.conv(K, n, padding_mode="circular")))
    assert r"\lambda_{j,l} &= \lambda_l(M_{j})" in found
    assert r"M_{j} &= \left[\begin{matrix}k_{0,0,0} & k_{0,1,0}" in found
    found = sp.latex(sc.singular_values(sc.conv(K, n, padding_mode="circular")))
    assert r"\sigma_{j,l} &= \sqrt{\lambda_l(M_{j})}" in found


def test_lists_and_what_has_no_formula():
    K = sc.Kernel([a, 0, 0, b])
    assert sp.latex(sc.eigenvalues(sc.identity(3))).startswith(r"\begin{aligned}\lambda")
    listed = sp.latex(sc.singular_values(sc.conv([1, 2, 3], 7)))
    assert r"{\approx}\, " in listed
    assert "CRootOf" not in listed
    unknown = sc.singular_values(sc.conv([[1, a], [b, 3]], (n, n)))
    assert unknown.matrix is None
    assert sp.latex(unknown).startswith(r"\sigma: \text{")
    assert sc.eigenvalues(sc.conv(K, 4).T @ sc.conv(K, 4))._repr_latex_().startswith("$")


def test_conditioning():
    ratio = r"\frac{\sigma_{\max}}{\sigma_{\min}}"
    cases = {
        rf"{ratio} \leq 5": sc.conv([1, 3, 1], n),
        rf"{ratio} \sim c\, n^{{2}}": sc.conv([1, 2, 1], n),
        rf"{ratio} \gtrsim c\, n": sc.conv([1, 1, 1], n, padding=1),
        rf"{ratio} \gtrsim c \cdot 2^{{n}}": sc.conv([2, 1], n, padding=((1, 0),)),
        r"\sigma_{\min} = 0 \text{ at every size}": sc.conv([0, 1, 0, 0], n, padding=((0, 3),)),
        rf"{ratio} \text{{ is bounded}}": sc.conv([5, 1, 1], n, padding=((0, 2),)),
    }
    assert {sp.latex(sc.conditioning(C)) for C in cases.values()} == set(cases)


def test_a_bound_is_rounded_up():
    verdict = sc.conditioning(sc.conv([1, 7, -3, 1, 2], n))
    shown = sp.latex(verdict).split(r"\leq ")[1]
    assert sp.Rational(shown) >= sp.N(verdict.bound, 30)
    assert sp.Rational(shown) < sp.N(verdict.bound, 30) * sp.Rational(10001, 10000)
    assert str(verdict) == f"bounded, at most {shown}"


def test_symbols():
    C = sc.conv([a, b], 8)
    assert sp.latex(sc.symbol(C, theta)) == r"F(\theta) = a + b e^{i \theta}"
    assert sp.latex(sc.symbol(C.T, theta)) == r"F^{\mathsf{H}}(\theta) = a + b e^{- i \theta}"
    strided = sc.symbol(sc.conv([a, b], 8, stride=2), theta)
    assert sp.latex(strided).startswith(r"F(\theta) = \left[\begin{matrix}")
    assert strided._repr_latex_().startswith(r"$\displaystyle F(\theta)")
