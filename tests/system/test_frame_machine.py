"""A machine that isn't the described one: less memory, no SMMU, another GIC, fewer cores. The frame says what is
missing and where, which option of QEMU's gives it, and switches the machine off."""

import kumiki_machine as km
import pytest

REMEDY = {"memory": r"start the machine with all of it \(QEMU's -m\)",
          "an SMMU": r"start the machine with one \(QEMU's -M virt,iommu=smmuv3\)"}


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    """QEMU's command line of two partitions, the second of them with much memory."""
    return km.command_of(km.description("frame-machine", [
        km.partition("first", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT),
        km.partition("second", cores=0x2, memory="700M", image=km.HEARTBEAT)]),
        tmp_path_factory.mktemp("machine") / "system.img")


def changed(name, command, option, change):
    """The machine with another value behind an option."""
    at = command.index(option) + 1
    return km.Machine(f"frame-machine-{name}", [*command[:at], change(command[at]), *command[at + 1:]])


def stops(machine, *patterns):
    for pattern in (*patterns, r"^kumiki: the machine stops here$"):
        machine.expect(pattern, 30)
    machine.wait_end(30)
    assert "heartbeat" not in machine.text and "failed" not in machine.text


def missing(what, address):
    return rf"^kumiki: the description has {what}, and at {address} there is none$", f"^kumiki: {REMEDY[what]}"


# Shows: start.unfit.
@pytest.mark.parametrize("size", ["8M", "64M", "512M"])
def test_less_memory(size, system):
    with changed(size, system, "-m", lambda _: size) as machine:
        stops(machine, *missing("memory", "0x[0-9a-f]+"))


# Shows: start.unfit.
def test_no_smmu(system):
    with changed("smmu", system, "-M", lambda word: word.replace(",iommu=smmuv3", "")) as machine:
        stops(machine, *missing("an SMMU", "0x9050000"))


# Shows: start.unfit.
def test_older_gic(system):
    with changed("gic2", system, "-M", lambda word: word.replace("version=3", "version=2")) as machine:
        stops(machine, r"^kumiki: a GICv3 is needed.* \(QEMU's -M virt,gic-version=3\)$")


def test_newer_gic(system):
    """A GICv4's redistributors lie twice as far apart; it does all that a GICv3 does."""
    with changed("gic4", system, "-M", lambda word: word.replace("version=3", "version=4")) as machine:
        machine.expect(r"^\[second\] heartbeat: 1 s, \d+ ticks, 0 lost", 30)


# Shows: start.unfit.
def test_too_few_cores(system):
    with changed("smp", system, "-smp", lambda _: "1") as machine:
        stops(machine, r"^kumiki: core 1 \(affinity 0x1\): no such core on this machine$",
              r"^kumiki: start the machine with more cores \(QEMU's -smp\), or describe fewer$")
