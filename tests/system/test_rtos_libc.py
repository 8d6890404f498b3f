"""The RTOS's C library: programs that judge themselves (tests/rtos/libc), with FP registers and without, on
the bare machine and as a partition. The console's input is typed here."""

import kumiki_machine as km
import pytest
from test_guests import judge

LIBC = km.BUILD / "rtos/libc.img"


def follow_libc(machine, record_guest):
    judge(machine, record_guest)
    machine.expect("flushed at the end", 10)
    machine.expect("libc-floating exited with 0", 10)
    machine.expect("type a line: ", 20)
    # Two characters are taken back; the second line waits until it is asked for.
    machine.send("a lj\x7fine!\x08\rx\r")
    machine.expect("x\r?\n", 10)
    machine.send("\x04")
    judge(machine, record_guest)
    machine.expect('assertion "argc == 99" failed: file "tests/rtos/libc/integer.c"', 10)
    machine.expect("libc-integer exited with 134", 10)


@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_libc_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-libc-bare-{mode}", LIBC, cpus=cpus, mode=km.MODES[mode]) as machine:
        follow_libc(machine, record_guest)


def test_libc_partition(record_guest):
    system = km.description("rtos-libc", [km.partition(
        "rtos", cores=1, memory="16M as 0x40000000", image=LIBC)])
    with km.kumiki("rtos-libc-partition", system) as machine:
        follow_libc(machine, record_guest)
