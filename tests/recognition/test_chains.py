"""A short run of random chains against brute force; more with python -m tests.recognised_chains."""

import pytest
from recognised_chains import chain, run, tried

import symconv as sc


@pytest.mark.parametrize("chunk", range(6))
def test_recognise_agrees_with_brute_force(chunk):
    counts, wrong = run(77, range(25 * chunk, 25 * chunk + 25))
    assert not wrong
    assert counts["found"] > 5
    assert counts["refused"]


def test_brute_force_sees_a_wrong_layer_and_a_wrong_refusal(monkeypatch):
    """A recogniser that takes another layer's kernel, and one that refuses everything."""
    flip, layer = sc.flip(5), sc.conv([1, 2], 5)
    assert tried(flip).startswith("refused")
    assert tried(2 * layer) == "found"
    refused = sc.recognise(flip)
    other = sc.recognise(sc.conv([2, 1], 5))
    monkeypatch.setattr("recognised_chains.sc.recognise", lambda operator: refused)
    assert tried(2 * layer).startswith("WRONG: refused")
    monkeypatch.setattr("recognised_chains.sc.recognise", lambda operator: other)
    assert tried(2 * layer) == "WRONG: another matrix"


def test_a_chain_is_one_function_of_its_numbers():
    assert chain(77, 3) == chain(77, 3)
