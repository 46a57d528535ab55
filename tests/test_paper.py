"""The paper: its generated files are current, nothing is typed by hand, and it compiles."""

import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import pywt
from PIL import Image

import symconv as sc

PAPER = Path(__file__).parents[1] / "paper"
GENERATED = PAPER / "generated"
MAIN = (PAPER / "main.tex").read_text()


def load_build():
    sys.path.insert(0, str(PAPER))  # its own parts are beside it
    spec = importlib.util.spec_from_file_location("paper_build", PAPER / "build.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


build = load_build()
checks, examples, formulas, frameworks, tables = (
    importlib.import_module(f"parts.{name}")
    for name in ("checks", "examples", "formulas", "frameworks", "tables")
)


def table(name):
    """The numbers in the rows of a generated table."""
    rows = re.findall(r"^(\d+ &.*?) *\\\\", (GENERATED / name).read_text(), re.MULTILINE)
    return [[float(cell) for cell in row.split("&")] for row in rows]


def number(name):
    """What a macro prints, without the thin spaces."""
    made = re.search(rf"newcommand\{{\\{name}\}}\{{\\ensuremath\{{(.*?)\}}\}}",
                     (GENERATED / "numbers.tex").read_text())  # fmt: skip
    return int(made[1].replace(r"\,", ""))


# --- the generated files -----------------------------------------------------------------------


def test_the_generated_text_is_what_the_code_makes_now(tmp_path):
    for name, text in build.texts():
        (tmp_path / name).write_text(text)
    made = {path.name: path.read_text() for path in tmp_path.iterdir()}
    kept = {path.name: path.read_text() for path in GENERATED.glob("*.tex")}
    assert made == {name: text for name, text in kept.items() if name not in build.RECORDED}


def test_the_figures_are_what_the_code_makes_now(tmp_path):
    pictures = dict(build.pictures())
    assert {path.name for path in GENERATED.glob("*.pdf")} == set(pictures)
    other = [name for name in pictures if pictures[name] != (GENERATED / name).read_bytes()]
    if other and not shutil.which("pdftoppm"):
        pytest.skip("pdftoppm is not installed, and this is another release of matplotlib")
    for name in other:
        (tmp_path / name).write_bytes(pictures[name])
        assert difference(tmp_path / name, GENERATED / name, tmp_path) < 0.02, name


def difference(one, other, folder):
    """Share of the pixels by which two PDF pages differ."""
    images = []
    for number, path in enumerate((one, other)):
        target = folder / f"{path.stem}{number}"
        command = ["pdftoppm", "-png", "-singlefile", "-r", "60", str(path), str(target)]
        subprocess.run(command, check=True)
        images.append(Image.open(f"{target}.png").convert("L"))
    first, second = (np.asarray(image.resize((400, 300)), dtype=float) for image in images)
    return (np.abs(first - second) > 64).mean()


@pytest.mark.skipif(not shutil.which("pdftoppm"), reason="pdftoppm is not installed")
def test_figures_that_differ_are_told_apart(tmp_path):
    one, other = GENERATED / "board.pdf", GENERATED / "no-board.pdf"
    assert difference(one, one, tmp_path) == 0
    assert difference(one, other, tmp_path) > 0.02


def test_building_writes_the_same_files_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "FRAGMENTS", {"valid": build.FRAGMENTS["valid"]})
    monkeypatch.setattr(build, "TABLES", {})
    monkeypatch.setattr(build, "FIGURES", {"matrix": build.FIGURES["matrix"]})
    build.build(tmp_path / "made")
    first = {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}
    build.build(tmp_path / "made")
    assert set(first) == {"valid.tex", "matrix.pdf"}
    assert first == {path.name: path.read_bytes() for path in (tmp_path / "made").iterdir()}


# --- what is typed by hand ---------------------------------------------------------------------


def test_no_matrix_is_typed_by_hand():
    assert not re.findall(r"\\begin\{\w*matrix\*?\}|\\begin\{(?:array|tabular)\}", MAIN)


def test_every_generated_file_is_in_the_paper():
    used = set(re.findall(r"gen(?:\[[^]]*\])?\{([\w-]+)\}|input\{generated/([\w-]+)\}", MAIN))
    texts = {f"{one or other}.tex" for one, other in used}
    figures = {f"{name}.pdf" for name in re.findall(r"includegraphics\[.*?\]\{([\w-]+)\}", MAIN)}
    assert texts | figures == {path.name for path in GENERATED.iterdir()}


def test_every_number_is_in_the_paper():
    names = re.findall(r"newcommand\{\\(\w+)\}", (GENERATED / "numbers.tex").read_text())
    assert len(names) > 20
    assert [name for name in names if not re.search(rf"\\{name}(?![A-Za-z])", MAIN)] == []


