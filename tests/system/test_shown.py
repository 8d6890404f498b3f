"""A watcher shows its alarms and rules in a window. A Linux with the panel reads them by kumikictl. Here this is the watched
Linux itself, which can only read them."""

import re

import kumiki_machine as km
import pytest

import dump
import module_files
import schema
from sessions import SHELL
from test_panel_linux import INITRD, MODULES, run
from test_watching import INTRUDER, OLD, WATCHER, Linux

LATE = "a new baseline of a kernel that ran already: earlier changes are part of it"
# No mend is known for a hidden thread that sleeps.
HIDDEN = r"hidden-members \(\w+\): [^\n]*"


def system(name):
    initrd = km.TESTS / f"{name}.cpio"
    initrd.parent.mkdir(parents=True, exist_ok=True)
    initrd.write_bytes(INITRD.read_bytes() + module_files.archive(
        {"lib/modules/intruder.ko": (km.BUILD / "modules/intruder/intruder.ko").read_bytes()}))
    linux = km.partition("linux", cores=0x3, memory="256M at 0x60000000", image=km.IMAGE["linux"], initrd=initrd,
                         bootargs=SHELL, more=["kumiki,panel;"])
    watcher = km.partition("watcher", cores=0x4, memory="40M as 0x40000000", image=km.BUILD / "rtos/shown.img",
                           more=['kumiki,watches = "linux";', "kumiki,mends;"])
    # At a reset QEMU writes into the first page of RAM, which belongs to the first window.
    windows = """windows {
    first { kumiki,size = "4K"; kumiki,writers = "linux"; kumiki,readers = "watcher as 0x50004000"; };
    alarms { kumiki,size = "12K"; kumiki,writers = "watcher as 0x50000000"; kumiki,readers = "linux"; };
};"""
    return km.beside_domains(km.description(name, [linux, watcher]), windows)


def told(machine, what):
    said = run(machine, f"kumikictl {what} --json")
    return schema.document(said[said.index("{"):said.rindex("}") + 1] + "\n", what)


# Shows: watch.alarms.
@pytest.mark.long
def test_manager_sees_alarms_and_rules():
    """An open alarm, a mended one, the alarms of a killed watcher, and the note that the next watcher came late."""
    name = "shown"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        run(machine, MODULES)
        assert "  no alarm yet\n" in run(machine, "kumikictl alarms")
        pid = linux.sleeper()
        linux.do(INTRUDER.format(f"list pid={pid}"), "intruder: list is done")
        linux.told(rf"task 'sleep' \(pid {pid}\) is in the task list again")
        linux.do("rmmod intruder", "intruder: list is undone by somebody else")
        linux.do(INTRUDER.format("rests"), "intruder: rests is done")
        linux.told(HIDDEN)
        mended, there = told(machine, "alarms")["alarms"]
        assert re.fullmatch(rf"task 'sleep' \(pid {pid}\) is in the PID tree and not in the task list{OLD}", mended["found"])
        assert mended["done"] == f"task 'sleep' (pid {pid}) is in the task list again"
        assert mended["since_us"] < mended["until_us"] < there["since_us"]
        assert "until_us" not in there and re.fullmatch(HIDDEN, there["found"])
        run(machine, "until kumikictl rules | grep -q '  hidden-members  *findings 1$'; do :; done; kumikictl windows")
        rules = {one["name"]: one for one in told(machine, "rules")["rules"]}
        assert rules["hidden-members"]["findings"] == 1 and rules["tasks"]["findings"] == 0
        assert rules["hidden-module"] == {"name": "hidden-module", "findings": 0, "can_tell": True}
        machine.send("\x1d2kill watcher\r")
        machine.expect(rf"{WATCHER}supervisor: watcher was killed$", 30)
        machine.expect(rf"{WATCHER}linux: {HIDDEN}$", 60)
        machine.send("\x1d1\r")
        before, again = told(machine, "alarms")["alarms"][1:]
        assert before["done"] == "the watcher was started anew" and before["since_us"] == there["since_us"]
        assert re.sub(OLD, "", again["found"]) == re.sub(OLD, "", there["found"]) and "until_us" not in again
        machine.send("\x1dcrestart watcher\r")
        machine.expect(rf"{WATCHER}linux: {LATE}$", 60)
        machine.send("\x1d1\r")
        assert LATE in [one["found"] for one in told(machine, "alarms")["alarms"]]


# Shows: watch.alarms.
@pytest.mark.long
def test_alarms_of_before_a_reset_are_earlier(tmp_path):
    """The window outlives the machine's reset, and the counter doesn't."""
    name = "shown-reset"
    command = km.command_of(system(name), tmp_path / "system.img", dump.arguments(tmp_path / "monitor"))
    with km.Machine(name, [word for word in command if word != "-no-reboot"]) as machine:
        linux = Linux(machine)
        run(machine, MODULES)
        linux.do(INTRUDER.format("rests"), "intruder: rests is done")
        linux.told(HIDDEN)
        (there,) = told(machine, "alarms")["alarms"]
        with dump.Dump(tmp_path / "monitor", tmp_path) as monitor:
            monitor.monitor("system_reset")
        linux = Linux(machine)
        run(machine, MODULES)
        assert told(machine, "alarms")["alarms"] == [there | {"earlier": True}]
        assert re.search(f"^  earlier: {HIDDEN}$", run(machine, "kumikictl alarms"), re.MULTILINE)
