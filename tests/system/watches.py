"""A campaign against a watcher that mends. In each round its Linux has a storm of legitimate work, which leads to no alarm,
and an attack. The watcher is killed or stopped at a random moment. Each attack is reported and mended by the watcher that
runs then, and nothing else is. If the watcher prevents, the attack doesn't take place, and without a watcher no new code
runs. Used by test_watches.py and soak.py."""

import contextlib
import random
import re
from dataclasses import dataclass

import kumiki_machine as km

import test_prevention as prevention
from sessions import PROMPT, SHELL
from test_sites import CHANGES, TRACING
from test_watching import INTRUDER, OLD, QUIET, WATCHED, WATCHER, Linux, system

STORMS = CHANGES | {
    "forks": "(i=0; while [ $i -lt $forks ]; do /bin/busybox true & i=$((i+1)); done; wait)",
    "modules": "i=0; while [ $i -lt 20 ]; do insmod /lib/modules/intruder.ko what=nothing; rmmod intruder; i=$((i+1)); done",
    "suspend": "true",
    "filters": "filters 200",
    "memory": "mount -t tmpfs -o size=90% none /mnt; head -c 160000000 /dev/zero > /mnt/all; rm /mnt/all; umount /mnt",
}
# {attack: (the watcher's words about it, and about its mend)}
ATTACKS = {
    "list": (r"task 'sleep' \(pid \d+\) is in the PID tree and not in the task list",
             r"task 'sleep' \(pid \d+\) is in the task list again"),
    "text": (r"kernel text at 0xffff[0-9a-f]+ has changed", r"kernel text at 0xffff[0-9a-f]+ is put back"),
    "show": (r"kernel constant at 0xffff[0-9a-f]+ has changed", r"kernel constant at 0xffff[0-9a-f]+ is put back"),
    "call": (r"kernel constant at 0xffff[0-9a-f]+ has changed", r"kernel constant at 0xffff[0-9a-f]+ is put back"),
}
# Further words that are allowed: the next watcher may find gone what the last one mended, and rules may report an attack,
# too.
BESIDE = (r"(?:Linux version .*|text, constants, vectors and tasks are watched|task 'sleep' \(pid \d+\) is in both again, or gone|"
          r"kernel (?:text|constant) at 0x[0-9a-f]+ is as it was|(?:tcp-connections|system-calls|compat-system-calls) \(high\): .*)$")
# Prevention refuses kprobes and compiled filters.
PREVENTED_STORMS = {name: storm for name, storm in STORMS.items() if name != "probe"} | {
    "filters": f"echo 0 > /proc/sys/net/core/bpf_jit_enable; {STORMS['filters']}"}
GOOD = rf"{prevention.SEALED}|{prevention.BEGINS.format('.*')}"
MENDED = r"^\[kumiki\] watcher mended \d words? of linux$"
MOMENTS = ("before", "behind", "stopped")


@dataclass(frozen=True)
class Campaign:
    """All options of a campaign."""

    seed: int
    rounds: int
    forks: int = 1000
    prevents: bool = False

    @property
    def name(self):
        return f"watches-{self.seed}{'-prevents' if self.prevents else ''}"


def _kill(machine):
    machine.send("\x1d2kill watcher\r")
    machine.expect(r"^\[watcher\] .*supervisor: watcher was killed$", 60)
    machine.expect(WATCHED, 120)
    machine.send("\x1d1\r")
    machine.expect(PROMPT, 30)


def _stop(machine):
    machine.send("\x1d2stop watcher\r")
    machine.expect(r"^\[watcher\] .*supervisor: watcher is stopped$", 60)
    machine.send("\x1d1\r")
    machine.expect(PROMPT, 30)


def _start(machine):
    machine.send("\x1d2start watcher\r")
    machine.expect(WATCHED, 120)
    machine.send("\x1d1\r")
    machine.expect(PROMPT, 30)


@contextlib.contextmanager
def _end(machine, moment):
    """Ends the watcher before the block, after it, or around it. Yields the position in the text where the block begins."""
    if moment == "before":
        _kill(machine)
    if moment == "stopped":
        _stop(machine)
    yield machine.position
    if moment == "behind":
        _kill(machine)
    if moment == "stopped":
        _start(machine)


def _attack(linux, pid, attack, moment):
    machine = linux.machine
    with _end(machine, moment) as begin:
        linux.do(INTRUDER.format(f"{attack} pid={pid}"), f"intruder: {attack} is done")
    machine.expect_since(begin, [MENDED], 60)
    # The watcher's words about the mend may come after the frame's.
    linux.do("sleep 0.3; rmmod intruder", f"intruder: {attack} is undone by somebody else")
    return begin


def _words(machine, begin, good=GOOD):
    """The watcher's words about the Linux, except those that are no alarm."""
    words = re.findall(r"^\[watcher\] (?:\$ )?linux: (.*)$", machine.text[begin:], re.MULTILINE)
    return [word for word in words if not re.fullmatch(good, word)]


