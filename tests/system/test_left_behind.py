"""A life leaves nothing behind in the frame. A partition makes a mess of its interrupts, timers and devices, and ends in
every way. It is stopped before the first instruction of its first life, and of its two hundredth. The frame's tables with
their entries, the TLB tag, and the state of all interrupts are the same.

Shows: frame.no-leak, life.pristine.
"""

import struct

import kumiki_machine as km
import pytest

import frame_bundle
import frame_probe
import frame_tables as ft

LIVES = 200
OF_SPIS = range(0x04, 0x24, 4)  # 32 to 287, a bit each
STATES = {"enabled": 0x100, "pending": 0x200, "active": 0x300}
ROUTES = range(0x6000 + 32 * 8, 0x6000 + 288 * 8, 4)
CORES = 2
REDISTRIBUTOR, PRIVATE = 0x20000, 0x10000  # one of each core; its second frame


def words(probe, base, offsets):
    return [struct.unpack("<I", probe.read(base + offset, 4))[0] for offset in offsets]


def interrupts(probe, bundle):
    """The state of SPIs in the distributor, and of each core's own interrupts in its redistributor. Pending interrupts of a
    core whose CPU is off are left out: an overflow of its counters may be pending, and stays disabled until the CPU begins
    and resets them.
    """
    own = [core * REDISTRIBUTOR + PRIVATE for core in range(CORES)]
    state = {"routes": words(probe, bundle.gicd, ROUTES)}
    for what, at in STATES.items():
        state[what] = words(probe, bundle.gicd + at, OF_SPIS)
        state[f"{what}, the cores' own"] = words(
            probe, bundle.gicr + at, own[:1] if what == "pending" else own)
    return state


def tables(probe, view):
    return {page: probe.read(page, ft.PAGE) for page in view.pages}


def frame(probe, bundle):
    """The frame's state for a partition: memory, tag and interrupts, on the core that begins a life."""
    vttbr = probe.register("VTTBR_EL2")
    return {"tag": vttbr >> 48,
            "stage 2": tables(probe, ft.stage2_view(probe, vttbr)),
            "the core's tables": tables(probe, ft.el2_view(probe)),
            **interrupts(probe, bundle)}


def begin_life(probe):
    """Runs from the start of a life, or of the machine, to the first instruction of the next life."""
    probe.resume()
    assert probe.wait_stop() == 0


def leave_first_instruction(probe, entry):
    probe.unbreak(entry)
    probe.step(0)
    probe.break_at(entry)


@pytest.mark.long
@pytest.mark.every_board
def test_lives_leave_nothing_behind(tmp_path):
    image, socket = tmp_path / "system.img", tmp_path / "probe"
    system = km.description("left-behind", [
        km.partition("small", cores=(1 << CORES) - 1, memory="1M as 0x40000000",
                     image=km.GUESTS / "again-pristine.bin", access=[km.OWN],
                     bootargs=f"lives={LIVES}",
                     more=(f"kumiki,restart-limit = <{LIVES} 3600>;",
                           "kumiki,restart-delay = <0>;"))])
    with km.kumiki("left-behind", system, image=image, extra=frame_probe.arguments(socket, stopped=True)) as machine, \
            frame_probe.Probe(socket) as probe:
        bundle = frame_bundle.Bundle(image.read_bytes())
        entry = bundle.partitions[0].entry
        probe.break_at(entry)
        found = {}
        for life in range(1, LIVES + 1):
            begin_life(probe)
            if life in (1, LIVES):
                found[life] = frame(probe, bundle)
            leave_first_instruction(probe, entry)
        for what in found[1]:
            assert found[LIVES][what] == found[1][what], what
        probe.unbreak(entry)
        probe.detach()
        machine.expect(rf"pristine: {LIVES} lives, all pristine", 30)
        assert len(found[1]["stage 2"]) > 2 and any(found[1]["enabled"])
