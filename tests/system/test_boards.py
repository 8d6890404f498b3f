"""The demonstrations of boards that people have, in QEMU's machines of them: two Linuxes and a real-time system, and an operator
that lists, restarts and stops them."""

import kumiki_machine as km
import pytest

PARTITIONS = ["first", "second", "heartbeat"]


def operate(machine, line):
    machine.send(f"\x1dc{line}\r")


def demonstrate(board):
    """The whole of it, up to the last partition's end. Its Linuxes are spared what those of other tests are."""
    text = (km.TOP / f"systems/{board}.dts").read_text().replace("../build", str(km.TOP / "build"))
    system = km.TESTS / f"{board}.dts"
    system.parent.mkdir(parents=True, exist_ok=True)
    system.write_text(text.replace("panic=1", f"panic=1 {km.LINUX_SPARED}"))
    with km.kumiki(board, system) as machine:
        machine.expect_all([r"^\[first\] kumiki-init: up, 2 CPUs, Linux [-\d.]+-arm64", r"^\[second\] kumiki-init: up, 1 CPUs, Linux ",
                            r"^\[heartbeat\] heartbeat: 3 s, 3000 ticks, 0 lost"], 120)
        operate(machine, "list")
        machine.expect_all([rf"^\[kumiki\] +\d+  {name} +running" for name in PARTITIONS], 30)
        operate(machine, "restart heartbeat")
        machine.expect(r"^\[heartbeat\] heartbeat: 1 s, 1000 ticks, 0 lost", 30)
        for name in PARTITIONS[:2]:
            operate(machine, f"stop {name}")
            machine.expect(rf"^\[kumiki\] {name} stopped", 30)
        operate(machine, "stop heartbeat off")
        machine.expect(r"^\[kumiki\] the machine goes off behind heartbeat", 30)
        yield machine


# Shows: boards.zcu102.
def test_zcu102():
    for machine in demonstrate("zcu102"):
        machine.wait_end(30)


# Shows: boards.raspi4b, boards.imx8mp.
@pytest.mark.new_qemu
def test_the_board():
    """The one that runs. A Raspberry Pi's firmware has nothing that turns it off."""
    for machine in demonstrate(km.BOARD):
        if km.BOARD == "raspi4b":
            machine.expect(r"kumiki: this board can't be turned off by a program: take its power away\n"
                           r"kumiki: the machine stops here", 30)
        else:
            machine.wait_end(30)
