"""A watched Linux that changes its own text: tracing, probes and static keys lead to no alarm, and damage among them is
told and put back. tests/modules/intruder is the attacker."""

import kumiki_machine as km

from test_watching import INTRUDER, Linux, alarms, system

TRACING = "/sys/kernel/tracing"
# What a Linux does to its own text, each there and back again; then it says which it was.
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
    linux.do(f"mount -t tracefs none {TRACING}; ls {TRACING} | grep -c current_tracer; echo it is mounted", "it is mounted")
    for name, change in CHANGES.items():
        linux.do(f"{change}; echo {name} changed: $?", f"{name} changed: 0")


# Shows: watch.sites.
def test_own_changes_are_no_alarm():
    """Then the same Linux has its text damaged."""
    name = "sites-storm"
    with km.kumiki(name, system(name), mode=km.MODES["icount"]) as machine:
        linux = Linux(machine)
        storm(linux)
        assert alarms(machine) == []
        linux.do(INTRUDER.format("text"), "intruder: text is done")
        linux.told(r"kernel text at 0xffff[0-9a-f]+ has changed")
