"""How long guests stand while the frame is exchanged for another one: four cores, a partition on each. The exchange comes
through QEMU's gdbstub, as in tests/system/test_update_swap.py. Used by run.py."""

import statistics

import kumiki_machine as km

import frame_probe
from frame_crash import ELF
from frame_swap import DONE, OTHER, Frames, image, machine

CORES = 4
TIMES = 6
TICKS = r"\[{}\] heartbeat: \d+ s, \d+ ticks, 0 lost,"


def _pauses():
    """To the other frame and back, again and again, four seconds of the machine's time apart."""
    names = [f"beat{number}" for number in range(CORES)]
    beats = [km.partition(name, cores=1 << number, memory="1M as 0x40000000", image=km.HEARTBEAT)
             for number, name in enumerate(names)]
    path = km.BUILD / "tests/bench-update"
    path.mkdir(parents=True, exist_ok=True)
    with machine("bench-update", beats, path) as running, frame_probe.Probe(path / "probe") as probe:
        frames = Frames(probe)
        for turn in range(TIMES):
            probe.resume()
            for _ in range(4):
                running.expect_all([TICKS.format(name) for name in names], 120)
            probe.stop()
            if turn == 0:
                frames.load(image())
            outcome, pause, *_ = frames.update(ELF if turn % 2 else OTHER)
            assert outcome == DONE
            yield pause


def measure():
    values = list(_pauses())
    # Shows: frame.updates.
    yield {"name": "frame.update", "unit": "instructions", "median": round(statistics.median(values)), "worst": max(values),
           "samples": len(values),
           "what": "from the call that exchanges the frame until all cores have adopted their guests: four cores"}
