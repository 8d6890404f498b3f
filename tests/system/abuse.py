"""A Linux that its own root abuses, and those beside it: a heartbeat, a sleeper whose memory holds a
pattern. Used by test_abuse.py. The modules of tests/modules do what a shell can't.
"""

from contextlib import contextmanager
from dataclasses import dataclass

import dump
import kumiki_machine as km
import reboots
import witness
from sessions import PROMPT, SHELL

INITRD = km.BUILD / "guests/initrd-modules.cpio"
LINUX_AT, LINUX_SIZE = 0x70000000, 128 << 20
STILL_AT = 0x60000000
STILL_FROM, STILL_TO = 0x100000, 0x300000  # of its memory, filled with the witness's pattern
# Debian's driver and busybox's daemon, which feeds it four times a second.
FEED = ("insmod /lib/modules/$(uname -r)/sbsa_gwdt.ko; watchdog -t 250ms -T {} /dev/watchdog; "
        "while [ $(cat /sys/class/watchdog/watchdog0/state) != active ]; do :; done; echo fed\r")
BITES, BITES_LATE = 1, 6  # its time-out in seconds, and one of a host that lets a Linux wait


@dataclass
class Abused:
    """Where it runs."""

    machine: km.Machine
    lives: reboots.Lives
    image: object
    folder: object
    life: int = 1

    def do(self, command, said=None, seconds=60):
        """Types a command at its prompt; what comes of it."""
        self.machine.send(command + "\r")
        if said:
            self.machine.expect(rf"^\[linux\] .*{said}", seconds)

    def feed(self, seconds=BITES):
        """Its watchdog is on, and is served."""
        self.machine.send(FEED.format(seconds))
        self.machine.expect(r"^\[linux\] fed\n", 60)
        self.machine.expect(PROMPT, 60)

    def comes_back(self, reason):
        """It ends for that reason, and its next life is as the first was."""
        self.machine.expect(rf"^\[kumiki\] linux stopped: {reason}\n", 60)
        self.runs_again()

    def runs_again(self):
        self.life += 1
        self.machine.expect(reboots.RUNS.format(self.life), 60)
        self.lives.comes_up()

    def memory(self):
        return dump.Dump(self.folder / "monitor", self.folder)

    def nobody_else_felt_it(self):
        """No interrupt lost beside it, no word of foreign memory changed."""
        witness.heartbeat_goes_on(self.machine)
        with self.memory() as memory:
            witness.images_untouched(self.image, memory)
            witness.pattern_untouched(memory, STILL_AT + STILL_FROM, STILL_AT + STILL_TO)


def partitions(cpus, more, access):
    return [
        km.partition("linux", cores=(1 << cpus) - 1, memory=f"{LINUX_SIZE >> 20}M at {LINUX_AT:#x}",
                     image=km.IMAGE["linux"], initrd=INITRD, access=access, bootargs=SHELL,
                     more=["kumiki,restart-limit = <100 60>;", *more]),
        km.partition("still", cores=1 << cpus, memory=f"4M at {STILL_AT:#x}",
                     image=km.GUESTS / "bad-still.bin"),
        witness.heartbeat(cpus + 1)]


@contextmanager
def abused(name, folder, *, cpus=1, more=(), access=(), beside="", functions=(), mode=km.ICOUNT):
    """It is up, at its prompt; those beside it run. `functions`: of PCI, see kumiki_machine."""
    description = km.beside_domains(km.description(name, partitions(cpus, more, access)), beside)
    if functions:
        km.on_bus(description, functions)
    image = folder / "system.img"
    with km.kumiki(name, description, mode=mode, image=image, extra=dump.arguments(folder / "monitor")) as machine:
        lives = reboots.Lives(reboots.Campaign(seed=1, restarts=1, cpus=cpus), machine, 60)
        lives.comes_up()
        yield Abused(machine, lives, image, folder)
