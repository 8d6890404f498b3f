"""The operator starts, stops, suspends and restarts systems from the command line, by hand and by script, and reads their
black boxes. Other systems go on."""

import re
import subprocess

import kumiki_machine as km
import pytest

import witness
from sessions import PROMPT, at_prompt, console, leave, linux, reachable, system

pytestmark = pytest.mark.talk

COMMANDS = r"^\[kumiki\] kumiki> $"
TICKS = "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done\r"
SPARE = witness.heartbeat(2, "spare")


def script(link, *lines):
    """Runs commands; returns the exit status and the answers."""
    options = [word for line in lines for word in ("--command", line)]
    done = subprocess.run([km.KUMIKI, "console", *options, link], timeout=km.HANGS, text=True,
                          capture_output=True)
    assert done.stderr == ""
    return done.returncode, done.stdout


def lost(text):
    """(seconds, lost) in the last line of each heartbeat."""
    beats = re.findall(r"heartbeat: (\d+) s, \d+ ticks, (\d+) lost", text)
    return int(beats[-1][0]), int(beats[-1][1])


@pytest.fixture(scope="module")
def link(tmp_path_factory):
    """A running system whose UART is a socket, with its Linux at the prompt."""
    path = tmp_path_factory.mktemp("operator") / "uart"
    with at_prompt("operator", path, system("operator", SPARE)):
        yield path


def state(link, name):
    _, answer = script(link, "list")
    return re.search(rf"^ \d  {name} +(\w+) +(\d+) ", answer, re.MULTILINE).groups()


@pytest.mark.every_board
def test_list_show_and_log(link):
    status, answer = script(link, "list", "show linux", "log linux 3", "help", "trace")
    assert status == 0
    assert re.search(r"^ 1  linux +running +\d+ +0 ", answer, re.MULTILINE)
    assert re.search(r"^ 2  heartbeat +running +\d+ +1 ", answer, re.MULTILINE)
    assert re.search(r"^  memory +256 MiB at 0x", answer, re.MULTILINE)
    assert "  | Enter 'help' for a list of built-in commands.\n" in answer
    assert re.search(r"^  [\d.]+ s +running +start \d", answer, re.MULTILINE)
    assert re.search(r"^core 1, before ", answer, re.MULTILINE)
    assert "restart NAME: starts it anew from its pristine images\n" in answer


# Shows: operator.commands.
@pytest.mark.every_board
def test_lives_by_script(link):
    """Each command ends once its order is carried out."""
    for name in ("spare", "linux"):
        starts = int(state(link, name)[1])
        assert script(link, f"suspend {name}") == (0, f"{name}: suspended\n")
        assert state(link, name) == ("suspended", str(starts))
        assert script(link, f"resume {name}") == (0, f"{name}: running\n")
        assert script(link, f"restart {name}") == (0, f"{name}: running\n")
        assert state(link, name) == ("running", str(starts + 1))
        assert script(link, f"stop {name}") == (0, f"{name}: stopped\n")
        assert script(link, f"resume {name}", f"start {name}") == (
            1, f"{name} isn't suspended: there is nothing to resume\n")
        assert state(link, name) == ("stopped", str(starts + 1))
        assert script(link, f"start {name}", f"suspend {name}", f"start {name}") == (
            0, f"{name}: running\n{name}: suspended\n{name}: running\n")
    with console(link) as session:
        session.expect(r"heartbeat: [2-9] s, \d+ ticks, ")
        leave(session)
    _, answer = script(link, "log heartbeat 2")  # the last line may not be whole
    assert lost(answer)[1] == 0


# Shows: operator.commands.
@pytest.mark.every_board
def test_mistakes_by_script(link):
    assert script(link, "stop linus", "list") == (
        1, "there is no partition 'linus'; did you mean 'linux'?\n")
    assert script(link, "reboot linux")[0] == 1
    assert script(link, "start") == (
        1, "write it so: start NAME: starts what is stopped, resumes what is suspended\n")


# Shows: operator.last.
@pytest.mark.long
def test_the_last_one_takes_the_machine_with_it(tmp_path):
    """The usual stop command doesn't stop the last partition; another command does, and with it the machine."""
    link = tmp_path / "link"
    system = km.description("operator-last", [witness.heartbeat(0), witness.heartbeat(1, "other")])
    with km.kumiki("operator-last", system, links=[link]) as machine:
        reachable(link)
        assert script(link, "stop other") == (0, "other: stopped\n")
        assert script(link, "stop heartbeat") == (
            1, "heartbeat is the last partition that isn't stopped: the machine goes off behind it; if it may, "
               "write 'stop heartbeat off'\n")
        assert script(link, "start other", "stop other off") == (
            0, "other: running\nthe machine stays on, as others aren't stopped, behind other\nother: stopped\n")
        assert script(link, "stop heartbeat off") == (
            0, "the machine goes off behind heartbeat\nheartbeat: stopped\n")
        machine.wait_end(30)


