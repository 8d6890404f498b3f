"""What a restart costs its partition. Used by run.py."""

import kumiki_machine as km
import small

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


def _small():
    """Alone on its core: the UART is its own, so that no console service runs beside it."""
    return _run("bench-restart-small", _partition("1M", access=["pl011"], console=False))


def _linux():
    """The bytes of a Linux: its Image, as an initrd here and so without the header, and 512 MiB."""
    image = km.BUILD / "tests/bench-restart-linux.bin"
    image.write_bytes(km.IMAGE["linux"].read_bytes()[64:])
    return _run("bench-restart-linux", _partition(
        "512M", initrd=image, bootargs=f"bytes={image.stat().st_size // 64 * 64}",
        access=["pl011"], console=False))


def measure():
    """From the call to the first instruction of the next life."""
    for name, text, what in (
            # Shows: life.restart-cost.
            ("restart.small", _small(), "of a guest with an image of 64 KiB and 1 MiB"),
            ("restart.linux", _linux(), "of as many bytes as a Linux: its Image, 512 MiB")):
        found = small.parse_figures(text)
        figure = small.figure(name, f"SYSTEM_RESET to the first instruction of the next life, {what}", found[name])
        if "restart.plain" in found:
            plain = found["restart.plain"]["median"]
            figure |= {"plain": plain, "ratio": round(figure["median"] / plain, 4),
                       "ratios": "a plain copy, CRC and wipe of the same bytes"}
        yield figure
