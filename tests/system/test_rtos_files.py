"""The RTOS's RAM file system under a client that checks each byte, while its server is restarted at
any moment; what a read and a write cost. One image, on the bare machine and as a partition
(tests/rtos/files)."""

import re

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.BUILD / "rtos/files.img"
FILE_4K_MOST = 1_200  # instructions, where they are counted


def follow(machine, record_guest):
    judge(machine, record_guest, 120)
    machine.expect("judge exited with 0", 10)
    return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-files-bare-{mode}", IMAGE, cpus=cpus, mode=km.MODES[mode]) as machine:
        figures = follow(machine, record_guest)
    if mode == "icount":
        assert all(0 < figures[name] <= FILE_4K_MOST for name in ("file.read.4k", "file.write.4k")), figures


def test_partition(record_guest):
    system = km.description("rtos-files", [km.partition(
        "rtos", cores=1, memory="16M as 0x40000000", image=IMAGE)])
    with km.kumiki("rtos-files-partition", system) as machine:
        follow(machine, record_guest)
