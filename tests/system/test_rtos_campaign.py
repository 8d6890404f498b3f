"""Faults in running servers of the RTOS, and its supervisor ended at random instructions, while clients do
work that is checked (docs/rtos/recovery.md).

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
    """No machine is lost, at most so many answers are wrong, nothing leaks; and of the faults that had an effect,
    clients see at most so large a part. What damages nothing, but ends somebody, they never see."""
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
    """The same work, and its stops: nothing is ever started anew, nothing is wrong, nothing leaks."""
    run = servers.run(1, 100, ("control",), target)
    assert total([run]) == {"no effect": 100}
    assert run["leaked"] == [[0, 0]]


# Shows: rtos.supervisor.
@pytest.mark.long
def test_supervisor_ends():
    """Wherever the supervisor is when it ends, in the middle of a restart most often: no call fails, nothing
    leaks, and what it was doing is done."""
    run = servers.run(1, 150, ("supervisor",))
    assert total([run]) == {"repaired unseen": 150}, run["faults"]
    assert run["leaked"] == [[0, 0]]
    assert sum("at work" in fault["what"] for fault in run["faults"]) > 50


# Shows: rtos.init.
@pytest.mark.long
@pytest.mark.parametrize("kind", ["both", "both-text"])
def test_init_ends(kind):
    """Together with the supervisor, again and again: the kernel begins it anew, and it goes on with whatever supervisor it
    finds. The clients see nothing of it."""
    done = servers.Run(1, 60, (kind,), "worker")
    run = done.go()
    assert total([run]) == {"repaired unseen": 60}, run["faults"]
    assert run["leaked"] == [[0, 0]]
    assert sum(text.count("kumiki-rtos: program 0 faulted") for text in done.texts) > 40
    # Which of the two ends first depends on whether the supervisor had something to do.
    assert 10 < sum("at work" in fault["what"] for fault in run["faults"]) < 50


# Shows: rtos.files.
@pytest.mark.long
def test_files_of_a_server_that_ends():
    """The RAM file system's server, or its supervisor, ended at any instruction, or going nowhere from there until that is
    noticed: each file has what was written last."""
    run = servers.run(1, 150, ("kill", "crash", "stall", "supervisor"), "ramfs")
    assert total([run]) == {"repaired unseen": 150}, run["faults"]
    assert run["leaked"] == [[0, 0]]


@pytest.mark.long
def test_files_of_a_damaged_server():
    """What it trusts in its text and memory may be wrong then, which its clients see: by a status, by their files'
    sums, or (one in some 3,000) by an old block. It goes on all the same. Words of calls that were damaged are none of
    that: what comes of them is looked at twice. Some 95 of these faults have an effect: too few to show 1 %, which
    campaigns do."""
    run = servers.run(1, servers.RUN, servers.FILES_KINDS, "ramfs")
    bound([run], 0.03, wrong_most=1)


# Shows: rtos.file-lies.
@pytest.mark.long
@pytest.mark.parametrize(("kind", "least"), [*((kind, 26) for kind in servers.LIES), ("misplaces", 21)])
def test_files_of_a_server_that_lies(kind, least):
    """Its text is damaged so that it refuses each call, does nothing and says that it did, or writes to another place: it sees
    that itself, and the next one does it."""
    run = servers.run(1, 40, (kind,), "ramfs")
    assert set(total([run])) <= {"repaired unseen", "no effect"}, run["faults"]
    assert total([run])["repaired unseen"] >= least, run["faults"]
    assert run["leaked"] == [[0, 0]]


# Shows: rtos.file-lies.
@pytest.mark.long
def test_damaged_answers_of_files():
    """A word of an answer of the file server's changes before its client sees it: the client asks again."""
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
