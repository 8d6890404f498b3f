"""Guests that try what they mustn't (tests/guest/bad): each try is refused as hardware would, and
nobody else feels anything of it: a heartbeat beside them loses no interrupt, a sleeper's memory and
the pristine images stay as they were."""

import re

import kumiki_machine as km
import pytest

import frame_probe
import witness

STILL_AT, BAD_AT = 0x60000000, 0x61000000
# The sleeper's device, and where that and the frame are.
DEVICE, DEVICE_AT, FRAME_AT = {"qemu-virt": ("virtio_mmio31", 0xa003000, 0x40200000),
                               "xlnx-versal-virt": ("uart1", 0xff010000, 0x200000)}.get(km.ALIKE, (None, 0, 0))
STILL_FROM, STILL_TO = 0x100000, 0x300000  # of its memory, filled with the witness's pattern

MODES = ["threads", "icount"][:1 if km.APART else 2]


def guest(name):
    return km.GUESTS / f"bad-{name}.bin"


def system(name, bad, memory="1M as 0x40000000", bootargs=None):
    """A heartbeat, a sleeper with a device, and the bad one."""
    return km.description(name, [
        witness.heartbeat(0, "beat"),
        km.partition("still", cores=0x2, memory=f"4M at {STILL_AT:#x}", image=guest("still"),
                     access=[DEVICE]),
        # Without a watchdog, whose place a program that asks everywhere would have to know.
        km.partition("bad", cores=0x4, memory=memory, image=guest(bad), bootargs=bootargs,
                     more=["kumiki,no-watchdog;"])])


def nobody_was_reached(image, probe):
    witness.images_untouched(image, probe)
    witness.pattern_untouched(probe, STILL_AT + STILL_FROM, STILL_AT + STILL_TO)


def hostile(name, bad, mode, folder, pattern, cpu=None):
    """Lets it happen, and looks at the others; returns the match of the bad one's last word."""
    image = folder / "system.img"
    extra = [*(["-cpu", cpu] if cpu else []), *frame_probe.arguments(folder / "probe")]
    with km.kumiki(name, system(name, bad), mode=mode, image=image, extra=extra) as machine:
        match = machine.expect(pattern, 120)
        machine.position = 0
        machine.expect(r"^\[still\] still$", 30)
        machine.position = 0
        machine.expect(r"^\[kumiki\] bad stopped: it turned itself off$", 30)
        witness.heartbeat_goes_on(machine)
        with frame_probe.Probe(folder / "probe") as probe:
            nobody_was_reached(image, probe)
        return match, machine.text


# Shows: memory.refused.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cpu", [None, "max,pauth-impdef=on"][:1 if km.APART else 2])
def test_wild_accesses(mode, cpu, tmp_path):
    """Loads, stores, pairs, exclusives, DC ZVA and jumps to everything but its own; on a CPU whose addresses have 48 bits,
    and on one with 52."""
    match, _ = hostile(f"hostile-wild-{mode}-{(cpu or 'board')[:5]}", "wild", km.MODES[mode], tmp_path,
                       r"^\[bad\] wild: (\d+) tries, (\d+) refused\n", cpu)
    assert match[1] == match[2] and int(match[1]) > 100_000


# Shows: hostile.calls.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("mode", MODES)
def test_random_calls(mode, tmp_path):
    match, _ = hostile(f"hostile-calls-{mode}", "calls", km.MODES[mode], tmp_path,
                       r"^\[bad\] calls: (\d+) made, (\d+) lost\n")
    assert (match[1], match[2]) == ("40000", "0")


# (op0, op1, CRn, CRm, op2) of what a partition doesn't have though the bare machine may have it.
NOT_A_GUESTS = {
    (3, 0, 12, 0, 1), (3, 3, 14, 0, 0),  # the highest level's own: RVBAR_EL1, writing CNTFRQ_EL0
    *((3, 0, 10, 4, op2) for op2 in (0, 1, 2, 3, 7)),  # limited ordering regions
    (3, 0, 5, 3, 0),  # ERRIDR_EL1: errors are the frame's
    (3, 0, 13, 0, 7), (3, 3, 13, 0, 7),  # SCXTNUM: not switched, so CSV2 doesn't show it
}


