"""Scenes as one animated SVG that browsers play by themselves, and as a page with a slider."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from itertools import groupby, pairwise

from symconv.plotting.scene import Cell, Point, Scene, Stroke, hatching, themed
from symconv.typesetting.style import Ground, say
from symconv.typesetting.style import style as theme
from symconv.typesetting.tap_colours import ink_on

PIXELS = 50  # a unit on the screen
FONTS = "DejaVu Sans,Verdana,Segoe UI,sans-serif"
ANCHORS = {"left": "start", "center": "middle", "right": "end"}


def svg(
    scenes: Sequence[Scene],
    seconds: float,
    title: str,
    pixels: float | None = None,
    moving: bool = False,
) -> str:
    """The scenes one after the other for ever, each for some seconds; no script, no fonts.

    Args:
        scenes: what is shown.
        seconds: how long each is shown.
        title: what it is called.
        pixels: how wide it is.
        moving: whether outlines move from each scene to the next during its second half.
    """
    scenes = [themed(scene) for scene in scenes]
    first = scenes[0]
    width, height = (_number(size) for size in (first.width, first.height))
    scale = 1.0 if pixels is None else pixels / (first.width * PIXELS)
    wide, high = (_number(size * scale) for size in (first.width, first.height))
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{wide}" height="{high}" font-family="{FONTS}" role="img">'
        f"<title>{escape(title)}</title>"
        f'<rect width="{width}" height="{height}" rx="8" fill="{ground().background}"/>'
    )
    clock = _Clock(len(scenes), seconds)
    cells = zip(*(scene.cells for scene in scenes), strict=True)
    body = [_cell(versions, clock) for versions in cells]
    body += map(_stroke, first.strokes)
    body += [_box(scenes, k, clock, moving) for k in range(len(first.boxes))]
    body += [_words(scenes, k, clock) for k in range(len(first.words))]
    return "\n".join([head, *filter(None, body), "</svg>\n"])


def ground() -> Ground:
    """The colours of the theme."""
    return theme().ground


class _Clock:
    """When each of some scenes begins, as a share of the whole."""

    def __init__(self, count: int, seconds: float) -> None:
        self.count = count
        self.seconds = seconds

    def animate(
        self, attribute: str, values: Sequence[str], begins: Sequence[int] | None = None
    ) -> str:
        """An attribute that jumps from value to value; nothing where it keeps one.

        Args:
            attribute: its name.
            values: one a scene, or one for each of ``begins``.
            begins: the scenes from which on the values are taken.
        """
        if len(set(values)) == 1:
            return ""
        pairs = zip(range(self.count) if begins is None else begins, values, strict=True)
        runs = [next(run) for _, run in groupby(pairs, lambda pair: pair[1])]
        starts = [f"{at / self.count:.5g}" for at, _ in runs]
        kept = [value for _, value in runs]
        return (
            f'<animate attributeName="{attribute}" calcMode="discrete" repeatCount="indefinite" '
            f'dur="{self.count * self.seconds:g}s" keyTimes="{";".join(starts)}" '
            f'values="{";".join(kept)}"/>'
        )

    def move(self, attribute: str, values: Sequence[str], jumps: Sequence[bool]) -> str:
        """An attribute that keeps each value for half of its scene and then goes to the next one.

        Args:
            attribute: its name.
            values: one a scene.
            jumps: whether the next value is there at once, one a scene.
        """
        if len(set(values)) == 1:
            return ""
        times, points = [0.0], [values[0]]
        for at in range(1, self.count):
            times += [at if jumps[at - 1] else at - 0.5, at]
            points += [values[at - 1], values[at]]
        starts = ";".join(f"{at / self.count:.6g}" for at in (*times, self.count))
        return (
            f'<animate attributeName="{attribute}" calcMode="linear" repeatCount="indefinite" '
            f'dur="{self.count * self.seconds:g}s" keyTimes="{starts}" '
            f'values="{";".join((*points, values[-1]))}"/>'
        )

    def shown(self, flags: Sequence[bool], begins: Sequence[int] | None = None) -> tuple[str, str]:
        """Attribute and animation of something that comes and goes."""
        values = ["visible" if flag else "hidden" for flag in flags]
        hidden = "" if flags[0] else ' visibility="hidden"'
        return hidden, self.animate("visibility", values, begins)


def _cell(versions: Sequence[Cell], clock: _Clock) -> str:
    cell = versions[0]
    # Most cells change seldom: what follows looks at the changes alone.
    changed = [k for k in range(1, len(versions)) if versions[k].style != versions[k - 1].style]
    begins = [0, *changed]
    styles = [versions[k].style for k in begins]
    if not any(styles):
        return ""
    fills = [style.fill if style else "none" for style in styles]
    lines = [ground().line if style else "none" for style in styles]
    size = _number(cell.size)
    changes = clock.animate("fill", fills, begins) + clock.animate("stroke", lines, begins)
    found = [
        (
            f'<rect x="{_number(cell.x)}" y="{_number(cell.y)}" width="{size}" height="{size}" '
            f'fill="{fills[0]}" stroke="{lines[0]}">{changes}</rect>'
        )
    ]
    hatched = [style is not None and style.hatched for style in styles]
    if any(hatched):
        at, change = clock.shown(hatched, begins)
        colours = [ink_on(style.fill) if style else ground().ink for style in styles]
        change += clock.animate("stroke", colours, begins)
        path = "".join(map(_path, hatching(cell.x, cell.y, cell.size)))
        stroke = f'stroke="{colours[0]}" stroke-opacity=".4"'
        found.append(f'<path d="{path}" {stroke}{at}>{change}</path>')
    inks = {(s.text, s.ink): None for s in styles if s and s.text and cell.font}
    for text, ink in inks:
        is_here = [s is not None and (s.text, s.ink) == (text, ink) for s in styles]
        at, change = clock.shown(is_here, begins)
        x, y = cell.x + cell.size / 2, cell.y + cell.size / 2
        found.append(_text(x, y, text, cell.font, ink, "center", at, change))
    return "".join(found)


def _box(scenes: Sequence[Scene], k: int, clock: _Clock, moving: bool) -> str:
    boxes = [scene.boxes[k] for scene in scenes]
    if not any(box.width for box in boxes):
        return ""
    sides = ("x", "y", "width", "height")
    places = {side: [_number(getattr(box, side)) for box in boxes] for side in sides}
    first = " ".join(f'{side}="{values[0]}"' for side, values in places.items())
    jumps = [not (a.width and b.width) for a, b in pairwise(boxes)]
    changes = "".join(
        clock.move(side, values, jumps) if moving else clock.animate(side, values)
        for side, values in places.items()
    )
    stroke = _number(max(box.stroke for box in boxes if box.width))
    line = f'stroke="{ground().ink}" stroke-width="{stroke}"'
    return f'<rect {first} fill="none" {line}>{changes}</rect>'


def _words(scenes: Sequence[Scene], k: int, clock: _Clock) -> str:
    words = scenes[0].words[k]
    texts = [scene.words[k].text for scene in scenes]
    found = []
    for text in dict.fromkeys(filter(None, texts)):
        at, change = clock.shown([text == other for other in texts])
        found.append(_text(words.x, words.y, text, words.size, words.ink, words.anchor, at, change))
    return "".join(found)


def _text(
    x: float, y: float, text: str, size: float, ink: str, anchor: str, at: str, change: str
) -> str:
    return (
        f'<text x="{_number(x)}" y="{_number(y + 0.36 * size)}" font-size="{_number(size)}" '
        f'fill="{ink}" text-anchor="{ANCHORS[anchor]}" xml:space="preserve"{at}>'
        f"{escape(text)}{change}</text>"
    )


def _stroke(stroke: Stroke) -> str:
    path = _path(((stroke.x0, stroke.y0), (stroke.x1, stroke.y1)))
    return f'<path d="{path}" stroke="{ground().ink}" stroke-width="{stroke.strength / 0.7:.3g}"/>'


def _path(ends: tuple[Point, Point]) -> str:
    (a, b), (c, d) = ends
    return f"M{_number(a)} {_number(b)}L{_number(c)} {_number(d)}"


def _number(length: float) -> str:
    return f"{length * PIXELS:.5g}"


PAGE = """<!DOCTYPE html>
<html lang="{language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; background: Canvas; color: CanvasText; }}
body {{ font: 15px/1.5 {fonts}; margin: {margin}; max-width: {width}px; padding: 0 12px; }}
.film svg {{ display: block; max-width: 100%; height: auto; }}
.film p {{ display: flex; gap: 12px; align-items: center; }}
.film input {{ flex: 1; }}
.film output {{ min-width: 6em; text-align: right; font-variant-numeric: tabular-nums; }}
</style>
<div class="film">
<p>
<button type="button">{pause}</button>
<input type="range" min="0" max="{last}" value="0" aria-label="{step}">
<output></output>
</p>
{note}{svg}
<script>
"use strict";
(() => {{
  const film = document.currentScript.parentElement;
  const svg = film.querySelector("svg"), button = film.querySelector("button");
  const step = film.querySelector("input"), count = film.querySelector("output");
  const seconds = {seconds}, numbers = {numbers}, total = {total}, moving = {moving};
  let timer = null;
  // The slider alone says which step is shown: the picture's own clock stands still.
  function show(k, share = 0.5) {{
    step.value = k;
    svg.setCurrentTime((k + share) * seconds);
    count.textContent = numbers[k] + " / " + total;
  }}
  function move(before, at) {{
    const past = (at + (performance.now() - before) / 1000 / seconds) % numbers.length;
    show(Math.floor(past), past % 1);
    const now = performance.now();
    timer = requestAnimationFrame(() => move(now, past));
  }}
  function play(on) {{
    clearInterval(timer);
    cancelAnimationFrame(timer);
    timer = null;
    const next = () => show((Number(step.value) + 1) % numbers.length);
    if (on && moving) move(performance.now(), Number(step.value));
    else if (on) timer = setInterval(next, 1000 * seconds);
    else show(Number(step.value));
    button.textContent = {said}[on ? 0 : 1];
  }}
  button.onclick = () => play(timer === null);
  step.oninput = () => {{ play(false); show(Number(step.value)); }};
  svg.pauseAnimations();
  show(0);
  play(!matchMedia("(prefers-reduced-motion: reduce)").matches);
}})();
</script>
</div>
</html>
"""


def page(
    scenes: Sequence[Scene],
    seconds: float,
    title: str,
    numbers: Sequence[int] = (),
    total: int = 0,
    margin: str = "24px auto",
    pixels: float | None = None,
    moving: bool = False,
) -> str:
    """A page of its own with the animation, a button and a slider; it loads nothing.

    Args:
        scenes: what is shown, each for some seconds.
        seconds: how long each is shown.
        title: of the page and of the picture.
        numbers: which step each scene is, where they are some of all.
        total: how many steps there are.
        margin: around the page, as CSS has it.
        pixels, moving: as in :func:`svg`.
    """
    numbers = numbers or range(1, len(scenes) + 1)
    few = say("{count} of {total} steps", count=len(numbers), total=total)
    return PAGE.format(
        title=escape(title),
        language=theme().words if isinstance(theme().words, str) else "en",
        pause=escape(say("Pause")),
        said=json.dumps([say("Pause"), say("Play")]).replace("</", "<\\/"),
        step=escape(say("Step")),
        moving=str(moving).lower(),
        fonts=FONTS,
        width=round(pixels or scenes[0].width * PIXELS),
        last=len(scenes) - 1,
        svg=svg(scenes, seconds, title, pixels, moving),
        seconds=f"{seconds:g}",
        numbers=[*numbers],
        total=total or len(scenes),
        margin=margin,
        note=f"<p>{escape(few)}.</p>\n" if len(numbers) < total else "",
    )


def framed(scenes: Sequence[Scene], html: str, pixels: float | None = None) -> str:
    """A page inside another one, which neither sees the other's names nor its styles."""
    width = pixels or scenes[0].width * PIXELS
    height = round(width * scenes[0].height / scenes[0].width) + 110
    return (
        f'<iframe srcdoc="{escape(html)}" sandbox="allow-scripts" loading="lazy" '
        f'style="border:0;width:100%;max-width:{round(width) + 24}px;'
        f'height:{height}px"></iframe>'
    )
