"""What a restart costs: its own partition (restart.small, restart.linux) and its siblings
(restart.sibling). Used by run.py."""

import re

import kumiki_machine as km
import masked

GUEST = km.BUILD / "guests/bench-restart.bin"
LIVES = 200  # bench/guest/restart.c
KEPT = 'kumiki,keep = "4K at 0x400ff000";'
UNLIMITED = "kumiki,restart-limit = <100000 1>; kumiki,restart-delay = <0>;"
# The last one is one too many: the machine ends with it.
LIMITED = (f"kumiki,restart-limit = <{LIVES - 1} 100000>; kumiki,restart-delay = <0>; "
           'kumiki,at-limit = "off";')
def _partition(memory, limit=UNLIMITED, **options):
    return km.partition("bench", cores=1, memory=f"{memory} as 0x40000000", image=GUEST,
                        more=(KEPT, limit), **options)


def _run(name, partition):
    with km.kumiki(name, km.description(name, [partition])) as machine:
        machine.expect(r"bench: done", 300)
        return machine.text


def small():
    """Alone on its core: the UART is its own, so that no console service runs beside it."""
    return _run("bench-restart-small", _partition("1M", access=["pl011"], console=False))


def watchdog():
    """The same, but that its watchdog ends it: from the second signal's deadline."""
    return _run("bench-restart-watchdog", _partition("1M", access=["pl011"], console=False,
                                                     bootargs="watchdog"))


def linux():
    """The bytes of a Linux: its Image, as an initrd here and so without the header, and 512 MiB."""
    image = km.BUILD / "tests/bench-restart-linux.bin"
    image.write_bytes(km.IMAGE["linux"].read_bytes()[64:])
    return _run("bench-restart-linux", _partition(
        "512M", initrd=image, bootargs=f"bytes={image.stat().st_size // 64 * 64}",
        access=["pl011"], console=False))


def sibling():
    """What the frame does on the heartbeat's core while its neighbour restarts two hundred times:
    instructions for each restart in stretches that a message began."""
    name = "bench-restart-sibling"
    system = km.description(name, [
        _partition("1M", LIMITED),
        km.partition("beat", cores=2, memory="1M as 0x40000000", image=km.HEARTBEAT)])
    command = km.command_of(system, km.BUILD / f"tests/{name}.img") + masked.QEMU_LOG
    log = km.LOGS / f"{name}.log"
    with log.open("wb") as output:
        stretches = masked.measure(command, km.BUILD / "frame/qemu-virt.elf", 300, only=1,
                                   output=output)
    text = log.read_text(errors="replace")
    assert "its limit" in text or "switched off" in text, text[-2000:]
    instructions = sum(length * count for (length, way), count in stretches.ways.items()
                       if re.search(r"\bmail_take\b", way))
    return instructions / LIVES, sum(stretches.ways.values())
