"""What ``explore`` shows, without a browser; tests/test_browser.py moves its sliders."""

import itertools
import re
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import sympy as sp
from faces_browser import random_settings

import symconv as sc
from symconv.errors import SymconvError
from symconv.jupyter.pages import (
    Setting,
    closed_formulas,
    explanation,
    headline,
    latex_source,
    matrix_formula,
    operator_of,
    operator_of_any_size,
    product_formulas,
    step_count,
    step_picture,
    symconv_code,
    torch_code,
)
from symconv.jupyter.widgets import GROUPS, SLIDERS, overview, page, pages, way_out
from symconv.plotting.matrix_svg import kernel_svg, matrix_svg
from symconv.plotting.steps import steps_of
from symconv.printing.unicode import one_line
from symconv.typesetting.style import FILLS

SETTINGS = [
    Setting(),
    Setting(size=8),
    Setting(size=8, symbolic=False),
    Setting(axes=1, size=8, stride=2, padding=1),
    Setting(axes=1, size=7, dilation=2, padding=2, padding_mode="circular"),
    Setting(size=5, padding=1, padding_mode="reflect", symbolic=False),
    Setting(transposed=True, size=3, stride=2, padding=1, output_padding=1),
    Setting(transposed=True, size=2, symbolic=False),
    Setting(axes=1, transposed=True, size=4, stride=3, dilation=2, symbolic=False),
]
IMPOSSIBLE = {
    Setting(kernel_size=5): "the kernel covers 5 pixels",
    Setting(padding=4, padding_mode="reflect"): "needs an input of at least 5 pixels",
    Setting(output_padding=1): "only a transposed convolution has one",
    Setting(transposed=True, padding_mode="circular"): "only zeros is possible",
    Setting(transposed=True, stride=2, output_padding=2): "must be less than max(stride, dilation)",
    Setting(transposed=True, size=1, padding=4): "crops all",
}


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_operator_is_what_the_shown_code_makes(setting):
    names = {"sc": sc}
    exec(symconv_code(setting), names)
    made = names["T" if setting.transposed else "C"]
    assert made == operator_of(setting)
    assert made.shape == operator_of(setting).shape


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_torch_code_computes_the_same(setting):
    torch = pytest.importorskip("torch")
    names = {}
    exec(torch_code(setting), names)
    values = names["layer"].weight.detach().numpy()[0, 0] if setting.symbolic else None
    matrix = sc.to_numpy(operator_of(setting), values)
    image = torch.ones(1, 1, *(setting.size,) * setting.axes)
    expected = names["y"].detach().numpy().ravel()
    assert names["layer"](image).shape == names["y"].shape
    np.testing.assert_allclose(matrix @ np.ones(matrix.shape[1]), expected, rtol=1e-5, atol=1e-6)


def test_what_torch_does_not_have_is_said_in_a_comment():
    code = torch_code(Setting(padding=1, padding_mode="symmetric"))
    assert code.startswith("# PyTorch has no such layer")
    exec(code)


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_closed_form_is_of_the_same_layer(setting):
    n = sp.Symbol("n")
    anything = operator_of_any_size(setting)
    value = setting.size if setting.transposed else setting.size // setting.stride
    assert anything.at({n: value}) == operator_of(setting)


@pytest.mark.parametrize("setting", SETTINGS)
def test_all_pages_are_written(setting):
    assert headline(setting).startswith(f"{setting.size} ")
    for title in pages(setting):
        text = page(setting, title)
        assert text
        assert text.count("<div") == text.count("</div>")
    assert len(explanation(setting)) >= 3


