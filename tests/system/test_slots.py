"""Slots of virtio-mmio without an owner, or of another partition. A guest that probes all slots finds these empty, as on the
bare machine (tests/guest/slots.c).

Shows: guests.slots.
"""

import re

import kumiki_machine as km
import pytest

from test_guests import image, judge

LAST = km.SLOTS - 1
DEVICE, BACKEND = "virtio-rng-device,rng=rng", "-object rng-builtin,id=rng"
SAID = r"slots: (?:slot|version) \d+.*$"
VERSIONS = {"modern": 2, "legacy": 1}


def said(text):
    """The guest's report about the slots."""
    return re.findall(SAID, text, re.MULTILINE)


def expected(version, *, owned):
    device = [f"slots: slot {LAST} has device 4"] if owned else []
    return [*device, f"slots: version {version}, {km.SLOTS - owned} of {km.SLOTS} empty"]


@pytest.mark.long
@pytest.mark.parametrize("kind", VERSIONS)
def test_bare(kind, record_guest):
    """QEMU's own slots, one of them with a device. The next test compares with this one."""
    extra = ["-global", f"virtio-mmio.force-legacy={'true' if kind == 'legacy' else 'false'}",
             *BACKEND.split(), "-device", f"{DEVICE},bus=virtio-mmio-bus.{LAST}"]
    with km.bare(f"slots-bare-{kind}", image("slots"), extra=extra) as machine:
        judge(machine, record_guest)
    assert said(machine.text) == expected(VERSIONS[kind], owned=1)


def guest(name, core, memory, **more):
    return km.partition(name, cores=1 << core, memory=memory, image=image("slots"), bootargs="without-end", **more)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("kind", VERSIONS)
def test_owner_and_neighbour(kind):
    """The owner of a slot finds its device. For the neighbour this slot is empty like all others, and the neighbour's writes
    don't reach the device."""
    name = f"slots-{kind}"
    system = km.description(name, [guest("owner", 0, "16M", access=[f"virtio_mmio{LAST}"]),
                                   guest("other", 1, "16M as 0x40000000")],
                            devices=[(f"virtio_mmio{LAST}", DEVICE, BACKEND)])
    if kind == "legacy":
        system.write_text(system.read_text() + "/ { kumiki,qemu-legacy-virtio; };\n")
    with km.kumiki(name, system, mode=km.ICOUNT) as machine:
        for who in ("owner", "other", "other", "owner", "owner"):
            machine.expect(rf"^\[{who}\] tests: [1-9]\d* passed, 0 failed", 60)
    for who, owned in (("owner", 1), ("other", 0)):
        lines = [line for line in machine.whole.splitlines() if line.startswith(f"[{who}]")]
        assert said("\n".join(lines)) == expected(VERSIONS[kind], owned=owned)
