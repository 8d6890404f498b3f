"""The board's own watchdog: the frame feeds it while all cores get on, and else it resets the machine. QEMU has the i.MX 8M
Plus's, and keeps no reason of a reset in its status register."""

import re

import frame_probe
import kumiki_machine as km
import pytest
from frame_crash import patch, stop_in, symbol

LOOP = bytes.fromhex("df4203d5" "00000014")  # masks interrupts, then a branch to itself: the core's own timer doesn't tell
RETURN = bytes.fromhex("c0035fd6")
BEGUN = r"^kumiki: watchdog-\w+: 1 partition on 1 core"
SYSTEM = """/dts-v1/;
/include/ "imx8mp-evk.dtsi"
/ {{ domains {{ heartbeat {{
	compatible = "openamp,domain-v1";
	cpus = <&cpus 0x1>;
	kumiki,memory = "1M as 0x80000000";
	kumiki,image = "{image}";
	kumiki,console;
	{more}
}}; }}; }};
"""


def described(name, more=""):
    path = km.TESTS / f"watchdog-{name}.dts"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SYSTEM.format(image=km.BUILD / "guests/imx8mp-evk/heartbeat.bin", more=more))
    return path


def machine(name, folder, *, threads=False):
    """Its QEMU lets a reset happen. A core that loops takes the longer the more is counted."""
    command = km.command_of(described(name), folder / "system.img", frame_probe.arguments(folder / "probe", stopped=True))
    left_out = {command.index("-icount"), command.index("-icount") + 1} if threads else set()
    return km.Machine(f"watchdog-{name}", [word for at, word in enumerate(command) if word != "-no-reboot" and at not in left_out])


# Shows: boards.watchdog.
@pytest.mark.race
@pytest.mark.new_qemu
def test_a_core_that_gets_nowhere_ends_in_a_reset(tmp_path):
    """The only core: no other one can bring it to rest. Before that it is fed for longer than the watchdog's ten seconds."""
    with machine("hangs", tmp_path, threads=True) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        running.expect(r"^\[heartbeat\] heartbeat: 12 s, \d+ ticks, 0 lost", 60)
        assert len(re.findall(BEGUN, running.whole, re.M)) == 1
        probe.stop()
        stop_in(probe, "timer_interrupt")
        patch(probe, symbol("timer_interrupt"), None, LOOP)
        probe.resume()
        running.expect(BEGUN, 60)
        running.expect(r"^\[heartbeat\] heartbeat: 2 s, \d+ ticks, 0 lost", 60)


# Shows: boards.watchdog.
@pytest.mark.new_qemu
def test_without_a_feeder_the_watchdog_bites(tmp_path):
    """So the test above would see it if the frame didn't feed: here it feeds nothing."""
    with machine("unfed", tmp_path) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        probe.resume()
        running.expect(r"^\[heartbeat\] heartbeat: 1 s", 60)
        probe.stop()
        stop_in(probe, "watchdog_feed")
        patch(probe, symbol("watchdog_feed"), None, RETURN)
        probe.resume()
        running.expect(BEGUN, 60)


# Shows: boards.watchdog.
@pytest.mark.new_qemu
def test_a_partition_that_has_it_feeds_it_itself():
    """The frame leaves it alone then."""
    path = described("given", "access = <&watchdog0>; kumiki,no-restart;")
    path.write_text(f"{path.read_text()}&watchdog0 {{ /delete-property/ clocks; /delete-property/ pinctrl-0; }};\n")
    with km.kumiki("watchdog-given", path) as running:
        running.expect(r"^\[heartbeat\] heartbeat: 12 s, \d+ ticks, 0 lost", 60)
