"""Scenes in the theme that holds here: what is black on white becomes what the theme has."""

from __future__ import annotations

from dataclasses import replace

from symconv.plotting.scene import Cell, CellStyle, Scene
from symconv.plotting.tap_colours import DARK, FAINT, LINE, PAPER, WHITE
from symconv.typesetting.style import Ground, style


def themed(scene: Scene) -> Scene:
    """The scene with its bare cells and its words in the colours of the theme."""
    colours = _of_ground(style().ground)

    def cell(each: Cell) -> Cell:
        return each if each.style is None else replace(each, style=_bare(each.style, colours))

    words = (replace(each, ink=colours.get(each.ink, each.ink)) for each in scene.words)
    return replace(scene, cells=tuple(map(cell, scene.cells)), words=tuple(words))


def _bare(shown: CellStyle, colours: dict[str, str]) -> CellStyle:
    """A cell without a colour of its own; letters on colours are black or white in any theme."""
    if shown.fill not in colours:
        return shown
    return replace(shown, fill=colours[shown.fill], ink=colours.get(shown.ink, shown.ink))


def _of_ground(ground: Ground) -> dict[str, str]:
    names = (WHITE, DARK, PAPER, LINE, FAINT)
    shown = (ground.background, ground.ink, ground.paper, ground.line, ground.faint)
    return dict(zip(names, shown, strict=True))