def test_every_reference_is_cited():
    keys = set(re.findall(r"^@\w+\{(\w+),", (PAPER / "references.bib").read_text(), re.MULTILINE))
    text = MAIN + (GENERATED / "catalogue.tex").read_text()
    cited = ",".join(re.findall(r"\\cite(?:\[.*?\])?\{(.*?)\}", text))
    assert set(cited.split(",")) == keys


def test_every_label_is_referred_to_or_is_a_section():
    labels = set(re.findall(r"\\label\{(.*?)\}", MAIN))
    used = set(re.findall(r"\\(?:eq)?ref\{(.*?)\}", MAIN))
    assert used <= labels
    assert {label for label in labels - used if not label.startswith("sec:")} == set()


# --- what the text claims ----------------------------------------------------------------------


def test_cells_are_as_many_as_the_proposition_says():
    rows = table("times.tex")
    assert [row[0] for row in rows] == [3, 5, 7]
    assert all(cells == (2 * k * k - 2 * k + 1) ** 2 for k, cells, *_ in rows)
    assert number("MillionCells") == 13**2


def test_cells_are_within_their_bounds_and_the_bounds_are_met_without_padding():
    for k, s, d, p, q, _, _, rows, row_bound, columns, column_bound, *_ in sizes():
        assert rows <= row_bound
        assert columns <= column_bound
        if p == q == 0:
            assert (rows, columns) == (row_bound, column_bound)
        if d == 1 and s < k:
            assert column_bound == k**2 + (k - s) ** 2
    assert checks.column_cells(4, 6, 4) == 16 + 1  # 6/gcd(6, 4) = 3 phases
    assert checks.row_cells(3, 1, 1, 100) == 13
    assert checks.row_cells(4, 2, 1, 0) == 3


def sizes():
    """The rows of the table of ranks and cells."""
    rows = [[int(cell) for cell in row] for row in table("sizes.tex")]
    assert len(rows) == len(tables.GEOMETRIES)
    return rows


def test_ranks_are_those_of_the_theorems_and_of_numpy():
    rng = np.random.default_rng(0)
    for k, s, d, p, q, by_rows, by_columns, *_ in sizes():
        if s == 1:
            assert by_rows == p + q
            assert by_columns == 2 * d * (k - 1) - p - q
        weight, size, reach = rng.normal(size=k), 42, d * (k - 1)
        m = (size + p + q - reach - 1) // s + 1
        starts = {o: s * o - p for o in range(-size, 2 * size)}
        inside = [window(weight, d, starts[o], range(-p, size + q)) for o in range(m)]
        padding = [*range(p), *range(p + size, p + size + q)]
        assert np.linalg.matrix_rank(np.array(inside)[:, padding]) == by_rows
        left_out = [window(weight, d, starts[o], range(size)) for o in starts if not 0 <= o < m]
        assert np.linalg.matrix_rank(np.array(left_out)) == by_columns


def in_two_dimensions(weight, size, padding, stride):
    """C of a convolution on a square image, by loops, with its padded positions as columns."""
    rows, cols = weight.shape
    height, width = (n + 2 * padding for n in size)
    out = [range(0, n + 2 * padding - k + 1, s) for n, k, s in zip(size, (rows, cols), stride,
                                                                   strict=True)]  # fmt: skip
    matrix = []
    for i in out[0]:
        for j in out[1]:
            image = np.zeros((height, width))
            image[i : i + rows, j : j + cols] = weight
            matrix.append(image)
    return np.array(matrix)


def test_windows_that_touch_are_the_rank_on_two_axes():
    weight = np.random.default_rng(1).normal(size=(3, 3))
    windows = in_two_dimensions(weight, (5, 5), 1, (1, 1))
    outside = np.ones((7, 7), dtype=bool)
    outside[1:-1, 1:-1] = False
    assert np.linalg.matrix_rank(windows[:, outside]) == number("GramRank") == 5**2 - 3**2
    assert outside.sum() == number("GramPadding")


def test_the_counterexample_with_strides_on_two_axes():
    weight = np.random.default_rng(2).normal(size=(2, 2))
    windows = in_two_dimensions(weight, (2, 3), 2, (1, 2))
    # Windows start two pixels before the image; the layer has those at (2, 2) only.
    starts = [(i, j) for i in range(5) for j in range(0, 6, 2)]
    image = windows[:, 2:4, 2:5].reshape(len(starts), -1)
    left_out = image[[start != (2, 2) for start in starts]]
    assert np.linalg.matrix_rank(left_out) == number("CounterRank")
    assert left_out.any(axis=1).sum() == number("CounterWindows")
    assert left_out.any(axis=0).sum() == number("CounterPixels")


