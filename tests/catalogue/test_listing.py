"""The catalogue: every statement holds, and every wrong variant of it is caught."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace

import pytest
import sympy as sp
from typer.testing import CliRunner

import symconv as sc
from symconv.catalogue.statement import verify_statement
from symconv.cli.commands import app
from symconv.errors import SymconvError

KEYS = sc.statements().keys
k0, k1, k2 = sc.Kernel.symbolic("k", 3).entries
PAIRS = [(k0, k1), sc.Kernel.symbolic("k", (1, 2)).entries,
         sc.Kernel.symbolic("k", (1, 2), 2, 1).entries[:2]]  # fmt: skip


def exchanged(value):
    """The first two taps exchanged, as a kernel flipped at the wrong place has them."""
    swap = {old: new for pair in PAIRS for old, new in (pair, pair[::-1])}
    if isinstance(value, tuple):
        return tuple(map(exchanged, value))
    return value.subs(swap, simultaneous=True) if hasattr(value, "subs") else value


def mutated(key):
    """A plausible mistake in the right-hand side of each statement."""
    right = sc.statement(key).rhs
    return {
        "guide-1": lambda n, k: n - k,
        "guide-2": lambda n, k, p: n - k + p + 1,
        "guide-3": lambda n, k: n - k + 1,
        "guide-4": lambda n, k: n + k,
        "guide-5": lambda n, k, s: -((k - n) // s) + 1,
        "guide-6": lambda n, k, s, p: (n + p - k) // s + 1,
        "guide-7": lambda n, k, s: n // s,
        "guide-10": lambda n, k: (right(n=n, k=k)[0] + 1, right(n=n, k=k)[1]),
        "guide-14": lambda n, k, s, p: (
            right(n=n, k=k, s=s, p=p)[0] - (n + 2 * p - k) % s,
            right(n=n, k=k, s=s, p=p)[1],
        ),
        "guide-15": lambda n, k, s, p, d: (n + 2 * p - k * d) // s + 1,
        "output-size": lambda n, k, s, p, q, d: right(n=n, k=k, s=s, p=p, q=p, d=d),
        "transposed-output-size": lambda n, k, s, p, q, d, a: right(
            n=n, k=k, s=s, p=p, q=q, d=d, a=0
        ),
        "backprop-weight": lambda **g: right(**{**g, "s": g["d"], "d": g["s"]}),
        # Padding pixels for windows, and windows for pixels: right on one axis, mostly.
        "rows-boundary-rank": lambda N, c, n, k, s, p, q, d: sp.Integer(
            c * ((n + p + q) ** N - n**N)
        ),
        "columns-boundary-rank": lambda N, c, n, k, p, q, d: sp.Integer(
            c * ((n + d * (k - 1)) ** N - (n + p + q - d * (k - 1)) ** N)
        ),
        "backprop-weight-transposed": lambda **g: right(**g)[::-1, :],
        "normal-equations": lambda **g: -right(**g),
        "normal-equations-toeplitz": lambda n, k, s, p, d: right(n=n, k=k, s=s, p=p, d=3 - d),
        "fold-unfold": lambda n, k, s, p, d: sc.identity(n),
        "repvgg": lambda **g: right(**{**g, "t": 0}),
        "asymmetric-branches": lambda **g: right(**{**g, "t": 0}),
        "sequence-bias": lambda **g: 2 * right(**g),
        "pooling-as-convolution": lambda **g: 2 * right(**g),
        "pixel-shuffle": lambda n, r: sc.shift(n * r, 1) @ right(n=n, r=r),
        "stride-periodic": lambda n, k, s: 2 * right(n=n, k=k, s=s),
        "gram-symmetric": lambda **g: right(**g)[::-1],
        "gram-semidefinite": lambda **g: right(**g) + k0,
        "shift-border": lambda n, k: -right(n=n, k=k),
        "composition-same": lambda n, k, l: (
            right(n=n, k=k, l=1) if l != 1 and k != 1 else right(n=n, k=k, l=l)
        ),
        "circular-commute": lambda n, k, l: right(n=n, k=k, l=l).T,
        "commutator": lambda n, k, l: -right(n=n, k=k, l=l),
        "rank-obstruction": lambda n, k, s: n,
        "shifted-deltas": lambda k: frozenset(p for p in right(k=k) if sum(p) > 0),
        "stride-is-kernel": lambda n, k: right(n=n, k=k) - (k0**2 + 1) * right(n=n, k=k),
        "double-shift": lambda k: (
            frozenset(e for e in right(k) if e.has(k0)) if k > 4 else right(k) | {sp.Integer(0)}
        ),
        # A sign, a size too many, a determinant that was forgotten.
        "square-determinant": lambda n, k, p: right(n=n, k=k, p=p) * (-1) ** (n * (k - 1 - p)),
        "gram-determinant": lambda n, k: right(n=n, k=k) * (-1) ** ((k - 1) * (n - k + 1)),
        "circular-determinant": lambda n, k: right(n=n, k=k) * (-1) ** ((n + 1) * (k - 1)),
        "two-tap-determinant": lambda n: right(n=n + 1),
        "kernel-sequences": lambda n, k: right(n=n + 1, k=k),
        "two-tap-inverse": lambda n: sp.eye(n - 1),
        "inverse-by-convolutions": lambda n, k: 2 * right(n=n, k=k),
        "self-convolution-contradicts": lambda **g: right(**g) + sp.Rational(g["c"], 2),
        "self-convolution-padding": lambda k, s: right(k=k, s=1),
        # One frequency for all, the root forgotten or the size, one step too many, no padding.
        "symbol-bounds-norm": lambda n, K, p: sp.Integer(sum(K)) ** 2,
        "ring-attains-symbol": lambda n, K: sp.Integer(sum(K)) ** 2,
        "sums-bound-norm": lambda n, K, s, p: sp.Integer(max(map(abs, K)) * sum(map(abs, K))),
        "reshaped-kernel-bounds-norm": lambda n, K, p: right(n=n, K=K, p=p) / 2,
        "symbol-matrix-bounds-norm": lambda n, W, p: right(n=n, W=W, p=p) / len(W),
        "product-of-layers-norm": lambda **all_: right(**all_)[::-1],
        "gram-iteration": lambda n, K, p, t: right(n=n, K=K, p=p, t=t + 1),
        "padding-interlaces": lambda n, K, p: right(n=n, K=K, p=0),
        "average-pooling": lambda n, k: tuple(2 * side for side in right(n=n, k=k)),
    }.get(key, lambda **g: exchanged(right(**g)))


@pytest.mark.parametrize("key", KEYS)
def test_every_statement_holds(key):
    found = sc.verify(key)
    assert found, found.outcome
    assert found.checked >= 8
    assert len(found.proved) == len(sc.statement(key).symbolic)


@pytest.mark.parametrize("key", KEYS)
def test_a_wrong_variant_is_caught_on_small_geometries(key):
    wrong = replace(sc.statement(key), rhs=mutated(key), symbolic=())
    found = verify_statement(wrong)
    assert not found
    assert found.difference
    assert set(found.counterexample) == set(wrong.parameters)


SYMBOLIC = [key for key in KEYS if sc.statement(key).symbolic]


@pytest.mark.parametrize("key", SYMBOLIC)
def test_a_wrong_variant_is_caught_for_symbolic_sizes(key):
    statement = sc.statement(key)
    wrong = replace(statement, rhs=mutated(key))
    caught = [not verify_statement(wrong, values) for values in statement.symbolic]
    assert any(caught)
    assert all(verify_statement(statement, values) for values in statement.symbolic)


def test_the_counterexample_is_the_smallest():
    wrong = replace(sc.statement("guide-3"), hypotheses=())
    assert verify_statement(wrong).counterexample == {"n": 1, "k": 2}
    assert verify_statement(wrong).outcome == "counterexample: n=1, k=2; 2 and 1"


NEEDED = [(s.key, h) for s in sc.statements() for h in s.hypotheses if h.needed]


@pytest.mark.parametrize(("key", "hypothesis"), NEEDED, ids=[f"{k} {h.text}" for k, h in NEEDED])
def test_hypotheses_are_needed(key, hypothesis):
    found = sc.verify(key, without=hypothesis)
    assert not found
    assert not hypothesis.holds(**found.counterexample)


def test_the_guides_hypotheses_are_there():
    assert {key for key, _ in NEEDED} >= {"guide-3", "guide-10", "guide-12", "guide-13"}
    assert [f"guide-{i}" for i in range(1, 16)] == list(KEYS[:15])


def test_one_geometry_and_symbolic_ones():
    n = sp.Symbol("n")
    assert (
        str(sc.verify("dilation", {"n": 5, "k": 3, "d": 2, "s": 1, "p": 1}))
        == "dilation: checked on 1 geometries"
    )
    found = sc.verify("dilation", {"n": n, "k": 3, "d": 2, "s": 1, "p": 1})
    assert found.outcome == "proved for (n=n, k=3, d=2, s=1, p=1) from n >= 4"


def test_messages():
    with pytest.raises(
        SymconvError, match="no statement 'transposed'; near it: transposed-as-direct"
    ):
        sc.statement("transposed")
    with pytest.raises(SymconvError, match="guide-3 has the parameters n, k, and given are"):
        sc.verify("guide-3", {"n": 3, "k": 3, "s": 1})
    with pytest.raises(SymconvError, match=r"guide-3 assumes k .*odd"):
        sc.verify("guide-3", {"n": 3, "k": 2})
    with pytest.raises(SymconvError, match="no geometry up to size 1"):
        sc.verify("rank-obstruction", max_size=1)


def test_every_entry_is_complete():
    assert len(set(KEYS)) == len(KEYS) >= 40
    for statement in sc.statements():
        assert all((statement.title, statement.name, statement.source, statement.formula))
        assert statement.reason.endswith(".")
        assert statement.formula.count("{") == statement.formula.count("}")
        assert statement.reason.count("$") % 2 == 0


def test_faces():
    catalogue = sc.statements()
    html = catalogue._repr_html_()
    assert html.count("<tr>") == len(catalogue) + 1
    assert "k \\le i" not in html or "&lt;" not in html
    assert str(catalogue).splitlines()[0].startswith("guide-1 ")
    assert len(catalogue[:3]) == 3
    assert catalogue[0]._repr_latex_() == r"$\displaystyle o = (i - k) + 1$"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_the_table_and_the_reasons_compile(tmp_path):
    reasons = "\n\n".join(f"${s.formula}$: {s.reason}" for s in sc.statements())
    document = (
        "\\documentclass{article}\\usepackage{amsmath,amssymb,array,booktabs,longtable}\\usepackage[utf8]{inputenc}"
        f"\\begin{{document}}{sc.statements().to_longtable()}{reasons}\\end{{document}}"
    )
    (tmp_path / "t.tex").write_text(document)
    done = subprocess.run(
        ["pdflatex", "-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "t.tex"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]


# --- command line --------------------------------------------------------------------------------


def test_command_line(tmp_path):
    file = tmp_path / "found.json"
    done = CliRunner().invoke(
        app, ["verify", "guide-3", "dilation", "--max-size", "4", "--json", str(file)]
    )
    assert done.exit_code == 0
    assert "2 of 2 statements hold" in done.output
    found = json.loads(file.read_text())
    assert [(one["key"], one["holds"], one["counterexample"]) for one in found] == [
        ("guide-3", True, None),
        ("dilation", True, None),
    ]


def test_command_line_lists_and_refuses():
    assert "transposed-as-direct" in CliRunner().invoke(app, ["verify"]).output
    done = CliRunner().invoke(app, ["verify", "guide-3", "--all"])
    assert "--all and guide-3" in str(done.exception)


def test_command_line_fails_with_the_counterexample(monkeypatch):
    wrong = replace(sc.statement("guide-3"), hypotheses=())
    monkeypatch.setattr(sys.modules["symconv.catalogue.listing"], "ALL", (wrong,))
    done = CliRunner().invoke(app, ["verify", "--all"])
    assert done.exit_code == 1
    assert "counterexample: n=1, k=2" in " ".join(done.output.split())
    assert "0 of 1 statements hold" in done.output


def test_hypotheses_hold_for_sympys_integers_and_symbols_too():
    n = sp.Symbol("n")
    with pytest.raises(SymconvError, match="guide-3 assumes"):
        sc.verify("guide-3", {"n": 5, "k": sp.Integer(4)})
    with pytest.raises(SymconvError, match="gram-centrosymmetric assumes p = 0"):
        sc.verify("gram-centrosymmetric", {"n": n, "k": 3, "s": 1, "p": 1})
    with pytest.raises(SymconvError, match="guide-1 is not for"):
        sc.verify("guide-1", {"n": n, "k": 3})
    with pytest.raises(SymconvError, match="no hypothesis of dilation"):
        sc.verify("dilation", without=sc.statement("guide-3").hypotheses[0])


def test_sizes_below_a_proof_are_checked():
    statement = replace(
        sc.statement("valid-toeplitz"), parameters=dict.fromkeys(("n", "k", "s", "d"), ())
    )
    found = verify_statement(statement)
    assert found.checked == 17 + 11 + 18 + 18


def test_the_smallest_sizes_do_not_stop_the_run():
    done = CliRunner().invoke(app, ["verify", "--all", "--max-size", "2"])
    assert done.exit_code == 0
    assert "85 of 85 statements hold" in done.output
