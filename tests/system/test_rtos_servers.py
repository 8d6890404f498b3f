"""The RTOS's programs. A server faults, exits, hangs and kills by its calls, and its client judges the outcome. The console
works by its driver's interrupts. One image, on the bare machine and as a partition (tests/rtos/servers)."""

import re

import kumiki_machine as km
import pytest
from test_guests import judge

IMAGE = km.RTOS / "servers.img"


SYSTEM = km.RTOS / "shell.img"
# The goal for a driver's restart, in counted instructions.
RESTART_MOST = 200_000
ROUNDS = 1000  # as in judge.c
# `make test` has four CPUs that take turns on the bare machine; soak has them in a partition.
WAYS_OF_PARTITION = [pytest.param(*way, marks=[pytest.mark.long] * (way == ("icount", 4))) for way in km.WAYS_TURNS]


def follow(machine, record_guest, counted):
    """There are a thousand faults, and no request fails. Each fault costs its client a bounded time."""
    machine.expect("judge: type a line", 60)
    machine.send("a line\r")
    machine.expect("judge: read 'a line'", 10)
    judge(machine, record_guest)
    text = machine.text
    for what in ("a fault costs its client", "a new console driver has written after"):
        worst = int(re.search(what + r" at most (\d+) ns", text).group(1))
        assert 0 < worst <= RESTART_MOST or not counted, (what, worst)
    assert text.count("victim faulted: syndrome 0x92000047, address 0x10") == 3 + 3 + 1 + ROUNDS
    for once in ("exited with 7", "hangs", "doesn't answer", "runs away", "broke a rule: status 0x11, call 0x5",
                 "broke a rule: status 0x14, call 0x30"):
        # If the host's pauses are the machine's, too, a healthy program may seem to hang. No other end is noticed then.
        assert text.count(f"victim {once}") == 1 or (not counted and text.count("victim hangs") > 0), once
    assert "couldn't be started" not in text
    # No other program has failed before the console's manager restarts the console.
    failed = set(re.findall(r"supervisor: (?!crash )(\S+) (?!was killed|is stopped)", text[:text.index("judge: still there")]))
    assert failed == {"victim"} or not counted, failed
    assert "init: the supervisor" not in text or not counted
    machine.expect("judge is stopped", 10)


# Shows: kernel.blame, rtos.rights, rtos.restart.
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), km.WAYS_TURNS)
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-servers-bare-{mode}-{cpus}", IMAGE, cpus=cpus, mode=km.MODES[mode]) as machine:
        follow(machine, record_guest, mode == "icount")


# Shows: kernel.blame, rtos.rights, rtos.restart.
@pytest.mark.talk
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), WAYS_OF_PARTITION)
def test_partition(mode, cpus, record_guest):
    name = f"rtos-servers-partition-{mode}-{cpus}"
    system = km.rtos_description(name, IMAGE, min(cpus, km.CORES))
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        # Each fault's report goes through the frame's console on the same core, so times aren't judged.
        follow(machine, record_guest, False)


# Shows: rtos.asked.
def test_asked_without_end(record_guest):
    """Requests to the supervisor take no time from more urgent programs. The supervisor's own work is done meanwhile
    (tests/rtos/urgency). Instructions are counted, because a busy host takes more from a CPU than any program here."""
    with km.bare("rtos-urgency-bare", km.RTOS / "urgency.img", cpus=4) as machine:
        judge(machine, record_guest)


# Shows: rtos.share.
@pytest.mark.boards_long
def test_a_server_that_loops():
    """A looping server is ended although its manifest sets no limit. A program that nobody calls may compute, and so may a
    server whose manifest allows it. Instructions are counted, with fewer per second than elsewhere."""
    slow = [option.replace("shift=0", "shift=4") for option in km.ICOUNT]
    with km.bare("rtos-loops-bare", km.RTOS / "loops.img", cpus=2, mode=slow) as machine:
        machine.expect("supervisor: loops runs away", 60)
        machine.expect("supervisor: silent hangs", 60)
        assert machine.text.count("runs away") == 1


