"""Rules over a running kernel: those that are shipped find what they are against and are silent in a good life; one that
is added to a running watcher finds at once. tests/modules/intruder is the attacker."""

import contextlib
import re
import subprocess

import kumiki_machine as km
import pytest

import sessions
from test_watching import INTRUDER, OLD, WATCHED, WATCHER, Linux, Shared, alarms, system

pytestmark = pytest.mark.talk

RULES = sorted((km.TOP / "systems/rules").glob("*.rules"))
MOST = 48  # RULE_MOST
MODULE = r"module intruder has code in the kernel, and is not in the list of modules"
AWAY = r"leads to 0xffff[0-9a-f]+"
# Of each attack: what is told, and whether it is over by itself.
ATTACKS = {
    "hide": ([rf"hidden-module \(high\): {MODULE}"], True),
    "vanish": ([r"lost-module \(high\): module intruder is in /sys/module, and in neither the list nor the tree of modules"], True),
    "call": ([rf"system-calls \(high\): system call 178 {AWAY}, which is not the function of this kernel"], False),
    "compat": ([rf"compat-system-calls \(high\): system call 224 of 32 bits {AWAY}, not the function of this kernel"],
               False),
    "proc": ([rf"proc-root \(high\): iterate_shared of /proc {AWAY}: it may hide processes"], False),
    "tcp": ([rf"hidden-module \(high\): {MODULE}",
             rf"tcp-operations \(high\): keepalive of TCP {AWAY}, no code of the kernel or a listed module"], True),
    "show": ([rf"tcp-connections \(high\): show of /proc/net/tcp {AWAY}: it may hide connections"], False),
    "next": ([rf"tcp-connections \(high\): next of /proc/net/tcp {AWAY}: it may hide connections"], False),
    "hook": ([rf"hidden-module \(high\): {MODULE}",
              rf"security-hooks \(high\): a security hook {AWAY}, no code of the kernel or a listed module"], True),
    "terminal": ([rf"hidden-module \(high\): {MODULE}",
                  r"line-disciplines \(high\): a line discipline of terminals has functions that are no code of the kernel.*",
                  r"terminals \(high\): terminal ttyAMA0 has functions that are no code of the kernel or a listed module"], True),
    "back": ([r"module-list \(high\): the list of modules does not lead back to module intruder"], False),
    "divert": ([rf"packet-hooks \(high\): a hook for packets {AWAY}, no code of the kernel or a listed module"], False),
    "number": ([r"process-numbers \(high\): task sleep says that its number is 31337, and has the number \d+"], False),
    "directory": ([r"directories \(high\): a root directory has operations at 0xffff[0-9a-f]+ and 0xffff[0-9a-f]+, no constants"],
                  False),
    "file": ([r"files \(high\): file version has operations at 0xffff[0-9a-f]+ and 0xffff[0-9a-f]+, no constants"], False),
    "super": ([r"file-systems \(high\): a file system has operations at 0xffff[0-9a-f]+, no constants"], False),
    "orphan": ([r"lost-children \(high\): task sleep \(pid \d+\) is not among the children of a listed process"], False),
    "canary": ([r"stack-canaries \(high\): task sleep \(pid \d+\) has no secret number for its stack, or that of another task"],
               False),
    "cred": ([r"kernel-credentials \(high\): task sleep \(pid \d+\) has the credentials of the kernel itself, or of the first process"],
             False),
    "share": ([r"kernel-credentials \(high\): task sleep \(pid \d+\) has the credentials of the kernel itself, or of the first process"],
              False),
}
# Of a task that runs, and that no list has.
RUNS = [r"running-tasks \(high\): a CPU runs task {} \(pid {}\), which is no thread of a listed process",
        r"queued-tasks \(high\): task {} \(pid {}\) is queued for a CPU, and is no thread of a listed process"]
