"""Sums of products in LaTeX, read back and put together by NumPy's loops: they are the matrix."""

import re
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.printing.factors import monomials
from symconv.printing.latex import fitting_forms

n = sp.Symbol("n")
T = r"^{\mathsf{T}}"
MATRIX = re.compile(
    r"\(?([A-Z](?:\^\{\(\d\)\})?(?:_\{[^{}]*\})?)\)?(?:\(([a-z])\))?(\^\{\\mathsf\{T\}\})?"
)


def top_level(text):
    """(sign, term) of a sum, split where no bracket is open."""
    depth, start, parts = 0, 0, []
    for at, character in enumerate(text):
        depth += {"{": 1, "(": 1, "}": -1, ")": -1}.get(character, 0)
        if depth == 0 and text[at : at + 3] in (" + ", " - "):
            parts.append(text[start:at])
            start = at
    parts.append(text[start:])
    for part in parts:
        sign = -1 if part.startswith((" - ", "-")) else 1
        yield sign, part.strip().lstrip("+- ")


def entries(text):
    def number(cell):
        found = re.fullmatch(r"(-? ?)\\frac\{(\d+)\}\{(\d+)\}", cell)
        if found:
            return Fraction(int(found[2]), int(found[3])) * (-1 if found[1] else 1)
        return int(cell.replace(" ", "") or 0)

    return np.array([[number(c) for c in row.split(" & ")] for row in text.split(r"\\")], object)


def number(text):
    """A factor in front of a term, and the rest of it."""
    found = re.match(r"(?:\\frac\{(\d+)\}\{(\d+)\}|(\d+))\\, ", text)
    if not found:
        return 1, text
    return Fraction(int(found[1] or found[3]), int(found[2] or 1)), text[found.end() :]


# --- Kronecker sums ----------------------------------------------------------------------------


def shifts(text):
    """Name to ((value, relation), …), rows and columns."""
    lines = re.findall(
        r"\(?([A-Z](?:\^\{\(\d\)\})?(?:_\{[^{}]*\})?)\)?_\{o,i\} &= \\begin\{cases\}(.*?)"
        r"0 & \\text\{otherwise\}.*?of size \} (\d+) \\times (\d+)",
        text,
    )
    return {
        name: (
            [tuple(case.split(r" & \text{if } ")) for case in body.split(r" \\ ")[:-1]],
            int(m),
            int(k),
        )
        for name, body, m, k in lines
    }


def holds(relation, o, i, letters):
    """A relation between o and i as it is printed."""
    shown = re.match(r"i \\text\{ shows at position \} (.*?) \\text\{ \(replicate", relation)
    values = {"o": o, "i": i, **letters}

    def value(side):
        return eval(re.sub(r"(\d) (?=[a-z])", r"\1*", side), {}, values)  # ours: linear forms

    if shown:
        return i == min(max(value(shown[1]), 0), letters["columns"] - 1)
    several = re.fullmatch(r"(\(o, i\) = .*), \\; 0 \\leq \\tau \\leq (\d+)", relation)
    if several:
        steps = range(int(several[2]) + 1)
        line = several[1].replace(r"\tau", "tau")
        return any(holds(line, o, i, {**letters, "tau": step}) for step in steps)
    pairs = re.fullmatch(r"\(o, i\) = \((.*), (.*)\)", relation)
    if pairs:
        return (o, i) == (value(pairs[1]), value(pairs[2]))
    line, _, bounds = relation.partition(r", \; ")
    inside = True
    if bounds:
        low, _, high = bounds.split(r" \leq ")
        inside = int(low) <= o <= int(high)
    left, right = line.split(" = ")
    return inside and value(left) == value(right)


