"""A watched Linux is damaged at random. `make soak` goes on from there."""

import wrecks


# Shows: watch.wrecks.
def test_a_watcher_outlives_any_linux(tmp_path):
    assert wrecks.run(wrecks.Campaign(1, 400), tmp_path, 120) == {"damages of a watched Linux": 400}
