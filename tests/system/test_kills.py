"""What two disks need dies under a Linux's load, behind a number of requests of chance. `make soak` goes on from there."""

import kills
import pytest


# Shows: channel.store, channel.disk-daemon, channel.disk-provider, channel.broker-restart, rtos.nvme.
# Of the seed 12 the first fifteen have each victim.
@pytest.mark.parametrize("seed, count", [(12, 15), *(pytest.param(seed, 30, marks=pytest.mark.soak) for seed in (1, 2))])
def test_no_request_fails(seed, count, tmp_path):
    """By an odd seed the RTOS has a virtio disk, by an even one NVMe."""
    assert kills.run(kills.Campaign(seed, count), tmp_path, 120) == {"kills under a disk's load": count}
