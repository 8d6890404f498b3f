"""A Linux whose root destroys it: root kills everything, overwrites all memory, floods it with interrupts, or masks them for
ever. Each time the Linux comes back by itself as its description says, and its neighbours notice nothing.

Shows: hostile.root.
"""

import kumiki_machine as km
import pytest
import realtime
from abuse import BITES_LATE, LINUX_AT, LINUX_SIZE, STILL_AT, abused
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
STORM = r"load: .* from now on"


def storm(kind):
    """The command that starts it, and the words that it prints."""
    return MODULE.format("load", f"kind={kind} ms=0"), STORM


# Nothing is left to feed the watchdog, or interrupts never end: a device's, or those of a neighbour's bell.
WITH_ONE_CPU = [("kill -9 -1",), storm("line") if realtime.LINE else storm("bells bell=0")]
LIKEWISE = [("killall -9 watchdog",), ("kill -STOP -1",), storm("bells bell=0")]  # to the frame as those above
# Its own CPUs send interrupts without end, or mask them for ever.
WITH_TWO_CPUS = [storm("sgi"), storm("masked")]


@pytest.mark.boards_long
@pytest.mark.parametrize("ways", [pytest.param(WITH_ONE_CPU, id="few"), pytest.param(LIKEWISE, id="likewise", marks=pytest.mark.long)])
def test_what_stops_one_cpu(ways, tmp_path):
    """Each abuse has a life of the Linux."""
    with abused("abuse-1", tmp_path, access=realtime.LINE, beside=BELL) as linux:
        for how in ways:
            linux.feed()
            linux.do(*how)
            linux.comes_back(BITTEN)
        linux.nobody_else_felt_it()


def masked_for_a_while(linux):
    """All CPUs mask interrupts for half a second. The Linux and its watchdog go on afterwards."""
    linux.do("insmod /lib/modules/load.ko kind=masked ms=500")
    linux.machine.expect(PROMPT, 60)
    linux.do("rmmod load; echo alive, $(cat /sys/class/watchdog/watchdog0/state)", "alive, active")
    linux.machine.expect(PROMPT, 60)
    assert "linux stopped" not in linux.machine.text


def nothing_is_left_but_its_watchdog(linux):
    """Both of its CPUs are lost. Its last words can be read afterwards."""
    life = linux.life
    scribble(linux, "zeros")
    linux.comes_back(BITTEN)
    linux.machine.send("\x1dclog linux all\r")
    linux.machine.expect(r"^\[kumiki\]   \| .*scribble: from now on", 30)
    linux.machine.expect(rf"^\[kumiki\]   [\d.]+ s +stopping +start {life}: {BITTEN}$", 30)
    linux.machine.expect(rf"^\[kumiki\] last crash, of {life}, at [\d.]+ s:$", 30)
    linux.machine.send("\x1d1")


@pytest.mark.long
@pytest.mark.boards_long
def test_what_stops_two_cpus(tmp_path):
    with abused("abuse-2", tmp_path, cpus=2) as linux:
        linux.feed(BITES_LATE)
        masked_for_a_while(linux)
        for how in WITH_TWO_CPUS:
            linux.do(*how)
            linux.comes_back(BITTEN)
            linux.feed()
        nothing_is_left_but_its_watchdog(linux)
        linux.nobody_else_felt_it()


# The pattern in all memory: neither an instruction nor a page table; a table that leads nowhere; tables that lead into a
# neighbour's memory.
WORDS = {"zeros": 0, "ones": (1 << 64) - 1, "neighbours": STILL_AT | 0x60000000000403}
LOOPS = "it takes nothing but exceptions in its own exception vectors"
ENDS = {"zeros": LOOPS, "ones": LOOPS, "neighbours": "its exception vector can't be executed"}


def scribble(linux, what):
    linux.do(MODULE.format("scribble", f"word={WORDS[what]}"), "scribble: from now on")


def all_of_its_memory_is_overwritten(linux, what):
    scribble(linux, what)
    linux.machine.expect(rf"^\[kumiki\] linux: vCPU 0: {ENDS[what]}\n", 60)
    linux.machine.expect(r"^\[kumiki\] linux is held as it stood\n", 60)
    with linux.memory() as memory:
        words = memoryview(memory.read(LINUX_AT, LINUX_SIZE)).cast("Q").tolist()
    left = len(words) - words.count(WORDS[what])
    assert left <= 3 * 512, f"{left} of {len(words)} words are as they were"
    linux.machine.send("\x1dcrestart linux\r\x1d1")
    linux.runs_again()


# Zeros are also among the abuses that stop two CPUs.
@pytest.mark.long
@pytest.mark.boards_long
@pytest.mark.parametrize("words", [pytest.param(("ones", "neighbours"), id="few"), pytest.param(("zeros",), id="zeros", marks=pytest.mark.long)])
def test_all_of_its_memory_is_overwritten(words, tmp_path):
    """Kernel, page tables, exception vectors, stacks: all but the pages by which it is done. It is held
    for inspection, and is whole again when it is started anew."""
    with abused("abuse-scribble", tmp_path, more=['kumiki,on-crash = "hold";'], mode=km.THREADS) as linux:
        for what in words:
            all_of_its_memory_is_overwritten(linux, what)
        linux.nobody_else_felt_it()
