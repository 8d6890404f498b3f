"""Servers of the RTOS are replaced while clients call them (tests/rtos/replace): by a version with another record, by
versions that fail at each step, and while supervisor, loader or server end at any moment. A person at the shell is told the
outcome. On the bare machine and as a partition.

Shows: rtos.replace.
"""

import re

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "replace.img"
SOAK = km.RTOS / "replace-soak.img"
SECONDS, SOAK_SECONDS = 120, 1200
EARLIER = 13  # the judge's undisturbed replacements


def pause_most(state):
    """The most instructions that a call waits, for so many bytes of converted state."""
    return 100_000 + state // 2


def figure(machine, name):
    return int(re.search(rf"FIGURE {name} (\d+)", machine.text)[1])


def follow(machine, record_guest, seconds=SECONDS):
    judge(machine, record_guest, seconds)
    replaced = int(re.search(r"broken in \d+ times: (\d+) were replaced", machine.text)[1])
    assert replaced + EARLIER >= 100  # ends of programs prevented the others
    for name in ("console", "loader"):
        assert f"{name} was replaced" in machine.text
        assert f"{name} goes back to the boot image's version" in machine.text


TYPED = [
    ("replace", "which program, and which file"),
    ("replace nothing /boot/bin/replace-none", "there is no such program"),
    ("replace counter /boot/nothing", "/boot/nothing: there is no such file"),
    ("replace counter /boot/text", "/boot/text: that is no program for AArch64"),
    ("replace client1 /boot/bin/replace-none", "client1: that program offers no port"),
    ("replace bootfs /boot/bin/bootfs", "bootfs: the manifest doesn't let the shell manage that program"),
    ("replace counter /boot/bin/replace-probe", "counter: the new version's probe failed; the boot image's version serves again"),
    ("replace counter /boot/bin/replace-start", "counter: the new version crashed; the boot image's version serves again"),
    ("replace counter /boot/bin/replace-wait", "counter: the new version didn't say within a second that it is well"),
    ("replace counter /boot/bin/replace-none", "counter is replaced by a new version"),
]


def told(machine):
    for line, answer in TYPED:
        machine.send(line + "\r")
        machine.expect(re.escape(answer), 20)


@pytest.mark.long
@pytest.mark.boards_long
def test_bare(record_guest):
    with km.bare("rtos-replace-bare", IMAGE) as machine:
        follow(machine, record_guest)
        assert 1000 < figure(machine, "replace.pause") <= pause_most(figure(machine, "replace.bytes"))
        told(machine)


@pytest.mark.long
@pytest.mark.boards_long
def test_partition(record_guest):
    with km.kumiki("rtos-replace-partition", km.rtos_description("rtos-replace", IMAGE)) as machine:
        follow(machine, record_guest)
        assert 1000 < figure(machine, "replace.pause") <= pause_most(figure(machine, "replace.bytes"))
        told(machine)


@pytest.mark.boards_long
@pytest.mark.long
def test_several_cpus(record_guest):
    with km.bare("rtos-replace-cpus", IMAGE, cpus=4, mode=km.TALK) as machine:
        follow(machine, record_guest, SOAK_SECONDS)


@pytest.mark.boards_long
@pytest.mark.long
def test_at_any_moment(record_guest):
    with km.bare("rtos-replace-soak", SOAK) as machine:
        follow(machine, record_guest, SOAK_SECONDS)
