"""A partition of the RTOS watches a Linux from outside: attacks in that Linux are told in words, and its
legitimate life leads to no word. tests/modules/intruder is the attacker."""

import contextlib
import re
import subprocess

import frame_probe
import gdbstub
import kumiki_machine as km
import pytest

from brokers import arrive
from sessions import PROMPT, SHELL
from test_rtos_waits import wait_for_ever

pytestmark = pytest.mark.talk

INITRD = km.BUILD / "guests/initrd-modules.cpio"
WATCHER = r"^\[watcher\] (?:\$ )?"  # what it says may stand behind its shell's prompt
WATCHED = rf"{WATCHER}linux: text, constants, vectors and tasks are watched$"
INTRUDER = "insmod /lib/modules/intruder.ko what={}"
OLD = r" \((?:at most \d+ ms old|of unknown age)\)"  # behind each finding
# What the watcher says: alarms, what is gone, what it can't tell.
SAID = rf"{WATCHER}linux: .*$"
QUIET = (rf"{WATCHER}linux: (?:Linux version .*|text, constants, vectors and tasks are watched|it was started anew.*|"
         r"it isn't mended: this partition has no kumiki,mends|it isn't restarted: .*)$")


def system(name, bootargs=SHELL, mends=False, manages=False, watcher="watch", memory="40M", beside=(), **options):
    """`beside`: further partitions. `options`: of the Linux."""
    linux = km.partition("linux", memory="256M at 0x60000000", bootargs=bootargs,
                         **{"cores": 0x3, "image": km.IMAGE["linux"], "initrd": INITRD, **options})
    if isinstance(watcher, str):
        watcher = km.BUILD / f"rtos/{watcher}.img"
    watcher = km.partition("watcher", cores=0x4, memory=f"{memory} as 0x40000000", image=watcher,
                           more=['kumiki,watches = "linux";', *(["kumiki,mends;"] if mends else []),
                                 *(['kumiki,manages = "linux";'] if manages else [])])
    return km.description(name, [linux, *beside, watcher])


class Linux:
    """The watched Linux, at its prompt."""

    def __init__(self, machine):
        self.machine, self.begun, self.known = machine, 0, 0
        machine.expect_all([PROMPT, WATCHED], 90)

    def do(self, command, said, seconds=60):
        self.begun = self.machine.position
        self.machine.send(command + "\r")
        self.machine.expect(rf"^\[linux\] .*{said}.*$", seconds)

    def sleeper(self):
        """A process that does nothing for long; its number."""
        self.machine.send("sleep 1000 & echo process $! sleeps\r")
        return int(self.machine.expect(r"^\[linux\] process (\d+) sleeps$", 30).group(1))

    def since(self, patterns, seconds=30):
        """Waits for what comes since the last command began: some of it may come before the command's own words."""
        position, self.machine.position = self.machine.position, self.begun
        self.machine.expect_all(patterns, seconds)
        self.machine.position = max(position, self.machine.position)

    def told(self, text):
        self.since([rf"{WATCHER}linux: {text}(?:{OLD})?\n"])

    def unread(self):
        """The alarms since news were asked for last."""
        return alarms(self.machine)[self.known:]

    def news(self):
        found = self.unread()
        self.known += len(found)
        return found


class Shared:
    """One watched Linux for one test after the other, as each undoes what it did. Behind one that fails comes another Linux."""

    def __init__(self, name):
        self.name, self.number, self.linux = name, 0, None

    def _start(self):
        self.number += 1
        name = f"{self.name}-{self.number}"
        return km.kumiki(name, system(name), mode=km.TALKS["icount"])

    @contextlib.contextmanager
    def lent(self):
        """To a test, which has asked for all news when it is over."""
        linux, self.linux = self.linux, None
        with contextlib.ExitStack() as ends:
            machine = ends.enter_context(linux.machine if linux else self._start())
            linux = linux or Linux(machine)
            yield linux
            ends.pop_all()
        self.linux = linux

    def close(self):
        if self.linux:
            self.linux.machine.close()


@pytest.fixture(scope="module")
def shared():
    with contextlib.closing(Shared("watching-shared")) as found:
        yield found


def alarms(machine):
    """All that the watcher said but for what a good life leads to."""
    return [line for line in re.findall(SAID, machine.whole, re.M) if not re.match(QUIET, line)]


# Shows: watch.tasks, watch.ages.
@pytest.mark.parametrize("what, where, where_not", [
    ("list", "PID tree", "task list"), ("tree", "task list", "PID tree")])
