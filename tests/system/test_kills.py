"""What a disk of the RTOS needs dies under a Linux's load, at moments of chance. `make soak` goes on from there."""

import kills


# Shows: channel.store, channel.broker-restart.
def test_no_request_fails(tmp_path):
    assert kills.run(kills.Campaign(1, 12), tmp_path, 120) == {"kills under a disk's load": 12}
