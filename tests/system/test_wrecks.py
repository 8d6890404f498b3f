"""A watched Linux is damaged at random; a campaign of `make soak`."""

import pytest
import wrecks


# Shows: watch.wrecks.
@pytest.mark.long
def test_a_watcher_outlives_any_linux(tmp_path):
    assert wrecks.run(wrecks.Campaign(1, 400), tmp_path, 120)["damages of a watched Linux"] == 400
