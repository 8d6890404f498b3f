"""The RTOS's C library: programs that judge themselves (tests/rtos/libc), with FP registers and without, on
the bare machine and as a partition. The console's input is typed here.

Shows: rtos.libc.
"""

import re
import subprocess

import kumiki_machine as km
import pytest
from test_guests import judge

LIBC = km.RTOS / "libc.img"
DEBIAN = km.RTOS / "debian.img"
# No other program reads from the console meanwhile.
TYPED = "two lines\nfor a sum\n"


def follow_libc(machine, record_guest):
    judge(machine, record_guest)
    machine.expect("flushed at the end", 10)
    machine.expect("libc-floating exited with 0", 10)
    machine.expect("type a line: ", 20)
    # Two characters are deleted. The second line waits until the program reads it.
    machine.send("a lj\x7fine!\x08\rx\r")
    machine.expect("x\r?\n", 10)
    machine.send("\x04")
    judge(machine, record_guest)
    machine.expect('assertion "argc == 99" failed: file "tests/rtos/libc/integer.c"', 10)
    machine.expect("libc-integer exited with 134", 10)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_libc_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-libc-bare-{mode}", LIBC, cpus=cpus, mode=km.MODES[mode]) as machine:
        follow_libc(machine, record_guest)


@pytest.mark.long
@pytest.mark.every_board
def test_libc_partition(record_guest):
    system = km.rtos_description("rtos-libc", LIBC)
    with km.kumiki("rtos-libc-partition", system) as machine:
        follow_libc(machine, record_guest)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 2)])
def test_threads_bare(mode, cpus, record_guest):
    image = km.RTOS / f"threads{cpus if cpus > 1 else ''}.img"
    with km.bare(f"rtos-posix-bare-{mode}", image, cpus=cpus, mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)
        machine.expect("threads exited with 0", 10)


@pytest.mark.long
@pytest.mark.every_board
def test_threads_partition(record_guest):
    system = km.rtos_description("rtos-posix", km.RTOS / "threads2.img", 2)
    with km.kumiki("rtos-posix-partition", system) as machine:
        judge(machine, record_guest)
        machine.expect("threads exited with 0", 10)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("mode", km.MODES)
def test_spread_bare(mode, record_guest):
    with km.bare(f"rtos-spread-bare-{mode}", km.RTOS / "spread.img", cpus=2, mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("mode", km.MODES)
def test_spread_partition(mode, record_guest):
    system = km.rtos_description(f"rtos-spread-{mode}", km.RTOS / "spread.img", 2)
    with km.kumiki(f"rtos-spread-partition-{mode}", system, mode=km.TALKS[mode]) as machine:
        judge(machine, record_guest)


# Shows: rtos.periodic.
@pytest.mark.long
def test_realtime_bare(record_guest):
    """The bounds are instructions, so they are judged only where instructions are counted."""
    with km.bare("rtos-realtime-bare", km.BUILD / "rtos/realtime.img") as machine:
        judge(machine, record_guest)


# Shows: rtos.periodic.
@pytest.mark.long
def test_realtime_partition(record_guest):
    system = km.rtos_description("rtos-realtime", km.BUILD / "rtos/realtime.img")
    with km.kumiki("rtos-realtime-partition", system) as machine:
        judge(machine, record_guest)


# Shows: rtos.timers.
@pytest.mark.long
@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_timers_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-timers-bare-{mode}", km.BUILD / "rtos/timers.img", cpus=cpus, mode=km.MODES[mode]) as machine:
        machine.expect(f"timers on {min(cpus, 2)} CPUs", 60)
        judge(machine, record_guest)


# Shows: rtos.timers.
@pytest.mark.long
@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 2)])
def test_timers_partition(mode, cpus, record_guest):
    system = km.rtos_description(f"rtos-timers-{mode}", km.BUILD / "rtos/timers.img", cpus)
    with km.kumiki(f"rtos-timers-partition-{mode}", system, mode=km.TALKS[mode]) as machine:
        machine.expect(f"timers on {cpus} CPUs", 60)
        judge(machine, record_guest)


@pytest.mark.long
@pytest.mark.every_board
def test_files_bare(record_guest):
    """The file system's server is restarted at any moment."""
    with km.bare("rtos-posix-files-bare", km.RTOS / "posix-files.img") as machine:
        judge(machine, record_guest)


@pytest.mark.long
@pytest.mark.every_board
def test_files_partition(record_guest):
    system = km.rtos_description("rtos-posix-files", km.RTOS / "posix-files.img")
    with km.kumiki("rtos-posix-files-partition", system) as machine:
        judge(machine, record_guest)


def arguments(name):
    """A program's arguments in the manifest."""
    text = (km.TOP / "tests/rtos/libc/debian.dts").read_text()
    listed = re.search(rf"\t{name} {{.*?kumiki,arguments = (.*?);\n", text, re.DOTALL).group(1)
    return re.findall(r'"(.*?)"', listed)


def on_host(name):
    """The output of the same sources on the host."""
    command = [km.BUILD / f"rtos/host/{name}", *arguments(name)]
    return subprocess.run(command, input=TYPED, check=True, timeout=20, capture_output=True,
                          text=True).stdout


def follow_debian(machine):
    machine.expect("lua exited with 0", 60)
    machine.send(TYPED.replace("\n", "\r") + "\x04")
    machine.expect("xxhsum exited with 0", 20)
    lines = re.sub(r"(?m)^\[rtos\] ", "", machine.text.replace("\r", ""))
    for name in ("banner", "lua", "xxhsum"):
        # The frame's console writes tabs out.
        assert on_host(name).expandtabs() in lines.expandtabs(), name


@pytest.mark.long
@pytest.mark.every_board
def test_debian_bare():
    with km.bare("rtos-debian-bare", DEBIAN) as machine:
        follow_debian(machine)


@pytest.mark.every_board
def test_debian_partition():
    system = km.rtos_description("rtos-debian", DEBIAN)
    with km.kumiki("rtos-debian-partition", system) as machine:
        follow_debian(machine)


def figlet_on_host():
    fonts = km.DEBIAN / "sources/figlet/fonts"
    command = [km.BUILD / "rtos/host/figlet", "-d", fonts, "-w", "76", "Kumiki", "runs"]
    return subprocess.run(command, check=True, timeout=20, capture_output=True, text=True).stdout


def follow_debian_files(machine, record_guest):
    """Checks bzip2 and minigzip by the files that they leave."""
    judge(machine, record_guest)
    assert figlet_on_host() in re.sub(r"(?m)^\[rtos\] ", "", machine.text.replace("\r", ""))


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_debian_files_bare(mode, cpus, record_guest):
    image = km.RTOS / "debian-files.img"
    with km.bare(f"rtos-debian-files-{mode}", image, cpus=cpus, mode=km.MODES[mode]) as machine:
        follow_debian_files(machine, record_guest)


@pytest.mark.long
@pytest.mark.every_board
def test_debian_files_partition(record_guest):
    system = km.rtos_description("rtos-debian-files", km.RTOS / "debian-files.img")
    with km.kumiki("rtos-debian-files-partition", system) as machine:
        follow_debian_files(machine, record_guest)
