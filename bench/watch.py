"""How soon a watcher tells of an attack on the Linux that it watches, what it takes of its core for that, and how
soon a watcher that ended looks again. Used by run.py. The times of attack and alarm are both of the machine's counter."""

import re
import statistics

import kumiki_machine as km

INITRD = km.BUILD / "guests/initrd-modules.cpio"
PROMPT = r"^\[linux\] / # $"
WATCHED = r"^\[watcher\] linux: text, constants, vectors and tasks are watched$"
RESTARTS = 3
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
            "samples": len(times), "what": WHAT[figure]}


def _measure_share(bench):
    bench.machine.send("\x1d2top 10\r")
    share = float(bench.machine.expect(r"^\[watcher\] watcher +([0-9.]+) ", 300)[1])
    return {"name": "watch.share", "unit": "% of a core", "value": share,
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
            "samples": len(times),
            "what": "the watcher is killed: its end to the first look of its successor, which has found the kernel by then"}


def measure():
    with km.kumiki("bench-watch", _system("bench-watch"), mode=km.MODES["icount"]) as machine:
        bench = _Bench(machine)
        pid = bench.linux(f"i=0; while [ $i -lt {TASKS} ]; do sleep 9999 & i=$((i+1)); done; echo last is $!",
                          r"last is (\d+)")[1]
        assert int(bench.linux(MODULES, r"modules are loaded: (\d+)")[1]) > 60
        yield _measure_share(bench)
        for figure in ATTACKS:
            yield _measure_attacks(bench, figure, pid)
    yield _measure_restart()