def test_hidden_process_is_told(shared, what, where, where_not):
    """Out of one of the two, and in both again."""
    with shared.lent() as linux:
        pid = linux.sleeper()
        assert linux.news() == []
        linux.do(INTRUDER.format(f"{what} pid={pid}"), f"intruder: {what} is done")
        linux.told(rf"task 'sleep' \(pid {pid}\) is in the {where} and not in the {where_not} \(at most \d{{1,3}} ms old\)")
        linux.do("rmmod intruder", f"intruder: {what} is undone")
        linux.told(rf"task 'sleep' \(pid {pid}\) is in both again, or gone")
        assert len(linux.news()) == 2


def expect_text_told(linux):
    linux.do("while :; do :; done & sleep 2; kill $!; echo it has \"spun\"", "it has spun")
    assert linux.news() == []
    linux.do(INTRUDER.format("text"), "intruder: text is done")
    linux.told(r"kernel text at 0xffff[0-9a-f]+ has changed \(at most \d{1,4} ms old\)")
    linux.do("rmmod intruder", "intruder: text is undone")
    linux.told(r"kernel text at 0xffff[0-9a-f]+ is as it was")
    assert len(linux.news()) == 2


# Shows: watch.text, watch.ages.
def test_changed_text_is_told(shared):
    with shared.lent() as linux:
        expect_text_told(linux)


# Shows: watch.text.
@pytest.mark.long
def test_changed_text_is_told_of_two_tables():
    """Of a kernel whose page tables and vectors change whenever user space runs."""
    name = "watching-text-kpti"
    with km.kumiki(name, system(name, spared=False), mode=km.TALKS["icount"]) as machine:
        expect_text_told(Linux(machine))


def watcher_of(image, folder):
    """An image of the RTOS with a watcher for this kernel, which is larger, and without rules."""
    subprocess.run([km.KUMIKI, "facts", "-o", folder / "linux.facts", image], check=True, timeout=km.HANGS)
    manifest = folder / "watch.dts"
    text = (km.TOP / "systems/rtos/watch.dts").read_text(encoding="utf-8").replace('"28M"', '"36M"')
    manifest.write_text(re.sub(r"\n\t\trules .*", "", text), encoding="utf-8")
    subprocess.run([km.KUMIKI, "rtos", "pack", "-I", folder, "-I", km.TOP / "systems/rtos", "-I", km.BUILD / "rtos", "--kernel",
                    km.RTOS / "kernel.img", "-o", folder / "watch.img", manifest], check=True, timeout=km.HANGS)
    return folder / "watch.img"


TRACES = "cd /sys/kernel/tracing; echo vfs_write >set_ftrace_filter; for t in function nop; do echo $t >current_tracer; done; cd /"


# Shows: watch.text.
@pytest.mark.long
@pytest.mark.parametrize("kernel", km.TODAY[:2])
def test_kernels_of_today(kernel, tmp_path):
    """Traced functions are no alarm. A changed word of text is told, and put back."""
    name = f"watching-{kernel}"
    described = system(name, mends=True, memory="48M", image=km.IMAGE[kernel], watcher=watcher_of(km.IMAGE[kernel], tmp_path))
    with km.kumiki(name, described, extra=frame_probe.arguments(tmp_path / "probe")) as machine:
        linux = Linux(machine)
        linux.do("mount -t tracefs none /sys/kernel/tracing; " + TRACES + "; echo all $((40+2)) traced", "all 42 traced")
        linux.do("grep -E ' (_text|sysrq_handle_crash)$' /proc/kallsyms; echo all of $((40+2))", "all of 42")
        machine.expect(PROMPT, 60)
        assert alarms(machine) == []
        at = {what: int(place, 16) for place, what in
              re.findall(r"^\[linux\] ([0-9a-f]{16}) \w (_text|sysrq_handle_crash)$", machine.text, re.M)}
        place = 0x60000000 + at["sysrq_handle_crash"] - at["_text"]
        with frame_probe.Probe(tmp_path / "probe") as probe:
            before = probe.read(place, 8)
            probe.write(place, bytes(8))
            probe.resume()
            linux.told(r"kernel text at 0xffff[0-9a-f]+ has changed")
            linux.told(r"kernel text at 0xffff[0-9a-f]+ is put back")
            probe.stop()
            assert probe.read(place, 8) == before


