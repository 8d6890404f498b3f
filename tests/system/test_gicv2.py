"""The first board with a GICv2: what can't run there is refused. What runs there is in tests marked gicv2."""

import subprocess

import kumiki_machine as km
import pytest
from test_guests import judge

BOARD = "qemu-virt-gicv2"
ACTIVE = km.BUILD / "guests" / BOARD / "test-gicv2-active.bin"


# Shows: boards.gicv2.
def test_a_kernel_that_drives_a_gicv3_is_refused():
    system = km.description("gicv2-rtos", [km.partition(
        "rtos", cores=0x1, memory="16M as 0x40000000", image=km.BUILD / "rtos/servers.img")], board=BOARD)
    found = subprocess.run([km.KUMIKI, "check", system], capture_output=True, text=True, timeout=km.HANGS, check=False)
    assert found.returncode == 1
    assert "this image's kernel drives a GICv3, and the board has a GICv2" in found.stderr


# Shows: boards.gicv2, guests.same-as-bare.
@pytest.mark.parametrize("where", ["bare", "partition"])
def test_an_active_interrupt_in_its_handler(where, record_guest):
    name = f"gicv2-active-{where}"
    if where == "bare":
        machine = km.bare(name, ACTIVE, machine="virt,gic-version=2", cpu="cortex-a57")
    else:
        machine = km.kumiki(name, km.description(name, [km.partition(
            "guest", cores=0x1, memory="16M as 0x40000000", image=ACTIVE)], board=BOARD))
    with machine:
        judge(machine, record_guest)
