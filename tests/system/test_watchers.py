"""Partitions of the RTOS that watch each other: of the first one, which watches a Linux, and the second one, which watches the
first (systems/watchers.dts), any may be damaged, hang, or lose its watcher; and two that watch each other."""

import re
import subprocess

import frame_probe
import kumiki_machine as km
import pytest
from sessions import PROMPT, SHELL
from test_channel_store import packed
from test_watching import INITRD, INTRUDER, OLD
from test_watching_rtos import ELF, Kernel

LINUX = r"^\[first\] (?:\$ )?linux: "
FIRST = r"^\[second\] (?:\$ )?first: "
WATCHES = rf"{LINUX}text, constants, vectors and tasks are watched$"
WATCHED = rf"{FIRST}text, constants, vectors and rules are watched; it is no Linux: .*$"
RESTARTED = [r"^\[kumiki\] first runs again: start 2, .*$", rf"{FIRST}it was started anew; another baseline is needed$", WATCHED, WATCHES]
PLACE = 0x70200000  # where the first one's kernel really is
HANGS = 0x3c5       # of PSTATE: EL1, no interrupts
FOREIGN = 1
# A process is hidden, or the text changed: what is said of it, and of its mend.
ATTACKS = {"list": (r"task 'sleep' \(pid \d+\) is in the PID tree and not in the task list" + OLD,
                    r"task 'sleep' \(pid \d+\) is in the task list again"),
           "text": (r"kernel text at 0xffff[0-9a-f]+ has changed" + OLD, r"kernel text at 0xffff[0-9a-f]+ is put back")}


def unused(kernel):
    """A word of text that the kernel neither needs nor compares itself: of its Image's header."""
    return kernel.names["kernel_text"] + 32


class Watchers:
    """The shipped system, with the attacker in its Linux."""

    def __init__(self, name, folder, mode=km.ICOUNT):
        text = (km.TOP / "systems/watchers.dts").read_text(encoding="utf-8")
        text = text.replace("../build/guests/initrd.cpio", str(INITRD)).replace("../build", str(km.BUILD))
        text = text.replace('"40M as', '"40M at 0x70000000 as')
        km.TESTS.mkdir(parents=True, exist_ok=True)
        path = km.TESTS / f"{name}.dts"
        path.write_text(re.sub('bootargs = ".*"', f'bootargs = "{SHELL}"', text), encoding="utf-8")
        self.first = Kernel(folder / "gdb", PLACE)
        self.machine = km.kumiki(name, path, mode=mode, extra=frame_probe.arguments(folder / "gdb"))

    def __enter__(self):
        self.machine.__enter__()
        self.machine.expect_all([PROMPT, WATCHES, WATCHED], 90)
        self.machine.send("sleep 1000 & echo process $! sleeps\r")
        self.pid = self.machine.expect(r"^\[linux\] process (\d+) sleeps$", 30)[1]
        return self

    def __exit__(self, *what):
        self.machine.__exit__(*what)

    def attack(self, what):
        self.machine.send(INTRUDER.format(f"{what} pid={self.pid}") + "\r")
        self.machine.expect(rf"^\[linux\] .*intruder: {what} is done.*$", 30)

    @staticmethod
    def found(what):
        return [rf"{LINUX}{words}$" for words in ATTACKS[what]]

    def hang(self, core, but):
        """This core's kernel, when an interrupt comes."""
        with frame_probe.Probe(self.first.path) as probe:
            probe.break_at(self.first.names["trap_irq"])
            probe.resume(but=but)
            assert probe.wait_stop() == core
            probe.unbreak(self.first.names["trap_irq"])
            probe.set_register("pc", self.first.names["boot_park"])
            probe.set_register("cpsr", HANGS)
            probe.detach()


def changed(words, text):
    return [rf"{words}kernel text at {text:#x} {what}$" for what in ("has changed" + OLD, "is put back")]


# Shows: watch.watchers.
@pytest.mark.long
def test_damage_of_a_watcher_is_mended(tmp_path):
    """Of its kernel, while it goes on."""
    with Watchers("watchers-damage", tmp_path) as now:
        text = unused(now.first)
        was = now.first.exchange(text, FOREIGN)
        now.attack("list")
        now.machine.expect_since(0, changed(FIRST, text) + now.found("list"), 60)
        assert now.first.exchange(text) == was


# Shows: watch.watchers.
def test_supervisor_of_a_watcher_restarts_programs(tmp_path):
    """The second watcher says nothing of that, and the first one goes on."""
    with Watchers("watchers-quiet", tmp_path) as now:
        for program in "watcher", "console", "watcher":
            now.machine.send(f"\x1d2kill {program}\r")
            now.machine.expect(rf"^\[first\] .*supervisor: {program} was killed$", 30)
        now.machine.expect(WATCHES, 30)
        now.machine.send("\x1d1sleep 12; echo nobody \"spoke\"\r")
        now.machine.expect(r"^\[linux\] nobody spoke$", 60)
        assert len(re.findall(rf"{FIRST}.*$", now.machine.whole, re.MULTILINE)) == 2  # found, and watched


