"""The hostile guest does random operations, in lives that end in every way, and nobody else notices. `make soak` does more
of them (tests/system/soak.py).

Shows: hostile.any-order.
"""

import hostile
import kumiki_machine as km
import pytest

# Counted machines are the fastest; threads find races. The long cases do a million operations.
LONG = [
    hostile.Campaign(seed=1, operations=370_000),
    hostile.Campaign(seed=2, operations=250_000, cpus=4),
    hostile.Campaign(seed=3, operations=100_000, cpus=2, cpu="neoverse-n1"),
    hostile.Campaign(seed=4, operations=50_000, cpus=2, cpu="max,pauth-impdef=on"),
    hostile.Campaign(seed=5, operations=100_000, threads=True),
    hostile.Campaign(seed=6, operations=50_000, cpus=4, threads=True),
    hostile.Campaign(seed=9, operations=40_000, cpus=6, shape="turns"),
    hostile.Campaign(seed=10, operations=40_000, cpus=2, shape="holds"),
]
CAMPAIGNS = [
    hostile.Campaign(seed=11, operations=60_000),
    hostile.Campaign(seed=12, operations=40_000, cpus=4),
    pytest.param(hostile.Campaign(seed=13, operations=20_000, cpus=4, threads=True), marks=pytest.mark.race),
    *(pytest.param(campaign, marks=pytest.mark.long) for campaign in LONG),
]
# Another board has too few cores, and so they are shared: each life takes longer.
ELSEWHERE = [
    hostile.Campaign(seed=7, operations=50_000),
    pytest.param(hostile.Campaign(seed=8, operations=30_000, cpus=2, threads=True), marks=pytest.mark.every_board),
]


@pytest.mark.boards_long
@pytest.mark.parametrize("campaign", ELSEWHERE if km.APART else CAMPAIGNS, ids=lambda campaign: campaign.name)
def test_nobody_feels_the_hostile_guest(campaign, tmp_path):
    done = hostile.run(campaign, tmp_path, 300)
    assert done["operations"] >= campaign.operations
    assert done["lives"] > done["operations"] // (20 * campaign.life * campaign.cpus)
