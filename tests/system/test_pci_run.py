"""PCI functions under `kumiki run`: QEMU has each function at its place on the bus, behind the SMMU unless the description
accepts otherwise. QEMU's functions agree with Kumiki's table of known ones."""

import re
import subprocess

import kumiki_machine as km
import pytest

GOOD = km.TOP / "tests/descriptions/good/pci.dts"

# {kind: (QEMU's device, compatible, further arguments)}
KNOWN = [("virtio-net-pci", "pci1af4,1041", ""),
         ("virtio-blk-pci,drive=none0", "pci1af4,1042",
          "-blockdev driver=null-co,node-name=none0"),
         ("virtio-serial-pci", "pci1af4,1043", ""),
         ("virtio-rng-pci", "pci1af4,1044", ""),
         ("virtio-scsi-pci", "pci1af4,1048", ""),
         ("nvme,serial=kumiki", "pci1b36,10", ""),
         ("qemu-xhci", "pci1b36,d", ""),
         ("e1000e", "pci8086,10d3", ""),
         ("ich9-ahci", "pci8086,2922", ""),
         ("edu", "pci1234,11e8", "")]


def command(description):
    shown = subprocess.run([km.KUMIKI, "run", "--print", "-I", km.TOP / "frame/board/qemu-virt",
                            description], timeout=60, check=True, capture_output=True, text=True)
    return shown.stdout.split()


@pytest.mark.long
def test_functions_are_at_their_places():
    words = command(GOOD)
    devices = [word for option, word in zip(words, words[1:]) if option == "-device"]
    assert devices == [
        "virtio-blk-pci,drive=disk0,werror=report,rerror=report,romfile=,disable-legacy=on,iommu_platform=on,"
        "bus=pcie.0,addr=0x2.0",
        # The description's own option stays, and another function of the device is found.
        "virtio-net-pci,romfile=own.rom,disable-legacy=on,iommu_platform=on,multifunction=on,"
        "bus=pcie.0,addr=0x4.0",
        "virtio-rng-pci,romfile=,disable-legacy=on,iommu_platform=on,bus=pcie.0,addr=0x4.1",
        "nvme,serial=kumiki,romfile=,bus=pcie.0,addr=0x3.0",
        # The description accepts that nothing confines this one.
        "virtio-blk-pci,romfile=,disable-legacy=on,bus=pcie.0,addr=0x7.0",
    ]
    assert "driver=null-co,node-name=disk0" in words


def description_of_known():
    """All known functions, in two partitions. One has the even device numbers, the other one the odd ones, so that each has
    interrupt lines of its own."""
    owners = []
    for core in range(2):
        labels = [f"&f{number}" for number in range(1, len(KNOWN) + 1) if number % 2 == core]
        owners.append(km.partition(f"half{core}", cores=1 << core, memory="16M",
                                   image=km.HEARTBEAT, console=False,
                                   more=["kumiki,no-restart;", f"access = <{' '.join(labels)}>;"]))
    path = km.description("pci-known", owners)
    km.on_bus(path, [km.function(f"f{number}", compatible, number, device=device,
                                 arguments=arguments)
                     for number, (device, compatible, arguments) in enumerate(KNOWN, start=1)])
    return path


def checked_bars(description):
    """{device number: {BAR: size}}, by `kumiki check`."""
    said = subprocess.run([km.KUMIKI, "check", "-I", km.TOP / "frame/board/qemu-virt", description],
                          timeout=60, check=True, capture_output=True, text=True).stdout
    found = {}
    for line in said.splitlines():
        place = re.match(r"    PCI ([0-9a-f]+)\.0 ", line)
        if place:
            found[int(place.group(1), 16)] = {
                int(bar): int(size) << {"KiB": 10, "MiB": 20}[unit] for bar, size, unit in
                re.findall(r"BAR (\d) 0x[0-9a-f]+ \((\d+) ([KM]iB)\)", line)}
    return found


def shown_functions(words):
    """{device number: (vendor:device, pin, {BAR: size} of memory)}, by QEMU's monitor."""
    at = words.index("-monitor")
    words = words[:at + 1] + ["stdio"] + words[at + 2:]
    at = words.index("-serial")
    words = words[:at + 1] + ["none"] + words[at + 2:]
    at = words.index("-kernel")
    said = subprocess.run(words[:at] + ["-S"], input="info pci\nquit\n", timeout=60, check=True,
                          capture_output=True, text=True).stdout
    found = {}
    for part in said.split("Bus  0, device ")[1:]:
        # An unplaced BAR is shown as its size less 2.
        bars = {int(bar): int(last, 16) + 2 for bar, last in re.findall(
            r"BAR(\d): (?:32|64) bit(?: prefetchable)? memory at 0x[0-9a-f]+ "
            r"\[0x([0-9a-f]+)\]", part)}
        pin = re.search(r"pin ([A-D])", part)
        found[int(part.split(",")[0])] = (re.search(r"PCI device ([0-9a-f:]+)", part).group(1),
                                          pin and pin.group(1), bars)
    return found


@pytest.mark.long
def test_known_functions_are_as_qemu_has_them():
    known = description_of_known()
    checked, shown = checked_bars(known), shown_functions(command(known))
    assert len(checked) == len(KNOWN)
    for number, (_, compatible, _) in enumerate(KNOWN, start=1):
        vendor, device = (int(word, 16) for word in compatible[3:].split(","))
        identity, pin, bars = shown[number]
        assert identity == f"{vendor:04x}:{device:04x}"
        assert pin == "A"
        assert bars == checked[number], f"device {number}, {compatible}"
