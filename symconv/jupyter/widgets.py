"""Sliders for a layer in JupyterLab, with its matrix, formulas and code beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from html import escape
from importlib import import_module
from itertools import product
from pathlib import Path
from typing import Any

from symconv.arguments import parse_count, parse_flag, parse_instance, parse_path
from symconv.errors import MissingExtraError, SymconvError
from symconv.files import writable, write_whole
from symconv.jupyter.linked_pictures import linked_pictures
from symconv.jupyter.pages import (
    closed_formulas,
    explanation,
    headline,
    latex_source,
    matrix_formula,
    product_formulas,
    step_count,
    step_picture,
    symconv_code,
    torch_code,
)
from symconv.jupyter.settings import Setting, operator_of, rows_of
from symconv.jupyter.standalone import STEPS, standalone
from symconv.operators.padding import PADDING_MODES, parse_mode

SLIDERS = {
    "kernel_size": ("kernel size", 1, 5),
    "size": ("image size", 1, 64),
    "stride": ("stride", 1, 4),
    "padding": ("padding", 0, 4),
    "dilation": ("dilation", 1, 4),
    "output_padding": ("output padding", 0, 3),
    "step": ("step", 0, 4095),
}
CHOICES: dict[str, tuple[str, list[tuple[str, Any]]]] = {
    "transposed": ("layer", [("convolution", False), ("transposed convolution", True)]),
    "axes": ("image", [("one axis", 1), ("two axes", 2)]),
    "symbolic": ("kernel", [("symbols", True), ("numbers 1, 2, 3, …", False)]),
    "padding_mode": ("padding mode", [(mode, mode) for mode in PADDING_MODES]),
}
GROUPS = {
    "Layer": ("transposed", "axes", "symbolic", "entries"),
    "Sizes": ("kernel_size", "size"),
    "Placement": ("stride", "padding", "padding_mode", "dilation", "output_padding"),
}
# The tabs of ipywidgets stand on one line, which a narrow page cuts off.
STYLE = """<style>
.symconv-explorer .lm-TabBar, .symconv-explorer .lm-TabBar-content { flex-wrap: wrap; }
.symconv-explorer .lm-TabBar { max-height: none; overflow: visible; }
.symconv-explorer .lm-TabBar-tab { flex: 0 0 auto; min-width: 0; }
</style>"""
CONTROLS = tuple(field.name for field in fields(Setting))
FORMULAS = ("Matrix", "Products", "Any size")
GAP = '<div style="height:1em"></div>'


def explore(**start: Any) -> Any:
    """Sliders for a layer, and what its matrix, its products and its code are: for JupyterLab.

    Settings that describe no layer are explained in place.

    Args:
        start: where the controls start: axes, transposed, symbolic, entries (of the kernel, as
            text: exact numbers or names), kernel_size, size, stride, padding, dilation,
            output_padding, padding_mode, step.

    Returns:
        A widget of ipywidgets; its ``to_html("layer.html", stride=[1, 2])`` writes one file that
        works without a kernel, here with a choice of strides.

    Raises:
        SymconvError: an unknown control, or ipywidgets is not installed.

    >>> import symconv as sc
    >>> sc.explore(colour="red")
    Traceback (most recent call last):
    ...
    symconv.errors.SymconvError: explore() has no control colour; it has axes, transposed, \