def encodings(text):
    """(level, direction, op0, op1, CRn, CRm, op2) of all that got through, from the map."""
    found = set()
    for level, way, row, bits in re.findall(r"map (el\d) (\w+) (\w+) ([0-9a-f]{32})", text):
        for at in range(128):
            if bytes.fromhex(bits)[at // 8] >> at % 8 & 1:
                e = int(row, 16) * 128 + at
                found.add((level, way, e >> 14, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7))
    return found


# The oldest and the newest; what is between them has some of the latter's.
# Shows: hostile.registers.
@pytest.mark.long
@pytest.mark.parametrize("cpu", ["cortex-a57", pytest.param("neoverse-n1", marks=pytest.mark.long), "max,pauth-impdef=on"])
def test_every_system_register(cpu, tmp_path):
    """What gets through as a partition gets through on the bare machine; what doesn't, though it
    does there, is named here."""
    name = "hostile-sysregs-" + cpu.split(",")[0]
    _, under = hostile(name, "sysregs", km.ICOUNT, tmp_path, r"^\[bad\] sysregs: done\n", cpu)
    with km.bare(name + "-bare", guest("sysregs"), cpu=cpu) as machine:
        machine.expect(r"^sysregs: done\n", 60)
        bare = machine.text
    assert "NOT undefined" not in under
    for text in under, bare:
        assert re.search(r"sysregs: \d+ through, \d+ undefined, \d+ trapped by EL1, 0 else", text)
        assert re.search(r"32-bit: \d+ tries, 0 wrong", text)
        assert re.search(r"AArch32 at EL1: class 0xe\b", text)  # illegal execution state
    assert len(encodings(under)) > 300
    assert encodings(under) - encodings(bare) == set()
    gone = {encoding[2:] for encoding in encodings(bare) - encodings(under)}
    assert gone <= NOT_A_GUESTS


# ---- what can't be given back ----

OWNERS = {"nobody's": 0x200000000, "memory of still": STILL_AT, f"{DEVICE} of still": DEVICE_AT,
          "the frame's": FRAME_AT}


# Shows: hostile.stops-alone.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("owner", OWNERS)
def test_vectors_that_cannot_be_executed(owner):
    """The partition stops, with a report in words; the others go on."""
    name = "vectors-" + re.sub(r"\W+", "-", owner)
    address = OWNERS[owner]
    description = system(name, "vectors", memory=f"1M at {BAD_AT:#x}",
                         bootargs=f"vectors={address:#x}")
    with km.kumiki(name, description) as machine:
        machine.expect(r"^\[kumiki\] bad: vCPU 0: its exception vector can't be executed\n", 60)
        machine.position = 0
        machine.expect(r"^\[kumiki\] bad stopped: an error that could not be given back to it\n",
                       60)
        machine.expect_since(0, [r"^\[kumiki\]   .*\bx30 0x\w+\n"], 60)  # the report's last line
        report = "\n".join(line[len("[kumiki] "):] for line in machine.text.splitlines()
                           if line.startswith("[kumiki]   "))
        witness.heartbeat_goes_on(machine)
    match = re.match(r"  syndrome 0x(\w+), address 0x(\w+) \((.*)\)\n"
                     r"  pc 0x(\w+), pstate 0x(\w+), lr 0x(\w+)\n", report)
    assert match, report
    assert int(match[1], 16) >> 26 == 0x20  # an instruction abort from below
    assert int(match[2], 16) == int(match[4], 16) == address + 0x200
    assert match[3] == owner and int(match[6], 16) == 0x3000
    registers = {int(n): int(v, 16) for n, v in re.findall(r"x(\d+) 0x(\w+)", report)}
    assert sorted(registers) == list(range(31))
    assert [registers[n] for n in (0, 1, 2, 28, 29, 30)] == [
        0x4000, 0x1100, 0x2200, 0x2800, 0x2900, 0x3000]


# Shows: hostile.stops-alone.
@pytest.mark.long
@pytest.mark.every_board
def test_a_loop_in_its_own_vectors():
    """Nothing of it ever comes to the frame; it is found, ended and told, and starts anew. With
    threads only: under icount the emulator counts no time for such a loop (docs/proof/limits.md)."""
    with km.kumiki("hostile-stuck", system("hostile-stuck", "stuck", memory=f"1M at {BAD_AT:#x}"),
                   mode=km.TALK) as machine:
        machine.expect(r"^\[bad\] stuck: from now on", 60)
        machine.expect(r"^\[kumiki\] bad: vCPU 0: it takes nothing but exceptions in its own "
                       r"exception vectors\n", 60)
        machine.expect(r"^\[kumiki\]   syndrome 0x960000\w+, address 0x6ffffffff0 .*\n", 60)
        for register, value in ((19, 0x1900), (23, 0x2300), (28, 0x2800)):  # an interrupt found it
            machine.expect(rf" x{register} {value:#x}\b", 60)
        machine.expect(r"^\[bad\] stuck: from now on", 60)
        witness.heartbeat_goes_on(machine)


# ---- what the frame asks the CPU about a guest's own tables ----
# Shows: hostile.fetch.

@pytest.mark.talk
@pytest.mark.parametrize("mode", km.MODES)
def test_a_table_walk_that_nobody_answers(mode):
    """The way to an instruction that is to be decoded leads through a device: the CPU's external
    abort is the guest's own affair. The fetch aborts as the CPU's own would, whatever is in the
    way, and nobody tries again for ever."""
    name = f"hostile-walk-{mode}"
    with km.kumiki(name, km.description(name, [
            witness.heartbeat(0, "beat"),
            km.partition("bad", cores=0x2, memory=f"1M at {BAD_AT:#x}", image=guest("walk"),
                         access=["fw_cfg"])]), mode=km.TALKS[mode]) as machine:
        machine.expect(r"^\[bad\] walk: memory: 0x5\w$", 60)
        for what, status in (("device", 0x16), ("nothing", 0x05), ("foreign", 0x16)):
            machine.expect(rf"^\[bad\] walk: {what}: syndrome 0x860000{status:02x}, where it is$", 60)
        machine.position = 0
        machine.expect(r"^\[kumiki\] bad stopped: it turned itself off$", 30)
        witness.heartbeat_goes_on(machine)


# Shows: services.turns.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("mode", MODES)
def test_restless_guest_leaves_the_console_its_turns(mode):
    """An interrupt in each turn of the console service, which is on this guest's core."""
    name = f"hostile-restless-{mode}"
    with km.kumiki(name, km.description(name, [km.partition(
            "bad", cores=0x1, memory="1M as 0x40000000", image=guest("restless"))]),
            mode=km.TALKS[mode]) as machine:
        machine.expect(r"^\[bad\] restless: line 20$", 60)
        machine.send("x")
        machine.expect(r"^\[bad\] restless: key x$", 60)
        machine.expect(r"^\[bad\] restless: line \d+$", 60)
