"""The guests on the bare machine: their output there is the measure for their output under Kumiki."""

import kumiki_machine as km
import pytest


@pytest.mark.long
@pytest.mark.parametrize("kernel", ["linux", "linux-rt"])
def test_linux_reaches_its_init(kernel):
    with km.bare(f"bare-{kernel}", km.IMAGE[kernel], cpus=2, memory="512M", initrd=km.INITRD,
                 append="console=ttyAMA0 stamp kumiki.run=tests kumiki.cpus=2 kumiki.hotplug=2") as machine:
        machine.expect(r"^stamp init \d+$", 60)
        machine.expect(r"^tests: \d+ passed, 0 failed$", 60)
        machine.wait_end(20)


@pytest.mark.parametrize("mode", km.MODES)
def test_heartbeat_beats(mode, request):
    with km.bare(request.node.name, km.HEARTBEAT, mode=km.MODES[mode]) as machine:
        machine.expect(r"^heartbeat: 1 s, \d+ ticks, 0 lost", 20)
        machine.expect(r"^heartbeat: 2 s, \d+ ticks, 0 lost", 20)


def test_heartbeat_is_exact_under_icount():
    """With an instruction a nanosecond, each tick is handled within 64 ns."""
    with km.bare("bare-heartbeat-exact", km.HEARTBEAT) as machine:
        match = machine.expect(
            r"^heartbeat: 3 s, 3000 ticks, 0 lost, 0 late, .* worst (\d+) ns", 20)
    assert int(match.group(1)) <= 64
