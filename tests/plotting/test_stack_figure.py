"""Pictures of stacks: every layer once, sizes after it, and lines that join what follows."""

from collections import Counter

import pytest
import sympy as sp
from stacks.networks import resnet18

import symconv as sc
from symconv.errors import ShapeError

n = sp.Symbol("n")
THREE = {"kernel_size": 3, "padding": 1}


def words(figure):
    return Counter(text.get_text() for text in figure.axes[0].texts)


def test_every_layer_and_the_sizes_after_it():
    found = words(sc.draw(sc.stack(resnet18(), (n, n))))
    # He et al., table 1: a stem, eight blocks, three of them with a projection of stride 2.
    assert found["conv 7, stride 2, padding 3"] == 1
    assert found["conv 3, padding 1"] == 13
    assert found["conv 3, stride 2, padding 1"] == found["conv 1, stride 2"] == 3
    assert (found["+"], found["ReLU"]) == (8, 17)
    # After the last sum and the ReLU, and on its branches three and four times.
    assert found["1 × ⌈n/32⌉ × ⌈n/32⌉"] == 2 + 4 + 2 + 3


def test_channels_that_are_joined():
    pool = {"max_pool": 3, "stride": 1, "padding": 1}
    figure = sc.draw(sc.stack([{"concat": [[THREE], [], [pool]]}], 2 * n + 1))
    found = words(figure)
    # After the image, on two branches, after the join it is three channels.
    assert (found["concat"], found["MaxPool 3, padding 1"]) == (1, 1)
    assert (found["1 × 2·n + 1"], found["3 × 2·n + 1"]) == (3, 1)
    assert figure.axes[0].get_title(loc="left") == "one layer: 1 × 2·n + 1 → 3 × 2·n + 1"


def segments(figure):
    return figure.axes[0].collections[0].get_segments()


@pytest.mark.parametrize("layers", [[THREE, "relu"], [{"sum": [[THREE], []]}, "relu"], resnet18()])
def test_lines_join_the_boxes(layers):
    """Every box but the image hangs on a line from above, and no two boxes lie on each other."""
    figure = sc.draw(sc.stack(layers, (64, 64)))
    boxes = [path.get_extents() for path in figure.axes[0].collections[1].get_paths()]
    ends = [(round(float(x), 6), round(float(y), 6)) for line in segments(figure) for x, y in line]
    hanging = [(round((box.x0 + box.x1) / 2, 6), round(float(box.y0), 6)) in ends for box in boxes]
    assert sum(hanging) == len(boxes) - 1
    for number, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[:number])
        assert box.x0 > 0
        assert box.x1 < figure.axes[0].get_xlim()[1]


def test_what_is_not_drawn():
    with pytest.raises(ShapeError, match="no by"):
        sc.draw(sc.stack([THREE], (4, 4)), "tap")
    with pytest.raises(ShapeError, match="401 layers"):
        sc.draw(sc.stack(["relu"] * 400, (4,)))
