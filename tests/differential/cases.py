"""What a case is, and how it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

import symconv as sc

# A sum is rounded term by term; an interpolation has rounded the place, and so the weights, before.
MOST_ROUNDINGS = 32
# What a framework runs and symconv refuses on purpose, by what it says.
DELIBERATE = (
    "PyTorch 2.13 gives every row of an output of width 1",
    "antialias with align_corners needs two pixels",
    "ONNX Runtime may give one",
    "pairs of taps, more than",
    "ONNX Runtime 1.31 puts the channels after the first at wrong places",
    "Runtime rounds either way",
)


@dataclass(frozen=True)
class Case:
    """A layer of a framework.

    Attributes:
        layer: its name, a row of the table.
        shown: how it was made.
        image: (channels, *size), integers.
        run: the framework on that image, channels first, without the batch; an error if it refuses.
        read: what symconv reads, an operator or an affine map.
        places: for what computes in floating point where pixels lie: 0 where they are n/m apart, 1
            where (n - 1)/(m - 1).
        factors: those that it is given for its places, and by which it divides weights.
    """

    layer: str
    shown: str
    image: Any
    run: Callable[[Any], Any]
    read: Callable[[], Any]
    places: int | None = None
    factors: tuple[float, ...] = ()


@dataclass
class Figures:
    """Counts by layer and outcome, and what was found."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    worst: Counter[str] = field(default_factory=Counter)

    def add(self, layer: str, outcome: str, finding: str = "") -> None:
        self.counts[layer, outcome] += 1
        if finding:
            self.findings.append(f"{layer}: {finding}")


def judge(case: Case, figures: Figures) -> None:
    """Run a case on both sides and count the outcome."""
    try:
        wanted, refused = np.asarray(case.run(case.image)), ""
    except AssertionError:
        raise
    except Exception as error:
        wanted, refused = None, " ".join(str(error).split())[:120]
    try:
        found, reason = case.read(), ""
    except sc.SymconvError as error:
        found, reason = None, str(error)
    except Exception as error:
        figures.add(case.layer, "wrong", f"{case.shown} ends in {error!r}")
        return
    if wanted is not None and wanted.size == 0:  # an image without a pixel is none of ours
        wanted, refused = None, "an image without a pixel"
    if found is None or wanted is None:
        _one_refuses(case, found, wanted, refused, reason, figures)
        return
    got, reach = applied(found, case.image)
    if len(got) != wanted.size or (
        tuple(found.output_size) != wanted.shape[1:]
        and wanted.ndim == case.image.ndim
        and "nfold" not in case.layer
        and "old" not in case.layer
        and "Linear" not in case.layer
    ):
        figures.add(case.layer, "wrong", f"{case.shown} gives {wanted.shape}, read as {found!r}")
        return
    unit, fits = rounding(wanted), all_fit(got, reach, wanted)
    if case.places is not None:
        fits = fits and has_binary_steps(found, case.places, case.factors)
        reach = [size + int(abs(case.image).max()) * max(case.image.shape[1:]) for size in reach]
    apart = farthest(got, reach, wanted) / unit
    figures.worst[case.layer] = max(figures.worst[case.layer], apart)
    if apart == 0:
        figures.add(case.layer, "equal")
    elif fits or apart > MOST_ROUNDINGS:
        figures.add(case.layer, "wrong", f"{case.shown} differs by {float(apart):.3g} roundings")
    else:
        figures.add(case.layer, "equal but for rounding")


def _one_refuses(
    case: Case, found: Any, wanted: Any, refused: str, reason: str, figures: Figures
) -> None:
    if found is None and wanted is None:
        figures.add(case.layer, "refused by both")
    elif wanted is None:
        figures.add(case.layer, "only read", f"{case.shown} is read; the framework says {refused}")
    elif any(words in reason for words in DELIBERATE) or _wraps_what_it_crops(case):
        figures.add(case.layer, "refused on purpose")
    else:
        figures.add(case.layer, "only run", f"{case.shown} is run; symconv says {reason}")


def _wraps_what_it_crops(case: Case) -> bool:
    """PyTorch then reads pixels that it has not written yet."""
    return "ircular" in case.shown and "-1" in case.shown


def rounding(wanted: Any) -> Fraction:
    """Half of the step from 1 to the next number of its type: the most that one result is off."""
    kind = wanted.dtype if wanted.dtype.kind == "f" else np.float64
    return Fraction(float(np.finfo(kind).eps)) / 2


def all_fit(got: list[Fraction], reach: list[Fraction], wanted: Any) -> bool:
    """Whether floating point has nothing to round: binary fractions whose sums fit the type."""
    parts = lcm(*(value.denominator for value in (*got, *reach)))
    return parts & (parts - 1) == 0 and max(reach) * parts * rounding(wanted) <= 1


def has_binary_steps(found: Any, corners: int, factors: tuple[float, ...]) -> bool:
    """Whether an image grows by powers of two, so that neither a factor nor a place is rounded."""
    pairs = zip(found.input_size, found.output_size, strict=True)
    steps = [Fraction(max(n - corners, 1), max(m - corners, 1)) for n, m in pairs]
    steps += map(Fraction, factors)
    return all(parts & (parts - 1) == 0 for step in steps for parts in step.as_integer_ratio())


def farthest(got: list[Fraction], reach: list[Fraction], wanted: Any) -> Fraction:
    """How far floating point is from what is exact, by what is added up for a pixel.

    Zero where each number is the exact one, or the one of its type that is next to it.
    """
    pairs = zip(got, reach, wanted.ravel().tolist(), strict=True)
    kind = wanted.dtype.type
    return max(
        (
            abs(Fraction(number) - exact) / (size or 1)
            for exact, size, number in pairs
            if kind(exact.numerator / exact.denominator) != number
        ),
        default=Fraction(0),
    )


def applied(found: Any, image: Any) -> tuple[list[Fraction], list[Fraction]]:
    """The image through what was read, exactly; and what is added up for each pixel, all positive."""
    is_affine = hasattr(found, "constant")
    operator = found.operator if is_affine else found
    parts = [operator, found.constant] if is_affine else [operator]
    common = lcm(*(int(entry.q) for part in parts for _, entry in part.expressions))
    matrix = sc.to_numpy(common * operator, dtype=object)
    pixels = image.ravel().astype(np.int64).astype(object)
    values, reach = matrix @ pixels, abs(matrix) @ abs(pixels)
    if is_affine:
        constant = sc.to_numpy(common * found.constant, dtype=object).diagonal()
        values, reach = values + constant, reach + abs(constant)
    return tuple([Fraction(int(v), common) for v in each] for each in (values, reach))
