"""Messages (MSI-X) of PCI functions: an unmodified Linux takes its disk's interrupts by them, and no partition's function
reaches another one's interrupts."""

import re

import kumiki_machine as km

INITRD = km.BUILD / "guests/initrd-pci.cpio"
# Reads the drive, and shows its interrupts before and after.
READS = """
lines() { grep nvme0q /proc/interrupts; }
lines | sed 's/^/before: /'
dd if=/dev/nvme0n1 of=/dev/null bs=64k 2>&1 | tail -n 1
lines | sed 's/^/after: /'
echo all is read
"""


def drive(folder, label, number, more=()):
    with open(folder / f"{label}.img", "wb") as file:
        file.truncate(8 << 20)
    return km.function(label, "pci1b36,0010", number, device=f"nvme,serial=kumiki,drive={label}",
                       arguments=f"-drive if=none,id={label},file={folder}/{label}.img,format=raw", more=more)


def linux(name, label, script, *, cores=0x1, more=()):
    return km.partition(name, cores=cores, memory="128M", image=km.IMAGE["linux"], access=[label], more=more,
                        initrd=km.script(f"msi-{name}", script, INITRD), bootargs="console=ttyAMA0 quiet kumiki.run=script")


def counts(text, when):
    """Of each of the drive's interrupts: how often it came, and whose it is."""
    lines = re.findall(rf"\] {when}: +\d+: +([\d ]+?) +(.*)", text)
    return [(sum(map(int, numbers.split())), rest) for numbers, rest in lines]


# Shows: guests.messages.
def test_an_nvme_drive_sends_messages(tmp_path):
    system = km.description("msi", [linux("linux", "drive", READS)])
    km.on_bus(system, [drive(tmp_path, "drive", 1)])
    with km.kumiki("msi", system) as machine:
        machine.expect(r"all is read", 60)
        before, after = counts(machine.text, "before"), counts(machine.text, "after")
    assert len(after) == 2 and all("MSI" in rest for _, rest in after)
    assert sum(n for n, _ in after) >= sum(n for n, _ in before) + 16
    assert "refused" not in machine.text


# Shows: dma.messages.
def test_messages_reach_their_owner_alone(tmp_path):
    """A guest has its drive send events that aren't its own, also to other places, and writes where its drive writes. Only its
    own messages come (messages.c)."""
    system = km.description("msi-owner", [
        km.partition(name, cores=core, memory="2M", image=km.GUESTS / "dma-messages.bin", access=[label], bootargs=arguments)
        for name, core, label, arguments in (("messages", 0x1, "left", None), ("neighbour", 0x2, "right", "peer"))])
    km.on_bus(system, [drive(tmp_path, "left", 1), drive(tmp_path, "right", 2)])
    with km.kumiki("msi-owner", system) as machine:
        machine.expect_all([r"\[neighbour\] peer: 1\n", r"\[messages\] messages: 16 of its own came\n"], 30)
        machine.expect(r"messages: 40 others, 0 came\n", 60)
        machine.expect(r"messages: 16 of its own came again\n", 30)
        assert "more" not in machine.text and "doesn't" not in machine.text
