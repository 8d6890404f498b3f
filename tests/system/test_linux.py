"""Debian's unmodified Linux as a partition. It boots with every core, uses its disk and network, and takes CPUs off and on.
Other systems lose nothing by it."""

import hashlib
import os

import kumiki_machine as km
import pytest

from witness import heartbeat, heartbeat_goes_on

TOTAL = r"tests: (\d+) passed, (\d+) failed\n"
TESTS = "console=ttyAMA0 kumiki.run=tests"


@pytest.fixture
def disk(tmp_path):
    """An empty disk of 64 MiB."""
    path = tmp_path / "disk.img"
    with open(path, "wb") as file:
        file.truncate(64 << 20)
    return path


@pytest.fixture
def tftp(tmp_path):
    """A folder from which the guest fetches a file and its checksum."""
    folder = tmp_path / "tftp"
    folder.mkdir()
    data = os.urandom(300_000)
    (folder / "data").write_bytes(data)
    (folder / "data.md5").write_text(f"{hashlib.md5(data).hexdigest()}  data\n")
    return folder


def linux(name="linux", *, cores=0x1, kernel="linux", memory="512M", bootargs=TESTS, access=(),
          more=(), spared=True):
    return km.partition(name, cores=cores, memory=memory, image=km.IMAGE[kernel],
                        initrd=km.INITRD, bootargs=bootargs, access=access, more=more, spared=spared)


def disk_device(slot, path, number=0):
    # unsafe: a flush doesn't wait for the host's disk. Under icount the guest's time runs at full speed during the wait, so
    # that a busy host would make hours of it.
    return (f"virtio_mmio{slot}", f"virtio-blk-device,drive=disk{number}",
            f"-drive if=none,id=disk{number},file={path},format=raw,cache=unsafe")


def network_device(slot, tftp):
    return (f"virtio_mmio{slot}", "virtio-net-device,netdev=net0",
            f"-netdev user,id=net0,tftp={tftp}")


def judge(machine, name, record_guest, seconds=120):
    """All tests inside the Linux `name` pass."""
    match = machine.expect(rf"\[{name}\] " + TOTAL, seconds)
    passed, failed = int(match.group(1)), int(match.group(2))
    record_guest(passed, failed)
    assert failed == 0, [line for line in machine.text.splitlines() if "FAILED" in line]
    assert passed > 0


# Each kernel, and each number of CPUs.
SHORT = {(1, "linux"), (4, "linux-rt")}
BOOTS = [pytest.param(cpus, kernel, mode, marks=[pytest.mark.long] * ((cpus, kernel) not in SHORT))
         for cpus in ([1, 2, 4, 8] if km.CORES == 8 else [km.CORES])
         for kernel in ("linux", "linux-rt") for mode in km.MODES]


# Shows: guests.linux.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("cpus, kernel, mode", BOOTS)
def test_boots_with_every_core(cpus, kernel, mode, request, record_guest):
    """With four CPUs, or all of the board's, nothing is turned off to save time: the kernel tests its crypto, and user space
    has page tables of its own."""
    name = f"boots-{kernel}-{cpus}-{mode}"
    hotplug = " kumiki.hotplug=2" if cpus > 1 else ""
    system = km.description(name, [linux(
        cores=(1 << cpus) - 1, kernel=kernel, spared=cpus != min(4, km.CORES),
        bootargs=f"{TESTS} kumiki.cpus={cpus}{hotplug}")])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        judge(machine, "linux", record_guest)


# Shows: guests.uart-given.
@pytest.mark.talk
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_owns_the_boards_uart_and_clock(mode):
    """Linux drives the UART and the clock itself. Its output is that on the bare machine, without a name in front. Keys
    reach it by an interrupt of its own.
    """
    name = f"own-uart-{mode}"
    system = km.description(name, [
        km.partition("linux", cores=0x1, memory="512M", image=km.IMAGE["linux"], console=False,
                     initrd=km.INITRD, bootargs="console=ttyAMA0", access=["pl011", "pl031"]),
        km.partition("silent", cores=0x2, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     console=False)])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect(r"^/ # ", 60)
        machine.send("grep uart-pl011 /proc/interrupts; cat /sys/class/rtc/rtc0/name\n")
        machine.expect(r"^ *\d+: +[1-9]\d* .* uart-pl011\r?$", 30)
        machine.expect(r"^rtc-pl031 9010000\.pl031\r?$", 30)
        assert "[linux]" not in machine.text and "[kumiki]" not in machine.text


