"""What a watcher does about damage that it can't mend: the steps of systems/rtos/ladder.dts, up to the restart of the
Linux, each as often as its limit says. tests/modules/intruder is the attacker."""

import kumiki_machine as km

import sessions
from test_rules import at_prompt, rules
from test_watching import INTRUDER, WATCHER, Linux, alarms, system

RESTARTED = r"^\[watcher\] (?:\$ )?linux: it is restarted for the rule '{}': what it has in its memory is lost$"
HIDDEN = "hidden-(?:numbers|members)"  # a thread that sleeps and is none of its process
FOUND = r"CPU [01]: SCTLR_EL1 has changed to 0x[0-9a-f]+"
MENDED = r"^\[kumiki\] watcher mended \d+ words? of linux$"
ANEW = r"^\[watcher\] (?:\$ )?linux: it was started anew; another baseline is needed$"


def ladder(name, **options):
    return km.kumiki(name, system(name, watcher="ladder", **options), mode=km.MODES["icount"])


def attack(machine, what):
    """Whose end nobody waits for: the Linux may be gone by then."""
    linux = Linux(machine)
    machine.send(INTRUDER.format(what) + "\r")
    return linux


# Shows: watch.ladder.
def test_what_is_not_mended_leads_to_a_restart():
    """Twice, as the ladder says; a watcher that was killed meanwhile doesn't begin to count anew."""
    with ladder("ladder-restart", mends=True, manages=True) as machine:
        for kill in False, True:
            attack(machine, "lost")
            machine.expect(RESTARTED.format(HIDDEN), 60)
            machine.expect(ANEW, 60)
            if kill:
                machine.send("\x1d2kill watcher\r")
                machine.expect(r"^\[watcher\] (?:\$ )?supervisor: watcher was killed$", 30)
                machine.send("\x1d1\r")
        attack(machine, "lost")
        machine.expect(rf"^\[watcher\] (?:\$ )?linux: {HIDDEN} \(\w+\): .*$", 60)
        machine.expect(rf"^\[watcher\] (?:\$ )?linux: nothing more is done for the rule '{HIDDEN}': the limits of its ladder are "
                       r"reached$", 60)
        machine.send("rmmod intruder\r")
        machine.expect(r"^\[linux\] .*intruder: lost is undone.*$", 60)


# Shows: watch.kills.
def test_process_with_the_kernels_credentials_is_killed(tmp_path):
    """By a rule that doesn't mend. It is at work, so that it sees its signal; the Linux goes on. One that sleeps leads to the next
    step."""
    link, file = tmp_path / "link", tmp_path / "tasks.rules"
    shipped = (km.TOP / "systems/rules/tasks.rules").read_text(encoding="utf-8")
    file.write_text(shipped.replace("\tmend credentials\n", ""), encoding="utf-8")
    name = "ladder-kill"
    with km.Machine(name, [km.KUMIKI, "run", "--smp-threads", "--link", link,
                           system(name, watcher="ladder", mends=True, manages=True)]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            rules("add", link, file, km.IMAGE["linux"])
            session.send("(sh -c 'echo process $$ spins; while :; do :; done'; echo it ended: $?) &\r")
            session.expect(r"process (\d+) spins")
            session.send(INTRUDER.format(f"cred pid={session.match.group(1)}") + "\r")
            signal = "linux: kernel-credentials: the task gets a fatal signal; its children don't"
            sessions.expect_each(session, [signal, "it ended: 137"])
            session.send("rmmod intruder\r")
            session.expect("intruder: cred is undone")
            session.send("i=0; while [ $i -lt 100 ]; do /bin/busybox true & i=$((i+1)); done; wait; echo all of $i\r")
            session.expect("all of 100")
            assert "it is restarted" not in session.before
            session.send("sleep 1000 & echo process $! sleeps\r")
            session.expect(r"process (\d+) sleeps")
            session.send(INTRUDER.format(f"cred pid={session.match.group(1)}") + "\r")
            session.expect("linux: it is restarted for the rule 'kernel-credentials'")
            session.expect("linux: it was started anew")


KERNEL_THREAD = """# kthreadd, in the place of a rule whose ladder kills.
variable init_task is a task_struct
rule kernel-credentials
\teach task_struct t in list init_task.tasks by tasks
\tmust t.pid != 2
\tsay 'task {t.comm}'
"""


# Shows: watch.kills.
def test_kernel_thread_gets_no_signal(tmp_path):
    """It would spin with one. The next step comes."""
    link, file = tmp_path / "link", tmp_path / "thread.rules"
    file.write_text(KERNEL_THREAD, encoding="utf-8")
    name = "ladder-thread"
    with km.Machine(name, [km.KUMIKI, "run", "--smp-threads", "--link", link,
                           system(name, watcher="ladder", mends=True, manages=True)]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            rules("add", link, file, km.IMAGE["linux"])
            session.expect("linux: kernel-credentials isn't mended: it is a kernel thread, or has ended, and gets no signal")
            session.expect("linux: it is restarted for the rule 'kernel-credentials'")
            session.expect("linux: it was started anew")


# Shows: watch.ladder.
def test_what_is_mended_leads_to_no_restart():
    with ladder("ladder-mend", mends=True, manages=True) as machine:
        linux = Linux(machine)
        linux.do(INTRUDER.format("text"), "intruder: text is done")
        linux.told(r"kernel text at 0xffff[0-9a-f]+ has changed")
        linux.told(r"kernel text at 0xffff[0-9a-f]+ is put back")
        linux.do("rmmod intruder", "intruder: text is undone by somebody else")
        linux.do(INTRUDER.format("warn"), "intruder: warn is done")
        linux.told(r"warnings \(low\): the kernel warns of itself; so many times so far: 1")
        linux.do("sleep 2; rmmod intruder", "intruder: warn is undone")
        assert len(alarms(machine)) == 3


# Shows: watch.ladder.
def test_without_the_right_nothing_is_restarted():
    with ladder("ladder-denied") as machine:
        linux = attack(machine, "control")
        assert "linux: it isn't restarted: this partition has no kumiki,manages for it" in machine.text
        assert "linux: it isn't mended: this partition has no kumiki,mends" in machine.text
        linux.told(FOUND)
        linux.do("sleep 2; rmmod intruder", "intruder: control is undone")
        linux.told(r"CPU [01]: SCTLR_EL1 is as it was; it was 0x[0-9a-f]+")
        assert len(alarms(machine)) == 2
