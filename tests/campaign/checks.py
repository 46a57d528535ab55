"""Everything that is asked of symconv about one expression."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from .check_algebra import check_equal, check_pickle, check_subs
from .check_concrete import check_built, check_concrete, check_entries, check_sizes
from .check_forms import check_form, check_least, check_split, check_symbolic_entries
from .check_latex import check_latex
from .generate import Case
from .subject import DisagreementError, RefusedError, Subject

Check = Callable[[Subject], None]

CHECKS: tuple[Check, ...] = (
    check_sizes,
    check_concrete,
    check_form,
    check_least,
    check_entries,
    check_symbolic_entries,
    check_split,
    check_subs,
    check_pickle,
    check_equal,
    check_latex,
)
# What needs no closed form, which some parities decide.
FORMLESS: tuple[Check, ...] = (check_sizes, check_concrete)


def subject(case: Case) -> Subject:
    return Subject(case.node, case.assumed, f"{case.seed} {case.index}")


def disagreements(it: Subject, checks: tuple[Check, ...] = CHECKS) -> list[DisagreementError]:
    """Everything that symconv says otherwise about an expression.

    Raises:
        RefusedError: symconv does not make it, or no closed form of it, and need not.
    """
    found = _failed(it, (check_built,))
    if not found and it.formless:
        found = _failed(it, FORMLESS)
        if not found:
            raise RefusedError("ResidueError of the closed form")
        return found
    return found or _failed(it, checks)


def _failed(it: Subject, checks: tuple[Check, ...]) -> list[DisagreementError]:
    found = []
    for check in checks:
        # Whatever else is asked, a check makes the same choices.
        it.rng = Random(f"{check.__name__} {it.key}")
        try:
            check(it)
        except DisagreementError as problem:
            found.append(problem)
        except (RefusedError, TimeoutError):
            raise
        except Exception as crash:
            what = f"{type(crash).__name__}: {crash}"
            found.append(DisagreementError(f"{check.__name__} crashes", what))
    return found
