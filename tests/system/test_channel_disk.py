"""Disks between partitions: an unmodified Debian Linux provides a disk by kumiki-disk; another Linux has it as /dev/vda."""

import hashlib
import re

import kumiki_machine as km
import physical
import pytest

import frame_probe
from brokers import Ways, kill_brokers
from frame_crash import stop_at
from gdbstub import symbols
from service_damage import nearly_noticed
from test_channels import operate

pytestmark = pytest.mark.talk

QUIET = "console=ttyAMA0 quiet panic=1 kumiki.run=disk"
INITRD = km.BUILD / "guests/initrd-panel.cpio"
PCI_INITRD = km.BUILD / "guests/initrd-panel-pci.cpio"
DISK = """	channels {
		disk {
			compatible = "kumiki,disk";
			kumiki,provider = "store";
			kumiki,ends = "user";
		};
	};
"""
WRONG = r"WARNING|BUG|Oops|nobody cared|I/O error|FAILED|stall|broken|blocked for"


def linux(name, core, does, *more, initrd=INITRD):
    return km.partition(name, cores=core, memory="192M", image=km.IMAGE["linux"], initrd=initrd, more=more,
                        bootargs=f"{QUIET} kumiki.does={does}")


def system(name, rounds, *more):
    return km.beside_domains(km.description(name, [
        linux("store", 1, "serve kumiki.mib=4"), linux("user", 2, f"use kumiki.rounds={rounds}", *more)]), DISK)


def medium_system(name, rounds, path, how=""):
    """The provider's medium is a disk of its own, which outlives it."""
    path.write_bytes(bytes(4 << 20))
    described = km.beside_domains(km.description(name, [
        linux("store", 1, f"serve kumiki.file=/dev/vda{how}", "access = <&medium>;", "kumiki,restart-limit = <1000 1>;",
              initrd=PCI_INITRD),
        linux("user", 2, f"use kumiki.rounds={rounds}", "kumiki,manual;")]), DISK)
    km.on_bus(described, [km.function("medium", "pci1af4,1042", 1, device="virtio-blk-pci,drive=medium",
                                      arguments=f"-drive if=none,id=medium,file={path},format=raw,cache=unsafe")])
    return described


def start_behind(machine, said=r"disk: 8192 sectors, read-only 0, disk"):
    """Starts the user once its disk is there. Earlier, its driver would keep its core busy."""
    machine.expect(r"^\[store\] disk: provides", 90)
    operate(machine, "start user", "user ")
    machine.expect(rf"^\[user\] {said}$", 90)


def asked(name, channels, serve=""):
    """The user carries out its orders, one after the other."""
    return km.beside_domains(km.description(name, [
        linux("store", 1, f"serve kumiki.mib=4{serve}"), linux("user", 2, "ask", "kumiki,manual;")]), channels)


ASKS = "disk: 8192 sectors"  # it waits for this line


def same_sums(machine):
    """The provider's medium has the data that the user saw last."""
    saw = machine.expect(r"^\[user\] disk: saw (\w+)$", 120)[1]
    machine.send("\x1d1\rsum\r")
    assert machine.expect(r"^\[store\] disk: has (\w+)$", 60)[1] == saw


def counts(machine):
    """{partition: {"sent": n, ...}} of `channels`."""
    text = operate(machine, "channels", "disk +user ")
    return {match[1]: {word: int(number) for word, number in
                       re.findall(r"(sent|received|replayed|in flight|failures) (\d+)", match[2])}
            for match in re.finditer(r"^\[kumiki\] disk +(\w+) +(disk .*)", text, re.MULTILINE)}


def in_flight(machine):
    return {name: end["in flight"] for name, end in counts(machine).items()}


# Shows: channel.disk.
@pytest.mark.parametrize("mode", km.MODES)
def test_a_linux_uses_the_disk_of_another(mode):
    name = f"channel-disk-{mode}"
    with km.kumiki(name, system(name, 3, "kumiki,manual;"), mode=km.TALKS[mode]) as machine:
        start_behind(machine)
        machine.expect(r"^\[user\] disk: round 3 good$", 120)
        same_sums(machine)
        assert not re.search(WRONG, machine.whole)


# Shows: channel.disk.
@pytest.mark.long
def test_a_user_starts_with_its_provider():
    name = "channel-disk-first"
    with km.kumiki(name, system(name, 1), mode=km.TALK) as machine:
        machine.expect(r"^\[user\] disk: round 1 good$", 120)
        same_sums(machine)
        assert not re.search(WRONG, machine.whole)


