"""Messages (MSI-X) of PCI functions: an unmodified Linux takes its disk's interrupts by them, and no partition's function
reaches another one's interrupts."""

import re

import kumiki_machine as km
import pytest

import frame_crash
import frame_probe

INITRD = km.BUILD / "guests/initrd-pci.cpio"
# Reads the drive, and shows its interrupts before and after.
READS = """
lines() { grep nvme0q /proc/interrupts; }
grep virtio /proc/interrupts | sed 's/^/card: /'
lines | sed 's/^/before: /'
dd if=/dev/nvme0n1 of=/dev/null bs=64k 2>&1 | tail -n 1
lines | sed 's/^/after: /'
echo all is read
"""


def drive(folder, label, number):
    with open(folder / f"{label}.img", "wb") as file:
        file.truncate(8 << 20)
    return km.function(label, "pci1b36,0010", number, device=f"nvme,serial=kumiki,drive={label}",
                       arguments=f"-drive if=none,id={label},file={folder}/{label}.img,format=raw")


def linux(name, labels, script):
    return km.partition(name, cores=0x1, memory="128M", image=km.IMAGE["linux"], access=labels,
                        initrd=km.script(f"msi-{name}", script, INITRD), bootargs="console=ttyAMA0 quiet kumiki.run=script")


def counts(text, when):
    """Of each of the drive's interrupts: how often it came, and whose it is."""
    lines = re.findall(rf"\] {when}: +\d+: +([\d ]+?) +(.*)", text)
    return [(sum(map(int, numbers.split())), rest) for numbers, rest in lines]


# Shows: guests.messages.
def test_a_drive_and_a_card_send_messages(tmp_path):
    """test_linux_pci.py has each kind of function at work."""
    system = km.description("msi", [linux("linux", ["drive", "card"], READS)])
    km.on_bus(system, [drive(tmp_path, "drive", 1), km.function("card", "pci1af4,1041", 2, device="virtio-net-pci")])
    with km.kumiki("msi", system) as machine:
        machine.expect(r"all is read", 60)
        before, after = counts(machine.text, "before"), counts(machine.text, "after")
        card = counts(machine.text, "card")
    assert len(card) == 3 and all("MSI" in rest for _, rest in card)
    assert len(after) == 2 and all("MSI" in rest for _, rest in after)
    assert sum(n for n, _ in after) >= sum(n for n, _ in before) + 16
    assert "refused" not in machine.text


def two(name, folder, *, cores, more=()):
    """A guest that tries all that its drive could send, and a neighbour that hears its own message alone."""
    system = km.description(name, [
        km.partition(partition, cores=mask, memory="2M", image=km.GUESTS / "dma-messages.bin", access=[label], more=more,
                     bootargs=arguments)
        for partition, mask, label, arguments in (("messages", cores[0], "left", None), ("neighbour", cores[1], "right", "peer"))])
    km.on_bus(system, [drive(folder, "left", 1), drive(folder, "right", 2)])
    return system


# Shows: dma.messages.
@pytest.mark.parametrize("cores, more", [((1, 2), ()), ((1, 1), ("kumiki,shared-cores;",))], ids=["apart", "shared"])
def test_messages_reach_their_owner_alone(cores, more, tmp_path, request):
    """A guest has its drive send events that aren't its own, also to other places, and writes where its drive writes. Only its
    own messages come, in a second life, too (messages.c)."""
    name = f"msi-{request.node.callspec.id}"
    with km.kumiki(name, two(name, tmp_path, cores=cores, more=more)) as machine:
        machine.expect(r"\[neighbour\] peer: 1\n", 30)
        for _ in range(2):
            machine.expect(r"messages: 40 others, 0 came\n", 60)
            machine.expect(r"messages: 16 of its own came again\n", 30)
        assert "more" not in machine.text and "doesn't" not in machine.text and "are none" not in machine.text


# Shows: guests.messages.
def test_a_message_comes_though_the_frame_fails_with_it(tmp_path):
    """The core has taken a message, and fails before the guest has it. The guest gets it, once."""
    gdb = tmp_path / "gdb"
    with km.kumiki("msi-crash", two("msi-crash", tmp_path, cores=(1, 2)), extra=frame_probe.arguments(gdb)) as machine:
        machine.expect(r"\[neighbour\] peer: 1\n", 30)
        frame_crash.crash_running(machine, gdb, "vgic_message")
        for _ in range(2):
            machine.expect(r"messages: 16 of its own came\n", 60)
