"""The frame survives its own crash: errors that it can't have are put into a running machine through QEMU's gdbstub, while
a core is at work for a guest. The guests go on where they were, and the console says what happened."""

import contextlib
import re
import subprocess

import kumiki_machine as km
import pytest

import frame_kept
import frame_probe
import gdbstub
from conftest import FAILED
from frame_crash import ELF, FAILED as SAID, WILD, forget, functions, shared_word, stop_in, symbol
from frame_machine import BACK_MS, machines  # noqa: F401
from test_power import EVERYWHERE, SHARED, answer, operate, settles, system
from witness import BEAT


def machine(name, partitions, folder, *more):
    return km.kumiki(name, km.description(name, partitions),
                     extra=[*frame_probe.arguments(folder / "probe", stopped=True), *more])


def beating(name, cores, *more):
    return km.partition(name, cores=cores, memory="1M as 0x40000000", image=km.HEARTBEAT, more=more)


def three():
    """Heartbeats: one has a core for itself, two share one, which idles in the frame."""
    shared = "kumiki,shared-cores;"
    return [beating("alone", 0x1), beating("one", 0x2, shared), beating("two", 0x2, shared)]


class Beats:
    """A machine with a probe, for case after case."""

    def __init__(self, running, probe):
        self.running, self.probe, self.harmed = running, probe, False


@contextlib.contextmanager
def probed(running, folder, names=("alone", "one", "two")):
    """Each is at work."""
    with running, frame_probe.Probe(folder / "probe") as probe:
        begin(running, probe, names)
        yield Beats(running, probe)


def name_of(request):
    return re.sub(r"[\W_]+", "-", request.node.name.removesuffix(".py").removeprefix("test_"))


@contextlib.contextmanager
def a_case(shared, request):
    """A test on a shared machine, which stands, and whose last crashes look old. If the test fails, a fresh machine comes."""
    with shared.case() as beats:
        beats.probe.stop()
        forget(beats.probe)
        yield beats.running, beats.probe
        beats.harmed = request.node.stash[FAILED]


@pytest.fixture
def beats(tmp_path, request):
    with probed(machine(name_of(request), three(), tmp_path), tmp_path) as found:
        yield found.running, found.probe


NAMES = ["alone", "one", "two"]


def begin(running, probe, names):
    """Each has said something about a second of its own."""
    probe.resume()
    running.expect_all([rf"\[{name}\] {BEAT}" for name in names], 60)
    probe.stop()


def crash(probe, place, *, core=None, register="x0"):
    """Where a core comes there next, a pointer goes wild. Returns the core."""
    here = stop_in(probe, place, core=core)
    probe.set_register(register, WILD)
    probe.resume()
    return here


def said(running, core):
    """What the console says of a crash: its back trace's functions."""
    match = running.expect(SAID, 60)
    assert int(match[1]) == core
    assert float(match[2]) < BACK_MS
    return functions([int(match[5], 16) + 4, int(match[6], 16), *(int(at, 16) for at in match[7].split())])


def seconds(running, name):
    """The seconds that a heartbeat has counted, as it said them."""
    return [int(s) for s in re.findall(rf"\[{name}\] heartbeat: (\d+) s, ", running.whole)]


def some_go_on(running, names):
    """Each of these heartbeats says two further seconds. None of them has begun anew, and none at all lost an interrupt."""
    for _ in range(2):
        running.expect_all([rf"\[{name}\] {BEAT}" for name in names], 60)
    for name in names:
        counted = seconds(running, name)
        assert counted == list(range(1, len(counted) + 1)), (name, counted)
    assert set(re.findall(BEAT, running.whole)) == {"0"}
    assert "itself failed" not in running.whole


def go_on(running, names):
    """All that there are."""
    some_go_on(running, names)
    assert running.whole.count("heartbeat: 1000 Hz") == len(names)


