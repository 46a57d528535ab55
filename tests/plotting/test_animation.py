"""Films: small, equal at every run, and every frame's numbers against NumPy."""

import os
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from itertools import product

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

import symconv as sc
from symconv.plotting.animation import _program
from symconv.plotting.layout import Layout
from symconv.plotting.scene import INCHES, READABLE, text_width
from symconv.plotting.steps import steps_of
from symconv.typesetting.style import channels
from symconv.typesetting.tap_colours import DARK, WHITE, tap_colour

A = sc.Kernel.arange((3, 3))
WEIGHT = np.arange(1, 10).reshape(3, 3)
PICTURE = np.arange(1, 17).reshape(4, 4)
GATHER = sc.conv(A, (4, 4))
SCATTER = sc.conv_transpose(A, (2, 2))
SVG = "{http://www.w3.org/2000/svg}"


def value_at(element, attribute, share):
    """An attribute of an SVG element at a share of the film, by the rules of SMIL."""
    for animation in element.iter(f"{SVG}animate"):
        if animation.get("attributeName") == attribute:
            assert animation.get("calcMode") == "discrete"
            starts = map(float, animation.get("keyTimes").split(";"))
            values = animation.get("values").split(";")
            return [v for s, v in zip(starts, values, strict=True) if s <= share + 1e-6][-1]
    return element.get(attribute)


def words_at(root, share):
    """Place to text of all that is visible at a share of the film."""
    return {
        (float(t.get("x")), float(t.get("y"))): t.text
        for t in root.iter(f"{SVG}text")
        if value_at(t, "visibility", share) != "hidden"
    }


def shown_grid(words, grid):
    """The texts of a panel, row by row; "" where there is none."""
    rows = [[""] * grid.cols for _ in range(grid.rows)]
    for (x, y), text in words.items():
        col, row = (x / 50 - grid.x) / grid.size, (y / 50 - grid.y) / grid.size
        if 0 < col < grid.cols and 0 < row < grid.rows:
            rows[int(row)][int(col)] = text
    return rows


def film(operator, folder, **options):
    root = ET.parse(sc.animate(operator, folder / "film.svg", **options)).getroot()
    steps = len(steps_of(operator, options.get("how")))
    steps += steps_of(operator, options.get("how")).how == "scatter"
    return [words_at(root, (k + 0.5) / steps) for k in range(steps)]


GEOMETRIES = [
    {"stride": 1, "dilation": 1, "padding": 0},
    {"stride": 2, "dilation": 1, "padding": 1},
    {"stride": 1, "dilation": 2, "padding": 1},
    {"stride": 2, "dilation": 2, "padding": 1},
]


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_every_frame_of_a_gather_has_numpys_numbers(geometry, tmp_path):
    stride, dilation, padding = geometry.values()
    C = sc.conv(A, (5, 5), **geometry)
    image = np.arange(25).reshape(5, 5) % 7 + 1
    grids = Layout(steps_of(C)).grids
    padded = np.pad(image, padding)
    reach = 2 * dilation + 1
    totals = np.full(C.output_size, "", dtype=object)
    frames = film(C, tmp_path, image=image)
    assert len(frames) == totals.size
    for pixel, words in zip(np.ndindex(totals.shape), frames, strict=True):
        y, x = (stride * at for at in pixel)
        window = padded[y : y + reach : dilation, x : x + reach : dilation]
        totals[pixel] = str((window * WEIGHT).sum())
        assert shown_grid(words, grids[0]) == padded.astype(str).tolist()
        assert shown_grid(words, grids[1]) == WEIGHT.astype(str).tolist()
        assert shown_grid(words, grids[2]) == totals.tolist()


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_every_frame_of_a_scatter_has_numpys_numbers(geometry, tmp_path):
    stride, dilation, padding = geometry.values()
    T = sc.conv_transpose(A, (3, 3), **geometry)
    image = np.arange(9).reshape(3, 3) % 4 + 1
    layout = Layout(steps_of(T))
    n = T.output_size[0]
    whole = np.zeros((n + 2 * padding,) * 2, dtype=int)
    inner = slice(padding, padding + n)
    frames = film(T, tmp_path, image=image)
    reach = 2 * dilation + 1
    for pixel, words in zip(np.ndindex(3, 3), frames, strict=False):
        y, x = (stride * at for at in pixel)
        stamp = image[pixel] * WEIGHT
        before = whole.copy()
        whole[y : y + reach : dilation, x : x + reach : dilation] += stamp
        assert shown_grid(words, layout.grids[2]) == stamp.astype(str).tolist()
        wanted = whole.astype(str).astype(object)
        for i, j in product(range(3), repeat=2):
            place = y + dilation * i, x + dilation * j
            if before[place]:
                both = f"{before[place]}+{stamp[i, j]}"
                short = len(both) <= 7 and text_width(both) * READABLE <= 0.84 * layout.side
                wanted[place] = both if short else f"+{stamp[i, j]}"
        outside = np.ones_like(whole, dtype=bool)
        outside[inner, inner] = False
        wanted[outside] = ""
        assert shown_grid(words, layout.grids[3]) == wanted.tolist()
        column = [line[0] for line in shown_grid(words, layout.vectors[1])]
        if layout.vectors[1].size >= 0.5:  # in smaller cells three digits are not readable
            assert column == whole[inner, inner].ravel().astype(str).tolist()
    assert len(frames) == 10
    last = np.array(shown_grid(frames[-1], layout.grids[3]))[inner, inner]
    assert last.tolist() == whole[inner, inner].astype(str).tolist()


