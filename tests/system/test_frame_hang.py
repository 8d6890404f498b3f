"""A core that loops in the frame is noticed, mostly by its own timer, and the frame recovers from it as from a crash. The loop is
put into the running machine through QEMU's gdbstub, while the core is at work for a guest."""

import contextlib
import re

import kumiki_machine as km
import pytest

import frame_probe
from campaign import Shared
from frame_crash import HUNG, HUNG as SAID, functions, patch, stop_in, symbol
from frame_machine import SOON, machines  # noqa: F401
from test_frame_recovery import NAMES, ROAMS, a_case, a_core_off, all_on, beating, begin, name_of, probed, seconds, three
from test_power import EVERYWHERE, SHARED, answer, operate, settles, system
from witness import BEAT

LOOP = bytes.fromhex("00000014")  # a branch to itself
SOAK = pytest.mark.long


def machine(name, partitions, folder):
    """Its cores run at the same time: counted, a loop would take all turns."""
    return km.kumiki(name, km.description(name, partitions), mode=km.THREADS,
                     extra=frame_probe.arguments(folder / "probe", stopped=True))


def loop():
    """Behind the text, where nothing is."""
    return symbol("frame_rodata") - len(LOOP)


def lay_loop(probe):
    probe.core(0)
    patch(probe, loop(), bytes(len(LOOP)), LOOP)


def hang(probe, place, core):
    """Where a core comes there next, it loops."""
    here = stop_in(probe, place, core=core)
    probe.set_register("pc", loop())
    probe.resume()
    return here


def said(running, core):
    """What the console says: the functions, the caller first. The PC is the loop's."""
    match = running.expect(SAID, 60)
    assert int(match[1]) == core
    assert int(match[4], 16) == int(match[5], 16) == loop()
    return functions([int(match[6], 16), *(int(at, 16) for at in match[7].split())])


def go_on(running, names):
    """Each heartbeat says two further seconds. None has begun anew, or lost an interrupt. One that stood for longer than a
    second takes the ticks of that time one behind the other, and may say nothing of a second between."""
    for _ in range(2):
        running.expect_all([rf"\[{name}\] {BEAT}" for name in names], 60)
    for name in names:
        counted = seconds(running, name)
        assert counted[0] == 1 and counted == sorted(set(counted)), (name, counted)
    assert set(re.findall(BEAT, running.whole)) == {"0"}
    assert running.whole.count("heartbeat: 1000 Hz") == len(names)
    assert "itself failed" not in running.whole


@contextlib.contextmanager
def looping(name, folder):
    with probed(machine(name, three(), folder), folder) as found:
        lay_loop(found.probe)
        yield found


@pytest.fixture(scope="module")
def shared(request, tmp_path_factory):
    with Shared(lambda: looping(name_of(request), tmp_path_factory.mktemp("loops"))) as found:
        yield found


@pytest.fixture
def beats(shared, request):
    """For tests that leave everybody at work."""
    with a_case(shared, request) as found:
        yield found


@pytest.fixture
def own_beats(tmp_path, request):
    """For a test that doesn't."""
    with looping(name_of(request), tmp_path) as found:
        yield found.running, found.probe


# Shows: frame.hangs.
@pytest.mark.long
@pytest.mark.parametrize("place, core, function", [
    pytest.param("vgic_arrived", 0, "trap_vectors", marks=pytest.mark.every_board), ("trap_idle_interrupt", 1, "choose_first"),
    ("hang_look", 1, "timer_interrupt")])
def test_it_loops(beats, place, core, function):
    """In a timer's interrupt, in an idle turn, as it watches the other core; with cores that run at the same time."""
    running, probe = beats
    here = hang(probe, place, core)
    assert function in said(running, here)
    go_on(running, NAMES)


