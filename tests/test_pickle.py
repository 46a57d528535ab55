"""What a pickle names, and that what comes back is what went in."""

import pickle
import pickletools

import pytest
import sympy as sp

import symconv as sc
from symconv._pickle import PLACES, restored
from symconv.operators.selection import row_sums

n = sp.Symbol("n")
C = sc.conv(sc.Kernel(sp.symbols("a b c")), n, padding=1)
VALUES = {
    "a convolution": C,
    "its transpose": C.T,
    "a sum of products": 2 * C @ C.T - sc.identity(n),
    "a selection": sc.flip(n),
    "a mean": sc.avg_pool(6, 3, stride=2, padding=1, count_include_pad=False),
    "row sums": row_sums(C),
    "channels": sc.conv(sc.Kernel.symbolic("k", (2, 2), 2, 4, 2), (3, 4), stride=2),
    "a kernel": sc.Kernel([[1, sp.Rational(1, 2)]]),
    "a layer": C.as_layer(),
    "a layer with a bias": C @ sc.affine(sc.identity(n), ["t"]),
    "a bias a pixel": sc.affine(sc.flip(3), [1, 2, 3]),
}


def names(pickled):
    """Every module and name that a pickle looks up."""
    found, texts = set(), []
    for opcode, argument, _ in pickletools.genops(pickled):
        if "UNICODE" in opcode.name:
            texts.append(argument)
        elif opcode.name == "STACK_GLOBAL":
            found.add(tuple(texts[-2:]))
        elif opcode.name == "GLOBAL":
            found.add(tuple(argument.split(" ")))
    return found


@pytest.mark.parametrize("protocol", [2, 5])
@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_there_and_back(value, protocol):
    assert pickle.loads(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
def test_a_pickle_names_one_place_of_symconv(value):
    ours = {name for name in names(pickle.dumps(value, 2)) if name[0].startswith("symconv")}
    assert ours == {("symconv._pickle", "restored")}


def test_all_kinds_are_there():
    kinds = {type(v).__name__ for v in (C, C.T.provenance, C.closed_form(), (C @ C.T).split())}
    assert kinds <= set(PLACES)
    for kind in PLACES:
        with pytest.raises(TypeError):
            restored(kind, *[None] * 20)


def test_closed_forms_and_splits():
    form = pickle.loads(pickle.dumps((C @ C.T).closed_form().two_level))
    assert form.abbreviated
    assert form.operator == C @ C.T
    split = pickle.loads(pickle.dumps((C @ C.T).split()))
    assert split.toeplitz - split.boundary == C @ C.T


def test_a_shared_factor_stays_shared():
    gram = pickle.loads(pickle.dumps(C @ C.T))
    assert gram.provenance.right.provenance.operand is gram.provenance.left


def test_the_format_stays():
    """A pickle of today's format, written out."""
    kernel = restored("Kernel", (sp.Integer(1), sp.Integer(2)), (2,), 1, 1, 1)
    axis = restored("Axis", restored("Affine", 0, 1, n), restored("Affine", -1, 1, n), 2)
    made = restored("Operator", restored("Convolution", kernel, (axis,), {n: 2}))
    assert made == sc.conv(sc.Kernel([1, 2]), n)
