"""Real time beside a Linux that does its worst on the same core: a Linux with four CPUs on one, two and
four cores, a real-time system of higher priority on the last of them. It loses no tick."""

import kumiki_machine as km
import pytest
import realtime

MS = 30  # of each load
DONE = r"^\[linux\] tests: .*\n"
FEW = ("busy", "disk", "hotplug", "sgi", "timers")


def beside(name, cores, hz, mode, folder, *, loads=realtime.LOADS, line=False, seconds=300):
    """The phases that the real-time system noted, one for each load: {load: {"tick": …}}."""
    disk = folder / "disk.img"
    with open(disk, "wb") as file:
        file.truncate(64 << 20)
    system = realtime.system(name, cores, hz, loads, MS, disk, line=line, brief=mode == "threads")
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        end = rf"^\[realtime\] PHASE {'line' if line else 'tick'} {len(loads)} "
        if mode == "icount":
            end += r"(?s:.*?)^\[realtime\] END\n"
        machine.expect_all([DONE, end], seconds)
        text = machine.text
    assert "tests: 1 passed, 0 failed" in text and "FAILED" not in text, text[-2000:]
    phases = dict(zip(loads, realtime.phases(text), strict=True))
    for load, phase in phases.items():
        assert phase["tick"].count >= hz * MS // 1000, load
        assert phase["tick"].lost == 0, load
    return phases


@pytest.mark.parametrize("hz", [1000, 10000])
@pytest.mark.parametrize("cores", [1, 2, 4])
def test_no_tick_is_lost_beside_a_linux_that_does_its_worst(cores, hz, tmp_path):
    """With threads: how late a tick is the host decides."""
    beside(f"realtime-threads-{cores}-{hz}", cores, hz, "threads", tmp_path,
           loads=realtime.LOADS if (cores, hz) == (2, 1000) else FEW)


def test_no_tick_is_late_beside_a_linux_that_does_its_worst(tmp_path):
    """All on one core, where what is counted is that core's."""
    phases = beside("realtime-icount", 1, 10000, "icount", tmp_path, line=True)
    for load, phase in phases.items():
        assert phase["tick"].late == 0, load
        assert phase["line"].count > 0 and phase["line"].lost == 0, load
