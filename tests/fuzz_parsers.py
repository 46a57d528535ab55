"""Texts at random for the parsers: kernels, sizes, paddings, and the playground's state.

``python tests/fuzz_parsers.py --inputs 1000000`` prints how many were read, refused, and escaped.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import symconv as sc
from symconv.cli.inputs import read_image, read_kernel, read_paddings, read_sizes
from symconv.playground import form_of

PIECES = (
    *"0123456789,;x.+-*/eE&=% \t\n_nmk()[]{}'\"\\<>$", "10", "3x3", "nan", "inf", "1/2", "-1", "2*m+1",
    "n", "é", "٣", "\0", "\u202e", "ﬁ", "**", "__", "sigma", "same", "valid", "full", "1e5", "1e999",
    "kernel=", "size=", "stride=", "mode=", "%00", "%zz", "+1", "9" * 30, "a" * 50,
)  # fmt: skip
KERNEL = sc.Kernel([[1, 2], [3, 4]])
PARSERS: dict[str, Callable[[str], Any]] = {
    "kernel": read_kernel,
    "sizes": lambda text: read_sizes(text, "--stride"),
    "image": lambda text: read_image(text, KERNEL),
    "padding": read_paddings,
    "playground": form_of,
}


def text(rng: random.Random) -> str:
    return "".join(rng.choice(PIECES) for _ in range(rng.choice((1, 2, 3, 4, 6, 9, 15))))


def run(seed: int, count: int, seconds: float = math.inf) -> Counter[tuple[str, str]]:
    """How often each parser read, refused, or let something else escape."""
    rng, found, start = random.Random(seed), Counter[tuple[str, str]](), time.monotonic()
    for number in range(count):
        name = rng.choice(tuple(PARSERS))
        given = text(rng)
        if name == "kernel" and given.lower().endswith((".npy", ".csv")):
            continue
        try:
            PARSERS[name](given)
            found[name, "read"] += 1
        except sc.SymconvError as error:
            found[name, "refused" if "\n" not in str(error) else f"lines: {given!r}"] += 1
        except Exception as error:
            found[name, f"ESCAPED {type(error).__name__}: {given!r}"] += 1
        if number % 1000 == 0 and time.monotonic() - start > seconds:
            break
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=math.inf)
    given = parser.parse_args()
    found = run(given.seed, given.inputs, given.seconds)
    print(f"{sum(found.values())} inputs")
    for key, count in sorted(found.items())[:60]:
        print(*key, count)
    sys.exit(any(kind not in ("read", "refused") for _, kind in found))


if __name__ == "__main__":
    main()
