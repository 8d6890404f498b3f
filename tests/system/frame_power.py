"""The machine of frame_campaign.py in which a core goes off and comes back, as the operator's policy says."""

import gdbstub
from frame_machine import LAYOUT, MISSES, SMC, STANDS, Kind, Machine, Over
from frame_crash import ELF
from service_damage import Served

LONG = 300  # settled times until it does
CORE = 3  # that of Served which can go off
POLICIES = {True: "powersave", False: "performance"}  # with it off or not
# For each way where it begins, and whether the core is off then.
POWER_WAYS = {"core-off": ("power_change", False), "core-on": ("core_main", True)}


class Powered(Served):
    def __init__(self, name, way, folder):
        start, self.begins_off = POWER_WAYS[way]
        super().__init__(name, folder)
        field = f"shared.box[{CORE}].dark"
        self.dark = self.place(LAYOUT["LAYOUT_MAIL"] + gdbstub.offsets(ELF, [f"struct {field}"])[field])
        self.take(Kind(start))
        self.any, self.core = False, CORE

    def is_off(self):
        return int.from_bytes(self.probe.read(self.dark, 4), "little") != 0

    def arrive(self, at):
        """The core is as it is before the way, then the policy changes, until the core comes there."""
        self.begin(f"power {POLICIES[self.begins_off]}")
        for _ in range(LONG):
            self.settle()
            if self.is_off() == self.begins_off:
                self.begin(f"power {POLICIES[not self.begins_off]}")
                super().arrive(at)
                return
        raise Over("hang", "the core doesn't change")

    def trace(self):
        """A core may be told to go off before it can: the way is the time when it does."""
        found = super().trace()
        while not self.begins_off and self.probe.read(self.place(found[-1]), 4) != SMC:
            Machine.arrive(self, self.start)
            found = self.follow()
        return found

    def reach(self, pc):
        for _ in range(MISSES):
            self.arrive(self.start)
            if pc == self.start:
                return True
            self.probe.step(CORE)
            if self.probe.register("pc") == pc or self._comes(pc):
                return True
        return False

    def _comes(self, pc):
        """On its way, which is over when all have gone on for a while."""
        for _ in range(STANDS):
            self.places.reverse()
            here, at = self.run_to(pc, self.places[0])
            if (here, at) == (CORE, pc):
                return True
            if at == pc:
                self.probe.step(here)
        return False
