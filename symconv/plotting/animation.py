"""A whole pass as a film: GIF, MP4, SVG or a page, in step with the matrix."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from symconv.errors import MissingExtraError, SymconvError
from symconv.files import replacing
from symconv.operators.operator import Operator
from symconv.plotting.canvas import new_figure
from symconv.plotting.labels import show_image
from symconv.plotting.palette import DARK, WHITE, channels
from symconv.plotting.player import Player
from symconv.plotting.scene import Scene
from symconv.plotting.scenes import Storyboard
from symconv.plotting.steps import plan
from symconv.plotting.svg import page, svg
from symconv.plotting.windows import How

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = (".gif", ".mp4", ".svg", ".html")
MOST_COLOURS = 256

Progress = Callable[[int, int], object]


def animate(
    operator: Operator,
    path: str | os.PathLike[str],
    *,
    how: How | None = None,
    image: Any = None,
    seconds: float = 1.0,
    progress: Progress | None = None,
) -> Path:
    """Write a film of a whole pass: window or stamp, running output, lit row or column.

    Equal arguments give equal bytes.

    Args:
        operator: any operator on one to three axes; see :func:`symconv.draw_window`.
        path: where to; its ending says which: .gif, .mp4 (extra ``film``), .svg (plays in
            browsers), .html (with a slider; loads nothing).
        how: "gather" or "scatter"; by default a transpose scatters and all others gather.
        image: numbers of the image; see :func:`symconv.frames.frames`.
        seconds: for each step.
        progress: called with the steps done and all steps; by default a bar in a terminal.

    Returns:
        The path.

    Raises:
        ShapeError: a symbolic size, or pictures that would be too large to read.
        MissingExtraError: matplotlib, Pillow or ffmpeg is missing.
        SymconvError: another ending, or a file that cannot be written.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
    >>> folder = getfixture("tmp_path")
    >>> animate(C, folder / "conv.svg").name
    'conv.svg'
    """
    target = Path(path)
    ending = target.suffix.lower()
    if ending not in FORMATS:
        raise SymconvError(f"{target.name!r} does not end in one of {', '.join(FORMATS)}")
    if not 0.02 <= seconds <= 60:
        raise SymconvError(f"seconds={seconds} for each step: 0.02 to 60 are shown")
    board = Storyboard(plan(operator, how, image))
    scenes = board.scenes()
    title = f"{board.journey.how}: {show_image(board.journey.input_size)} to "
    title += show_image(board.journey.output_size)
    with replacing(target) as whole:
        _write(whole, scenes, seconds, title, progress)
    return target


def _write(
    target: Path, scenes: Sequence[Scene], seconds: float, title: str, progress: Progress | None
) -> None:
    """Write a film in the format that the name ends in."""
    match target.suffix:
        case ".svg":
            target.write_text(svg(scenes, seconds, title), encoding="utf-8")
        case ".html":
            target.write_text(page(scenes, seconds, title), encoding="utf-8")
        case ".gif":
            _write_gif(target, scenes, seconds, progress)
        case _:
            _write_mp4(target, scenes, seconds, progress)


def _images(scenes: Sequence[Scene], progress: Progress | None) -> Iterator[Image]:
    """The scenes as pixels; artists are made once and recoloured."""
    try:
        from PIL import Image
    except ImportError:
        raise MissingExtraError('films need Pillow: pip install "symconv[plots]"') from None
    player = Player(scenes[0])
    canvas: Any = player.figure.canvas
    for scene in _followed(scenes, progress):
        player.show(scene)
        canvas.draw()
        size = canvas.get_width_height()
        yield Image.frombuffer("RGBA", size, canvas.buffer_rgba()).convert("RGB")


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


def _write_gif(
    target: Path, scenes: Sequence[Scene], seconds: float, progress: Progress | None
) -> None:
    images = _images(scenes, progress)
    first = next(images)
    palette = _common_palette(first, scenes)
    durations = [round(seconds * 1000)] * (len(scenes) - 1) + [round(seconds * 2000)]
    _indexed(first, palette).save(
        target,
        save_all=True,
        append_images=(_indexed(image, palette) for image in images),
        duration=durations,
        loop=0,
        optimize=True,
    )


def _common_palette(image: Image, scenes: Sequence[Scene]) -> Sequence[tuple[int, ...]]:
    """One palette for all frames, so that no colour flickers: the fills as they are, and more."""
    fills = {c.paint.fill: None for scene in scenes for c in scene.cells if c.paint}
    exact = [channels(colour) for colour in (WHITE, DARK, *fills)]
    flat = image.quantize(MOST_COLOURS - len(exact)).getpalette() or []
    more = list(zip(flat[::3], flat[1::3], flat[2::3], strict=True))
    return (*exact, *more)[:MOST_COLOURS]  # old Pillows fill up to 256 with zeros


def _indexed(image: Image, palette: Sequence[tuple[int, ...]]) -> Image:
    """The image with every colour replaced by the nearest one of the palette, found exactly."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(image).astype(np.int32)
    codes, places = np.unique(pixels @ np.array([65536, 256, 1]), return_inverse=True)
    colours = np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1)
    nearest = ((colours[:, None] - np.array(palette)) ** 2).sum(axis=-1).argmin(axis=-1)
    indexed = Image.fromarray(nearest[places].reshape(pixels.shape[:2]).astype(np.uint8))
    indexed.putpalette(np.array(palette, dtype=np.uint8).tobytes())
    return indexed


def _write_mp4(
    target: Path, scenes: Sequence[Scene], seconds: float, progress: Progress | None
) -> None:
    program = _program()
    images = _images(scenes, progress)
    image = next(images)
    command = _ffmpeg(program, image.size, seconds, target)
    with TemporaryFile() as complaint:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=complaint)
        try:
            _feed(process, chain([image], images))
        finally:
            code = process.wait()
        if code:
            complaint.seek(0)
            reason = complaint.read().decode(errors="replace").strip()
            raise SymconvError(f"ffmpeg: {reason[-300:]}")


def _program() -> str:
    """The ffmpeg that matplotlib is set to, or the one that the extra brings."""
    new_figure(1, 1)  # says what to install where matplotlib is missing
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


def _feed(process: subprocess.Popen[bytes], images: Iterator[Image]) -> None:
    """All images, the last one twice; a program that ends early is asked why later."""
    assert process.stdin is not None
    with suppress(BrokenPipeError), process.stdin as film:
        for image in images:
            film.write(image.tobytes())
        film.write(image.tobytes())


def _ffmpeg(program: str, size: tuple[int, int], seconds: float, target: Path) -> list[str]:
    """A film of even width and height that every player shows, without date or version in it."""
    source = f"-f rawvideo -pix_fmt rgb24 -s {size[0]}x{size[1]} -r {1 / seconds:.6f} -i -"
    picture = "-vf pad=ceil(iw/2)*2:ceil(ih/2)*2:color=white -pix_fmt yuv420p -r 10"
    fixed = "-threads 1 -fflags +bitexact -flags:v +bitexact -map_metadata -1"
    coded = "-c:v libx264 -crf 20 -movflags +faststart"
    words = f"-loglevel error -y {source} {picture} {coded} {fixed}".split()
    return [program, *words, str(target)]