def test_formulas_are_named():
    assert matrix_formula(Setting()).startswith(r"$\displaystyle C = \left[")
    first, second = product_formulas(Setting(transposed=True))
    assert first.startswith(r"$\displaystyle \begin{gathered}T T^{\mathsf{T}} = \left[")
    assert second.startswith(
        r"$\displaystyle \begin{gathered}T^{\mathsf{T}} T = \left[\begin{array}{c|c"
    )
    _, narrow = product_formulas(Setting(axes=1))
    assert narrow.startswith(r"$\displaystyle C^{\mathsf{T}} C = \left[\begin{matrix}k_{0}^{2} & ")
    formula, names = closed_formulas(Setting(axes=1))[0].split(r" \\[1em] ")
    begin = r"$\displaystyle \begin{array}{l}\displaystyle "
    assert formula.startswith(begin + r"C C^{\mathsf{T}} = \left[")
    assert formula.endswith(r"_{\left(n - 2\right) \times \left(n - 2\right)}, \quad n \geq 3")
    assert names.startswith(r"\displaystyle \begin{aligned}r_{0} &= k_{0}^{2}")
    assert closed_formulas(Setting(symbolic=False))[0].startswith(
        r"$\displaystyle \begin{aligned}(C C^{\mathsf{T}})_{i,j} &= r_{i - j} \\ i, j &\in "
    )


def test_both_products_have_a_formula_for_any_size():
    rows, columns = closed_formulas(Setting(transposed=True, stride=2))
    assert r"(T T^{\mathsf{T}})_{i,j} &= G_{i,j} - \sum_{" in rows
    assert (
        r"(T^{\mathsf{T}} T)_{i,j} &= r_{2 (i - j)} \\ i, j &\in \{0, \dots, n - 1\}^2" in columns
    )
    ring = closed_formulas(Setting(padding=1, padding_mode="circular"))
    assert all(r"\operatorname{circ}\left(B_{0}, B_{1}, B_{2}, 0" in text for text in ring)
    reflected = closed_formulas(Setting(kernel_size=5, size=8, padding=2, padding_mode="reflect"))
    assert all(r"\vdots & \text{(" in text for text in reflected)


def test_latex_to_copy_is_the_matrix_and_its_products():
    matrix, rows, *_ = latex_source(Setting(symbolic=False))
    assert "$" not in matrix
    C = operator_of(Setting(symbolic=False))
    assert matrix.replace("\n", "") == f"C = {sc.latex(C)}"
    assert rows.replace("\n", "") == rf"C C^{{\mathsf{{T}}}} = {sc.latex(C @ C.T)}"


@pytest.mark.parametrize(("setting", "reason"), IMPOSSIBLE.items())
def test_an_impossible_setting_is_explained_in_place(setting, reason):
    with pytest.raises(SymconvError) as raised:
        operator_of(setting)
    assert reason in str(raised.value)
    assert 'role="alert"' in overview(setting)
    assert reason in overview(setting)
    assert all(page(setting, title) == overview(setting) for title in pages(setting))


def test_a_page_that_a_layer_is_too_large_for_says_so():
    large = Setting(transposed=True, size=8, stride=3, symbolic=False)
    assert "<svg" in overview(large)
    assert "576 pixels to draw one by one are more than 400" in page(large, "Step by step")
    assert all("<pre" in page(large, title) for title in ("LaTeX", "symconv", "PyTorch"))


def test_every_setting_of_the_controls_is_drawn_or_explained():
    values = itertools.product(
        (1, 2), (False, True), (1, 3, 5), (1, 4), (1, 3), (0, 2), (1, 2), (0, 1)
    )
    drawn = 0
    for axes, transposed, kernel_size, size, stride, padding, dilation, extra in values:
        setting = Setting(
            axes, transposed, True, kernel_size, size, stride, padding, dilation, extra
        )
        drawn += "<svg" in overview(setting)
        assert "<svg" in overview(setting) or 'role="alert"' in overview(setting)
    assert drawn > 100


# --- the words ---------------------------------------------------------------------------------


