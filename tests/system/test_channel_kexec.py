"""A Linux starts another kernel in the middle of its work on a channel. Its partition goes on, and so do its neighbours."""

import hashlib
import re
import tarfile

import kumiki_machine as km
import pytest

from test_channel_disk import DISK, PCI_INITRD, WRONG, linux
from test_channels import AT_ONCE, network, operate
from witness import heartbeat, heartbeat_goes_on

INITRD = km.BUILD / "guests/initrd-kdump.cpio"
FILES_AT = 4 << 20  # KEXEC_FILES of guests/linux/kexec.sh


@pytest.fixture
def medium(tmp_path):
    """The provider's medium: room for the user's work, then the second kernel with its file system."""
    path = tmp_path / "medium.img"
    with open(path, "wb") as file:
        file.write(bytes(FILES_AT))
        with tarfile.open(fileobj=file, mode="w") as tar:
            tar.add(km.IMAGE["linux"], "vmlinuz")
            tar.add(INITRD, "initrd")
    return path


def user(bootargs):
    return km.partition("user", cores=2, memory="288M", image=km.IMAGE["linux"], initrd=INITRD, more=["kumiki,manual;"],
                        bootargs=f"console=ttyAMA0 quiet panic=-1 nowatchdog kumiki.run=kexec {bootargs}")


def system(name, medium, partitions, channels):
    described = km.beside_domains(km.description(name, [
        linux("store", 1, "serve kumiki.file=/dev/vda", "access = <&medium>;", initrd=PCI_INITRD), *partitions]), channels)
    km.on_bus(described, [km.function("medium", "pci1af4,1042", 1, device="virtio-blk-pci,drive=medium",
                                      arguments=f"-drive if=none,id=medium,file={medium},format=raw,cache=unsafe")])
    return described


def start_behind(machine):
    machine.expect(r"^\[store\] disk: provides", 90)
    operate(machine, "start user", "user ")


def nothing_is_wrong(machine):
    """Nothing is wrong but for this: the first kernel's driver resets the device at its end, and fails the open requests."""
    before, _, after = machine.whole.partition("kexec: goes\n")
    assert not re.search(WRONG, before) and not re.search(WRONG, after[after.index("kumiki-init: up"):])
    assert not re.search(r"^\[kumiki\] \w+ (stopped|restarts)", machine.whole, re.MULTILINE)


def goes_on(machine, medium):
    """The second kernel finds the last round that the first one reported as flushed, or a later one. It uses the disk again,
    and the medium has the data that it saw. Nobody else noticed anything."""
    found = machine.expect(r"^\[user\] kexec: second kernel, kept (\d+)$", 120)
    flushed = re.findall(r"^\[user\] kexec: round (\d+) holds$", machine.text[:found.start()], re.MULTILINE)
    assert int(found[1]) >= int(flushed[-1])
    machine.expect(r"^\[user\] kexec: all that was flushed is there$", 60)
    saw = machine.expect(r"^\[user\] kexec: saw (\w+)$", 120)[1]
    with open(medium, "rb") as file:
        assert hashlib.sha256(file.read(FILES_AT)).hexdigest() == saw
    told = operate(machine, "channels", "disk +user ")
    assert set(re.findall(r"broker's failures (\d+)", told)) == {"0"}
    assert len(re.findall(r"^\[store\] disk: provides", machine.whole, re.MULTILINE)) == 1
    nothing_is_wrong(machine)


# Shows: channel.kexec.
@pytest.mark.long
@pytest.mark.parametrize("mode", AT_ONCE)
def test_a_user_goes_to_another_kernel(mode, medium):
    name = f"channel-kexec-{mode}"
    with km.kumiki(name, system(name, medium, [user(""), heartbeat(2)], DISK), mode=km.TALKS[mode]) as machine:
        start_behind(machine)
        machine.expect(r"^\[user\] kexec: goes$", 120)
        goes_on(machine, medium)
        heartbeat_goes_on(machine)


BOTH = DISK.removesuffix("\t};\n") + network("user", "other").removeprefix("\tchannels {\n")


# Shows: channel.kexec.
@pytest.mark.long
def test_a_crash_kernel_takes_over_the_ends(medium):
    """The first kernel dies without resetting its devices, while frames for it still come. The second one has its own range
    of memory, and gets the disk and the network back."""
    name = "channel-kexec-panic"
    described = system(name, medium, [
        user("crashkernel=112M crash_kexec_post_notifiers kumiki.by=panic kumiki.address=10.1.0.1 kumiki.other=10.1.0.2"),
        km.partition("other", cores=4, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet panic=1")], BOTH)
    with km.kumiki(name, described, mode=km.TALK) as machine:
        machine.expect(r"^\[other\] kumiki-init: up", 90)
        machine.position = 0
        start_behind(machine)
        machine.send("\x1d3\rip link set eth0 up; ip addr add 10.1.0.2/24 dev eth0; echo u''p\r")
        machine.expect(r"^\[other\] up$", 60)
        machine.expect(r"^\[user\] kexec: the network answers$", 120)
        machine.send("\x1d3\rping -q -A 10.1.0.1 &\r")
        machine.expect(r"^\[user\] kexec: goes$", 120)
        machine.expect(r"^\[user\] kexec: the network answers$", 120)
        machine.position = 0
        goes_on(machine, medium)
