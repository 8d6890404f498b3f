"""A service that loops is noticed, and begins a new run (docs/proof/failures.md). The loop is put into the running machine
through QEMU's gdbstub."""

import kumiki_machine as km
import pytest

import frame_probe
import frame_tables as ft
from frame_crash import stop_in, symbol
from service_damage import nearly_noticed
from test_frame_hang import LOOP, go_on, machine
from test_frame_recovery import beating, begin
from test_power import answer, operate

TEXT = ft.constants("include/kumiki/service.h")["SERVICE_TEXT"]
NAMES = ["alone", "one"]
SHARED = "kumiki,shared-cores;"
# {service: (a function that it comes to, the console's words)}
LOOPS = {"console": ("console_turn", r"the console service failed and was started again: it looped at pc"),
         "warden": ("warden_turn", r"the warden failed and was started again: it looped at pc"),
         "loader": ("loader_run", r"again: .*: the loader that lays out its images failed: it looped")}


def again(name, *more):
    """For the loader: the partitions that it starts again and again."""
    more = *more, SHARED, "kumiki,restart-delay = <0>;", "kumiki,restart-limit = <1000000 60>;"
    return [km.partition("again", cores=2, memory="1M as 0x40000000", image=km.GUESTS / "bad-again.bin", more=more)] * (name == "loader")


def come(probe, name, place):
    """Runs until the service comes to a place. Another service may have a function at the same address."""
    image = physical_of(probe, symbol(f"service_{name}_image"))
    while True:
        stop_in(probe, place, elf=km.SERVICES[name])
        if ft.stage2_view(probe, probe.register("VTTBR_EL2") & (1 << 48) - 1).at(TEXT, 4)[0].pa == image:
            return


def physical_of(probe, at):
    page, = ft.el2_view(probe).at(at, 4)
    return page.pa + at - page.at


def loop(probe, name):
    """Lets the service loop, at an instruction in the unused rest of its last page."""
    at = symbol(f"service_{name}_end") - len(LOOP)
    probe.write(physical_of(probe, at), LOOP)
    probe.set_register("pc", TEXT + at - symbol(f"service_{name}_image"))


# Shows: services.loop.
@pytest.mark.long
@pytest.mark.parametrize("name", LOOPS)
def test_it_loops(name, tmp_path):
    """The service comes back, and guests don't notice. A request keeps it at work. The frame's count of looks is set to
    nearly half a minute."""
    place, said = LOOPS[name]
    parts = [beating("alone", 1), beating("one", 2, SHARED), *again(name)]
    with machine(f"service-hang-{name}", parts, tmp_path) as running, frame_probe.Probe(tmp_path / "probe") as probe:
        begin(running, probe, NAMES)
        running.send("\x1dcpower\r")
        come(probe, name, place)
        loop(probe, name)
        nearly_noticed(probe)
        probe.resume()
        running.expect(said, 60)
        if name == "loader":
            running.expect(r"again: life \d+", 60)
        operate(running)
        answer(running, "power", "power: performance")
        go_on(running, NAMES)
