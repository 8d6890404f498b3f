"""The machine of frame_campaign.py in which a core goes off and comes back, as the operator's policy says."""

import gdbstub
from frame_machine import LAYOUT, MISSES, SMC, STANDS, Kind, Machine, Over
from frame_crash import ELF
from service_damage import Served

LONG = 300  # settled times until the core goes off or comes back
CORE = 3  # the core of Served that can go off
POLICIES = {True: "powersave", False: "performance"}  # whether the core is off
# {way: (the function where it begins, whether the core is off before)}
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
        """Brings the core to the state before the way; then changes the policy, and runs until the core comes to `at`."""
        self.begin(f"power {POLICIES[self.begins_off]}")
        for _ in range(LONG):
            self.settle()
            if self.is_off() == self.begins_off:
                self.begin(f"power {POLICIES[not self.begins_off]}")
                super().arrive(at)
                return
        raise Over("hang", "the core doesn't change")

    def trace(self):
        """The instructions of the way. A core that is told to go off may not go at once: the traced way ends with its
        SMC."""
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
        """Whether the core comes to `pc` on its way. The way is over when all others have gone on for a while."""
        for _ in range(STANDS):
            self.places.reverse()
            here, at = self.run_to(pc, self.places[0])
            if (here, at) == (CORE, pc):
                return True
            if at == pc:
                self.probe.step(here)
        return False