# Shows: guests.linux, boards.gicv2.
@pytest.mark.talk
@pytest.mark.boards_long
@pytest.mark.slots
@pytest.mark.parametrize("mode", [pytest.param("icount", marks=pytest.mark.gicv2), pytest.param("threads", marks=pytest.mark.every_board)])
def test_disk_and_network(mode, disk, tftp, record_guest):
    name = f"disk-network-{mode}"
    cpus = 2 if km.CORES > 2 else 1
    last = km.SLOTS - 1
    system = km.description(name, [
        linux(cores=(1 << cpus) - 1, access=(f"virtio_mmio{last}", f"virtio_mmio{last - 1}"),
              bootargs=f"{TESTS} kumiki.cpus={cpus} kumiki.disk=1 kumiki.network=1"),
        heartbeat(cpus),
    ], [disk_device(last, disk), network_device(last - 1, tftp)])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        judge(machine, "linux", record_guest)
        heartbeat_goes_on(machine)


# Shows: guests.hotplug.
@pytest.mark.boards_long
@pytest.mark.parametrize("times", [20, pytest.param(100, marks=pytest.mark.long)])
def test_hotplug_again_and_again(times, record_guest):
    system = km.description("hotplug", [
        linux(cores=0x7, bootargs=f"{TESTS} quiet kumiki.cpus=3 kumiki.hotplug={times}"), heartbeat(3)])
    with km.kumiki("hotplug", system) as machine:
        judge(machine, "linux", record_guest, 300)
        heartbeat_goes_on(machine)


# Shows: guests.two-linuxes.
@pytest.mark.talk
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_two_linuxes(mode, disk, tmp_path, record_guest):
    """Two Linuxes have a disk each. Neither sees the other one's data."""
    other = tmp_path / "other.img"
    with open(other, "wb") as file:
        file.truncate(64 << 20)
    name = f"two-linuxes-{mode}"
    both = f"{TESTS} kumiki.cpus=2 kumiki.disk=1"
    system = km.description(name, [
        linux("left", cores=0x3, access=("virtio_mmio31",), bootargs=both),
        linux("right", cores=0xc, access=("virtio_mmio23",), bootargs=both, kernel="linux-rt"),
    ], [disk_device(31, disk), disk_device(23, other, 1)])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        start = machine.position
        judge(machine, "left", record_guest, 180)
        machine.position = start
        judge(machine, "right", record_guest, 180)


# Shows: hostile.interrupts-lost.
@pytest.mark.boards_long
def test_heartbeat_loses_nothing_beside_a_busy_linux(disk, record_guest):
    """Linux boots, uses its disk, takes CPUs off and on, and powers off. The neighbour loses no interrupt."""
    system = km.description("heartbeat-beside", [
        linux(cores=0x3, access=(f"virtio_mmio{km.SLOTS - 1}",),
              bootargs=f"{TESTS} kumiki.cpus=2 kumiki.disk=1 kumiki.hotplug=5"), heartbeat(2)],
        [disk_device(km.SLOTS - 1, disk)])
    with km.kumiki("heartbeat-beside", system) as machine:
        judge(machine, "linux", record_guest)
        machine.position = 0  # the frame's line may come before the guest's last ones
        machine.expect(r"linux stopped", 60)
        heartbeat_goes_on(machine)


# Shows: life.kept-memory.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("mode", ["threads", "icount"][:1 if km.APART else 2])
def test_the_log_of_a_panic_outlives_it(mode, record_guest):
    """Linux panics and is restarted. Its own ramoops driver finds the log of the former life. The neighbour loses no
    interrupt."""
    name = f"ramoops-{mode}"
    system = km.description(name, [
        linux(bootargs="console=ttyAMA0 panic=-1 kumiki.run=panic",
              more=('kumiki,ramoops = "256K";', 'kumiki,keep = "64K";')),
        heartbeat(1)])
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect(r"\[linux\] .*Kernel panic - not syncing: sysrq", 60)
        judge(machine, "linux", record_guest)
        heartbeat_goes_on(machine)
