"""Linux is ended in every way, at its prompt and during its boot, and comes up as at first. `make soak` does more of it
(tests/system/soak.py).

Shows: life.pristine, life.linux-comes-back.
"""

import pytest
import reboots

CAMPAIGNS = [
    reboots.Campaign(seed=1, restarts=len(reboots.ENDS)),
    pytest.param(reboots.Campaign(seed=2, restarts=len(reboots.ENDS), cpus=2, threads=True), marks=pytest.mark.long),
]


@pytest.mark.boards_long
@pytest.mark.parametrize("campaign", CAMPAIGNS, ids=lambda campaign: campaign.name)
def test_each_life_comes_up(campaign, tmp_path):
    assert reboots.run(campaign, tmp_path, 60) == {"restarts": campaign.restarts}
