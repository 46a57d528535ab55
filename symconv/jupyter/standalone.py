"""The explorer as one file: what its pages say of chosen settings, computed beforehand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from html import escape
from itertools import product
from typing import Any

from symconv.arguments import shown
from symconv.errors import SymconvError
from symconv.jupyter.mathml import with_mathml
from symconv.jupyter.settings import Setting, operator_of
from symconv.plotting.animation import animate

MOST_SETTINGS = 100
STEPS = "Step by step"
DOCUMENT = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A layer and its matrix</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 16px/1.5 sans-serif; max-width: 70rem; margin: 1rem auto; padding: 0 1rem; }}
form {{ display: flex; flex-wrap: wrap; gap: 1rem; }}
nav button {{ font: inherit; padding: 0.3rem 0.7rem; }}
nav button[aria-pressed="true"] {{ font-weight: bold; }}
math, svg {{ max-width: 100%; }}
.page {{ overflow-x: auto; padding: 1rem 0; }}
iframe {{ border: 0; }}
</style></head><body>
<form>{choices}</form>
<div id="overview"></div><nav></nav><div class="page" id="page"></div>
<script id="said" type="application/json">{said}</script>
<script>
const said = JSON.parse(document.getElementById("said").textContent);
const form = document.forms[0], nav = document.querySelector("nav");
let title = "Matrix";
function draw() {{
  const key = [...form.elements].map((choice) => choice.selectedIndex).join();
  document.getElementById("overview").innerHTML = said[key].overview;
  document.getElementById("page").innerHTML = said[key].pages[title];
  for (const button of nav.children)
    button.setAttribute("aria-pressed", button.textContent === title);
}}
for (const each of Object.keys(Object.values(said)[0].pages)) {{
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = each;
  button.onclick = () => (title = each, draw());
  nav.append(button);
}}
form.oninput = draw;
draw();
</script></body></html>
"""


def standalone(
    setting: Setting, choices: Mapping[str, Sequence[Any]], written: Any, overview: Any
) -> str:
    """A page that shows a layer, with a choice for each control that has several values.

    Args:
        setting: where the other controls stand.
        choices: name of a control to the values that the reader may choose from.
        written: a setting and a title to the page of that title; ``overview`` what is above them.

    Raises:
        SymconvError: an unknown control, or more than 100 settings in all.
    """
    known = asdict(setting)
    for name, values in choices.items():
        if name not in known or not isinstance(values, list | tuple | range) or not values:
            raise SymconvError(
                f"{name}={shown(values)} is no list of values of one of {', '.join(known)}"
            )
    chosen = list(product(*map(enumerate, choices.values())))
    if len(chosen) > MOST_SETTINGS:
        raise SymconvError(f"{len(chosen)} settings are more than {MOST_SETTINGS} for one file")
    said = {}
    for numbered in chosen:
        chosen_here = dict(zip(choices, (value for _, value in numbered), strict=True))
        one = replace(setting, **chosen_here)
        key = ",".join(str(number) for number, _ in numbered)
        said[key] = {"overview": overview(one), "pages": _pages(one, written)}
    text = json.dumps(said).replace("</", "<\\/")
    return DOCUMENT.format(choices="".join(map(_choice, choices.items())), said=text)


def _pages(setting: Setting, written: Mapping[str, Any]) -> dict[str, str]:
    return {
        title: _film(setting, page) if title == STEPS else with_mathml(page(setting, title))
        for title, page in written.items()
    }


def _film(setting: Setting, page: Any) -> str:
    """All steps with a slider, or why there are none."""
    try:
        return animate(operator_of(setting))._repr_html_()
    except SymconvError:
        return str(page(setting, STEPS))


def _choice(control: tuple[str, Sequence[Any]]) -> str:
    name, values = control
    options = "".join(f"<option>{escape(str(value))}</option>" for value in values)
    words = escape(name.replace("_", " "))
    return f'<label>{words} <select name="{escape(name)}">{options}</select></label>'
