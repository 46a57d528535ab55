"""A whole pass as a film: GIF, MP4, SVG or a page, in step with the matrix."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING, Any, overload

from symconv.arguments import on_one_line, parse_count, parse_instance, parse_path, shown
from symconv.errors import MissingExtraError, SymconvError
from symconv.files import writable, write_whole
from symconv.plotting.figure import SceneFigure, common_palette, image_of, indexed
from symconv.plotting.layout import Layout
from symconv.plotting.panels import show_image
from symconv.plotting.scene import between, titled
from symconv.plotting.scenes import scenes_of
from symconv.plotting.steps import Steps, steps_of
from symconv.plotting.svg import framed, page, svg
from symconv.typesetting.style import say
from symconv.work_limits import allowed, check

if TYPE_CHECKING:
    from matplotlib.animation import FFMpegWriter
    from matplotlib.figure import Figure

    from symconv.operators.operator import Operator
    from symconv.plotting.scene import Scene
    from symconv.plotting.windows import How

FORMATS = (".gif", ".mp4", ".svg", ".html")
MOST_BETWEEN, MOST_PICTURES = 24, 1024
WIDTHS = (100, 4000)  # pixels
FFMPEG = (
    "-vf pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white -pix_fmt yuv420p -r 10 -crf 20 -f mp4 "
    "-movflags +faststart -threads 1 -fflags +bitexact -flags:v +bitexact -map_metadata -1"
)

Progress = Callable[[int, int], object]
Pictures = Sequence[tuple["Scene", float]]


@dataclass(frozen=True, eq=False, repr=False)
class Film:
    """A whole pass, step by step; plays where a notebook shows it. Made by :func:`animate`.

    Attributes:
        steps: all steps.
        seconds: for each step.
        numbers: the steps that are shown, counted from 0: all of them, or 256 of more.
        tween: pictures between a step and the next.
        caption: what stands above the pictures.
        width: of the pictures in pixels; None for letters of 10 points.
    """

    steps: Steps
    seconds: float
    numbers: tuple[int, ...]
    tween: int = 0
    caption: str = ""
    width: int | None = None

    @cached_property
    def scenes(self) -> list[Scene]:
        """The pictures, one a step."""
        found = scenes_of(self.steps, self.numbers)
        return [titled(scene, self.caption) for scene in found] if self.caption else found

    @property
    def pictures(self) -> list[tuple[Scene, float]]:
        """The pictures with those between them, and for how many seconds each is shown.

        Half of the time of a step is for what moves.
        """
        if not self.tween:
            return [(scene, self.seconds) for scene in self.scenes]
        found = []
        for scene, following in pairwise(self.scenes):
            found.append((scene, self.seconds / 2))
            for number in range(1, self.tween + 1):
                part = between(scene, following, number / (self.tween + 1))
                found.append((part, self.seconds / 2 / self.tween))
        return [*found, (self.scenes[-1], self.seconds)]

    @property
    def svg(self) -> str:
        """The film as text that browsers play: no script, no fonts."""
        return svg(self.scenes, self.seconds, self.title, self.width, bool(self.tween))

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
        image, output = map(show_image, (steps.input_size, steps.output_size))
        how = say("gather" if steps.gathers else "scatter")
        said = self.caption or say(
            "{how}: {image} to {output}", how=how, image=image, output=output
        )
        if len(self) == self.total:
            return said
        return f"{said}, {say('{count} of {total} steps', count=len(self), total=self.total)}"

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
                return _gif(self.pictures, self.width, progress)
        return _mp4(self.pictures, self.width, progress)

    def _page(self, margin: str) -> str:
        numbers = [number + 1 for number in self.numbers]
        shown = (self.scenes, self.seconds, self.title, numbers, self.total, margin)
        return page(*shown, self.width, bool(self.tween))

    def _repr_html_(self) -> str:
        return framed(self.scenes, self._page("0"), self.width)

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
    tween: int = 0,
    title: str = "",
    width: int | None = None,
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
    tween: int = 0,
    title: str = "",
    width: int | None = None,
    progress: Progress | None = None,
) -> Path: ...
def animate(
    operator: Operator,
    path: str | os.PathLike[str] | None = None,
    *,
    how: How | None = None,
    image: Any = None,
    seconds: float = 1.0,
    tween: int = 0,
    title: str = "",
    width: int | None = None,
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
        tween: pictures between a step and the next, in which the outlines move; in .svg and .html
            they move without a halt.
        title: what stands above the pictures.
        width: of the pictures, in pixels.
        progress: called with the pictures done and all; by default a bar in a terminal.

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
    parse_count("tween", tween, 0, MOST_BETWEEN)
    parse_instance(title, str, "is no text of a title")
    if width is not None:
        parse_count("width", width, *WIDTHS)
    steps = steps_of(operator, how, image)
    Layout(steps)  # refuses what cannot be drawn
    numbers = _chosen(len(steps) + (not steps.gathers))
    pictures = len(numbers) * (tween + 1)
    fewer = max(allowed("frames", MOST_PICTURES) // len(numbers) - 1, 0)
    what = f"{pictures} pictures, of {len(numbers)} steps with {tween} after each,"
    check("frames", pictures, what, f"take tween={fewer}", MOST_PICTURES)
    film = Film(steps, seconds, numbers, tween, title.strip(), width)
    return film if path is None else film.save(path, progress)


def _chosen(total: int) -> tuple[int, ...]:
    """The numbers of the steps that are shown: all, or so many of them at equal distances."""
    most = allowed("frames")
    if total <= most:
        return tuple(range(total))
    return tuple(round(k * (total - 1) / max(most - 1, 1)) for k in range(most))


def _target(path: str | os.PathLike[str]) -> tuple[Path, str]:
    """Where a film may be written, and its ending."""
    target = parse_path(path)
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise SymconvError(f"{target.name!r} does not end in one of {', '.join(FORMATS)}")
    writable(target)
    return target, ending


def _figures(
    scenes: Sequence[Scene], width: int | None, progress: Progress | None
) -> Iterator[Figure]:
    """One figure for each scene: its artists are made once and recoloured."""
    made = SceneFigure(scenes[0])
    if width is not None:
        made.figure.set_dpi(width / made.figure.get_figwidth())
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


def _gif(pictures: Pictures, width: int | None, progress: Progress | None) -> bytes:
    film = BytesIO()
    scenes = [scene for scene, _ in pictures]
    images = map(image_of, _figures(scenes, width, progress))
    first = next(images)
    palette = common_palette(first, scenes)
    durations = [round(seconds * 1000) for _, seconds in pictures]
    durations[-1] *= 2
    # matplotlib's writer keeps all images, each with a palette of its own: files twice as large.
    indexed(first, palette).save(
        film,
        format="GIF",
        save_all=True,
        append_images=(indexed(image, palette) for image in images),
        duration=durations,
        loop=0,
        optimize=True,
    )
    return film.getvalue()


def _mp4(pictures: Pictures, width: int | None, progress: Progress | None) -> bytes:
    """A film of even width and height that every player shows, without date or version in it."""
    tick = min(seconds for _, seconds in pictures)
    ticks = [round(seconds / tick) for _, seconds in pictures]
    figures = _figures([scene for scene, _ in pictures], width, progress)
    figure = next(figures)  # says what to install where matplotlib is missing
    from matplotlib import rc_context
    from matplotlib.animation import FFMpegWriter

    rate: Any = 1 / tick
    opaque: dict[Any, Any] = {"savefig.facecolor": "auto", "savefig.transparent": False}
    writer = FFMpegWriter(rate, "libx264", extra_args=FFMPEG.split())
    with _unnamed() as film:
        try:
            with (
                rc_context({**opaque, "animation.ffmpeg_path": _program()}),
                writer.saving(figure, str(film), figure.dpi),
            ):
                ticks[-1] *= 2
                _grab(writer, ticks[0])
                for count, _ in zip(ticks[1:], figures, strict=True):
                    _grab(writer, count)
        except (CalledProcessError, OSError) as error:  # ffmpeg has ended, or goes on no longer
            said = on_one_line(ValueError(getattr(error, "stderr", None) or error))[-200:]
            raise SymconvError(
                f"the .mp4 was not made; the folder for temporary files may be full: {said}"
            ) from None
        return film.read_bytes()


def _grab(writer: FFMpegWriter, count: int) -> None:
    for _ in range(count):
        writer.grab_frame()


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
