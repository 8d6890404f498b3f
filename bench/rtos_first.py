"""What the RTOS's start takes, to the shell's prompt and to the first block of a disk, on the bare machine and in a
partition that begins again and again; and what a driver's own crash takes. Used by run.py."""

import collections
import statistics

import kumiki_machine as km
import rtos_start

MEMORY = ("16M", "2M")  # of the partition
BOOT = "make bench ONLY=rtos-boot"


def _figure(name, what, **values):
    return {"name": name, "unit": "instructions", "command": BOOT, "what": what, **values}


def _prompt(options):
    with km.bare("bench-rtos-boot", rtos_start.PROMPT) as machine:
        # Shows: rtos.start.
        figure = _figure("rtos.boot.shell", "the machine's, or the partition's, first instruction until the shell's prompt is on "
                         "the console and it waits for who types, told by a program that runs when nobody else does, its own "
                         "start included; 16 MiB, one CPU",
                         bare=int(machine.expect(rtos_start.FIGURE, 60)[2]))
    return figure if options.bare_only else figure | {"value": statistics.median(rtos_start.lives(rtos_start.PROMPT, "16M")[1])}


def _first(options):
    # Shows: rtos.start.
    figure = _figure("rtos.boot.block", "the machine's, or the partition's, first instruction to the first block answered: kernel, init, "
                     "supervisor, console, the disk's driver, its client; 16 MiB, one CPU", bare=rtos_start.bare())
    if options.bare_only:
        yield figure
        return
    lives = {memory: rtos_start.lives(rtos_start.FIRST, memory) for memory in MEMORY}
    yield figure | {"value": statistics.median(lives["16M"][1])}
    for memory, (resets, begins) in lives.items():
        yield _figure(f"rtos.restart.block.{memory}", f"a partition's SYSTEM_RESET to the first block answered in its next life; {memory}iB, "
                      "one CPU; the shorter of two", value=resets[0], parts={"frame": resets[0] - begins[0], "rtos": begins[0]})


def _counts():
    asked = collections.Counter((device, kind) for device, kind, _ in rtos_start.accesses())
    yield {"name": "rtos.boot.asked", "unit": "registers read", "command": BOOT,
           "bare": sum(count for (device, kind), count in asked.items() if kind == "read" and device != "pl011"),
           "parts": {f"{device} {kind}": count for (device, kind), count in sorted(asked.items())},
           "what": "registers of devices that are read until the first block is answered, the UART's apart: one for each "
                   "character that is told"}
    own, into = rtos_start.copied()
    yield {"name": "rtos.boot.copied", "unit": "bytes", "command": BOOT, "bare": into, "own": dict(own),
           "what": "what is copied into programs until then; own: what programs copy beside that, most of all what the "
                   "supervisor writes down about them"}


def measure_boot(options):
    yield _prompt(options)
    yield from _first(options)
    yield from _counts()


def measure_crash(options):
    """A driver's own crash. Where the partition's console is the frame's, what is told of it is told by the frame's
    service, on the same core."""
    bare, _ = rtos_start.falls("bare")
    uart, shared = ({}, {}) if options.bare_only else (rtos_start.falls(how)[0] for how in ("uart", "console"))
    for name, driver in (("driver.crash.console", "the console's driver"), ("driver.crash.block", "a disk's driver")):
        figure = {"name": name, "unit": "instructions", "command": "make bench ONLY=rtos-crash", "bare": bare[name],
                  "what": f"a call over which {driver} faults, to its answer by the next one; the worst of twenty. In a partition "
                          "that has the UART; console: in one whose console is the frame's, and the median there"}
        yield figure | ({"value": uart[name], "console": shared[name], "console_median": shared[f"{name}.median"]}
                        if uart else {})
    if shared:
        yield {"name": "driver.restart", "unit": "instructions", "command": "make bench ONLY=rtos-crash",
               "median": shared["driver.crash.block.median"], "worst": shared["driver.crash.block"], "samples": 20,
               "what": "a call over which a disk's driver faults, to its answer by the next one, in a partition whose console is the "
                       "frame's"}
