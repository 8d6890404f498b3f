"""A campaign of kills under a verifying load: a Linux writes to a disk that the RTOS provides, and reads it back. The seed
says who dies behind which round, and when: the disk's driver, the program that provides, their whole system, or one of the
brokers at some instruction of its work. No request fails, and in the end the disk has what the Linux saw. Used by
test_channel_store.py and soak.py.
"""

import random
import re
import time
from dataclasses import dataclass

import kumiki_machine as km

import physical
import test_channel_store as store
from brokers import kill_brokers
from gdbstub import symbols

BROKER = km.BUILD / "service/broker.elf"
# Through these each request goes; and so many instructions further on at the most.
PLACES = ("ring_take", "ring_copy", "ring_publish", "receive_deliver", "receive_give", "request_given", "dispatch_noted")
FURTHER = 60
LATEST = 0.5  # seconds behind a round's end
VICTIMS = ("block", "provider", "all", "broker")


@dataclass(frozen=True)
class Campaign:
    """What is run: everything that a repetition needs, but for the moments that depend on the host."""

    seed: int
    kills: int

    @property
    def name(self):
        return f"kills-{self.seed}"


def _kill(machine, gdb, chance):
    victim = chance.choice(VICTIMS)
    if victim == "broker":
        place = symbols(BROKER)[chance.choice(PLACES)]
        return kill_brokers(machine, gdb, BROKER, place, 1, "disk", further=chance.randrange(FURTHER))
    store.kill(machine, victim)
    return 1


def run(campaign, folder, _seconds):
    """Raises what went wrong; returns what was done."""
    chance = random.Random(campaign.seed)
    disk = folder / "disk.img"
    disk.write_bytes(bytes(512 * store.SECTORS))
    killed = 0
    with km.kumiki(campaign.name, store.system(campaign.name, disk, 1_000_000), mode=km.LONG_RUN,
                   extra=physical.options(folder / "gdb")) as machine:
        store.start_behind(machine)
        while killed < campaign.kills:
            machine.position = len(machine.whole)
            machine.expect(r"^\[user\] disk: round \d+ good\n", 120)
            time.sleep(chance.uniform(0, LATEST))
            killed += _kill(machine, folder / "gdb", chance)
        machine.send("\x1d2\renough\r")
        found = store.saw(machine)
        assert not re.search(store.WRONG, machine.whole), machine.log_path
    assert store.sum_of(disk) == found
    return {"kills under a disk's load": killed}