@pytest.mark.parametrize("operator", [GATHER, SCATTER], ids=["4x4 to 2x2", "2x2 to 4x4"])
def test_a_gif_is_small_and_the_same_twice(operator, tmp_path):
    sc.animate(operator, tmp_path / "one.gif")
    sc.animate(operator, str(tmp_path / "two.gif"))
    one, two = ((tmp_path / name).read_bytes() for name in ("one.gif", "two.gif"))
    assert one == two
    assert len(one) < 300_000
    with Image.open(tmp_path / "one.gif") as gif:
        assert gif.n_frames == (4 if operator is GATHER else 5)
        assert gif.info["loop"] == 0
        assert gif.info["duration"] == 1000


def test_a_gif_lights_the_window_and_the_row(tmp_path):
    sc.animate(GATHER, tmp_path / "film.gif")
    layout = Layout(steps_of(GATHER))
    image, _, output = layout.grids
    with Image.open(tmp_path / "film.gif") as gif:
        for k, (y, x) in enumerate(np.ndindex(2, 2)):
            gif.seek(k)
            frame = gif.convert("RGB")

            def colour(grid, row, col, frame=frame):
                at = grid.x + (col + 0.16) * grid.size, grid.y + (row + 0.16) * grid.size
                return frame.getpixel(tuple(round(100 * INCHES * v) for v in at))

            for row, col in np.ndindex(4, 4):
                tap = (row - y, col - x)
                inside = tap in product(range(3), repeat=2)
                wanted = tap_colour(3 * tap[0] + tap[1]) if inside else WHITE
                assert colour(image, row, col) == channels(wanted)
            assert colour(output, y, x) == channels(DARK)
            lit = [colour(layout.matrix, k, col) != (255, 255, 255) for col in range(16)]
            assert sum(lit) == 9
            assert colour(layout.matrix, k, 4 * y + x) == channels(tap_colour(0))


@pytest.mark.parametrize("ending", ["svg", "html"])
def test_text_films_are_the_same_twice_and_load_nothing(ending, tmp_path):
    one = sc.animate(SCATTER, tmp_path / f"one.{ending}").read_text(encoding="utf-8")
    two = sc.animate(SCATTER, tmp_path / f"two.{ending}").read_text(encoding="utf-8")
    assert one == two
    assert len(one) < 300_000
    assert one.count("http") == one.count("http://www.w3.org/2000/svg")
    assert "src=" not in one
    assert "href" not in one
    assert ("<script" in one) == (ending == "html")


def test_names_of_symbols_cannot_leave_their_text(tmp_path):
    import sympy as sp

    C = sc.conv([sp.Symbol("<b>&"), sp.Symbol("a")], 3)
    for ending in ("svg", "html"):
        text = sc.animate(C, tmp_path / f"film.{ending}").read_text(encoding="utf-8")
        assert "<b>" not in text
        assert "&lt;b&gt;&amp;" in text