ZEROES = hashlib.sha256(bytes(256 << 10)).hexdigest()


def ranges_become_zero(machine):
    """The user zeroes and discards ranges by orders."""
    for word in ("zero", "discard"):
        machine.send(f"\x1d2\r{word}\r")
        assert machine.expect(rf"^\[user\] disk: {word} gives (\w+)$", 60)[1] == ZEROES
    assert not re.search(WRONG, machine.whole)


# Shows: channel.disk-ranges.
def test_ranges_are_made_zero_and_given_up():
    """The provider's medium is a file. So a discarded range is a hole in it, and reads as 0."""
    name = "channel-disk-ranges"
    with km.kumiki(name, asked(name, DISK)) as machine:
        start_behind(machine, ASKS)
        ranges_become_zero(machine)


# Shows: channel.disk-rebind.
def test_a_driver_leaves_the_disk_and_comes_back():
    """The driver leaves in the middle of writes, again and again. The provider notices nothing, and in the end the disk has
    all written data."""
    name = "channel-disk-rebind"
    driver = "/sys/bus/virtio/drivers/virtio_blk"
    described = km.beside_domains(km.description(name, [
        linux("store", 1, "serve kumiki.mib=4"),
        km.partition("user", cores=2, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet panic=1", more=["kumiki,manual;"])]), DISK)
    with km.kumiki(name, described, mode=km.TALK) as machine:
        start_behind(machine, "kumiki-init: up, 1 CPUs, .*, vda.*")
        machine.send("\x1d2\r")
        for number in range(5):
            machine.send(f"blocks load{number} /dev/vda 0 {number} &\r")
            machine.expect(rf"load{number} is at \d+$", 60)
            machine.send(f"echo virtio0 >{driver}/unbind; wait; echo virtio0 >{driver}/bind; echo bo''und {number}\r")
            machine.expect(rf"bound {number}$", 60)
        machine.send("dd if=/bin/busybox of=/dev/vda bs=4096 count=128 conv=fsync 2>/dev/null; "
                     "echo 3 >/proc/sys/vm/drop_caches; echo sa''w $(sha256sum </dev/vda)\r")
        saw = machine.expect(r"^\[user\] saw (\w+) ", 120)[1]
        machine.send("\x1d1\rsum\r")
        assert machine.expect(r"^\[store\] disk: has (\w+)$", 60)[1] == saw
        assert in_flight(machine) == {"store": 0, "user": 0}
        assert "kumiki-disk:" not in machine.whole


# Shows: channel.disk-user.
@pytest.mark.parametrize("times", [2, pytest.param(20, marks=pytest.mark.long)])
def test_a_user_restarts_in_the_middle_of_its_work(times):
    """The user restarts again and again after its first round. Requests of an earlier life aren't carried out after those of
    the next one."""
    name = "channel-disk-user"
    with km.kumiki(name, system(name, 3, "kumiki,manual;")) as machine:
        start_behind(machine)
        for _ in range(times):
            machine.expect(r"^\[user\] disk: round 1 good$", 120)
            operate(machine, "restart user", "user ")
        machine.expect(r"^\[user\] disk: round 3 good$", 120)
        same_sums(machine)
        assert in_flight(machine) == {"store": 0, "user": 0}
        assert not re.search(WRONG, machine.whole)


def kill_daemons(machine, times):
    """Kills kumiki-disk during the user's load, each time after another round."""
    for number in range(1, times + 1):
        machine.expect(rf"^\[user\] disk: round {number} good$", 120)
        machine.send("\x1d1\rkill\r")
        machine.expect(r"^\[store\] disk: killed$", 60)


def is_in_use(machine, file):
    """A second program can't provide the medium, neither for writing nor for reading."""
    machine.send("\x1d1\ragain\r")
    for _ in range(2):
        machine.expect(rf"^\[store\] kumiki-disk: {file}: it is in use: ", 60)
        machine.expect(r"^\[store\] disk: again ended with 3$", 60)


# Shows: channel.disk-daemon, channel.disk-twice.
def test_the_program_that_provides_is_killed():
    name = "channel-disk-daemon"
    with km.kumiki(name, system(name, 7, "kumiki,manual;")) as machine:
        start_behind(machine)
        is_in_use(machine, "/tmp/disk")
        kill_daemons(machine, 5)
        machine.expect(r"^\[user\] disk: round 7 good$", 120)
        same_sums(machine)
        assert not re.search(WRONG, machine.whole)


def restart_providers(name, times, path):
    """Ends the provider's whole system during the user's load, each time after another round: by the operator, and by a
    panic."""
    with km.kumiki(name, medium_system(name, times + 2, path), mode=km.TALK) as machine:
        start_behind(machine)
        for number in range(1, times + 1):
            machine.expect(rf"^\[user\] disk: round {number} good$", 120)
            if number % 2 == 0:
                machine.send("\x1d1\rpanic\r")
                machine.expect(r"^\[store\] .*Kernel panic", 60)
            else:
                operate(machine, "restart store", "store ")
            machine.expect(r"^\[store\] disk: provides", 90)
        machine.expect(rf"^\[user\] disk: round {times + 2} good$", 120)
        saw = machine.expect(r"^\[user\] disk: saw (\w+)$", 120)[1]
        assert not re.search(WRONG, machine.whole)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == saw


# Shows: channel.disk-provider.
def test_the_system_that_provides_is_restarted(tmp_path):
    restart_providers("channel-disk-provider", 2, tmp_path / "medium.img")


DSYNC, DIRECT = 0o10000, 0o200000  # of arm64


# Shows: channel.disk-daemon.
@pytest.mark.long
@pytest.mark.parametrize("how, flags", [("--direct", DSYNC | DIRECT), ("--write-back", 0),
                                        pytest.param("--write-back,--direct", DIRECT, marks=pytest.mark.long)])
def test_the_medium_is_opened_as_asked_for(how, flags, tmp_path):
    """The medium is used without the page cache, or writes are answered before the medium has them. The user reads its own
    data, also after the program's end, and its last flush brings all data to the medium."""
    name, path = f"channel-disk-{how.replace('--', '').replace(',', '-')}", tmp_path / "medium.img"
    with km.kumiki(name, medium_system(name, 3, path, f" kumiki.how={how}"), mode=km.TALK) as machine:
        start_behind(machine)
        machine.send("\x1d1\rhow\r")
        opened = int(machine.expect(r"^\[store\] disk: opened with (\d+)$", 60)[1], 8)
        assert opened & (DSYNC | DIRECT) == flags
        kill_daemons(machine, 1)
        saw = machine.expect(r"^\[user\] disk: saw (\w+)$", 120)[1]
        assert not re.search(WRONG, machine.whole)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == saw


@pytest.mark.long
def test_a_medium_in_memory_is_not_direct():
    name = "channel-disk-ramfs"
    with km.kumiki(name, asked(name, DISK, " kumiki.how=--direct")) as machine:
        machine.expect(r"^\[store\] kumiki-disk: /tmp/disk: Linux can't give it past .*; leave out --direct$", 90)


# Shows: channel.disk-provider.
@pytest.mark.long
def test_the_system_that_provides_is_restarted_often(tmp_path):
    restart_providers("channel-disk-provider-soak", 100, tmp_path / "medium.img")


def write(machine, word, answer):
    machine.send(f"\x1d2\r{word}\r")
    machine.expect(rf"^\[user\] disk: {answer} {word}$", 60)


def order(machine, word, answer):
    machine.send(f"\x1d1\r{word}\r")
    machine.expect(rf"^\[store\] disk: {answer}$", 60)


LIMITED = DISK.replace("kumiki,ends", "kumiki,wait-at-most-ms = <2000>;\n\t\t\tkumiki,ends")


# Shows: channel.disk-patience.
@pytest.mark.long
def test_a_disk_that_nobody_provides_has_no_sectors():
    """When the provider comes, the driver is told, and reads the size again."""
    name = "channel-disk-late"
    described = km.beside_domains(km.description(name, [
        km.partition("store", cores=1, memory="192M", image=km.IMAGE["linux"], initrd=INITRD, more=["kumiki,manual;"],
                     bootargs=f"{QUIET} kumiki.does=serve kumiki.mib=4"),
        km.partition("user", cores=2, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet panic=1")]), LIMITED)
    with km.kumiki(name, described, mode=km.TALK) as machine:  # its waiting driver keeps its core busy
        machine.expect(r"^\[user\] kumiki-init: up, 1 CPUs, .*, vda", 120)
        machine.send("\x1d2\recho si''ze $(cat /sys/block/vda/size) of it\r")
        assert machine.expect(r"^\[user\] size (\d+) of it$", 60)[1] == "0"
        operate(machine, "start store", "store ")
        machine.expect(r"^\[store\] disk: provides", 90)
        machine.send("\x1d2\runtil grep -q 8192 /sys/block/vda/size; do sleep 1; done; echo si''ze it has\r")
        machine.expect(r"^\[user\] size it has$", 60)


# Shows: channel.disk-patience.
@pytest.mark.long
def test_a_user_does_not_wait_for_ever():
    name = "channel-disk-patience"
    with km.kumiki(name, asked(name, LIMITED)) as machine:
        start_behind(machine, ASKS)
        write(machine, "first", "wrote")
        order(machine, "hang", "hangs")
        write(machine, "second", "could not write")
        assert in_flight(machine) == {"store": 1, "user": 1}  # the provider still has the request
        order(machine, "go", "goes on")
        write(machine, "third", "wrote")
        operate(machine, "suspend store", "store is suspended")
        write(machine, "fourth", "could not write")
        operate(machine, "resume store", "store ")
        write(machine, "fifth", "wrote")
        assert "that waited too long" in operate(machine, "channels", "disk +user ")
        assert in_flight(machine) == {"store": 0, "user": 0}


# Shows: channel.disk-deadly.
@pytest.mark.long
def test_a_deadly_request_is_named():
    """A write kills the provider's program three times. The operator sees which write it is, and the user goes on."""
    name = "channel-disk-deadly"
    with km.kumiki(name, asked(name, DISK, " kumiki.largest=0"), mode=km.TALK) as machine:
        start_behind(machine, ASKS)
        machine.send("\x1d2\rdeadly\r")  # an empty word and this one
        machine.expect_all([r"^\[user\] disk: could not write deadly$",
                            r"^\[kumiki\] user: disk's provider doesn't survive a request \(write, 4 KiB at sector 0\), which"], 60)
        text = operate(machine, "channels", "disk +user ")
        assert "in flight 0, dropped: 2 that their provider didn't survive" in text


# Shows: channel.broker-restart.
@pytest.mark.long
@pytest.mark.parametrize("where", ["ring_publish", *(pytest.param(other, marks=pytest.mark.long) for other in ("copy_bytes", "receive_deliver"))])
def test_a_broker_is_killed(where, tmp_path):
    name = f"channel-disk-{where.replace('_', '-')}"
    elf = km.BUILD / "service/broker.elf"
    with km.kumiki(name, system(name, 3, "kumiki,manual;"), extra=physical.options(tmp_path / "gdb"), mode=km.TALK) as machine:
        start_behind(machine)
        killed = kill_brokers(machine, tmp_path / "gdb", elf, symbols(elf)[where], 8, "disk")
        same_sums(machine)
        found = counts(machine)
        assert sum(end["failures"] for end in found.values()) == killed == 8
        assert not re.search(WRONG, machine.whole)


def meet(probe, place):
    """Selects the core that loops at this place. The core may be in the frame for a moment, or in a guest's interrupt."""
    stop_at(probe, place)
    while probe.register("x30") != place:  # another service with text at this address
        stop_at(probe, place)


# Shows: channel.broker-loops.
@pytest.mark.parametrize("where", ["dispatch_turn", pytest.param("request_open", marks=pytest.mark.long)])
def test_a_broker_that_loops(where, tmp_path):
    """The user's and the provider's broker loop. The frame's count of looks is set to nearly half a minute."""
    name = f"channel-disk-loop-{where.split('_', maxsplit=1)[0]}"
    elf = km.BUILD / "service/broker.elf"
    with km.kumiki(name, asked(name, DISK), extra=physical.options(tmp_path / "gdb"), mode=km.TALK) as machine:
        start_behind(machine, ASKS)
        write(machine, "first", "wrote")
        with Ways(tmp_path / "gdb", elf) as ways:  # the machine stands still
            machine.send("\x1d2\rsecond\r")
            place = ways.loop(symbols(elf)[where])
        with frame_probe.Probe(tmp_path / "gdb") as probe:
            meet(probe, place)
            nearly_noticed(probe)
            probe.detach()
        machine.expect_all([r"broker on disk failed and was started again: it looped at pc", r"^\[user\] disk: wrote second$"], 60)
        write(machine, "third", "wrote")
        assert in_flight(machine) == {"store": 0, "user": 0}
