"""The frame's text and constants are damaged while guests run. The frame makes them anew from the pristine frame, when an
instruction fails there, or when it looks; nobody notices. What QEMU's gdbstub writes stands for a bit that flips."""

import re

import pytest

from frame_crash import FAILED, LAYOUT, functions, places, symbol
from frame_machine import machines  # noqa: F401
from test_frame_recovery import NAMES, SAID, beating, beats, begin, crash, go_on, machine, name_of, probed, seconds  # noqa: F401

ANEW = r"\[kumiki\]   its text was made anew, from 0x(\w+)\n"
UNDEFINED = bytes(4)  # UDF #0
ROUND = 60  # seconds: as many looks of eight cores as there are pieces, at most
LOOKERS = ["one", "rest"]


@pytest.fixture
def lookers(tmp_path, request):
    """Eight cores, most of which have nothing to do but look."""
    parts = [beating("one", 0x1), beating("rest", 0xfe)]
    with probed(machine(name_of(request), parts, tmp_path), tmp_path, LOOKERS) as found:
        yield found.running, found.probe


def damage(probe, at):
    """In the image. Returns where that is, and what was there."""
    image, _ = places(probe, at, 4)
    old = probe.read(image, 4)
    assert old != UNDEFINED
    probe.write(image, UNDEFINED)
    return image, old


def said_anew(running, at, *, patience=60):
    """The frame failed, and says from where on its text was damaged: the step that has this place. Returns the match."""
    match = running.expect(SAID, patience)
    assert int(running.expect(ANEW, 60)[1], 16) == at & ~63
    return match


# Shows: frame.text.
@pytest.mark.parametrize("place, core", [("access_guest", 1), ("vgic_arrived", 1), ("resident_exchange_el1", 1),
                                         ("service_call", 0)])
def test_an_instruction_fails(machines, place, core):  # noqa: F811
    """On the way of a trap, of an interrupt, of a switch, of a service."""
    with machines.case("") as machine:
        assert machine.hurt(place, core, "text") == ("recovered", "")
        assert int(machine.says(FAILED)[5], 16) == symbol(place)
        assert int(machine.says(ANEW)[1], 16) == symbol(place) & ~63
        assert not machine.harmed  # the text is as it was


# Shows: frame.text.
@pytest.mark.parametrize("place", ["trap_idle_interrupt", "hang_look"])
def test_an_instruction_of_an_idle_core_fails(beats, place):  # noqa: F811
    """And one of the look itself."""
    running, probe = beats
    begin(running, probe, NAMES)
    probe.core(1)
    image, old = damage(probe, symbol(place))
    probe.resume()
    said_anew(running, symbol(place))
    go_on(running, NAMES)
    probe.stop()
    assert probe.read(image, 4) == old


# Shows: frame.text.
@pytest.mark.parametrize("place, longest", [pytest.param("pci_reset", ROUND, marks=pytest.mark.long), ("frame_header", ROUND), ("vectors", 10)])
def test_a_look_finds_it(lookers, place, longest):
    """Where nobody goes: the first look that comes there fails, within so many of the machine's seconds."""
    running, probe = lookers
    begin(running, probe, LOOKERS)
    probe.core(0)
    image, old = damage(probe, symbol(place))
    before = seconds(running, "one")[-1]
    probe.resume()
    match = said_anew(running, symbol(place), patience=2 * ROUND)
    assert seconds(running, "one")[-1] - before <= longest
    assert "hang_look" in functions([int(match[5], 16) + 4])
    go_on(running, LOOKERS)
    probe.stop()
    assert probe.read(image, 4) == old


# Shows: frame.text.
@pytest.mark.long
@pytest.mark.parametrize("place", ["recover_adopt", "core_main", "start_machine"])
def test_the_starts_part(beats, place):  # noqa: F811
    """No look sees it, as nothing maps it while guests run. The next crash makes it anew, before it is used."""
    running, probe = beats
    begin(running, probe, NAMES)
    start = symbol(place) - LAYOUT["LAYOUT_TEXT"]
    image, _ = places(probe, LAYOUT["LAYOUT_TEXT"], 4)
    old = probe.read(image + start, 4)
    probe.write(image + start, UNDEFINED)
    crash(probe, "uart_write", core=0)
    said_anew(running, symbol(place))
    go_on(running, NAMES)
    probe.stop()
    assert probe.read(image + start, 4) == old


# Shows: frame.text.
@pytest.mark.long
def test_the_pristine_frame_is_damaged(lookers):
    """The look that finds it fails. Then the pristine frame isn't used any more, and text that is right stays."""
    running, probe = lookers
    begin(running, probe, LOOKERS)
    probe.core(0)
    image, pristine = places(probe, symbol("vgic_arrived"), 4)
    old = probe.read(pristine, 4)
    probe.write(pristine, UNDEFINED)
    probe.resume()
    match = running.expect(SAID, 2 * ROUND)
    assert "hang_look" in functions([int(match[5], 16) + 4])
    running.expect(r"\[kumiki\]   its pristine text is damaged\n", 60)
    for _ in range(ROUND):
        running.expect(r"\[one\] heartbeat: \d+ s, ", 60)
    assert len(re.findall(SAID, running.whole)) == 1 and not re.search(ANEW, running.whole)
    go_on(running, LOOKERS)
    probe.stop()
    assert probe.read(image, 4) == old
