"""The frame is exchanged for another one while guests run: by what the updater calls, which QEMU's gdbstub has a core of the
machine call here. The other frame is the same one with all its text and data elsewhere, and with another version."""

import re

import kumiki_machine as km
import pytest

import frame_probe
import frame_tables as ft
import test_linux_pci as pci
from frame_machine import GOOD, WAYS, Machine, compared
from frame_crash import ELF, places, stop_in, symbol
from frame_swap import (BACK, BOARD, BUSY, CORE, DONE, KEEP, KEY, LAYOUT, LOST, MENDED, NO_SPARE, NOT_A_FRAME, OK, OTHER, PLACES,
                        REVISION, ROOM, SIZE, STATE, UNDEFINED, Frames, break_at, header_field, image, machine)
from test_channels import linux, network, streams
from test_linux_pci import folder  # noqa: F401
from test_frame_recovery import NAMES, beating, begin, go_on, three
from test_frame_hang import LOOP, go_on as go_on_behind_a_hang
from test_power import EVERYWHERE, SHARED, operate, settles


@pytest.fixture
def beats(tmp_path, request):
    with machine(request.node.name, three(), tmp_path) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        yield running, probe, Frames(probe)


# Under icount the cores take turns, each waits for the others: their instructions add up.
PAUSE_NS = 3_000_000
TRIAL_S = 3