def test_words_have_the_numbers():
    said = " ".join(explanation(Setting(axes=1, size=11, stride=4, padding=3, dilation=4)))
    assert "covers 4·(3 − 1) + 1 = 9 pixels" in said
    assert "⌊(11 + 2·3 − 9) / 4⌋ + 1 = 3 places" in said
    assert "11 pixels pass through 3" in said
    said = " ".join(explanation(Setting(axes=1, transposed=True, stride=2, output_padding=1)))
    assert "2·(4 − 1) + 3 − 2·0 + 1 = 10" in said


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_rank_that_the_words_give_is_true(setting):
    said = " ".join(explanation(setting))
    rank = re.search(r"rank (\d+) at most", said)
    if rank:
        symbols = sorted(operator_of(setting).free_symbols, key=str)
        matrix = sc.to_numpy(operator_of(setting), {s: i**2 + 1 for i, s in enumerate(symbols)})
        assert np.linalg.matrix_rank(matrix) <= int(rank[1]) < max(matrix.shape)
    else:
        assert len(set(operator_of(setting).shape)) == 1


# --- the picture -------------------------------------------------------------------------------


def squares(svg: str) -> dict[tuple[int, int], str]:
    """Place to the title of its square."""
    found = {}
    for path, title in re.findall(r'<path d="([^"]+)"[^>]*><title>([^<]+)</title>', svg):
        for column, row in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
            assert (int(row), int(column)) not in found
            found[int(row), int(column)] = title
    return found


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_picture_has_a_square_for_every_entry(setting):
    C = operator_of(setting)
    rows, cols = C.shape
    entries = {(i, j): one_line(C[i, j]) for i in range(rows) for j in range(cols) if C[i, j] != 0}
    assert squares(matrix_svg(C)) == entries


def test_the_same_tap_has_the_same_colour_in_both_pictures():
    K = sc.Kernel.symbolic("k", (2, 3))
    pattern = r'fill="(#\w+)" [^>]+><title>(k[^<]+)</title>'
    kernel = re.findall(pattern, kernel_svg(K))
    matrix = re.findall(pattern, matrix_svg(sc.conv(K, (4, 4))))
    assert [fill for fill, _ in kernel] == list(FILLS[:6])
    assert set(matrix) == set(kernel)


def test_a_sum_of_taps_is_grey():
    K = sc.Kernel.symbolic("k", 3)
    svg = matrix_svg(sc.conv(K, 4, padding=1, padding_mode="replicate"))
    assert re.search(r'fill="currentColor" [^>]+><title>k₀ \+ k₁</title>', svg)


def test_lines_part_the_rows_of_pixels():
    frame = matrix_svg(sc.conv(sc.Kernel.arange((3, 3)), (4, 5)))
    lines = re.search(r'<path d="(M0 0H20V6H0Z[^"]*)"', frame)[1]
    assert re.findall(r"M0 (\d+)H", lines) == ["0", "3"]
    assert re.findall(r"M(\d+) 0V", lines) == ["5", "10", "15"]


@pytest.mark.parametrize(
    "C",
    [
        sc.conv(sc.Kernel.symbolic("k", (3, 3)), (64, 64), stride=2, padding=1),
        sc.conv(sc.Kernel.symbolic("k", (2, 3)), (4, 90), padding=1, padding_mode="reflect"),
        sc.conv_transpose(sc.Kernel.arange((3, 3)), (31, 30), stride=2),
        sc.conv(sc.Kernel.symbolic("k", 4), 1000, padding=2, padding_mode="circular"),
    ],
)
def test_of_a_large_matrix_the_ends_are_drawn_as_they_are(C):
    svg = matrix_svg(C)
    rows, cols = (
        [int(n) if n else None for n in re.search(rf'data-{axis}="([^"]*)"', svg)[1].split(",")]
        for axis in "yx"
    )
    assert max(len(rows), len(cols)) < 100
    assert (rows[0], rows[-1], cols[0], cols[-1]) == (0, C.shape[0] - 1, 0, C.shape[1] - 1)
    drawn = squares(svg)
    for (y, i), (x, j) in itertools.product(enumerate(rows), enumerate(cols)):
        entry = None if i is None or j is None else C[i, j]
        assert drawn.get((y, x)) == (one_line(entry) if entry else None)
    assert svg.count("stroke-dasharray") == 1