# Of one that waits for a CPU in the queue of another class.
QUEUED = {"fifo": r"queued-real-time \(high\): task {} \(pid {}\) is queued by priority, and is no thread of a listed process",
          "deadline": r"queued-deadlines \(high\): task {} \(pid {}\) is queued by deadline, and is no thread of a listed process"}
# Of a task that is hidden, whether it runs or not.
CHILD = r"hidden-children \(high\): task {} \(pid {}\) is the child of a listed process, and is in no list of processes"
NUMBER = r"hidden-numbers \(high\): task {} \(pid {}\) has a number, and is no thread of a listed process"
MEMBER = r"hidden-members \(high\): task {} \(pid {}\) is in a control group, and is no thread of a listed process"
HIDDEN = [CHILD, NUMBER, MEMBER]
NUMBERLESS = r"running-numbers \(high\): a CPU runs task {} \(pid {}\), to which no number leads"
# What is called for others by a module that hides: who says it, and what of.
HANDLERS = {"probe": ("probe-handlers", "a probe calls"), "trace": ("tracers", "a tracer calls"),
            "timer": ("timers", "a timer leads to"), "precise": ("precise-timers", "a precise timer leads to"),
            "work": ("delayed-work", "delayed work leads to"), "handler": ("interrupt-handlers", "an interrupt calls"), "threaded": ("interrupt-handlers", "an interrupt calls"),
            "later": ("delayed-work", "delayed work leads to"),
            "modules": ("notifiers", "a chain of notifiers leads to"), "restarts": ("notifiers", "a chain of notifiers leads to"),
            "crashes": ("notifiers", "a chain of notifiers leads to"), "panics": ("notifiers", "a chain of notifiers leads to"),
            "keys": ("notifiers", "a chain of notifiers leads to"), "programs": ("tracepoints", "a tracepoint calls"),
            "format": ("program-formats", "programs are begun by"),
            "packets": ("packet-hooks", "a hook for packets leads to"),
            "packets6": ("packet-hooks", "a hook for packets leads to"),
            "device": ("device-hooks", "a hook for packets of a device leads to")}
COUNTED = {"warn": r"warnings \(low\): the kernel warns of itself; so many times so far: 1",
           "oops": r"oopses \(medium\): kernel code crashed, and ended the task that ran it; so many times so far: 1"}
# Many tables are constant, so the watcher sees that by itself, too; and its last word of it comes when it comes.
CONSTANT = "linux: kernel constant at "
CONSTANT_AGAIN = rf"{CONSTANT}0x[0-9a-f]+ is as it was$"
PIDS = """# Nobody has this number.
variable init_task is a task_struct
rule no-such-pid
\tseverity medium
\teach task_struct t in list init_task.tasks by tasks
\tmust t.pid != {}
\tsay 'task {{t.comm}} has the number {{t.pid}}'
"""


