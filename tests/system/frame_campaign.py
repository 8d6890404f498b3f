"""A crash of the frame at each instruction of a way through it, one behind the other; and what comes of each
(docs/recovery.md).

    frame_campaign.py WAY…     goes on with these ways, or with all

A way is what a core does at EL2 between a trap and the return to a guest, or a WFI. The campaign traces the way step by
step. Then it lets the core come to one instruction of it, writes an undefined instruction into the frame's text there, steps
once, sees the core in the vector, and writes the old instruction back. QEMU's gdbstub does it; the other cores stand
meanwhile. Guests check themselves in their memory; the campaign reads it there. build/campaign/frame/WAY.json has a row for
each instruction.

So many crashes would end the machine: too many in a minute. The campaign makes the last ones look old. Used by
test_frame_campaign.py.
"""

import argparse
import collections
import hashlib
import json
import tempfile
import time
from pathlib import Path

import kumiki_machine as km

import witness
from frame_broken import CLASSES, GOOD, TRACES, WAYS, Machine
from frame_crash import ELF
from frame_power import POWER_WAYS, Powered


def run_campaign(what, names, seeds, begin, table):
    """The command of a campaign whose parts are damaged by seeds. `begin` makes the part of a name, `table` shows all parts."""
    parser = argparse.ArgumentParser(description=what)
    parser.add_argument("names", nargs="*", help="of " + ", ".join(names))
    parser.add_argument("--seeds", default=f"0-{seeds - 1}", help="from A to B: A-B")
    options = parser.parse_args()
    first, last = map(int, options.seeds.split("-"))
    parts = [begin(name) for name in options.names or names]
    for part in parts:
        part.go_on(range(first, last + 1))
    print(table(parts))


def campaign_folder(name):
    folder = km.BUILD / "campaign" / name
    folder.mkdir(parents=True, exist_ok=True)
    return folder


class Rows:
    """What came of crashes or damages, a row each: kept in a file for this frame."""

    def __init__(self, name, folder, **more):
        self.name, self.path = name, folder / f"{name}.json"
        frame = hashlib.sha256(ELF.read_bytes()).hexdigest()[:16]
        self.state = {"commit": km.commit(), "frame": frame, **more, "rows": {}}
        if self.path.exists() and (old := json.loads(self.path.read_text()))["frame"] == frame:
            self.state = old

    @property
    def rows(self):
        return self.state["rows"]

    def keep(self):
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps(self.state, indent=1) + "\n")
        new.replace(self.path)


ALL_WAYS = (*WAYS, *POWER_WAYS)


def machine_of(way, folder, place=""):
    name = f"frame-campaign-{way}{place}"
    return Powered(name, way, folder) if way in POWER_WAYS else Machine(name, WAYS[way], folder)


class Way(Rows):
    """The instructions of a way; a row for each PC."""

    def __init__(self, name, folder):
        super().__init__(name, folder, whole=False, found=[])

    def go_on(self, step=1, first=0):
        """Machine after machine, until each instruction has its row; or each of so many, from this one on."""
        while not self.state["whole"]:
            with tempfile.TemporaryDirectory() as folder, machine_of(self.name, Path(folder)) as machine:
                self._machine(machine, step, first)

    def _machine(self, machine, step, first):
        while not self.state["found"]:
            found = [pc for _ in range(TRACES if step == 1 else 1) for pc in machine.trace()]
            self.state["found"] = list(dict.fromkeys(found))
        for pc in self.state["found"][first::step]:
            if hex(pc) in self.rows:
                continue
            if not machine.reach(pc):
                print(f"{self.name}: {machine.where(pc)}: not reached", flush=True)
                continue
            machine.crash(pc)
            kind, why = machine.judge()
            self.rows[hex(pc)] = {"at": machine.where(pc), "class": kind, "why": why}
            self.keep()
            print(f"{self.name}: {machine.where(pc)}: {kind} {why}", flush=True)
            if kind != GOOD:
                return
        self.state["whole"] = True
        self.keep()
        witness.images_untouched(machine.image, machine.probe)


def show(ways):
    """A table of the classes."""
    lines = ["| way | instructions | " + " | ".join(CLASSES) + " |", "|---|---|" + "---|" * len(CLASSES)]
    for way in ways:
        counts = collections.Counter(row["class"] for row in way.rows.values())
        lines.append(f"| {way.name} | {len(way.rows)} | " + " | ".join(str(counts[name]) for name in CLASSES) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ways", nargs="*", help="of " + ", ".join(ALL_WAYS))
    options = parser.parse_args()
    folder = km.BUILD / "campaign/frame"
    folder.mkdir(parents=True, exist_ok=True)
    ways = [Way(name, folder) for name in options.ways or ALL_WAYS]
    for way in ways:
        begin = time.monotonic()
        way.go_on()
        print(f"{way.name}: {len(way.rows)} instructions, {time.monotonic() - begin:.0f} s")
    print(show(ways))


if __name__ == "__main__":
    main()