def test_a_matrix_of_millions_of_rows_is_drawn_at_once():
    C = sc.conv(sc.Kernel.arange((3, 3)), (10**4, 10**4))
    start = time.process_time()
    assert 'aria-label="99960004 × 100000000 matrix"' in matrix_svg(C)
    assert time.process_time() - start < 1


# --- the widget --------------------------------------------------------------------------------


@pytest.fixture
def widget():
    pytest.importorskip("ipywidgets")
    return sc.explore(size=8, symbolic=False)


def controls_of(widget):
    return widget.controls


def test_every_control_stands_in_one_group_and_the_step_beside_its_picture(widget):
    groups = zip(GROUPS.values(), widget.children[0].children, strict=True)
    placed = [name for names, _ in groups for name in names]
    assert sorted([*placed, "step"]) == sorted(widget.controls)
    _, tabs = widget.children[1].children
    movers, _ = tabs.children[list(tabs.titles).index("Step by step")].children
    play, slider = movers.children
    assert slider is widget.controls["step"]
    assert (play.max, slider.max) == (35, 35)
    widget.controls["padding"].value = 1
    assert (play.max, slider.max) == (63, 63)


def test_a_slider_changes_the_matrix(widget):
    above, tabs = widget.children[1].children
    assert "36 rows and 64 columns" in above.value
    before = tabs.children[0].value
    controls_of(widget)["stride"].value = 2
    assert "9 rows and 64 columns" in above.value
    assert r"\text{of size } 9 \times 64" in tabs.children[0].value != before


def test_a_page_is_written_when_it_is_opened(widget):
    _, tabs = widget.children[1].children
    words = list(tabs.titles).index("In words")
    assert tabs.children[words].value == ""
    tabs.selected_index = words
    assert "covers 1·(3 − 1) + 1 = 3 pixels" in tabs.children[words].value


def test_controls_of_the_other_layer_are_off_and_do_not_count(widget):
    controls = controls_of(widget)
    above, _ = widget.children[1].children
    assert controls["output_padding"].disabled
    controls["padding"].value = 1
    controls["padding_mode"].value = "circular"
    controls["transposed"].value = True
    assert controls["padding_mode"].disabled
    assert not controls["output_padding"].disabled
    assert "8 × 8 pixels to 8 × 8 pixels" in above.value


def test_an_impossible_setting_shows_its_message_and_the_next_one_the_matrix(widget):
    above, tabs = widget.children[1].children
    controls_of(widget)["dilation"].value = 4
    assert "more than the 8 of the padded input" in above.value
    assert "more than the 8 of the padded input" in tabs.children[0].value
    controls_of(widget)["dilation"].value = 1
    assert "36 rows" in above.value
    assert "alert" not in tabs.children[0].value