# Shows: frame.updates.
@pytest.mark.long
@pytest.mark.parametrize("times", [pytest.param(2 if km.APART else 10, marks=pytest.mark.every_board), pytest.param(200, marks=pytest.mark.long)])
def test_to_and_fro(beats, times):
    """To the other frame and back to the first one, again and again: no guest loses a tick."""
    running, probe, frames = beats
    begin(running, probe, NAMES)
    frames.load(image())
    for n in range(times):
        to, versions = ((OTHER, (km.VERSION, "other")), (ELF, ("other", km.VERSION)))[n % 2]
        outcome, pause, *said_versions = frames.update(to)
        assert (outcome, tuple(said_versions)) == (DONE, versions)
        assert pause < PAUSE_NS, pause
        probe.resume()
        running.expect(rf"\[kumiki\] the frame was replaced: {versions[0]} by {versions[1]}; ", 60)  # the ticks below come behind it
        for _ in range(TRIAL_S // 2 + 1):
            go_on(running, NAMES)  # two seconds
        probe.stop()


class Checked(Machine):
    """Guests that check their registers, calls and interrupts in their memory."""
    root = f'kumiki,update-key = "{KEY}";'


# Shows: frame.updates.
@pytest.mark.long
def test_amid_each_way(tmp_path):
    """To and fro while a guest does something else each time: nobody finds a wrong value, and no interrupt is lost or comes twice."""
    with Checked("update-ways", WAYS["hypercall"], tmp_path) as checked:
        frames, before = Frames(checked.probe), checked.before
        frames.load(image())
        for number, way in enumerate(("hypercall", "psci", "smc", "uart-write", "uart-read", "gic-write", "sgi", "wait", "interrupt")):
            checked.take(WAYS[way])
            assert frames.update((OTHER, ELF)[number % 2])[0] == DONE
            frames.forget()
            checked.settle()
        assert compared(before, checked.before) == (GOOD, "")


# Where it fails first: as it takes over; in the first call, or the first interrupt, of a guest.
# Shows: frame.updates.
@pytest.mark.long
@pytest.mark.parametrize("function", ["recover_adopt_vcpus", "trap_sync", "vgic_arrived"])
def test_a_frame_that_fails(beats, function):
    """The old frame comes back, and the guests go on."""
    running, probe, frames = beats
    begin(running, probe, NAMES)
    frames.load(break_at(image(), function))
    assert frames.call() == OK
    probe.resume()
    running.expect(r"\[kumiki\] the frame failed on core", 60)
    running.expect(r"\[kumiki\] the new frame failed, and the old one is back: ", 60)
    go_on(running, NAMES)
    probe.stop()
    count, outcome, _, *versions = frames.told()
    assert (outcome, versions) == (BACK, [km.VERSION, "other"])


# Shows: frame.updates.
@pytest.mark.long
def test_a_frame_that_hangs(tmp_path):
    """As an interrupt ends the idle time of a shared core: the other core notices, and the old frame comes back."""
    with machine("update-hangs", three(), tmp_path, mode=km.THREADS) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        frames = Frames(probe)
        begin(running, probe, NAMES)
        frames.load(break_at(image(), "trap_idle_interrupt", LOOP))
        assert frames.call() == OK
        probe.resume()
        running.expect(r"\[kumiki\] the frame hung on core 1, and came back in", 60)
        running.expect(r"\[kumiki\] the new frame failed, and the old one is back: ", 60)
        go_on_behind_a_hang(running, NAMES)
        probe.stop()
        assert frames.told()[1] == BACK


def changed(at, new):
    data = image()
    data[at:at + len(new)] = new
    return data


def field(name, new):
    return changed(header_field(name), new)


def refused():
    return {
        "arm64 magic": (changed(56, b"XRM"), ROOM, NOT_A_FRAME),
        "magic": (field("magic", b"X"), ROOM, NOT_A_FRAME),
        "board": (field("board", b"xlnx-versal-virt"), ROOM, BOARD),
        "uart": (field("uart_base", b"\1"), ROOM, BOARD),
        "revision": (field("bundle_revision", b"\xff"), ROOM, REVISION),
        "layout": (field("layout", b"\xff"), ROOM, PLACES),
        "no layout": (field("layout", bytes(4)), ROOM, PLACES),
        "keep": (field("keep", b"\xff"), ROOM, KEEP),
        "state": (field("state", b"\x55\xaa"), ROOM, STATE),
        "other size": (field("image_size", bytes(4)), ROOM, SIZE),
        "too large": (image(), ROOM + 4096, SIZE),
        "huge": (image(), 1 << 63, SIZE),
        "too small": (image(), ROOM - 1, SIZE),
        "nothing": (image(), 0, SIZE),
    }


# Shows: frame.updates-or-not.
def test_what_does_not_fit_is_refused(beats):
    """Each time with its reason; then the first image that fits is taken, and for a while no other one."""
    running, probe, frames = beats
    begin(running, probe, NAMES)
    for name, (data, size, fault) in refused().items():
        frames.load(data[:4096])
        assert frames.call(size) == fault, name
    go_on_from_here(running, probe)
    frames.load(image())
    assert frames.update(OTHER)[0] == DONE
    frames.load(image(ELF)[:4096])
    assert frames.call() == BUSY
    assert frames.told()[:2] == (1, DONE)
    go_on_from_here(running, probe)


# Shows: frame.updates-or-not, frame.text.
@pytest.mark.long
def test_what_runs_is_damaged(beats):
    """Where nobody goes soon. The text is made anew, and the sender told; then the same update is taken, and a new frame that
    fails finds the old one whole."""
    running, probe, frames = beats
    begin(running, probe, NAMES)
    frames.load(break_at(image(), "trap_sync"))
    at, _ = places(probe, symbol("pci_reset"), 4)
    old = probe.read(at, 4)
    probe.write(at, UNDEFINED)
    assert frames.call() == MENDED
    assert probe.read(at, 4) == old
    assert frames.call() == OK
    probe.resume()
    running.expect(r"\[kumiki\] the new frame failed, and the old one is back: ", 60)
    go_on(running, NAMES)


# Shows: frame.updates-or-not.
@pytest.mark.long
def test_what_is_kept_of_the_frame_is_damaged(beats):
    """It couldn't come back. From then on there is no update."""
    running, probe, frames = beats
    begin(running, probe, NAMES)
    frames.load(image())
    _, pristine = places(probe, symbol("pci_reset"), 4)
    old = probe.read(pristine, 4)
    for bits in UNDEFINED, old:
        probe.write(pristine, bits)
        assert frames.call() == LOST
    assert frames.told()[0] == 0
    go_on_from_here(running, probe)


def go_on_from_here(running, probe):
    probe.resume()
    go_on(running, NAMES)
    probe.stop()


# Shows: frame.updates-or-not.
@pytest.mark.long
def test_without_a_key(tmp_path):
    with machine("update-no-key", [beating("alone", 0x1)], tmp_path, key=None) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, ["alone"])
        assert Frames(probe).call() == NO_SPARE
        probe.resume()
        go_on(running, ["alone"])


# Shows: frame.updates.
@pytest.mark.long
def test_all_cores_fail_at_once(tmp_path):
    """A new frame that fails on each core as soon as a guest enters it: one core begins the way back, the others follow."""
    names = ["one", "two", "three", "four"]
    with machine("update-all-fail", [beating(name, 1 << n) for n, name in enumerate(names)], tmp_path) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        frames = Frames(probe)
        begin(running, probe, names)
        data = image()
        for function in "trap_sync", "trap_irq":
            break_at(data, function)
        frames.load(data)
        assert frames.call() == OK
        probe.resume()
        running.expect(r"\[kumiki\] the frame failed on core", 60)
        go_on(running, names)
        probe.stop()
        assert frames.told()[1] == BACK


