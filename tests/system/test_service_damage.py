"""Console, warden and loader are killed and damaged while they work (service_damage.py). `make test` has one place of each;
`make soak` has all, and shows the classes."""

import pytest

import campaign
from service_damage import FATES, SEEDS, SERVICES, Served, Service

# {service: (a place to which it comes by itself when cores may go off, the fate of an end there)}
SAMPLE = {"console": ("console_turn", "came back"), "warden": ("power_pump", "came back"),
          "loader": ("loader_run", "request or start lost")}
HARMED, SILENT, NEVER = FATES[:3]
LONG = 200  # reports of `trapped` until the warden looks again
KINDS = ("kill", "register", "pc", "data", "text", "kill")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with campaign.Shared(lambda: Served("service-damage-some", tmp_path_factory.mktemp("served"))) as shared:
        yield shared


# Shows: services.damage.
@pytest.mark.parametrize("name", SERVICES)
def test_some(name, served):
    """The damages come one after the other on one machine. Nobody is harmed, and a killed service comes back."""
    place, wanted = SAMPLE[name]
    with served.case() as machine:
        machine.begin("power powersave")
        machine.rest()
        fates = []
        for seed, kind in enumerate(KINDS):
            machine.begin("")
            assert machine.stand(name, machine.of[name][place], 30, LONG)
            damage = machine.damage(kind, name, Service(name).dice(seed))
            fates.append(machine.judge_damage("", kind, damage))
            print(kind, damage, fates[-1])
    classes = [fate for fate, _ in fates]
    assert classes[0] == classes[-1] == wanted and HARMED not in classes, fates


# Shows: services.loader.
@pytest.mark.long
def test_a_restart_ends_a_loader_that_loops(served):
    with served.case() as machine:
        assert machine.stand("loader", machine.of["loader"]["loader_run"], 30)
        machine.damage("loop", "loader", None)
        assert machine.judge_damage("")[0] == "never back"
        lives = machine.lives()
        assert machine.ask("restart again", "again ") and machine.lives() > lives


# Shows: services.damage.
@pytest.mark.long
@pytest.mark.parametrize("name", SERVICES)
def test_many(name):
    """Each service comes back."""
    service = Service(name).open()
    rows = service.go_on(range(SEEDS))
    print(campaign.show(service, rows))
    assert not any(row["class"] in (HARMED, NEVER) for row in rows)
    assert 20 * sum(row["class"] == SILENT for row in rows) <= len(rows) # 1 of 120 was
