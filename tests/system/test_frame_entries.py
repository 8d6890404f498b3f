"""Damage to the tables by which the frame itself runs. The core makes them anew from what the start kept of them, when it fails
there, or when a look finds the damage; no guest notices. What QEMU's gdbstub writes stands for a bit that flips."""

import contextlib
import struct
from collections import namedtuple

import pytest

import frame_probe
import frame_swap
import frame_tables as ft
import gdbstub
from frame_crash import ELF, LAYOUT, functions
from frame_machine import FORGET, machines  # noqa: F401
from test_frame_recovery import NAMES, SAID, beats, begin, crash, go_on, three  # noqa: F401

ANEW = r"\[kumiki\]   its tables were made anew on core ([\d ]+)\n"
VALID, ACCESSED, FAR, IGNORED = 0, 10, 47, 55  # bits
PIECES = 255
Piece = namedtuple("Piece", "first count entry")
# What the core needs next, and the way and the place where it stands.
PLACES = {"text": ("LAYOUT_TEXT", "uart-write", "access_guest"), "partition": ("LAYOUT_PARTITION", "uart-write", "access_guest"),
          "gic": ("LAYOUT_GICR", "gic-write", "vgic_private_write")}


def root_of(probe):
    """Where the first of this core's tables is."""
    return probe.register("TTBR0_EL2") & ft.ADDRESS


def entry_of(probe, at):
    """Where the entry of this page lies."""
    table = root_of(probe)
    for level in 1, 2:
        entry, = struct.unpack("<Q", probe.read(table + 8 * (at // ft.GRAIN[level] % 512), 8))
        table = entry & ft.ADDRESS
    return table + 8 * (at // ft.PAGE % 512)


# Shows: frame.tables.
@pytest.mark.parametrize("bit", [VALID, ACCESSED, FAR])
@pytest.mark.parametrize("what", PLACES)
def test_an_entry_is_damaged(machines, what, bit):  # noqa: F811
    """The core needs it at once, and fails there."""
    layout, way, place = PLACES[what]
    with machines.case("") as machine:
        machine.stand_at(way, place)
        probe, count = machine.probe, machine.noted("count")
        page = {"text": machine.symbols[place], "partition": probe.register("TPIDR_EL2"),
                "gic": LAYOUT[layout] + (1 << 16)}[what]
        at = entry_of(probe, page)
        machine.view()  # while it can be read
        damage = machine.flip_word(what, at, bit)
        machine.execute(FORGET["EL2"])
        assert machine.judge_damage(damage)[0] == "recovered"
        assert probe.read(at, 8) == damage.old and machine.noted("count") == count + 1
        assert machine.says(ANEW)[1] == str(machine.core)


class Kept:
    """What the start has kept of a core's tables, and which piece the core looks at soon."""

    def __init__(self, probe, core):
        probe.core(core)
        view = ft.el2_view(probe)
        self.probe, self.root = probe, root_of(probe)
        self.at = view.at(LAYOUT["LAYOUT_TABLES_KEPT"], ft.PAGE)[0].pa
        self.pieces = [Piece(*words) for words in struct.iter_unpack("<IIQ", probe.read(self.at, PIECES * 16))]
        looks = gdbstub.offsets(ELF, ["struct shared.looks"])["shared.looks"] + 4 * core
        page, = view.at(LAYOUT["LAYOUT_MAIL"] + looks, 4)
        done, = struct.unpack("<I", probe.read(page.pa + LAYOUT["LAYOUT_MAIL"] + looks - page.at, 4))
        order = [((done + 3) // 4 + i) % PIECES for i in range(PIECES)]  # at each fourth look
        order = [number for number in order if self.pieces[number].count]
        self.soon, self.late = order[0], order[-1]

    def entry(self, number):
        """Where a piece's last entry lies, of the core's tables."""
        return 8 * (self.pieces[number].first + self.pieces[number].count - 1)

    def flip(self, at, bit):
        old = self.probe.read(at, 8)
        self.probe.write(at, (int.from_bytes(old, "little") ^ 1 << bit).to_bytes(8, "little"))
        return old


# Shows: frame.tables.
@pytest.mark.long
@pytest.mark.parametrize("key", [None, frame_swap.KEY], ids=["plain", "updates"])
def test_what_is_kept_is_what_is_in_use(tmp_path, key):
    """Of each core: all that is kept is so, also of the way in; and all entries in use are kept, but for the window's."""
    with frame_swap.machine("frame-entries-kept", three(), tmp_path, key=key) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        for core in 0, 1:
            kept = Kept(probe, core)
            told = [(8 * (piece.first + i), piece.entry + i * ft.PAGE) for piece in kept.pieces for i in range(piece.count)]
            assert len(told) == len(dict(told)) > 200
            tables = probe.read(kept.root, max(dict(told)) + 8)
            assert all(struct.unpack_from("<Q", tables, at) == (entry,) for at, entry in told)
            window = entry_of(probe, LAYOUT["LAYOUT_WINDOW"])
            used = {page + at - kept.root for page in ft.el2_view(probe).pages for at in range(0, ft.PAGE, 8)
                    if page + at != window and tables[page + at - kept.root] & 1}
            assert used <= set(dict(told))


@contextlib.contextmanager
def healed(beats, piece):  # noqa: F811
    """Changes a bit that changes nothing, so nobody fails there: of an entry of core 1's tables, in a piece that Kept names.
    In the end the core is named, the entry is as it was, and no guest noticed."""
    running, probe = beats
    begin(running, probe, NAMES)
    kept = Kept(probe, 1)
    at = kept.entry(getattr(kept, piece))
    old = kept.flip(kept.root + at, IGNORED)
    yield
    assert running.expect(ANEW, 60)[1] == "1"
    go_on(running, NAMES)
    probe.stop()
    assert probe.read(kept.root + at, 8) == old


# Shows: frame.tables.
@pytest.mark.long
def test_a_look_finds_it(beats):  # noqa: F811
    running, probe = beats
    with healed(beats, "soon"):
        probe.resume()
        match = running.expect(SAID, 120)
        assert int(match[1]) == 1 and "hang_look" in functions([int(match[5], 16) + 4])


# Shows: frame.tables.
@pytest.mark.long
def test_another_core_fails(beats):  # noqa: F811
    """Then each core makes its own tables anew, and the console names those that weren't as they were."""
    running, probe = beats
    with healed(beats, "late"):
        crash(probe, "uart_write", core=0)
        assert int(running.expect(SAID, 60)[1]) == 0


# Shows: frame.tables.
@pytest.mark.long
def test_what_is_kept_is_damaged(beats):  # noqa: F811
    """The look that finds it fails. Then it isn't used any more, and the tables stay as they are."""
    running, probe = beats
    begin(running, probe, NAMES)
    kept = Kept(probe, 1)
    tables = probe.read(kept.root, ft.PAGE)
    kept.flip(kept.at + 16 * kept.soon + 8, FAR)
    probe.resume()
    assert int(running.expect(SAID, 120)[1]) == 1
    running.expect(r"\[kumiki\]   what it keeps of its tables is damaged on core 1\n", 60)
    go_on(running, NAMES)
    probe.stop()
    assert probe.read(kept.root, ft.PAGE) == tables and probe.read(kept.at, ft.PAGE) == bytes(ft.PAGE)
    assert "itself failed" not in running.whole
