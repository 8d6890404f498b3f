"""A watched Linux that changes its own text. Tracing, probes and static keys lead to no alarm. Damage among them is reported
and mended. tests/modules/intruder is the attacker."""

import kumiki_machine as km
import pytest

from sessions import SHELL
from test_watching import INTRUDER, WATCHER, Linux, alarms, system

TRACING = "/sys/kernel/tracing"
# {name: commands} that let a Linux change its own text and change it back.
CHANGES = {
    "tracer": f"echo function > {TRACING}/current_tracer; sleep 2; echo nop > {TRACING}/current_tracer",
    "graph": f"echo function_graph > {TRACING}/current_tracer; sleep 2; echo nop > {TRACING}/current_tracer",
    "probe": (f"echo 'p:one do_sys_openat2' > {TRACING}/kprobe_events; echo 'r:two do_sys_openat2' >> {TRACING}/kprobe_events; "
              f"echo 1 > {TRACING}/events/kprobes/enable; cat /proc/version; sleep 2; "
              f"echo 0 > {TRACING}/events/kprobes/enable; echo > {TRACING}/kprobe_events"),
    "keys": (f"echo 1 > /proc/sys/kernel/sched_schedstats; echo 1 > {TRACING}/events/enable; sleep 2; "
             f"echo 0 > {TRACING}/events/enable; echo 0 > /proc/sys/kernel/sched_schedstats"),
    "module": "insmod /lib/modules/intruder.ko what=nothing; rmmod intruder",
    "cpu": "echo 0 > /sys/devices/system/cpu/cpu1/online; sleep 1; echo 1 > /sys/devices/system/cpu/cpu1/online",
}


def storm(linux):
    linux.do(f"mount -t tracefs none {TRACING}; ls {TRACING} | grep -c current_tracer; echo it is \"mounted\"", "it is mounted")
    for name, change in CHANGES.items():
        linux.do(f"{change}; echo {name} changed: $?", f"{name} changed: 0")


def expect_mended(linux, what):
    """The damage is reported and mended, and there was no other alarm."""
    linux.do(INTRUDER.format(what), f"intruder: {what} is done")
    linux.told(r"kernel text at 0xffff[0-9a-f]+ has changed")
    linux.since([rf"{WATCHER}linux: kernel text at 0xffff[0-9a-f]+ is put back$",
                 r"^\[kumiki\] watcher mended 1 word of linux$"])
    linux.do("rmmod intruder", f"intruder: {what} is undone by somebody else")
    assert len(alarms(linux.machine)) == 2


# Shows: watch.sites.
@pytest.mark.long
def test_own_changes_are_no_alarm():
    """A mending watcher doesn't undo them either. Then the same Linux has its text damaged."""
    name = "sites-storm"
    with km.kumiki(name, system(name, mends=True), mode=km.MODES["icount"]) as machine:
        linux = Linux(machine)
        storm(linux)
        assert alarms(machine) == []
        assert "mended" not in machine.text.replace("isn't mended", "")
        expect_mended(linux, "text")


# Shows: watch.sites. Without KASLR, modules are near enough to branch there.
@pytest.mark.long
@pytest.mark.parametrize("what", ["jump", "traced", "break"])
def test_wrong_word_at_a_site_is_mended(what):
    """The wrong word is at a site that the kernel itself changes, or has the instruction that the kernel would use."""
    name = f"sites-{what}"
    with km.kumiki(name, system(name, f"{SHELL} nokaslr", mends=True), mode=km.MODES["icount"]) as machine:
        linux = Linux(machine)
        assert alarms(machine) == []
        expect_mended(linux, what)