symbolic, kernel_size, size, stride, padding, dilation, output_padding, padding_mode, step, entries
    """
    known = CONTROLS
    for name in start:
        if name not in known:
            raise SymconvError(f"explore() has no control {name}; it has {', '.join(known)}")
    setting = Setting(**{name: _parsed(name, value) for name, value in start.items()})
    widgets = _ipywidgets()
    controls = _controls(widgets, setting)
    box, redraw = _outputs(widgets, controls)
    for control in controls.values():
        control.observe(redraw, "value")
    redraw(None)
    group = {"flex": "1 1 320px", "min_width": "0"}
    groups = [
        widgets.VBox(
            [widgets.HTML(f"<strong>{title}</strong>"), *map(controls.get, names)], layout=group
        )
        for title, names in GROUPS.items()
    ]
    top = widgets.HBox(groups, layout={"flex_flow": "row wrap", "grid_gap": "0 24px"})
    explorer = type("Explorer", (widgets.VBox,), {"to_html": to_html})(
        [top, box, widgets.HTML(STYLE)]
    )
    explorer.setting = lambda: _setting(controls)
    explorer.controls = controls
    explorer.add_class("symconv-explorer")
    return explorer


def to_html(explorer: Any, path: str | os.PathLike[str], **choices: Sequence[Any]) -> Path:
    """Write what the explorer shows to a file that needs no kernel, no network and no server.

    Args:
        path: where to.
        choices: values of controls that the reader may choose from, ``stride=[1, 2]``; all that
            these make are computed beforehand, 100 at most. The others stay where they stand.

    Raises:
        SymconvError: an unknown control, too many settings, or a file that cannot be written.
        MissingExtraError: latex2mathml is not installed.

    >>> import symconv as sc
    >>> file = getfixture("tmp_path") / "layer.html"
    >>> sc.explore(size=4).to_html(file, stride=[1, 2]).name
    'layer.html'
    """
    parsed = {
        name: [_parsed(name, value) for value in values]
        for name, values in choices.items()
        if name in CONTROLS and isinstance(values, list | tuple | range)
    }
    written = dict.fromkeys(pages(Setting()), page)
    target = writable(parse_path(path))
    write_whole(target, standalone(explorer.setting(), choices | parsed, written, overview))
    return target


def _ipywidgets() -> Any:
    try:
        return import_module("ipywidgets")
    except ModuleNotFoundError:
        raise MissingExtraError(
            'explore() needs ipywidgets: pip install "symconv[jupyter]"'
        ) from None


# --- controls ----------------------------------------------------------------------------------


def _controls(widgets: Any, start: Setting) -> dict[str, Any]:
    """Name of a setting to its widget."""
    alike = {"style": {"description_width": "95px"}, "layout": {"width": "98%"}}
    controls = {
        "entries": widgets.Text(
            value=start.entries,
            placeholder="1, 1/2; 0, a",
            description="or type it",
            continuous_update=False,
            **alike,
        )
    }
    for name, (title, options) in CHOICES.items():
        value = getattr(start, name)
        controls[name] = widgets.Dropdown(options=options, value=value, description=title, **alike)
    for name, (title, least, most) in SLIDERS.items():
        value = getattr(start, name)
        controls[name] = widgets.IntSlider(
            value=value, min=least, max=max(most, value), description=title, **alike
        )
    return controls


def _parsed(name: str, value: object) -> Any:
    """A value of a control; sliders may start beyond their end."""
    if name in ("transposed", "symbolic"):
        return parse_flag(name, value)
    if name == "padding_mode":
        return parse_mode(value)
    if name == "entries":
        return parse_instance(value, str, "is no text of a kernel's entries: '1, 2; 3, a'")
    if name == "axes":
        return parse_count(name, value, 1, 2)
    _, least, most = SLIDERS[name]
    return parse_count(name, value, least, 4 * most)


def _setting(controls: dict[str, Any]) -> Setting:
    """What the controls say; those of the other kind of layer are switched off and do not count."""
    setting = Setting(**{name: control.value for name, control in controls.items()})
    controls["output_padding"].disabled = not setting.transposed
    controls["padding_mode"].disabled = setting.transposed
    typed = bool(setting.entries.strip())
    controls["symbolic"].disabled = controls["kernel_size"].disabled = typed
    if typed:
        rows = rows_of(setting.entries)
        size = len(rows[0]) if setting.axes == 2 else sum(map(len, rows))
        setting = replace(setting, kernel_size=size)
    if setting.transposed:
        return replace(setting, padding_mode="zeros")
    return replace(setting, output_padding=0)


# --- outputs -----------------------------------------------------------------------------------


def pages(setting: Setting) -> dict[str, Callable[[], str]]:
    """Title of a page to the function that writes it, as HTML with formulas in dollars."""
    return {
        "Matrix": lambda: _paragraphs(matrix_formula(setting)),
        STEPS: lambda: step_picture(setting),
        "Products": lambda: _paragraphs(*product_formulas(setting)),
        "Any size": lambda: _paragraphs(*closed_formulas(setting)),
        "In words": lambda: _paragraphs(*map(escape, explanation(setting))),
        "LaTeX": lambda: "".join(map(_source, latex_source(setting) or ["% all are too large"])),
        "symconv": lambda: _source(f"import symconv as sc\n\n{symconv_code(setting)}"),
        "PyTorch": lambda: _source(torch_code(setting)),
    }


def overview(setting: Setting) -> str:
    """The sizes, and pictures of a layer that light up together; or what is wrong.

    >>> overview(Setting(kernel_size=5, size=4))[:34]
    '<div role="alert" style="color:var'
    """
    try:
        operator = operator_of(setting)
    except SymconvError as error:
        return _alert(error, way_out(setting))
    return f"<div><b>{headline(setting)}</b></div>{linked_pictures(setting.kernel, operator)}"


def _outputs(widgets: Any, controls: dict[str, Any]) -> tuple[Any, Callable[[Any], None]]:
    """The pictures with the pages beside them, and the function that draws both again."""
    beside = widgets.HTML(layout={"flex": "1 1 360px", "min_width": "0", "max_width": "640px"})
    titles = list(pages(Setting()))
    layout = {"overflow": "auto", "padding": "4px"}
    kinds = (widgets.HTMLMath if title in FORMULAS else widgets.HTML for title in titles)
    bodies = [kind(layout=layout) for kind in kinds]
    play = widgets.Play(value=controls["step"].value, max=controls["step"].max, interval=700)
    widgets.jslink((play, "value"), (controls["step"], "value"))
    steps = widgets.HBox([play, controls["step"]], layout={"flex_flow": "row wrap"})
    children = [
        widgets.VBox([steps, body]) if title == STEPS else body
        for title, body in zip(titles, bodies, strict=True)
    ]
    tabs = widgets.Tab(
        children=children, titles=titles, layout={"flex": "1 1 460px", "min_width": "0"}
    )

    def redraw(_: Any) -> None:
        setting = _setting(controls)
        _limit_steps((play, controls["step"]), setting)
        beside.value = overview(setting)
        bodies[tabs.selected_index].value = page(setting, titles[tabs.selected_index])

    tabs.observe(redraw, "selected_index")
    room = {"margin": "8px 0 0", "flex_flow": "row wrap", "grid_gap": "0 24px"}
    return widgets.HBox([beside, tabs], layout=room), redraw


def _limit_steps(movers: Sequence[Any], setting: Setting) -> None:
    with suppress(SymconvError):  # said beside the pages
        for mover in movers:
            mover.max = step_count(setting) - 1


def page(setting: Setting, title: str) -> str:
    """One page, or why there is none."""
    try:
        operator_of(setting)
    except SymconvError as error:
        return _alert(error, way_out(setting))
    try:
        return pages(setting)[title]()
    except SymconvError as error:
        return _alert(error)


def way_out(setting: Setting) -> str:
    """The slider that has to move least so that there is a layer; nothing where it takes two.

    >>> way_out(Setting(kernel_size=5, size=4))
    'With kernel size 4 there is a layer.'
    """
    typed = bool(setting.entries.strip())
    sliders = [name for name in SLIDERS if name != "step" and not (typed and name == "kernel_size")]
    farthest = max(SLIDERS[name][2] for name in sliders)
    for distance, name, sign in product(range(1, farthest + 1), sliders, (-1, 1)):
        title, least, most = SLIDERS[name]
        value = getattr(setting, name) + sign * distance
        if least <= value <= most:
            with suppress(SymconvError):
                operator_of(replace(setting, **{name: value}))
                return f"With {title} {value} there is a layer."
    return ""


def _alert(error: SymconvError, advice: str = "") -> str:
    colour = "var(--jp-error-color1, #d32f2f)"
    said = f"{error}. {advice}" if advice else str(error)
    return f'<div role="alert" style="color:{colour}">{escape(said)}</div>'


def _paragraphs(*parts: str) -> str:
    return GAP.join(f"<div>{part}</div>" for part in parts)


def _source(code: str) -> str:
    """Code that one click selects."""
    style = "user-select:all;white-space:pre-wrap;line-height:1.4"
    return f'<pre style="{style}">{escape(code)}</pre>'