def rules(*words, good=True):
    """`kumiki rules`; what it says."""
    done = subprocess.run([km.KUMIKI, "rules", *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          check=False, timeout=km.HANGS)
    assert (done.returncode == 0) == good, done.stdout + done.stderr
    return done.stdout if good else done.stderr


def ruled(lines):
    return [line for line in lines if CONSTANT not in line]


def patterns(said, over=False):
    return [rf"{WATCHER}linux: {text.replace(': ', ': over: ', 1) if over else text + OLD}$" for text in said]


def told(linux, said, over=False):
    linux.since(patterns(said, over), 60)


@pytest.fixture(scope="module")
def shared():
    with contextlib.closing(Shared("rules-shared")) as found:
        yield found


def is_open(linux, text):
    """Whether the last news of it are that it began."""
    begun, over = patterns([text])[0], patterns([text], over=True)[0]
    lines = [line for line in linux.unread() if re.search(rf"{begun}|{over}", line)]
    return lines != [] and re.search(over, lines[-1]) is None


def expect_told(linux, what, said, pid, by_itself, once=True, maybe=()):
    """By these words, and by them once more when it is over; and nothing else is told but what `maybe` is, until that is over,
    too. Not `once`: it may be over for a while."""
    assert [line for line in linux.news() if not re.search(CONSTANT_AGAIN, line)] == []
    linux.do(INTRUDER.format(f"{what} pid={pid} hidden=3"), f"intruder: {what} is done")
    told(linux, said)
    if by_itself:
        told(linux, said, over=True)
    linux.do("rmmod intruder", f"intruder: {what} is undone")
    if not by_itself:
        told(linux, said, over=True)
    told(linux, [text for text in maybe if is_open(linux, text)], over=True)
    news = ruled(linux.news())
    may = [*said, *maybe]
    assert [line for line in news if not any(re.search(text, line) for text in patterns(may) + patterns(may, over=True))] == []
    assert len(news) == 2 * len(said) or not once


# Shows: watch.rules-shipped.
@pytest.mark.parametrize("what", ATTACKS)
def test_attack_is_told(shared, what):
    said, by_itself = ATTACKS[what]
    with shared.lent() as linux:
        expect_told(linux, what, said, linux.sleeper(), by_itself)


# Shows: watch.rules-running-tasks.
@pytest.mark.parametrize("what", ["runs", "thread"])
def test_hidden_thread_that_runs_is_told(shared, what):
    """A thread that hides while it sleeps is told more slowly."""
    with shared.lent() as linux:
        maybe = [text.format("runs", r"\d+") for text in (*HIDDEN, NUMBERLESS)]
        expect_told(linux, what, [text.format("runs", r"\d+") for text in RUNS], 0, False, once=False, maybe=maybe)


# Shows: watch.rules-running-tasks.
@pytest.mark.parametrize("what", QUEUED)
def test_hidden_thread_in_the_queue_of_another_class_is_told(shared, what):
    """It waits for a CPU that a thread of the same class has, which is listed: that one isn't told."""
    with shared.lent() as linux:
        maybe = [text.format("runs", r"\d+") for text in (*HIDDEN, RUNS[0], NUMBERLESS)]
        expect_told(linux, what, [QUEUED[what].format("runs", r"\d+")], 0, False, once=False, maybe=maybe)


# Shows: watch.rules-hidden.
@pytest.mark.long
def test_hidden_process_that_sleeps_is_told(shared):
    with shared.lent() as linux:
        pid = linux.sleeper()
        expect_told(linux, "ghost", [text.format("sleep", pid) for text in (CHILD, MEMBER)], pid, False)


# Shows: watch.rules-hidden.
def test_lost_thread_that_sleeps_is_told(shared):
    """Its process is listed, and doesn't have it."""
    with shared.lent() as linux:
        expect_told(linux, "lost", [text.format("rests", r"\d+") for text in (NUMBER, MEMBER)], 0, False)


# Shows: watch.rules-hidden.
def test_hidden_thread_without_handlers_is_told(shared):
    """It sleeps, and is nobody's child either."""
    with shared.lent() as linux:
        expect_told(linux, "rests", [MEMBER.format("rests", r"\d+")], 0, False)


# Shows: watch.rules-running-tasks.
def test_hidden_process_that_runs_is_told(shared):
    with shared.lent() as linux:
        linux.machine.send("while :; do :; done & echo process $! runs\r")
        pid = int(linux.machine.expect(r"^\[linux\] process (\d+) runs$", 30).group(1))
        maybe = [text.format("sh", pid) for text in (*HIDDEN, NUMBERLESS)]
        expect_told(linux, "ghost", [text.format("sh", pid) for text in RUNS], pid, False, once=False, maybe=maybe)
        linux.do(f"kill {pid}; wait {pid}; echo it ended: $?", "it ended: 143")
        assert linux.news() == []


# Shows: watch.rules-handlers.
@pytest.mark.parametrize("what", HANDLERS)
def test_handler_of_a_hidden_module_is_told(shared, what):
    """While the module is listed, it isn't."""
    rule, words = HANDLERS[what]
    said = [rf"hidden-module \(high\): {MODULE}", rf"{rule} \(high\): {words} 0xffff.*"]
    with shared.lent() as linux:
        expect_told(linux, what, said, 0, True)


# Shows: watch.rules-counted.
@pytest.mark.parametrize("what", COUNTED)
def test_what_the_kernel_counts_is_told(what):
    name = f"rules-{what}"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        assert alarms(machine) == []
        linux.do(INTRUDER.format(what), f"intruder: {what} is done")
        told(linux, [COUNTED[what]])
        linux.do("rmmod intruder", f"intruder: {what} is undone")


# Shows: watch.rules-hangs.
@pytest.mark.long
def test_what_stands_still_is_told(tmp_path):
    """By the rules that are shipped, with shorter times; and what goes on isn't."""
    name, link, file = "rules-hangs", tmp_path / "link", tmp_path / "hangs.rules"
    text = re.sub(r"every \d+ ms", "every 100 ms", (km.TOP / "systems/rules/hangs.rules").read_text(encoding="utf-8"))
    file.write_text(re.sub(r"seen \d+ times", "seen 10 times", text), encoding="utf-8")
    with km.kumiki(name, system(name), links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            assert rules("add", link, file, km.IMAGE["linux"]) == "hung-cpu is added\nhung-task is added\nstarved-cpu is added\n"
            session.send("i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; echo counted to $i\r")
            session.expect("counted to 100000")
            assert "hung" not in session.before
            session.send(INTRUDER.format("deaf") + "\r")
            cpu = r"the CPU that runs task insmod \(pid \d+\) has taken no tick for 10 s"
            session.expect(r"linux: hung-cpu \(high\): " + cpu + OLD + r"\r")
            session.expect(r"linux: hung-cpu \(high\): over: " + cpu + r"\r")
            session.send("rmmod intruder; " + INTRUDER.format("starve") + "\r")
            cpu = r"CPU \d has run one thread for 10 s, and [2-9] threads are to run"
            session.expect(r"linux: starved-cpu \(high\): " + cpu + OLD + r"\r")
            session.expect(r"linux: starved-cpu \(high\): over: " + cpu + r"\r")
            session.send("rmmod intruder; " + INTRUDER.format("waits") + "\r")
            task = r"task waits \(pid \d+\) waits for 120 s, and takes no signal meanwhile"
            session.expect(r"linux: hung-task \(medium\): " + task + OLD)
            session.send("rmmod intruder\r")
            session.expect(r"linux: hung-task \(medium\): over: " + task)
            session.send("second /lib/modules/intruder.ko what=stalls\r")
            session.expect(r"linux: hung-task \(medium\): " + task.replace("waits", "second", 1) + OLD)
            session.expect("intruder: stalls is done")
            session.expect(r"linux: hung-task \(medium\): over: " + task.replace("waits", "second", 1))


# Shows: watch.rules-parameters.
def test_parameters_that_the_rules_dont_let_are_told(tmp_path):
    """By the example that is shipped; with another module's names in it that module may have parameters, but no other value."""
    name, link, file = "rules-parameters", tmp_path / "link", tmp_path / "parameters.rules"
    example = km.TOP / "systems/rules/own/parameters.rules"
    text = example.read_text(encoding="utf-8").replace("virtio_net", "intruder").replace("napi_weight", "hidden")
    file.write_text(text.replace("== 64", "== 10"), encoding="utf-8")
    loaded = r"linux: module-parameters \(medium\): module intruder was loaded with the parameter what, maybe with others, too" + OLD
    value = r"linux: parameter-values \(medium\): {}the parameter hidden of module intruder is {}"
    with km.kumiki(name, system(name), links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            assert rules("add", link, file, km.IMAGE["linux"]) == "module-parameters is added\nparameter-values is added\n"
            session.send(INTRUDER.format("nothing") + "\r")
            session.expect("intruder: nothing is done")
            assert rules("test", link, file, km.IMAGE["linux"]) == "module-parameters: 0 findings\nparameter-values: 0 findings\n"
            session.send("rmmod intruder\r")
            session.expect("intruder: nothing is undone")
            session.send(INTRUDER.format("tune") + "\r")
            session.expect(value.format("", 11) + OLD)
            session.send("rmmod intruder\r")
            session.expect(value.format("over: ", 11) + "\r")
            session.send(INTRUDER.format("nothing hidden=3") + "\r")
            session.expect(value.format("", 3) + OLD)
            rules("add", link, example, km.IMAGE["linux"])
            session.expect(loaded)


def user_sleeps(machine, orphan=False):
    """A user's process sleeps, and its parent too, or the first process becomes that. Returns its number."""
    machine.send("echo user:x:1000:1000::/:/bin/sh >> /etc/passwd; echo user:x:1000: >> /etc/group\r")
    machine.send(f"su user -c 'sleep 1000 & echo process $! sleeps{'' if orphan else '; sleep 1000'}' &\r")
    return int(machine.expect(r"^\[linux\] .*process (\d+) sleeps$", 30).group(1))


# Shows: watch.rules-stolen.
def test_copied_credentials_are_told():
    """Of a user's process; what root runs for that user is none."""
    name = "rules-stolen"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        pid = user_sleeps(machine)
        assert alarms(machine) == []
        linux.do(INTRUDER.format(f"steal pid={pid}"), "intruder: steal is done")
        said = [rf"stolen-credentials \(medium\): task sleep \(pid {pid}\) has a copy of the credentials of the kernel itself"]
        told(linux, said)
        linux.do("rmmod intruder", "intruder: steal is undone")
        told(linux, said, over=True)
        assert len(ruled(alarms(machine))) == 2


# Shows: watch.rules-raised.
@pytest.mark.parametrize("orphan", [False, True], ids=["child", "orphan"])
def test_credentials_that_were_raised_are_put_right(orphan):
    """Rights that were written into what a user's process has. It gets its parent's, or those with which its program was begun."""
    name = f"rules-raise-{'orphan' if orphan else 'child'}"
    with km.kumiki(name, system(name, mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        pid = user_sleeps(machine, orphan)
        assert alarms(machine) == []
        linux.do(INTRUDER.format(f"raise pid={pid}"), "intruder: raise is done")
        words = rf"task sleep \(pid {pid}\) is of user 1000, has 0"
        machine.expect(rf"^\[watcher\] linux: raised-credentials \(high\): {words}{OLD}$", 30)
        machine.expect(rf"^\[watcher\] linux: raised-credentials \(high\): mended: {words}$", 30)
        linux.do(f"grep Uid /proc/{pid}/status", r"Uid:\s+1000\s+1000\s+1000\s+1000")
        linux.do("rmmod intruder", "intruder: raise is undone by somebody else")


# Shows: watch.rules-raised.
def test_acting_for_root_is_told_and_stays():
    """A program of root's can get there by setresuid(), so the watcher tells it and takes nothing away."""
    name = "rules-act"
    with km.kumiki(name, system(name, mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        pid = user_sleeps(machine)
        assert alarms(machine) == []
        linux.do(INTRUDER.format(f"act pid={pid}"), "intruder: act is done")
        said = [rf"acting-credentials \(medium\): task sleep \(pid {pid}\) is of user 1000, and acts for root"]
        told(linux, said)
        linux.do("sleep 2; echo $((40+2)) passed", "42 passed")
        linux.do(f"grep Uid /proc/{pid}/status", r"Uid:\s+1000\s+0\s+1000\s+1000")
        linux.do("rmmod intruder", "intruder: act is undone")
        told(linux, said, over=True)


# Shows: watch.rules-raised.
@pytest.mark.long
def test_capabilities_are_told(tmp_path):
    """By the example that is shipped: a user's process has some."""
    name, link, file = "rules-capabilities", tmp_path / "link", km.TOP / "systems/rules/own/capabilities.rules"
    with km.kumiki(name, system(name, mends=True), links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            session.send("echo user:x:1000:1000::/:/bin/sh >> /etc/passwd; echo user:x:1000: >> /etc/group\r")
            session.send("su user -c 'echo process $$ sleeps; exec sleep 1000' &\r")
            session.expect(r"process (\d+) sleeps\r")
            pid = session.match.group(1)
            assert rules("add", link, file, km.IMAGE["linux"]) == "capabilities is added\n"
            assert rules("test", link, file, km.IMAGE["linux"]) == "capabilities: 0 findings\n"
            session.send(INTRUDER.format(f"able pid={pid}") + "\r")
            words = rf"task sleep \(pid {pid}\) of user 1000 has capabilities"
            session.expect(rf"linux: capabilities \(high\): {words}" + OLD)
            session.expect(rf"linux: capabilities \(high\): mended: {words}")


# Shows: watch.rules-quiet.
def test_good_life_is_no_alarm():
    """Modules that come and go, processes by the hundred, and a restart, from the first moment of its watch."""
    name = "rules-quiet"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        for _ in range(2):
            linux = Linux(machine)
            linux.do("ls -l / /proc /dev /sys >/dev/null; echo all $((40+2)) listed", "all 42 listed")
            for _ in range(4):
                linux.do(INTRUDER.format("nothing"), "intruder: nothing is done")
                linux.do("rmmod intruder", "intruder: nothing is undone")
            linux.do("i=0; while [ $i -lt 100 ]; do /bin/busybox true & i=$((i+1)); done; wait; echo all of $i", "all of 100")
            assert alarms(machine) == []
            machine.send("reboot -f\r")
            machine.expect(rf"{WATCHER}linux: it was started anew; another baseline is needed$", 60)
        linux = Linux(machine)
        linux.do(INTRUDER.format("hide"), "intruder: hide is done")
        told(linux, ATTACKS["hide"][0])


# Shows: watch.rules-quiet.
@pytest.mark.long
def test_file_systems_are_no_alarm():
    """Of each kind, with what is in its first directory; long enough for the rules to look."""
    name = "rules-files"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        linux.do("mkdir /x; for k in tmpfs tracefs debugfs devpts ramfs sysfs proc; do mount -t $k none /x && ls -l /x >/dev/null; done; "
                 "sleep 9; echo all $((40+2)) listed", "all 42 listed")
        assert alarms(machine) == []


# Shows: watch.rules-quiet.
@pytest.mark.long
def test_real_time_thread_is_no_alarm():
    """It runs and waits in the queue of its class, from before the watch until long after its begin."""
    name, bootargs = "rules-real-time", "console=ttyAMA0 quiet panic=1 kumiki.run=cyclictest kumiki.cycles=12000"
    with km.kumiki(name, system(name, bootargs, initrd=km.BUILD / "guests/initrd-cyclictest.cpio"),
                   mode=km.TALKS["icount"]) as machine:
        machine.expect(WATCHED, 90)
        machine.expect(r"^\[linux\] kumiki-init: cyclictest ended with 0$", 90)
        assert alarms(machine) == []


def at_prompt(session):
    """Until the Linux reads, and is watched: on a slow host that may come first."""
    sessions.expect_each(session, [r"\[linux\]\S* / # ", "linux: text, constants, vectors and tasks are watched"])


# Shows: watch.rules-running.
def test_added_to_a_running_watcher(tmp_path):
    """It finds within a second, survives the watcher, and is silent when it is removed."""
    name, link, file = "rules-added", tmp_path / "link", tmp_path / "my.rules"
    with km.kumiki(name, system(name), links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            session.send("sleep 1000 & echo process $! sleeps\r")
            session.expect(r"process (\d+) sleeps")
            pid = session.match.group(1)
            assert "no-such-pid" not in rules("list", link)
            file.write_text(PIDS.format(pid), encoding="utf-8")
            assert rules("test", link, file, km.IMAGE["linux"]) == (
                f"no-such-pid finds: task sleep has the number {pid}\nno-such-pid: 1 finding\n")
            assert "no-such-pid" not in rules("list", link)
            assert rules("add", link, file, km.IMAGE["linux"]) == "no-such-pid is added\n"
            session.expect(rf"linux: no-such-pid \(medium\): task sleep has the number {pid}{OLD}\r")
            assert "no-such-pid: every 10 ms, seen 3, medium, findings 1\n" in rules("list", link)
            session.send("\x1d2rules add 200\r")
            session.expect(r"rules: go on at 0\r")
            session.send("AAAA!")
            session.expect(r"rules: error: a character isn't base64, or none came for 10 s; add the rule again\r")
            session.send("kill watcher\r")
            session.expect(r"supervisor: watcher was killed")
            session.expect(rf"linux: no-such-pid \(medium\): task sleep has the number {pid}{OLD}\r")
            assert rules("remove", link, "no-such-pid") == "no-such-pid is removed\n"
            assert "no-such-pid" not in rules("list", link)
            session.send("\x1d1sleep 1000 & echo process $! sleeps\r")
            session.expect(r"process (\d+) sleeps")
            file.write_text(PIDS.format(session.match.group(1)).replace("no-such", "other"), encoding="utf-8")
            rules("add", link, file, km.IMAGE["linux"])
            session.expect(r"linux: other-pid \(medium\): task sleep has the number")
            assert "no-such-pid" not in session.before
            assert "there is no such rule" in rules("remove", link, "no-such-pid", good=False)
            assert "no such partition" in rules("list", "--partition", "nobody", link, good=False)


SURE = """variable modules is a list_head used by lookup_module_symbol_name
variable inetaddr_chain is a blocking_notifier_head used by register_inetaddr_notifier
rule loaded
\ton module
\teach module m in list modules by list
\tmust m.name != 'intruder'
\tsay 'module {m.name} is loaded'
rule addresses
\tstill
\teach notifier_block n in chain inetaddr_chain.head by next
\tmust n.notifier_call in text
\tsay 'addresses are told to {n.notifier_call}'
"""


# Shows: watch.rules-still, watch.rules-on.
@pytest.mark.long
def test_looks_on_an_event_and_in_stillness(tmp_path):
    """A module that comes and goes, and what it has the kernel call."""
    name, link, file = "rules-sure", tmp_path / "link", tmp_path / "sure.rules"
    file.write_text(SURE, encoding="utf-8")
    module, calls = r"linux: loaded \(high\): {0}module intruder is loaded", r"linux: addresses \(high\): {0}addresses are told to 0xffff"
    with km.kumiki(name, system(name, mends=True), links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            rules("add", link, file, km.IMAGE["linux"])
            session.send(INTRUDER.format("nothing") + "\r")
            session.expect(module.format("") + OLD)
            listed = rules("list", link)
            assert "loaded: on module, seen 3, high, findings 1\n" in listed
            assert "addresses: every 10 ms, still, high, findings 0\n" in listed
            session.send("rmmod intruder\r")
            session.expect(module.format("over: ") + r"\r")
            session.send(INTRUDER.format("addresses") + "\r")
            # Nobody can unload it before it is listed again.
            sessions.expect_each(session, [calls.format(""), r"linux: hidden-module \(high\): mended: "])
            session.send("rmmod intruder\r")
            session.expect(calls.format("over: "))


def page_example():
    """Of docs/rules.md: the rule file that it writes, and each command behind that, as words."""
    page = (km.TOP / "docs/rules.md").read_text(encoding="utf-8")
    part = page.partition("## From a threat to a rule in service")[2].partition("\n## ")[0]
    return (re.search(r"^```\n(.*?)^```", part, re.MULTILINE | re.DOTALL)[1],
            [line.split() for line in re.findall(r"^    kumiki rules (.*)$", part, re.MULTILINE)])


# Shows: watch.rules-loop.
def test_page_leads_from_the_alarm_to_the_rule(tmp_path):
    """Its commands, one after the other, in a Linux that has just been attacked and in a sound one."""
    name, link, file = "rules-loop", tmp_path / "link", tmp_path / "addresses.rules"
    example, commands = page_example()
    file.write_text(example, encoding="utf-8")
    places = {"LINK": link, "Image": km.IMAGE["linux"], "addresses.rules": file}
    finds = r"address-notifiers \(high\): addresses are told to 0xffff"
    with km.kumiki(name, system(name), links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            assert rules("test", link, file, km.IMAGE["linux"]) == "address-notifiers: 0 findings\n"
            session.send(INTRUDER.format("addresses hidden=1000") + "\r")
            session.expect(r"hidden-module \(high\): module intruder")
            said = {}
            for words in commands:
                said[words[0]] = rules(*[places.get(word, word) for word in words])
                if words[0] == "add":
                    session.expect(finds)  # while nobody types between it
            assert list(said) == ["check", "explain", "test", "add", "list", "remove"]
    assert "is good" in said["check"]
    assert "the objects are those of a chain" in said["explain"]
    assert re.search(r"^address-notifiers finds: addresses are told to 0xffff", said["test"])
    assert said["test"].endswith("address-notifiers: 1 finding\n")
    assert "address-notifiers: every 10 ms, seen 3, high" in said["list"]
    assert said["remove"] == "address-notifiers is removed\n"


# Shows: watch.rules-mistakes.
def test_mistake_is_told_by_its_line(tmp_path):
    """Every one of all files, and nothing is made."""
    file, out = tmp_path / "my.rules", tmp_path / "out"
    file.write_text(PIDS.format("1").replace("t.pid !=", "t.pit !=").replace("say '", "say '{t.com} "), encoding="utf-8")
    said = rules("check", "-o", out, *RULES, file, km.IMAGE["linux"], good=False)
    assert said == (f"{file}:6:7: error: 'task_struct' has no member 'pit'; did you mean 'pid'?\n"
                    f"{file}:7:6: error: 'task_struct' has no member 'com'; did you mean 'comm'?\n")
    assert not out.exists()
    assert "nobody can write rules for this kernel" in rules("check", file, km.HEARTBEAT, good=False)


@pytest.mark.long
def test_files_that_make_no_file(tmp_path):
    """A byte that ends the text, and more rules than a watcher keeps."""
    file, out = tmp_path / "my.rules", tmp_path / "out"
    file.write_text(PIDS.format("1") + "\0", encoding="utf-8")
    assert "it has a NUL byte" in rules("check", file, km.IMAGE["linux"], good=False)
    files = [tmp_path / f"{number}.rules" for number in range(MOST + 1)]
    for number, each in enumerate(files):
        each.write_text(PIDS.format("1").replace("no-such-pid", f"pid-{number}"), encoding="utf-8")
    rules("check", "-o", out, *files[:MOST], km.IMAGE["linux"])
    assert out.exists()
    out.unlink()
    said = rules("check", "-o", out, *files, km.IMAGE["linux"], good=False)
    assert said == f"kumiki rules: a watcher keeps {MOST} rules; leave out rule pid-{MOST} of {files[MOST]}\n"
    assert not out.exists()


@pytest.mark.long
def test_shipped_rules_are_good():
    """And are explained: where the list of modules begins, and what is read of each."""
    shipped = "".join(file.read_text(encoding="utf-8") for file in RULES)
    said = rules("check", *RULES, km.IMAGE["linux"])
    assert len(re.findall(r"is good: \d+ bytes$", said, re.MULTILINE)) == len(re.findall(r"^rule ", shipped, re.MULTILINE))
    said = rules("explain", km.TOP / "systems/rules/modules.rules", km.IMAGE["linux"])
    assert "set 1 is those of a list, linked at offset" in said
