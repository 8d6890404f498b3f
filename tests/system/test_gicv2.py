"""The first board with a GICv2: what can't run there is refused. What runs there is in tests marked gicv2."""

import subprocess

import kumiki_machine as km


# Shows: boards.gicv2.
def test_a_kernel_that_drives_a_gicv3_is_refused():
    system = km.description("gicv2-rtos", [km.partition(
        "rtos", cores=0x1, memory="16M as 0x40000000", image=km.BUILD / "rtos/servers.img")], board="qemu-virt-gicv2")
    found = subprocess.run([km.KUMIKI, "check", system], capture_output=True, text=True, timeout=km.HANGS, check=False)
    assert found.returncode == 1
    assert "this image's kernel drives a GICv3, and the board has a GICv2" in found.stderr
