"""What the frame does as the last: it has the machine reset, and the next start tells why."""

import re
import struct

import pytest

import kumiki_machine as km

import frame_probe
import gdbstub
from frame_crash import ELF, LONG_AGO, WILD, shared_word, stop_in
from test_frame_recovery import beating, begin
from test_power import operate
from witness import BEAT

NAMES = ["one", "two"]
REPORT = r"^kumiki: core 0: the frame itself failed \(vector 4\)\n(?:.*\n)+?" \
         r"kumiki: this is an error of the frame, not of a guest\n"
TOLD = r"^kumiki: before the reset the frame said:\n((?:.*\n)+?)kumiki: end of what it said\n"


def words_at(probe, field):
    return shared_word(probe, gdbstub.offsets(ELF, [f"struct shared.last_words.{field}"])[f"shared.last_words.{field}"])


@pytest.fixture
def resets(tmp_path, request):
    name = re.sub(r"\W+", "-", request.node.name)
    path = km.description(name, [beating("one", 0x1), beating("two", 0x2)])
    path.write_text(path.read_text().replace("/ {", "/ {\n\tkumiki,reset-at-failure;", 1))
    command = km.command_of(path, tmp_path / "system.img", frame_probe.arguments(tmp_path / "probe", stopped=True))
    with km.Machine(name, [word for word in command if word != "-no-reboot"]) as running, \
            frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        yield running, probe


def fail_for_good(probe):
    """The frame fails while it recovers."""
    stop_in(probe, "uart_write", core=0)
    probe.set_register("x0", WILD)
    stop_in(probe, "recover_adopt", core=0)
    probe.set_register("pc", WILD)


# Shows: frame.resets.
def test_the_machine_is_reset(resets):
    """It has run for long. All partitions begin anew, and the start says what the frame said."""
    running, probe = resets
    probe.core(0)
    probe.write(words_at(probe, "began"), LONG_AGO)
    fail_for_good(probe)
    probe.resume()
    report = running.expect(REPORT, 60)[0]
    running.expect(r"^kumiki: the machine is reset\n", 30)
    assert running.expect(TOLD, 60)[1].strip() == f"{report}kumiki: the machine is reset"
    for second in 1, 2:
        running.expect_all([rf"\[{name}\] heartbeat: {second} s, " for name in NAMES], 60)
    assert set(re.findall(BEAT, running.whole)) == {"0"}
    operate(running)
    for name in NAMES:
        running.send(f"log {name} 0\r")
        for line in "no crash report", "before the machine was reset:", "  \\| heartbeat: 1 s, .*":
            running.expect(rf"^\[kumiki\] {line}\n", 60)


# Shows: frame.resets.
def test_not_in_its_first_minute(resets):
    """A machine that fails each time isn't reset for ever."""
    running, probe = resets
    fail_for_good(probe)
    probe.resume()
    running.expect(REPORT, 60)
    running.expect(r"^kumiki: the machine stops here$", 30)
    running.wait_end(30)


# Shows: frame.resets.
@pytest.mark.parametrize("field, value", [("magic", 0), ("size", 99999), ("crc", 1)])
def test_memory_forgets(resets, field, value):
    """The words aren't whole any more: nothing is told, and the machine starts as ever."""
    running, probe = resets
    probe.core(0)
    probe.write(words_at(probe, "began"), LONG_AGO)
    place = words_at(probe, field)
    fail_for_good(probe)
    stop_in(probe, "firmware_reset")
    probe.write(place, struct.pack("<Q" if field == "magic" else "<I", value))
    probe.resume()
    running.expect_all([rf"\[{name}\] heartbeat: 1 s, " for name in NAMES], 60)
    assert "before the reset" not in running.whole
