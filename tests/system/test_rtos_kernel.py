"""The RTOS's kernel: programs that judge themselves (tests/rtos), on the bare machine and as a
partition. The same image both times.

Shows: kernel.one-image.
"""

import kumiki_machine as km
import pytest
from test_guests import judge

# `across` takes the interrupts of a PL031.
TESTS = sorted(path.stem for path in (km.TOP / "tests/rtos").glob("*.dts") if not (km.APART and path.stem == "across"))

MODES = ["threads"] if km.APART else list(km.MODES)
CPUS = [km.CORES] if km.APART else [1, 4]  # the bare machine has a fixed number of CPUs
# `make test` has one CPU with counted instructions, and four with turns by the host's clock.
WAYS = [pytest.param(mode, cpus, marks=[pytest.mark.long] * ((mode, cpus) == ("threads", 1))) for mode in MODES for cpus in CPUS]


def image(name):
    return km.BUILD / f"rtos/test-{name}.img"


@pytest.mark.every_board
@pytest.mark.parametrize("mode, cpus", WAYS)
@pytest.mark.parametrize("name", TESTS)
def test_bare(name, mode, cpus, record_guest):
    with km.bare(f"rtos-{name}-bare-{mode}-{cpus}", image(name), cpus=cpus,
                 mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)
        machine.wait_end(60)


@pytest.mark.every_board
@pytest.mark.parametrize("mode, cpus", WAYS)
@pytest.mark.parametrize("name", TESTS)
def test_partition(name, mode, cpus, record_guest):
    name_of_run = f"rtos-{name}-partition-{mode}-{cpus}"
    system = km.rtos_description(name_of_run, image(name), cpus)
    with km.kumiki(name_of_run, system, mode=km.MODES[mode]) as machine:
        judge(machine, record_guest)


def test_eight_cpus(record_guest):
    """The largest number of CPUs."""
    with km.bare("rtos-across-8", image("across"), cpus=8) as machine:
        judge(machine, record_guest)
        assert "kumiki-rtos: 8 CPUs" in machine.text


def test_eight_cpus_of_a_partition(record_guest):
    """The same image, with the machine's eight cores."""
    system = km.rtos_description("rtos-across-8-partition", image("across"), 8)
    with km.kumiki("rtos-across-8-partition", system) as machine:
        judge(machine, record_guest)
        assert "kumiki-rtos: 8 CPUs" in machine.text


def test_started_at_el2(record_guest):
    """If the boot loader starts it at EL2, the kernel goes down to EL1 by itself."""
    with km.bare("rtos-kernel-el2", image("kernel"), cpus=2,
                 machine="virt,virtualization=on,gic-version=3") as machine:
        judge(machine, record_guest)
