"""Pictures of kernel, images and matrix beside each other that light up together."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from symconv.operators.entries import concrete
from symconv.plotting.matrix_svg import image_svg, kernel_svg, matrix_svg

if TYPE_CHECKING:
    from symconv.operators.kernel import Kernel
    from symconv.operators.operator import Operator

# What lies under the pointer is a tap, a pixel, or an entry with its row and column: all that
# belongs to it is marked. An attribute, because scripts within HTML that a page puts in do not run.
LIGHT = """
const parts = {}, said = this.querySelector("output");
for (const svg of this.querySelectorAll("svg[data-part]")) parts[svg.dataset.part] = svg;
const list = (svg, axis) => svg.dataset[axis] && svg.dataset[axis].split(",");
const number = (svg, axis, at) => (all => all ? all[at] || "" : at)(list(svg, axis));
const place = (svg, axis, n) => (all => all ? all.indexOf("" + n) : n)(list(svg, axis));
const key = path => path.getAttribute("fill") + path.textContent;
const squares = svg => [...svg.querySelectorAll("path")].filter(path => path.firstElementChild);
const over = event.type === "pointerleave" ? null : event.target.closest("svg[data-part]");
let row = -1, col = -1, path = null;
if (over) {
  const view = over.viewBox.baseVal, seen = over.getBoundingClientRect();
  const x = Math.floor(view.x + (event.clientX - seen.left) * view.width / seen.width);
  const y = Math.floor(view.y + (event.clientY - seen.top) * view.height / seen.height);
  const inside = x >= 0 && y >= 0 && x < Math.floor(view.width) && y < Math.floor(view.height);
  const i = number(over, "y", y), j = number(over, "x", x);
  if (inside && i !== "" && j !== "") {
    const flat = +i * over.dataset.width + +j;
    if (over === parts.matrix) [row, col] = [+i, +j];
    if (over === parts.input) col = flat;
    if (over === parts.output) row = flat;
  }
  path = event.target.closest("path");
  if (path && !path.firstElementChild) path = null;
}
for (const svg of [parts.kernel, parts.matrix]) {
  const all = squares(svg), lit = path && all.some(each => key(each) === key(path));
  for (const each of all) each.style.opacity = lit && key(each) !== key(path) ? 0.25 : "";
}
const mark = (svg, d) => svg.querySelector(".lit").setAttribute("d", d);
const box = (x, y, w, h) => x < 0 || y < 0 ? "" : `M${x} ${y}h${w}v${h}h${-w}z`;
const view = parts.matrix.viewBox.baseVal;
const wide = Math.floor(view.width), high = Math.floor(view.height);
const across = row < 0 ? -1 : place(parts.matrix, "y", row);
const down = col < 0 ? -1 : place(parts.matrix, "x", col);
mark(parts.matrix, box(0, across, wide, 1) + box(down, 0, 1, high));
const words = [];
for (const [name, flat, line] of [["output", row, "row"], ["input", col, "column"]]) {
  const svg = parts[name], width = +svg.dataset.width;
  const at = [Math.floor(flat / width), flat % width];
  mark(svg, flat < 0 ? "" : box(place(svg, "x", at[1]), place(svg, "y", at[0]), 1, 1));
  const pixel = svg.dataset.axes > 1 ? at.join(", ") : flat;
  if (flat >= 0) words.push(`${line} ${flat}: ${name} pixel (${pixel})`);
}
if (path) words.push(path.textContent);
said.textContent = words.join(" · ") || said.dataset.idle;
"""
IDLE = "Point at a square, a tap or a pixel."
ROW = "display:flex;flex-wrap:wrap;gap:16px;align-items:flex-start;margin:8px 0"


def linked_pictures(kernel: Kernel, operator: Operator) -> str:
    """Kernel, input, output and matrix of a layer; what belongs together lights up together.

    Args:
        kernel: of one channel.
        operator: the layer, of a concrete size.

    >>> import symconv as sc
    >>> K = sc.Kernel.symbolic("k", 2)
    >>> linked_pictures(K, sc.conv(K, 3)).count("<svg")
    4
    """
    if len(kernel.size) > 2:
        return kernel_svg(kernel) + matrix_svg(operator)
    sizes = concrete(operator.cols)[1:], concrete(operator.rows)[1:]
    images = zip(("input", "output"), sizes, strict=True)
    named = [("kernel", kernel_svg(kernel)), *((part, image_svg(part, s)) for part, s in images)]
    small = "".join(
        f'<figure style="margin:0;min-width:0">{svg}<figcaption>{name}</figcaption></figure>'
        for name, svg in named
    )
    light = escape(f"{{{LIGHT}}}")
    return (
        f'<div onpointermove="{light}" onpointerleave="{light}" style="font-size:12px">'
        f'<div style="{ROW}">{small}</div>{matrix_svg(operator)}'
        f'<output data-idle="{IDLE}" style="display:block;min-height:1.5em">{IDLE}</output></div>'
    )