# Shows: watch.constants, watch.mended.
def test_changed_constant_is_told_and_mended():
    """A function of a constant table, which the kernel has as it starts, and of one that it fills in then."""
    name = "watching-constants"
    with km.kumiki(name, system(name, mends=True), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        for what in "show", "settime":
            linux.do(INTRUDER.format(what), f"intruder: {what} is done")
            linux.told(r"kernel constant at 0xffff[0-9a-f]+ has changed")
            linux.told(r"kernel constant at 0xffff[0-9a-f]+ is put back")
            linux.do("rmmod intruder", f"intruder: {what} is undone by somebody else")


# Shows: watch.vectors.
def test_foreign_vectors_are_told():
    """The Linux goes on by them, as they lead to its own. Without KASLR, modules are near enough to branch there."""
    name = "watching-vectors"
    with km.kumiki(name, system(name, f"{SHELL} nokaslr"), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format("vectors"), "intruder: vectors is done")
        linux.told(r"CPU [01]: VBAR_EL1 0xffff[0-9a-f]+ leads to no vectors of the kernel")
        linux.do("rmmod intruder", "intruder: vectors is undone")
        linux.told(r"CPU [01]: VBAR_EL1 0xffff[0-9a-f]+ is no more")
        assert len(alarms(machine)) == 2


# Shows: watch.deadlines.
def test_missed_deadline_is_told():
    """Of a CPU that works for longer than the description says, once."""
    name = "watching-deadlines"
    promise = ("kumiki,period = <3000000>;", "kumiki,deadline = <500000>;")
    with km.kumiki(name, system(name, more=promise), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        linux.do("sleep 1; echo it has \"slept\"", "it has slept")
        assert linux.news() == []
        linux.do("while :; do :; done & sleep 1; kill $!; echo it has \"worked\"", "it has worked")
        linux.told("deadlines were missed: 1")
        assert len(linux.news()) == 1


# Shows: watch.control.
def test_changed_control_is_told(shared):
    with shared.lent() as linux:
        assert linux.news() == []
        linux.do(INTRUDER.format("control"), "intruder: control is done")
        linux.told(r"CPU [01]: SCTLR_EL1 has changed to 0x[0-9a-f]+")
        linux.do("rmmod intruder", "intruder: control is undone")
        linux.told(r"CPU [01]: SCTLR_EL1 is as it was; it was 0x[0-9a-f]+")
        assert len(linux.news()) == 2


# Shows: watch.modules.
@pytest.mark.long
def test_changed_text_of_a_module_is_told(shared):
    """Of one that is loaded under the watcher's eyes. Tracing its functions is no change."""
    with shared.lent() as linux:
        linux.do(INTRUDER.format("nothing"), "intruder: nothing is done")
        linux.do("mount -t tracefs none /sys/kernel/tracing; cd /sys/kernel/tracing; echo function > current_tracer; "
                 "sleep 2; echo nop > current_tracer; cd /; echo it was \"traced\"", "it was traced")
        linux.do("rmmod intruder", "intruder: nothing is undone")
        assert linux.news() == []
        linux.do(INTRUDER.format("own"), "intruder: its text is changed: 0")
        linux.told(r"module 'intruder': its text at 0xffff[0-9a-f]+ has changed")
        linux.do("rmmod intruder", "intruder: own is undone")
        linux.told(r"module 'intruder': its text at 0xffff[0-9a-f]+ is as it was, or gone")
        assert len(linux.news()) == 2


# Shows: watch.mappings.
@pytest.mark.long
@pytest.mark.parametrize("what, told", [("data", "writable and executable"), ("second", "a writable way to text or constants")])
def test_foreign_mapping_is_told(shared, what, told):
    """A page of data that may be executed, and one that leads to kernel text. Changes of text by the kernel are none."""
    with shared.lent() as linux:
        linux.do(INTRUDER.format("sites"), "intruder: sites is done")
        linux.do("rmmod intruder", "intruder: sites is undone")
        assert linux.news() == []
        linux.do(INTRUDER.format(what), f"intruder: {what} is done")
        linux.told(rf"the kernel's page at 0xffff[0-9a-f]+ is {told}, at physical 0x6[0-9a-f]+")
        linux.do("rmmod intruder", f"intruder: {what} is undone")
        linux.told(rf"the kernel's page at 0xffff[0-9a-f]+ was {told}, at physical 0x6[0-9a-f]+")
        assert len(linux.news()) == 2


# Shows: watch.filters.
def test_compiled_filters_are_no_alarm(shared):
    """Of sockets, in both languages, and of system calls, which the kernel writes as code, executes and frees."""
    with shared.lent() as linux:
        assert linux.news() == []
        linux.do("echo compiles: $(cat /proc/sys/net/core/bpf_jit_enable)", "compiles: 1")
        linux.do("filters 500", "filters: rounds 500")
        linux.do("sleep 2; echo it has \"slept\"", "it has slept")
        assert linux.news() == []


# Shows: watch.quiet.
@pytest.mark.long
def test_good_life_is_no_alarm():
    """A module that belongs there, and forks by the hundred; then a restart, after which all is looked at again."""
    name = "watching-quiet"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        for i in range(3):
            linux.do(INTRUDER.format("nothing"), "intruder: nothing is done")
            linux.do("rmmod intruder", "intruder: nothing is undone")
            linux.do("i=0; while [ $i -lt 200 ]; do /bin/busybox true & i=$((i+1)); done; wait; echo all of $i", "all of 200")
        assert alarms(machine) == []
        machine.send("reboot -f\r")
        machine.expect(rf"{WATCHER}linux: it was started anew; another baseline is needed$", 60)
        linux = Linux(machine)
        pid = linux.sleeper()
        assert alarms(machine) == []
        linux.do(INTRUDER.format(f"list pid={pid}"), "intruder: list is done")
        linux.told(rf"task 'sleep' \(pid {pid}\) is in the PID tree and not in the task list")


# Shows: watch.watcher.
def test_killed_watcher_goes_on():
    """It is started anew with the baseline that it took before, so text that was changed meanwhile is told."""
    name = "watching-killed"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format("text"), "intruder: text is done")
        linux.told(r"kernel text at 0xffff[0-9a-f]+ has changed")
        machine.send("\x1d2kill watcher\r")
        machine.expect(rf"{WATCHER}supervisor: watcher was killed$", 30)
        machine.expect(WATCHED, 30)
        machine.expect(rf"{WATCHER}linux: kernel text at 0xffff[0-9a-f]+ has changed \(of unknown age\)$", 30)


# Shows: watch.watcher.
@pytest.mark.long
def test_watcher_that_hangs_is_started_anew(tmp_path):
    """In the middle of a look. An attack meanwhile is found."""
    name, gdb, elf = "watching-hangs", tmp_path / "gdb", km.RTOS / "watcher.elf"
    known = gdbstub.symbols(elf)
    with km.kumiki(name, system(name), mode=km.TALK, extra=["-gdb", f"unix:{gdb},server=on,wait=off"]) as machine:
        linux = Linux(machine)
        stub = gdbstub.Stub(gdb)
        arrive(stub, elf, known["watch_look"])
        wait_for_ever(stub, known)
        stub.ask("D")
        stub.socket.close()
        linux.do(INTRUDER.format("text"), "intruder: text is done")
        linux.since([rf"{WATCHER}supervisor: watcher hangs", WATCHED, rf"{WATCHER}linux: kernel text at 0xffff[0-9a-f]+ has changed \(of unknown age\)$"], 60)


# Shows: watch.watcher, watch.ages.
@pytest.mark.long
@pytest.mark.parametrize("what, told", [("list", r"task 'sleep' \(pid {}\) is in the PID tree and not in the task list"),
                                        ("text", r"kernel text at 0xffff[0-9a-f]+ has changed")], ids=["list", "text"])
def test_attack_without_a_watcher_is_found_by_the_next(what, told):
    """While no watcher runs."""
    name = f"watching-gap-{what}"
    with km.kumiki(name, system(name), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        pid = linux.sleeper()
        machine.send("\x1d2stop watcher\r")
        machine.expect(rf"{WATCHER}supervisor: watcher is stopped$", 30)
        machine.send("\x1d1\r")
        machine.expect(PROMPT, 30)
        linux.do(INTRUDER.format(f"{what} pid={pid}"), f"intruder: {what} is done")
        linux.do("sleep 1; echo nobody \"looked\"", "nobody looked")
        assert alarms(machine) == []
        machine.send("\x1d2start watcher\r")
        machine.expect(WATCHED, 30)
        linux.told(told.format(pid) + r" \(of unknown age\)")


# Shows: watch.replaced.
def test_watcher_is_replaced():
    """By a version from a file, which goes on with the baseline and the rules, and tells again what is there."""
    name, hidden = "watching-replaced", r"task 'sleep' \(pid {}\) is in {}"
    with km.kumiki(name, system(name, watcher="replace-watcher", memory="76M"), mode=km.TALKS["icount"]) as machine:
        linux = Linux(machine)
        pid = linux.sleeper()
        linux.do(INTRUDER.format(f"list pid={pid}"), "intruder: list is done")
        linux.told(hidden.format(pid, "the PID tree and not in the task list"))
        machine.send("\x1d2rules remove module-list\r")
        machine.expect(r"^\[watcher\] .*rules: module-list is removed$", 30)
        begin = machine.position
        machine.send("replace watcher /boot/bin/watcher\r")
        machine.expect_since(begin, [r"^\[watcher\] .*supervisor: watcher is replaced by a new version$", WATCHED,
                                     rf"{WATCHER}linux: {hidden.format(pid, 'the PID tree and not in the task list')}{OLD}$"], 60)
        machine.send("rules list\r")
        machine.expect(r"^\[watcher\] rules: that is all$", 30)
        listed = machine.text[begin:]
        assert "rules: hidden-module: every 10 ms" in listed and "module-list" not in listed
        assert "a new baseline" not in listed
        machine.send("\x1d1")
        linux.do("rmmod intruder", "intruder: list is undone")
        linux.told(hidden.format(pid, "both again, or gone"))
