"""A core goes from an unmodified Linux to a small system and back: by the operator, by a manager, by its holder, and under
load. Whichever step fails, each core has one holder, and the asker is told."""

import re

import cores
import kumiki_machine as km
import pytest
from cores import AGENT, HERE, TRIP
from moves import WORK, WORKED
from test_panel_linux import run

ONLINE = "cat /sys/devices/system/cpu/online"
REFUSED = r"{} keeps core 2: it refuses; its agent says why\n"
IN_VAIN = r": it didn't give it up in time; see that it and its agent run\n"
LATE = r"{} keeps core 2" + IN_VAIN
GONE = r"^\[kumiki\] core 2 has gone to {}\n"
ENDS = "agent=$(pidof kumiki-cores); kill -9 $agent; ! wait $agent"
AWAIT = "until grep -qx {} /sys/devices/system/cpu/online; do sleep 0.1; done; " + ONLINE


def operator(machine, command, *answers):
    """Types an operator's command. Linux has the keyboard again afterwards."""
    machine.send(f"\x1dc{command}\r")
    machine.expect_all(answers, 60)
    machine.send("\x1d1")
    machine.expect(r"^\[kumiki\] keys go to linux", 20)


def give(machine, name, answer=None, seconds=30):
    """The command that gives a core. It waits as long as it may, because a busy host may be slow."""
    if answer is None:
        answer = rf"core 2 is held by {name}\n"
    operator(machine, f"give 2 {name} {seconds}", answer)


def to_worker(machine, key):
    """Types a key for the worker. Linux has the keyboard again afterwards."""
    machine.send(f"\x1d2{key}\x1d1")
    machine.expect(r"^\[kumiki\] keys go to linux", 20)


def online(machine, cpus):
    """Waits until these CPUs are online."""
    run(machine, AWAIT.format(cpus), seconds=60)


# Shows: cores.there-and-back, cores.who-asks, cores.away.
@pytest.mark.long
@pytest.mark.parametrize("mode", km.MODES)
def test_a_core_goes_and_comes_back(mode):
    """The operator, a manager, or the holder moves the core. The CPUs on both sides go on and off with it."""
    name = f"cores-{mode}"
    with km.kumiki(name, cores.system(name), mode=km.TALKS[mode]) as machine:
        cores.begin(machine)
        operator(machine, "cores", r"core 2: linux; may be that of worker\n")
        begun = machine.position
        give(machine, "worker")
        online(machine, "0-1")
        machine.expect_since(begun, [HERE], 60)
        assert "core 2: worker; CPU 2 here" in run(machine, "kumikictl cores")
        # Linux can't switch its CPU on while the core is away.
        said = run(machine, "echo 1 >/sys/devices/system/cpu/cpu2/online; cat /sys/devices/system/cpu/online")
        assert re.search(r"^0-1$", said, re.MULTILINE), said
        begun = machine.position
        run(machine, "kumikictl --wait 60 give 2 linux")
        online(machine, "0-2")
        assert int(machine.expect_since(begun, [TRIP], 60)[0][1]) > 0
        run(machine, "kumikictl --wait 60 give 2 worker")
        to_worker(machine, "g")
        online(machine, "0-2")
        assert "core 2: linux; CPU 2 here\n" in run(machine, "kumikictl cores")


