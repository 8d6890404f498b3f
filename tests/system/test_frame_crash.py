"""The frame's own crash, where it can't recover from it (test_frame_recovery.py): errors that it can't
have are put into a running machine through QEMU's gdbstub. It must say which core, why, with a back
trace that leads to the functions that were at work, and switch the machine off, whatever else is
broken."""

import re
import struct

import kumiki_machine as km
import pytest

import frame_probe
import frame_tables as ft
import gdbstub
from frame_crash import ELF, WILD, functions, stop_in, symbol

pytestmark = pytest.mark.every_board
LAYOUT = ft.constants("frame/include/frame/layout.h")
END = r"^kumiki: this is an error of the frame, not of a guest\n" \
    r"kumiki: the machine stops here$"
REPORT = (r"^kumiki: core (\d+): the frame itself failed \(vector (\d)\)\n"
          r"  syndrome 0x(\w+), address 0x(\w+), pc 0x(\w+), lr 0x(\w+), sp 0x(\w+),?"
          r"((?:\n? +x\d+ 0x\w+)+)\n"
          r"  trace((?: 0x\w+)*)\n")


class Report:
    def __init__(self, machine):
        match = machine.expect(REPORT, 30)
        self.core, self.vector = int(match[1]), int(match[2])
        self.syndrome, self.address, self.pc, self.lr, self.sp = (
            int(match[i], 16) for i in range(3, 8))
        self.x = {int(n): int(v, 16) for n, v in re.findall(r"x(\d+) 0x(\w+)", match[8])}
        self.trace = [int(a, 16) for a in match[9].split()]

    def functions(self):
        """The functions at work, inlined ones included: the innermost first."""
        return functions([self.pc + 4, self.lr, *self.trace])


@pytest.fixture
def attached(tmp_path, request):
    """Two heartbeats, one of them on two cores, stopped at their first instruction."""
    name = re.sub(r"\W+", "-", request.node.name)
    system = km.description(name, [
        km.partition("first", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT),
        km.partition("second", cores=0x6, memory="1M as 0x40000000", image=km.HEARTBEAT)])
    with km.kumiki(name, system, extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) \
            as machine, frame_probe.Probe(tmp_path / "probe") as probe:
        yield machine, probe


def end_it(probe):
    """As if a core hadn't started yet: a crash ends the machine from now on."""
    at = LAYOUT["LAYOUT_MAIL"] + gdbstub.offsets(ELF, ["struct shared.recovery.started"])["shared.recovery.started"]
    page = ft.el2_view(probe).at(at & ~4095, 4096)[0]
    probe.write(page.pa + at - page.at, struct.pack("<I", 0))


def goes_down(machine, probe, started=True):
    if started:
        end_it(probe)
    probe.resume()
    report = Report(machine)
    machine.expect(END, 30)
    machine.wait_end(30)
    return report


# Shows: frame.crash-report.
@pytest.mark.parametrize("core", [0, 1])
def test_a_wild_pointer(attached, core):
    """A guest's access to its distributor, in the middle of which the vCPU's pointer goes wild."""
    machine, probe = attached
    here = stop_in(probe, "vgic_dist_write", core=core)
    probe.set_register("x0", WILD)
    probe.set_register("x27", 0x2727272727)
    report = goes_down(machine, probe)
    assert (report.core, report.vector) == (here, 4)
    assert report.syndrome >> 26 == 0x25  # a data abort from the same level
    assert WILD <= report.address < WILD + 0x10000
    assert sorted(report.x) == list(range(31))
    assert report.x[27] == 0x2727272727
    assert LAYOUT["LAYOUT_STACK"] < report.sp < LAYOUT["LAYOUT_STACK_TOP"]
    called = report.functions()
    assert {"access_guest", "trap_vectors"} <= set(called), called


# Shows: frame.crash-report.
@pytest.mark.long
def test_an_undefined_instruction_in_the_text(attached):
    """As if memory had decayed."""
    machine, probe = attached
    stop_in(probe, "vgic_dist_write")
    at = symbol("vgic_dist_write") + 4
    text = ft.el2_view(probe).at(at, 4)[0]
    probe.write(text.pa + at - text.at, bytes(4))
    report = goes_down(machine, probe)
    assert (report.vector, report.syndrome >> 26) == (4, 0)  # on whichever core comes first
    assert report.pc == at
    assert "access_guest" in report.functions()


