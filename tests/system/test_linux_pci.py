"""Debian's unmodified Linux with PCI functions behind the SMMU: each known kind of disk and network card alone, all of them
in each of two Linuxes, and disks whose Linux is restarted in the middle of writes, again and again.
"""

import hashlib
import os
import re

import kumiki_machine as km
import pytest

TESTS = "console=ttyAMA0 quiet kumiki.run=tests kumiki.cpus=1"
TOTAL = r"tests: (\d+) passed, (\d+) failed"
INITRD = km.BUILD / "guests/initrd-pci.cpio"

# {kind: (compatible, QEMU's device, Linux's name of the disk)}. A network card has no such name.
KINDS = {
    "virtio-blk": ("pci1af4,1042", "virtio-blk-pci,drive=ID", "/dev/vda"),
    "nvme": ("pci1b36,10", "nvme,serial=kumiki,drive=ID", "/dev/nvme0n1"),
    "usb": ("pci1b36,d", "qemu-xhci,id=hub-ID", "/dev/sda"),
    "virtio-net": ("pci1af4,1041", "virtio-net-pci,netdev=ID", None),
    "e1000e": ("pci8086,10d3", "e1000e,netdev=ID", None),
}
DRIVE = "-drive if=none,id=ID,file=FOLDER/ID.img,format=raw,cache=unsafe"
ARGUMENTS = {
    "virtio-blk": DRIVE,
    "nvme": DRIVE,
    "usb": f"{DRIVE} -device usb-storage,bus=hub-ID.0,drive=ID",
    "virtio-net": "-netdev user,id=ID,tftp=FOLDER",
    "e1000e": "-netdev user,id=ID,tftp=FOLDER",
}


@pytest.fixture
def folder(tmp_path):
    """A folder with the disks, and with a file and its checksum for guests to fetch."""
    data = os.urandom(300_000)
    (tmp_path / "data").write_bytes(data)
    (tmp_path / "data.md5").write_text(f"{hashlib.md5(data).hexdigest()}  data\n")
    return tmp_path


def function(folder, owner, kind, number):
    """A function with this device number. Its label is OWNER_NUMBER."""
    compatible, device, disk = KINDS[kind]
    label = f"{owner}_{number}"
    if disk:
        with open(folder / f"{label}.img", "wb") as file:
            file.truncate(64 << 20)
    return km.function(label, compatible, number, device=device.replace("ID", label),
                       arguments=ARGUMENTS[kind].replace("ID", label).replace("FOLDER", str(folder)))


def linux(name, core, labels, bootargs, kernel="linux"):
    return km.partition(name, cores=1 << core, memory="192M", image=km.IMAGE[kernel], initrd=INITRD,
                        bootargs=bootargs, access=labels)


def asked_of(kinds):
    """The boot arguments that let a Linux test its functions of these kinds."""
    disks = [KINDS[kind][2] for kind in kinds if KINDS[kind][2]]
    cards = len(kinds) - len(disks)
    return (TESTS + (f" kumiki.disk=1 kumiki.disk-device={','.join(disks)}" if disks else "") +
            (f" kumiki.network={cards}" if cards else ""))


def judge(machine, names, record_guest, seconds):
    """The tests inside all of these Linuxes pass, and no device tried a forbidden access."""
    machine.expect_all([rf"\[{name}\] {TOTAL}" for name in names], seconds)
    totals = re.findall(TOTAL, machine.text)
    assert len(totals) == len(names)
    for passed, failed in totals:
        record_guest(int(passed), int(failed))
        assert int(failed) == 0, [line for line in machine.text.splitlines() if "FAILED" in line]
    assert "refused" not in machine.text


def written(image, disk):
    """A disk's image has the data that Linux's tests wrote."""
    with open(image, "rb") as file:
        file.seek(64 * 4096)
        line = f"block of write 1 to {disk}\n".encode()
        return file.read(20 * len(line)) == 20 * line


# Shows: guests.linux.
@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_a_function(kind, folder, record_guest):
    name = f"pci-{kind}"
    system = km.description(name, [linux("linux", 0, ["linux_1"], asked_of([kind]))])
    km.on_bus(system, [function(folder, "linux", kind, 1)])
    with km.kumiki(name, system, mode=km.TALK) as machine:
        judge(machine, ["linux"], record_guest, 60)
        assert re.search(rf"test (disk {KINDS[kind][2]}|network-transfer \w+): passed", machine.text)
    assert not KINDS[kind][2] or written(folder / "linux_1.img", KINDS[kind][2])


# Shows: guests.two-linuxes.
@pytest.mark.long
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_two_linuxes_with_one_of_each(mode, folder, record_guest):
    """One Linux has the functions at odd places, the other one those at even places. So no interrupt line belongs to
    both."""
    name = f"pci-each-{mode}"
    places = {"left": range(1, 10, 2), "right": range(2, 11, 2)}
    system = km.description(name, [
        linux(owner, core, [f"{owner}_{number}" for number in places[owner]], asked_of(KINDS), kernel)
        for core, (owner, kernel) in enumerate((("left", "linux"), ("right", "linux-rt")))])
    km.on_bus(system, [function(folder, owner, kind, number) for owner in places
                       for kind, number in zip(KINDS, places[owner])])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        judge(machine, places, record_guest, 120)
        assert len(re.findall(r"test (?:disk|network-transfer) \S+: passed", machine.text)) == 10
    for owner in places:
        for kind, number in zip(KINDS, places[owner]):
            assert not KINDS[kind][2] or written(folder / f"{owner}_{number}.img", KINDS[kind][2])


# Shows: dma.late.
@pytest.mark.long  # test_dma.py has late writes to another life's memory in a guest that counts them
def test_restarts_in_the_middle_of_dma(folder):
    """Two Linuxes write and read their disks without pause. Each restart in the middle comes up from pristine images, and no
    late write damages it. All rounds of the neighbour succeed."""
    busy = "console=ttyAMA0 quiet kumiki.run=demo kumiki.pause=0"
    system = km.description("pci-restarts", [
        linux("left", 0, ["left_1"], busy),
        linux("right", 1, ["right_2"], f"{busy} kumiki.disk-device=/dev/nvme0n1"),
    ])
    km.on_bus(system, [function(folder, "left", "virtio-blk", 1), function(folder, "right", "nvme", 2)])
    with km.kumiki("pci-restarts", system, mode=km.TALK) as machine:
        machine.expect_all([rf"\[{name}\] kumiki-init: round 2: disk," for name in ("left", "right")], 180)
        machine.send("\x1dc")
        for turn in range(3):
            name, other = ("left", "right") if turn % 2 == 0 else ("right", "left")
            machine.send(f"restart {name}\r")
            machine.expect(rf"\[kumiki\] {name} runs again: start {turn // 2 + 2}", 120)
            machine.expect_all([rf"\[{name}\] kumiki-init: round 1: disk,",
                                rf"\[{other}\] kumiki-init: round \d+: disk,"], 180)
        assert "ERROR" not in machine.text and "refused" not in machine.text
        assert "damaged" not in machine.text and "panic" not in machine.text