# Shows: cores.who-asks.
@pytest.mark.long
@pytest.mark.parametrize("mode", km.MODES)
def test_a_core_that_nobody_has(mode):
    """A free core goes to a partition and comes back, by each of those who may ask. By load it goes to the partition that
    needs it, and ba"""
    name = f"cores-free-{mode}"
    system = cores.system(name, "kumiki,cores-by-load;", free=True)
    system.write_text(system.read_text().replace("kumiki,panel;", "kumiki,panel; kumiki,manual;"))
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect(r"^\[worker\] worker: \d CPUs may come and go\n", 60)
        operator(machine, "cores hand", r"core 2: nobody; may be that of linux, worker\n")
        machine.send("\x1dcstart linux\r\x1d1")  # the typing is the load; the keyboard is Linux's before it is up
        machine.expect(r"^\[kumiki\] linux runs: start 1\b", 60)
        cores.begin(machine, 2)
        run(machine, "kumikictl --wait 60 give 2 linux")
        online(machine, "0-2")
        run(machine, "kumikictl --wait 60 give 2 nobody")
        online(machine, "0-1")
        assert "core 2: nobody; CPU 2 here\n" in run(machine, "kumikictl cores")
        operator(machine, "give 2 worker 30", r"core 2 is held by worker\n", HERE)
        machine.send("kumikictl --wait 60 give 2 nobody\r")
        machine.expect(TRIP, 60)
        give(machine, "linux")
        online(machine, "0-2")
        give(machine, "nobody")
        online(machine, "0-1")
        if mode == "threads":  # where a busy worker costs the host no time
            operator(machine, "cores auto", r"cores move by themselves: 'cores hand' stops that\n")
            to_worker(machine, "b")
            machine.expect(GONE.format("worker"), 60)
            to_worker(machine, "i")
            machine.expect(GONE.format("nobody"), 60)


def without_agent(machine):
    """Without an agent the core stays, and the asker is told. A new agent finds the open order."""
    run(machine, ENDS)
    give(machine, "worker", LATE.format("linux"), seconds=1)
    online(machine, "0-2")
    begun = machine.position  # the agent may be done before the shell says that it began
    run(machine, f"kumikictl --no-wait give 2 worker; {AGENT} true")
    machine.expect_since(begun, [HERE], 60)
    run(machine, ENDS)
    assert "core 2 is here, and its CPU is still off; " in run(machine, f"kumikictl --wait 3 give 2 linux")
    run(machine, f"{AGENT} true")
    online(machine, "0-2")


def too_late(machine):
    """The CPU goes off after the time is over. The core stays, and the CPU can come back."""
    run(machine, ENDS)
    give(machine, "worker", LATE.format("linux"), seconds=1)
    run(machine, "echo 0 >/sys/devices/system/cpu/cpu2/online; kumikictl cores")
    assert "core 2: linux; CPU 2 here\n" in run(machine, "kumikictl cores")
    run(machine, f"{AGENT} true")  # the CPU comes back
    online(machine, "0-2")


def asker_gone(machine):
    """The asker is gone. Nothing is left of its order when the order's time is over."""
    asked = "kumikictl cores | grep -q 'asked for worker'"
    said = run(machine, f"kill -STOP $(pidof kumiki-cores); kumikictl --wait 4 give 2 worker & until {asked}; do :; done; "
               "kill -9 $!; kumikictl cores")
    assert "asked for worker" in said
    run(machine, f"while {asked}; do sleep 0.1; done")
    run(machine, "kill -CONT $(pidof kumiki-cores); sleep 0.5; true")
    online(machine, "0-2")


FULL = "dd {} bs=4096 count=16 2>/dev/null"  # a pipe takes no more
# One step of the kernel's hotplug of that CPU fails, once.
STEP = "step=$(sed -n 's/^ *\\([0-9]*\\): workqueue:online/\\1/p' /sys/devices/system/cpu/hotplug/states)"
FAIL = "echo $step >/sys/devices/system/cpu/cpu2/hotplug/fail"
FAILED = "until read left </sys/devices/system/cpu/cpu2/hotplug/fail && [ $left -lt 0 ]; do :; done"


def refused(machine):
    """A step of the kernel's hotplug fails; a worker wants to keep the core."""
    run(machine, f"{STEP}; {FAIL}")
    give(machine, "worker", REFUSED.format("linux"))
    assert "CPU 2 can't be switched off: Resource temporarily unavailable" in run(machine, "cat /tmp/agent")
    give(machine, "worker")
    to_worker(machine, "k")
    give(machine, "linux", REFUSED.format("worker"))
    to_worker(machine, "l")
    give(machine, "linux")
    online(machine, "0-2")


