"""Windows, doorbells and managers between partitions: guests/talk and guests/manager."""

import re

import kumiki_machine as km
import pytest
import witness

TALK = km.GUESTS / "talk.bin"
MANAGER = km.GUESTS / "manager.bin"
LIVES = 300


PIPE = """	windows {
		pipe {
			kumiki,size = "64K";
			kumiki,writers = "steady", "mortal";
			kumiki,doorbells;
		};
	};
"""


# Shows: talk.acknowledged, talk.new-life.
@pytest.mark.boards_long
@pytest.mark.parametrize("mode, memory", [
    pytest.param("threads", "1M as 0x40000000", marks=pytest.mark.every_board), ("icount", "4M"),
    *(pytest.param(*other, marks=pytest.mark.long) for other in (("threads", "4M"), ("icount", "1M as 0x40000000")))])
def test_nothing_acknowledged_is_lost(mode, memory):
    """One side dies at random moments, again and again. It has all items that it acknowledged, the other side has all items
    that were acknowledged to it, and each life is seen as a new one."""
    name = f"talk-{mode}-{'viewed' if 'as' in memory else 'real'}"
    system = km.beside_domains(km.description(name, [
        km.partition("steady", cores=0x1, memory=memory, image=TALK),
        km.partition("mortal", cores=0x2, memory=memory, image=TALK, more=(
            'kumiki,keep = "4K";', "kumiki,restart-limit = <100000 1>;",
            "kumiki,restart-delay = <0>;"))]), PIPE)
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        line = r"\[steady\] talk: life (\d+) of the other side; taken (\d+), repeated 0, wrong 0\n"  # of whole lines
        lives = []
        # The host decides how much of the talk is in a life. Here only its progress is judged.
        while len(lives) < LIVES or lives[-1][1] <= LIVES:
            match = machine.expect(line, 60)
            lives.append(tuple(map(int, match.groups())))
        numbers = [life for life, _ in lives]
        assert numbers == sorted(set(numbers)), "each life once, in order"
        taken = r"\[mortal\] talk: life \d+, taken (\d+)\n"
        while int(machine.expect(taken, 60).group(1)) <= LIVES:
            pass
        of_mortal = [int(n) for n in re.findall(taken, machine.whole)]
        assert of_mortal == sorted(of_mortal)
        assert "WRONG" not in machine.text
        assert "steady stopped" not in machine.text


# Shows: life.manager.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("mode", km.MODES)
def test_a_manager_restarts_a_crashed_partition(mode):
    name = f"manager-{mode}"
    system = km.description(name, [
        km.partition("manager", cores=0x1, memory="1M as 0x40000000", image=MANAGER,
                     more=('kumiki,manages = "broken", "beating";',)),
        # It prints without a console, which is an abort. Its report of this is another abort.
        km.partition("broken", cores=0x2, memory="1M as 0x40000000", image=km.HEARTBEAT,
                     console=False, more=('kumiki,on-crash = "stop";',)),
        km.partition("beating", cores=0x4, memory="1M as 0x40000000", image=km.HEARTBEAT)])
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        machine.expect(r"\[manager\] manager: beating is running, start 1", 30)
        begun = machine.position  # before that, the manager may have seen the partition loading
        machine.position = 0
        for _ in range(20):
            machine.expect(r"\[manager\] manager: broken broke: starting it again", 30)
        machine.expect(r"\[manager\] manager: broken broke again: leaving it alone", 30)
        machine.position = 0
        machine.expect(r"\[manager\] manager: crash \d+: broken: vCPU 0: it crashed: data abort at 0x\w+, "
                       r"address 0x\w+\n", 30)
        machine.expect(r"heartbeat: \d+ s, \d+ ticks, 0 lost", 60)
        assert "refused" not in machine.text
        assert "broken is running, start 22" not in machine.text
        assert not re.search(r"beating is (stop|load)", machine.text[begun:])


# Shows: memory.window.
@pytest.mark.every_board
@pytest.mark.parametrize("mode", km.MODES)
def test_a_reader_cannot_write(mode):
    """Each write to a read-only window is an external abort, and changes nothing."""
    windows = ('\twindows {\n\t\tnews {\n\t\t\tkumiki,size = "64K";\n'
               '\t\t\tkumiki,writers = "heartbeat";\n\t\t\tkumiki,readers = "reader";\n\t\t};\n\t};\n')
    name = f"reader-{mode}"
    system = km.beside_domains(km.description(name, [
        km.partition("reader", cores=0x1, memory="1M as 0x40000000",
                     image=km.GUESTS / "bad-reader.bin"),
        witness.heartbeat(1)]), windows)
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        ways = int(machine.expect(r"reader: (\d+) ways, its contents as before\n", 30)[1])
        assert machine.text.count(": external abort\n") == ways > 0
        machine.expect(r"^\[heartbeat\] heartbeat: \d+ s", 30)
