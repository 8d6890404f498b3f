"""A program on the guest library that can't go on. On the bare machine it says why and goes off; in a partition it
crashes."""

import re

import kumiki_machine as km
import pytest

IMAGE = km.GUESTS / "bad-crash.bin"
NULL = r"data abort, writing 0x8: nothing is mapped there"
# (what tests/guest/bad/crash.c does, its own words, the report's words)
WAYS = {
    "null": (NULL, r"data abort at 0x[0-9a-f]+, address 0x8"),
    "undefined": (r"undefined instruction", r"unknown instruction at 0x[0-9a-f]+"),
    "overflow": (r"stack overflow; data abort, writing 0x[0-9a-f]+: nothing is mapped there",
                 r"data abort at 0x[0-9a-f]+, address 0x[0-9a-f]+"),
    "pointer": (r"its stack pointer isn't a stack's; data abort, reading 0x3: nothing is mapped there",
                r"data abort at 0x[0-9a-f]+, address 0x3"),
    "panic": (r"the valve is stuck", r"BRK at 0x[0-9a-f]+"),
    "assertion": (r"a failed assertion", r"BRK at 0x[0-9a-f]+"),
    "handler": (NULL, r"data abort at 0x[0-9a-f]+, address 0x8"),
    "mmu": (r"undefined instruction", r"unknown instruction at 0x[0-9a-f]+"),
    "guard": (r"data abort, reading 0x[0-9a-f]+: nothing is mapped there",
              r"data abort at 0x[0-9a-f]+, address 0x[0-9a-f]+"),
    "number": (NULL, r"data abort at 0x[0-9a-f]+, address 0x8"),
    "words": (r"", r"BRK at 0x[0-9a-f]+"),  # printing leads to a second exception
}


def partition(way, more=(), cores=0x1, console=True):
    return km.partition(way, cores=cores, memory="1M as 0x40000000", image=IMAGE, bootargs=f"crash={way}", more=more,
                        console=console)


@pytest.mark.parametrize("way", WAYS)
def test_bare_it_says_so_and_goes_off(way):
    with km.bare(f"crash-bare-{way}", IMAGE, append=f"crash={way}") as machine:
        machine.wait_end(20)
    said = re.sub(r"qemu-system-aarch64: warning: .*\n", "", machine.text)  # the words may come in the middle of a line
    assert re.search(rf"^guest: CPU 0 crashed: {WAYS[way][0]}$", said, re.MULTILINE), said
    assert way == "words" or re.search(r"^  pc 0x4008[0-9a-f]+, lr 0x", machine.text, re.MULTILINE)
    assert "crash: goes on" not in machine.text and "tests:" not in machine.text


# Shows: life.reported-crash.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("ways", [("null", "undefined", "overflow", "pointer", "panic"),
                                  ("assertion", "handler", "mmu", "words"), ("guard", "number")],
                         ids=["own", "around", "stack"])
def test_a_partition_of_it_has_crashed(ways):
    """The crash is in its own words, in the report, and in `list`."""
    more = ("kumiki,shared-cores;", 'kumiki,on-crash = "stop";')
    name = f"crash-{ways[0]}"
    with km.kumiki(name, km.description(name, [*(partition(way, more) for way in ways), km.partition(
            "heartbeat", cores=0x2, memory="1M as 0x40000000", image=km.HEARTBEAT)]), mode=km.TALK) as machine:
        machine.expect_all([pattern for way in ways for pattern in (
            rf"^\[{way}\] guest: CPU 0 crashed: {WAYS[way][0]}\n",
            rf"^\[kumiki\] {way}: vCPU 0: it crashed: {WAYS[way][1]}\n",
            rf"^\[kumiki\] {way} stopped: it crashed\n")], 60)
        machine.position = 0
        machine.send("\x1dclist\r")
        machine.expect_all([rf"^\[kumiki\] +\d+  {way} +stopped +1 .* it crashed\n" for way in ways], 30)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost", 30)
    assert "tests: 0 passed" not in machine.text


# Shows: life.reported-crash, life.report.
@pytest.mark.talk
@pytest.mark.every_board
@pytest.mark.gicv2
def test_its_registers_are_in_the_report_and_it_comes_back():
    """The report has the registers of the error, like the program's own words, and the program's callers."""
    name = "crash-registers"
    with km.kumiki(name, km.description(name, [partition("null", ("kumiki,restart-limit = <1 60>;",
                                                                  'kumiki,at-limit = "hold";'))]), mode=km.TALK) as machine:
        own = machine.expect(r"^\[null\]   pc (0x\w+), lr (0x\w+), sp (0x\w+), pstate (0x\w+), esr (0x\w+), far 0x8\n", 60)
        pc, lr, sp, pstate, esr = own.groups()
        machine.expect(rf"^\[kumiki\]   pc {pc}, pstate {pstate}, lr {lr}\n", 30)
        for each in (r"x0 0x0  x1 0x1100 ", r"x19 0x1900", r"x27 0x2700", rf"x30 {lr}", rf"sp_el1 {sp}",
                     rf"elr_el1 {pc}, spsr_el1 {pstate}, esr_el1 {esr}, far_el1 0x8", rf"  pc  {pc} image\+0x\w+",
                     rf"  lr  {lr} image\+0x\w+", rf"  by  0x\w+ image\+0x\w+"):
            machine.expect(rf"^\[kumiki\] .*{each}", 30)
        machine.expect(r"^\[kumiki\] null restarts \(restart 1 of at most 1 in 60 s\)\n", 30)
        machine.expect(r"^\[null\] guest: CPU 0 crashed: ", 30)
        machine.expect(r"^\[kumiki\] null is held as it stood: it is at its limit\n", 30)
        machine.send("\x1dclog null\r")
        machine.expect(r"^\[kumiki\] +\d+\.\d+ s +stopping +start 1: it crashed\n", 30)
        machine.expect(r"^\[kumiki\] +\d+\.\d+ s +holding +start 2: it crashed\n", 30)
        machine.expect(r"^\[kumiki\] null: vCPU 0: it crashed: data abort at ", 30)


# Shows: life.reported-crash.
@pytest.mark.long
@pytest.mark.every_board
def test_any_cpu_may_crash_and_a_console_isnt_needed():
    system = km.description("crash-any", [
        partition("second", ('kumiki,on-crash = "stop";',), cores=0x3),
        partition("panic", ('kumiki,on-crash = "stop";', "kumiki,shared-cores;"), cores=0x4, console=False)])
    with km.kumiki("crash-any", system) as machine:
        machine.expect_all([r"^\[second\] guest: CPU 1 crashed: stack overflow; ",
                            r"^\[kumiki\] second: vCPU 1: it crashed: data abort at ",
                            r"^\[kumiki\] panic: vCPU 0: it crashed: data abort at 0x\w+, address 0x\w+\n"], 60)
