"""A campaign against the kernel of a watched Linux: a debugger damages random words of its memory while the Linux works.
Whatever happens to the Linux, its watcher goes on and answers, nobody restarts the Linux, and the frame neither fails nor
stops. It runs with threads, because a guest whose vectors can't be executed stops counted instructions
(docs/proof/limits.md). Used by test_wrecks.py and soak.py."""

import random
import re
from dataclasses import dataclass

import frame_probe
import kumiki_machine as km

from sessions import SHELL
from test_watching import WATCHED, system

MEMORY, SIZE = 0x60000000, 256 << 20
KERNEL = 40 << 20  # bytes from the memory's begin with the kernel's image; lists, tables and stacks are elsewhere
LOAD = "while true; do /bin/busybox true; cat /proc/*/stat > /dev/null 2>&1; done & sleep 1000 & echo load is \"on\""
AT_ONCE, STOPS = 40, 10  # words in a stop, stops in a life
TRIES = 30  # for a word that isn't 0
MACHINES = 20  # at most, for all lives
# Reports of an end of the watcher, or of a failure of Kumiki.
BAD = re.compile(r"^(?:.*supervisor: .*|\[kumiki\] .*failed.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Campaign:
    """All options of a campaign. The Linux's place at each moment isn't among them."""

    seed: int
    damages: int

    @property
    def name(self):
        return f"wrecks-{self.seed}"


def _word(probe, chance):
    """A random word that isn't 0, if one is found, and its value. Half of the words are in the kernel's image."""
    for _ in range(TRIES):
        at = MEMORY + 8 * chance.randrange((KERNEL if chance.random() < 0.5 else SIZE) // 8)
        was = int.from_bytes(probe.read(at, 8), "little")
        if was != 0:
            return at, was
    return at, was


def _damage(probe, chance):
    """Changes a bit of a word, or makes the word 0, all ones, a huge length, the begin of its page, or another word's
    value."""
    at, was = _word(probe, chance)
    kinds = (was ^ 1 << chance.randrange(64), 0, (1 << 64) - 1, 1 << 63, was - was % 4096, _word(probe, chance)[1])
    probe.write(at, chance.choice(kinds).to_bytes(8, "little"))


def _answers(machine):
    """The watcher answers by its partition's shell, and so does the frame's console service."""
    machine.send("\x1d2rules list\r")
    machine.expect(r"^\[watcher\] rules: that is all$", 120)
    machine.send("\x1dclist\r")
    machine.expect(r"^\[kumiki\] +\d+ +watcher +running +1 .*$", 120)


def _live(machine, path, chance, damages):
    """Damages one life of the Linux."""
    machine.send(f"\x1d1{LOAD}\r")
    machine.expect(r"^\[linux\] load is on$", 60)
    while damages > 0:
        with frame_probe.Probe(path) as probe:
            for _ in range(min(AT_ONCE, damages)):
                _damage(probe, chance)
            probe.detach()
        damages -= AT_ONCE
        _answers(machine)
    machine.send("\x1d2top 1\r")  # a second, in which the watcher looks at everything
    machine.expect(r"^\[watcher\] watcher +[0-9.]+ ", 300)


def _lives(machine, path, chance, damages, seconds):
    """Damages one life after the other. Returns the number of damages, without those of a life in which QEMU hung."""
    for done in range(0, damages, AT_ONCE * STOPS):
        if done != 0:
            machine.send("\x1dcrestart linux\r")
        machine.expect_all([WATCHED, r"^\[linux\] / # $"], seconds)
        begin, stands = machine.position, False
        try:
            _live(machine, path, chance, min(AT_ONCE * STOPS, damages - done))
        except TimeoutError:
            stands = True
        bad = BAD.search(machine.text[begin:])
        assert not bad, f"{machine.log_path}: {bad[0]}"
        if stands:
            return done
        assert " has changed (" in machine.text[begin:], f"{machine.log_path}: nothing was found"
    return damages


def run(campaign, folder, seconds):
    """Runs the campaign; returns counts for the report."""
    chance, done, machines = random.Random(campaign.seed), 0, 0
    description = system(campaign.name, SHELL, mends=True, more=["kumiki,restart-limit = <1000 1>;"])
    while done < campaign.damages:
        machines += 1
        assert machines <= MACHINES, f"QEMU stands still again and again: {campaign.name}"
        path = folder / f"gdb-{machines}"
        with km.kumiki(campaign.name, description, mode=km.THREADS, extra=frame_probe.arguments(path)) as machine:
            done += _lives(machine, path, chance, campaign.damages - done, seconds)
    return {"damages of a watched Linux": campaign.damages, "lives left out, as QEMU stood still": machines - 1}
