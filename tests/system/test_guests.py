"""The self-judging guests (tests/guest), on the bare machine and as a partition.

Each test passes on the bare machine, which proves the test. The guest itself skips tests of Kumiki's own calls there; in a
partition they must run.
"""

import kumiki_machine as km
import pytest

GUESTS = sorted(path.stem for path in (km.TOP / "tests/guest").glob("*.c"))
# Without a PL031 and the PMU's interrupt.
BOTH = [guest for guest in GUESTS if guest not in ("pmu", "rtc")]
TOTAL = r"tests: (\d+) passed, (\d+) failed"


def image(guest):
    return km.GUESTS / f"test-{guest}.bin"


def judge(machine, record_guest, seconds=60):
    """Waits for the guest's own count of its checks, and believes it."""
    match = machine.expect(TOTAL, seconds)
    passed, failed = int(match.group(1)), int(match.group(2))
    record_guest(passed, failed)
    complaints = [line for line in machine.text.splitlines() if "FAILED" in line or ".c:" in line]
    assert failed == 0, "\n".join(complaints)
    # With one CPU a guest may skip all of its checks; then it says so.
    assert passed > 0 or ": skipped (needs two CPUs)" in machine.text


# Shows: guests.same-as-bare.
@pytest.mark.parametrize("cpus", [1, 4])
@pytest.mark.parametrize("mode", km.MODES)
@pytest.mark.parametrize("guest", GUESTS)
def test_bare(guest, mode, cpus, record_guest):
    with km.bare(f"guest-{guest}-bare-{mode}-{cpus}", image(guest), cpus=cpus,
                 mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)
        machine.wait_end(20)


# Shows: guests.same-as-bare.
@pytest.mark.boards_long
@pytest.mark.parametrize("cpus", [1, min(4, km.CORES)])
@pytest.mark.parametrize("mode", km.MODES)
@pytest.mark.parametrize("guest", BOTH if km.APART else GUESTS)
def test_partition(guest, mode, cpus, record_guest):
    name = f"guest-{guest}-partition-{mode}-{cpus}"
    system = km.description(name, [km.partition(
        "guest", cores=(1 << cpus) - 1, memory="16M as 0x40000000", image=image(guest))])
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)
    assert "needs Kumiki" not in machine.text


# Shows: memory.real-addresses.
@pytest.mark.every_board
@pytest.mark.parametrize("guest", BOTH if km.APART else ["fault", "gic", "psci", "state"])
def test_at_real_addresses(guest, record_guest):
    """The same images with memory at its real addresses, not remapped."""
    name = f"guest-{guest}-real"
    system = km.description(name, [
        km.partition("guest", cores=0x3, memory="16M", image=image(guest))])
    with km.kumiki(name, system) as machine:
        judge(machine, record_guest)


WITHOUT_PMU = "cortex-a57,pmu=off"


@pytest.mark.parametrize("guest", ["debug", "idreg", "state", "timer"])
def test_without_a_pmu_bare(guest, record_guest):
    with km.bare(f"guest-{guest}-no-pmu-bare", image(guest), cpu=WITHOUT_PMU) as machine:
        judge(machine, record_guest)


@pytest.mark.parametrize("guest", ["debug", "idreg", "state", "timer"])
def test_without_a_pmu(guest, record_guest):
    """Each CPU has debug registers, and each Linux writes some when it starts."""
    name = f"guest-{guest}-no-pmu"
    system = km.description(name, [km.partition("guest", cores=0x1, memory="16M as 0x40000000",
                                                image=image(guest))])
    system.write_text(system.read_text() + f'/ {{ kumiki,qemu-cpu = "{WITHOUT_PMU}"; }};\n'
                      "/ { /delete-node/ pmu; };\n")
    with km.kumiki(name, system) as machine:
        judge(machine, record_guest)


@pytest.fixture
def headerless():
    """A guest without the arm64 Image header: the file begins with its first instruction."""
    path = km.TESTS / "headerless.bin"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = bytearray(image("timer").read_bytes())
    assert content[56:60] == b"ARM\x64"
    content[8:64] = bytes(56)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("mode", km.MODES)
def test_headerless_bare(mode, headerless, record_guest):
    with km.bare(f"headerless-bare-{mode}", headerless, mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)


@pytest.mark.every_board
@pytest.mark.parametrize("memory", ["1M as 0x40000000", "64M as 0x40000000"])
def test_headerless_partition(memory, headerless, record_guest):
    name = f"headerless-{memory.split()[0]}"
    system = km.description(name, [
        km.partition("guest", cores=0x1, memory=memory, image=headerless)])
    with km.kumiki(name, system) as machine:
        judge(machine, record_guest)


@pytest.mark.every_board
def test_seven_guests_at_once(record_guest):
    """Each guest has its own view of the same addresses, and a core of its own if there are enough."""
    guests = [guest for guest in ("gic", "mmio", "uart", "rtc", "fault", "pmu", "state")
              if guest in (BOTH if km.APART else GUESTS)]
    system = km.description("seven-guests", [
        km.partition(f"guest-{guest}", cores=1 << core, memory="16M as 0x40000000",
                     image=image(guest)) for core, guest in enumerate(guests)])
    with km.kumiki("seven-guests", system, mode=km.ICOUNT) as machine:
        start = machine.position
        for guest in guests:
            machine.position = start
            match = machine.expect(rf"\[guest-{guest}\] " + TOTAL, 120)
            record_guest(int(match.group(1)), int(match.group(2)))
            assert match.group(2) == "0", guest
