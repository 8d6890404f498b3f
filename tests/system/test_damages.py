"""The damages of damages.py are mended without a restart of the Linux. `make bench ONLY=damages` measures the share."""

import pytest

import damages

# One damage of each kind.
FEW = ["list", "prev", "tree", "traced", "proc", "hide", "tcp", "back", "divert", "own", "cred", "data", "control", "vectors", "handler",
       "share"]


def expect(found, whats):
    assert found == dict.fromkeys(whats, damages.MENDED)


# Shows: watch.damages.
def test_damages_are_mended():
    expect(damages.outcomes(0, FEW, "damages-few"), FEW)


# Shows: watch.damages.
@pytest.mark.long
@pytest.mark.parametrize("seed", range(20))
def test_all_damages(seed):
    expect(damages.outcomes(seed, name=f"damages-{seed}"), damages.DAMAGES)