# Shows: frame.updates-or-not.
@pytest.mark.long
def test_a_core_that_is_off(tmp_path):
    """Until all cores are on there is no update."""
    names = ["alone", "roams"]
    root = ['kumiki,power = "powersave";', "kumiki,core-power = <1500 200 5>;"]
    with machine("update-core-off", [beating("alone", 0x1, SHARED), beating("roams", 0x6, *EVERYWHERE)], tmp_path,
                 root=root, mode=km.TALK) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        frames = Frames(probe)
        begin(running, probe, names)
        frames.load(image())
        probe.resume()
        operate(running)
        settles(running, {0: "on", 1: "on", 2: "off"})
        probe.stop()
        assert frames.call() == CORE
        probe.resume()
        go_on(running, names)


# Shows: frame.updates.
@pytest.mark.long
@pytest.mark.parametrize("place", ["call_guest", "vgic_arrived"])
def test_beside_linux(tmp_path, place):
    """A Linux, as Debian has it, between two heartbeats: it was in a hypercall, or got an interrupt. Its own tests find
    nothing."""
    names = ["alone", "other"]
    tests = km.partition("linux", cores=0x4, memory="512M", image=km.IMAGE["linux"], initrd=km.INITRD,
                         bootargs="console=ttyAMA0 kumiki.run=tests")
    with machine(f"update-linux-{place}", [beating("alone", 0x1), beating("other", 0x2), tests], tmp_path,
                 more=frame_probe.IDLE_AS_THE_HOST) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        frames = Frames(probe)
        stop_in(probe, place, core=2)
        frames.load(image())
        assert frames.update(OTHER)[0] == DONE
        probe.resume()
        passed, failed = running.expect(r"\[linux\] tests: (\d+) passed, (\d+) failed\n", 120).groups()
        assert int(passed) > 0 and int(failed) == 0
        assert running.whole.count("Booting Linux on physical CPU") <= 1
        go_on(running, names)


# Shows: frame.updates.
@pytest.mark.talk
def test_amid_a_stream(tmp_path):
    """From one Linux to another, by the network between them: it arrives as it was sent, whatever frame is beneath."""
    with machine("update-stream", [linux("left", 1, 2), linux("right", 2)], tmp_path,
                 channels=network("left", "right"), more=frame_probe.IDLE_AS_THE_HOST) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        running.expect_all([r"^\[left\] channel: pings", r"^\[right\] channel: done"], 120)
        probe.stop()
        frames = Frames(probe)
        frames.load(image())
        for elf, place in (OTHER, "end_signal"), (ELF, "broker_rest"), (OTHER, "doorbell_heard"), (ELF, "vgic_arrived"):
            stop_in(probe, place, elf=frames.elf)
            assert frames.update(elf)[0] == DONE
            frames.forget()
        assert "channel: sent" not in running.whole
        probe.resume()
        streams(running, "left", "right", 2)
        assert not re.search("WARNING|BUG|Oops|virtio|NETDEV", running.whole)


# Shows: frame.updates.
@pytest.mark.long
def test_amid_dma(folder, record_guest, tmp_path):  # noqa: F811
    """A Linux tests its NVMe drive, between two frames to and fro: it has written all, and no request waited for its time limit."""
    linux_beside = pci.linux("linux", 0, ["linux_1"], pci.asked_of(["nvme"]))
    with machine("update-disk", [linux_beside, beating("alone", 0x2)], tmp_path, mode=km.THREADS,
                 functions=[pci.function(folder, "linux", "nvme", 1)]) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        running.expect(r"\[linux\] .*nvme", 120)
        probe.stop()
        frames = Frames(probe)
        frames.load(image())
        for elf in OTHER, ELF, OTHER:
            assert frames.update(elf)[0] == DONE
            frames.forget()
            stop_in(probe, "access_guest", core=0, elf=elf)
        probe.resume()
        pci.judge(running, ["linux"], record_guest, 120)
        assert not re.search("QID|I/O error", running.whole)
    assert pci.written(folder / "linux_1.img", pci.KINDS["nvme"][2])


# Shows: frame.write-or-execute.
@pytest.mark.long
def test_ways_in_map_nothing_writable_and_executable(beats):
    """Only ways in map the image to write there; the console's core alone maps the spare area and the pristine frame so."""
    running, probe, frames = beats
    begin(running, probe, NAMES)
    load, spare, pristine = (frames.address(LAYOUT[f"LAYOUT_{name}"]) for name in ("TEXT", "SPARE", "PRISTINE"))
    for core in range(2):
        probe.core(core)
        root = probe.register("TTBR0_EL2") & ~0x1fff
        for way_in in False, True:
            view = ft.el2_view(probe, root + 0x1000 * way_in)
            assert not any(m.write and m.execute for m in view.mappings)
            for place, size, own in (load, ROOM, True), (spare, ROOM, core == 0), (pristine, LAYOUT["IMAGE_CONSOLE"], core == 0):
                writable = [m.at for m in view.of(place, size) if m.write]
                assert bool(writable) == (own and way_in), (core, way_in, writable)
