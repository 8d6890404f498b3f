"""The frame's size: of its image, of its sources, in memory. Used by run.py."""

import re
import subprocess

import frame_swap
import kumiki_machine as km


def code_lines(path):
    """Lines with code on them: neither blank nor comment."""
    text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"),
                  path.read_text(), flags=re.S)
    return sum(1 for line in text.splitlines() if re.sub(r"//.*", "", line).strip())


def frame_sources():
    """What is built into the frame and runs at EL2: its sources, as its objects name them, and its entry."""
    folder = km.BUILD / "frame/gicv3"
    names = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.o"))
    return [km.TOP / "frame/arch/aarch64/head.S", *(km.TOP / name for name in names if (km.TOP / name).exists())]


def memory_used(name, cores, key=None):
    system = km.description(f"bench-memory-{name}", [km.partition(
        f"bench{mask}", cores=mask, memory="1M as 0x40000000", image=km.GUESTS / "bench-boot.bin")
        for mask in cores])
    if key:
        system.write_text(system.read_text().replace("/ {", f'/ {{\n\tkumiki,update-key = "{key}";', 1))
    with km.kumiki(f"bench-memory-{name}", system) as machine:
        used = machine.expect(r"kumiki: 0x([0-9a-f]+) bytes of working memory in use", 30)
    return int(used[1], 16)


def measure():
    sections = subprocess.run(["aarch64-linux-gnu-size", "-A", km.BUILD / "frame/qemu-virt.elf"], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    # Two cores each time, so the difference is a partition's.
    one, two = memory_used("one", [0x2]), memory_used("two", [0x1, 0x2])
    box = 1024 * int(re.search(r"BUNDLE_BLACKBOX_MEMORY +\((\d+) \* 1024\)",
                               (km.TOP / "include/kumiki/bundle.h").read_text())[1])
    for name, value, what in (
            ("frame.size", sum(map(int, re.findall(r"^\.(?:head|text|rodata) +(\d+)", sections, re.M))),
             "text and read-only data of what runs at EL2 beside guests"),
            ("frame.memory", one, "working memory in use with two cores and one partition, trace and console included"),
            ("frame.memory.spare", memory_used("key", [0x2], frame_swap.KEY),
             "the same with a key of updates: the other frame has room there"),
            ("frame.memory.partition", two - one - box,
             "what a further partition of one vCPU takes, its console's ring included, its black box not")):
        yield {"name": name, "unit": "bytes", "value": value, "what": what}
    yield {"name": "frame.lines", "unit": "lines", "value": sum(code_lines(path) for path in frame_sources()),
           "what": "lines of code in the sources that run at EL2, without headers"}
