"""A partition of the RTOS watches another one's kernel by the types in its ELF file: no work of that one leads to a word, and
what is damaged in its memory from outside is told and mended."""

import re
import subprocess

import frame_probe
import kumiki_machine as km
import pytest

from test_watching import OLD

pytestmark = pytest.mark.talk

WATCHER = r"^\[watcher\] (?:\$ )?"
WATCHED = rf"{WATCHER}rtos: text, constants, vectors and rules are watched; it is no Linux: .*$"
ALARMS = rf"{WATCHER}rtos: (?!program |text, constants).*$"
ELF = km.RTOS / "kernel.types.elf"
KERNEL = 0x40800000  # where the partition's kernel really is


def names():
    listed = subprocess.run(["nm", ELF], check=True, text=True, capture_output=True, timeout=60).stdout
    return {name: int(place, 16) for place, name in re.findall(r"^(\w+) \w (\w+)$", listed, re.MULTILINE)}


def member(structure, name):
    shown = subprocess.run(["pahole", "-F", "btf", "-C", structure, ELF], check=True, text=True, capture_output=True,
                           timeout=60).stdout
    return int(re.search(rf"[ *]{name}; +/\* +(\d+) ", shown)[1])


class Kernel:
    """The watched kernel, in the machine's memory."""

    def __init__(self, path, place=KERNEL):
        self.path, self.place, self.names = path, place, names()

    def at(self, address):
        """All of the partition's memory is mapped in one piece."""
        return self.place + address - self.names["kernel_text"]

    def exchange(self, address, word=None):
        """The word that stands there, or stood there."""
        with frame_probe.Probe(self.path) as probe:
            was = probe.read(self.at(address), 8)
            if word is not None:
                probe.write(self.at(address), word.to_bytes(8, "little"))
            probe.detach()
        return int.from_bytes(was, "little")

    def damage(self, machine, address, word, *told):
        """What is told of it, and how old that is at most; then all is as it was."""
        was = self.exchange(address, word)
        assert was != word
        machine.expect_all([rf"{WATCHER}rtos: {text}(?:{OLD})?$" for text in told], 60)
        assert self.exchange(address) == was


# Shows: watch.program.
def test_damages_are_told_and_mended(tmp_path):
    """After a thousand ends and starts of programs, which lead to no word."""
    name = "watching-rtos"
    system = km.description(name, [
        km.partition("rtos", cores=0x3, memory="16M as 0x40000000", image=km.RTOS / "servers.img"),
        km.partition("watcher", cores=0x4, memory="40M as 0x40000000", image=km.RTOS / "watch-rtos.img",
                     more=['kumiki,watches = "rtos";', "kumiki,mends;"])])
    with km.kumiki(name, system, extra=frame_probe.arguments(tmp_path / "gdb"), mode=km.TALK) as machine:
        watched = machine.expect_all([WATCHED, "judge: type a line"], 90)[0]
        assert watched.start() < machine.whole.index("judge: a fault costs its client")
        machine.send("a line\r")
        machine.expect("judge is stopped", 60)
        assert re.findall(ALARMS, machine.whole, re.MULTILINE) == []
        kernel = Kernel(tmp_path / "gdb")
        text = kernel.names["boot_again"] & ~7
        kernel.damage(machine, text, 0xd503201fd503201f, f"kernel text at {text:#x} has changed",
                      f"kernel text at {text:#x} is put back")
        constant = kernel.names["kernel_data"] - 8
        kernel.damage(machine, constant, 1, f"kernel constant at {constant:#x} has changed",
                      f"kernel constant at {constant:#x} is put back")
        call = kernel.names["calls"] + 8 * 63
        kernel.damage(machine, call, text, rf"calls \(high\): call 63 leads to {text:#x}",
                      f"kernel constant at {call:#x} is put back", rf"calls \(high\): over: call 63 leads to {text:#x}")
        first, next_one = (member("process", "mappings"), member("mapping", "next_of_process"))
        mapping = kernel.exchange(kernel.exchange(kernel.names["process_first"]) + first)
        hidden = kernel.exchange(mapping + next_one)
        words = r"a mapping of \d+ pages is not well linked"
        kernel.damage(machine, mapping + next_one, kernel.exchange(hidden + next_one), rf"mappings \(high\): {words}",
                      rf"mappings \(high\): mended: {words}")
        machine.position = len(machine.whole)
        machine.send("\x1dcrestart rtos\r")
        machine.expect_all([rf"{WATCHER}rtos: it was started anew; another baseline is needed$", WATCHED], 60)
