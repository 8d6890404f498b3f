"""The providers of two disks die under a Linux's load, after a random number of requests. `make soak` does more of them."""

import bisect
import re

import kills
import pytest
from brokers import Ways
from gdbstub import symbols
from test_channels import operate

# A broker comes here with a request for a provider, and with a provider's answer. Its way begins here: it copies data and
# result into the other end's buffers, gives the chain back, and closes its record.
WAYS = ("dispatch_turn", "request_open")
THROUGH = {"copy_bytes", "ring_copy", "dispatch_noted", "ring_give", "ring_publish", "receive_give", "request_given"}


# Shows: channel.store, channel.disk-daemon, channel.disk-provider, channel.broker-restart, rtos.nvme, channel.frame-crash.
# The first fourteen kills of seed 2282 have each victim, and the frame at four of its places.
@pytest.mark.long
@pytest.mark.parametrize("seed, count", [(2282, 14), *(pytest.param(seed, 30, marks=pytest.mark.long) for seed in (1, 2))])
def test_no_request_fails(seed, count, tmp_path):
    """With an odd seed the RTOS has a virtio disk, with an even one NVMe."""
    assert kills.run(kills.Campaign(seed, count), tmp_path, 120) == {"kills under a disk's load": count}


def functions(places):
    """The functions of the broker that contain these instructions."""
    names = sorted((address, name) for name, address in symbols(kills.BROKER).items())
    return {names[bisect.bisect_right(names, (place, "~")) - 1][1] for place in places}


def traced(ways):
    """The instructions of at least four requests' ways. More requests are traced until all wanted functions are among
    them."""
    found = {}
    for times in range(40):
        if times >= 4 and functions(found) >= THROUGH:
            break
        for way in WAYS:
            found |= dict.fromkeys(ways.trace(symbols(kills.BROKER)[way]))
    assert functions(found) >= THROUGH, THROUGH - functions(found)
    return list(found)


def failures(machine):
    """The number of the brokers' deaths, as the operator sees it."""
    return sum(map(int, re.findall(r"broker's failures (\d+)", operate(machine, "channels", "slow +user"))))


# Shows: channel.broker-restart.
@pytest.mark.long
@pytest.mark.parametrize("step", [40, pytest.param(1, marks=pytest.mark.long)])
def test_a_broker_dies_at_each_instruction(step, tmp_path):
    """A broker dies once at each instruction of its way with a request. `make test` takes some of the instructions."""
    with kills.load(kills.Campaign(100 + step, 0), tmp_path) as machine:
        with Ways(tmp_path / "gdb", kills.BROKER) as ways:
            killed = traced(ways)[::step]
            for place in killed:
                ways.kill(place)
        kills.get_on(machine, kills.LOADS)
        assert failures(machine) == len(killed)
