"""The RTOS's disk driver (rtos/servers/block), restarted a thousand times while 18 threads read and write
through it: no request fails, every byte is right, and in the end the image holds what the client says it
wrote, and elsewhere what it held before (tests/rtos/block). On the bare machine and as a partition."""

import array
import re
import sys

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.BUILD / "rtos/block.img"
SECTORS, WRITTEN, WORDS = 8192, 18 * 256, 64
MOST = {"block.restart": 200_000, "rtos.boot.block": 500_000}  # instructions
DEVICE = "virtio-blk-device,drive=disk,bus=virtio-mmio-bus.31"


def sector(number, version):
    """As word_of() of judge.c."""
    first = number * 0x9e3779b97f4a7c15 + version * 0xbf58476d1ce4e5b9
    words = array.array("Q", ((first + i * 0x94d049bb133111eb) % 2**64 for i in range(WORDS)))
    if sys.byteorder == "big":
        words.byteswap()
    return words.tobytes()


def new_disk(name):
    path = km.TESTS / f"{name}.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(sector(i, 0) for i in range(SECTORS)))
    return path


def check_disk(path):
    """What was flushed is there, also when the machine ends without a word."""
    data = path.read_bytes()
    assert len(data) == SECTORS * 512
    wrong = [i for i in range(SECTORS)
             if data[i * 512:(i + 1) * 512] != sector(i, 1 if i < WRITTEN else 0)]
    assert not wrong, f"{len(wrong)} sectors, first {wrong[0]}"


def drive(path):
    return f"-drive if=none,id=disk,file={path},format=raw"


def bare_disk(path):
    return ("-global", "virtio-mmio.force-legacy=false", *drive(path).split(), "-device", DEVICE)


def follow(machine, record_guest):
    judge(machine, record_guest, 120)
    assert "couldn't be started" not in machine.text
    return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_bare(mode, cpus, record_guest):
    path = new_disk(f"rtos-block-bare-{mode}")
    with km.bare(f"rtos-block-bare-{mode}", IMAGE, cpus=cpus, mode=km.MODES[mode],
                 extra=bare_disk(path)) as machine:
        figures = follow(machine, record_guest)
    check_disk(path)
    if mode == "icount":
        assert all(0 < figures[name] <= most for name, most in MOST.items()), figures


def test_partition(record_guest):
    path = new_disk("rtos-block-partition")
    system = km.description("rtos-block", [km.partition(
        "rtos", cores=1, memory="16M", image=IMAGE, access=["virtio_mmio31"])],
        devices=[("virtio_mmio31", "virtio-blk-device,drive=disk", drive(path))])
    with km.kumiki("rtos-block-partition", system) as machine:
        follow(machine, record_guest)
    check_disk(path)