def kron_value(text):
    main = re.match(
        r"\\begin\{aligned\}A &= (.*?)(?= \\\\ (?:\(?[A-Z][^&]*|[a-zA-Z][^&]*) &=|\\end\{aligned\}$)",
        text,
    )[1]
    main = main.replace(r" \\ &\quad {} ", " ")
    known = shifts(text)
    tables = {
        name: entries(body)
        for name, body in re.findall(
            r"([a-zA-Z](?:_\{[\d,]+\})?) &= \\left\[\\begin\{matrix\}(.*?)\\end", text
        )
    }

    def matrix(name):
        if name[0] == "I":
            return np.eye(int(re.search(r"\d+", name)[0]), dtype=object)
        if name in tables:
            return tables[name]
        base, index = re.fullmatch(r"(.*?)(?:_\{([\d, ]+)\})?", name).groups()
        if f"{base}_{{{(index or '').replace(' ', '')}}}" in tables:
            return tables[f"{base}_{{{index.replace(' ', '')}}}"]
        places = (index or "").replace(" ", "").split(",")
        letters = {}
        for key in (name, f"{base}_{{t}}", f"{base}_{{a,b}}"):
            if key in known:
                cases, height, width = known[key]
                letters = dict(
                    zip(
                        ("t",) if "t}" in key else ("a", "b"),
                        map(int, filter(None, places)),
                        strict=False,
                    )
                )
                break

        def entry(o, i):
            values = {**letters, "columns": width}
            met = [entries(value)[0, 0] for value, line in cases if holds(line, o, i, values)]
            assert len(met) < 2
            return met[0] if met else 0

        return np.array([[entry(o, i) for i in range(width)] for o in range(height)], object)

    def chain(slot):
        slot = slot.replace(r"\left(", "").replace(r"\right)", "")
        found = [
            matrix(name).T if power else matrix(name) for name, _, power in MATRIX.findall(slot)
        ]
        total = found[0]
        for other in found[1:]:
            total = total @ other
        return total

    whole = 0
    for sign, term in top_level(main):
        scalar, term = number(term)
        ranges = {}
        while found := re.match(r"\\sum_\{(.*?) = 0\}\^\{(\d+)\} ", term):
            ranges |= dict.fromkeys(found[1].split(", "), range(int(found[2]) + 1))
            term = term[found.end() :]
        for chosen in product(*ranges.values()):
            text_ = term
            for tap, value in zip(ranges, chosen, strict=True):
                text_ = re.sub(rf"(?<![A-Za-z]){re.escape(tap)}(?![A-Za-z])", str(value), text_)
            weight = scalar
            while found := re.match(r"([a-z])_\{([\d, ]+)\}\\, ", text_):
                index = tuple(map(int, found[2].split(", ")))
                weight *= tables[found[1]][(0, *index)[-2:]]
                text_ = text_[found.end() :]
            value = np.ones((1, 1), object)
            for slot in text_.split(r" \otimes "):
                value = np.kron(value, chain(slot))
            whole = whole + sign * weight * value
    return whole


def conv(kernel, size, **geometry):
    return sc.conv(kernel, size, **geometry)


A = conv(np.arange(1, 10).reshape(3, 3), (4, 4))
L = conv([1, -2, 3], 5, padding=1)
W = sc.conv(
    sc.Kernel.from_weight(np.arange(1, 17).reshape(2, 2, 2, 2)), (3, 2), padding=((0, 1), (1, 0))
)
OPERATORS = {
    "a product less the identity": A.T @ A - sc.identity((4, 4)),
    "a difference": A - 2 * conv(np.arange(9).reshape(3, 3) ** 2, (4, 4)),
    "three factors": L @ conv([2, 5], 5, padding=((1, 0),)) @ L.T,
    "a commutator": L @ sc.shift(5, 1) - sc.shift(5, 1) @ L,
    "strides that differ": (lambda C: C.T @ C * 3 - sc.identity((5, 4)))(
        conv([[1, 2, 3], [4, 5, 6]], (5, 4), stride=(2, 1), padding=1)
    ),
    "channels": W.T @ W - 4 * sc.identity((3, 2), 2),
    "pooling": sc.avg_pool((4, 6), 2),
    "pooling by the pixels that are there": sc.avg_pool(
        4, 3, stride=1, padding=1, count_include_pad=False
    ),
    "and on two axes": sc.avg_pool(
        (4, 5), (3, 2), stride=1, padding=((1, 1), (1, 0)), count_include_pad=False
    ),
    "upsampling": sc.upsample_linear((3, 3), 2),
    "upsampling of channels": sc.upsample_linear((2, 3), 2, channels=2),
    "shuffling": sc.pixel_shuffle((2, 3), 2),
    "shuffling to channels": sc.pixel_shuffle(3, 2, channels=2),
    "shuffling back": sc.pixel_shuffle((2, 2), 2).T,
    "flipping": sc.flip((3, 4)) @ sc.pad((2, 4), ((1, 0), (0, 0))),
    "every second pixel of a flip": sc.zero_insertion(3, 2).T @ sc.flip(5),
    "identity": sc.identity((2, 3)),
}


@pytest.mark.parametrize("operator", OPERATORS.values(), ids=OPERATORS)
def test_the_sum_of_kronecker_products_is_the_matrix(operator):
    value = kron_value(sc.latex(operator, "kron"))
    expected = operator.as_explicit()
    assert value.shape == expected.shape
    assert all(sp.Rational(*map(int, (Fraction(v).numerator, Fraction(v).denominator))) == e
               for v, e in zip(value.flat, expected, strict=True))  # fmt: skip


def test_the_reader_sees_a_wrong_sum():
    text = sc.latex(OPERATORS["a difference"], "kron")
    for right, wrong in (("i = o + t", "i = o + t + 1"), (" - 2", " + 2"), ("^{2}", "^{1}")):
        assert right in text
        try:
            value = kron_value(text.replace(right, wrong, 1))
        except (IndexError, ValueError):
            continue
        assert (value != sc.to_numpy(OPERATORS["a difference"])).any()