# Shows: frame.recovers, start.pages.
@pytest.mark.long
def test_the_pages_walk(tmp_path):
    """What docs/proof/recovery.md says to type into gdb crashes the frame, and the console names the place. No guest loses a
    tick."""
    page = (km.TOP / "docs/proof/recovery.md").read_text(encoding="utf-8")
    walk, = re.findall(r"^```gdb\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    walk = walk.replace("build/frame", f"{km.BUILD}/frame").replace("127.0.0.1:1234", str(tmp_path / "probe"))
    with km.kumiki("recovery-walk", km.description("recovery-walk", three()), mode=km.THREADS,
                   extra=frame_probe.arguments(tmp_path / "probe")) as running:
        running.expect_all([rf"\[{name}\] {BEAT}" for name in NAMES], 60)
        commands = [word for line in walk.splitlines() for word in ("-ex", line)]
        subprocess.run(["gdb-multiarch", "-nx", "-batch", *commands], check=True, timeout=60, capture_output=True,
                       stdin=subprocess.DEVNULL)
        said = running.expect(SAID, 60)
        assert "vgic_arrived" in functions([int(said[5], 16) + 4])
        # An interrupt, or a guest's trap: whatever comes there first.
        running.expect(r"\[kumiki\]   at work for .+ vCPU 0 of \w+(?: here|, which was carried out|, which comes again)\n", 30)
        for _ in range(2):
            running.expect_all([rf"\[{name}\] {BEAT}" for name in NAMES], 60)
    assert set(re.findall(BEAT, running.whole)) == {"0"}


# Shows: frame.recovers.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.gicv2
def test_it_goes_wild(beats):
    """In the middle of a timer's interrupt."""
    running, probe = beats
    begin(running, probe, NAMES)
    here = crash(probe, "vgic_arrived", core=0)
    assert "trap_vectors" in said(running, here)
    go_on(running, NAMES)


# A place, a core, what goes wild there, and what is being done: an emulated register, an SGI, a timer's interrupt, a switch whose old
# vCPU is saved and whose next one can't be read. And a stack that overflows.
WILD_PLACES = [(place, core, register, function) for register in ("x0", "pc") for place, core, function in (
    ("uart_write", 1, "access_guest"), ("vgic_send_sgi", 0, "trap_vectors"), ("vgic_send_sgi", 1, "trap_vectors"),
    ("vgic_arrived", 0, "trap_vectors"), ("resident_exchange_el1", 1, "sched_switch"))] + [
    ("resident_exchange_el1", 1, "x1", "sched_switch"), ("uart_write", 1, "sp", "access_guest")]


# Shows: frame.recovers.
@pytest.mark.parametrize("place, core, register, function", WILD_PLACES)
def test_at_a_place(machines, place, core, register, function):  # noqa: F811
    with machines.case("") as machine:
        assert machine.hurt(place, core, register) == ("recovered", "")
        assert function in machine.said(core)


# Shows: frame.recovers.
@pytest.mark.parametrize("place", ["trap_load+4", "trap_load+32", "trap_load+60", "interrupt_return+16", "interrupt_return+32",
                                   "interrupt_return+48"])
def test_the_way_back(machines, place):  # noqa: F811
    """The program goes wild as the guest's registers are loaded: all of them are still in memory."""
    with machines.case("") as machine:
        assert machine.hurt(place, 0, "pc", guests=True) == ("recovered", "")
        machine.said(0)


# Shows: frame.recovers.
@pytest.mark.long
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("place", ["recover_try", "recover_claim"])
def test_two_cores_fail_at_once(beats, first, place):
    """One of them begins the recovery. The other one fails before it was called, and comes to rest with it."""
    running, probe = beats
    begin(running, probe, NAMES)
    while True:
        stop_in(probe, "uart_write", core=0)
        probe.core(1)
        if probe.register("cpsr") >> 2 & 3 == 2:
            break  # core 1 idles in the frame
        probe.step(0)
    for core in 0, 1:
        probe.core(core)
        probe.set_register("pc", WILD)
    begins = symbol(place)
    while probe.register("pc") != begins:
        probe.step(first)
        probe.core(first)
    running_before = len(re.findall(SAID, running.whole))
    probe.resume()
    running.expect(SAID, 60)
    go_on(running, NAMES)
    assert len(re.findall(SAID, running.whole)) == running_before + 1


# Shows: frame.recovers.
@pytest.mark.long
def test_a_core_fails_that_has_just_gone_on(beats):
    """The core that failed first hasn't yet. The second recovery begins when the first one is over. The console tells that there
    were two, whether it could tell the first one or not."""
    running, probe = beats
    begin(running, probe, NAMES)
    by, adopted = (shared_word(probe, at) for at in gdbstub.offsets(
        ELF, [f"struct shared.recovery.{name}" for name in ("by", "adopted")]).values())
    stop_in(probe, "uart_write", core=0)
    probe.set_register("x0", WILD)
    stop_in(probe, "update_end", core=0)
    while probe.read(adopted, 1)[0] & 1 == 0:
        probe.step(0)  # then the others can go on
    probe.core(1)
    started = symbol("recover_started")
    while probe.register("pc") != started:
        probe.step(1)
    assert probe.read(by, 4) == (1).to_bytes(4, "little")
    probe.set_register("pc", WILD)
    probe.resume()
    while running.expect(SAID, 60)[1] != "1":
        pass
    running.expect(r"\[kumiki\]   crashes since the start: 2\n", 60)
    go_on(running, NAMES)


# Shows: frame.recovers.
@pytest.mark.long
@pytest.mark.parametrize("place", ["trap_idle_interrupt", "resident_due"])
def test_as_it_wakes(beats, place):
    """A core that sleeps in the frame, and goes to nowhere as it wakes; or as it finds whose timer is over."""
    running, probe = beats
    begin(running, probe, NAMES)
    here = crash(probe, place, core=1, register="pc")
    said(running, here)
    go_on(running, NAMES)


# Shows: frame.recovers, frame.recovers-or-ends.
@pytest.mark.long
def test_one_after_the_other(beats):
    """Three crashes, on one core and the other; a fourth within the minute ends the machine, with a report."""
    running, probe = beats
    begin(running, probe, NAMES)
    for place, core in ("uart_write", 0), ("vgic_send_sgi", 1), ("uart_write", 1):
        here = crash(probe, place, core=core)
        said(running, here)
        go_on(running, NAMES)
        probe.stop()
    crash(probe, "vgic_send_sgi", core=0)
    running.expect(r"^kumiki: core 0: the frame itself failed \(vector 4\)$", 30)
    running.expect(r"^kumiki: the frame can't recover: it failed too often in a minute$", 30)
    running.expect(r"^kumiki: the machine stops here$", 30)
    running.wait_end(30)


ROAMS = ["alone", "roams"]


@contextlib.contextmanager
def a_core_off(name, folder, mode=km.ICOUNT):
    """One heartbeat has a core for itself, another one two, of which one is off. The probe has stopped them."""
    path = system(name, [beating("alone", 0x1, SHARED), beating("roams", 0x6, *EVERYWHERE)], "powersave")
    with km.kumiki(name, path, mode=mode, extra=frame_probe.arguments(folder / "probe", stopped=True)) as running, \
            frame_probe.Probe(folder / "probe") as probe:
        begin(running, probe, ROAMS)
        probe.resume()
        operate(running)
        settles(running, {0: "on", 1: "on", 2: "off"})
        probe.stop()
        yield running, probe


def all_on(running):
    operate(running)
    answer(running, "power performance", "power: performance")
    settles(running, dict.fromkeys(range(3), "on"))


# Shows: frame.recovers.
@pytest.mark.long
def test_a_core_that_was_off(tmp_path):
    """It takes no part, and doesn't recover alone when it comes on later."""
    with a_core_off("recovery-core-off", tmp_path) as (running, probe):
        here = crash(probe, "uart_write", core=0)
        said(running, here)
        all_on(running)
        go_on(running, ROAMS)


@pytest.fixture
def homeless(tmp_path, request):
    """A heartbeat has left its home core, which is off."""
    name = re.sub(r"\W+", "-", request.node.name)
    path = system(name, [beating("alone", 0x1, SHARED), beating("pinned", 0x2, SHARED),
                         beating("roams", 0x6, *EVERYWHERE, "kumiki,vcpu-cores = <2>;")], "powersave")
    with km.kumiki(name, path, extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, HOMELESS)
        probe.resume()
        operate(running)
        settles(running, {0: "on", 1: "on", 2: "off"})
        probe.stop()
        yield running, probe


HOMELESS = ["alone", "pinned", "roams"]


# Shows: frame.recovers.
@pytest.mark.long
@pytest.mark.parametrize("core", [0, 1])
def test_a_home_core_is_off(homeless, core):
    """Another core adopts its partition. The core comes back as before."""
    running, probe = homeless
    said(running, crash(probe, "uart_write", core=core))
    go_on(running, HOMELESS)
    all_on(running)
    go_on(running, HOMELESS)


# Shows: frame.kept.
@pytest.mark.long
def test_damaged_while_its_home_core_is_off(homeless):
    """Another core notices it. The home core comes on, and the partition begins anew there."""
    running, probe = homeless
    stop_in(probe, "uart_write", core=1)
    frame_kept.write(probe, 1, frame_kept.of(2, "vcpus[0].context.kind"), 3)
    probe.core(1)
    probe.set_register("x0", WILD)
    probe.resume()
    running.expect(r"^\[kumiki\] roams stopped: what the frame kept of it was damaged: a vCPU's context$", 60)
    running.expect_all([rf"^\[roams\] heartbeat: {second} s, " for second in (1, 2)], 60)
    some_go_on(running, ["alone", "pinned"])


# Shows: frame.recovers-or-ends.
@pytest.mark.long
def test_in_the_middle_of_recovery(beats):
    running, probe = beats
    begin(running, probe, NAMES)
    stop_in(probe, "uart_write", core=0)
    probe.set_register("x0", WILD)
    crash(probe, "recover_adopt", register="pc")
    running.expect(r"^kumiki: the frame can't recover: it recovered from another crash$", 30)
    running.expect(r"^kumiki: the machine stops here$", 30)
    running.wait_end(30)


# Shows: frame.recovers.
@pytest.mark.long
def test_beside_linux(tmp_path):
    """A Linux, as Debian has it, between two heartbeats: in the middle of its hypercalls, of its accesses and of its timer's
    interrupts. Its own tests find nothing."""
    names = ["alone", "other"]
    linux = km.partition("linux", cores=0x4, memory="512M", image=km.IMAGE["linux"], initrd=km.INITRD,
                         bootargs="console=ttyAMA0 kumiki.run=tests")
    with machine("recovery-linux", [beating("alone", 0x1), beating("other", 0x2), linux], tmp_path,
                 *frame_probe.IDLE_AS_THE_HOST) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        for place in "call_guest", "uart_write", "vgic_arrived":
            here = crash(probe, place, core=2)
            said(running, here)
            probe.stop()
        probe.resume()
        passed, failed = running.expect(r"\[linux\] tests: (\d+) passed, (\d+) failed\n", 120).groups()
        assert int(passed) > 0 and int(failed) == 0
        assert running.whole.count("Booting Linux on physical CPU") <= 1
        go_on(running, names)
