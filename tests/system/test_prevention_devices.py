"""A guarded Linux with a device of its own and a disk by a channel: both work, and neither writes its kernel's code and
constants. tests/modules/dmaraid is an approved module here, a hostile driver that sends all its disks there."""

import re

import kumiki_machine as km
import pytest

import frame_probe
import test_channel_disk as disks
from frame_crash import ELF
from frame_swap import DONE, KEY, OTHER, Frames, image
from sessions import PROMPT
from test_channels import operate
from test_frame_recovery import crash, said
from test_prevention import ADDRESS, SEALED, SHELL, started, unexpected
from test_watching import INITRD, WATCHED, Linux, alarms

LINUX_AT, IMAGE_AT = 0x60000000, 0x60200000
CHANNEL = disks.DISK.replace('"user"', '"linux"')


def described(name, medium, *lines):
    medium.write_bytes(b"raid" * (1 << 20))
    path = km.beside_domains(km.description(name, [
        km.partition("linux", cores=0x1, memory=f"256M at {LINUX_AT:#x}", image=km.IMAGE["linux"], initrd=INITRD,
                     bootargs=f"{SHELL} nokaslr", more=["kumiki,manual;", "access = <&medium>;"]),
        km.partition("watcher", cores=0x2, memory="56M as 0x40000000", image=km.BUILD / "rtos/prevent.img",
                     more=['kumiki,watches = "linux";', "kumiki,mends;", *lines]),
        disks.linux("store", 0x4, "serve kumiki.mib=4")]), CHANNEL)
    km.on_bus(path, [km.function("medium", "pci1af4,1042", 1, device="virtio-blk-pci,drive=medium,ioeventfd=off",
                                 arguments=f"-drive if=none,id=medium,file={medium},format=raw,cache=unsafe")])
    return path


def begin(machine, command="start"):
    """The provider first: without it, the Linux's driver waits for the size of its disk."""
    if command == "start":
        machine.expect(r"^\[store\] disk: provides", 90)
    operate(machine, f"{command} linux", "linux ")
    machine.send("\x1d1")
    return Linux(machine)


def disks_work(linux):
    """Both: written, read back by the device, not from memory."""
    for disk in "vda", "vdb":
        linux.do(f"yes {disk} good | head -c 65536 > /tmp/{disk}; dd if=/tmp/{disk} of=/dev/{disk} bs=4096 seek=8 conv=fsync; "
                 f"echo 3 > /proc/sys/vm/drop_caches; dd if=/dev/{disk} bs=4096 skip=8 count=16 | cmp - /tmp/{disk} && "
                 f"echo {disk} \"works\"", f"{disk} works")


def raid(linux):
    """Into a page of text where nobody is, and a constant."""
    linux.do("for s in _stext machine_kexec _sinittext; do grep -w $s /proc/kallsyms; done; echo all \"named\"", "all named")
    places = {name: int(at, 16) for at, name in re.findall(r"^\[linux\] ([0-9a-f]{16}) \w (\w+)", linux.machine.text, re.M)}
    at = [places[name] - places["_stext"] + IMAGE_AT + 0x10000 & ~0xfff for name in ("machine_kexec", "_sinittext")]
    at[1] -= 0x100000
    linux.do(f"rmmod virtio_blk; insmod /lib/modules/dmaraid.ko at={','.join(map(hex, at))} pause=1100; rmmod dmaraid; echo all \"tried\"",
             "all tried")
    return at


# Shows: prevent.devices, prevent.channels.
@pytest.mark.long
def test_what_devices_and_channels_may_not_write(tmp_path):
    """Before and after the attack both disks work."""
    name = "prevent-devices"
    with started(name, described(name, tmp_path / "medium", "kumiki,prevents;")) as machine:
        linux = begin(machine)
        machine.expect_since(0, [rf"watcher.*{SEALED}$"], 60)
        disks_work(linux)
        at = raid(linux)
        machine.expect_since(0, [f"linux: its device medium was refused a write to {place:#x} " for place in at], 60)
        linux.do("insmod /lib/modules/$(uname -r)/virtio_blk.ko; echo it is \"back\"", "it is back")
        disks_work(linux)
        assert "dropped: 2 broken ring" in operate(machine, "channels", "disk +linux ")
        assert unexpected(machine) == []


# Shows: prevent.devices, prevent.channels, frame.updates, frame.recovers.
@pytest.mark.long
def test_they_may_not_beneath_another_frame(tmp_path):
    """The frame is replaced, to and fro, and fails: the disks work on, and neither writes there, nor in the next life."""
    name = "prevent-devices-frames"
    path = described(name, tmp_path / "medium", "kumiki,prevents;")
    path.write_text(path.read_text().replace("/ {", f'/ {{\n\tkumiki,update-key = "{KEY}";', 1))
    with started(name, path, extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as machine, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        linux, frames = begin(machine), Frames(probe)
        probe.stop()
        frames.load(image())
        for to in OTHER, ELF:
            assert frames.update(to)[0] == DONE
            probe.resume()
            machine.expect(r"\[kumiki\] the frame was replaced", 60)
            disks_work(linux)
            linux.do('sleep 4; echo its trial is "over"', "its trial is over")
            probe.stop()
        here = crash(probe, "vgic_arrived", core=0)
        said(machine, here)
        for broken in 2, 4:
            before, at = machine.position, raid(linux)
            machine.expect_since(before, [f"linux: its device medium was refused a write to {place:#x} " for place in at], 60)
            assert f"dropped: {broken} broken ring" in operate(machine, "channels", "disk +linux ")
            if broken == 2:
                linux = begin(machine, "restart")
                disks_work(linux)
        assert unexpected(machine) == []


# Shows: prevent.devices.
@pytest.mark.long
def test_the_attack_is_one(tmp_path):
    """Where nothing is prevented, it is found afterwards."""
    name = "prevent-devices-not"
    with started(name, described(name, tmp_path / "medium")) as machine:
        linux = begin(machine)
        raid(linux)
        linux.since([f"kernel {what} at {ADDRESS} has changed" for what in ("text", "constant")])
