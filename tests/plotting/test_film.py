"""Films that nobody has saved yet: they play on a page, beside each other, and hide no step."""

import re

import pytest
from jupyter_browser import CHROMIUM, chromium

import symconv as sc
from symconv.plotting.animation import Film
from symconv.plotting.steps import steps_of
from symconv.typesetting.style import contrast

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
    assert (len(film), film.total) == (256, 324)
    assert (film.numbers[0], film.numbers[-1]) == (0, 323)
    assert len(set(film.numbers)) == 256
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


# --- motion, title, size, words --------------------------------------------------------------


def outlines(scene):
    return [(box.x, box.y, box.width, box.height) for box in scene.boxes]


@pytest.mark.parametrize("operator", [GATHER, SCATTER])
def test_between_two_steps_outlines_move_and_cells_stay(operator):
    film = sc.animate(operator, tween=3, seconds=2.0)
    still = film.scenes
    shown = film.pictures
    assert len(shown) == 4 * (len(still) - 1) + 1
    assert sum(seconds for _, seconds in shown) == pytest.approx(2.0 * len(still))
    for number, (scene, _) in enumerate(shown):
        at, part = divmod(number, 4)
        assert scene.cells == still[at].cells
        before, after = outlines(still[at]), outlines(still[min(at + 1, len(still) - 1)])
        for one, there, other in zip(before, outlines(scene), after, strict=True):
            both = one[2] and other[2]  # one that goes away does not move
            expected = [
                a + (b - a) * part / 4 if both else a for a, b in zip(one, other, strict=True)
            ]
            assert there == pytest.approx(expected)
    assert outlines(still[0]) != outlines(shown[2][0]) != outlines(still[1])


def test_a_gif_has_every_picture_between(tmp_path):
    from PIL import Image

    with Image.open(sc.animate(GATHER, tmp_path / "film.gif", tween=3, seconds=0.6)) as film:
        assert film.n_frames == 4 * 3 + 1
        durations = []
        for number in range(film.n_frames):
            film.seek(number)
            durations.append(film.info["duration"])
    assert durations == [*(3 * [300, 100, 100, 100]), 1200]


def test_a_title_and_a_width_are_in_every_format(tmp_path):
    from PIL import Image

    title = "Every step is one row of the matrix & more, which takes two lines or so of a picture"
    film = sc.animate(GATHER, title=title, width=480)
    for scene in film.scenes:
        said = " ".join(word.text for word in scene.words)
        assert title in said
        assert scene.height > sc.animate(GATHER).scenes[0].height + 0.9
    assert 'width="480"' in film.svg
    assert "matrix &amp; more" in film.svg
    assert "max-width: 480px" in film.save(tmp_path / "film.html").read_text()
    with Image.open(film.save(tmp_path / "film.gif")) as saved:
        assert saved.size[0] == 480
    assert repr(film) == f"Film({title}, 4 s)"


def test_a_film_speaks_the_words_of_its_style(tmp_path):
    with sc.Style(words="de"):
        few, many = sc.animate(SCATTER), sc.animate(sc.conv([[1]], (18, 18)))
        html = many._repr_html_()
        assert few.title == "Streuen: 2×2 auf 4×4"
        assert many.title == "Sammeln: 18×18 auf 18×18, 256 von 324 Schritten"
    for word in ("Anhalten", "Abspielen", "Schritt", "256 von 324 Schritten", "lang=&quot;de"):
        assert word in html
    assert not re.search("Pause|Play|Step|steps|gather", html)
    with sc.Style(words={"Play": "</script><b>", "{count} terms": "{count} parts"}):
        saved = sc.animate(GATHER).save(tmp_path / "film.html").read_text()
        summed = sc.conv(sc.Kernel.symbolic("k", 3), 3, padding=1, padding_mode="symmetric")
        said = sc.animate(summed.T @ summed).svg
    assert saved.count("</script>") == 1
    assert "parts" in said


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"tween": 25}, "tween=25 is no number from 0 to 24"),
        ({"tween": 1.5}, "tween=1.5 is no number"),
        ({"width": 10}, "width=10 is no number from 100 to 4000"),
        ({"title": 3}, "3 is no text of a title"),
    ],
)
def test_what_is_no_film(given, message):
    with pytest.raises(sc.SymconvError, match=message):
        sc.animate(GATHER, **given)


def test_too_many_pictures_are_refused_with_how_many_there_may_be():
    operator = sc.conv([[1]], (16, 16))
    with pytest.raises(sc.SymconvError, match="more than 1024: take tween=3"):
        sc.animate(operator, tween=9)
    assert len(sc.animate(operator, tween=3)) == 256


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
@pytest.mark.parametrize("page_colour", ["white", "#111"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_count_of_a_film_reads_on_any_page(tmp_path, page_colour, scheme):
    html = sc.animate(GATHER)._repr_html_()
    (tmp_path / "page.html").write_text(f"<body style='background:{page_colour}'>{html}")
    with chromium() as page:
        page.emulate_media(color_scheme=scheme)
        page.goto(f"file://{tmp_path}/page.html")
        page.wait_for_function("document.querySelectorAll('iframe').length === 1")
        page.wait_for_timeout(300)
        ink, ground = page.frames[1].evaluate(
            "[getComputedStyle(document.querySelector('output')).color,"
            " getComputedStyle(document.documentElement).backgroundColor]"
        )
    colours = [
        "#" + "".join(f"{int(n):02x}" for n in re.findall(r"\d+", c)[:3]) for c in (ink, ground)
    ]
    assert ground.startswith("rgb(")  # not transparent
    assert contrast(*colours) > 4.5


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium")
def test_outlines_move_in_a_browser_and_the_slider_tells_the_truth(tmp_path):
    film = sc.animate(GATHER, tween=2, seconds=0.4)
    places = [outlines(scene)[0][0] * 50 for scene in film.scenes]
    with chromium() as page:
        page.goto(film.save(tmp_path / "film.html").as_uri())
        seen = page.evaluate(
            """async () => {
                const svg = document.querySelector("svg"), found = [];
                const box = [...svg.querySelectorAll("rect")].at(-2);
                const slider = document.querySelector("input");
                for (let k = 0; k < 40; k++) {
                    await new Promise(done => requestAnimationFrame(done));
                    found.push([svg.getCurrentTime() / 0.4, +slider.value, box.x.animVal.value]);
                    await new Promise(done => setTimeout(done, 37));
                }
                return found;
            }"""
        )
    assert {place for _, place, _ in seen} == {0, 1, 2, 3}
    between = 0
    for time, place, x in seen:
        assert int(time) == place
        share = max(0.0, time % 1 - 0.5) * 2 if place < 3 else 0.0
        end = places[min(place + 1, 3)]
        assert x == pytest.approx(places[place] + share * (end - places[place]), abs=0.6)
        between += places[0] + 1 < x < places[1] - 1
    assert between > 2