# Shows: frame.hangs.
@pytest.mark.parametrize("place, core, function", [
    ("uart_write", 1, "access_guest"), ("vgic_send_sgi", 0, "trap_vectors"), ("vgic_arrived", 0, "trap_vectors"),
    ("resident_exchange_el1", 1, "sched_switch"), ("service_call", 0, "trap_vectors")])
def test_it_loops_at_a_place(machines, place, core, function):  # noqa: F811
    """In an emulated register, an SGI, a timer's interrupt, a switch, a service's call."""
    with machines.case("", SOON) as machine:
        assert machine.hurt(place, core, "loop") == ("recovered", "")
        assert function in machine.said(core, HUNG)


# Shows: frame.hangs.
@pytest.mark.long
def test_one_after_the_other(beats):
    """Each core in turn."""
    running, probe = beats
    for place, core in ("uart_write", 0), ("vgic_send_sgi", 1):
        here = hang(probe, place, core)
        said(running, here)
        go_on(running, NAMES)
        probe.stop()


# Shows: frame.gives-up.
@pytest.mark.long
def test_it_hangs_again(own_beats):
    """At work for the same partition, wherever it loops: this one begins anew."""
    running, probe = own_beats
    for place in "uart_write", "vgic_send_sgi":
        here = hang(probe, place, 0)
        said(running, here)
        running.expect(r"^\[kumiki\] +at work for a trap of vCPU 0 of alone, which comes again$", 60)
        probe.stop()
    probe.resume()
    running.expect(r"^\[kumiki\] +as it failed there before, it gives up alone$", 60)
    running.expect(r"^\[alone\] heartbeat: 2 s, ", 60)
    running.expect_all([rf"\[{name}\] {BEAT}" for name in ("one", "two")], 60)


# Shows: frame.hangs.
@pytest.mark.long
def test_beside_a_core_that_is_off(tmp_path):
    """The next core is off, so the one behind it is watched."""
    with a_core_off("hang-core-off", tmp_path, km.THREADS) as (running, probe):
        lay_loop(probe)
        for core in 0, 1:
            here = hang(probe, "vgic_send_sgi", core)
            said(running, here)
            probe.stop()
        probe.resume()
        all_on(running)
        go_on(running, ROAMS)


# Shows: frame.hangs.
@pytest.mark.long
def test_two_cores_hang(tmp_path):
    """One comes back, and the other one with it: its own timer finds it, or it misses its text."""
    names = ["one", "two", "three"]
    with machine("hang-two", [beating(name, 1 << core) for core, name in enumerate(names)], tmp_path) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, names)
        lay_loop(probe)
        for core in 1, 2:
            stop_in(probe, "vgic_send_sgi", core=core)
            probe.set_register("pc", loop())
        probe.resume()
        assert int(running.expect(SAID, 60)[1]) in (1, 2)
        go_on(running, names)
        assert "its tables were made anew" not in running.whole


# Shows: frame.hangs.
@pytest.mark.long
@pytest.mark.parametrize("place, behind", [("park", 0), ("frame_crash_end", -4)])
def test_it_loops_where_a_crash_needs_the_code(own_beats, place, behind):
    """In the first page, and in the vectors'."""
    running, probe = own_beats
    if behind:
        patch(probe, symbol(place) + behind, None, LOOP)
    stop_in(probe, "vgic_send_sgi", core=0)
    probe.set_register("pc", symbol(place) + behind)
    probe.resume()
    match = running.expect(SAID, 90)
    assert int(match[1]) == 0
    assert "trap_vectors" in functions([int(at, 16) for at in match[7].split()])
    go_on(running, NAMES)


# Shows: frame.hangs-or-ends.
@pytest.mark.race
def test_it_loops_where_nothing_reaches_it(own_beats):
    """In the start's part, as it comes to rest."""
    running, probe = own_beats
    hang(probe, "vgic_send_sgi", 1)
    probe.stop()
    stop_in(probe, "recover_core", core=0)
    probe.set_register("pc", symbol("core_entry") + 16)
    probe.resume()
    running.expect(r"^kumiki: core 1: the frame itself failed, and couldn't recover: a core didn't come to rest$", 60)
    running.expect(r"^kumiki: the machine stops here$", 30)
    running.wait_end(30)