def test_without_ipywidgets_it_says_what_to_install():
    code = (
        "import sys; sys.modules['ipywidgets'] = None\n"
        "import symconv as sc\n"
        "try:\n    sc.explore()\nexcept sc.SymconvError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == 'explore() needs ipywidgets: pip install "symconv[jupyter]"\n'


def test_unknown_controls_are_refused():
    with pytest.raises(SymconvError, match="no control colour"):
        sc.explore(colour="red")


# --- one step --------------------------------------------------------------------------------


@pytest.mark.parametrize("transposed", [False, True])
def test_steps_are_those_of_the_pass(transposed):
    setting = Setting(transposed=transposed, size=3, kernel_size=2, stride=2)
    steps = steps_of(operator_of(setting))
    assert step_count(setting) == len(steps)
    pictures = [step_picture(replace(setting, step=k)) for k in range(len(steps))]
    assert len(set(pictures)) == len(steps)
    assert step_picture(replace(setting, step=99)) == pictures[-1]


def test_the_step_slider_ends_at_the_last_step():
    widget = sc.explore(size=4, step=200)
    named = controls_of(widget)
    assert (named["step"].max, named["step"].value) == (3, 3)
    named["padding"].value = 1
    assert named["step"].max == 15


# --- typed kernels ---------------------------------------------------------------------------


def test_a_typed_kernel_is_exact_and_its_code_makes_it():
    setting = Setting(entries="1, -1/2; 0.25, a", kernel_size=2, size=3)
    assert operator_of(setting) == sc.conv([[1, "-1/2"], ["1/4", "a"]], (3, 3))
    names = {"sc": sc}
    exec(symconv_code(setting), names)
    assert names["C"] == operator_of(setting)
    line = Setting(axes=1, entries="1, 2, 4", size=5)
    assert operator_of(line) == sc.conv([1, 2, 4], 5)
    assert "torch.tensor([1.0, 2.0, 4.0])" in torch_code(line)


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ("1, 2; 3", "a ragged array"),
        ("1, 2", "give it as many rows"),
        ("1, __import__('os'); 2, 3", "is no integer, no fraction"),
        ("2**9**9, 1; 1, 1", "is no integer, no fraction"),
        ("nan, 1; 1, 1", "no finite number"),
        (",; ,", "is no integer, no fraction"),
        ("1," * 500 + "1", "are not typed"),
    ],
)
def test_what_is_no_kernel_is_said_in_place(entries, reason):
    shown = overview(Setting(entries=entries, kernel_size=2))
    assert shown.startswith('<div role="alert"')
    assert reason in shown


def test_typing_entries_sets_the_size_and_the_other_controls_off(widget):
    above, _ = widget.children[1].children
    controls = controls_of(widget)
    controls["entries"].value = "1, 2; 3, 4"
    assert "8 × 8 pixels to 7 × 7 pixels" in above.value
    assert controls["kernel_size"].disabled
    assert controls["symbolic"].disabled
    controls["entries"].value = "1, 2, 3; 4"
    assert 'role="alert"' in above.value
    controls["entries"].value = ""
    assert "8 × 8 pixels to 6 × 6 pixels" in above.value
    assert not controls["kernel_size"].disabled


# --- every page answers ----------------------------------------------------------------------


def test_random_settings_fill_every_page_within_seconds():
    for setting in random_settings(60):
        for title in pages(setting):
            start = time.process_time()
            assert page(setting, title).strip(), (title, setting)
            assert time.process_time() - start < 3, (title, setting)


def test_where_there_is_no_layer_the_way_out_leads_to_one():
    found = [s for s in random_settings(300, seed=2) if 'role="alert"' in overview(s)]
    led = [s for s in found if way_out(s)]
    titles = {title: name for name, (title, *_) in SLIDERS.items()}
    for setting in led:
        title, value = re.fullmatch(
            r"With (.+) (\d+) there is a layer\.", way_out(setting)
        ).groups()
        assert way_out(setting) in overview(setting)
        assert way_out(setting) in page(setting, "Products")
        moved = replace(setting, **{titles[title]: int(value)})
        assert operator_of(moved).shape
    assert len(led) > 0.9 * len(found) > 10


def test_what_would_take_long_is_refused_with_a_cheaper_way():
    large = Setting(kernel_size=20, size=64)
    start = time.process_time()
    shown = {title: page(large, title) for title in pages(large)}
    assert time.process_time() - start < 5
    assert "write C @ C.T in a cell" in shown["Products"]
    assert "write C @ C.T in a cell" in shown["Any size"]
    assert "% the products take longer" in shown["LaTeX"]
    assert shown["In words"].startswith("<div>Along each axis")


def test_one_row_is_not_called_rows():
    assert (
        headline(Setting(axes=1, size=3)) == "3 pixels to 1 pixel: a matrix of 1 row and 3 columns"
    )


def test_small_cells_have_no_outlines():
    assert 'stroke-opacity="0.3"' in matrix_svg(operator_of(Setting()))
    small = matrix_svg(operator_of(Setting(size=16)))
    assert 'stroke-opacity="0.3"' not in small
    assert "<title>k₀₀</title>" in small
