"""Boards that Kumiki has no file for, from the device trees in Debian's kernel packages: their board file, what `kumiki board`
says of them, and a small system that is checked, packed and drawn. And a frame for any board runs."""

import re
import subprocess
from collections import namedtuple

import kumiki_machine as km
import pytest
from test_board import linux_tree
from witness import heartbeat, heartbeat_goes_on

# The package's folder; the tree in it; options; lines of what is said, in their order.
Board = namedtuple("Board", "kernel tree options words")
NEW = km.DEBIAN.with_name("debian-13")
BOARDS = {
    "rk3399": Board(km.DEBIAN, "rockchip/rk3399-rockpro64", ["--memory", "0x200000 0x7fe00000"], """
        cores: 4 Cortex-A53 (cpu0, cpu1, cpu2, cpu3), speed 485
        cores: 2 Cortex-A72 (cpu4, cpu5), speed 1024
        firmware: "arm,psci-1.0" by smc
        interrupts: GICv3 (interrupt_controller1), GICD 0xfee00000 (0x10000), redistributors 0xfef00000 (0xc0000)
        timers: the cores' own, PPIs 29 30 27 26
        memory: 0x200000 to 0x7fffffff (2046 MiB, /memory@200000)
        console: serial2 ("rockchip,rk3399-uart") at 0xff1a0000, 1500000n8
        watchdog: watchdog ("rockchip,rk3399-wdt") at 0xff848000
        debug0 (0xfe430000, "arm,coresight-cpu-debug") - clock of clock_controller1
        same page: pwm0, pwm1, pwm2
        same interrupt: vop0, iommu3
        clock 456 of clock_controller1: usb0, usb1
        power domain power_controller 24 of power_management: usb5, usb7
        the frame speaks by a UART (ns16550) at 0xff1a0000
        """),
    "am625": Board(km.DEBIAN, "ti/k3-am625-sk", [], """
        cores: 4 Cortex-A53 (cpu0, cpu1, cpu2, cpu3)
        firmware: "arm,psci-1.0" by smc
        interrupts: GICv3 (interrupt_controller1), GICD 0x1800000 (0x10000), redistributors 0x1880000 (0xc0000)
        memory: 0x80000000 to 0xffffffff (2048 MiB, memory)
        reserved: 0x9e780000 to 0x9e7fffff (512 KiB, tfa)
        console: serial0 ("ti,am64-uart") at 0x2800000, 115200n8
        spinlock (0x2a000000, "ti,am64-hwspinlock")
        mmc2 (0xfa20000, "ti,am62-sdhci") - power domain, clock of system_controller
        same page: ethernet, mdio, cpts
        the frame speaks by a UART (ns16550) at 0x2800000
        """),
    "rk3588": Board(NEW, "rockchip/rk3588-rock-5b", ["--memory", "0x200000 0xefe00000 0x100000000 0x100000000"], """
        cores: 4 Cortex-A55 (cpu0, cpu2, cpu3, cpu4), speed 530
        cores: 4 Cortex-A76 (cpu5, cpu6, cpu7, cpu8), speed 1024
        interrupts: GICv3 (interrupt_controller), GICD 0xfe600000 (0x10000), redistributors 0xfe680000 (0x100000)
        timers: the cores' own, PPIs 29 30 27 26 28
        memory: 0x200000 to 0xefffffff (3838 MiB, /memory@200000)
        memory: 0x100000000 to 0x1ffffffff (4096 MiB, /memory@200000)
        the frame speaks by a UART (ns16550) at 0xfeb50000
        """),
    "rpi5": Board(NEW, "broadcom/bcm2712-rpi-5-b", ["--memory", "0 0x3fc00000"], """
        cores: 4 Cortex-A76 (cpu0, cpu1, cpu2, cpu3)
        firmware: "arm,psci-1.0" by smc
        memory: 0x0 to 0x3fbfffff (1020 MiB, /memory@0)
        reserved: 0x0 to 0x7ffff (512 KiB, atf)
        console: serial ("arm,pl011") at 0x107d001000, 115200n8
        the frame speaks by a UART (pl011) at 0x107d001000
        no watchdog that a frame feeds
        """),
}
OLD = [pytest.param(name, marks=[] if board.kernel == km.DEBIAN else pytest.mark.long) for name, board in BOARDS.items()]
SYSTEM = """/dts-v1/;
/include/ "{name}.dtsi"
/ {{ domains {{ linux {{
	compatible = "openamp,domain-v1";
	cpus = <&cpus 0x1>;
	kumiki,memory = "128M";
	kumiki,image = "{image}";
	kumiki,console;
	chosen {{ bootargs = "panic=1"; }};
}}; }}; }};
"""


@pytest.fixture(name="made", params=OLD)
def fixture_made(request, tmp_path):
    """The board, its folder with the board file, and what is said of it."""
    name = request.param
    tree = linux_tree(tmp_path / "board.dtb", BOARDS[name].tree, BOARDS[name].kernel)
    said = command("board", "--name", name, *BOARDS[name].options, "-o", tmp_path / f"{name}.dtsi", tree)
    return name, tmp_path, said


def command(*words):
    return subprocess.run([km.KUMIKI, *words], check=True, timeout=60, stdout=subprocess.PIPE, text=True).stdout


# Shows: boards.trees.
def test_a_board_of_debians_trees(made):
    name, folder, said = made
    board = BOARDS[name]
    wanted = [line.strip() for line in board.words.strip().splitlines()]
    found = [line.strip() for line in said.splitlines() if line.strip() in wanted]
    assert found == wanted
    system = folder / "small.dts"
    system.write_text(SYSTEM.format(name=name, image=km.IMAGE["linux"]))
    assert re.search(rf"^small on {name}: 1 partition on 1 core", command("check", system), re.M)
    assert command("draw", system).count("linux") > 0
    command("pack", system, "-o", folder / "small.img")
    assert re.search(rf"^board +{name}, 1 core in use", command("show", folder / "small.img"), re.M)


# Shows: boards.trees.
def test_a_frame_for_any_board_runs():
    """Where a board has no frame of its own."""
    system = km.description("trees-any", [heartbeat(0)])
    system.write_text(system.read_text().replace("/ {", '/ {\n\tkumiki,board = "mine";', 1))
    with km.kumiki("trees-any", system) as machine:
        heartbeat_goes_on(machine)


def test_memory_takes_the_place_of_the_trees(tmp_path):
    """In as many cells as the tree has; what is no pairs of numbers is refused."""
    tree = tmp_path / "machine.dtb"
    subprocess.run(["qemu-system-aarch64", "-M", f"virt,dumpdtb={tree}", "-nic", "none", "-display", "none"], check=True, timeout=60,
                   capture_output=True)
    made = command("board", "--memory", "0x40000000 0x8000000 0x100000000 4096", tree)
    assert made.count('device_type = "memory"') == 1
    assert "reg = < 0x0 0x40000000 0x0 0x8000000 0x1 0x0 0x0 0x1000 >;" in made
    for wrong in "", "1", "1 2 3", "a b", "1 2x":
        result = subprocess.run([km.KUMIKI, "board", "--memory", wrong, tree], check=False, timeout=60, capture_output=True)
        assert result.returncode == 2
