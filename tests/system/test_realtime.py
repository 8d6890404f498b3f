"""Real time beside a Linux that does its worst on the same core: a Linux with four CPUs on one, two and
four cores, a real-time system of higher priority on the last of them. It loses no tick."""

import kumiki_machine as km
import pytest
import realtime

MS = 30  # of each load
FRAME = 1700  # instructions that may lie between a deadline and the handler, beside the bare machine's
WORST = 2400  # of a tick, as yet: two of its stretches with interrupts masked, and a switch
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
        assert phase["tick"].worst <= WORST, (load, phase["tick"].worst)
        assert phase["line"].count > 0 and phase["line"].lost == 0, load


# Of some cycles: how many woke a cycle late or more, and the worst, in nanoseconds.
ROUND = r"^(?:\[realtime\] )?cyclic late (\d+)\r?\n.*cyclic median \d+\r?\n.*cyclic worst (\d+)\r?\n"
CYCLIC = "console=ttyAMA0 quiet kumiki.run=cyclic kumiki.cycles=300"


def rounds(machine):
    """What a PREEMPT_RT Linux says of two rounds of cycles, behind the first one, in which all is new."""
    found = [machine.expect(ROUND, 250).groups() for _ in range(3)][1:]
    assert all(late == "0" for late, _ in found), found
    return max(int(worst) for _, worst in found)


def test_a_task_of_preempt_rt_wakes_in_time():
    """Debian's PREEMPT_RT Linux, on the one core of a Linux whose four CPUs spin."""
    with km.bare("realtime-rt-bare", km.IMAGE["linux-rt"], memory="256M", initrd=km.INITRD,
                 append=CYCLIC) as machine:
        bare = rounds(machine)
    system = km.description("realtime-rt", [
        realtime.linux(1, ("busy",), 5000),
        km.partition("realtime", cores=1, memory="256M", image=km.IMAGE["linux-rt"], initrd=km.INITRD,
                     bootargs=CYCLIC, more=(realtime.SHARED, "kumiki,priority = <200>;"))])
    with km.kumiki("realtime-rt", km.beside_domains(system, realtime.BELLS)) as machine:
        machine.expect(r"^\[linux\] load busy begins", 250)
        assert rounds(machine) <= bare + FRAME
