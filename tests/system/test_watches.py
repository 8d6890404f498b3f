"""The watcher dies among attacks and storms. `make soak` goes on from there."""

import pytest
import watches


# Shows: watch.watcher, watch.quiet, watch.mended.
@pytest.mark.long
def test_watchers_end_among_storms_and_attacks(tmp_path):
    assert watches.run(watches.Campaign(1, 3, forks=300), tmp_path, 120) == {
        "ends of a watcher among storms and attacks": 3}


# Shows: prevent.write, prevent.data, prevent.life.
@pytest.mark.long
def test_watchers_that_prevent_end_among_storms_and_attacks(tmp_path):
    assert watches.run(watches.Campaign(1, 2, forks=300, prevents=True), tmp_path, 120) == {
        "ends of a watcher that prevents": 2}
