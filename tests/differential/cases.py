"""What a case is, and how it is judged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import sympy as sp

import symconv as sc

CLOSE = 1e-5
# What a framework runs and symconv refuses on purpose, by what it says.
DELIBERATE = (
    "PyTorch 2.13 gives every row of an output of width 1",
    "antialias with align_corners needs two pixels",
    "ONNX Runtime may give one",
    "pairs of taps, more than",
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
        is_rounded: whether the framework works with rounded weights, as in interpolation.
    """

    layer: str
    shown: str
    image: Any
    run: Callable[[Any], Any]
    read: Callable[[], Any]
    is_rounded: bool = False


@dataclass
class Figures:
    """Counts by layer and outcome, and what was found."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

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
    got, is_dyadic = applied(found, case.image)
    if got.size != wanted.size or (
        tuple(found.output_size) != wanted.shape[1:]
        and wanted.ndim == case.image.ndim
        and "nfold" not in case.layer
        and "old" not in case.layer
        and "Linear" not in case.layer
    ):
        figures.add(case.layer, "wrong", f"{case.shown} gives {wanted.shape}, read as {found!r}")
    elif (got == wanted.ravel()).all():
        figures.add(case.layer, "equal")
    elif (case.is_rounded or not is_dyadic) and np.allclose(
        got, wanted.ravel(), rtol=CLOSE, atol=CLOSE
    ):
        figures.add(case.layer, "equal but for rounding")
    else:
        figures.add(case.layer, "wrong", f"{case.shown} differs")


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


def applied(found: Any, image: Any) -> tuple[Any, bool]:
    """The image through what was read, in float64, and whether all numbers are dyadic."""
    is_affine = hasattr(found, "constant")
    operator = found.operator if is_affine else found
    matrix = sc.to_numpy(operator)
    values = matrix @ image.ravel().astype(np.int64)
    if is_affine:
        values = values + sc.to_numpy(found.constant).diagonal()
    entries = {c for _, c in operator.expressions}
    return np.asarray(values, dtype=float), all(_is_dyadic(e) for e in entries)


def _is_dyadic(entry: sp.Expr) -> bool:
    return bool(entry.is_Rational) and int(entry.q) & (int(entry.q) - 1) == 0