def comes_when_it_can(machine):
    """The kernel fails twice to switch the CPU on. The agent tries again after the last doorbell, and reports it once. Its
    first report goes into a full pipe, so that it tries again only when the second failure is prepared."""
    give(machine, "worker")
    online(machine, "0-1")
    run(machine, f"{ENDS}; mkfifo /tmp/said; exec 3<>/tmp/said; {FULL.format('if=/dev/zero')} >&3; "
                 "kumiki-cores >>/tmp/agent 2>/tmp/said & true")
    run(machine, f"{STEP}; {FAIL}")
    # The CPU was on for a moment. The warden may have seen it.
    give(machine, "linux", r"core 2 is held by linux(, whose CPU there is still off)?\n")
    run(machine, f"{FAILED}; {FAIL}; {FULL.format('of=/dev/null')} <&3; {FAILED}; true")
    online(machine, "0-2")
    said = run(machine, f"{ENDS}; exec 4</tmp/said 3>&-; cat <&4; exec 4<&-; rm /tmp/said; {AGENT} true")
    assert said.count("CPU 2 can't be switched on: Resource temporarily unavailable") == 1


def giver_stands(machine):
    operator(machine, "suspend linux", r"linux is suspended\n")
    give(machine, "worker", LATE.format("linux"), seconds=1)
    operator(machine, "resume linux", r"linux goes on\n")
    online(machine, "0-2")


def stands_on_the_way(machine):
    """An order that came before or during the stop is there when the giver goes on. A lent core stays lent while either side
    stops or begins anew."""
    run(machine, "kill -STOP $(pidof kumiki-cores); kumikictl --no-wait give 2 worker")
    operator(machine, "suspend linux", r"linux is suspended\n")
    operator(machine, "resume linux", r"linux goes on\n")
    machine.send("kill -CONT $(pidof kumiki-cores)\r")
    machine.expect(HERE, 60)
    operator(machine, "suspend linux", r"linux is suspended\n")
    operator(machine, "suspend worker", r"worker is suspended\n")
    operator(machine, "resume linux", r"linux goes on\n")
    online(machine, "0-1")
    give(machine, "linux", LATE.format("worker"), seconds=1)
    operator(machine, "resume worker", r"worker goes on\n")
    operator(machine, "restart worker", HERE)
    give(machine, "linux")
    online(machine, "0-2")


def taker_stops(machine):
    """A stopped partition can hold a core, and doesn't keep it from others."""
    operator(machine, "stop worker", r"worker stopped: ")
    give(machine, "worker")
    online(machine, "0-1")
    operator(machine, "start worker", r"^\[worker\] worker: core 2 is here: ")
    operator(machine, "stop worker", r"worker stopped: ")
    give(machine, "linux")
    online(machine, "0-2")
    operator(machine, "start worker", r"^\[worker\] worker: 1 CPUs may come and go\n")


def panics(machine):
    """Linux panics in the middle of giving. Its vCPU is off then, and so the core goes. The next life has a CPU less, and
    gets it when the core comes."""
    run(machine, "kill -9 $(pidof kumiki-cores); kumikictl --no-wait give 2 worker")
    machine.send("echo c >/proc/sysrq-trigger\r")
    machine.expect(HERE, 120)
    cores.begin(machine, 2)
    give(machine, "linux")
    online(machine, "0-2")


# Shows: cores.silent, cores.ends, cores.cpu-awaited.
@pytest.mark.talk
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_what_can_fail(mode):
    """Each step fails in turn. After each failure the core can move again."""
    name = f"cores-fail-{mode}"
    with km.kumiki(name, cores.system(name), mode=km.TALKS[mode]) as machine:
        cores.begin(machine)
        for step in (without_agent, too_late, asker_gone, refused, comes_when_it_can, giver_stands, stands_on_the_way, taker_stops, panics):
            step(machine)
        assert "the frame itself failed" not in machine.text
        assert "the frame failed on core" not in machine.text


