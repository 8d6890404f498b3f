"""The text of a running service is damaged. The service fails there, and the frame restores its text before the next run
(docs/proof/recovery.md). A write of QEMU's gdbstub stands for a flipped bit."""

import kumiki_machine as km
import physical
import pytest

import frame_probe
from frame_crash import functions, symbol
from test_channel_entropy import draw, load, system, type_at
from test_frame_hang import go_on, machine
from test_frame_recovery import SAID, beating, begin, seconds
from test_frame_text import ANEW as TEXT_ANEW, LOOKERS, lookers  # noqa: F401
from test_power import answer, operate
from test_service_hang import NAMES, SHARED, again, come, physical_of

PAGE = 4096
LOOKED = 180  # seconds: as there are pieces; each second look is at one of them
UNDEFINED = bytes(4)  # UDF #0
ANEW, LOST = "its text was damaged, and was made anew", "its text is damaged, and can't be made anew"
FAILED = r"failed and was started again: syndrome 0x\w+, address 0x\w+, pc 0x(\w+); "
# {service: (a function that it comes to, the console's words)}
STAYS = 'kumiki,on-crash = "stop";'
PLACES = {"console": ("console_turn", f"the console service {FAILED}"), "warden": ("warden_turn", f"the warden {FAILED}"),
          "loader": ("loader_run", "again: .*: the loader that lays out its images failed; ")}


def start(name, folder, *more):
    return machine(f"service-text-{name}", [beating("alone", 1), beating("one", 2, SHARED), *more], folder)


def reach(probe, name, place):
    """Runs until the service stands at a place. Returns the physical address of this instruction in its image."""
    come(probe, name, place)
    at = probe.register("pc") - symbol("service_start", km.SERVICES[name])
    return physical_of(probe, at + symbol(f"service_{name}_image"))


# Shows: services.text.
@pytest.mark.long
@pytest.mark.parametrize("name", PLACES)
def test_it_fails_there(name, tmp_path):
    """The service comes back with its text restored. Guests don't notice."""
    place, said = PLACES[name]
    with start(name, tmp_path, *again(name, STAYS)) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        running.send("\x1dcpower\r")
        image = reach(probe, name, place)
        old = probe.read(image, 4)
        probe.write(image, UNDEFINED)
        probe.resume()
        running.expect(said + ANEW, 60)
        operate(running)
        if name == "loader":
            answer(running, "start again", "again ")
            running.expect(r"again: life \d+", 60)
        answer(running, "power", "power: performance")
        go_on(running, NAMES)
        probe.stop()
        assert probe.read(image, 4) == old
        assert running.whole.count("its text") == 1


# Shows: services.text.
@pytest.mark.long
def test_a_broker_fails_there(tmp_path):
    """Two brokers share their text, and one of them fails."""
    name = "service-text-broker"
    qemu = [*physical.options(tmp_path / "probe"), *frame_probe.IDLE_AS_THE_HOST]
    with km.kumiki(name, system(name), extra=qemu, mode=km.TALK) as running:
        running.expect_all([rf"^\[{side}\] kumiki-init: up" for side in ("left", "right")], 120)
        load(running, 1, "left")
        type_at(running, 1, "while head -c 64 /dev/hwrng >/dev/null; do :; done &")
        with frame_probe.Probe(tmp_path / "probe") as probe:
            image = reach(probe, "broker", "receive_deliver")
            old = probe.read(image, 4)
            probe.write(image, UNDEFINED)
            probe.detach()
        running.expect(f"the broker on left-dice {FAILED}{ANEW}", 60)
        assert draw(running, 1, "left") != draw(running, 1, "left")
        with frame_probe.Probe(tmp_path / "probe") as probe:
            assert probe.read(image, 4) == old


# Shows: services.text.
@pytest.mark.long
def test_two_at_one_place_stay(tmp_path):
    """The text is damaged at one place, and at the same place of the next page. The frame can't restore that, and reports
    it."""
    place, said = PLACES["warden"]
    with start("two", tmp_path) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        running.send("\x1dcpower\r")
        image = reach(probe, "warden", place)
        probe.write(image, UNDEFINED)
        probe.write(image + PAGE, bytes(byte ^ 0x10 for byte in probe.read(image + PAGE, 4)))
        probe.resume()
        running.expect(said + LOST, 60)
        go_on(running, NAMES)


# Shows: services.text.
@pytest.mark.long
def test_a_look_finds_it(lookers):  # noqa: F811
    """Damage in text that no service executes. A core that checks the text crashes, and the recovery restores the text."""
    running, probe = lookers
    begin(running, probe, LOOKERS)
    at = symbol("service_updater_image") + PAGE
    image = physical_of(probe, at)
    old = probe.read(image, 4)
    probe.write(image, UNDEFINED)
    probe.resume()
    match = running.expect(SAID, 2 * LOOKED)
    assert "hang_look" in functions([int(match[5], 16) + 4])
    assert int(running.expect(TEXT_ANEW, 60)[1], 16) == at
    go_on(running, LOOKERS)
    probe.stop()
    assert probe.read(image, 4) == old
    assert seconds(running, "one")[-1] <= LOOKED
