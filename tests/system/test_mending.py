"""A watcher mends its Linux: the damage of tests/modules/intruder is undone, and the Linux goes on with its work. When the
intruder is unloaded, it says that somebody else undid its work."""

import re

import kumiki_machine as km
import pytest

from sessions import PROMPT, SHELL
from test_watching import INTRUDER, WATCHED, WATCHER, Linux, alarms, system

LOAD = "while true; do /bin/busybox true; done & while true; do cat /proc/*/stat > /dev/null 2>&1; done & echo it \"works\""
MENDED = r"^\[kumiki\] watcher mended {} of linux$"
LINKS = "[2-4] words"  # of four words. One may be right already, if the task is still the list's last one
ATTACKS = {"list": r"task 'sleep' \(pid {}\) is in the PID tree and not in the task list",
           "text": r"kernel text at 0xffff[0-9a-f]+ has changed"}
MENDS = {"list": (r"task 'sleep' \(pid {}\) is in the task list again", LINKS),
         "text": (r"kernel text at 0xffff[0-9a-f]+ is put back", "1 word")}


class Worker(Linux):
    """A Linux that forks and reads its processes without end."""

    def __init__(self, machine):
        super().__init__(machine)
        self.pid = self.sleeper()
        self.do(LOAD, "it works")

    def attack(self, what):
        self.do(INTRUDER.format(f"{what} pid={self.pid}"), f"intruder: {what} is done")

    def expect_sound(self, what):
        """The intruder finds nothing wrong, and a process can end, because its links are right."""
        self.do("rmmod intruder", f"intruder: {what} is undone by somebody else")
        self.do(f"kill {self.pid}; wait {self.pid}; echo it ended: $?", "it ended: 143")
        self.do("i=0; while [ $i -lt 100 ]; do /bin/busybox true & i=$((i+1)); done; wait $!; echo all of $i", "all of 100")


# Shows: watch.mended, watch.mends.
@pytest.mark.long
@pytest.mark.parametrize("what", ATTACKS)
def test_damage_is_mended(what):
    """Damage is mended under load. The Linux is as it was, and the operator can read about the mend."""
    name = f"mending-{what}"
    words, count = MENDS[what]
    with km.kumiki(name, system(name, mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Worker(machine)
        assert alarms(machine) == []
        linux.attack(what)
        linux.told(ATTACKS[what].format(linux.pid))
        linux.since([rf"{WATCHER}linux: {words.format(linux.pid)}$", MENDED.format(count)])
        linux.expect_sound(what)
        assert len(alarms(machine)) == 2


# Shows: watch.mended.
@pytest.mark.long
@pytest.mark.parametrize("what, told", [("data", "writable and executable"), ("second", "a writable way to text or constants")])
def test_foreign_mapping_is_mended(what, told):
    """With `data`, the module sees that the entry is mended. With `second`, it sees that no CPU still writes by an old TLB
    entry."""
    name = f"mending-{what}"
    with km.kumiki(name, system(name, mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format(what), f"intruder: {what} is done")
        linux.told(rf"the kernel's page at 0xffff[0-9a-f]+ is {told}, at physical 0x6[0-9a-f]+")
        linux.told(rf"the kernel's page at 0xffff[0-9a-f]+ was {told}, at physical 0x6[0-9a-f]+: mended")
        linux.do("rmmod intruder", f"intruder: {what} is undone by somebody else")
        assert len(alarms(machine)) == 2


# Shows: watch.mended.
@pytest.mark.long
def test_circle_in_the_task_list_is_mended():
    """Nobody may walk along the list meanwhile. A task that hides is found and comes back, too."""
    name = "mending-circle"
    with km.kumiki(name, system(name, mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        pid = linux.sleeper()
        linux.do(INTRUDER.format(f"circle pid={pid}"), "intruder: circle is done")
        linux.told(rf"task 'sleep' \(pid {pid}\) doesn't lead back to the one before it in the task list")
        linux.told(rf"task 'sleep' \(pid {pid}\) is well linked again, or gone")
        linux.do("rmmod intruder", "intruder: circle is undone by somebody else")


# Shows: watch.mended-registers.
@pytest.mark.long
@pytest.mark.parametrize("what, told, over", [
    ("vectors", "VBAR_EL1 0xffff[0-9a-f]+ leads to no vectors of the kernel", "VBAR_EL1 0xffff[0-9a-f]+: mended"),
    ("control", "SCTLR_EL1 has changed to 0x[0-9a-f]+", "SCTLR_EL1 is as it was; it was 0x[0-9a-f]+: mended")])
def test_foreign_register_is_mended(what, told, over):
    """The register is that of the intruder's CPU. The intruder sees the mend when it is unloaded."""
    name = f"mending-{what}"
    with km.kumiki(name, system(name, f"{SHELL} nokaslr", mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Worker(machine)
        linux.attack(what)
        linux.told(rf"CPU [01]: {told}")
        linux.since([rf"{WATCHER}linux: CPU [01]: {over}$", MENDED.format("1 word")])
        linux.expect_sound(what)
        assert len(alarms(machine)) == 2


# Shows: watch.mended.
@pytest.mark.long
def test_killed_watcher_mends_on():
    """The watcher is killed again and again, just after an attack. This watcher or the next one mends, and no mend is left
    half done."""
    name = "mending-killed"
    with km.kumiki(name, system(name, mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Worker(machine)
        for _ in range(3):
            linux.attack("list")
            machine.send("\x1d2kill watcher\r")
            machine.expect(rf"{WATCHER}supervisor: watcher was killed$", 30)
            machine.expect(WATCHED, 30)
            machine.send("\x1d1\r")
            machine.expect(PROMPT, 30)
            linux.since([MENDED.format(LINKS)])
            linux.do("rmmod intruder", "intruder: list is undone by somebody else")
        linux.attack("list")
        linux.told(MENDS["list"][0].format(linux.pid))
        linux.expect_sound("list")


# Shows: watch.mends.
@pytest.mark.long
def test_without_the_right_nothing_is_mended():
    name = "mending-denied"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        pid = linux.sleeper()
        assert re.search(r"^\[watcher\] .*linux: it isn't mended: this partition has no kumiki,mends$", machine.text, re.M)
        linux.do(INTRUDER.format(f"list pid={pid}"), "intruder: list is done")
        linux.told(ATTACKS["list"].format(pid))
        linux.do("sleep 0.3; rmmod intruder", r"intruder: list is undone(?! by)")
        linux.told(rf"task 'sleep' \(pid {pid}\) is in both again, or gone")
        assert "watcher mended" not in machine.text
