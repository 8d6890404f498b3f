"""An unmodified Debian Linux with the panel. It manages other partitions by kumikictl, and talks to one by libkumiki. Its
only driver is its own uio_pci_generic."""

import re

import kumiki_machine as km
import pytest

import witness

INITRD = km.BUILD / "guests/initrd-panel.cpio"
SYSTEM = km.TOP / "systems/panel.dts"
MODULES = "for m in uio uio_pci_generic; do insmod /lib/modules/$(uname -r)/$m.ko; done"
LIVES = 100


def run(machine, command, status=0, seconds=30):
    """Runs a command in Linux's shell; returns Linux's output. The last command has to be a program: a builtin of busybox
    fails, too, when a child's end interrupts the shell's own output."""
    begin = machine.position
    machine.send(f"{command}; echo \"<$?>\"\r")
    found = machine.expect(r"^\[linux\] .*?<(\d+)>\n", seconds)
    said = "\n".join(line.removeprefix("[linux] ") for line in
                     machine.text[begin:machine.position].splitlines()
                     if line.startswith("[linux] "))
    assert int(found.group(1)) == status, said
    return said


def managed(mode):
    name = f"panel-manages-{mode}"
    return name, km.description(name, [
        km.partition("linux", cores=0x1, memory="256M", image=km.IMAGE["linux"], initrd=INITRD,
                     bootargs="console=ttyAMA0 quiet kumiki.run=shell",
                     more=("kumiki,panel;", 'kumiki,manages = "small", "broken";')),
        witness.heartbeat(1, "small"),
        # It prints without a console, which is an abort. Its report of this is another abort.
        km.partition("broken", cores=0x4, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     console=False, more=("kumiki,manual;", 'kumiki,on-crash = "stop";')),
        witness.heartbeat(3, "foreign")])


def commands(machine):
    assert "small is stopped, start 1\n" in run(machine, "kumikictl stop small")
    assert "small is stopped already" in run(machine, "kumikictl stop small")
    assert "doesn't run" in run(machine, "kumikictl suspend small", 1)
    assert "small is running, start 2\n" in run(machine, "kumikictl start small")
    assert "small is running, start 3\n" in run(machine, "kumikictl restart small")
    assert "small is suspended, start 3\n" in run(machine, "kumikictl suspend small")
    assert "small is running, start 3\n" in run(machine, "kumikictl resume small")
    assert "foreign isn't managed by this partition" in run(machine, "kumikictl stop foreign", 1)


def black_boxes(machine):
    machine.expect(r"\[small\] heartbeat: \d+ s, ", 60)
    said = run(machine, "kumikictl log small 2")  # the last line may not be whole
    assert re.search(r"  \| heartbeat: \d+ s, \d+ ticks, 0 lost", said), said
    assert "no crash report" in said
    # It may run for a short time only: the command sees it running, or its end.
    run(machine, "kumikictl start broken || kumikictl list")
    # The console service writes the black box first, and then prints.
    if "[kumiki] broken stopped: " not in machine.text:
        machine.expect(r"\[kumiki\] broken stopped: ", 30)
    assert re.search(r"^broken +stopped +1 +it crashed$",
                     run(machine, "kumikictl list"), re.MULTILINE)
    said = run(machine, "kumikictl log broken")
    assert re.search(r"stopped +start 1: it crashed", said), said
    assert "last crash, of 1, at " in said
    assert re.search(r"\n +pc  ?0x", said) and "it crashed: data abort at 0x" in said


# Shows: life.manager.
@pytest.mark.long
@pytest.mark.parametrize("mode", km.MODES)
def test_linux_manages(mode):
    """Linux stops, starts, restarts, suspends and resumes a small guest. It sees another guest crash, and reads the report
    in the black box."""
    name, system = managed(mode)
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        machine.expect(r"kumiki-init: up", 120)
        assert "modprobe uio_pci_generic" in run(machine, "kumikictl list", 3)
        run(machine, MODULES)
        said = run(machine, "kumikictl list")
        assert re.search(r"^linux +running +1 .*\(this one\)$", said, re.MULTILINE), said
        assert re.search(r"^broken +stopped +0 ", said, re.MULTILINE), said
        assert re.search(r"^foreign +-", said, re.MULTILINE), said
        run(machine, "{ kumikictl watch >/tmp/watch & }")
        commands(machine)
        black_boxes(machine)
        said = run(machine, "kill %1; cat /tmp/watch")
        for state in ("stopped, start 1", "running, start 2", "running, start 3",
                      "suspended, start 3"):
            assert f"small: {state}; " in said, said
        assert "broken: stopped, start 1; last end: it crashed" in said, said
        assert "foreign stopped" not in machine.text and "linux stopped" not in machine.text


