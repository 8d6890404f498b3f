"""What two disks need dies under a Linux's load, behind a number of requests of chance. `make soak` goes on from there."""

import kills
import pytest


# Shows: channel.store, channel.disk-daemon, channel.disk-provider, channel.broker-restart, rtos.nvme.
@pytest.mark.parametrize("seed", [1, 2])
def test_no_request_fails(seed, tmp_path):
    """By an odd seed the RTOS has a virtio disk, by an even one NVMe."""
    assert kills.run(kills.Campaign(seed, 30), tmp_path, 120) == {"kills under a disk's load": 30}
