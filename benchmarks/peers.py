"""Libraries of Python's that take part where they are installed, and what versions all have."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType
from typing import Any

# One thread each: CPU seconds are compared. Read when the libraries load.
for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
    os.environ.setdefault(f"{name}_NUM_THREADS", "1")


def there(name: str) -> Any:
    """A module, or None where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        return None


symengine: ModuleType | None = there("symengine")
flint: ModuleType | None = there("flint")
pylops: ModuleType | None = there("pylops")
torch: ModuleType | None = there("torch")
if torch:
    torch.set_num_threads(1)

LIBRARIES = ("symconv", "sympy", "numpy", "scipy", "python-flint", "symengine", "pylops", "torch")


def flint_ring(names: list[str]) -> tuple[Any, ...]:
    """The generators of integer polynomials in python-flint."""
    return flint.fmpz_mpoly_ctx.get(names, flint.Ordering.degrevlex).gens()


def versions() -> dict[str, str]:
    """Of what is installed; "not installed" of the rest."""
    from benchmarks.systems import ALL

    found = {"Python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    for system in ALL:
        found[system.name] = system.version() if system.is_there() else "not installed"
    return found
