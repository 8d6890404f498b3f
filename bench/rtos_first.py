"""What the RTOS's start takes, to the shell's prompt and to the first block of a disk, on the bare machine and in a
partition that begins again and again; and what a driver's own crash takes. Used by run.py."""

import statistics

import kumiki_machine as km
import rtos_start


def measure_boot():
    with km.bare("bench-rtos-boot", rtos_start.PROMPT) as machine:
        shell = int(machine.expect(rtos_start.FIGURE, 60)[2])
    # Shows: rtos.start.
    yield {"name": "rtos.boot.shell", "unit": "instructions", "bare": shell,
           "value": statistics.median(rtos_start.lives(rtos_start.PROMPT, "16M")[1]),
           "what": "the machine's, or the partition's, first instruction until the shell's prompt is on the console and it waits for "
                   "keys, told by a program that runs when nobody else does, its own start included; 16 MiB, one CPU"}
    # Shows: rtos.start.
    yield {"name": "rtos.boot.block", "unit": "instructions", "bare": rtos_start.bare(),
           "value": statistics.median(rtos_start.lives(rtos_start.FIRST, "16M")[1]),
           "what": "the machine's, or the partition's, first instruction to the first block answered: kernel, init, supervisor, "
                   "console, the disk's driver, its client; 16 MiB, one CPU"}
    resets, begins = rtos_start.lives(rtos_start.FIRST, "2M")
    yield {"name": "rtos.restart.block.2M", "unit": "instructions", "value": resets[0],
           "parts": {"frame": resets[0] - begins[0], "rtos": begins[0]},
           "what": "a partition's SYSTEM_RESET to the first block answered in its next life; 2 MiB, one CPU; the shorter of two"}


def measure_crash():
    """A driver's own crash. Where the partition's console is the frame's, what is told of it is told by the frame's
    service, on the same core."""
    bare, uart, shared = (rtos_start.falls(how)[0] for how in ("bare", "uart", "console"))
    for name, driver in (("driver.crash.console", "the console's driver"), ("driver.crash.block", "a disk's driver")):
        yield {"name": name, "unit": "instructions", "bare": bare[name], "value": uart[name],
               "console": shared[name], "console_median": shared[f"{name}.median"],
               "what": f"a call over which {driver} faults, to its answer by the next one; the worst of twenty. In a partition "
                       "that has the UART; console: in one whose console is the frame's, and the median there"}
    yield {"name": "driver.restart", "unit": "instructions", "median": shared["driver.crash.block.median"],
           "worst": shared["driver.crash.block"], "samples": 20,
           "what": "a call over which a disk's driver faults, to its answer by the next one, in a partition whose console is the "
                   "frame's"}
