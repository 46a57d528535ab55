"""The command line: the worked example, derive, and errors that leave nothing behind."""

import itertools
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import sympy as sp

import symconv as sc
from symconv.cli.commands import main
from symconv.cli.inputs import read_image, read_kernel, read_paddings, read_sizes
from symconv.errors import ParseError


def run(*arguments, cwd=None):
    code = "from symconv.cli.commands import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def derive(capsys, *arguments):
    """Standard output of ``symconv derive`` in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["symconv", "derive", *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
    return capsys.readouterr(), exit_.value.code


@pytest.fixture(scope="module")
def example():
    return run()


PAGE = {
    "A": ["1 2 3 0 4 5 6 0 7 8 9 0 0 0 0 0", "0 0 0 0 0 1 2 3 0 4 5 6 0 7 8 9"],
    "AB": ["285 186 154 94", "186 285 106 154", "154 106 285 186", "94 154 186 285"],
    "BA": [
        "1 2 3 0 4 5 6 0 7 8 9 0 0 0 0 0",
        "2 5 8 3 8 14 17 6 14 23 26 9 0 0 0 0",
        "3 8 13 6 12 23 28 12 21 38 43 18 0 0 0 0",
        "⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮ ⋮",
        "0 0 0 0 8 23 38 21 32 68 83 42 56 113 128 63",
        "0 0 0 0 9 26 43 24 36 77 94 48 63 128 145 72",
        "0 0 0 0 0 9 18 27 0 36 45 54 0 63 72 81",
    ],
}


@pytest.mark.parametrize("rows", PAGE.values(), ids=PAGE)
def test_example_prints_the_matrices_to_the_letter(example, rows):
    assert example.returncode == 0, example.stderr
    lines = [line.translate(str.maketrans("", "", "⎡⎢⎣⎤⎥⎦")) for line in example.stdout.split("\n")]
    words = [" ".join(line.split()) for line in lines]
    for row in rows:
        assert any(line.startswith(row) for line in words), row


def test_example_says_why_and_what_was_checked(example):
    assert "A·B is not the identity: its entry (0, 0) is 285, not 1" in example.stdout
    said = " ".join(example.stdout.split())
    assert "its rank is at most 4" in said
    assert "checked against NumPy: A, B, A·B and B·A, all 400 entries" in example.stdout
    assert "r₀₁ = k₀₀k₀₁ + k₀₁k₀₂ + k₁₀k₁₁ + k₁₁k₁₂ + k₂₀k₂₁ + k₂₁k₂₂ = 186" in example.stdout
    assert r"\begin{bmatrix}285 & 186 & 154 & 94\\186" in example.stdout


def test_a_failing_check_exits_with_1(capsys, monkeypatch):
    def disagree(*_):
        raise AssertionError("entry [0, 1] differs: 186 and 187")

    monkeypatch.setattr("symconv.cli.example.assert_lowering", disagree)
    monkeypatch.setattr(sys, "argv", ["symconv"])
    with pytest.raises(SystemExit) as exit_:
        main()
    assert exit_.value.code == 1
    out, err = capsys.readouterr()
    assert (out, err) == (
        "",
        "symconv: error: a check failed: entry [0, 1] differs: 186 and 187\n",
    )


@pytest.mark.parametrize("arguments", [(), ("derive", "--kernel", "2", "--input", "3")])
def test_output_is_utf_8_whatever_the_locale(arguments):
    done = subprocess.run(
        [sys.executable, "-c", "from symconv.cli.commands import main; main()", *arguments],
        capture_output=True,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert "⎣" in done.stdout.decode("utf-8")


def test_piped_output_is_plain_and_fits(example):
    assert "\x1b" not in example.stdout
    prose = [line for line in example.stdout.split("\n") if "begin{" not in line]
    assert max(map(len, prose)) <= 83


@pytest.mark.parametrize("option", ["--version", "--help"])
def test_version_and_help_do_not_load_sympy(option):
    code = (
        "import sys\nfrom symconv.cli.commands import main\ntry: main()\n"
        "except SystemExit: print('sympy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, option], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().endswith("False")


# --- derive ------------------------------------------------------------------------------------

K3 = sc.Kernel.arange((3, 3))
DERIVED = {
    "numbers": (("--kernel", "1,2,3;4,5,6;7,8,9", "--input", "4x4"), sc.conv(K3, (4, 4))),
    "symbols": (("--kernel", "2", "--input", "3"), sc.conv(sc.Kernel.symbolic("k", 2), 3)),
    "fractions": (("--kernel", "0.1,-2/3", "--input", "3"), sc.conv(["0.1", "-2/3"], 3)),
    "gram": (
        ("--kernel", "3", "--input", "5", "--padding", "0:1", "--stride", "2", "--product", "CtC"),
        (lambda C: C.T @ C)(
            sc.conv(sc.Kernel.symbolic("k", 3), 5, stride=2, padding=((0, 1),))
        ),
    ),
    "circular": (
        ("--kernel", "1,2;3,4", "--input", "3,4", "--padding", "1x0", "--padding-mode", "circular",
         "--dilation", "1x2", "--product", "Ct"),
        sc.conv([[1, 2], [3, 4]], (3, 4), padding=(1, 0), padding_mode="circular",
                dilation=(1, 2)).T,
    ),
    "transpose": (
        ("--kernel", "1,2,3", "--input", "3", "--stride", "2", "--transpose",
         "--output-padding", "1", "--padding", "1", "--product", "CCt"),
        (lambda T: T @ T.T)(
            sc.conv_transpose([1, 2, 3], 3, stride=2, padding=1, output_padding=1)
        ),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "expected"), DERIVED.values(), ids=DERIVED)
def test_derive(capsys, arguments, expected):
    matrix = expected.as_explicit()
    (out, err), code = derive(capsys, *arguments, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert found["entries"] == [[str(entry) for entry in row] for row in matrix.tolist()]
    assert found["shape"] == list(matrix.shape)
    (out, _), _ = derive(capsys, *arguments, "--format", "latex")
    assert out == sp.latex(expected) + "\n"
    (out, _), _ = derive(capsys, *arguments, "--format", "sympy")
    assert eval(out, vars(sp)) == matrix  # our own text, made to be pasted


ROW = sc.Kernel.symbolic("k", 3)
ANY_SIZE = {
    "one axis": (("--kernel", "3", "--input", "n"), lambda n: sc.conv(ROW, n)),
    "odd sizes": (
        ("--kernel", "3", "--input", "2*n+1", "--stride", "2", "--product", "CtC"),
        lambda n: gram(sc.conv(ROW, 2 * n + 1, stride=2)),
    ),
    "transposed": (
        ("--kernel", "3", "--input", "n", "--stride", "2", "--transpose"),
        lambda n: sc.conv_transpose(ROW, n, stride=2),
    ),
    "two axes": (
        ("--kernel", "2x2", "--input", "n,4", "--padding", "0:1,0:0"),
        lambda n: sc.conv(sc.Kernel.symbolic("k", (2, 2)), (n, 4), padding=((0, 1), (0, 0))),
    ),
}


def gram(C):
    return C.T @ C


@pytest.mark.parametrize(("arguments", "made"), ANY_SIZE.values(), ids=ANY_SIZE)
def test_any_size(capsys, arguments, made):
    """The cases that are written, entry by entry, against the matrix of a size."""
    n = sp.Symbol("n")
    (out, err), code = derive(capsys, *arguments, "--format", "json")
    assert (code, err) == (0, "")
    found = json.loads(out)
    (text, _), _ = derive(capsys, *arguments, "--format", "sympy")
    pasted = eval(text, vars(sp))  # our own text, made to be pasted
    size = found["valid_from"]["n"] + 2
    expected = made(size)
    matrix = expected.as_explicit()
    shape = [sp.sympify(s).subs(n, size) for s in found["shape"]]
    assert shape == list(matrix.shape)
    names = {symbol.name: symbol for symbol in expected.free_symbols}
    axes = len(expected.output_size)
    indices = sp.symbols("i j" if axes == 1 else "i_1 i_2 j_1 j_2")

    def value(expr, pixel):
        return expr.subs({n: size, **dict(zip(indices, pixel, strict=True))})

    cases = [
        (eval(case["entry"].replace("{", "").replace("}", "").replace(",", "_"),
              {s.replace("{", "").replace("}", "").replace(",", "_"): v for s, v in names.items()}),
         sp.sympify(case["where"]))
        for case in found["cases"]
    ]  # fmt: skip
    ranges = [range(int(s)) for s in (*expected.output_size, *expected.input_size)]
    for at, pixel in enumerate(itertools.product(*ranges)):
        entry = matrix[at // matrix.cols, at % matrix.cols]
        met = [e for e, where in cases if value(where, pixel) == sp.true]
        assert (met or [0]) == [entry]
        assert value(pasted, pixel) == entry


def test_the_closed_form_in_a_terminal(capsys):
    (out, _), code = derive(capsys, "--kernel", "2", "--input", "n", "--product", "CtC")
    assert code == 0
    assert out == (
        "entry (i, j) of the n × n matrix, for every n ≥ 2:\n"
        "  r₀   where i = j ∧ i ≥ 1 ∧ i ≤ n - 2\n"
        "  r₁   where i - j = -1\n"
        "  r₁   where i - j = 1\n"
        "  k₀²  where i = 0 ∧ j = 0\n"
        "  k₁²  where i = n - 1 ∧ j = n - 1\n"
        "  0    elsewhere\n"
        "with r₀ = k₀² + k₁²\n"
        "     r₁ = k₀k₁\n"
    )
    (out, _), _ = derive(capsys, "--kernel", "3x3", "--input", "nxn", "--product", "CtC")
    assert out.startswith(
        "n² × n² matrix, from n×n pixels to n×n pixels\n(Cᵀ C)[i,j] = r[i - j] - Σ["
    )
    (out, _), _ = derive(capsys, "--kernel", "3x3", "--input", "nxn", "--product", "CCt")
    assert "(C Cᵀ)[i,j] = r[i - j]\n" in out


@pytest.mark.parametrize("kind", ["latex", "document", "markdown", "mathematica", "matlab"])
def test_any_size_in_every_format(capsys, kind):
    (out, err), code = derive(capsys, "--kernel", "3", "--input", "n", "--format", kind)
    assert (code, err) == (0, "")
    assert "k" in out


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4x5", [{"": 4}, {"": 5}]), ("n", {"n": 1}), (" n x m ", [{"n": 1}, {"m": 1}]), ("2m+1", {"m": 2, "": 1}),
        ("m*3 - 2", {"m": 3, "": -2}), ("n_1,4", [{"n_1": 1}, {"": 4}]), ("n-1+n", {"n": 2, "": -1}),
    ],
)  # fmt: skip
def test_sizes_with_names(text, size):
    def expr(terms):
        parts = (b * sp.Symbol(name) if name else sp.Integer(b) for name, b in terms.items())
        return sum(parts, sp.S.Zero)

    expected = [expr(t) for t in size] if isinstance(size, list) else expr(size)
    assert read_image(text, sc.Kernel([1])) == expected


@pytest.mark.parametrize(
    "text",
    ["", "x", "n,", "n n", "2 3", "n+", "+", "*n", "2*", "n*m", "2**n", "n/2", "1e5", "2n1", "n(1)",
     "0.5n", "n;m", "n'", "9" * 20 + "*n", "n" * 300, "²n", "n\x00"],
)  # fmt: skip
def test_what_is_no_size(text):
    with pytest.raises(ParseError, match="is neither a number nor a"):
        read_image(text, sc.Kernel([1]))


GRAM = ("--kernel", "1,2;3,a", "--input", "3x3", "--product", "CCt")


@pytest.mark.parametrize("form", [None, "full", "elided", "blocks", "closed", "kron"])
def test_forms(capsys, form):
    C = sc.conv([[1, 2], [3, "a"]], (3, 3))
    chosen = () if form is None else ("--form", form)
    (out, _), _ = derive(capsys, *GRAM, *chosen, "--format", "latex")
    assert out == sc.latex(C @ C.T, form) + "\n"
    (out, _), _ = derive(capsys, *GRAM, *chosen, "--format", "markdown")
    assert out == sc.to_markdown(C @ C.T, form) + "\n"


def test_documents(capsys, tmp_path):
    C = sc.conv([[1, 2], [3, "a"]], (3, 3))
    sc.to_document(C @ C.T, tmp_path / "python.tex", "blocks")
    target = tmp_path / "cli.tex"
    made = (*GRAM, "--format", "document", "--form", "blocks", "--output", str(target))
    assert derive(capsys, *made)[1] == 0
    assert target.read_text() == (tmp_path / "python.tex").read_text()


@pytest.mark.skipif(not shutil.which("latexmk"), reason="latexmk is not installed")
def test_pdf(capsys, tmp_path):
    target = tmp_path / "C.pdf"
    (out, err), code = derive(capsys, *GRAM, "--format", "pdf", "--output", str(target))
    assert (code, out, err) == (0, "", "")
    assert target.read_bytes()[:5] == b"%PDF-"
    assert list(tmp_path.iterdir()) == [target]


def test_other_programs(capsys):
    C = sc.conv([[1, 2], [3, "a"]], (3, 3))
    for name, write in (("mathematica", sc.to_mathematica), ("matlab", sc.to_matlab)):
        (out, _), _ = derive(capsys, *GRAM, "--format", name)
        assert out == write(C @ C.T) + "\n"


def test_text_shows_the_matrix(capsys):
    (out, _), _ = derive(capsys, "--kernel", "1,2", "--input", "3")
    assert out == "2 × 3 matrix, from 3 pixels to 2 pixels\n⎡1  2  0⎤\n⎣0  1  2⎦\n"


def test_a_large_matrix_is_elided(capsys):
    (out, _), _ = derive(capsys, "--kernel", "3x3", "--input", "1000x1000", "--product", "CtC")
    assert len(out.split("\n")) <= 20
    assert max(map(len, out.split("\n"))) <= 100


def test_files(capsys, tmp_path):
    np.save(tmp_path / "k.npy", np.arange(4).reshape(2, 2))
    (tmp_path / "k.csv").write_text("0,1\n2,3\n")
    for name in ("k.npy", "k.csv"):
        (out, _), _ = derive(
            capsys, "--kernel", str(tmp_path / name), "--input", "2x2", "--format", "json"
        )
        assert json.loads(out)["entries"] == [["0", "1", "2", "3"]]


def test_output_is_whole_or_not_there(capsys, tmp_path):
    target = tmp_path / "C.tex"
    arguments = ("--kernel", "2", "--format", "latex", "--output", str(target))
    (out, _), code = derive(capsys, *arguments, "--input", "1")
    assert (code, out, list(tmp_path.iterdir())) == (2, "", [])
    (out, _), code = derive(capsys, *arguments, "--input", "3")
    assert (code, out) == (0, "")
    assert target.read_text() == sp.latex(sc.conv(sc.Kernel.symbolic("k", 2), 3)) + "\n"
    assert list(tmp_path.iterdir()) == [target]


def test_output_keeps_links_and_permissions(capsys, tmp_path):
    real, link = tmp_path / "real.tex", tmp_path / "link.tex"
    real.write_text("old")
    real.chmod(0o640)
    link.symlink_to(real)
    assert derive(capsys, "--kernel", "2", "--input", "3", "--output", str(link), "--force")[1] == 0
    assert link.is_symlink()
    assert "k₀" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640


def test_a_new_file_has_the_usual_permissions(capsys, tmp_path):
    (tmp_path / "usual").touch()
    new = tmp_path / "C.txt"
    derive(capsys, "--kernel", "2", "--input", "3", "--output", str(new))
    assert new.stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_write_that_fails_leaves_the_old_file(capsys, tmp_path, monkeypatch):
    target = tmp_path / "C.txt"
    target.write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    (_, err), code = derive(
        capsys, "--kernel", "2", "--input", "3", "--output", str(target), "--force"
    )
    assert (code, target.read_text()) == (2, "old")
    assert err == f"symconv: error: --output {target} cannot be written: No space left on device\n"
    assert list(tmp_path.iterdir()) == [target]


def test_output_replaces_no_pipe_and_no_folder(capsys, tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for target in (pipe, tmp_path):
        (_, err), code = derive(capsys, "--kernel", "2", "--input", "3", "--output", str(target))
        assert code == 2
        assert "no regular file" in err
    assert pipe.is_fifo()


HOSTILE = [
    "__import__('os').system('touch owned')",
    "1,open('owned','w')",
    "1e999999999",
    "9" * 2000,
    "1,2;3",
    "nan",
    "1,,2",
    "0x0",
    "999999999",
    "99999x99999",
    "",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_kernels_are_refused(capsys, tmp_path, monkeypatch, text):
    monkeypatch.chdir(tmp_path)
    (out, err), code = derive(capsys, "--kernel", text, "--input", "9")
    assert (code, out) == (2, "")
    assert err.startswith("symconv: error: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_pickles_are_refused(capsys, tmp_path):
    path = tmp_path / "k.npy"
    np.save(path, np.array([1, "x", None], dtype=object), allow_pickle=True)
    (_, err), code = derive(capsys, "--kernel", str(path), "--input", "9")
    assert code == 2
    assert "without pickle" in err
    path.write_bytes(pickle.dumps([1, 2]))
    assert derive(capsys, "--kernel", str(path), "--input", "9")[1] == 2


def npy(header):
    header = header.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


BROKEN = {
    "empty": b"",
    "short": b"\x93NUMPY\x01",
    "archive": b"PK\x03\x04",
    "no dictionary": npy("[" * 50),
    "huge": npy("{'descr': '<i8', 'fortran_order': False, 'shape': (10**30,), }"),
    "larger than memory": npy(
        "{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999999999,), }"
    ),
    "truncated": npy("{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }"),
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN)
def test_broken_arrays_are_refused(capsys, tmp_path, content):
    path = tmp_path / "k.npy"
    path.write_bytes(content)
    (out, err), code = derive(capsys, "--kernel", str(path), "--input", "9")
    assert (code, out) == (2, "")
    assert err.startswith(f"symconv: error: {path} is no array")
    assert err.count("\n") == 1


def test_arrays_of_floats_are_the_fractions_that_they_hold(tmp_path):
    np.save(tmp_path / "k.npy", np.array([0.5, 1, 0.1], dtype=np.float32))
    kernel = read_kernel(str(tmp_path / "k.npy"))
    assert kernel == sc.Kernel(["1/2", 1, "13421773/134217728"])


def test_csv_of_a_spreadsheet(capsys, tmp_path):
    (tmp_path / "k.csv").write_text('"1/2",0.1\n a ,-3\n', encoding="utf-8-sig")
    assert read_kernel(str(tmp_path / "k.csv")) == sc.Kernel([["1/2", "0.1"], ["a", -3]])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--kernel", "3", "--input", "4.5"), "--input '4.5': '4.5' is neither a number"),
        (("--kernel", "3", "--input", "n*n"), "nor a + b*name with integers a and b; write 4x4"),
        (("--kernel", "3", "--input", "__import__('os')"), "is neither a number"),
        (("--kernel", "3", "--input", "i"), "i is no size; i and j count pixels"),
        (("--kernel", "a,n", "--input", "n"), "n is an entry of the kernel already"),
        (("--kernel", "3", "--input", "m+n"), "image size m + n has 2 symbols; an axis has one"),
        (("--kernel", "3", "--input", "-n"), "image size -n shrinks as n grows"),
        (("--kernel", "3", "--input", "n", "--stride", "2"), "write the size with n = 2*m + r"),
        (("--kernel", "3", "--input", "n", "--format", "latex", "--form", "full"), "is symbolic"),
        (("--kernel", "3", "--input", "5", "--padding", "wide"), "none of valid, same, full"),
        (("--kernel", "3", "--input", "5", "--padding-mode", "round"), "zeros, circular"),
        (("--kernel", "3", "--input", "5", "--output-padding", "1"), "goes with --transpose"),
        (("--kernel", "200x200", "--input", "300x300"), "200x200 has more than the 10000 taps"),
        (("--kernel", "3", "--input", "5", "--output", "no/C.txt"), "--output no/C.txt cannot be"),
        (("--kernel", "missing.npy", "--input", "5"), "No such file"),
        (("--kernel", "3x3", "--input", "99x99", "--format", "json"), "9409 x 9801 entries"),
        (("--kernel", "3x3", "--input", "99x99", "--format", "sympy"), "text and latex elide"),
        (("--kernel", "3", "--input", "5", "--transpose", "--padding-mode", "reflect"), "zeros"),
        (
            ("--kernel", "3", "--input", "5", "--form", "full"),
            "--form full goes with --format latex",
        ),
        (("--kernel", "3", "--input", "5", "--format", "pdf"), "--format pdf needs --output"),
    ],
)
def test_errors_are_one_line(capsys, arguments, words):
    (out, err), code = derive(capsys, *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_readers():
    assert read_kernel("a,b").free_symbols == {sp.Symbol("a", real=True), sp.Symbol("b", real=True)}
    assert read_kernel("1,2;").size == (1, 2)
    assert read_sizes("-1", "--padding") == -1
    assert read_paddings("0:-1x2:3") == [[0, -1], [2, 3]]
    with pytest.raises(ParseError, match="3 is no"):
        read_paddings("1:2:3 is no")


def test_an_unknown_statement_is_one_sentence_and_suggests_only_what_is_near():
    far, near = run("verify", "nosuch"), run("verify", "adjont")
    assert (far.returncode, near.returncode) == (2, 2)
    assert far.stderr.count("\n") == near.stderr.count("\n") == 1
    assert "'nosuch'; statements() and symconv verify list them" in far.stderr
    assert near.stderr.endswith("near it: adjoint\n")


@pytest.mark.parametrize("word", ["nan", "NaN", "-inf", "+Infinity", "oo", "-OO", "zoo", " inf "])
def test_what_is_not_finite_is_no_name(word):
    with pytest.raises(ParseError, match="no finite number, and no name"):
        read_kernel(f"1,{word};2,3")
    with pytest.raises(ParseError):
        read_image(word.strip(), sc.Kernel([1, 2]))
    assert read_kernel("nano,info").free_symbols == set(sp.symbols("nano info", real=True))


def test_the_module_is_the_command_line():
    arguments = ["derive", "--kernel", "1,2", "--input", "3"]
    module = [sys.executable, "-m", "symconv", *arguments]
    found = subprocess.run(module, capture_output=True, text=True, check=False)
    expected = run(*arguments)
    assert (found.returncode, found.stdout, found.stderr) == (0, expected.stdout, "")
    wrong = subprocess.run([*module[:3], "derive"], capture_output=True, text=True, check=False)
    assert wrong.returncode == 2


@pytest.mark.parametrize("size", ["0", "-1", "0x4", "4x-2"])
def test_an_image_without_pixels_is_refused(size, capsys):
    kernel = "3x3" if "x" in size else "3"
    out, code = derive(capsys, "--kernel", kernel, "--input", size)
    assert code == 2
    assert out.out == ""
    assert "pixels" in out.err


LATEXMK = """#!/bin/sh
mkdir -p "$TMPDIR/running"
sleep 30
"""


def test_a_signal_ends_latex_and_removes_its_folder(tmp_path):
    """SIGTERM ends the command line as Ctrl-C does."""
    programs, temporary = tmp_path / "programs", tmp_path / "temporary"
    programs.mkdir()
    temporary.mkdir()
    for name in ("latexmk", "pdflatex"):
        (programs / name).write_text(LATEXMK)
        (programs / name).chmod(0o755)
    paths = {"PATH": f"{programs}:{os.environ['PATH']}", "TMPDIR": str(temporary)}
    arguments = ["--kernel", "1,2", "--input", "3", "--format", "pdf", "--output", "C.pdf"]
    process = subprocess.Popen(
        [sys.executable, "-m", "symconv", "derive", *arguments],
        env={**os.environ, **paths},
        cwd=tmp_path,
    )
    while not (temporary / "running").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.terminate()
    assert process.wait(20) == 128 + signal.SIGTERM
    assert [p.name for p in temporary.iterdir()] == ["running"]
    assert not (tmp_path / "C.pdf").exists()


# --- the other commands ------------------------------------------------------------------------


def command(capsys, *arguments):
    """Output and exit code of ``symconv`` in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["symconv", *arguments])
        with pytest.raises(SystemExit) as exit_:
            main()
    return capsys.readouterr(), exit_.value.code


