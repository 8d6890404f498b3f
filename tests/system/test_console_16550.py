"""A console on a 16550: QEMU's virt with a `pci-serial` in the place of its PL011. The frame is one for any board."""

import subprocess
from contextlib import contextmanager

import frame_probe
import kumiki_machine as km
import pytest

from sessions import PROMPT, linux

pytestmark = pytest.mark.talk

SLOT = 1
ECAM = 0x4010000000 + (SLOT << 15)
PORT = 0x1000
WINDOW = 0x3eff0000  # where the bridge has its ports
INTERRUPT = 3 + SLOT  # of pin A, an SPI
# The frame has no bridge here: it would still all functions that no partition has.
BOARD = f"""
/ {{
	kumiki,board = "mine";
	aliases {{ serial1 = "/serial@{WINDOW + PORT:x}"; }};
	chosen {{ stdout-path = "serial1:115200n8"; }};
	serial@{WINDOW + PORT:x} {{
		compatible = "ns16550a";
		reg = <0 {WINDOW + PORT:#x} 0 8>;
		interrupts = <0 {INTERRUPT} 4>;
	}};
}};
&pcie {{ status = "disabled"; }};
"""


def described(name):
    """A Linux with a shell, alone."""
    path = km.description(name, [linux()])
    path.write_text(path.read_text() + BOARD)
    return path


def added(folder):
    """What the machine has beside its own."""
    return [*frame_probe.arguments(folder / "probe", stopped=True), "-device", f"pci-serial,chardev=serial1,addr={SLOT}"]


@contextmanager
def started(name, command, folder):
    """The machine, after what a firmware does: the function's registers lie at PORT, and are on."""
    with km.Machine(name, command) as running:
        with frame_probe.Probe(folder / "probe") as probe:
            probe.write(ECAM + 0x10, PORT.to_bytes(4, "little"))
            probe.write(ECAM + 0x04, (1).to_bytes(2, "little"))
            probe.detach()
        yield running


def command_of(name, folder):
    return km.command_of(described(name), folder / "system.img", ["-icount", "sleep=on", *added(folder)])


# Shows: boards.uart-16550.
def test_a_linux_is_typed_to_through_a_16550(tmp_path):
    """Nothing else wakes the console's service: a key that is read came with the UART's interrupt."""
    with started("console-16550", command_of("console-16550", tmp_path), tmp_path) as running:
        running.expect(r"^kumiki: console-16550: 1 partition on 1 core, version", 10)
        running.expect(PROMPT, 60)
        running.send("echo a$((40+2))z\r")
        running.expect(r"^\[linux\] .*a42z$", 60)
        running.send("poweroff -f\r")
        running.wait_end(60)


# Shows: boards.uart-16550.
def test_the_first_words_come_through_a_16550(tmp_path):
    """Those of the boot's assembly, before there is a stack."""
    command = command_of("words-16550", tmp_path)
    image = bytearray((tmp_path / "system.img").read_bytes())
    image[0x40000] ^= 0x10
    (tmp_path / "system.img").write_bytes(image)
    with started("words-16550", command, tmp_path) as running:
        running.expect(r"^kumiki: the frame's image is damaged, by its CRC-32C: load the image again", 10)
        running.expect(r"^kumiki: the machine stops here", 10)
        running.wait_end(10)


# Shows: boards.uart-16550.
def test_the_doctor_speaks_through_a_16550(tmp_path):
    made = tmp_path / "doctor.img"
    subprocess.run([km.KUMIKI, "doctor", described("doctor-16550"), "-o", made], check=True, timeout=km.HANGS)
    command = ["qemu-system-aarch64", "-M", "virt,virtualization=on,gic-version=3,iommu=smmuv3", "-cpu", "cortex-a57", "-smp", "8",
               "-m", "4G", "-display", "none", "-serial", "null", "-serial", "stdio", "-nic", "none", "-no-reboot", *km.ICOUNT,
               "-kernel", made, *added(tmp_path)]
    with started("doctor-16550", command, tmp_path) as running:
        running.expect(r"^doctor: board mine, 8 cores, version", 10)
        running.expect(r"^doctor: (\d+) checks, 0 defects$", 60)
