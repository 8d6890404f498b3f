"""Fault campaigns of the RTOS (tests/rtos/campaign/README.md) in parts, for `make soak`, and a short campaign on a shipped
system. A part continues from the runs of its commit that exist already.

Shows: rtos.faults.
"""

import campaign
import pytest
import shipped_campaign
from campaigns import TARGETS
from test_rtos_campaign import bound

# The number of parts, and the faults in each.
PARTS = {"worker": (10, 5_000), "ramfs": (10, 5_000), "shipped": (40, 500), "kernel": (16, 1_000), "kernel-one": (8, 1_000)}
WORKERS = 2


def parts(*targets):
    return [pytest.param(target, part, id=f"{target}-{part}") for target in targets for part in range(PARTS[target][0])]


def seen(faults, classes, most):
    """These classes are at most this share of the faults with an effect."""
    effect = [fault for fault in faults if fault["class"] not in ("no effect", "not put in")]
    found = [fault for fault in effect if fault["class"] in classes]
    assert len(found) <= most * len(effect), found


def shipped(runs):
    faults = campaign.faults(runs)
    print(campaign.show(shipped_campaign.Shipped(), runs))
    assert not [fault for fault in faults if fault["class"] in ("machine lost", "synced data lost")], faults
    assert all(leaked == [0, 0] for run in runs for leaked in run["leaked"])
    return faults


def rows(target, part):
    """The rows of a part, from any run."""
    chosen = TARGETS[target]().open()
    return chosen.go_on(chosen.cases(PARTS[target][1], part), WORKERS)


# Shows: rtos.no-faults.
def test_shipped_without_faults():
    """Half a minute of the machine's time."""
    run = shipped_campaign.run(1, 2, ("control",))
    assert {fault["class"] for fault in shipped([run])} == {"no effect"}, run["faults"]


@pytest.mark.long
def test_shipped():
    """Some faults of each kind, in any server or driver."""
    run = shipped_campaign.run(2, 16)
    faults = shipped([run])
    assert sum(fault["class"] == "repaired unseen" for fault in faults) >= 3, faults


@pytest.mark.long
@pytest.mark.parametrize(("target", "part"), parts("worker", "ramfs"))
def test_server(target, part):
    bound(rows(target, part), *((0.01,) if target == "worker" else (0.03, 5)))


@pytest.mark.long
@pytest.mark.parametrize(("target", "part"), parts("shipped"))
def test_shipped_more(target, part):
    seen(shipped(rows(target, part)), shipped_campaign.CLASSES[:4], 0.01)


@pytest.mark.long
@pytest.mark.parametrize(("target", "part"), parts("kernel", "kernel-one"))
def test_kernel(target, part):
    faults = rows(target, part)
    print(campaign.show(TARGETS[target](), faults))
    seen(faults, ("hang", "silent"), 0.01)