LAYER = ("--kernel", "1,2,3", "--input", "5")


def test_explain_says_what_the_function_says_within_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    (out, _), code = command(capsys, "explain", *LAYER)
    assert code == 0
    assert max(map(len, out.split("\n"))) <= 60
    assert out.split() == str(sc.explain(sc.conv([1, 2, 3], 5))).split()


@pytest.mark.parametrize(
    ("name", "start"), [("C.svg", b"<?xml"), ("C.pdf", b"%PDF"), ("C.png", b"\x89PNG")]
)
def test_draw_writes_pictures_and_replaces_none(capsys, tmp_path, name, start):
    target = tmp_path / name
    assert command(capsys, "draw", *LAYER, "--output", str(target))[1] == 0
    made = target.read_bytes()
    assert made.startswith(start)
    (_, err), code = command(capsys, "draw", *LAYER, "--product", "CtC", "--output", str(target))
    assert (code, target.read_bytes()) == (2, made)
    assert err == f"symconv: error: --output {target} is there already: --force replaces it\n"
    arguments = (*LAYER, "--product", "CtC", "--force", "--output", str(target))
    assert command(capsys, "draw", *arguments)[1] == 0
    assert target.read_bytes() != made
    assert list(tmp_path.iterdir()) == [target]


def test_animate_writes_what_the_function_writes(capsys, tmp_path):
    film, own = tmp_path / "film.svg", tmp_path / "own.svg"
    arguments = ("animate", *LAYER, "--transpose", "--seconds", "0.5", "--output", str(film))
    assert command(capsys, *arguments)[1] == 0
    sc.animate(sc.conv_transpose([1, 2, 3], 5), own, seconds=0.5)
    assert film.read_text() == own.read_text()
    (_, err), code = command(capsys, *arguments)
    assert (code, "--force" in err) == (2, True)


def test_pictures_of_other_endings_are_refused(capsys, tmp_path):
    for name, ending in (("draw", "C.docx"), ("animate", "C.avi")):
        (_, err), code = command(capsys, name, *LAYER, "--output", str(tmp_path / ending))
        assert code == 2
        assert "does not end in one of" in err
    assert not list(tmp_path.iterdir())


def test_derive_and_verify_replace_no_file(capsys, tmp_path):
    target = tmp_path / "old.txt"
    target.write_text("old")
    for arguments in (
        ("derive", *LAYER, "--output", str(target)),
        ("verify", "guide-1", "--json", str(target)),
    ):
        (_, err), code = command(capsys, *arguments)
        assert (code, target.read_text()) == (2, "old")
        assert "is there already: --force replaces it" in err


@pytest.mark.parametrize("name", ["derive", "explain", "draw", "animate", "verify"])
def test_help_has_a_column_of_40_characters_or_more(name):
    done = subprocess.run(
        [sys.executable, "-c", "from symconv.cli.commands import main; main()", name, "--help"],
        capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "80"},
    )  # fmt: skip
    words = [line.rstrip(" │") for line in done.stdout.split("\n") if "--help " in line]
    start = words[0].index("Show this message")
    assert 78 - start >= 40