def fake_ffmpeg(folder, monkeypatch, code):
    """A program in ffmpeg's place, that writes what it was given."""
    program = folder / "ffmpeg"
    program.write_text(f"#!{sys.executable}\nimport sys\n{code}\n")
    program.chmod(0o755)
    monkeypatch.setitem(mpl.rcParams, "animation.ffmpeg_path", str(program))


def test_mp4_hands_every_frame_to_ffmpeg(tmp_path, monkeypatch):
    code = "out = sys.stdout.buffer if sys.argv[-1] == '-' else open(sys.argv[-1], 'wb')"
    fake_ffmpeg(tmp_path, monkeypatch, f"{code}\nout.write(sys.stdin.buffer.read())")
    raw = sc.animate(GATHER, tmp_path / "film.mp4", seconds=0.5).read_bytes()
    figure = sc.draw_window(GATHER, 3)
    figure.canvas.draw()
    last = np.asarray(figure.canvas.buffer_rgba())
    assert len(raw) == 5 * last.size  # four steps, the last one twice
    assert raw[-last.size :] == raw[-2 * last.size : -last.size]
    shown = np.frombuffer(raw[-last.size :], np.uint8).reshape(last.shape)
    # Letters may differ in height: those of a film fit the longest text of all its steps.
    assert (shown == last).all(axis=-1).mean() > 0.97


def test_a_film_is_white_whatever_matplotlib_is_set_to(tmp_path, monkeypatch):
    fake_ffmpeg(tmp_path, monkeypatch, "open(sys.argv[-1], 'wb').write(sys.stdin.buffer.read())")
    monkeypatch.setitem(mpl.rcParams, "savefig.transparent", True)
    monkeypatch.setitem(mpl.rcParams, "savefig.facecolor", "black")
    raw = sc.animate(GATHER, tmp_path / "film.mp4").read_bytes()
    assert raw[:4] == b"\xff" * 4


def decoded(path, size):
    """The frames of a film, as ffmpeg shows them."""
    command = [
        _program(),
        "-v",
        "error",
        "-i",
        str(path),
        "-f",
        "rawvideo",
        "-pix_fmt",
        "rgb24",
        "-",
    ]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    width, height = (n + n % 2 for n in size)
    return np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)


def test_an_mp4_film_plays_every_step_and_is_the_same_twice(tmp_path):
    one = sc.animate(GATHER, tmp_path / "one.mp4", seconds=0.5)
    two = sc.animate(GATHER, tmp_path / "two.mp4", seconds=0.5)
    assert one.read_bytes() == two.read_bytes()
    assert len(one.read_bytes()) < 300_000
    figure = sc.draw_window(GATHER, 3)
    shown = decoded(one, figure.canvas.get_width_height())
    assert len(shown) == 5 * 5  # ten frames a second, four steps and the last one again
    layout = Layout(steps_of(GATHER))
    for k, (y, x) in enumerate(np.ndindex(2, 2)):
        frame = shown[5 * k + 2].astype(int)

        def colour(grid, row, col, frame=frame):
            at = grid.x + (col + 0.16) * grid.size, grid.y + (row + 0.16) * grid.size
            across, down = (round(100 * INCHES * v) for v in at)
            return frame[down, across]

        for row, col in np.ndindex(4, 4):
            tap = (row - y, col - x)
            inside = tap in product(range(3), repeat=2)
            wanted = tap_colour(3 * tap[0] + tap[1]) if inside else WHITE
            assert abs(colour(layout.grids[0], row, col) - channels(wanted)).max() < 24
        assert colour(layout.grids[2], y, x).max() < 24