def test_kronecker_sums_to_the_letter():
    size = r"\qquad \text{of size } "
    assert sc.latex(sc.pixel_shuffle((n, n), 2), "kron") == (
        r"\begin{aligned}A &= E_{0,0} \otimes D_{1} \otimes D_{1} + E_{0,1} \otimes D_{1} \otimes D_{2} "
        r"+ E_{0,2} \otimes D_{2} \otimes D_{1} + E_{0,3} \otimes D_{2} \otimes D_{2} \\ "
        r"(D_{1})_{o,i} &= \begin{cases}1 & \text{if } o = 2 i \\ 0 & \text{otherwise}\end{cases} "
        rf"{size}\left(2 n\right) \times n \\ "
        r"(D_{2})_{o,i} &= \begin{cases}1 & \text{if } o = 2 i + 1 \\ 0 & \text{otherwise}\end{cases} "
        rf"{size}\left(2 n\right) \times n \\ "
        r"(E_{a,b})_{o,i} &= \begin{cases}1 & \text{if } (o, i) = (a, b) \\ 0 & \text{otherwise}\end{cases} "
        rf"{size}1 \times 4\end{{aligned}}"
    )
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (n, n), padding=1)
    assert sc.latex(C.T @ C - sc.identity((n, n)), "kron").startswith(
        r"\begin{aligned}A &= \sum_{t_{1}, t_{2} = 0}^{2} \sum_{u_{1}, u_{2} = 0}^{2} "
        r"k_{t_{1}, t_{2}}\, k_{u_{1}, u_{2}}\, "
        rf"\left(S_{{t_{{1}}}}{T} S_{{u_{{1}}}}\right) \otimes \left(S_{{t_{{2}}}}{T} S_{{u_{{2}}}}\right) "
        r"- I_{n} \otimes I_{n} \\ (S_{t})_{o,i} &= "
    )
    assert sc.latex(A - A, "kron") == r"\begin{aligned}A &= 0\end{aligned}"
    assert sc.latex(sc.avg_pool((2 * n, 2 * n), 2), "kron").startswith(
        r"\begin{aligned}A &= \frac{1}{4}\, \sum_{t_{1}, t_{2} = 0}^{1} S_{t_{1}} \otimes S_{t_{2}} \\"
    )


def test_letters_of_users_stay_theirs():
    kernels = [sc.Kernel.symbolic(letter, 2) for letter in "ASDI"]
    operator = sum((sc.conv(k, 4) for k in kernels[1:]), sc.conv(kernels[0], 4))
    operator = sc.flip(3) @ operator - sc.crop(4, ((0, 1),))
    text = sc.latex(operator, "kron")
    assert text.startswith(
        r"\begin{aligned}B &= \sum_{t = 0}^{1} A_{t}\, R_{1} U_{t} + \sum_{t = 0}^{1} S_{t}\, R_{1} U_{t} "
    )
    assert sc.latex(operator, "blocks").startswith(
        r"\begin{gathered}B = R_{1}\, T(A) + R_{1}\, T(S) + R_{1}\, T(D) + R_{1}\, T(I) - P \\[1ex]"
    )


def test_sums_that_are_too_long_say_so():
    many = A
    for factor in range(20):
        many = many + factor * conv(np.arange(9).reshape(3, 3) + factor, (4, 4))
    power = L
    for _ in range(6):
        power = power @ L
    for operator in (many, power):
        for form in ("kron", *(["blocks"] if operator is power else [])):
            with pytest.raises(sc.SymconvError, match=r"more than 16 products.*elided.*fit"):
                sc.latex(operator, form)


def test_products_are_added_up():
    found = monomials(2 * L.T @ L + L.T @ L - sc.identity(5) @ sc.identity(5) + (L - L))
    assert [(m.scalar, len(m.factors)) for m in found] == [(3, 2), (-1, 1)]


# --- one axis ----------------------------------------------------------------------------------


