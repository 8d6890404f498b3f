"""The frame works at EL2 and gets nowhere, on one core or on all: each core's own timer interrupts it, and it comes back as from a
crash. What is wrong is put into the running machine through QEMU's gdbstub; then the machine goes on by itself."""

import pytest

import frame_probe
import kumiki_machine as km
import frame_tables as ft
from frame_crash import stop_in, symbol
from frame_swap import BACK, OK, Frames, break_at, image, machine as updated
from test_frame_hang import LOOP
from test_frame_recovery import NAMES, begin, go_on, machine, name_of, three

SOON = ["-icount", "shift=4"]  # an instruction takes 16 ns: a loop of seconds takes fewer of them
RET = bytes.fromhex("c0035fd6")
COMES_BACK = r"\[kumiki\] the frame (?:hung|failed) on core \d+, and came back in"
LAYOUT = ft.constants("frame/include/frame/layout.h")
BOUND = 3  # seconds until the console has said it: two until the core is found, and the recovery


@pytest.fixture
def beats(tmp_path, request):
    with machine(name_of(request), three(), tmp_path, *SOON) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        yield running, probe


def write_text(probe, name, instruction, behind=0):
    """All cores share it. The pristine frame stays as it is."""
    at = symbol(name) + behind
    page, = ft.el2_view(probe).at(at, len(instruction))
    probe.write(page.pa + at - page.at, instruction)


def comes_back(running, probe):
    probe.detach()
    running.expect(COMES_BACK, BOUND)


# Shows: frame.stands.
@pytest.mark.parametrize("place, instruction", [
    ("vgic_arrived", LOOP), ("trap_irq", RET), ("sched_switch", LOOP), ("trap_sync", LOOP)],
                         ids=["vgic_arrived", "trap_irq", "sched_switch", "trap_sync"])
def test_on_all_cores(beats, place, instruction):
    """A loop in code that all cores share, and a handler that does nothing. The text is made anew, and no tick is lost."""
    running, probe = beats
    write_text(probe, place, instruction)
    comes_back(running, probe)
    running.expect(r"^\[kumiki\] +its text was made anew, ", 2)
    go_on(running, NAMES)


# What a core executes with x0: 0, and x1: where its redistributor has the enables.
REGISTERS = {"ICC_CTLR_EL1": 0xd518cc80, "CNTHCTL_EL2": 0xd51ce100, "VTCR_EL2": 0xd51c2140, "ICH_HCR_EL2": 0xd51ccb00,
             "GICR_ICENABLER0": 0xb9000020}
VBAR = 0xd51cc000  # the same of VBAR_EL2
ICENABLER = LAYOUT["LAYOUT_GICR"] + 0x10180


def execute(probe, core, instruction, **registers):
    """This core executes it at EL2, and goes on as before."""
    stop_in(probe, "vgic_arrived", core=core)
    at = symbol("frame_rodata") - 4  # behind the text, where nothing is
    old = {name: probe.register(name) for name in (*registers, "pc")}
    write_text(probe, "frame_rodata", instruction.to_bytes(4, "little"), -4)
    for name, value in (registers | {"pc": at}).items():
        probe.set_register(name, value)
    probe.step(core)
    for name, value in old.items():
        probe.set_register(name, value)
    write_text(probe, "frame_rodata", bytes(4), -4)


# Shows: frame.registers.
@pytest.mark.parametrize("register", REGISTERS)
def test_a_register_is_changed(beats, register):
    """On the console's core: its next look finds it, and no tick is lost."""
    running, probe = beats
    value = 1 << 25 if register.startswith("GICR") else 0  # the maintenance interrupt
    execute(probe, 0, REGISTERS[register], x0=value, x1=ICENABLER)
    comes_back(running, probe)
    go_on(running, NAMES)


# Shows: frame.hangs-or-ends.
@pytest.mark.race
@pytest.mark.long
def test_a_core_loses_its_vectors(tmp_path):
    """Another core notices that, and the machine ends with a report. (Where cores take turns, QEMU lets such a core have its
    turn for ever: it executes nothing.)"""
    with km.kumiki("stands-vectors", km.description("stands-vectors", three()), mode=km.THREADS,
                   extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        execute(probe, 1, VBAR, x0=probe.register("VBAR_EL2") ^ 1 << 21)
        probe.detach()
        running.expect(r"^kumiki: core 1 hangs in the frame, and nothing brings it to rest$", 60)
        running.wait_end(30)


# Shows: frame.stands.
@pytest.mark.long
@pytest.mark.parametrize("place", ["vgic_arrived", "trap_sync", "sched_switch", "sysreg_begin", "recover_adopt_vcpus"])
def test_a_new_frame_on_all_cores(tmp_path, place):
    """A new frame loops in code that all cores share, also as it takes over: the old one comes back."""
    with updated(f"update-stands-{place}".replace("_", "-"), three(), tmp_path, more=SOON) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        frames = Frames(probe)
        begin(running, probe, NAMES)
        frames.load(break_at(image(), place, LOOP))
        assert frames.call() == OK
        probe.resume()
        running.expect(r"\[kumiki\] the new frame failed, and the old one is back: ", 2 * BOUND)
        go_on(running, NAMES)
        probe.stop()
        assert frames.told()[1] == BACK
