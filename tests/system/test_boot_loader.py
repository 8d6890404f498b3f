"""The packed system under a boot loader that knows nothing of it: Debian's U-Boot. U-Boot starts by `booti` the same file
that `kumiki run` starts by QEMU's -kernel."""

import struct

import kumiki_machine as km
import pexpect
import pytest
import uboot
from frame_swap import HEADER
from sessions import terminal

# Where U-Boot finds the file; it moves the image to where its header says.
LOADED = 0x50000000


def machine(command, image):
    at = command.index("-kernel")
    command = uboot.machine([
        *command[:at], "-bios", uboot.BIOS,
        "-device", f"loader,file={image},addr={LOADED:#x},force-raw=on", *command[at + 2:]], image.with_suffix(".dtb"))
    return terminal(command[0], command[1:], 60)


def obey(session, command):
    session.expect_exact("=> ")
    session.send(command + "\r")


@pytest.fixture
def session(tmp_path):
    """U-Boot at its prompt, with a system of two partitions in memory."""
    image = tmp_path / "system.img"
    command = km.command_of(km.description("boot-loader", [
        km.partition("linux", cores=0x3, memory="256M", image=km.IMAGE["linux"],
                     initrd=km.INITRD, bootargs="console=ttyAMA0 quiet kumiki.run=tests kumiki.cpus=2"),
        km.partition("beat", cores=0x4, memory="1M as 0x40000000", image=km.HEARTBEAT)]), image)
    session = machine(command, image)
    yield session
    session.close(force=True)


# Shows: start.any-loader.
@pytest.mark.long
def test_booti(session):
    obey(session, f"booti {LOADED:#x} - ${{fdtcontroladdr}}")
    session.expect(r"kumiki: boot-loader: 2 partitions on 3 cores, version " + km.VERSION.replace(".", r"\."))
    session.expect(r"\[linux\] tests: \d+ passed, 0 failed")
    session.expect(r"\[beat\] heartbeat: \d+ s, \d+ ticks, 0 lost")


# Shows: start.damaged-bundle.
@pytest.mark.long
def test_booti_of_a_damaged_image(session):
    """One word of the bundle's tables is changed in memory. The frame refuses the bundle, and the machine goes off."""
    size = struct.unpack_from("<I", (km.BUILD / "frame/qemu-virt.img").read_bytes(), HEADER + 12)[0]
    obey(session, f"mw.l {LOADED + (size + 4095 & ~4095) + 300:#x} 0x12345678")
    obey(session, f"booti {LOADED:#x} - ${{fdtcontroladdr}}")
    session.expect(r"kumiki: the bundle is damaged: tables damaged: wrong CRC-32C")
    session.expect(r"kumiki: the machine stops here")
    session.expect(pexpect.EOF)
