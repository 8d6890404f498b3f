"""Programs that know nothing of Kumiki (tests/guest/alone): they run on the bare machine, and as
partitions from a description of a few lines.

Shows: guests.same-as-bare.
"""

import kumiki_machine as km
import pytest

# What a description says of each beside compatible, cpus, memory, image and console; its words.
# What it is told stands behind a ">".
PROGRAMS = {
    "polled": (1, "1M as 0x40000000", ["kumiki,link-address = <0x40000000>;"],
               ["polled: 10 ms by the counter, sum 15"]),
    "fiq": (1, "1M as 0x40000000", [], ["fiq: 10 ticks by FIQ"]),
    "image": (2, "16M", [], ["image: has a tree", "image: second CPU runs"]),
    "placed": (1, "16M as 0x40000000", [], ["placed: 12 by tables$"]),
    "blocks": (1, "16M as 0x40000000", [],
               ["blocks: 10 ticks by the physical timer, and a line that is longer than any FIFO$",
                "blocks: floats", "blocks: woken by the clock", "blocks: say something",
                "> hello, I am nobody\r", "blocks: heard hello, I am nobody$", "blocks: done"]),
    "seconds": (4, "16M as 0x40000000",
                ["kumiki,link-address = <0x40100000>;", "kumiki,entry = <0x40100800>;",
                 "kumiki,dtb-address = <0x40000000>;"],
                ["seconds: has a tree", "seconds: 16 MiB of memory", "seconds: PSCI by [SH][MV]C",
                 "seconds: greeted by 3 cores"]),
}
# For -kernel: QEMU takes the address of what is linked for one from the ELF.
ELF = {"polled", "seconds"}


def image(program):
    return km.GUESTS / f"alone-{program}.bin"


def describe(program, folder):
    cpus, memory, more, _ = PROGRAMS[program]
    shared = f" kumiki,vcpus = <{cpus}>; kumiki,shared-cores;" if cpus > km.CORES else ""
    lines = ['compatible = "openamp,domain-v1";', f"cpus = <&cpus {(1 << min(cpus, km.CORES)) - 1:#x}>;{shared}",
             f'kumiki,memory = "{memory}";', f'kumiki,image = "{image(program)}";',
             "kumiki,console;", *more]
    assert len(lines) <= 8
    path = folder / f"{program}.dts"
    path.write_text('/dts-v1/;\n/include/ "' + km.BOARD + '.dtsi"\n/ { domains { guest {\n' +
                    "\n".join(lines) + "\n}; }; };\n")
    return path


def talk(machine, program):
    for words in PROGRAMS[program][3]:
        if words.startswith("> "):
            machine.send(words[2:])
        else:
            machine.expect(rf"^(\[guest\] )?{words}", 60)


@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize("mode", km.MODES)
@pytest.mark.parametrize("program", [name for name in PROGRAMS if not (km.APART and name == "blocks")])
def test_partition(program, mode, tmp_path):
    with km.kumiki(f"unseen-{program}-{mode}", describe(program, tmp_path),
                   mode=km.TALKS[mode]) as machine:
        talk(machine, program)
        machine.expect(r"guest stopped: it turned itself off", 60)
        machine.wait_end(60)


@pytest.mark.long
@pytest.mark.parametrize("program", PROGRAMS)
def test_bare(program):
    """The same file, started by QEMU itself: what it does there is what it must do above."""
    started = image(program).with_suffix(".elf" if program in ELF else ".bin")
    with km.bare(f"unseen-{program}-bare", started, cpus=PROGRAMS[program][0]) as machine:
        talk(machine, program)
