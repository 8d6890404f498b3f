"""The self-judging guests (tests/guest), on the bare machine and as a partition.

Every test passes on the bare machine: that proves the test. Tests of what only Kumiki has are
skipped there by the guest itself, and must run in a partition.
"""

import kumiki_machine as km
import pytest

GUESTS = sorted(path.stem for path in (km.TOP / "tests/guest").glob("*.c"))
MODES = {"icount": km.ICOUNT, "threads": km.THREADS}
TOTAL = r"tests: (\d+) passed, (\d+) failed"


def image(guest):
    return km.BUILD / f"guests/test-{guest}.bin"


def judge(machine, record_guest, seconds=60):
    """Waits for the guest's own count and takes its word for it."""
    match = machine.expect(TOTAL, seconds)
    passed, failed = int(match.group(1)), int(match.group(2))
    record_guest(passed, failed)
    complaints = [line for line in machine.text.splitlines() if "FAILED" in line or ".c:" in line]
    assert failed == 0, "\n".join(complaints)
    assert passed > 0


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("guest", GUESTS)
def test_bare(guest, mode, cpus, record_guest):
    with km.bare(f"guest-{guest}-bare-{mode}-{cpus}", image(guest), cpus=cpus,
                 mode=MODES[mode]) as machine:
        judge(machine, record_guest)
        machine.wait_end(20)


@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("guest", GUESTS)
def test_partition(guest, mode, cpus, record_guest):
    name = f"guest-{guest}-partition-{mode}-{cpus}"
    system = km.description(name, [km.partition(
        "guest", cores=(1 << cpus) - 1, memory="16M as 0x40000000", image=image(guest))])
    with km.kumiki(name, system, mode=MODES[mode]) as machine:
        judge(machine, record_guest)
    assert "needs Kumiki" not in machine.text