# Shows: watch.watchers-gone.
def test_partition_without_its_watcher_restarts(tmp_path):
    """What was done to the Linux meanwhile is found."""
    with Watchers("watchers-gone", tmp_path) as now:
        now.machine.send("\x1d2stop watcher\r")
        now.machine.expect(r"^\[first\] (?:\$ )?supervisor: watcher is stopped$", 30)
        begin = now.machine.position
        now.machine.send("\x1d1")
        now.attack("text")
        now.machine.expect_since(begin, [rf"{FIRST}programs \(high\): .*$",
                                         rf"{FIRST}it is restarted for the rule 'programs': .*$", *RESTARTED, *now.found("text")], 60)
        assert "a new baseline" not in now.machine.whole


# Shows: watch.watchers-gone.
@pytest.mark.long
def test_watchers_that_hang_restart(tmp_path):
    """Both at once: the second by the frame, the first by the second. What was done to the Linux meanwhile is found."""
    with Watchers("watchers-hang", tmp_path, km.THREADS) as now:
        now.hang(2, but=3)
        now.hang(3, but=2)
        begin = now.machine.position
        now.attack("list")
        now.machine.expect_since(begin, [r"^\[kumiki\] second runs again: start 2, .*$", rf"{FIRST}watcher-runs \(high\): .*$",
                                         rf"{FIRST}it is restarted for the rule 'watcher-runs': .*$", *RESTARTED, *now.found("list")], 90)


PLACES = {"left": 0x60000000, "right": 0x62000000}
RULES = km.TOP / "systems/rules/rtos"


def rules(name):
    """For a partition with a program more than the first one has: the watchdog."""
    own, made = km.TESTS / f"{name}-own.rules", km.TESTS / f"{name}.rules"
    text = (RULES / "own/watcher.rules").read_text(encoding="utf-8")
    assert text.count(">= 5") == 1
    own.write_text(text.replace(">= 5", ">= 6"), encoding="utf-8")
    subprocess.run([km.KUMIKI, "rules", "check", "-o", made, RULES / "kernel.rules", own, ELF], check=True, timeout=km.HANGS)
    return made.name


def pair(name, own, other):
    """A partition that watches the other one, which has 16 MiB."""
    text = (km.TOP / "systems/rtos/watch-watcher.dts").read_text(encoding="utf-8").replace("watcher.rules", rules(name))
    text = re.sub(r"\bfirst\b", other, text)
    assert f'{other}: {other} {{ kumiki,watched = "{other}"; }};' in text
    return km.partition(own, cores=1 << list(PLACES).index(own), memory=f"16M at {PLACES[own]:#x} as 0x40000000",
                        image=packed(f"{name}-{own}", text),
                        more=[f'kumiki,watches = "{other}";', f'kumiki,manages = "{other}";', "kumiki,mends;"])


# Shows: watch.watchers-pair.
@pytest.mark.talk
def test_two_watchers_watch_each_other(tmp_path):
    """Both are damaged at once, and mended; then one of them while the other one's watcher is gone."""
    name, others = "watchers-pair", {"left": "right", "right": "left"}
    says = {own: rf"^\[{own}\] (?:\$ )?{other}: " for own, other in others.items()}
    kernels = {own: Kernel(tmp_path / "gdb", place + 0x200000) for own, place in PLACES.items()}
    text = unused(kernels["left"])
    told = {own: changed(words, text) for own, words in says.items()}
    watched = {own: rf"{words}text, constants, vectors and rules are watched.*$" for own, words in says.items()}
    with km.kumiki(name, km.description(name, [pair(name, own, other) for own, other in others.items()]),
                   extra=frame_probe.arguments(tmp_path / "gdb"), mode=km.TALK) as machine:
        machine.expect_all(list(watched.values()), 60)
        with frame_probe.Probe(tmp_path / "gdb") as probe:
            for kernel in kernels.values():
                probe.write(kernel.at(text), FOREIGN.to_bytes(8, "little"))
            probe.detach()
        machine.expect_all(told["left"] + told["right"], 60)
        machine.send("\x1d1stop watcher\r")
        machine.expect(r"^\[left\] (?:\$ )?supervisor: watcher is stopped$", 30)
        was = kernels["right"].exchange(text, FOREIGN)
        machine.expect_all([rf"{says['right']}programs \(high\): .*$", r"^\[kumiki\] left runs again: start 2, .*$",
                            watched["left"], watched["right"], *told["left"]], 60)
        assert kernels["right"].exchange(text) == was
