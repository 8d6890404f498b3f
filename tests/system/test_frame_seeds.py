"""Seeds for guests: fresh at each start, different for each guest, absent where the machine has no
source of them. Read from the guests' trees in memory, as they stand when a guest begins.

Shows: life.seeds.
"""

import subprocess

import kumiki_machine as km
import pytest

import frame_bundle
import frame_probe

NAMES = ["left", "right", "third"]


def beat(name, core):
    return km.partition(name, cores=1 << core, memory="1M as 0x40000000", image=km.HEARTBEAT)


@pytest.fixture(scope="module")
def system(tmp_path_factory):
    image = tmp_path_factory.mktemp("seeds") / "system.img"
    command = km.command_of(km.description(
        "seeds", [beat(name, core) for core, name in enumerate(NAMES)]), image)
    return frame_bundle.Bundle(image.read_bytes()), command


def seeds(name, system, folder, *, seed=None, machine=None, cpu=None):
    """(kaslr-seed, rng-seed) of each partition, None where a property isn't there."""
    bundle, command = system
    words = list(command)
    if seed is not None:
        words[words.index("-seed") + 1] = str(seed)
    if machine is not None:
        words[words.index("-M") + 1] += machine
    if cpu is not None:
        words[words.index("-cpu") + 1] = cpu
    found = []
    with km.Machine(name, words + frame_probe.arguments(folder / name)) as qemu:
        for partition in NAMES:
            qemu.position = 0
            qemu.expect(rf"^\[{partition}\] heartbeat: \d+ Hz", 30)
        with frame_probe.Probe(folder / name) as probe:
            for partition in bundle.partitions:
                found.append(tree_seeds(probe, bundle, partition, folder / f"{name}.dtb"))
    return found


def tree_seeds(probe, bundle, partition, path):
    load = next(l for l in partition.loads if bundle.parts[l.part].kind == "dtb")
    path.write_bytes(probe.read(load.pa, bundle.parts[load.part].size))
    return tuple(fdtget(path, name) for name in ("kaslr-seed", "rng-seed"))


def fdtget(path, name):
    result = subprocess.run(["fdtget", "-t", "bx", path, "/chosen", name], timeout=30,
                            capture_output=True, text=True, check=False)
    if result.returncode != 0:
        assert "NOTFOUND" in result.stderr, result.stderr
        return None
    return bytes(int(byte, 16) for byte in result.stdout.split())


def all_different(values):
    assert len(set(values)) == len(values)


def test_each_guest_has_its_own(system, tmp_path):
    found = seeds("own", system, tmp_path)
    for kaslr, rng in found:
        assert len(kaslr) == 8 and len(rng) == 32
        assert len(set(rng)) > 8  # no pattern, no zeros
    all_different([kaslr for kaslr, _ in found] + [rng[:8] for _, rng in found])


def test_each_start_has_its_own(system, tmp_path):
    first = seeds("first", system, tmp_path, seed=1)
    assert first == seeds("again", system, tmp_path, seed=1)  # deterministic where QEMU is
    second = seeds("second", system, tmp_path, seed=2)
    all_different([value for pair in first + second for value in pair])


def test_the_cpus_own_generator_is_used(system, tmp_path):
    """RNDR of `max`, with nothing in the firmware's tree."""
    found = seeds("rndr", system, tmp_path, machine=",dtb-randomness=off", cpu="max")
    all_different([value for pair in found for value in pair])
    assert all(value is not None for pair in found for value in pair)


@pytest.mark.every_board
def test_without_a_source_there_is_no_seed(system, tmp_path):
    """A constant would be worse than none. (The first board's machine alone puts one into its tree.)"""
    found = seeds("none", system, tmp_path, machine=None if km.APART else ",dtb-randomness=off")
    assert found == [(None, None)] * len(NAMES)


FIRMWARE_TREE = 0x48000000  # where QEMU puts it: 128 MiB above the beginning of RAM


@pytest.mark.long
def test_the_firmwares_seed_is_gone(tmp_path):
    """Who gets the memory with the firmware's tree can't derive the others' seeds from it."""
    description = km.description("seeds-wiped", [
        beat("left", 0), km.partition("owner", cores=2, memory=f"16M at {FIRMWARE_TREE:#x}",
                                      image=km.HEARTBEAT)])
    command = km.command_of(description, tmp_path / "system.img")
    path = tmp_path / "firmware.dtb"
    with km.Machine("seeds-wiped", command + frame_probe.arguments(tmp_path / "probe")) as qemu:
        qemu.expect(r"^\[owner\] heartbeat: \d+ Hz", 30)
        with frame_probe.Probe(tmp_path / "probe") as probe:
            path.write_bytes(probe.read(FIRMWARE_TREE, 0x10000))
    subprocess.run(["truncate", "-s", "1M", path], check=True, timeout=30)
    assert fdtget(path, "rng-seed") == bytes(32)
