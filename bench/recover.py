"""What the frame's recovery from its own crash takes: four cores, eight partitions that tick a thousand times a second.
The crashes come through QEMU's gdbstub, as in tests/system/test_frame_recovery.py. Used by run.py."""

import statistics

import kumiki_machine as km

import frame_probe
from frame_crash import WILD, stop_in

CORES, RUNS = 4, 3
# A heartbeat's handler sends an interrupt when it has noted how late its tick is. At a stop QEMU's clock may jump to the next
# timer's deadline; here no tick that is noted later has begun, so none counts the jump.
PLACE = "vgic_send_sgi"
# Ticks of a core until all that was said is over. QEMU's cores take turns: what others have to do before they are called to rest
# would count, too.
QUIET = 20
BACK = r"\[kumiki\] the frame failed on core \d+, and came back in ([\d.]+) ms:"
TICKS = r"\[{}\] heartbeat: \d+ s, \d+ ticks, 0 lost, \d+ late, latency median \d+ ns, worst (\d+) ns\n"


def _names():
    return [f"beat{number}" for number in range(2 * CORES)]


def _run(turn):
    """A crash on each core but the last, one after the other: how long each took, and the latest tick of any partition."""
    name = f"bench-recover-{turn}"
    system = km.description(name, [
        km.partition(beat, cores=1 << number // 2, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     more=("kumiki,shared-cores;", ))
        for number, beat in enumerate(_names())])
    path = km.BUILD / f"tests/{name}.probe"
    path.unlink(missing_ok=True)  # an earlier run's
    with km.kumiki(name, system, extra=frame_probe.arguments(path, stopped=True)) as machine, \
            frame_probe.Probe(path) as probe:
        took = []
        for core in range(CORES - 1):
            probe.resume()
            machine.expect_all([TICKS.format(beat) for beat in _names()], 120)
            probe.stop()
            for _ in range(QUIET + turn):
                stop_in(probe, PLACE, core=core)
            stop_in(probe, PLACE, core=core)
            probe.set_register("x0", WILD)
            probe.resume()
            took.append(round(float(machine.expect(BACK, 120)[1]) * 1000000))
            probe.stop()
        probe.resume()
        for _ in range(2):
            latest = [int(found[1]) for found in machine.expect_all([TICKS.format(beat) for beat in _names()], 120)]
    return took, max(latest)


def _figure(name, values, what):
    return {"name": name, "unit": "instructions", "median": round(statistics.median(values)), "worst": max(values),
            "samples": len(values),
            "what": what}


def measure():
    runs = [_run(turn) for turn in range(RUNS)]
    # Shows: frame.recovers.
    yield _figure("frame.recover", [each for took, _ in runs for each in took],
                  "from a crash of the frame until all cores have adopted their guests: four cores, eight partitions, "
                  "which have nothing but their ticks to do")
    yield _figure("frame.recover.pause", [latest for _, latest in runs],
                  "the latest tick of eight partitions on four cores, over three crashes of the frame")