def suspect(probe, core):
    """This core stands still, until another one is to look closer at it. The whole machine stands then."""
    stop_in(probe, "uart_write", core=core)
    probe.break_at(symbol("hang_look_closer"))
    probe.resume(but=core)
    other = probe.wait_stop()
    assert other != core
    return other


# Shows: frame.hangs.
@pytest.mark.long
@pytest.mark.parametrize("core, times", [pytest.param(0, 3, marks=SOAK), (1, 2)])
def test_a_core_that_was_slow(beats, core, times):
    """It stands for so long that it is suspected, and gets on: nothing happens."""
    running, probe = beats
    hangs = len(re.findall("the frame hung", running.whole))
    for _ in range(times):
        suspect(probe, core)
        probe.unbreak(symbol("hang_look_closer"))
        probe.resume()
        go_on(running, NAMES)
        probe.stop()
    assert len(re.findall("the frame hung", running.whole)) == hangs


# Shows: frame.hangs.
@pytest.mark.long
@pytest.mark.parametrize("core", [0, 1])
def test_it_gets_on_at_the_last_moment(beats, core):
    """The other core is about to take the text away from it as it gets on: its next trap is a crash, and no guest
    suffers."""
    running, probe = beats
    other = suspect(probe, core)
    probe.unbreak(symbol("hang_look_closer"))
    probe.break_at(symbol("hung_in_start"))
    probe.resume(but=core)
    assert probe.wait_stop() == other
    probe.unbreak(symbol("hung_in_start"))
    probe.resume()
    assert int(running.expect(SAID, 60)[1]) == core
    go_on(running, NAMES)


# Shows: frame.hangs.
@pytest.mark.long
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_healthy_cores(tmp_path, mode):
    """Cores that go off and come on, that idle, and that all stop for a while: none is taken for hanging."""
    names = ["alone", "roams"]
    path = system(f"hang-healthy-{mode}", [beating("alone", 0x1, SHARED), beating("roams", 0xe, *EVERYWHERE)], "powersave")
    with km.kumiki(path.stem, path, mode=km.TALKS[mode],
                   extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, names)
        probe.resume()
        operate(running)
        for _ in range(3):
            answer(running, "power powersave", "power: powersave")
            settles(running, {0: "on", 1: "on", 2: "off", 3: "off"})
            answer(running, "power performance", "power: performance")
            settles(running, dict.fromkeys(range(4), "on"))
            probe.stop()
            stop_in(probe, "hang_look")
            probe.resume()
            go_on(running, names)
        assert "the frame hung" not in running.whole


# Shows: frame.hangs.
@pytest.mark.long
@pytest.mark.parametrize("place", [pytest.param("call_guest", marks=SOAK), pytest.param("uart_write", marks=SOAK), "vgic_arrived"])
def test_beside_linux(tmp_path, place):
    """A Linux, as Debian has it, between two heartbeats. Its own tests find nothing. On a busy host a hang takes so long that
    Linux itself says that its CPU stood."""
    names = ["alone", "other"]
    linux = km.partition("linux", cores=0x4, memory="512M", image=km.IMAGE["linux"], initrd=km.INITRD,
                         bootargs="console=ttyAMA0 kumiki.run=tests")
    with machine(f"hang-linux-{place}", [beating("alone", 0x1), beating("other", 0x2), linux], tmp_path) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        stop_in(probe, "call_guest", core=2)  # Linux begins
        lay_loop(probe)
        said(running, hang(probe, place, 2))
        passed, failed = running.expect(r"\[linux\] tests: (\d+) passed, (\d+) failed\n", 120).groups()
        assert int(passed) > 0 and int(failed) == 0
        assert running.whole.count("Booting Linux on physical CPU") <= 1
        go_on(running, names)