# Shows: power.who-sets.
@pytest.mark.long
def test_linux_changes_the_power_policy():
    """A command in Linux lets cores go off, and another lets them come back. Without the right, Linux is refused."""
    def asks(more=()):
        return km.partition("linux", cores=0x1, memory="256M", image=km.IMAGE["linux"], initrd=INITRD,
                            bootargs="console=ttyAMA0 quiet kumiki.run=shell", more=("kumiki,panel;", *more))

    def begins(machine):
        machine.expect(r"kumiki-init: up", 120)
        run(machine, MODULES)

    still = km.partition("still", cores=0x3, memory="4M as 0x40000000", image=km.GUESTS / "bad-still.bin",
                         more=("kumiki,shared-cores;", "kumiki,vcpus = <1>;", 'kumiki,vcpu-may-run = "all";'))
    system = km.description("panel-power", [asks(("kumiki,manages-power;", "kumiki,shared-cores;")), still])
    with km.kumiki("panel-power", system, mode=km.TALK) as machine:
        begins(machine)
        assert re.search("^performance$", run(machine, "kumikictl power"), re.MULTILINE)
        assert re.search("^until now performance$", run(machine, "kumikictl power powersave"), re.MULTILINE)
        assert re.search("^powersave$", run(machine, "kumikictl power"), re.MULTILINE)
        machine.position = 0  # the console service may have printed it before
        machine.expect(r"^\[kumiki\] power: powersave, as a manager wants it$", 60)
    with km.kumiki("panel-no-power", km.description("panel-no-power", [asks()]), mode=km.TALK) as machine:
        begins(machine)
        said = run(machine, "kumikictl power powersave", 1)
        assert "this partition may not change which cores are on: write `kumiki,manages-power;`" in said, said


def talk(machine, lives, life, taken=0):
    """Lets Linux's program talk during at least `lives` lives of the other side, and until something has come. Returns the
    number of taken items. `life`: the pattern of the program's own lives."""
    machine.send("kumiki-talk pipe ledger\r")
    begun = machine.expect(r"\[linux\] talk: life (\d+) with mortal, taken (\d+)\n", 60)
    assert int(begun.group(1)) == life and int(begun.group(2)) >= taken
    seen = []
    # Whole lines are counted, so that a line that is printed anew isn't counted twice.
    while len(seen) < lives or seen[-1][1] == int(begun.group(2)):
        found = machine.expect(
            r"\[linux\] talk: life (\d+) of the other side; taken (\d+), repeated 0, wrong 0\n",
            60)
        seen.append(tuple(map(int, found.groups())))
    assert seen == sorted(seen) and len({number for number, _ in seen}) == len(seen)
    machine.send("\x03")
    run(machine, "kumikictl help >/dev/null")
    return seen[-1][1]


def restless(name):
    """The demonstration's system, but the other side's next life begins at once."""
    path = km.TESTS / f"{name}.dts"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'/dts-v1/;\n/include/ "{SYSTEM}"\n/ {{ domains {{ mortal {{\n'
                    "\tkumiki,restart-limit = <1000000 1>;\n\tkumiki,restart-delay = <0>;\n"
                    "}; }; };\n")
    return path


# A life of the other side has at most two milliseconds, with threads of the host's clock. Both sides have to run in it.
# Shows: talk.acknowledged, talk.linux.
@pytest.mark.long
@pytest.mark.parametrize("mode", ["icount", "threads"])
def test_linux_talks(mode):
    """A guest dies again and again, the program in Linux dies, and Linux is restarted. No acknowledged item is lost or comes
    twice. Meanwhile another program watches the guest's lives, two more hear the same doorbell, and a third partition
    notices nothing."""
    name = f"panel-talks-{mode}"
    with km.kumiki(name, restless(name), mode=km.TALKS[mode]) as machine:
        machine.expect(r"kumiki-init: up", 120)
        run(machine, MODULES + "; { kumikictl watch >/tmp/watch & }")
        for _ in range(2):
            run(machine, "{ (kumikictl hear pipe mortal && echo heard >>/tmp/heard) & }")
        run(machine, "kumikictl start mortal")
        taken = talk(machine, LIVES, 1 << 16 | 1)
        assert run(machine, "cat /tmp/heard").count("heard\nheard\n") == 1
        said = run(machine, "kill %1; grep mortal /tmp/watch | tail -n 1")
        assert int(re.search(r"mortal: \w+, start (\d+); ", said).group(1)) > LIVES
        taken = talk(machine, 10, 1 << 16 | 2, taken)
        machine.send("reboot -f\r")
        machine.expect(r"kumiki-init: up", 120)
        run(machine, MODULES)
        after = talk(machine, 10, 2 << 16 | 1, taken)
        assert after > taken > 0
        assert "WRONG" not in machine.text
        of_mortal = [int(n) for n in re.findall(r"\[mortal\] talk: life \d+, taken (\d+)\n",
                                                machine.text)]
        assert of_mortal == sorted(of_mortal) and of_mortal[-1] > 0
        run(machine, "kumikictl stop mortal")
        witness.heartbeat_goes_on(machine)
