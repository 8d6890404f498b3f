"""What the frame derives for a partition is damaged: while a core is at work for it, and while nobody is. Its copy makes it
anew, and each guest goes on where it was."""

import pytest

import frame_kept
from frame_crash import FAILED as SAID
from test_frame_gives_up import BESIDE
from frame_machine import machines  # noqa: F401
from test_frame_recovery import NAMES, beats, go_on, seconds  # noqa: F401
from witness import BEAT

ANEW = r"^\[kumiki\] +made anew was what it derives for {}$"
SOON = 30  # seconds: a core looks at each of its partitions in turn, twice a second


# Shows: frame.derived.
@pytest.mark.parametrize("field, value", [("index", 0), ("config", 0), ("stage2.root", 8), ("console", 0), ("stolen", 8)])
def test_damaged_at_work(machines, field, value):  # noqa: F811
    with machines.case("") as machine:
        machine.come("vgic_send_sgi", 1)
        frame_kept.write(machine.probe, 1, frame_kept.of(BESIDE, field), value)
        assert machine.judge_damage(machine.wild("x0")) == ("recovered", "")
        machine.says(ANEW.format("beside"))


# Shows: frame.derived.
@pytest.mark.parametrize("byte", [0, 0xff])
def test_all_of_it_damaged(beats, byte):  # noqa: F811
    """The partition's core notices it by itself, as the look comes or before. Until then the partition may stand; nobody begins
    anew."""
    running, probe = beats
    first, _ = frame_kept.find(probe, 1, frame_kept.of(2, "index"))
    behind, _ = frame_kept.find(probe, 1, frame_kept.of(2, "psci"))
    probe.write(first, bytes([byte]) * (behind - first))
    probe.resume()
    running.expect(SAID, SOON)
    running.expect(ANEW.format("two"), SOON)
    for _ in range(2):
        running.expect_all([rf"\[{name}\] heartbeat: \d+ s, " for name in NAMES], 60)
    for name in NAMES:
        counted = seconds(running, name)
        assert counted == list(range(1, len(counted) + 1)), (name, counted)


STOPPED = r"^\[kumiki\] one stopped: what the frame kept of it was damaged"
EVERYTHING = "vcpus[1]"  # behind all that is kept of a partition with one vCPU


# Shows: frame.derived, frame.kept.
@pytest.mark.parametrize("last", ["psci", "vgic", EVERYTHING])
def test_a_slot_of_zeros(beats, last):  # noqa: F811
    """Of one of two partitions that share a core: with what is derived of its loader, with its interrupts and vCPU. It alone
    begins anew."""
    running, probe = beats
    first, _ = frame_kept.find(probe, 1, frame_kept.of(1, "keep"))
    behind, _ = frame_kept.find(probe, 1, frame_kept.of(1, last))
    probe.write(first, bytes(behind - first))
    probe.resume()
    running.expect(SAID, SOON)
    running.expect(STOPPED, SOON)
    for _ in range(2):
        running.expect_all([rf"\[{name}\] {BEAT}" for name in NAMES], SOON)
    for name in ("alone", "two"):
        counted = seconds(running, name)
        assert counted == list(range(1, len(counted) + 1)), (name, counted)


# Shows: frame.registers.
def test_what_a_guest_may_do(beats):  # noqa: F811
    """Its traps are damaged where they lie in memory. A look compares the register with what it is to be."""
    running, probe = beats
    traps = frame_kept.of(0, "vcpus[0].context.hcr")
    frame_kept.write(probe, 0, traps, frame_kept.read(probe, 0, traps) ^ 1 << 18)
    probe.resume()
    running.expect(SAID, SOON)
    go_on(running, NAMES)
