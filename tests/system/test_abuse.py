"""What a Linux's own root can do to it: kill everything, overwrite all memory, drown it in interrupts,
never take one again. Each time it comes back by itself as its description says, and those beside it
feel nothing."""

import kumiki_machine as km
import pytest

from abuse import LINUX_AT, LINUX_SIZE, STILL_AT, abused
from sessions import PROMPT

BITTEN = "its watchdog wasn't served"
MODULE = "insmod /lib/modules/{}.ko {} &"
BELL = """	doorbells {
		storm {
			kumiki,from = "linux";
			kumiki,to = "heartbeat";
		};
	};
"""


@pytest.mark.parametrize("how", ["killall -9 watchdog", "kill -9 -1", "kill -STOP -1"])
def test_nobody_is_left_to_feed_the_watchdog(how, tmp_path):
    with abused("abuse-" + how.replace(" ", ""), tmp_path) as linux:
        linux.feed()
        linux.do(how)
        linux.comes_back(BITTEN)
        linux.nobody_else_felt_it()


@pytest.mark.parametrize("kind, cpus", [("line", 1), ("sgi", 2), ("bells bell=0", 1), ("masked", 2)])
def test_a_storm(kind, cpus, tmp_path):
    """Interrupts without end, by a device, by its own CPUs; a neighbour's bell is rung without end; or no
    interrupt is ever taken again."""
    name = "abuse-storm-" + kind.split()[0]
    with abused(name, tmp_path, cpus=cpus, access=["pl061"], beside=BELL) as linux:
        linux.feed()
        linux.do(MODULE.format("load", f"kind={kind} ms=0"), r"load: .* from now on")
        linux.comes_back(BITTEN)
        linux.nobody_else_felt_it()


def test_interrupts_masked_for_a_while(tmp_path):
    """Half a second of it, on all CPUs: it goes on afterwards, and so does its watchdog."""
    with abused("abuse-masked-a-while", tmp_path, cpus=2) as linux:
        linux.feed()
        linux.do("insmod /lib/modules/load.ko kind=masked ms=500")
        linux.machine.expect(PROMPT, 60)
        linux.do("echo alive, $(cat /sys/class/watchdog/watchdog0/state)", "alive, active")
        linux.nobody_else_felt_it()
        assert "linux stopped" not in linux.machine.text


# What stands everywhere: no instruction and no page table; a table that leads nowhere; tables that lead
# into a neighbour's memory.
WORDS = {"zeros": 0, "ones": (1 << 64) - 1, "neighbours": STILL_AT | 0x60000000000403}
LOOPS = "it takes nothing but exceptions in its own exception vectors"
ENDS = {"zeros": LOOPS, "ones": LOOPS, "neighbours": "its exception vector can't be executed"}


def scribble(linux, what):
    linux.do(MODULE.format("scribble", f"word={WORDS[what]}"), "scribble: from now on")


@pytest.mark.parametrize("what", WORDS)
def test_all_of_its_memory_is_overwritten(what, tmp_path):
    """Kernel, page tables, exception vectors, stacks: all but the pages by which it is done. It is held
    for inspection, and is whole again when it is started anew."""
    with abused(f"abuse-scribble-{what}", tmp_path, more=['kumiki,on-crash = "hold";']) as linux:
        scribble(linux, what)
        linux.machine.expect(rf"^\[kumiki\] linux: vCPU 0: {ENDS[what]}\n", 60)
        linux.machine.expect(r"^\[kumiki\] linux is held as it stood\n", 60)
        with linux.memory() as memory:
            words = memoryview(memory.read(LINUX_AT, LINUX_SIZE)).cast("Q").tolist()
        left = len(words) - words.count(WORDS[what])
        assert left <= 3 * 512, f"{left} of {len(words)} words are as they were"
        linux.machine.send("\x1dcrestart linux\r\x1d1")
        linux.runs_again()
        linux.nobody_else_felt_it()


def test_nothing_of_it_is_left_but_its_watchdog(tmp_path):
    """Both of its CPUs are lost. Afterwards anybody can read what its last words were."""
    with abused("abuse-scribble-watchdog", tmp_path, cpus=2) as linux:
        linux.feed()
        scribble(linux, "zeros")
        linux.comes_back(BITTEN)
        linux.machine.send("\x1dclog linux all\r")
        linux.machine.expect(r"^\[kumiki\]   \| .*scribble: from now on", 30)
        linux.machine.expect(rf"^\[kumiki\]   [\d.]+ s +stopping +start 1: {BITTEN}$", 30)
        linux.machine.expect(r"^\[kumiki\] last crash, of 1, at [\d.]+ s:$", 30)
        linux.machine.send("\x1d1")
        linux.nobody_else_felt_it()
