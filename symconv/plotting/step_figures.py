"""One step of a layer as a figure: a window that gathers, a pixel that scatters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from symconv.operators.entries import flat_index, pixel
from symconv.plotting.figure import SceneFigure
from symconv.plotting.scenes import scenes_of
from symconv.plotting.steps import steps_of
from symconv.plotting.windows import How

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from symconv.operators.operator import Operator


def draw_window(operator: Operator, index: Any, image: Any = None) -> Figure:
    """How one output pixel is made: the window under the kernel, and the row of the matrix.

    Args:
        operator: any operator on one to three axes. A convolution or its transpose shows padding
            and stuffed zeros; any other, a row of its matrix as an image.
        index: the output pixel, as a flat index or a tuple, led by the channel where there are
            several.
        image: numbers of the image; see :func:`symconv.plotting.steps.steps_of`.

    Returns:
        A matplotlib ``Figure``.

    Raises:
        ShapeError: there is no such pixel, or the picture would be too large to read.

    >>> import symconv as sc
    >>> C = sc.conv(sc.Kernel.arange((3, 3)), (4, 4))
    >>> figure = draw_window(C, (0, 1))
    >>> figure.axes[0].texts[-1].get_text()
    'y₀₁ = 1·2 + 2·3 + 3·4 + 4·6 + 5·7 + 6·8 + 7·10 + 8·11 + 9·12 = 393'
    """
    return _figure(operator, "gather", index, image)


def draw_scatter(operator: Operator, index: Any, image: Any = None) -> Figure:
    """What one input pixel does: it times the kernel is added to the output; a matrix column.

    The output shows the sum of this pixel and of those before it.

    Args:
        operator, image: as in :func:`draw_window`.
        index: the input pixel, as a flat index or a tuple.

    >>> import symconv as sc
    >>> T = sc.conv_transpose(sc.Kernel.arange((3, 3)), (2, 2))
    >>> figure = draw_scatter(T, 3)
    >>> figure.axes[0].texts[-1].get_text()
    'pixel (1,1) is 4: 4 × kernel is added to the output'
    """
    return _figure(operator, "scatter", index, image)


def _figure(operator: Operator, how: How, index: Any, image: Any) -> Figure:
    steps = steps_of(operator, how, image)
    at = pixel(steps.step_size, index)
    (scene,) = scenes_of(steps, [flat_index(at, steps.step_size)])
    return SceneFigure(scene).figure