def test_films_of_channels_and_volumes_have_numpys_sums(tmp_path):
    weight = np.arange(1, 25).reshape(3, 2, 2, 2)
    image = np.arange(18).reshape(2, 3, 3) % 5
    C = sc.conv(sc.Kernel.from_weight(weight), (3, 3))
    frames = film(C, tmp_path, image=image)
    grids = Layout(steps_of(C)).grids
    assert len(frames) == 12
    for (o, y, x), words in zip(np.ndindex(3, 2, 2), frames, strict=True):
        parts = (image[:, y : y + 2, x : x + 2] * weight[o]).sum(axis=(1, 2))
        for channel in range(2):
            assert text_at(words, grids[2], (channel, 0)) == str(parts[channel])
        assert text_at(words, grids[3], (2 * o + y, x)) == str(parts.sum())
    cube = np.arange(1, 9).reshape(2, 2, 2)
    T = sc.conv_transpose(sc.Kernel(cube), (2, 1, 2), stride=2)
    frames = film(T, tmp_path)
    grid = Layout(steps_of(T)).grids[-1]
    whole = np.zeros((4, 2, 4), int)
    for value, (z, y, x) in enumerate(np.ndindex(2, 1, 2), 1):
        whole[2 * z : 2 * z + 2, 2 * y : 2 * y + 2, 2 * x : 2 * x + 2] += value * cube
    for z, y, x in np.ndindex(4, 2, 4):
        assert text_at(frames[-1], grid, (y, 4 * z + x)) == str(whole[z, y, x])


def text_at(words, grid, place):
    """The text in a cell."""
    x, y = grid.corner(place)
    half = grid.size / 2
    near = [
        t
        for (a, b), t in words.items()
        if abs(a / 50 - x - half) < half and abs(b / 50 - y - half) < half
    ]
    return "".join(near)


def test_a_failed_film_leaves_the_old_file_and_no_rest(tmp_path, monkeypatch):
    old = tmp_path / "film.mp4"
    old.write_text("old")
    code = "sys.stdout.write('half'); sys.stderr.write('disc full'); sys.exit(1)"
    fake_ffmpeg(tmp_path, monkeypatch, code)
    with pytest.raises(sc.SymconvError, match="disc full"):
        sc.animate(GATHER, old)
    assert old.read_text() == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["ffmpeg", "film.mp4"]


def test_what_cannot_be_written_is_said(tmp_path, monkeypatch):
    with pytest.raises(sc.SymconvError, match=r"'film.avi' does not end in one of \.gif, \.mp4"):
        sc.animate(GATHER, tmp_path / "film.avi")
    with pytest.raises(sc.SymconvError, match="cannot be written"):
        sc.animate(GATHER, tmp_path / "nowhere" / "film.svg")
    with pytest.raises(sc.SymconvError, match="seconds=0"):
        sc.animate(GATHER, tmp_path / "film.svg", seconds=0)
    monkeypatch.setitem(mpl.rcParams, "animation.ffmpeg_path", "no-such-program")
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(sc.SymconvError, match=r'ffmpeg: pip install "symconv\[film\]"'):
        sc.animate(GATHER, tmp_path / "film.mp4")
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(sc.SymconvError, match=r'pip install "symconv\[plots\]"'):
        sc.animate(GATHER, tmp_path / "film.gif")
    assert list(tmp_path.iterdir()) == []


def test_progress_is_told_and_a_pipe_sees_no_bar(tmp_path, capfd):
    seen = []
    sc.animate(
        GATHER, tmp_path / "film.gif", progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    sc.animate(GATHER, tmp_path / "film.gif")
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("ending", ["gif", "mp4"])
def test_a_killed_film_leaves_nothing_behind(tmp_path, ending):
    """A signal in the middle, in a program that knows nothing of signals."""
    films, temporary = tmp_path / "films", tmp_path / "temporary"
    films.mkdir()
    temporary.mkdir()
    code = (
        "import os, signal, symconv as sc\n"
        "C = sc.conv(sc.Kernel.arange((3, 3)), (8, 8))\n"
        "def stop(done, steps):\n"
        "    if done == 3: os.kill(os.getpid(), signal.SIGTERM)\n"
        f"sc.animate(C, {str(films / f'film.{ending}')!r}, progress=stop)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "TMPDIR": str(temporary)}, check=False
    )
    assert run.returncode == -signal.SIGTERM
    assert [*films.iterdir(), *temporary.iterdir()] == []


def test_a_film_without_paths_of_open_files_is_the_same(tmp_path, monkeypatch):
    """As on systems that are not Linux."""
    one = sc.animate(GATHER, tmp_path / "one.mp4", seconds=0.5)
    monkeypatch.setattr(os, "getpid", lambda: 0)
    two = sc.animate(GATHER, tmp_path / "two.mp4", seconds=0.5)
    assert one.read_bytes() == two.read_bytes()