# Shows: rtos.asked.
@pytest.mark.boards_long
def test_asked_without_end_by_a_more_urgent_program():
    """A more urgent asker keeps the supervisor's watch from running. The watch's work is done with each request. So init
    finds the supervisor well, and a hung program is noticed. Instructions are counted, with fewer per second than
    elsewhere."""
    slow = [option.replace("shift=0", "shift=4") for option in km.ICOUNT]
    with km.bare("rtos-insists-bare", km.RTOS / "insists.img", mode=slow) as machine:
        for _ in range(6):
            machine.expect("supervisor: silent hangs", 60)
        assert "init: " not in machine.text


# Shows: rtos.asked.
@pytest.mark.boards_long
def test_an_asker_ends_before_its_request_is_done():
    """The request goes on at once, beside a program that computes and is more urgent than the asker. At the asker's end the
    supervisor's watch calls, and lends its priority. The asker asks a little earlier each time, so that some starts are done
    before it ends."""
    with km.bare("rtos-leaves-bare", km.RTOS / "leaves.img") as machine:
        machine.expect(r"started exited with \d+$", 60)  # at the machine's start, without a request
        late = [int(machine.expect(r"started exited with (\d+)$", 60)[1]) for _ in range(14)]
        assert all(began < 200 or began > 19800 for began in late), late
        assert sum(began < 200 for began in late) >= 5, late


@pytest.mark.every_board
def test_servers_that_lie():
    """A server claims answers that are too long. The shell shows the real part, and goes on."""
    with km.bare("rtos-liar-bare", km.RTOS / "liar.img") as machine:
        machine.expect(r"\$ ", 20)
        for command, length in (("log", 48), ("ls", 47)):  # a name has its end
            machine.send(command + "\r")
            machine.expect(rf"{command}$", 20)
            shown = machine.expect(r"(?s).*?(?=^\$ )", 20)[0]
            assert [len(text) for text in re.findall("L+|F+", shown)] == [length] * 2, shown
        machine.send("ps\r")
        machine.expect(r"shell +runs +1 +0", 20)
    assert "faulted" not in machine.text


def follow_shell(machine):
    """Tries each command once. The console's driver is restarted while the shell uses it."""
    machine.expect(r"\$ ", 20)
    machine.send("pz\x7fs\r")
    machine.expect(r"console +runs +1 +0", 10)
    machine.expect(r"shell +runs +1 +0", 10)
    # The second command is typed while the first one restarts the driver that takes it.
    machine.send("restart console\rps\r")
    machine.expect(r"console +runs +2 +0", 10)
    machine.send("stop shell\r")
    machine.expect("doesn't let the shell manage", 10)
    machine.send("restart nobody\r")
    machine.expect("there is no such program", 10)
    machine.send("mem\r")
    machine.expect(r"\d+ KiB of \d+ KiB that no program has", 10)
    machine.send("time\r")
    machine.expect(r"runs for \d+ ms", 10)
    machine.send("what\r")
    machine.expect("there is no such command", 10)


@pytest.mark.every_board
def test_shell_bare():
    with km.bare("rtos-shell-bare", SYSTEM, memory="8M") as machine:
        follow_shell(machine)


@pytest.mark.every_board
def test_shell_partition():
    system = km.rtos_description("rtos-shell", SYSTEM, memory="8M")
    with km.kumiki("rtos-shell-partition", system) as machine:
        follow_shell(machine)


def test_boot_to_prompt():
    """From the machine's first instruction until the shell waits for input. Then the least urgent program runs
    (tests/rtos/boot)."""
    with km.bare("rtos-boot", km.BUILD / "rtos/boot.img") as machine:
        took = int(machine.expect(r"FIGURE rtos\.boot\.shell (\d+)\r?\n", 20).group(1))
        assert machine.text.index("$ ") < machine.text.index("FIGURE")
        machine.send("time\r")
        machine.expect(r"runs for \d+ ms", 10)
    assert 0 < took <= 1_000_000, took
