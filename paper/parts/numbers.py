"""Every number that the paper computes, as a macro."""

from __future__ import annotations

import sympy as sp

import symconv as sc
from parts import checks
from parts.examples import CORNERS, GRID, gram_columns, gram_rows, n, padded_grid, source
from parts.formulas import determinant_of, narrow_penalty, wavelet
from parts.frameworks import PAIRS


def numbers() -> dict[str, object]:
    """Macro names and what they print."""
    return (
        example_numbers()
        | determinant_numbers()
        | orthogonality_numbers()
        | border_numbers()
        | checked_numbers()
    )


def example_numbers() -> dict[str, object]:
    """Of the worked example."""
    explained = sc.explain(source())
    return {
        "SourceDiagonal": gram_rows(source())[0, 0],
        "SourceBeside": gram_rows(source())[0, 1],
        "SourceRank": explained.columns.rank,
        "SourcePixels": source().shape[1],
        "SourceScaleRows": explained.rows.best_scale,
        "SourceRestRows": explained.rows.best_distance,
        "SourceScaleColumns": explained.columns.best_scale,
        "SourceRestColumns": explained.columns.best_distance,
        "MillionCells": len(gram_columns(sc.conv(GRID, (10**6, 10**6))).closed_form()),
    }


def determinant_numbers() -> dict[str, object]:
    """Of determinants and what undoes the worked example."""
    five = determinant_of((3, -1, 4, 1, -5))
    explained = sc.explain(source())
    return {
        "SourceDeterminant": sc.determinant(gram_rows(source())).expr,
        "SourceApart": explained.undoing.distance,
        "OrderFive": five.recurrence.order,
        "MillionResidue": five.modulo(2**31 - 1, {n: 10**6}),
    }


def orthogonality_numbers() -> dict[str, object]:
    """Of equations and their solutions."""
    valid = sc.orthogonality(sc.conv(GRID, (n, n)))
    four, six = wavelet(4), wavelet(6)
    return {
        "SmallEquations": len(sc.orthogonality(sc.conv(GRID, (4, 4))).equations),
        "LargeEquations": len(valid.equations),
        "LargeFrom": valid.valid_from[n],
        "LargeSolutions": len(valid.solve().real),
        "CornerPenalty": corner_penalty(),
        "CornerDistanceFive": corner_distance(),
        "MissedEquations": len(narrow_penalty().missed),
        "PenaltyEquations": len(narrow_penalty().equations.conditions),
        "FourReal": len(four.real),
        "SixReal": len(six.real),
        "SixComplex": len(six.complex),
    }


def border_numbers() -> dict[str, object]:
    """Of the figure with padding, and of the example whose rank the theorem does not give."""
    padded = gram_rows(padded_grid())
    narrow = sc.conv(sc.Kernel.symbolic("k", (2, 2)), (2, 3), stride=(1, 2))
    left_out = gram_columns(narrow).split()
    places = left_out.factor.as_explicit().todok()
    return {
        "GramRank": padded.split().rank,
        "GramPadding": sc.pad((5, 5), 1).shape[0] - padded_grid().shape[1],
        "CounterRank": left_out.rank,
        "CounterWindows": len({row for row, _ in places}),
        "CounterPixels": len({column for _, column in places}),
    }


def checked_numbers() -> dict[str, object]:
    """Of what was checked: each is counted by what checks it."""
    verified = [checks.verified(key) for key in sc.statements().keys]
    return {
        "Statements": len(verified),
        "CheckedAll": sum(found.checked for found in verified),
        "ProvedAll": sum(len(found.proved) for found in verified),
        "ProvedStatements": sum(bool(found.proved) for found in verified),
        "CheckedDirect": checks.verified("transposed-as-direct").checked,
        "CheckedRows": checks.verified("rows-split").checked,
        "CheckedColumns": checks.verified("columns-split").checked,
        "CheckedRowRanks": checks.verified("rows-boundary-rank").checked,
        "CheckedColumnRanks": checks.verified("columns-boundary-rank").checked,
        "CheckedStridedRanks": checks.strided_ranks(),
        "CheckedCells": checks.cell_bounds(),
        "CheckedPaddings": checks.other_paddings(),
        "ConformanceCases": checks.conformance_cases(),
        "Layers": len({(str(words), words.pixels) for pair in PAIRS for words in pair}),
    }


def corner_distance() -> sp.Expr:
    """How far, squared, the rows of the kernel of corners are from orthonormal on 5x5 pixels."""
    gram = gram_rows(sc.conv(CORNERS, (5, 5)))
    return sc.squared_norm(gram - sc.identity(gram.output_size))


def corner_penalty() -> sp.Expr:
    """What the narrow penalty makes of that kernel."""
    r = sc.autocorrelation(CORNERS)
    return sp.Add(*((r[lag] - (not any(lag))) ** 2 for lag in narrow_penalty().tested))


def macros() -> str:
    return "".join(
        rf"\newcommand{{\{name}}}{{{grouped(value)}}}" + "\n" for name, value in numbers().items()
    )


def grouped(value: object) -> str:
    """A number in LaTeX, with thin spaces between thousands."""
    if isinstance(value, int) or (isinstance(value, sp.Expr) and value.is_Integer):
        return rf"\ensuremath{{{int(value):,}}}".replace(",", r"\,")
    return rf"\ensuremath{{{sp.latex(value, fold_short_frac=True)}}}"
