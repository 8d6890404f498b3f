"""What the keeper finds early on a running machine: a neighbour that takes a core away."""

import kumiki_machine as km
import pytest

import sessions
import witness
from test_page import opened, until

pytestmark = pytest.mark.talk

SPINNER = km.GUESTS / "time-share.bin"
VICTIM, HOG = "victim", "hog"


def spinner(name, priority, *more):
    """A system that computes all the time, on the second core."""
    return km.partition(name, cores=0x2, memory="1M as 0x40000000", image=SPINNER,
                        more=("kumiki,shared-cores;", f"kumiki,priority = <{priority}>;", *more))


# Shows: operator.found-starved.
@pytest.mark.long
def test_a_neighbour_takes_the_core(tmp_path):
    """The urgent of two starts and takes the whole core: after four minutes the page names both, until it has stopped."""
    link = tmp_path / "all"
    system = km.description("page-found", [witness.heartbeat(0), spinner(VICTIM, 100),
                                           spinner(HOG, 200, "kumiki,manual;")])
    with km.kumiki("page-found", system, mode=km.THREADS, links=[link]):
        sessions.reachable(link)
        with opened(link) as (keeper, _):
            events = keeper.events()
            until(events, "state", lambda now: "list" in now and now["list"]["partitions"][1]["state"] == "running")
            keeper.act("start", HOG)
            found = until(events, "found", lambda one: one["found"] == "starved")
            assert found["system"] == VICTIM and not found["over"]
            assert f"{VICTIM}.0 is starved: in the last 240 s it was ready for " in found["text"]
            assert f"as {HOG}.0 ran on core 1 for " in found["text"]
            wrong = keeper.ask("/api/state")["wrong"]
            assert [(one["system"], one["found"]) for one in wrong] == [(VICTIM, "starved")]
            metrics = keeper.request("GET", "/metrics").read().decode()
            assert '\nkumiki_found{found="starved"} 1\n' in metrics
            keeper.act("stop", HOG)
            assert until(events, "found", lambda one: one["over"])["system"] == VICTIM
            assert keeper.ask("/api/state")["wrong"] == []
