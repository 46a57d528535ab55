"""Styles: themes, words and axes of one's own."""

import ast
import re
from pathlib import Path

import pytest
import sympy as sp
from matplotlib.figure import Figure

import symconv as sc
from symconv.errors import SymconvError
from symconv.plotting.figure import DPI
from symconv.typesetting.german import GERMAN

K = sc.Kernel.symbolic("k", (3, 3))
C = sc.conv(K, (5, 5), padding=1)
T = sc.conv_transpose(sc.Kernel.arange((3, 3)), (3, 3), stride=2)
CHANNELS = sc.conv(sc.Kernel.symbolic("k", 2, 2, 2), 3)
PICTURES = {
    "matrix": lambda: sc.draw(C),
    "product": lambda: sc.draw(C.T @ C),
    "numbers": lambda: sc.draw(T @ T.T),
    "window": lambda: sc.draw_window(C, 3),
    "scatter": lambda: sc.draw_scatter(T, 3),
    "channels": lambda: sc.draw_window(CHANNELS, 1),
    "checkerboard": lambda: sc.draw_checkerboard(T),
    "field": lambda: sc.draw_receptive_field([C, C]),
    "spectrum": lambda: sc.draw_spectrum(sc.conv([1, 2, 1], 40)),
    "symbol": lambda: sc.draw_symbol(sc.conv([1, 2, 1], 8)),
}


def spoken():
    """Every text that the modules of pictures hand to say()."""
    found = set()
    for path in Path(sc.plotting.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "say":
                texts = [n.value for n in ast.walk(node.args[0]) if isinstance(n, ast.Constant)]
                found |= {text for text in texts if isinstance(text, str) and len(text) > 4}
    return found


def words(figure):
    """What a figure says: titles, labels and texts."""
    for axes in figure.axes:
        yield axes.get_title(loc="left")
        yield from (axes.get_xlabel(), axes.get_ylabel())
        yield from (text.get_text() for text in axes.texts)


def test_german_has_every_text_of_the_pictures():
    for text in spoken():
        assert any(text in known for known in GERMAN), text
    for text, translated in GERMAN.items():
        assert sorted(re.findall(r"\{\w+\}", text)) == sorted(re.findall(r"\{\w+\}", translated))


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_no_english_word_is_left(picture):
    with sc.Style(words="de"):
        said = " ".join(words(picture()))
    english = (
        r"\b(colour|image|output|kernel|matrix|row|column|step|window|phase of|hatched|limit|of)\b"
    )
    assert re.findall(english, said) == []


def test_words_can_be_replaced_one_by_one():
    with sc.Style(words={"one colour a tap": "my words"}):
        assert sc.draw(C).axes[0].get_title(loc="left") == "25 × 25, my words"
    assert sc.draw(C).axes[0].get_title(loc="left") == "25 × 25, one colour a tap"


@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_no_letter_is_smaller_than_seven_points(picture):
    figure = picture()
    sizes = [
        text.get_fontsize()
        for axes in figure.axes
        for text in (*axes.texts, axes.title, axes._left_title, *axes.get_xticklabels())
        if text.get_text() and text.get_visible()
    ]
    assert sizes
    assert min(sizes) >= 7
    assert max(sizes) >= 10


def test_matrices_are_labelled_up_to_49_columns():
    figure = sc.draw(sc.conv(K, (7, 7)))
    assert sum(text.get_text() == "k₀₁" for text in figure.axes[0].texts) == 25


@pytest.mark.parametrize(("theme", "corner"), [("light", 255), ("dark", 17), ("print", 255)])
@pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)
def test_themes_have_their_background(picture, theme, corner):
    with sc.Style(theme=theme):
        figure = picture()
    red, green, blue, _ = (round(255 * share) for share in figure.get_facecolor())
    assert (red, green, blue) == (corner,) * 3


def test_a_transparent_picture_has_nothing_behind_it(tmp_path):
    from PIL import Image

    with sc.Style(theme="transparent"):
        sc.draw(C).savefig(tmp_path / "matrix.png")
        film = sc.animate(sc.conv([1, 2], 4))._repr_html_()
    with Image.open(tmp_path / "matrix.png") as image:
        assert image.getpixel((2, 2))[3] == 0
    assert "fill=&quot;none&quot;" in film


def test_matplotlibs_own_style_sheets_are_followed():
    import matplotlib.style

    with matplotlib.style.context("dark_background"), sc.Style(theme="matplotlib"):
        figure = sc.draw_window(C, 3)
    assert figure.get_facecolor() == (0, 0, 0, 1)
    assert {text.get_color() for text in figure.axes[0].texts if "y" in text.get_text()} >= {
        "#ffffff"
    }


def test_films_follow_the_theme():
    with sc.Style(theme="dark", words="de"):
        film = sc.animate(sc.conv(K, (4, 4)))._repr_html_()
    assert "#111111" in film
    assert "eine Zeile je Schritt" in film


def test_axes_of_ones_own():
    figure = Figure(figsize=(6, 4), dpi=DPI)
    left, right = figure.subplots(1, 2)
    assert sc.draw(C, ax=left) is figure
    sc.draw(C.T, ax=right)
    assert [axes.get_title(loc="left")[:7] for axes in (left, right)] == ["25 × 25", "25 × 25"]
    assert len(figure.axes) == 2
    assert left.get_xlim() == (0, 25)
    with pytest.raises(SymconvError, match="ax='left' are no axes of matplotlib"):
        sc.draw(C, ax="left")


def test_letters_in_a_pdf_stay_letters(tmp_path):
    sc.draw(C).savefig(tmp_path / "matrix.pdf")
    assert b"/CIDFontType2" in (tmp_path / "matrix.pdf").read_bytes()


def test_the_axes_of_a_product_are_of_one_image():
    labels = {
        "rows": (C @ C.T, "output image row"),
        "columns": (C.T @ C, "input image row"),
    }
    for product, label in labels.values():
        axes = sc.draw(product).axes[0]
        assert (axes.get_xlabel(), axes.get_ylabel()) == (label, label)
    axes = sc.draw(C).axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("input image row", "output image row")


def test_a_receptive_field_of_one_layer_is_that_of_a_list_of_it():
    one, listed = (list(words(sc.draw_receptive_field(layers))) for layers in (C, [C]))
    assert one == listed


def test_several_channels_say_how_their_pixels_are_called():
    assert any("pixels are (channel, i)" in text for text in words(sc.draw_window(CHANNELS, 1)))


@pytest.mark.parametrize("made", [sc.draw, sc.animate, lambda C: sc.draw_window(C, 0)])
def test_a_picture_of_a_symbolic_size_says_how_to_give_it_a_number(made):
    C = sc.conv(K, (2 * sp.Symbol("n"), sp.Symbol("m")))
    advice = r"symbolic: give the image a number first, e\.g\. C\.at\(\{m: 8, n: 8\}\)"
    with pytest.raises(SymconvError, match=advice):
        made(C)
    made(C.at({sp.Symbol("m"): 8, sp.Symbol("n"): 4}))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"theme": "black"}, "'black' is not one of light, dark, print, transparent, matplotlib"),
        ({"words": "fr"}, "'fr' is not one of en, de"),
        ({"words": {"a": 1}}, "is no table from text to text"),
        ({"words": 3}, "is no table from text to text"),
    ],
)
def test_what_is_no_style(given, message):
    with pytest.raises(SymconvError, match=message):
        sc.Style(**given)
