"""A short run of the fuzz of the parsers, which ``fuzz_parsers.py`` runs for long."""

from fuzz_parsers import PARSERS, run


def test_parsers_read_or_refuse():
    found = run(seed=1, count=20_000)
    assert sum(found.values()) > 19_000
    assert {kind for _, kind in found} == {"read", "refused"}, found
    assert all(found[name, kind] > 50 for name in PARSERS for kind in ("read", "refused"))
