"""The report of a partition's end: the place, in Linux's own names. A panic differs from an orderly reset, and counts as a
crash. The heartbeat beside it loses nothing."""

import re

import kumiki_machine as km
import pytest

import sessions
import witness
from sessions import PROMPT

TRACE = r"(?:^\[kumiki\]   (?:pc|lr|by)  0x[0-9a-f]+.*\n)+"


def system(name, **options):
    return km.description(name, [sessions.linux(**options), witness.heartbeat(3)])


def back_trace(text):
    """The functions of the last back trace, innermost first. Lines of others may stand in between."""
    said = "".join(re.findall(r"^\[kumiki\] .*\n", text, re.M))
    return re.findall(r"  (?:pc|by)  0x[0-9a-f]+ (\S+?)\+0x", re.findall(TRACE, said, re.M)[-1])


def kallsyms(machine, names):
    """The addresses of functions, as the running kernel has them."""
    wanted = "|".join(names)
    machine.send(f"grep -E ' ({wanted})$' /proc/kallsyms; echo all of $((40+2))\r")
    machine.expect(r"^\[linux\] all of 42$", 60)
    return {name: int(at, 16) for at, name in
            re.findall(rf"^\[linux\] ([0-9a-f]{{16}}) \w ({wanted})$", machine.text, re.M)}


def beats(machine):
    machine.expect(r"^\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost", 30)


# `make test` has each kernel and each mode once, because the trace doesn't depend on the mode.
# Shows: life.report.
@pytest.mark.talk
@pytest.mark.boards_long
@pytest.mark.parametrize("kernel, mode", [
    ("linux", "threads"), ("linux-rt", "icount"),
    *(pytest.param(*other, marks=pytest.mark.long) for other in (("linux", "icount"), ("linux-rt", "threads"))),
    *(pytest.param(kernel, "icount", marks=pytest.mark.long) for kernel in km.TODAY)])
def test_panic_is_told_with_a_back_trace(kernel, mode):
    """The names are right under KASLR: they agree with the kernel's own list in the same life."""
    name = f"examine-panic-{kernel}-{mode}"
    # Only newer cores have pages of 16 KiB.
    extra = ["-cpu", "neoverse-n1"] if "16k" in kernel else []
    with km.kumiki(name, system(name, kernel=kernel), mode=km.TALKS[mode], extra=extra) as machine:
        machine.expect(PROMPT, 90)
        at = kallsyms(machine, ["panic", "sysrq_handle_crash", "_stext"])
        machine.send("echo c >/proc/sysrq-trigger\r")
        machine.expect(r"^\[kumiki\] linux: vCPU 0: its kernel panicked$", 60)
        machine.expect(r"^\[kumiki\] linux stopped: its kernel panicked$", 30)
        machine.expect(r"^\[kumiki\] linux restarts \(restart 1 of at most 5 in 60 s\)$", 30)
        trace = back_trace(machine.text)
        assert trace.index("panic") + 1 == trace.index("sysrq_handle_crash")
        assert trace.index("sysrq_handle_crash") < trace.index("write_sysrq_trigger")
        assert "ksys_write" in trace
        for function, address in at.items():
            for said, offset in re.findall(rf"0x([0-9a-f]+) {function}\+0x([0-9a-f]+)",
                                           machine.text):
                assert int(said, 16) - int(offset, 16) == address
        machine.expect(PROMPT, 90)
        machine.send("\x1dclog linux 1\r")
        machine.expect(r"^\[kumiki\]   by  0x[0-9a-f]+ sysrq_handle_crash\+0x", 30)
        beats(machine)


# Shows: life.policy.
@pytest.mark.talk
@pytest.mark.boards_long
def test_orderly_reset_is_no_panic():
    name = "examine-reboot"
    with km.kumiki(name, system(name), mode=km.TALK) as machine:
        machine.expect(PROMPT, 60)
        machine.send("reboot -f\r")
        machine.expect(r"^\[kumiki\] linux stopped: it asked for a reset$", 30)
        machine.expect(PROMPT, 60)
        assert "panicked" not in machine.text
        assert not re.search(TRACE, machine.text, re.M)
        beats(machine)


# Shows: life.policy.
@pytest.mark.talk
@pytest.mark.boards_long
@pytest.mark.parametrize("policy, then", [
    ("stop", r"^\[kumiki\] linux stopped: its kernel panicked$"),
    ("hold", r"^\[kumiki\] linux is held as it stood$")])
def test_panic_is_a_crash(policy, then):
    """kumiki,on-crash decides what follows a panic. It doesn't concern an orderly reset."""
    name = f"examine-{policy}"
    more = [f'kumiki,on-crash = "{policy}";']
    with km.kumiki(name, system(name, cores=0x3, more=more), mode=km.TALK) as machine:
        machine.expect(PROMPT, 60)
        machine.send("reboot -f\r")
        machine.expect(r"^\[kumiki\] linux runs again: start 2,", 60)
        machine.expect(PROMPT, 60)
        machine.send("echo c >/proc/sysrq-trigger\r")
        machine.expect(then, 60)
        assert "panic" in back_trace(machine.text)
        beats(machine)
        beats(machine)
        assert "start 3" not in machine.text
        machine.send("\x1dclist\r")
        state = {"stop": "stopped", "hold": "held"}[policy]
        machine.expect(rf"^\[kumiki\] +1  linux +{state} +2 .* its kernel panicked$", 30)


# Shows: life.report.
@pytest.mark.every_board
def test_other_guests_have_places_in_their_image():
    """A guest has no names, and its vectors aren't mapped. The report has the place in the image, the source of its last
    exception, and nothing invented."""
    name = "examine-vectors"
    bad = km.partition("bad", cores=0x1, memory="1M as 0x40000000",
                       image=km.GUESTS / "bad-vectors.bin", bootargs="vectors=0x30000000",
                       more=['kumiki,on-crash = "stop";'])
    with km.kumiki(name, km.description(name, [bad, witness.heartbeat(3)])) as machine:
        machine.expect(r"^\[kumiki\] bad: vCPU 0: its exception vector can't be executed$", 30)
        machine.expect(r"^\[kumiki\] bad: vCPU 0 was at$", 30)
        machine.expect(r"^\[kumiki\]   pc  0x30000200$", 30)
        machine.expect(r"^\[kumiki\]   its frame records end outside its memory$", 30)
        machine.expect(r"^\[kumiki\]   its last exception came from  0x400[0-9a-f]+ "
                       r"image\+0x[0-9a-f]+$", 30)
        machine.expect(r"^\[kumiki\] bad stopped: an error that could not be given back", 30)
        beats(machine)
    (address, offset), = re.findall(r" 0x([0-9a-f]+) image\+0x([0-9a-f]+)$", machine.text, re.M)
    assert int(address, 16) - int(offset, 16) == 0x40080000  # where headerless images begin
