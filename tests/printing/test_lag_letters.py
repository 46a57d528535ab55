"""The names r_δ: a formula defines the ones that it uses, and each is one polynomial everywhere."""

import re
from collections import defaultdict
from itertools import product
from random import Random

import pytest
import sympy as sp

import symconv as sc
from symconv.printing.representations import screen_latex

n = sp.Symbol("n")
NAME = r"(?<![A-Za-z\\])[rgc]'*(?:\^\{[^{}]*\})?_\{-?\d+(?:,-?\d+)*\}(?:\^\{\d+,\d+\})?"
DEFINED = re.compile(rf"({NAME}) &= (.*?)(?= \\\\ |\\end\{{aligned\}})")
MODES = ("zeros", "zeros", "zeros", "circular", "reflect", "replicate", "symmetric")


def random_layer(random):
    """A layer of one or two axes, its strides, dilations and padding at random."""
    axes = random.choice((1, 1, 2))
    size = tuple(random.randint(1, 4 - axes) for _ in range(axes))
    channels = random.choice(((1, 1), (1, 1), (2, 1), (1, 2), (2, 2)))
    kernel = sc.Kernel.symbolic("k", size, in_channels=channels[0], out_channels=channels[1])
    stride = tuple(random.randint(1, 3) for _ in size)
    dilation = tuple(random.randint(1, 2) for _ in size)
    reach = [d * (k - 1) for d, k in zip(dilation, size, strict=True)]
    mode = random.choice(MODES)
    padding = tuple((random.randint(0, r), random.randint(0, r)) for r in reach)
    pixels = [s * n + random.randint(0, s - 1) for s in stride]
    layer = sc.conv(
        kernel, pixels, stride=stride, dilation=dilation, padding=padding, padding_mode=mode
    )
    if random.random() < 0.4:
        layer = layer.at({n: max(layer.valid_from.get(n, 1), 4)})
    return layer, kernel, stride, dilation


def shown_in_all_forms(gram):
    for form in (None, "elided", "closed"):
        try:
            yield form, sc.latex(gram, form=form, two_level=True, max_entries=400)
        except sc.SymconvError:
            continue
    if gram.size_symbols:
        yield "stacked", screen_latex(gram.closed_form().two_level)


def names_in(text):
    """The names that are used, and those that are defined, with what they are."""
    defined = dict(DEFINED.findall(text))
    return set(re.findall(NAME, DEFINED.sub(r"\2", text))), defined


def sums(kernel, dilation, adjoint):
    """Name to polynomial, by the definition: Σ_t K_t K_{t+δ}^T, or Σ_t K_t^T K_{t+δ}."""
    found = defaultdict(lambda: sp.S.Zero)
    weights = list(kernel.weights())
    for (o, c, t, x), (p, e, u, y) in product(weights, repeat=2):
        if (o == p) if adjoint else (c == e):
            lag = tuple(d * (b - a) for d, a, b in zip(dilation, t, u, strict=True))
            found[(c, e) if adjoint else (o, p), lag] += x * y
    return found


def name_of(letter, pair, lag, single):
    upper = "" if single else f"^{{{','.join(map(str, pair))}}}"
    return sp.Symbol(f"{letter}{upper}_{{{','.join(map(str, lag))}}}", real=True)


CASES = range(60)


@pytest.mark.parametrize("seed", CASES)
def test_what_is_used_is_defined_and_means_one_polynomial(seed):
    layer, kernel, _, dilation = random_layer(Random(seed))
    channels = (kernel.in_channels, kernel.out_channels) != (1, 1)
    for gram, adjoint in ((layer @ layer.T, False), (layer.T @ layer, True)):
        known = meanings(kernel, dilation, adjoint and channels, gram.rows[0])
        seen = {}
        for form, text in shown_in_all_forms(gram):
            used, defined = names_in(text)
            if r"_{\delta} &=" not in text and "G_{i,j} &=" not in text:
                assert used == set(defined), form
            for name, value in defined.items():
                value = value.removeprefix(ONE[0]).removesuffix(ONE[1])
                assert seen.setdefault(name, value) == value, (form, name)
                assert name[0] == "c" or value == known[name], (form, name)


ONE = (r"\left[\begin{matrix}", r"\end{matrix}\right]")


def meanings(kernel, dilation, adjoint, channels):
    """Name to what it stands for: polynomials by channels, and matrices of them by lag."""
    meant = sums(kernel, dilation, adjoint)
    letter = "g" if adjoint else "r"
    known = {}
    for lag in {lag for _, lag in meant}:
        rows = [[sp.expand(meant[(o, p), lag]) for p in range(channels)] for o in range(channels)]
        name = sp.latex(name_of(letter, (), lag, True))
        known[name] = sp.latex(sp.Matrix(rows)).removeprefix(ONE[0]).removesuffix(ONE[1])
        for o, p in product(range(channels), repeat=2):
            known[sp.latex(name_of(letter, (o, p), lag, channels == 1))] = sp.latex(rows[o][p])
    return known


@pytest.mark.parametrize("seed", CASES)
def test_a_closed_formula_defines_the_lags_that_it_meets(seed):
    """Of one channel: the lags s(i - j), at whatever size the formula is of."""
    layer, kernel, stride, dilation = random_layer(Random(seed))
    if (kernel.in_channels, kernel.out_channels) != (1, 1):
        return
    reaches = [d * (k - 1) for d, k in zip(dilation, kernel.size, strict=True)]
    lags = {
        lag for lag in product(*(range(-r, r + 1, d) for r, d in zip(reaches, dilation, strict=True)))
        if lag >= (0,) * len(lag)
    }  # fmt: skip
    for gram, adjoint in ((layer @ layer.T, False), (layer.T @ layer, True)):
        text = sc.latex(gram, form="closed", two_level=True, max_entries=400)
        _, defined = names_in(text)
        if "G_{i,j} &=" in text:
            assert not defined
        elif r"r_{\delta} &=" in text:
            steps = (1,) * len(stride) if adjoint else stride
            met = set().union(*(lags_met(at, steps, layer) for at in sizes_of(gram)))
            names = {sp.latex(name_of("r", (), lag, True)) for lag in lags & met}
            assert set(defined) == names


def sizes_of(gram):
    start = max(gram.valid_from.values(), default=0)
    return [gram.at({n: start + k}) for k in range(7)] if gram.size_symbols else [gram]


def lags_met(gram, steps, layer):
    """All s(i - j) of two pixels, and those a turn of the image further where it wraps around."""
    origin = layer.provenance.layer
    factor = gram.gram[0]
    axes = []
    for s, m, full in zip(steps, gram.output_size, factor.input_size, strict=True):
        plain = {s * k for k in range(1 - m, m)}
        wraps = origin.padding_mode == "circular"
        axes.append(
            {lag + turn * full for lag in plain for turn in (-2, -1, 0, 1, 2)} if wraps else plain
        )
    return set(product(*axes))
