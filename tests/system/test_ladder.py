"""What a watcher does about damage that it can't mend: the steps of systems/rtos/ladder.dts, up to the restart of the
Linux, each as often as its limit says. tests/modules/intruder is the attacker."""

import re

import kumiki_machine as km
import pytest

import module_files
import sessions
from test_channel_disk import ASKS, DISK, INITRD, PCI_INITRD, QUIET, WRONG, write
from test_channels import operate
from test_rules import at_prompt, rules
from test_watching import INTRUDER, WATCHED, WATCHER, Linux, alarms, system

RESTARTED = r"^\[watcher\] (?:\$ )?linux: it is restarted for the rule '{}': what it has in its memory is lost$"
HIDDEN = "hidden-(?:numbers|members)"  # a thread that sleeps and is none of its process
FOUND = r"CPU [01]: SCTLR_EL1 has changed to 0x[0-9a-f]+"
MENDED = r"^\[kumiki\] watcher mended \d+ words? of linux$"
ANEW = r"^\[watcher\] (?:\$ )?linux: it was started anew; another baseline is needed$"
PROVIDES = r"^\[linux\] disk: provides"


def ladder(name, **options):
    return km.kumiki(name, system(name, watcher="ladder", **options), mode=km.TALKS["icount"])


def attack(machine, what):
    """Whose end nobody waits for: the Linux may be gone by then."""
    linux = Linux(machine)
    machine.send(INTRUDER.format(what) + "\r")
    return linux


# Shows: watch.ladder.
@pytest.mark.long
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
@pytest.mark.long
def test_process_with_the_kernels_credentials_is_killed(tmp_path):
    """By a rule that doesn't mend. It is at work, so that it sees its signal; the Linux goes on. One that sleeps leads to the next
    step."""
    link, file = tmp_path / "link", tmp_path / "tasks.rules"
    shipped = (km.TOP / "systems/rules/tasks.rules").read_text(encoding="utf-8")
    file.write_text(shipped.replace("\tmend credentials\n", ""), encoding="utf-8")
    name = "ladder-kill"
    with km.kumiki(name, system(name, watcher="ladder", mends=True, manages=True), links=[link]):
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
@pytest.mark.long
def test_kernel_thread_gets_no_signal(tmp_path):
    """It would spin with one. The next step comes."""
    link, file = tmp_path / "link", tmp_path / "thread.rules"
    file.write_text(KERNEL_THREAD, encoding="utf-8")
    name = "ladder-thread"
    with km.kumiki(name, system(name, watcher="ladder", mends=True, manages=True), links=[link]):
        sessions.reachable(link)
        with sessions.console(link, seconds=60) as session:
            at_prompt(session)
            rules("add", link, file, km.IMAGE["linux"])
            session.expect("linux: kernel-credentials isn't mended: it is a kernel thread, or has ended, and gets no signal")
            session.expect("linux: it is restarted for the rule 'kernel-credentials'")
            session.expect("linux: it was started anew")


# Shows: watch.ladder.
@pytest.mark.long
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
@pytest.mark.long
def test_without_the_right_nothing_is_restarted():
    with ladder("ladder-denied") as machine:
        linux = attack(machine, "control")
        assert "linux: it isn't restarted: this partition has no kumiki,manages for it" in machine.text
        assert "linux: it isn't mended: this partition has no kumiki,mends" in machine.text
        linux.told(FOUND)
        linux.do("sleep 2; rmmod intruder", "intruder: control is undone")
        linux.told(r"CPU [01]: SCTLR_EL1 is as it was; it was 0x[0-9a-f]+")
        assert len(alarms(machine)) == 2


def provider(name, medium):
    """The watched Linux provides a disk, whose medium outlives it. Another Linux writes there what it is told to."""
    medium.write_bytes(bytes(4 << 20))
    initrd = km.TESTS / f"{name}.cpio"
    initrd.parent.mkdir(parents=True, exist_ok=True)
    initrd.write_bytes(PCI_INITRD.read_bytes() + module_files.archive(
        {"lib/modules/intruder.ko": (km.BUILD / "modules/intruder/intruder.ko").read_bytes()}))
    user = km.partition("user", cores=0x2, memory="192M", image=km.IMAGE["linux"], initrd=INITRD, more=["kumiki,manual;"],
                        bootargs=f"{QUIET} kumiki.does=ask")
    described = system(name, f"{QUIET} kumiki.does=serve kumiki.file=/dev/vda", watcher="ladder", mends=True, manages=True,
                       beside=[user], cores=0x1, initrd=initrd, more=["access = <&medium>;"])
    km.beside_domains(described, DISK.replace('"store"', '"linux"'))
    km.on_bus(described, [km.function("medium", "pci1af4,1042", 1, device="virtio-blk-pci,drive=medium",
                                      arguments=f"-drive if=none,id=medium,file={medium},format=raw,cache=unsafe")])
    return described


# Shows: watch.ladder-driver.
@pytest.mark.talk
def test_user_of_a_disk_outlives_the_restart_of_its_provider(tmp_path):
    """What it writes waits, as the provider's program hangs by then, and reaches the medium in the provider's next life."""
    name, medium = "ladder-provider", tmp_path / "medium.img"
    with km.kumiki(name, provider(name, medium), mode=km.TALKS["icount"]) as machine:
        machine.expect_all([PROVIDES, WATCHED], 120)
        operate(machine, "start user", "user ")
        machine.expect(rf"^\[user\] {ASKS}", 90)
        write(machine, "first", "wrote")
        machine.send("\x1d1\rhang\r")
        machine.expect(r"^\[linux\] disk: hangs$", 60)
        machine.send("\x1d2\rsecond\r\x1d1\rattack\r")
        machine.expect(RESTARTED.format(HIDDEN), 60)
        machine.expect_all([ANEW, PROVIDES, r"^\[user\] disk: wrote second$"], 120)
        assert medium.read_bytes().startswith(b"second\n")
        write(machine, "third", "wrote")
        assert not re.search(WRONG, machine.whole)
