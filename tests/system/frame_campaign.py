"""Crashes the frame at each instruction of a way through it, one after the other, and judges each crash
(docs/proof/recovery.md).

A way is what a core does at EL2 between a trap and the return to a guest, or a WFI. The campaign traces the way step by
step. Then it lets the core come to one instruction of it, writes an undefined instruction into the frame's text there, steps
once, sees the core in the vector, and writes the old instruction back. QEMU's gdbstub does it; the other cores stand
meanwhile. Guests check themselves in their memory; the campaign reads it there.

Too many crashes in a minute would end the machine. So the campaign makes the last crashes look old. Used by
test_frame_campaign.py and campaigns.py.
"""

import contextlib
import tempfile
from pathlib import Path

import witness
from campaign import Campaign
from frame_machine import CLASSES, GOOD, TRACES, WAYS, machine_of
from frame_crash import ELF
from frame_power import POWER_WAYS, Powered

ALL_WAYS = (*WAYS, *POWER_WAYS)


def guests_of(way):
    """The guests of the machine for a way. A way on which a core goes off has a machine of its own."""
    return way if way in POWER_WAYS else WAYS[way].more


@contextlib.contextmanager
def machine_with(guests):
    if guests not in POWER_WAYS:
        with machine_of("frame-campaign", guests) as machine:
            yield machine
    else:
        with tempfile.TemporaryDirectory() as folder, Powered(f"frame-campaign-{guests}", guests, Path(folder)) as machine:
            yield machine


class Way(Campaign):
    """A case is the address of an instruction. `machines`: makes a machine with the given guests."""

    group, image, classes, harmless, many = "frame", ELF, CLASSES, (GOOD,), 1 << 20

    def __init__(self, name, machines=machine_with):
        self.name, self.machines = name, machines

    @contextlib.contextmanager
    def start(self, _case=None):
        with self.machines(guests_of(self.name)) as machine:
            if self.name in WAYS:
                machine.take(WAYS[self.name])
            yield machine

    def cases(self, *_):
        """All instructions of the way, in the order in which the core comes to them."""
        return self.traced(TRACES)

    def traced(self, times):
        if "way" not in self.results.notes:
            found = []
            while not found:
                with self.start() as machine:
                    found = [pc for _ in range(times) for pc in machine.trace()]
            self.results.note("way", list(dict.fromkeys(found)))
        return self.results.notes["way"]["value"]

    def place(self, machine, case, _dice):
        return machine.where(case) if machine.reach(case) else None

    def damage(self, machine, case, _dice):
        machine.crash(case)
        return "an undefined instruction"

    def judge(self, machine, _case, _damage):
        return machine.judge()

    def end(self, machine):
        witness.images_untouched(machine.image, machine.probe)