# Shows: operator.commands.
@pytest.mark.every_board
def test_command_line_of_an_attached_console(link):
    with console(link) as session:
        session.expect(r"Ctrl-\] \? for help")
        session.send("\x1dc")
        session.expect("kumiki> ")
        session.send("sus\tsp\t\r")
        session.expect("spare is suspended")  # after its prefix, or in the place of a prompt
        session.send("res\tume sp\t\r")
        session.expect("spare goes on")
        leave(session)


# Shows: life.suspend.
@pytest.mark.long
@pytest.mark.boards_long
def test_suspended_linux_stands_still():
    """A suspended Linux prints nothing, and goes on where it was. Its neighbour never stopped."""
    with km.kumiki("operator-suspend", system("operator-suspend"), mode=km.TALK) as machine:
        machine.expect(PROMPT, 60)
        machine.send(TICKS)
        machine.expect(r"^\[linux\] tick 5$", 30)
        machine.send("\x1dcsuspend linux\r")
        machine.expect(r"^\[kumiki\] linux is suspended$", 30)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s.*\n", 30)  # output from before is still shown
        begin = machine.position
        for _ in range(3):
            machine.expect(r"^\[heartbeat\] heartbeat: \d+ s.*\n", 30)
        assert "[linux]" not in machine.text[begin:machine.position]
        machine.send("resume linux\r")
        machine.expect(r"^\[kumiki\] linux goes on$", 30)
        for _ in range(5):
            machine.expect(r"^\[linux\] tick \d+$", 30)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s", 30)
        ticks = [int(n) for n in re.findall(r"^\[linux\] tick (\d+)$", machine.whole, re.MULTILINE)]
        assert ticks == list(range(1, len(ticks) + 1))
        assert lost(machine.text)[1] == 0


# Shows: life.suspended-time.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("what", ["seen", "hidden"])
def test_suspended_time_is_as_described(what):
    """Seconds pass while a Linux is suspended. Its own clock counts them, or doesn't, as described. The heartbeat and the
    machine's clock have whole seconds."""
    def uptime():
        machine.send("cat /proc/uptime\r")
        said = machine.expect(r"^\[linux\] (\d+\.\d+) \d+\.\d+$", 30)
        machine.expect(PROMPT, 30)
        return float(said[1])

    name = f"operator-time-{what}"
    more = [f'kumiki,suspended-time = "{what}";']
    description = km.description(name, [linux(cores=0x3, more=more), witness.heartbeat(2)])
    with km.kumiki(name, description, mode=km.TALK) as machine:
        machine.expect(PROMPT, 60)
        begun = machine.monitor.seconds()
        before = uptime()
        machine.send("\x1dcsuspend linux\r")
        machine.expect(r"^\[kumiki\] linux is suspended$", 30)
        for _ in range(7):
            machine.expect(r"^\[heartbeat\] heartbeat: \d+ s", 30)
        machine.send("resume linux\r\x1d1")
        machine.expect(r"^\[kumiki\] linux goes on$", 30)
        ran, passed = uptime() - before, machine.monitor.seconds() - begun
        assert 6 <= ran <= passed + 1 if what == "seen" else 0 < ran <= passed - 5, (ran, passed)
        assert not re.search(r"rcu.*stall|soft lockup", machine.text)


# Shows: life.black-box, life.one-cause.
@pytest.mark.long
@pytest.mark.boards_long
def test_black_box_outlives_a_panic():
    """The last output of a dead Linux can be read when it runs again."""
    with km.kumiki("operator-panic", system("operator-panic"), mode=km.TALK) as machine:
        machine.expect(PROMPT, 60)
        machine.send("echo c >/proc/sysrq-trigger\r")
        machine.expect(r"^\[linux\] .*Kernel panic - not syncing: sysrq", 30)
        machine.expect(r"^\[kumiki\] linux stopped: its kernel panicked$", 30)
        machine.expect(r"^\[kumiki\] linux restarts \(restart 1 of at most 5 in 60 s\)$", 30)
        machine.expect(r"^\[kumiki\] linux runs again: start 2, \d+ ms after its end$", 30)
        machine.expect(PROMPT, 60)
        machine.send("\x1dclog linux all\r")
        machine.expect(r"^\[kumiki\]   \| .*Kernel panic - not syncing: sysrq", 30)
        machine.expect(r"^\[kumiki\]   [\d.]+ s +stopping +start 1: its kernel panicked$", 30)
        machine.expect(r"^\[kumiki\] last crash, of 1, at [\d.]+ s:$", 30)
        machine.expect(r"^\[kumiki\]   by  0x[0-9a-f]+ sysrq_handle_crash\+0x", 30)
        machine.expect(COMMANDS, 30)
        machine.send("list\r")
        machine.expect(r"^\[kumiki\]  1  linux +running +2 +0 +its kernel panicked$", 30)
        machine.send("trace linux\r")
        machine.expect(r"^\[kumiki\] core 0, before [\d.]+ s:$", 30)
        machine.expect(r"^\[kumiki\]   -[\d.]+ ms +exit +linux\.0 ", 30)
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s", 30)
        assert lost(machine.text)[1] == 0
