"""The RTOS's drivers on ends of channels: for a console and for random bytes (tests/rtos/wire), and for a disk that a Linux
provides (tests/rtos/block). Its shell is on the console, and a Linux at the other end types there."""

import re
import subprocess

import kumiki_machine as km
import pytest
import rtos_disk
import test_channel_disk as disk
from test_channels import operate
from test_guests import judge

CHANNELS = """	channels {
		wire {
			compatible = "kumiki,console";
			kumiki,ends = "linux", "rtos";
		};
		dice {
			compatible = "kumiki,entropy";
			kumiki,ends = "rtos";
		};
	};
"""
OPEN = "insmod /lib/modules/$(uname -r)/virtio_console.ko; exec 3<>/dev/hvc0; stty raw -echo <&3; cat <&3 & echo o''pen"


def system(name):
    return km.beside_domains(km.description(name, [
        km.partition("linux", cores=1, memory="128M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet panic=1"),
        km.partition("rtos", cores=2, memory="16M as 0x40000000", image=km.RTOS / "wire.img",
                     more=["kumiki,manual;"])]), CHANNELS)


def type_at_linux(machine, line):
    machine.send(f"\x1d1\r{line}\r")


def begin(machine):
    """Starts the RTOS once its text isn't echoed any more: it would take an echo for typed input."""
    machine.expect(r"^\[linux\] kumiki-init: up", 90)
    type_at_linux(machine, OPEN)
    machine.expect(r"^\[linux\] open$", 60)
    operate(machine, "start rtos", "rtos ")


def shell(machine, command, answer):
    """Types a command at the RTOS's shell through the channel. The shell's answer comes on the Linux's console."""
    type_at_linux(machine, f"printf '{command}\\r' >&3")
    return machine.expect(rf"^\[linux\] (?:.*[$#] )?{answer}\s*$", 60)


def kill(machine, program):
    type_at_linux(machine, f"printf 'kill {program}\\r' >&3")
    machine.expect(rf"^\[rtos\] .*supervisor: {program} was killed", 60)


# Shows: start.check-words.
@pytest.mark.long
def test_drivers_for_another_end(tmp_path):
    """The channels have each other's name, so that each driver has the other driver's end."""
    swapped = re.sub(r"\b(wire|dice) \{", lambda found: {"wire": "dice", "dice": "wire"}[found[1]] + " {",
                     system("channel-rtos-swapped").read_text())
    path = tmp_path / "swapped.dts"
    path.write_text(swapped)
    said = subprocess.run([km.KUMIKI, "check", path], capture_output=True, text=True, check=False).stderr
    assert "a driver for the end of random bytes ('dice'), and 'rtos' has an end of the console 'dice'; " in said
    assert "a driver for an end of a console ('wire'), and 'rtos' has an end of the " in said


# Shows: channel.console-rtos.
@pytest.mark.talk
def test_the_rtos_has_its_shell_on_a_console():
    """The shell is there also after a crash of the console's driver."""
    name = "channel-rtos-console"
    with km.kumiki(name, system(name), mode=km.TALK) as machine:
        begin(machine)
        shell(machine, "time", r"the machine runs for \d+ ms")
        kill(machine, "console")
        shell(machine, "time", r"the machine runs for \d+ ms")
        shell(machine, "ps", r"console +runs +2 .*")
        assert not re.search("WARNING|BUG|Oops|nobody cared|virtio_console:|broker fail", machine.whole)


def draw(machine, drawn):
    drawn += re.findall(r"\w{16}", shell(machine, "run /boot/bin/draw", r"drew (\w{64})")[1])


# Shows: channel.entropy-rtos.
@pytest.mark.talk
def test_the_rtos_draws_random_bytes():
    """No two draws are equal, also if two runs of the driver or two lives of the RTOS did them."""
    name = "channel-rtos-entropy"
    with km.kumiki(name, system(name), mode=km.TALK) as machine:
        begin(machine)
        drawn = []
        draw(machine, drawn)
        kill(machine, "random")
        draw(machine, drawn)
        operate(machine, "restart rtos", "rtos ")
        draw(machine, drawn)
        assert len(set(drawn)) == len(drawn) == 12
        assert "entropy up, sent 0, received " in operate(machine, "channels", "dice +rtos ")


# Shows: channel.disk-rtos.
@pytest.mark.race
def test_the_rtos_uses_a_disk_of_a_linux(record_guest):
    """18 threads read and write while the disk's driver is restarted fifty times and more, and the program that provides the
    disk is killed. No request fails, and in the end the medium has all written data."""
    name = "channel-rtos-disk"
    path = rtos_disk.new_disk(name)
    described = km.beside_domains(km.description(name, [
        disk.linux("store", 1, "serve kumiki.file=/dev/vda", "access = <&medium>;", initrd=disk.PCI_INITRD),
        km.partition("user", cores=2, memory="16M as 0x40000000", image=km.RTOS / "block-channel.img",
                     more=["kumiki,manual;"])]), disk.DISK)
    km.on_bus(described, [km.function("medium", "pci1af4,1042", 1, device="virtio-blk-pci,drive=disk",
                                      arguments=rtos_disk.drive(path))])
    with km.kumiki(name, described, mode=km.THREADS) as machine:
        machine.expect(r"^\[store\] disk: provides", 90)
        operate(machine, "start user", "user ")
        machine.expect(r"^\[user\] FIGURE block.write.4k", 60)
        begin = machine.position
        machine.send("\x1d1\rkill\r")
        machine.expect(r"^\[store\] disk: killed$", 60)
        machine.position = begin
        judge(machine, record_guest, 180)
        assert "couldn't be started" not in machine.text
    rtos_disk.check_disk(path)