def _expect_words(machine, begin, attack):
    """Checks that there are words about the attack and its mend, and no others. A watcher that was killed after a mend says
    nothing about it."""
    words = _words(machine, begin)
    told = [word for word in words if re.fullmatch(ATTACKS[attack][0] + OLD, word)]
    other = [word for word in words if not re.fullmatch(f"(?:{'|'.join(ATTACKS[attack])})(?:{OLD})?", word) and not re.match(BESIDE, word)]
    assert told and not other, f"{attack}: {machine.log_path}: {words}"


def _suspend(linux):
    linux.machine.send("\x1dcsuspend linux\r")
    linux.machine.expect(r"^\[kumiki\] linux is suspended$", 60)
    linux.machine.send("resume linux\r")
    linux.machine.expect(r"^\[kumiki\] linux goes on$", 60)
    linux.machine.send("\x1d1")


def _begin(machine, campaign):
    """A Linux that has just started, and one of its processes."""
    linux = Linux(machine)
    pid = linux.sleeper()
    linux.do(f"forks={campaign.forks}; mkdir -p /mnt; mount -t tracefs none {TRACING}; "
             f"ls {TRACING} | grep -c current_tracer; echo it is \"mounted\"", "it is mounted")
    return linux, pid


def _refuse(linux, attack, moment):
    """The attacker's instruction aborts. Neither the attacker nor its module goes on before the next start."""
    machine = linux.machine
    with _end(machine, moment) as begin:
        linux.do(f"({INTRUDER.format(attack)}); echo it goes \"on\"", "it goes on", 120)
    refused = [] if moment == "stopped" else [rf"{WATCHER}linux: {prevention.REFUSED[attack]}$"]
    machine.expect_since(begin, [r"^\[linux\] .*Internal error: (synchronous external abort|Oops).*$", *refused], 60)
    linux.do("/bin/busybox true; echo it \"works\"", "it works")
    assert f"intruder: {attack} is done" not in machine.text[begin:]
    words = _words(machine, begin, rf"{GOOD}|{prevention.REFUSED[attack]}|oopses \(medium\): .*|Linux version .*|"
                                   "text, constants, vectors and tasks are watched")
    assert not words, f"{attack}: {machine.log_path}: {words}"


def _storm(linux, storm, commands, seconds):
    begin = linux.machine.position
    if storm == "suspend":
        _suspend(linux)
    linux.do(f"{commands}; echo {storm} passed: $?", f"{storm} passed: 0", seconds)
    words = _words(linux.machine, begin)
    assert not words, f"{storm}: {linux.machine.log_path}: {words}"


def _restart(machine, campaign):
    """Restarts the Linux. The new one is watched like the first."""
    begin = machine.position
    machine.send("reboot -f\r")
    machine.expect(rf"{WATCHER}linux: it was started anew; another baseline is needed$", 60)
    found = _begin(machine, campaign)
    words = [word for word in _words(machine, begin) if not re.match(QUIET, f"[watcher] linux: {word}")]
    assert not words, f"restart: {machine.log_path}: {words}"
    return found


def _prevent(campaign, seconds):
    """The campaign with prevention. The Linux starts anew after each refused attack."""
    chance = random.Random(campaign.seed)
    with prevention.on(campaign.name, bootargs=f"{SHELL} nokaslr", lines=["kumiki,restart-limit = <1000 1>;"]) as machine:
        linux, pid = _begin(machine, campaign)
        refused = False
        for _ in range(campaign.rounds):
            if refused:
                linux, pid = _restart(machine, campaign)
            attack, moment = chance.choice(("list", *prevention.REFUSED)), chance.choice(MOMENTS)
            if attack == "list" and moment == "stopped":
                moment = "behind"  # without a watcher the attack's module doesn't start
            storm = chance.choice(sorted(PREVENTED_STORMS))
            _storm(linux, storm, PREVENTED_STORMS[storm], seconds)
            refused = attack != "list"
            if refused:
                _refuse(linux, attack, moment)
            else:
                _expect_words(machine, _attack(linux, pid, attack, moment), attack)
    return {"ends of a watcher that prevents": campaign.rounds}


def run(campaign, _folder, seconds):
    """Runs the campaign; returns counts for the report."""
    if campaign.prevents:
        return _prevent(campaign, seconds)
    chance = random.Random(campaign.seed)
    with km.kumiki(campaign.name, system(campaign.name, mends=True), mode=km.LONG_RUN) as machine:
        linux, pid = _begin(machine, campaign)
        for _ in range(campaign.rounds):
            attack, moment = chance.choice(sorted(ATTACKS)), chance.choice(MOMENTS)
            storm = chance.choice([*sorted(STORMS), "restart"])
            if storm == "restart":
                linux, pid = _restart(machine, campaign)
            else:
                _storm(linux, storm, STORMS[storm], seconds)
            _expect_words(machine, _attack(linux, pid, attack, moment), attack)
    return {"ends of a watcher among storms and attacks": campaign.rounds}