# Shows: frame.stack.
@pytest.mark.long
def test_a_stack_overflow(attached):
    """The page below the stack isn't mapped, and the report has a stack of its own."""
    machine, probe = attached
    here = stop_in(probe, "vgic_dist_write")
    probe.set_register("sp", LAYOUT["LAYOUT_STACK"])
    report = goes_down(machine, probe)
    assert (report.core, report.vector, report.syndrome >> 26) == (here, 4, 0x25)
    assert LAYOUT["LAYOUT_STACK"] - 4096 <= report.address < LAYOUT["LAYOUT_STACK"]
    assert "access_guest" in report.functions()


# Shows: frame.crash-report.
@pytest.mark.long
def test_a_stack_gone_wild(attached):
    """No call can be found there then; the report comes all the same."""
    machine, probe = attached
    stop_in(probe, "vgic_dist_write")
    probe.set_register("sp", WILD)
    assert goes_down(machine, probe).trace == []


# Shows: frame.write-or-execute.
@pytest.mark.long
def test_a_write_to_the_text(attached):
    machine, probe = attached
    stop_in(probe, "vgic_dist_write")
    probe.set_register("sp", LAYOUT["LAYOUT_TEXT"] + 0x2000)
    report = goes_down(machine, probe)
    assert report.syndrome >> 26 == 0x25 and report.syndrome & 0x3c == 0x0c  # a permission fault


# Shows: frame.write-or-execute.
@pytest.mark.long
def test_a_jump_into_data(attached):
    machine, probe = attached
    stop_in(probe, "vgic_dist_write")
    probe.set_register("pc", LAYOUT["LAYOUT_TRACE"])
    report = goes_down(machine, probe)
    assert report.syndrome >> 26 == 0x21 and report.pc == LAYOUT["LAYOUT_TRACE"]


# Shows: frame.other-core.
@pytest.mark.long
def test_another_cores_memory_is_out_of_reach(attached):
    """A core's pointer to its partition, replaced by one to a partition that it doesn't run: the
    access faults instead of changing the other's state."""
    machine, probe = attached
    stop_in(probe, "vgic_dist_write", core=0)
    probe.set_register("x0", LAYOUT["LAYOUT_PARTITION"] + LAYOUT["LAYOUT_SLOT"] + 0x400)
    report = goes_down(machine, probe)
    assert report.core == 0 and report.syndrome & 0x3c == 0x04  # a translation fault


# Shows: frame.crash-report.
@pytest.mark.parametrize("place", ["start_plan_dma", "start_functions", "start_plan_partition"])
def test_a_crash_at_start(attached, place):
    """While memory is mapped where it lies and nobody has tables of their own. It isn't told as the absence of the
    device that the start looks for at that moment."""
    machine, probe = attached
    stop_in(probe, place)
    probe.set_register("x0", 0x7fffffff000)
    report = goes_down(machine, probe, started=False)
    assert (report.core, report.vector, report.syndrome >> 26) == (0, 4, 0x25)
    assert "start_machine" in report.functions()


# Shows: frame.crash-report.
@pytest.mark.long
def test_a_crash_inside_the_report(attached):
    """The machine ends even then."""
    machine, probe = attached
    stop_in(probe, "vgic_dist_write")
    end_it(probe)
    probe.set_register("x0", WILD)
    stop_in(probe, "print")
    probe.set_register("x0", WILD)
    probe.resume()
    machine.expect(r"^kumiki: the frame failed again while it said so\n"
                   r"kumiki: the machine stops here$", 30)
    machine.wait_end(30)


# Shows: frame.crash-report.
@pytest.mark.long
def test_a_crash_where_the_uart_is_a_guests(tmp_path):
    """The report comes through it nevertheless; nobody could see it elsewhere."""
    system = km.description("crash-given-uart", [
        km.partition("only", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     console=False, access=[km.UART])])
    with km.kumiki("crash-given-uart", system,
                   extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as machine, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        stop_in(probe, "vgic_dist_write")
        probe.set_register("x0", WILD)
        report = goes_down(machine, probe)
        assert report.core == 0


# Shows: dma.interrupt.
@pytest.mark.long
def test_an_interrupt_that_nobody_owns(attached):
    """A stop without a crash says why on the UART, not in a ring that nobody reads any more."""
    machine, probe = attached
    stop_in(probe, "vgic_dist_write")
    probe.set_register("pc", symbol("trap_fiq"))
    probe.resume()
    machine.expect(r"^kumiki: an FIQ came, but every interrupt is in group 1\n"
                   r"kumiki: the machine stops here$", 30)
    machine.wait_end(30)
