"""How soon a watcher tells of an attack on the Linux that it watches, what it takes of its core for that, and how soon a
rule that is added finds, and how soon a watcher that ended looks again. Used by run.py. The times of attack and alarm are both of the machine's counter."""

import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import kumiki_machine as km
import sessions

INITRD = km.BUILD / "guests/initrd-modules.cpio"
PROMPT = r"^\[linux\] / # $"
WATCHED = r"^\[watcher\] linux: text, constants, vectors and tasks are watched$"
RESTARTS = 3
LOOKS, LOOK_MS = 12, 950  # nearly: 95 glances
TASKS = 100  # beside the kernel's own: some 150 in all
# Sixty modules, each a copy of one that does nothing then, by a name of its own.
MODULES = ('i=10; while [ $i -lt 70 ]; do sed "s/intruder/module$i/g" /lib/modules/intruder.ko '
           '> /tmp/m.ko; insmod /tmp/m.ko what=nothing || break; i=$((i+1)); done; echo modules are "loaded": $(lsmod | wc -l)')
# Attacks of tests/modules/intruder by figure, how often, and what their alarms have.
ATTACKS = {
    "watch.lists": {"list": (20, "PID tree and not in the task list"), "hide": (5, "module intruder has code"),
                    "proc": (20, "iterate_shared of /proc leads to")},
    "watch.code": {"text": (20, "kernel text at"), "settime": (10, "kernel constant at")},
}
RULE = """variable init_task is a task_struct
rule sleepers
\teach task_struct t in list init_task.tasks by tasks
\tmust t.pid != 1
\tsay 'task {t.comm}'
"""
WHAT = {
    "watch.lists": "a process or a module is hidden, or a table of /proc changed, to the alarm; some 150 tasks, 60 modules",
    "watch.code": "kernel text or a constant is changed, to the alarm: all of it has been compared by then",
}


def _system(name, *more):
    linux = km.partition("linux", cores=0x3, memory="256M at 0x60000000", image=km.IMAGE["linux"], initrd=INITRD,
                         bootargs="console=ttyAMA0 quiet panic=1 kumiki.run=shell")
    watcher = km.partition("watcher", cores=0x4, memory="40M as 0x40000000", image=km.BUILD / "rtos/watch.img",
                           more=['kumiki,watches = "linux";', *more])
    return km.description(name, [linux, watcher])


class _Bench:
    def __init__(self, machine):
        self.machine = machine
        machine.expect_all([PROMPT, WATCHED], 300)

    def linux(self, command, said):
        self.machine.send(f"\x1d1{command}\r")
        return self.machine.expect(rf"^\[linux\] .*{said}.*$", 300)


def _alarm_times(machine, alarm):
    """Asks the watcher's shell; the list ends with an answer of its own."""
    machine.send("\x1d2alarms\r")
    machine.expect(r"^\[watcher\] alarms: that is all", 300)
    return [int(when) for when in re.findall(rf"^\[watcher\] alarms: at (\d+) us: .*{alarm}", machine.text, re.M)]


def _measure_attacks(bench, figure, pid):
    times = []
    for what, (rounds, alarm) in ATTACKS[figure].items():
        for _ in range(rounds):
            begun = int(bench.linux(f"insmod /lib/modules/intruder.ko what={what} pid={pid}", r"begun at (\d+) us")[1])
            bench.machine.expect(rf"^\[watcher\] (?:\$ )?linux: .*{alarm}", 300)
            if what == "hide":
                bench.machine.expect(r"it is in the list again", 300)
            bench.linux('rmmod intruder; echo it is "undone"', "it is undone")
            told = min(when for when in _alarm_times(bench.machine, alarm) if when >= begun)
            times.append((told - begun) / 1000)
    return {"name": figure, "unit": "ms", "median": round(statistics.median(times), 1), "worst": round(max(times), 1),
            "samples": len(times), "command": "make bench ONLY=watch", "what": WHAT[figure]}


