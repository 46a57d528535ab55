"""Bad input: each raises an error of the family, and its message shows the value and the rule."""

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.errors import (
    BudgetError,
    ExactOverflowError,
    GeometryError,
    KernelError,
    ParseError,
    ResidueError,
    ShapeError,
    SymconvError,
)

K = sc.Kernel.symbolic("k", 3)
K2 = sc.Kernel.arange((3, 3))
n, m = sp.symbols("n m")
HUGE = 4611686018427387904

CASES = {
    # kernels
    "rank 0": (lambda: sc.Kernel(5), KernelError, ["at least one axis"]),
    "empty": (lambda: sc.Kernel([]), KernelError, ["(0,)", "empty axis"]),
    "empty axis": (lambda: sc.Kernel([[], []]), KernelError, ["(2, 0)", "empty axis"]),
    "ragged": (lambda: sc.Kernel([[1, 2], [3]]), KernelError, ["ragged", "(1,)", "(2,)"]),
    "size zero": (lambda: sc.Kernel.symbolic("k", (3, 0)), KernelError, ["(3, 0)", "one tap"]),
    "float": (lambda: sc.Kernel([0.1, 2]), KernelError, ["0.1", "Rational(1, 10)", '"0.1"']),
    "NumPy float": (lambda: sc.Kernel([np.float64(1.5)]), KernelError, ["1.5", "Rational(3, 2)"]),
    "Float": (lambda: sc.Kernel([sp.Float("0.5")]), KernelError, ["0.5", "Rational(1, 2)"]),
    "Float within": (lambda: sc.Kernel([0.5 * n]), KernelError, ["0.5", "results are exact"]),
    "nan": (lambda: sc.Kernel([float("nan")]), KernelError, ["nan", "not finite"]),
    "inf": (lambda: sc.Kernel([float("-inf")]), KernelError, ["-inf", "not finite"]),
    "oo": (lambda: sc.Kernel([sp.oo]), KernelError, ["oo", "not finite"]),
    "zoo": (lambda: sc.Kernel([1 / sp.S.Zero]), KernelError, ["zoo", "not finite"]),
    "boolean": (lambda: sc.Kernel([True]), KernelError, ["True", "boolean"]),
    "SymPy boolean": (lambda: sc.Kernel([sp.true]), KernelError, ["True", "not a commutative"]),
    "no number": (lambda: sc.Kernel([None]), KernelError, ["None", "not a number"]),
    "non-commutative": (
        lambda: sc.Kernel([sp.Symbol("A", commutative=False)]), KernelError, ["A", "commutative"],
    ),
    "code": (lambda: sc.Kernel(["__import__('os')"]), ParseError, ["__import__", "no name"]),
    "huge number": (lambda: sc.Kernel(["1e999999999"]), ParseError, ["1e9999", "too long"]),
    "division by zero": (lambda: sc.Kernel(["1/0"]), ParseError, ["'1/0'", "no fraction"]),
    "float put in": (lambda: K.subs(K[0], 0.5), KernelError, ["0.5", "results are exact"]),
    "groups": (lambda: sc.Kernel.symbolic("k", 3, 4, 3, groups=2), KernelError, ["groups=2", "3"]),
    "tiny float": (
        lambda: sc.Kernel([1e-9]), KernelError, ["1e-09", "Rational(1, 1000000000)"],
    ),
    "subs of text": (lambda: K.subs("ab"), SymconvError, ["'ab'"]),
    "subs of a number": (lambda: K.subs(5), SymconvError, ["5"]),
    "nested depth": (lambda: sc.Kernel([1, [2]]), KernelError, ["ragged", "()", "(1,)"]),
    "text that is a sum": (lambda: sc.Kernel(["-x"]), ParseError, ["'-x'", "no name"]),
    "complex float": (lambda: sc.Kernel([1j]), KernelError, ["1j", "not a number"]),
    "no channels": (lambda: sc.Kernel.symbolic("k", 3, 0, 1), KernelError, ["0 input", "least 1"]),
    "weight rank": (lambda: sc.Kernel.from_weight([[1, 2]]), KernelError, ["(1, 2)", "out_channels"]),
    # geometry
    "too large": (lambda: sc.conv(K, 2), GeometryError, ["3 pixels", "2 of the padded input"]),
    "too large, dilated": (lambda: sc.conv(K, 4, dilation=2), GeometryError, ["5 pixels", "4 of"]),
    "stride zero": (lambda: sc.conv(K, 5, stride=0), GeometryError, ["stride", "at least 1", "0"]),
    "stride negative": (lambda: sc.conv(K, 5, stride=-1), GeometryError, ["at least 1", "-1"]),
    "stride boolean": (lambda: sc.conv(K, 5, stride=True), GeometryError, ["integer", "True"]),
    "stride float": (lambda: sc.conv(K, 5, stride=2.0), GeometryError, ["integer", "2.0"]),
    "stride fraction": (
        lambda: sc.conv(K, 5, stride=sp.Rational(3, 2)), GeometryError, ["stride", "3/2"],
    ),
    "dilation zero": (lambda: sc.conv(K, 5, dilation=0), GeometryError, ["dilation", "0"]),
    "dilation negative": (lambda: sc.conv(K, 5, dilation=-2), GeometryError, ["dilation", "-2"]),
    "dilation boolean": (lambda: sc.conv(K, 5, dilation=False), GeometryError, ["dilation", "False"]),
    "dilation float": (lambda: sc.conv(K, 5, dilation=1.5), GeometryError, ["dilation", "1.5"]),
    "NumPy boolean": (lambda: sc.conv(K, 5, stride=np.True_), GeometryError, ["stride", "True"]),
    "input dilation": (lambda: sc.conv(K, 5, input_dilation=0), GeometryError, ["input_dilation"]),
    "padding float": (lambda: sc.conv(K, 5, padding=1.5), GeometryError, ["padding", "1.5"]),
    "padding name": (lambda: sc.conv(K, 5, padding="half"), GeometryError, ["half", "valid, same"]),
    "padding triple": (lambda: sc.conv(K, 5, padding=((1, 2, 3),)), GeometryError, ["(1, 2, 3)"]),
    "padding pair bare": (lambda: sc.conv(K, 5, padding=(1, 2)), GeometryError, ["((1, 2),)"]),
    "strides for two": (lambda: sc.conv(K, 5, stride=(1, 2)), GeometryError, ["(1, 2)", "1 axes"]),
    "axes": (lambda: sc.conv(K2, 5), GeometryError, ["size 5 has 1 axes", "kernel has 2"]),
    "padding for two": (lambda: sc.conv(K2, (5, 5), padding=(1, 1, 1)), GeometryError, ["(1, 1, 1)", "2 axes"]),
    "size boolean": (lambda: sc.conv(K, True), GeometryError, ["image size", "True"]),
    "size float": (lambda: sc.conv(K, 5.0), GeometryError, ["image size", "5.0"]),
    "huge image": (lambda: sc.conv(K, 2**63), GeometryError, ["9223372036854775808", "2**63 - 1"]),
    "huge crop": (lambda: sc.conv(K, 4, padding=-HUGE), GeometryError, ["-9223372036854775804"]),
    "huge transpose": (
        lambda: sc.conv_transpose(K, 4, dilation=HUGE), GeometryError, ["9223372036854775812", "2**63"],
    ),
    "output padding boolean": (
        lambda: sc.conv_transpose(K, 3, output_padding=True), GeometryError, ["output_padding", "True"],
    ),
    "mode None": (lambda: sc.conv(K, 5, padding_mode=None), GeometryError, ["None", "circular"]),
    "text size": (lambda: sc.conv(K, "5"), GeometryError, ["'5'", "integer"]),
    "empty image": (lambda: sc.conv(K, 0), GeometryError, ["image size 0", "1 to"]),
    "negative image": (lambda: sc.identity((3, -1)), GeometryError, ["image size -1"]),
    "no axes": (lambda: sc.identity(()), GeometryError, ["at least one axis"]),
    "output padding": (
        lambda: sc.conv_transpose(K, 3, stride=2, output_padding=2), GeometryError,
        ["output_padding=2", "max(stride, dilation) = 2"],
    ),
    "output padding negative": (
        lambda: sc.conv_transpose(K, 3, output_padding=-1), GeometryError, ["output_padding", "-1"],
    ),
    "output padding with same": (
        lambda: sc.conv_transpose(K, 3, stride=2, padding="same", output_padding=1), GeometryError,
        ["same", "output_padding=1"],
    ),
    "all cropped": (
        lambda: sc.conv_transpose(K, 2, padding=2), GeometryError, ["(2, 2)", "all of the 4"],
    ),
    "reflect": (
        lambda: sc.conv(K, 3, padding=3, padding_mode="reflect"), GeometryError,
        ["reflect padding 3", "at least 4", "has 3"],
    ),
    "huge replication": (
        lambda: sc.conv(K, 4, padding=10**9, padding_mode="replicate"),
        BudgetError,
        ["1000000000 pixels of replicate padding", "250", "limits(entries=20000000000000)"],
    ),
    "text put in": (lambda: K.subs("k", "__import__('os')"), KernelError, ["text 'k'"]),
    "text into an operator": (
        lambda: sc.conv(K, 5).subs({K[0]: "open('x')"}),
        KernelError,
        ["text", "open"],
    ),
    "subs of three": (lambda: K.subs(1, 2, 3), KernelError, ["3 arguments"]),
    "size fraction": (lambda: sc.conv(K, n).at({n: 2.5}), GeometryError, ["size n", "2.5"]),
    "size too small": (lambda: sc.conv(K, n).at({n: 2}), GeometryError, ["image size 0", "1 to"]),
    "circular": (
        lambda: sc.conv(K, 3, padding=4, padding_mode="circular"),
        GeometryError,
        ["circular padding 4", "at least 4", "has 3"],
    ),
    "mode": (
        lambda: sc.conv(K, 5, padding_mode="mirror"), GeometryError,
        ["'mirror'", "zeros, circular, reflect, replicate, symmetric"],
    ),
    "huge padding": (lambda: sc.conv(K, 4, padding=HUGE), GeometryError, ["2**63 - 1"]),
    "huge dilation": (lambda: sc.conv(K, 4, dilation=HUGE), GeometryError, ["more than the 4"]),
    "transpose of an axis": (
        lambda: sc.conv(K, 5, padding_mode="circular").provenance.axes[0].T, GeometryError,
        ["'circular'", "no convolution"],
    ),
    # symbolic sizes
    "residue": (lambda: sc.conv(K, n, stride=2), ResidueError, ["n", "2*m + r", "residue_cases"]),
    "two symbols": (lambda: sc.conv(K, n + m), GeometryError, ["m + n", "2 symbols"]),
    "quadratic": (lambda: sc.conv(K, n**2), GeometryError, ["n**2", "a + b*n"]),
    "two sizes multiplied": (lambda: sc.conv(K, n * m), GeometryError, ["m*n", "2 symbols"]),
    "float times n": (lambda: sc.conv(K, 2.0 * n), GeometryError, ["2.0*n", "integers a and b"]),
    "residue with same": (
        lambda: sc.conv(K, n, stride=3, padding="same"), ResidueError, ["3*m + r", "0..2"],
    ),
    "fraction of n": (lambda: sc.conv(K, n / 2), GeometryError, ["n/2", "integers a and b"]),
    "shrinking": (lambda: sc.conv(K, 5 - n), GeometryError, ["5 - n", "shrinks"]),
    "negative n": (
        lambda: sc.conv(K, sp.Symbol("q", negative=True)), GeometryError, ["q", "positive integer"],
    ),
    "explicit": (lambda: sc.conv(K, n).as_explicit(), ShapeError, ["(n - 2)", "symbolic", "at("]),
    "at": (lambda: sc.conv(K2, (n, m)).at({n: 5}), ShapeError, ["value for m"]),
    # operators
    "product": (
        lambda: sc.conv(K, 5) @ sc.conv(K, 5), ShapeError, ["takes (5,)", "gives (3,)"],
    ),
    "sum": (lambda: sc.conv(K, 5) + sc.conv(K, 6), ShapeError, ["(5,) -> (3,)", "(6,) -> (4,)"]),
    "star": (lambda: sc.conv(K, 5) * sc.conv(K, 5), ShapeError, ["A @ B"]),
    "division by zero of an operator": (lambda: sc.conv(K, 5) / 0, SymconvError, ["0"]),
    "infinite scalar": (lambda: sp.oo * sc.conv(K, 5), KernelError, ["oo", "not finite"]),
    "oo put in": (lambda: sc.conv(K, 5).subs(K[0], sp.oo), KernelError, ["oo", "not finite"]),
    "index below": (lambda: sc.conv(K, 5)[-4, 0], ShapeError, ["index -4", "3 pixels"]),
    "column": (lambda: sc.conv(K, 5)[0, 5], ShapeError, ["index 5", "5 pixels"]),
    "index float": (lambda: sc.conv(K, 5)[1.5, 0], SymconvError, ["1.5", "integer"]),
    "index boolean": (lambda: sc.conv(K, 5)[True, 0], SymconvError, ["True", "integer"]),
    "float scalar": (lambda: 0.5 * sc.conv(K, 5), KernelError, ["0.5", "Rational(1, 2)"]),
    "row": (lambda: sc.conv(K, 5)[0], ShapeError, ["op[i, j]", "op[0]"]),
    "index": (lambda: sc.conv(K, 5)[3, 0], ShapeError, ["index 3", "3 pixels"]),
    "pixel": (lambda: sc.conv(K2, (4, 4)).entry((0, 2), 0), ShapeError, ["(0, 2)", "(2, 2)"]),
    "pixel rank": (lambda: sc.conv(K2, (4, 4)).entry((0,), 0), ShapeError, ["(0,)", "(2, 2)"]),
    "image": (lambda: sc.conv(K, 5) @ [1, 2, 3], ShapeError, ["(3,)", "(5,)", "vector of 5"]),
    "float image": (lambda: sc.conv(K, 3) @ [1, 0.5, 2], KernelError, ["image entry 0.5"]),
    "too many entries": (
        lambda: sc.conv(K2, (9000, 9000)).as_explicit(), BudgetError, ["728676036", "closed_form"],
    ),
    "no size": (lambda: (-sc.conv(K, 9)).split(), ShapeError, ["has no split"]),
    # numbers
    "no values": (lambda: sc.to_numpy(sc.conv(K, 5)), KernelError, ["k_{0}", "mapping"]),
    "wrong shape": (lambda: sc.to_numpy(sc.conv(K, 5), [1, 2]), KernelError, ["(2,)", "(3,)"]),
    "two kernels": (
        lambda: sc.to_numpy(sc.conv(sc.Kernel.symbolic("l", 3), 3) @ sc.conv(K, 5), [1, 2, 3]),
        KernelError, ["there are 2", "mapping"],
    ),
    "no symbol": (
        lambda: sc.to_numpy(sc.conv([n, 2 * n], 5), [1, 2]), KernelError, ["2*n", "mapping"],
    ),
    "contradiction": (
        lambda: sc.to_numpy(sc.conv([n, m, n], 5), [1, 2, 3]), KernelError, ["n", "different"],
    ),
    "nan value": (
        lambda: sc.to_numpy(sc.conv(K, 5), [1, float("nan"), 2]), KernelError, ["k_{1}", "finite"],
    ),
    "inf value": (
        lambda: sc.to_numpy(sc.conv([n, 1], 5), {n: float("inf")}), KernelError, ["inf", "finite"],
    ),
    "oo value": (lambda: sc.to_numpy(sc.conv([n, 1], 5), {n: sp.oo}), KernelError, ["oo", "finite"]),
    "boolean value": (
        lambda: sc.to_numpy(sc.conv(K, 5), [True, False, True]), KernelError, ["True", "k_{0}"],
    ),
    "symbol as value": (
        lambda: sc.to_numpy(sc.conv([n, 1], 5), {n: m}), KernelError, ["m of n", "finite number"],
    ),
    "some values": (
        lambda: sc.to_numpy(sc.conv([n, m], 5), {n: 1}), KernelError, ["no value for m", "mapping"],
    ),
    "ragged values": (lambda: sc.to_numpy(sc.conv(K, 5), [[1, 2, 3], [4]]), SymconvError, ["[4]"]),
    "two batches": (
        lambda: sc.to_numpy(sc.conv([n, m], 5), {n: [1, 2], m: [1, 2, 3]}), SymconvError,
        ["(2,)", "(3,)"],
    ),
    "pole": (lambda: sc.to_numpy(sc.conv([1 / n, 1], 5), {n: 0}), SymconvError, ["1/n", "finite"]),
    "root of a negative": (
        lambda: sc.to_numpy(sc.conv([sp.sqrt(n), 1], 5), {n: -1}), SymconvError, ["sqrt(n)"],
    ),
    "text value": (lambda: sc.to_numpy(sc.conv(K, 5), ["a", "b", "c"]), KernelError, ["k_{0}"]),
    "overflow": (
        lambda: sc.to_numpy(sc.conv(K, 5), [2**63, 0, 0]), ExactOverflowError,
        ["9223372036854775808", "int64", "dtype=object"],
    ),
    "overflow int8": (
        lambda: sc.to_numpy(sc.conv(K, 5), [128, 0, 0], dtype=np.int8), ExactOverflowError,
        ["128", "int8"],
    ),
    "overflow below int8": (
        lambda: sc.to_numpy(sc.conv(K, 5), [-129, 0, 0], dtype=np.int8), ExactOverflowError,
        ["-129", "int8"],
    ),
    "negative in uint8": (
        lambda: sc.to_numpy(sc.conv(K, 5), [-1, 0, 0], dtype=np.uint8), ExactOverflowError,
        ["-1", "uint8"],
    ),
    "beyond float": (
        lambda: sc.to_numpy(sc.conv(K, 5), [10**400, 0, 0], dtype=float), ExactOverflowError,
        ["float64"],
    ),
    "complex in float": (
        lambda: sc.to_numpy(sc.conv(K, 5), [1j, 0, 0], dtype=float), SymconvError, ["1j", "float64"],
    ),
    "complex in int": (
        lambda: sc.to_numpy(sc.conv(K, 5), [1j, 0, 0], dtype=int), SymconvError, ["1j", "int64"],
    ),
    "fraction in int": (
        lambda: sc.to_numpy(sc.conv(["1/2"], 5), dtype=int), ExactOverflowError, ["1/2", "int64"],
    ),
    "no memory": (
        lambda: sc.to_numpy(sc.conv(K2, (10**6, 10**6))), ShapeError, ["does not fit in memory"],
    ),
    # LaTeX
    "form": (lambda: sc.latex(sc.conv(K, 5), form="short"), SymconvError, ["'short'", "elided"]),
    "full and huge": (
        lambda: sc.latex(sc.conv(K2, (500, 500)), form="full"),
        SymconvError,
        ["248004 x 250000", "elided"],
    ),
    "form of a symbolic size": (
        lambda: sc.latex(sc.conv(K, n), form="full"), SymconvError, ["'full'", "n - 2", "closed"],
    ),
    "form of a kernel": (lambda: sc.latex(K, form="full"), SymconvError, ["'full'", "Kernel"]),
}  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "words"), CASES.values(), ids=CASES)
def test_message_shows_the_value_and_the_rule(call, kind, words):
    with pytest.raises(kind) as caught:
        call()
    assert isinstance(caught.value, SymconvError)
    assert all(word in str(caught.value) for word in words), str(caught.value)