# Shows: cores.by-load, cores.silent.
@pytest.mark.long
def test_by_load():
    """A partition with too few cores gets one of a partition with too many; later it goes back. A partition that doesn't
    answer keeps its core, and the operator is told. Takes 25 seconds: most of them pass until a core may move again."""
    with km.kumiki("cores-load", cores.system("cores-load", "kumiki,cores-by-load;"), mode=km.TALK) as machine:
        cores.begin(machine)
        to_worker(machine, "b")
        machine.expect(GONE.format("worker"), 60)
        to_worker(machine, "i")
        online(machine, "0-1")
        run(machine, "for i in 1 2 3; do while :; do :; done & done; true")
        machine.expect(GONE.format("linux"), 60)
        online(machine, "0-2")
        run(machine, "kill -9 $(pidof kumiki-cores) $(jobs -p); true")
        to_worker(machine, "b")
        machine.expect(r"^\[kumiki\] linux keeps core 2, which worker was to have" + IN_VAIN, 60)
        online(machine, "0-2")
        operator(machine, "cores hand", r"no core moves by itself: 'cores auto' changes that\n")


KEEPS = r"^\[kumiki\] .*{} keeps core 2, which {} was to have" + IN_VAIN


# Shows: cores.by-load.
@pytest.mark.long
def test_by_load_from_a_suspended_one():
    """A suspended partition uses no time, so it is asked for its core; it keeps the core. A partition that restarts works on
    a core that came to it. Takes 25 seconds: most of them pass until a core may move."""
    with km.kumiki("cores-stand", cores.system("cores-stand", "kumiki,cores-by-load;"), mode=km.TALK) as machine:
        cores.begin(machine)
        operator(machine, "suspend linux", r"linux is suspended\n")
        to_worker(machine, "b")
        machine.expect(KEEPS.format("linux", "worker"), 60)
        operator(machine, "resume linux", r"linux goes on\n")
        online(machine, "0-2")
        to_worker(machine, "i")
        give(machine, "worker")
        operator(machine, "suspend worker", r"worker is suspended\n")
        run(machine, "for i in 1 2 3; do while :; do :; done & done; true")
        machine.expect(KEEPS.format("worker", "linux"), 60)
        operator(machine, "resume worker", r"worker goes on\n")
        operator(machine, "restart worker", HERE)
        give(machine, "linux")
        online(machine, "0-2")


# Shows: cores.by-time.
@pytest.mark.long
def test_by_the_time_of_the_day():
    """The clock begins at midnight, and each change comes at its minute. Linux starts its agent by itself. An idle minute
    takes half a second of the host, so a typed start would come after the first change."""
    plan = 'kumiki,cores-schedule = "00:01 2 worker", "00:02 2 nobody", "00:03 2 linux";'
    with km.kumiki("cores-day", cores.system("cores-day", plan, runs="cores")) as machine:
        for holder in ("worker", "nobody", "linux"):
            machine.expect(GONE.format(holder), 120)
        online(machine, "0-2")


# Shows: cores.there-and-back, cores.cpu-awaited.
@pytest.mark.long
def test_one_give_behind_the_other():
    """The operator gives the core as fast as the line takes commands, while Linux works on all of its CPUs. Linux never
    switches on a CPU whose core is on its way back."""
    rounds = 8
    with km.kumiki("cores-behind", cores.system("cores-behind"), mode=km.TALK) as machine:
        cores.begin(machine)
        run(machine, "{ " + WORK.rstrip("\r") + "; }")
        machine.send("\x1dc")
        for name in ("worker", "linux") * rounds:
            machine.send(f"give 2 {name} 30\r")
            machine.expect(rf"core 2 is held by {name}\n", 60)
        machine.send("\x1d1")
        for worker in range(1, 5):
            machine.expect_since(0, [WORKED.format(worker)], 300)
        online(machine, "0-2")
        assert "failed to boot" not in machine.text and "failed to boot" not in run(machine, "dmesg")


# Shows: cores.there-and-back.
@pytest.mark.long
@pytest.mark.parametrize("campaign", [
    pytest.param(cores.Campaign(1, 6), marks=pytest.mark.race),
    pytest.param(cores.Campaign(2, 3, threads=False), marks=pytest.mark.long)],
    ids=lambda campaign: campaign.name)
def test_under_load(campaign, tmp_path):
    """The core goes back and forth while Linux works on all of its CPUs and checks its results (`make soak` does it a
    thousand times)."""
    cores.run(campaign, tmp_path, 300)