def line_value(text, size):
    lines = (
        text.removeprefix(r"\begin{gathered}").removesuffix(r"\end{gathered}").split(r" \\[1ex] ")
    )
    left, main = lines[0].split(" = ")
    taps = {
        name: [int(c) if "frac" not in c else entries(c)[0, 0] for c in body.split(", ")]
        for line in lines[1:]
        for name, body in re.findall(r"([a-z]) = \(([^()]*)\)", line)
    }
    tables = {
        name: body
        for line in lines[1:]
        for name, body in re.findall(
            r"([A-Z](?:_\{\d\})?)(?:\(x\))? = \\left\[\\begin\{(?:matrix|array)\}(?:\{c+\})?(.*?)\\end",
            line,
        )
    }

    def matrix(name, argument):
        if name[0] == "I":
            return np.eye(size, dtype=object)
        rows = [row.split(" & ") for row in tables[name].split(r"\\")]

        def cell(text_):
            index = re.fullmatch(r"x_\{(\d+)\}", text_)
            return taps[argument][int(index[1])] if index else entries(text_)[0, 0]

        def total(text_):
            return sum(cell(part) for part in text_.split(" + "))

        return np.array([[total(c) for c in row] for row in rows], object)

    whole = 0
    for sign, term in top_level(main):
        scalar, term = number(term)
        value = np.eye(1, dtype=object) * 1
        for at, factor in enumerate(term.split(r"\, ")):
            name, argument, power = MATRIX.fullmatch(factor).groups()
            found = matrix(name, argument)
            found = found.T if power else found
            value = found if at == 0 else value @ found
        whole = whole + sign * scalar * value
    return left, whole


LINES = {
    "a layer": (conv([1, 2, 3], 6, stride=2, padding=1), "C"),
    "its transpose": (conv([1, 2, 3], 6, dilation=2).T, f"C{T}"),
    "rows": (L @ L.T, f"C C{T}"),
    "columns": (L.T @ L, f"C{T} C"),
    "circular": (conv([1, 2, 3], 5, padding=1, padding_mode="circular"), "C"),
    "less the identity": (L.T @ L - 2 * sc.identity(5), "A"),
    "two layers": (conv([4, 5], 5, stride=2) @ L, "A"),
    "upsampling": (sc.upsample_linear(3, 2), "A"),
    "a flip": (sc.flip(4) @ conv([1, 2], 5), "A"),
    "pooling": (sc.avg_pool(6, 2), "A"),
    "by the pixels that are there": (
        sc.avg_pool(4, 3, stride=1, padding=1, count_include_pad=False),
        "A",
    ),
}


@pytest.mark.parametrize(("operator", "left"), LINES.values(), ids=LINES)
def test_blocks_on_one_axis_are_the_matrix(operator, left):
    found, value = line_value(sc.latex(operator, "blocks"), operator.rows[-1])
    assert found == left
    expected = operator.as_explicit()
    assert value.shape == expected.shape
    assert [sp.Rational(str(v)) for v in value.flat] == list(expected)


def test_blocks_on_one_axis_to_the_letter():
    text = sc.latex(sc.conv(sc.Kernel.symbolic("k", 2), n), "blocks")
    assert text == (
        r"\begin{gathered}C = T(k) \\[1ex] T(x) = \underbrace{\left[\begin{matrix}x_{0} & x_{1} &  & \\"
        r" & \ddots & \ddots & \\ &  & x_{0} & x_{1}\end{matrix}\right]}_{\left(n - 1\right) \times n}"
        r" \\[1ex] k = (k_{0}, k_{1})\end{gathered}"
    )
    gram = sc.latex((lambda C: C.T @ C - sc.identity(n))(sc.conv([1, 2], n)), "blocks")
    assert gram.startswith(rf"\begin{{gathered}}A = T(k){T}\, T(k) - I_{{n}} \\[1ex] T(x) = ")
    assert gram.endswith(r"k = (1, 2)\end{gathered}")
    assert (
        "x_" not in sc.latex(sc.conv(sc.Kernel.symbolic("x", 2), 3), "blocks").partition("T(y)")[0]
    )


def test_the_forms_that_fit_are_those_that_can_be_printed():
    kernel = sc.Kernel.symbolic("w", (2, 2), 2, 2)
    many = (lambda C: C.T @ C - sc.identity((3, 3), 2))(sc.conv(kernel, (3, 3)))
    assert fitting_forms(many) == ("full", "elided", "closed", "kron")
    with pytest.raises(sc.SymconvError, match="20 different blocks, more than the 12"):
        sc.latex(many, "blocks")
    power = L
    for _ in range(6):
        power = power @ L
    assert fitting_forms(power) == ("full", "elided", "closed")
    for operator in OPERATORS.values():
        for form in fitting_forms(operator):
            assert sc.latex(operator, form)
    assert sc.to_latex_macros(power, "power").count("newcommand") == 6


def test_toeplitz_blocks_with_channels_between_are_refused():
    C = sc.conv(sc.Kernel.from_weight([[[1, 2], [3, 4]]]), 3)
    with pytest.raises(sc.SymconvError, match="channels between its factors"):
        sc.latex(C @ C.T, form="blocks")


def test_toeplitz_blocks_of_kernels_of_two_sizes_have_two_letters():
    n = sp.Symbol("n")
    A = sc.conv([3], n) @ sc.conv([0, 0, 1], n, padding=((0, 2),))
    shown = sc.latex(A, form="blocks")
    assert "A = T(k)\\, U(h)" in shown or "C = T(k)\\, U(h)" in shown
    assert "T(x) =" in shown
    assert "U(x) =" in shown
