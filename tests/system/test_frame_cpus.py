"""One packed system on different CPUs: without and with VHE, with SVE, pointer authentication and
whatever else QEMU's `max` has. The self-judging guests pass on each, and on 1 to 8 cores.

Shows: guests.any-cpu.
"""

import re

import kumiki_machine as km
import pytest

CPUS = ["cortex-a57", "cortex-a72", "neoverse-n1", "max,pauth-impdef=on"]
GUESTS = sorted(path.stem for path in (km.TOP / "tests/guest").glob("*.c"))


def guest_system(folder, guest, cores):
    name = f"cpus-{guest}-{cores}"
    image = folder / f"{name}.img"
    return km.command_of(km.description(name, [km.partition(
        "guest", cores=(1 << cores) - 1, memory="16M as 0x40000000",
        image=km.GUESTS / f"test-{guest}.bin")]), image)


@pytest.fixture(scope="module")
def packed(tmp_path_factory):
    """Each system is packed once; every CPU starts the same file."""
    folder, commands = tmp_path_factory.mktemp("cpus"), {}

    def command(guest, cores):
        if (guest, cores) not in commands:
            commands[guest, cores] = guest_system(folder, guest, cores)
        return commands[guest, cores]

    return command


def passes(name, command, cpu, record_guest):
    at = command.index("-cpu")
    with km.Machine(name, [*command[:at + 1], cpu, *command[at + 2:]]) as machine:
        match = machine.expect(r"tests: (\d+) passed, (\d+) failed\n", 120)
        record_guest(int(match[1]), int(match[2]))
        assert match[2] == "0" and int(match[1]) > 0, [
            line for line in machine.text.splitlines() if "FAILED" in line or ".c:" in line]
        machine.wait_end(60)


@pytest.mark.parametrize("guest", GUESTS)
@pytest.mark.parametrize("cpu", CPUS)
def test_guests_pass(cpu, guest, packed, record_guest):
    name = re.sub(r"\W+", "-", f"cpu-{cpu}-{guest}")
    passes(name, packed(guest, 2), cpu, record_guest)


@pytest.mark.parametrize("guest", [g for g in GUESTS if g in ("gic", "psci", "timer")])
@pytest.mark.parametrize("cores", [1, 2, 4, 8])
def test_core_counts(cores, guest, packed, record_guest):
    passes(f"cores-{cores}-{guest}", packed(guest, cores), "neoverse-n1", record_guest)