def test_an_overflow_is_pythons_overflow_too():
    assert issubclass(ExactOverflowError, OverflowError)
    assert issubclass(SymconvError, ValueError)


def test_what_is_taken_although_others_refuse_it():
    """The conformance table leaves these open: crop, ceil(size / stride), and PyTorch's limit."""
    assert sc.conv(K, 5, padding=-1).as_explicit().tolist() == [[0, *K.entries, 0]]
    assert sc.conv(K, 5, padding="same", stride=2).output_size == (3,)
    accepted = sc.conv_transpose(K, 4, stride=2, dilation=3, output_padding=2)
    assert accepted.output_size == (15,)
    with pytest.raises(GeometryError, match=r"output_padding=3 must be less than .* = 3"):
        sc.conv_transpose(K, 4, stride=2, dilation=3, output_padding=3)


ANY = sc.conv([1, 2], n)
FACES = {
    "to_numpy": lambda size: sc.to_numpy(sc.conv([1, 2], size)),
    "at": lambda size: sc.to_numpy(ANY.at({n: size})),
    "subs": lambda size: ANY.subs(n, size),
    "closed form": lambda size: (ANY @ ANY.T).closed_form().at({n: size}),
    "determinant": lambda size: sc.determinant(ANY @ ANY.T).at({n: size}),
    "rank": lambda size: sc.rank(ANY).at({n: size}),
    "singular values": lambda size: sc.singular_values(ANY).numeric(sizes={n: size}),
    "lowering": lambda size: sc.testing.assert_lowering(sc.conv([1, 2], size)),
    "PyTorch": lambda size: sc.from_torch("Conv1d", size, kernel_size=2),
    "transposed": lambda size: sc.conv_transpose([1, 2], size),
    "size formula": lambda size: sc.output_size(size, 2),
    "pad": lambda size: sc.pad(size, 1),
}


@pytest.mark.parametrize("size", [0, -3])
@pytest.mark.parametrize("face", FACES)
def test_no_face_takes_an_image_without_pixels(face, size):
    with pytest.raises(GeometryError, match=f"image size {size}: an axis has 1 to"):
        FACES[face](size)


def test_hostile_text_is_not_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ParseError):
        sc.Kernel(["open('owned', 'w')"])
    assert not list(tmp_path.iterdir())
