"""A wild jump leads out of an interrupt's handler, and nothing crashes: the interrupt stays active, or its priority isn't
dropped. The frame finds it by its looks, and recovers as from a crash; nobody notices. The jump is put into the running
machine through QEMU's gdbstub, while the core is at work for a guest."""

import contextlib
import re

import kumiki_machine as km
import pytest

import frame_probe
import frame_tables as ft
from frame_crash import LAYOUT, functions, stop_in, symbol
from test_frame_hang import go_on, machine
from test_frame_recovery import NAMES, SAID, beating, begin, three
from test_power import operate

ASM = ft.constants("frame/include/frame/asm.h")
GIC = ft.constants("frame/include/frame/gic_registers.h")
STACK_FRAME = LAYOUT["LAYOUT_STACK_TOP"] - ASM["TRAP_FRAME_SIZE"]
READ_IAR = 0xd538cc00  # MRS Xt, ICC_IAR1_EL1
VIRTUAL_TIMER, PL061 = 27, 39
WITH_DEVICE = ["alone", "other"]


@pytest.fixture
def beats(tmp_path, request):
    name = re.sub(r"\W+", "-", request.node.name)
    with machine(name, three(), tmp_path) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        yield running, probe


def physical(probe, at):
    """Where the core that the probe means has this."""
    page, = ft.el2_view(probe).at(at, 1)
    return page.pa + at - page.at


def is_from_guest(probe):
    """The core came from a context by the vectors, and not from its idle turn: struct trap_frame names the context."""
    place = physical(probe, STACK_FRAME + ASM["TRAP_FRAME_PC"])
    return int.from_bytes(probe.read(place, 8), "little") == probe.register("TPIDR_EL2")


def stop_from_guest(probe, name, core):
    stop_in(probe, name, core=core)
    while not is_from_guest(probe):
        stop_in(probe, name, core=core)


def acknowledge(probe, core):
    """One instruction behind the read of ICC_IAR1_EL1. Returns the interrupt."""
    while True:
        word = int.from_bytes(probe.read(physical(probe, probe.register("pc")), 4), "little")
        probe.step(core)
        if word & ~0x1f == READ_IAR:
            return probe.register(f"x{word & 0x1f}")


def jump_back(probe):
    """To the way back to the guest, which loads all of its registers."""
    probe.set_register("sp", STACK_FRAME)
    probe.set_register("pc", symbol("trap_load"))
    probe.resume()


def found(running):
    """A look fails, or the core is asked. Returns the core."""
    match = running.expect(SAID, 60)
    assert {"hang_look", "hang_asked", "must_not_last"} & set(functions([int(match[5], 16) + 4]))
    return int(match[1])


# Shows: frame.lost-interrupts.
@pytest.mark.long
@pytest.mark.parametrize("place, core", [("vgic_arrived", 0), ("timer_interrupt", 0), ("timer_interrupt", 1)])
def test_a_handler_is_left(beats, place, core):
    """A guest's timer doesn't tick any more; or the core's own looks don't come, and another core asks it. (Where two vCPUs
    share a core, the other one's end of the same interrupt may end a guest's lost one, too.)"""
    running, probe = beats
    stop_from_guest(probe, place, core)
    jump_back(probe)
    assert found(running) == core
    go_on(running, NAMES)


# Shows: frame.lost-interrupts.
@pytest.mark.long
def test_a_priority_isnt_dropped(beats):
    """Of a guest's timer: nothing comes any more that is less urgent."""
    running, probe = beats
    while True:
        stop_from_guest(probe, "trap_interrupt", 0)
        if acknowledge(probe, 0) == VIRTUAL_TIMER:
            break
    jump_back(probe)
    assert found(running) == 0
    go_on(running, NAMES)


# Shows: frame.lost-interrupts.
@pytest.mark.long
def test_the_uarts(beats):
    """Nobody told the console's service of it: no key is heard, until the frame finds it."""
    running, probe = beats
    running.send("x")
    stop_from_guest(probe, "service_interrupt", 0)
    jump_back(probe)
    assert found(running) == 0
    operate(running)
    go_on(running, NAMES)


@contextlib.contextmanager
def with_device(name, folder):
    """A machine one of whose guests has a device; and where the device's interrupt is said to be active."""
    partitions = [km.partition("alone", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT, access=["pl061"]),
                  beating("other", 0x2)]
    with machine(name, partitions, folder) as running, frame_probe.Probe(folder / "probe") as probe:
        begin(running, probe, WITH_DEVICE)
        probe.core(0)
        yield running, probe, physical(probe, LAYOUT["LAYOUT_GICD"]) + GIC["GICD_ISACTIVER"] + PL061 // 32 * 4


def make_active(probe, place):
    probe.write(place, (1 << PL061 % 32).to_bytes(4, "little"))


def is_active(probe, place):
    return int.from_bytes(probe.read(place, 4), "little") >> PL061 % 32 & 1 == 1


# Shows: frame.lost-interrupts.
@pytest.mark.long
def test_an_spi(tmp_path):
    """A device's interrupt is active, and no vCPU holds it. Its guest has one vCPU."""
    with with_device("lost-spi", tmp_path) as (running, probe, place):
        make_active(probe, place)
        probe.resume()
        assert found(running) == 0
        go_on(running, WITH_DEVICE)
        probe.stop()
        assert not is_active(probe, place)


# Shows: frame.lost-interrupts.
@pytest.mark.long
def test_one_that_comes_again(tmp_path):
    """As a device's interrupt may that no write makes inactive: after the second crash nothing looks for it any more."""
    with with_device("lost-again", tmp_path) as (running, probe, place):
        for crashes in range(3):
            make_active(probe, place)
            if crashes == 2:
                break
            probe.resume()
            assert found(running) == 0
            probe.stop()
        for _ in range(6):
            stop_in(probe, "hang_look", core=0)
        assert is_active(probe, place)
        probe.resume()
        go_on(running, WITH_DEVICE)
        assert len(re.findall(SAID, running.text)) == 2
