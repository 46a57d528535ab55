"""Films that nobody has saved yet: they play on a page, beside each other, and hide no step."""

import re

import pytest
from jupyter_browser import CHROMIUM, chromium

import symconv as sc
from symconv.plotting.animation import MOST_STEPS, Film
from symconv.plotting.steps import steps_of

A = sc.Kernel.arange((3, 3))
GATHER, SCATTER = sc.conv(A, (4, 4)), sc.conv_transpose(A, (2, 2))


@pytest.mark.parametrize("ending", ["svg", "html", "gif"])
def test_a_film_saves_what_animate_writes(ending, tmp_path):
    film = sc.animate(SCATTER, seconds=0.5)
    one = film.save(tmp_path / f"one.{ending}")
    two = sc.animate(SCATTER, tmp_path / f"two.{ending}", seconds=0.5)
    assert one.read_bytes() == two.read_bytes()


def test_what_a_film_says_of_itself():
    film = sc.animate(GATHER)
    assert isinstance(film, Film)
    assert repr(film) == "Film(gather: 4×4 to 2×2, 4 s)"
    assert (len(film), film.total) == (4, 4)
    assert len(sc.animate(SCATTER)) == 5  # the whole sum comes last
    with pytest.raises(sc.SymconvError, match="does not end in one of"):
        film.save("film.avi")
    with pytest.raises(sc.SymconvError, match="no function of the steps done"):
        film.save("film.gif", progress=5)


def test_of_many_steps_some_are_shown_and_it_is_said():
    operator = sc.conv([[1]], (18, 18))
    film = sc.animate(operator)
    assert (len(film), film.total) == (MOST_STEPS, 324)
    assert (film.numbers[0], film.numbers[-1]) == (0, 323)
    assert len(set(film.numbers)) == MOST_STEPS
    assert {b - a for a, b in zip(film.numbers, film.numbers[1:], strict=False)} == {1, 2}
    assert "256 of 324 steps" in film.title
    shown = film._repr_html_()
    assert "&lt;p&gt;256 of 324 steps.&lt;/p&gt;" in shown
    assert "total = 324" in shown
    # Each scene is that of its own step, not of its place in the film.
    last = steps_of(operator)[323]
    assert str(last.total) == "324"
    words = [word.text for word in film.scenes[-1].words]
    assert any("324" in word for word in words)


def test_a_page_loads_nothing_and_names_nothing():
    html = sc.animate(GATHER)._repr_html_()
    assert html.startswith("<iframe srcdoc=")
    assert 'sandbox="allow-scripts"' in html
    assert not re.search(r"https?://(?!www\.w3\.org)|getElementById| id=", html)


def films(page):
    """Picture's time and slider's place, of each film on a page."""
    return [
        frame.evaluate(
            "[document.querySelector('svg').getCurrentTime(), +document.querySelector('input').value,"
            " document.querySelector('output').textContent]"
        )
        for frame in page.frames[1:]
    ]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
def test_two_films_on_one_page_are_apart_and_sliders_tell_the_truth(tmp_path):
    one, two = (sc.animate(C, seconds=0.2)._repr_html_() for C in (GATHER, SCATTER))
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html><svg></svg>{one}{two}")
    with chromium() as page:
        page.goto(f"file://{tmp_path}/page.html")
        page.wait_for_function("document.querySelectorAll('iframe').length === 2")
        page.wait_for_timeout(500)
        first, second = page.frames[1:]
        for _ in range(20):
            page.wait_for_timeout(37)
            for time, place, _ in films(page):
                assert time == pytest.approx((place + 0.5) * 0.2, abs=1e-4)
        for frame in (first, second):
            frame.evaluate("document.querySelector('button').click()")
        before = films(page)[1]
        first.evaluate(
            "(step => { step.value = 2; step.dispatchEvent(new Event('input')); })"
            "(document.querySelector('input'))"
        )
        page.wait_for_timeout(500)
        assert films(page) == [[pytest.approx(0.5, abs=1e-4), 2, "3 / 4"], before]
        assert first.evaluate("document.querySelectorAll('svg').length") == 1
        # What is drawn is the step that the slider names: the third row of the matrix is lit.
        lit = first.evaluate(
            "[...document.querySelectorAll('text')].filter(t => getComputedStyle(t).visibility"
            " === 'visible').map(t => t.textContent).join(' ')"
        )
        assert "y₁₀" in lit