def _measure_all(bench):
    """Text is changed at one place again and again: the alarms are one or several whole looks apart."""
    alarm, told = ATTACKS["watch.code"]["text"][1], []
    for _ in range(LOOKS):
        bench.linux("insmod /lib/modules/intruder.ko what=text", "text is done")
        bench.machine.expect(rf"^\[watcher\] (?:\$ )?linux: .*{alarm}.* has changed", 300)
        bench.linux('rmmod intruder; sleep 0.2; echo it is "undone"', "it is undone")
        told.append(max(_alarm_times(bench.machine, rf"{alarm}.* has changed")) / 1000)
    apart = [later - former for former, later in zip(told, told[1:])]
    times = [each / round(each / LOOK_MS) for each in apart]
    return {"name": "watch.all", "unit": "ms", "median": round(statistics.median(times), 1), "worst": round(max(times), 1),
            "samples": len(times), "command": "make bench ONLY=watch",
            "what": "one look at everything: from a comparison of a page of text to the next one, all else in between"}


def _measure_share(bench):
    bench.machine.send("\x1d2top 10\r")
    share = float(bench.machine.expect(r"^\[watcher\] watcher +([0-9.]+) ", 300)[1])
    return {"name": "watch.share", "unit": "% of a core", "value": share, "command": "make bench ONLY=watch",
            "what": "what the watcher takes of a core that executes an instruction in a nanosecond, the Linux idle"}


def _time_restart():
    """By the RTOS's own trace. In its first look a watcher says which kernel it finds."""
    name = "bench-watch-restart"
    with km.kumiki(name, _system(name, "kumiki,mends;"), mode=km.MODES["icount"]) as machine:
        _Bench(machine)
        machine.send("\x1d2trace on 16\rkill watcher\r")
        machine.expect(WATCHED, 300)
        machine.send("trace 300\r")
        ended = machine.expect(r"^\[watcher\] (\d+) us +\d+ +watcher\.\d+ ended", 300)
        machine.expect(r"^\[watcher\] \d+ us +\d+ +watcher\.0 thread", 300)
        first = machine.expect(r"^\[watcher\] (\d+) us +\d+ +watcher\.0 call", 300)
        return int(first[1]) - int(ended[1])


def _measure_restart():
    """Of one start after the other: the supervisor lets a program wait that is killed again soon."""
    times = [1000 * _time_restart() for _ in range(RESTARTS)]
    return {"name": "watcher.restart", "unit": "instructions", "median": round(statistics.median(times)), "worst": max(times),
            "samples": len(times), "command": "make bench ONLY=watch",
            "what": "the watcher is killed: its end to the first look of its successor, which has found the kernel by then"}


def _measure_add():
    """By the host's clock, with threads: a person waits for it."""
    with tempfile.TemporaryDirectory() as folder:
        link, file, times = Path(folder) / "link", Path(folder) / "a.rules", []
        file.write_text(RULE, encoding="utf-8")
        with km.Machine("bench-watch-add", [km.KUMIKI, "run", "--smp-threads", "--link", link, _system("bench-watch-add")]):
            sessions.reachable(link)
            with sessions.console(link, seconds=120) as session:
                session.expect("linux: text, constants, vectors and tasks are watched")
                for _ in range(5):
                    begun = time.monotonic()
                    subprocess.run([km.KUMIKI, "rules", "add", link, file, km.IMAGE["linux"]], check=True, timeout=120,
                                   stdout=subprocess.DEVNULL)
                    session.expect("linux: sleepers")
                    times.append((time.monotonic() - begun) * 1000)
                    subprocess.run([km.KUMIKI, "rules", "remove", link, "sleepers"], check=True, timeout=120,
                                   stdout=subprocess.DEVNULL)
    return {"name": "rule.add", "unit": "ms", "median": round(statistics.median(times)), "worst": round(max(times)),
            "samples": len(times), "command": "make bench ONLY=watch",
            "what": "`kumiki rules add` to what the rule finds, by the host's clock"}


def measure(options):
    if options.bare_only:
        return
    with km.kumiki("bench-watch", _system("bench-watch"), mode=km.MODES["icount"]) as machine:
        bench = _Bench(machine)
        pid = bench.linux(f"i=0; while [ $i -lt {TASKS} ]; do sleep 9999 & i=$((i+1)); done; echo last is $!",
                          r"last is (\d+)")[1]
        assert int(bench.linux(MODULES, r"modules are loaded: (\d+)")[1]) > 60
        yield _measure_share(bench)
        for figure in ATTACKS:
            yield _measure_attacks(bench, figure, pid)
        yield _measure_all(bench)
    yield _measure_restart()
    yield _measure_add()
