"""Times of what people wait for: LaTeX of a huge product, a film, a redraw of explore().

    python benchmarks/faces.py

Each figure is the median of several runs, in milliseconds.
"""

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from products import seconds

import symconv as sc
from symconv.jupyter.pages import Setting
from symconv.jupyter.widgets import overview, page, pages


def latex_of_a_huge_product() -> None:
    C = sc.conv(sc.Kernel.symbolic("k", (3, 3)), (10**6, 10**6))
    for form in ("elided", "blocks", "closed", "kron"):
        took = seconds(lambda form=form: sc.latex(C.T @ C, form), 5)
        print(f"LaTeX of C^T C at n = 10^6, {form:7} {1000 * took:8.1f}")


def films() -> None:
    kernel = sc.Kernel.arange((3, 3))
    passes = {
        "4x4 -> 2x2": sc.conv(kernel, (4, 4)),
        "2x2 -> 4x4": sc.conv_transpose(kernel, (2, 2)),
    }
    with TemporaryDirectory() as folder:
        for name, operator in passes.items():
            for ending in ("svg", "gif"):
                file = Path(folder, f"film.{ending}")
                took = seconds(lambda o=operator, f=file: sc.animate(o, f, progress=unseen), 3)
                size = file.stat().st_size
                print(f"film {name} {ending} {1000 * took:8.1f}  {size / 1000:.0f} kB")


def unseen(done: int, total: int) -> None:
    """No bar."""


def redraws() -> None:
    """3x3 on 8x8, every page; the padding changes so that nothing is remembered."""
    paddings = [0, 1, 2] * 20
    for title in pages(Setting()):

        def redraw(title: str = title) -> None:
            setting = replace(Setting(size=8), padding=paddings.pop())
            overview(setting)
            page(setting, title)

        print(f"redraw of explore(), {title:12} {1000 * seconds(redraw, 5):8.1f}")


if __name__ == "__main__":
    latex_of_a_huge_product()
    films()
    redraws()
