"""The demonstration, as `make run` plays it without a terminal. No step of the tour is missing, and the real-time system
loses nothing. The other systems of systems/ start by `make run`, too."""

import re
import subprocess
import sys
from pathlib import Path

import kumiki_machine as km
import pytest

TOUR = Path(__file__).with_name("tour.py")
DISKS = pytest.mark.xdist_group("systems-disks")  # QEMU lets nobody else have them meanwhile
# {image: the first words of its partition}. {} is the number of its vCPUs.
SAYS = {"linux/Image": r"kumiki-init: up, {} CPUs, Linux [-\d.]+-arm64", "linux-rt/Image": r"kumiki-init: up, {} CPUs, Linux .*-rt-",
        "heartbeat.bin": r"heartbeat: 1 s, \d+ ticks, \d+ lost", "worker.bin": r"worker: ",
        "control.bin": r"control: life 1", "realtime.bin": r"realtime: \d+ Hz", "lan.img": r"kumiki-rtos: ",
        "netboot.img": r"kumiki-rtos: ", "u-boot.bin": r"U-Boot 20\d\d",
        "gateway.img": r".*gateway: \d+ rules hold",
        "store.img": r".*provider: \d+ sectors", "watch.img": r".*linux: text, constants, vectors and tasks are watched",
        "watch-rtos.img": r".*rtos: text, constants, vectors and rules are watched", "shell.img": r"kumiki-rtos: ",
        "watch-first.img": r".*linux: text, constants, vectors and tasks are watched",
        "watch-watcher.img": r".*first: text, constants, vectors and rules are watched"}
OTHERS = sorted({path.stem for path in km.TOP.glob("systems/*.dts")} -
                {"demo", "shared", "panel", "debian", "raspi4b", "imx8mp-evk"})


def text_of(path):
    """A description's text, with the descriptions that it includes."""
    return re.sub(r'^/include/ "(\w+\.dts)"$', lambda found: text_of(path.with_name(found[1])), path.read_text(), flags=re.MULTILINE)


def of_board(system):
    """On another board: the same description, with that board's file and guests."""
    path = km.TOP / f"systems/{system}.dts"
    if not km.APART:
        return path
    text = path.read_text().replace('"qemu-virt.dtsi"', f'"{km.BOARD}.dtsi"')
    text = text.replace("../build/guests/realtime.bin", f"{km.GUESTS}/realtime.bin").replace("../build/", f"{km.TOP}/build/")
    km.TESTS.mkdir(parents=True, exist_ok=True)
    (km.TESTS / path.name).write_text(text)
    return km.TESTS / path.name


# Shows: realtime.no-tick-lost.
@pytest.mark.boards_long
@pytest.mark.parametrize("system", ["shared"] if km.APART else [
    pytest.param("demo", marks=[DISKS, pytest.mark.talk]), pytest.param("shared", marks=pytest.mark.long)])
def test_the_tour_reaches_its_end(system):
    ended = subprocess.run([sys.executable, TOUR, of_board(system)], cwd=km.TOP, text=True,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=km.HANGS, check=False)
    assert ended.returncode == 0, ended.stdout[-4000:]
    assert "== The end:" in ended.stdout and " 0 lost." in ended.stdout
    shown = ended.stdout[ended.stdout.index("\n== "):].splitlines()
    assert not [line for line in shown if not re.match(r"\[[\w-]+\] |== |kumiki: |$", line)], ended.stdout[-4000:]
    assert "stamp" not in ended.stdout  # a demonstration has no use for the output of measurements


@pytest.mark.long
@pytest.mark.parametrize("system, time", [("shared", "--icount"), ("demo", "--smp-threads")])
def test_a_terminal_sees_deadlines_in_time_that_shows_them(system, time):
    """`make run` on a terminal counts instructions. Otherwise a busy host would miss deadlines each second. The demonstration
    has a page."""
    path = f"systems/{system}.dts"
    plan = subprocess.run(["make", "-n", "--no-print-directory", "run-system", f"SYSTEM={path}"], cwd=km.TOP,
                          text=True, capture_output=True, timeout=60, check=True).stdout
    ways = re.findall(rf"exec \S+ run (.*) {re.escape(path)};", plan)
    assert ways == [time + " --page" * (system == "demo"), time]


@pytest.mark.long
@pytest.mark.parametrize("system", [
    pytest.param(name, marks=[DISKS] * (name in ("two-linux", "store", "nvme"))) for name in OTHERS])
def test_any_other_system_starts(system):
    """`make run SYSTEM=…` starts it, and each of its partitions says its first words."""
    path = f"systems/{system}.dts"
    plan = subprocess.run(["make", "-n", "--no-print-directory", "run-system", f"SYSTEM={path}"], cwd=km.TOP,
                          text=True, capture_output=True, timeout=km.HANGS, check=True).stdout
    command, = set(re.findall(rf"exec (\S+) (run .*) {re.escape(path)};", plan))
    found = re.findall(r"^\t\t(\S+) \{\n\t\t\tcompatible = \"openamp,domain-v1\";\n\t\t\tcpus = <&\w+ (0x\w+)"
                       r"(.*?)kumiki,image = \"(\S+)\";", text_of(km.TOP / path), re.MULTILINE | re.DOTALL)
    says = [rf"^\[{name}\] " + next(says for end, says in SAYS.items() if image.endswith(end))
            .format(vcpus[1] if (vcpus := re.search(r"kumiki,vcpus = <(\d+)>", more)) else int(cores, 16).bit_count())
            for name, cores, more, image in found]
    assert says
    with km.Machine(f"tour-{system}", [km.TOP / command[0], *command[1].split(), km.TOP / path]) as machine:
        machine.expect_all(says, 120)
