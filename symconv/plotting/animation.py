"""A whole pass as a film: GIF, MP4, SVG or a page, in step with the matrix."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING, Any, overload

from symconv.arguments import parse_path, shown
from symconv.errors import MissingExtraError, SymconvError
from symconv.files import writable, write_whole
from symconv.plotting.figure import SceneFigure
from symconv.plotting.layout import Layout
from symconv.plotting.panels import show_image
from symconv.plotting.scenes import scenes_of
from symconv.plotting.steps import Steps, steps_of
from symconv.plotting.svg import framed, page, svg
from symconv.typesetting.style import channels
from symconv.typesetting.tap_colours import DARK, WHITE

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from PIL.Image import Image

    from symconv.operators.operator import Operator
    from symconv.plotting.scene import Scene
    from symconv.plotting.windows import How

FORMATS = (".gif", ".mp4", ".svg", ".html")
MOST_COLOURS = 256
MOST_STEPS = 256
FFMPEG = (
    "-vf pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white -pix_fmt yuv420p -r 10 -crf 20 -f mp4 "
    "-movflags +faststart -threads 1 -fflags +bitexact -flags:v +bitexact -map_metadata -1"
)

Progress = Callable[[int, int], object]


@dataclass(frozen=True, eq=False, repr=False)
class Film:
    """A whole pass, step by step; plays where a notebook shows it. Made by :func:`animate`.

    Attributes:
        steps: all steps.
        seconds: for each step.
        numbers: the steps that are shown, counted from 0: all of them, or 256 of more.
    """

    steps: Steps
    seconds: float
    numbers: tuple[int, ...]

    @cached_property
    def scenes(self) -> list[Scene]:
        """The pictures."""
        return scenes_of(self.steps, self.numbers)

    @property
    def svg(self) -> str:
        """The film as text that browsers play: no script, no fonts."""
        return svg(self.scenes, self.seconds, self.title)

    def __len__(self) -> int:
        return len(self.numbers)

    @property
    def total(self) -> int:
        """How many steps there are."""
        return len(self.steps) + (not self.steps.gathers)

    @property
    def title(self) -> str:
        """What is shown, and how much of it."""
        steps = self.steps
        sizes = f"{show_image(steps.input_size)} to {show_image(steps.output_size)}"
        some = f", {len(self)} of {self.total} steps" if len(self) < self.total else ""
        return f"{steps.how}: {sizes}{some}"

    def save(self, path: str | os.PathLike[str], progress: Progress | None = None) -> Path:
        """Write the film; its ending says how: .gif, .mp4, .svg or .html.

        Args:
            path: where to.
            progress: called with the steps done and all steps; by default a bar in a terminal.

        Raises:
            MissingExtraError: matplotlib, Pillow or ffmpeg is missing.
            SymconvError: another ending, or a file that cannot be written.
        """
        target, ending = _target(path)
        if progress is not None and not callable(progress):
            raise SymconvError(
                f"progress={shown(progress)} is no function of the steps done and all"
            )
        write_whole(target, self._content(ending, progress))
        return target

    def _content(self, ending: str, progress: Progress | None) -> str | bytes:
        """The film in memory: a process that is killed leaves no file behind."""
        match ending:
            case ".svg":
                return self.svg
            case ".html":
                return self._page("24px auto")
            case ".gif":
                return _gif(self.scenes, self.seconds, progress)
        return _mp4(self.scenes, self.seconds, progress)

    def _page(self, margin: str) -> str:
        numbers = [number + 1 for number in self.numbers]
        return page(self.scenes, self.seconds, self.title, numbers, self.total, margin)

    def _repr_html_(self) -> str:
        return framed(self.scenes, self._page("0"))

    def __repr__(self) -> str:
        return f"Film({self.title}, {len(self) * self.seconds:g} s)"


@overload
def animate(
    operator: Operator,
    path: None = None,
    *,
    how: How | None = None,
    image: Any = None,
    seconds: float = 1.0,
    progress: Progress | None = None,
) -> Film: ...
@overload
def animate(
    operator: Operator,
    path: str | os.PathLike[str],
    *,
    how: How | None = None,
    image: Any = None,
    seconds: float = 1.0,
    progress: Progress | None = None,
) -> Path: ...
def animate(
    operator: Operator,
    path: str | os.PathLike[str] | None = None,
    *,
    how: How | None = None,
    image: Any = None,
    seconds: float = 1.0,
    progress: Progress | None = None,
) -> Film | Path:
    """A film of a whole pass: window or stamp, running output, lit row or column.

    Equal arguments give equal bytes. Of more than 256 steps 256 are shown, the first and the last
    among them, and the film says so.

    Args:
        operator: any operator on one to three axes; see :func:`symconv.draw_window`.
        path: where to write it; its ending says how: .gif, .mp4 (extra ``film``), .svg (plays in
            browsers), .html (with a slider; loads nothing). Without one, the film plays in a
            notebook, and its ``save`` writes it.
        how: "gather" or "scatter"; by default a transpose scatters and all others gather.
        image: numbers of the image; see :func:`symconv.plotting.steps.steps_of`.
        seconds: for each step.
        progress: called with the steps done and all steps; by default a bar in a terminal.

    Returns:
        The path, or the :class:`Film`.

    Raises:
        ShapeError: a symbolic size, or pictures that would be too large to read.
        MissingExtraError: matplotlib, Pillow or ffmpeg is missing.
        SymconvError: another ending, or a file that cannot be written.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
    >>> film = animate(C)
    >>> film, film.save(getfixture("tmp_path") / "conv.svg").name
    (Film(gather: 4×4 to 2×2, 4 s), 'conv.svg')
    """
    if path is not None:
        _target(path)
    if not isinstance(seconds, int | float) or not 0.02 <= seconds <= 60:
        raise SymconvError(f"seconds={shown(seconds)} for each step: 0.02 to 60 are shown")
    if progress is not None and not callable(progress):
        raise SymconvError(f"progress={shown(progress)} is no function of the steps done and all")
    steps = steps_of(operator, how, image)
    Layout(steps)  # refuses what cannot be drawn
    film = Film(steps, seconds, _chosen(len(steps) + (not steps.gathers)))
    return film if path is None else film.save(path, progress)


def _chosen(total: int) -> tuple[int, ...]:
    """The numbers of the steps that are shown: all, or so many of them at equal distances."""
    if total <= MOST_STEPS:
        return tuple(range(total))
    return tuple(round(k * (total - 1) / (MOST_STEPS - 1)) for k in range(MOST_STEPS))


def _target(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """Where a film may be written, and its ending."""
    target = parse_path(path)
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise SymconvError(f"{target.name!r} does not end in one of {', '.join(FORMATS)}")
    writable(target)
    return target, ending


def _figures(scenes: Sequence[Scene], progress: Progress | None) -> Iterator[Figure]:
    """One figure for each scene: its artists are made once and recoloured."""
    made = SceneFigure(scenes[0])
    for scene in _followed(scenes, progress):
        made.show(scene)
        yield made.figure


def _followed(scenes: Sequence[Scene], progress: Progress | None) -> Iterator[Scene]:
    """The scenes, with a bar where somebody watches a terminal, or a call after each."""
    if progress is None:
        from rich.console import Console
        from rich.progress import track

        console = Console(stderr=True)
        yield from track(
            scenes, "Drawing", console=console, transient=True, disable=not console.is_terminal
        )
        return
    for done, scene in enumerate(scenes, 1):
        yield scene
        progress(done, len(scenes))


def _gif(scenes: Sequence[Scene], seconds: float, progress: Progress | None) -> bytes:
    film = BytesIO()
    images = map(_image, _figures(scenes, progress))
    first = next(images)
    palette = _common_palette(first, scenes)
    durations = [round(seconds * 1000)] * (len(scenes) - 1) + [round(seconds * 2000)]
    # matplotlib's writer keeps all images, each with a palette of its own: files twice as large.
    _indexed(first, palette).save(
        film,
        format="GIF",
        save_all=True,
        append_images=(_indexed(image, palette) for image in images),
        duration=durations,
        loop=0,
        optimize=True,
    )
    return film.getvalue()


def _image(figure: Figure) -> Image:
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError('films need Pillow: pip install "symconv[plots]"') from None
    canvas: Any = figure.canvas
    canvas.draw()
    return Image.frombuffer("RGBA", canvas.get_width_height(), canvas.buffer_rgba()).convert("RGB")


def _common_palette(image: Image, scenes: Sequence[Scene]) -> Sequence[tuple[int, ...]]:
    """One palette for all steps, so that no colour flickers: the fills as they are, and more."""
    fills = {c.style.fill: None for scene in scenes for c in scene.cells if c.style}
    exact = [channels(colour) for colour in (WHITE, DARK, *fills)]
    flat = image.quantize(MOST_COLOURS - len(exact)).getpalette() or []
    more = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
    return (*exact, *more)[:MOST_COLOURS]  # old Pillows fill up to 256 with zeros


def _indexed(image: Image, palette: Sequence[tuple[int, ...]]) -> Image:
    """The image in the nearest colours of the palette: Pillow's own search misses exact ones."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(image).astype(np.int32)
    codes, places = np.unique(pixels @ np.array([65536, 256, 1]), return_inverse=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1)
    nearest = ((colours[:, None] - np.array(palette)) ** 2).sum(axis=-1).argmin(axis=-1)
    indexed = Image.fromarray(nearest[places].reshape(pixels.shape[:2]).astype(np.uint8))
    indexed.putpalette(np.array(palette, dtype=np.uint8).tobytes())
    return indexed


