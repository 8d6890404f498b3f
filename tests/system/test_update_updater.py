"""The updater fails in the middle of a package: the sender is told, and sends it once more. What fails it is done through QEMU's
gdbstub."""

import subprocess

import kumiki_machine as km
import pytest

import frame_probe
from frame_crash import symbol
from service_damage import nearly_noticed
from sessions import reachable
from test_frame_text import UNDEFINED
from test_service_hang import come, loop, physical_of
from test_update import describe_lower, make_key, signed, still_runs, update
from frame_swap import OTHER

LOST = "the updater failed meanwhile, and was started again: begin once more"


@pytest.fixture(name="place")
def made(tmp_path):
    make_key(tmp_path, "key")
    return tmp_path


def kill(probe):
    probe.set_register("pc", 8)


def damage(probe):
    """What it executes next, for good."""
    start = symbol("service_start", km.BUILD / "service/updater.elf")
    probe.write(physical_of(probe, probe.register("pc") - start + symbol("service_updater_image")), UNDEFINED)


def loops(probe):
    loop(probe, "updater")
    nearly_noticed(probe)


# Shows: frame.updater.
@pytest.mark.talk
@pytest.mark.parametrize("fails", [kill, *(pytest.param(fails, marks=pytest.mark.long) for fails in (damage, loops))])
def test_it_fails(place, fails):
    name = f"update-updater-{fails.__name__}"
    path = describe_lower(place / "key.pub.pem")
    with km.kumiki(name, path, links=[place / "link"], extra=frame_probe.arguments(place / "probe")):
        reachable(place / "link")
        image = signed(place, place, OTHER.with_suffix(".img"))
        still_runs(place)
        with frame_probe.Probe(place / "probe") as probe:
            sender = subprocess.Popen([km.KUMIKI, "update", place / "link", image], stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True)
            come(probe, "updater", "package_piece")
            fails(probe)
            probe.detach()
        said = sender.communicate(timeout=km.HANGS)[0]
        assert sender.returncode == 1 and LOST in said, said
        still_runs(place)
        assert f"the frame was replaced: {km.VERSION} by other; " in update(place, image)
        still_runs(place)
