"""Faults in running servers of the RTOS, and ends of its supervisor at random instructions, while clients check their work
(docs/rtos/recovery.md).

Shows: rtos.faults.
"""

import concurrent.futures

import campaign
import pytest
import server_campaign as servers

RUNS = 8  # of 250 faults each: 50 s on two cores


def total(runs):
    return campaign.counted(runs)["all"]


def bound(runs, seen_most, wrong_most=0):
    """No machine is lost, the number of wrong answers has a bound, and nothing leaks. Clients see at most a share of the
    faults with an effect. A fault that damages nothing but ends a program is never seen by clients."""
    counts = total(runs)
    faults = campaign.faults(runs)
    seen = [fault for fault in faults if fault["class"] in servers.CLASSES[:3]]
    print(campaign.show(servers.Servers("worker"), runs))
    assert counts["machine lost"] == 0, seen
    assert counts["wrong data"] <= wrong_most, seen
    assert len(seen) <= seen_most * (len(seen) + counts["repaired unseen"]), seen
    assert {fault["class"] for fault in faults if fault["kind"] in ("kill", "supervisor")} == {"repaired unseen"}, seen
    assert all(leaked == [0, 0] for run in runs for leaked in run["leaked"])


# Shows: rtos.no-faults.
@pytest.mark.long
@pytest.mark.parametrize("target", servers.TARGETS)
def test_without_faults(target):
    """The same work with stops but without faults. No program is restarted, nothing is wrong, and nothing leaks."""
    run = servers.run(1, 100, ("control",), target)
    assert total([run]) == {"no effect": 100}
    assert run["leaked"] == [[0, 0]]


# Shows: rtos.supervisor.
@pytest.mark.long
def test_supervisor_ends():
    """The supervisor ends at any place, mostly in the middle of a restart. No call fails, nothing leaks, and its open work
    is done."""
    run = servers.run(1, 150, ("supervisor",))
    assert total([run]) == {"repaired unseen": 150}, run["faults"]
    assert run["leaked"] == [[0, 0]]
    assert sum("at work" in fault["what"] for fault in run["faults"]) > 50


# Shows: rtos.init.
@pytest.mark.long
@pytest.mark.parametrize("kind", ["both", "both-text"])
def test_init_ends(kind):
    """init ends together with the supervisor, again and again. The kernel restarts init, and init goes on with the
    supervisor that it finds. The clients see nothing of it."""
    done = servers.Run(1, 60, (kind,), "worker")
    run = done.go()
    assert total([run]) == {"repaired unseen": 60}, run["faults"]
    assert run["leaked"] == [[0, 0]]
    assert sum(text.count("kumiki-rtos: program 0 faulted") for text in done.texts) > 40
    # The supervisor ends first if it had something to do.
    assert 10 < sum("at work" in fault["what"] for fault in run["faults"]) < 50


# Shows: rtos.files.
@pytest.mark.long
def test_files_of_a_server_that_ends():
    """The RAM file system's server or its supervisor ends at any instruction, or hangs there until that is noticed. Each
    file has its last written data."""
    run = servers.run(1, 150, ("kill", "crash", "stall", "supervisor"), "ramfs")
    assert total([run]) == {"repaired unseen": 150}, run["faults"]
    assert run["leaked"] == [[0, 0]]


@pytest.mark.long
def test_files_of_a_damaged_server():
    """Damage may be in text and memory that the server trusts. Its clients may see that: as a status, by their files' sums,
    or (one in some 3,000) as an old block. The server goes on all the same. Damaged words of calls aren't among the effects,
    because their results are checked twice. Some 95 of these faults have an effect: campaigns have enough to show 1 %."""
    run = servers.run(1, servers.RUN, servers.FILES_KINDS, "ramfs")
    bound([run], 0.03, wrong_most=1)


# Shows: rtos.file-lies.
@pytest.mark.long
@pytest.mark.parametrize(("kind", "least"), [*((kind, 26) for kind in servers.LIES), ("misplaces", 21)])
def test_files_of_a_server_that_lies(kind, least):
    """Damaged text lets the server refuse each call, do nothing and claim success, or write to a wrong place. The server
    finds this itself, and its next life carries out the call."""
    run = servers.run(1, 40, (kind,), "ramfs")
    assert set(total([run])) <= {"repaired unseen", "no effect"}, run["faults"]
    assert total([run])["repaired unseen"] >= least, run["faults"]
    assert run["leaked"] == [[0, 0]]


# Shows: rtos.file-lies.
@pytest.mark.long
def test_damaged_answers_of_files():
    """A word of the file server's answer changes before the client sees it. The client asks again."""
    run = servers.run(1, 100, ("answer",), "ramfs")
    assert total([run]) == {"no effect": 100}, run["faults"]
    assert run["leaked"] == [[0, 0]]


# Shows: rtos.seen.
@pytest.mark.long
def test_faults():
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(servers.run, range(1, RUNS + 1)))
    bound(runs, 0.01)
    assert sum(total(runs).values()) == RUNS * servers.RUN