def _mp4(scenes: Sequence[Scene], seconds: float, progress: Progress | None) -> bytes:
    """A film of even width and height that every player shows, without date or version in it."""
    figures = _figures(scenes, progress)
    figure = next(figures)  # says what to install where matplotlib is missing
    from matplotlib import rc_context
    from matplotlib.animation import FFMpegWriter

    rate: Any = 1 / seconds
    opaque: dict[Any, Any] = {"savefig.facecolor": "auto", "savefig.transparent": False}
    writer = FFMpegWriter(rate, "libx264", extra_args=FFMPEG.split())
    with _unnamed() as film:
        try:
            with (
                rc_context({**opaque, "animation.ffmpeg_path": _program()}),
                writer.saving(figure, str(film), figure.dpi),
            ):
                writer.grab_frame()
                for _ in figures:
                    writer.grab_frame()
                writer.grab_frame()  # the last one twice
        except CalledProcessError as error:
            raise SymconvError(f"ffmpeg: {error.stderr.strip()[-300:]}") from None
        return film.read_bytes()


@contextmanager
def _unnamed() -> Iterator[Path]:
    """The path of a file that is gone however the process ends, where a system has such paths."""
    with TemporaryFile() as file:
        opened = Path(f"/proc/{os.getpid()}/fd/{file.fileno()}")
        if opened.exists():
            yield opened
            return
    with TemporaryDirectory(prefix="symconv-") as folder:
        yield Path(folder, "film.mp4")


def _program() -> str:
    """The ffmpeg that matplotlib is set to, or the one that the extra brings."""
    from matplotlib.animation import FFMpegWriter

    if FFMpegWriter.isAvailable():
        return str(FFMpegWriter.bin_path())
    try:
        from imageio_ffmpeg import get_ffmpeg_exe

        return str(get_ffmpeg_exe())
    except (ImportError, RuntimeError):
        raise MissingExtraError(
            'an .mp4 film needs ffmpeg: pip install "symconv[film]", or write .gif, .svg or .html'
        ) from None
