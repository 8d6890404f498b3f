"""Timers that the frame keeps for a partition go off at their time, though the frame crashes between: the alarm of its clock,
its watchdog, and the restart for which it waits."""

import re

import kumiki_machine as km

import frame_probe
from frame_crash import WILD, forget, stop_in
from test_frame_recovery import SAID, beating, go_on

SHARED = "kumiki,shared-cores;"
LATE_MS = 20  # a life's start, and the cores' turns


def crash(probe, *functions):
    """Core 1 fails at the heartbeat's next tick behind these functions, which set timers of the other partition's."""
    for function in *functions, "vgic_arrived":
        stop_in(probe, function, core=1)
    forget(probe)
    probe.set_register("pc", WILD)


def tells(running, pattern, ms):
    """The beginning may be late, too, by a part of a millisecond."""
    found = int(running.expect(rf"^\[unfed\] unfed: {pattern}$", 30)[1])
    assert ms - 1 <= found < ms + LATE_MS


# Shows: frame.timers.
def test_a_crash_while_they_run(tmp_path):
    """In two lives, with alarm and watchdog set; and before the second restart, for which the partition waits."""
    unfed = km.partition("unfed", cores=2, memory="1M as 0x40000000", image=km.GUESTS / "bad-unfed.bin",
                         more=[SHARED, 'kumiki,keep = "4K at 0x40040000";', "kumiki,restart-delay = <1000>;"])
    path = km.description("frame-timers", [beating("one", 1), beating("two", 2, SHARED), unfed])
    with km.kumiki("frame-timers", path, extra=frame_probe.arguments(tmp_path / "probe", stopped=True)) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        for functions in 2 * ["watchdog_write"], 2 * ["watchdog_write"], ["liferule_delay"]:
            crash(probe, *functions)
        probe.resume()
        for delay in 0, 1000:
            tells(running, r"an alarm (\d+) ms behind the other one", 1000)
            tells(running, r"the last life's watchdog was set (\d+) ms ago", 1500 + delay)
        assert len(re.findall(SAID, running.whole)) == 3
        go_on(running, ["one", "two"])
