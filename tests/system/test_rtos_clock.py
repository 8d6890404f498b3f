"""The RTOS's clock begins with the machine's time. Clients set it and ask for it while its server is restarted
(tests/rtos/clock). On the bare machine and as a partition.

Shows: rtos.rights, rtos.clock.
"""

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.BUILD / "rtos/clock.img"
# As in tests/rtos/clock/base.h, by the machine's own time.
BASE = ["-rtc", "base=2030-01-02T03:04:05,clock=vm"]


@pytest.mark.long
@pytest.mark.parametrize(("mode", "cpus"), [("icount", 1), ("threads", 4)])
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-clock-bare-{mode}", IMAGE, cpus=cpus, mode=km.MODES[mode], extra=BASE) as machine:
        judge(machine, record_guest)
        assert "couldn't be started" not in machine.text


def test_partition(record_guest):
    system = km.rtos_description("rtos-clock", IMAGE)
    with km.kumiki("rtos-clock-partition", system, extra=BASE) as machine:
        judge(machine, record_guest)
