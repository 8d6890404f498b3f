"""Events in the very moment in which a core changes hands.

Shows: cores.one-holder.
"""

import re
import subprocess

import kumiki_machine as km
import pytest

import frame_probe
from frame_crash import patch, symbol
from witness import heartbeat, heartbeat_goes_on

ELF = km.BUILD / f"frame/{km.BOARD}.elf"
RET = bytes.fromhex("c0035fd6")
HERE = r"^\[giver\] worker: core 2 is here: CPU 1 works\n"


def passing():
    """The place where the giver's vCPU can't be switched on any more, while the record isn't changed yet."""
    code = subprocess.run(["aarch64-linux-gnu-objdump", "-d", "--no-show-raw-insn", "--disassemble=hold_look", ELF],
                          check=True, text=True, capture_output=True, timeout=60).stdout
    return int(re.search(r"^ *(\w+):\t(?:ldaxr\tx|bl\t\w+ <hold_change>)", code, re.MULTILINE)[1], 16)


@pytest.mark.long
def test_withdrawn_in_the_moment_in_which_it_comes_true(tmp_path):
    """The asker's time is over just as the giver's CPU goes off. The giver tries to switch the CPU on again while this is
    still refused, and is told when it isn't any more."""
    system = km.description("cores-withdrawn", [
        km.partition("giver", cores=0x5, memory="1M as 0x40000000", image=km.GUESTS / "worker.bin"),
        km.partition("taker", cores=0x2, memory="1M as 0x40000000", image=km.GUESTS / "worker.bin",
                     more=("kumiki,may-hold = <&cpus 0x4>;",)),
        heartbeat(3)])
    with km.kumiki("cores-withdrawn", system, extra=frame_probe.arguments(tmp_path / "probe"), mode=km.TALK) as machine:
        machine.expect(HERE, 60)
        with frame_probe.Probe(tmp_path / "probe") as probe:
            probe.break_at(passing())
            probe.resume()
            machine.send("\x1dcgive 2 taker 1\r")
            core = probe.wait_stop()
            probe.unbreak(passing())
            patch(probe, symbol("hang_look"), None, RET)  # the core stands for longer than a healthy one
            probe.resume(but=core)
            machine.expect_all([r"^\[giver\] worker: core 2 is gone", r"giver keeps core 2: it didn't give it up in time; "],
                               60)
            machine.send("cores\r")  # when this is answered, the giver has heard of it and tried
            machine.expect(r"core 2: giver; may be that of taker\n", 60)
            probe.stop()
            probe.detach()
        machine.expect(HERE, 60)