@pytest.mark.parametrize("mode", checks.MODES)
def test_other_paddings_show_the_pixels_that_numpy_shows(mode):
    named = {"circular": "wrap", "replicate": "edge"}.get(mode, mode)
    k, s, n, p, q = 4, 2, 7, 3, 2
    shown = np.pad(np.arange(n), (p, q), mode=named)
    expected = np.zeros(((n + p + q - k) // s + 1, n), dtype=int)
    for o, i in np.ndindex(len(expected), k):
        expected[o, shown[s * o + i]] += 3**i
    C = sc.to_numpy(checks.layer(n, k, s, 1, p, q, mode), 3 ** np.arange(k))
    assert (expected == C).all()


def test_a_check_that_fails_says_so(monkeypatch):
    monkeypatch.setattr(checks, "column_cells", lambda k, s, d: k**2)
    with pytest.raises(ArithmeticError, match="cells of"):
        checks.cell_bounds()
    with pytest.raises(ArithmeticError, match="circulant"):
        checks.require_circulant(sc.conv(examples.ROW, 5, padding=1))


def test_counts_are_those_of_the_catalogue():
    text = (GENERATED / "catalogue.tex").read_text()
    tallies = re.findall(r"& \$(\d+)(?: \+ (\d+))?\$ \\\\ \\addlinespace", text)
    assert len(tallies) == number("Statements") == len(sc.statements())
    assert sum(int(count) for count, _ in tallies) == number("CheckedAll")
    assert sum(int(proofs or 0) for _, proofs in tallies) == number("ProvedAll")


def window(weight, dilation, start, pixels):
    """A row of a convolution: the kernel from a start on, where there are pixels."""
    row = {start + dilation * t: entry for t, entry in enumerate(weight)}
    return [row.get(pixel, 0) for pixel in pixels]


@pytest.mark.parametrize("taps", [4, 6])
def test_the_filters_are_one_but_for_sign_and_reversal(taps):
    found = {tuple(map(float, point.values())) for point in formulas.wavelet(taps).real}
    one = next(iter(found))
    expected = [one, one[::-1], [-w for w in one], [-w for w in one[::-1]]]
    assert np.allclose(sorted(found), sorted(map(tuple, expected)))
    daubechies = pywt.Wavelet(f"db{taps // 2}").rec_lo
    assert any(np.allclose(daubechies, point) for point in found)


def test_a_padding_of_one_accepts_a_kernel_that_is_not_orthogonal():
    corners = np.array([[0.5, 0, 0.5], [0, 0, 0], [0.5, 0, 0.5]])
    padded = np.pad(corners, 1)
    seen = [[(padded[i : i + 3, j : j + 3] * corners).sum() for j in range(3)] for i in range(3)]
    assert np.array_equal(seen, [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    for size, distance in ((4, 0), (5, 13 / 4)):
        C = sc.to_numpy(sc.conv(examples.CORNERS, (size, size))).astype(float)
        assert ((C @ C.T - np.eye(len(C))) ** 2).sum() == distance


# --- frameworks --------------------------------------------------------------------------------

LAYERS = {(str(words), words.pixels): words for pair in frameworks.PAIRS for words in pair}
RUNS = [
    (words, engine) for words in LAYERS.values() for engine in frameworks.RUN_BY[words.framework]
]


@pytest.mark.parametrize(
    ("words", "engine"), RUNS, ids=[f"{e}-{w.layer}-{w.pixels}" for w, e in RUNS]
)
def test_a_framework_computes_the_matrix_that_symconv_reads(words, engine):
    needed = (engine, "jax") if engine == "keras" else (engine,)
    if not all(map(importlib.util.find_spec, needed)):
        pytest.skip(f"{engine} is not installed")
    assert np.array_equal(words.run(engine), words.matrix)


def test_another_layer_is_another_matrix():
    for one, other in frameworks.PAIRS:
        equal = np.array_equal(one.matrix, other.matrix)
        assert equal == (tables.verdict(one.operator, other.operator) == "yes")


def test_the_paper_says_how_many_layers_were_run():
    assert number("Layers") == len(LAYERS)
    assert re.search(
        r"PyTorch \d.*Keras.*SciPy.*ONNX.*JAX", (GENERATED / "frameworks.tex").read_text()
    )


# --- TeX ---------------------------------------------------------------------------------------


@pytest.mark.skipif(not shutil.which("latexmk"), reason="latexmk is not installed")
def test_the_paper_compiles_without_a_warning(tmp_path):
    folder = tmp_path / "paper"
    shutil.copytree(PAPER, folder, ignore=shutil.ignore_patterns("main.[!t]*", "__pycache__"))
    command = ["latexmk", "-norc", "-pdf", "-interaction=nonstopmode", "-halt-on-error", "main.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    assert done.returncode == 0, done.stdout.decode(errors="replace")[-2000:]
    log = (folder / "main.log").read_text(errors="replace")
    assert re.findall(r"^.*(?:Overfull|undefined|Warning).*$", log, re.MULTILINE) == []
    assert "Warning" not in (folder / "main.blg").read_text()
    pages = int(re.search(r"Output written on main\.pdf \((\d+) pages", log)[1])
    assert 8 <= pages <= 20
