"""Damages that are listed in damages.py: those that a watcher can mend are mended, with no restart of the Linux, and each
other one leads to the ladder's last step. `make bench ONLY=damages` has the share."""

import pytest

import damages

# Of a kind each, and one that no mend is known for.
FEW = ["list", "prev", "tree", "traced", "proc", "hide", "tcp", "back", "divert", "own", "cred", "data", "control"]


def expect(found, whats):
    assert found == {what: damages.RESTARTED if what in damages.NO_MEND else damages.MENDED for what in whats}


# Shows: watch.damages.
def test_damages_are_mended():
    expect(damages.outcomes(0, FEW, "damages-few"), FEW)


# Shows: watch.damages.
@pytest.mark.soak
@pytest.mark.parametrize("seed", range(20))
def test_all_damages(seed):
    expect(damages.outcomes(seed, name=f"damages-{seed}"), damages.DAMAGES)
