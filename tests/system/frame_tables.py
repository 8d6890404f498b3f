"""Page tables in a machine's memory: the mappings of a core at EL2, and of a stage 2.

Written from the Arm ARM (DDI 0487, D8.3: VMSAv8-64 descriptor formats, 4 KiB granule, 39 bits, level 1 first), not from the
frame's sources, so that an error there isn't repeated here.
"""

import re
import struct
from collections import namedtuple

import kumiki_machine as km

PAGE = 4096
ADDRESS = 0x0000fffffffff000
GRAIN = {1: 1 << 30, 2: 1 << 21, 3: PAGE}
DEVICE, NORMAL, UNCACHED = "device", "normal", "uncached"
STAGE2_MEMORY = {0x1: DEVICE, 0x5: UNCACHED, 0xf: NORMAL}  # nGnRE; non-cacheable; write-back

# A range of equal attributes. `at` is the virtual or guest-physical address.
Mapping = namedtuple("Mapping", "at pa size write execute memory")


def constants(header):
    """The numbers that a header #defines."""
    values = {}
    text = re.sub(r"/\*.*?\*/", "", (km.TOP / header).read_text(), flags=re.DOTALL)
    for name, value in re.findall(r"^#define (\w+)[ \t]+((?:.*\\\n)*.*)$", text, re.MULTILINE):
        value = re.sub(r"(?<=[0-9a-fA-F])U?L*L\b", "", value.replace("\\\n", " "))
        try:
            values[name] = eval(value, {"__builtins__": {}}, values)  # arithmetic of names above
        except (NameError, SyntaxError, TypeError):
            continue
    return values


def _el2_leaf(entry):
    attribute = entry >> 2 & 7
    assert attribute in (0, 1, 2), f"attribute {attribute} isn't one of MAIR_EL2's"
    assert entry >> 10 & 1, "the access flag is clear"
    return (not entry >> 7 & 1, not entry >> 54 & 1, NORMAL if attribute == 1 else DEVICE)


def _stage2_leaf(entry):
    assert not entry >> 53 & 1, "XN[0] is set: its meaning differs between CPUs"
    return _stage2_xnx_leaf(entry)


def _stage2_xnx_leaf(entry):
    """XN (D8.4.4, with FEAT_XNX): 00 both execute, 01 EL0 alone, 10 nobody, 11 EL1 alone."""
    assert entry >> 10 & 1, "the access flag is clear"
    assert entry >> 6 & 1, "what can't be read is mapped"
    return (bool(entry >> 7 & 1), entry >> 53 & 3 != 2, STAGE2_MEMORY[entry >> 2 & 0xf])


def _walk(probe, table, level, base, leaf, pages):
    """Yields the leaves below a table; `pages` collects the tables themselves."""
    pages.append(table)
    for index, entry in enumerate(struct.unpack("<512Q", probe.read(table, PAGE))):
        at = base + index * GRAIN[level]
        if not entry & 1:
            continue
        if entry & 2 and level < 3:
            assert entry >> 59 == 0, "a table entry limits what is below it"
            yield from _walk(probe, entry & ADDRESS, level + 1, at, leaf, pages)
        else:
            assert level < 3 or entry & 2, f"reserved descriptor {entry:#x} at level 3"
            yield Mapping(at, entry & ADDRESS, GRAIN[level], *leaf(entry))


def _joined(mappings):
    """Joins neighbours with the same attributes."""
    result = []
    for m in mappings:
        last = result[-1] if result else None
        if last and last.at + last.size == m.at and last.pa + last.size == m.pa and \
                last[3:] == m[3:]:
            result[-1] = last._replace(size=last.size + m.size)
        else:
            result.append(m)
    return result


class View:
    """The mappings below one root, and the pages of its tables."""

    def __init__(self, probe, root, leaf):
        self.pages = []
        self.mappings = _joined(_walk(probe, root & ADDRESS & ~1, 1, 0, leaf, self.pages))

    def at(self, base, size):
        """The mappings of a range of addresses."""
        return [m for m in self.mappings if overlap((m.at, m.size), (base, size))]

    def of(self, pa, size):
        """The mappings of a range of physical memory."""
        return [m for m in self.mappings if overlap((m.pa, m.size), (pa, size))]


def el2_view(probe, root=None):
    """The tables of the probe's current core, or those at another root."""
    return View(probe, probe.register("TTBR0_EL2") if root is None else root, _el2_leaf)


def stage2_view(probe, vttbr, xnx=False):
    return View(probe, vttbr, _stage2_xnx_leaf if xnx else _stage2_leaf)


def overlap(a, b):
    """Whether two (base, size) overlap."""
    return a[0] < b[0] + b[1] and b[0] < a[0] + a[1]


def inside(inner, outer):
    return outer[0] <= inner[0] and inner[0] + inner[1] <= outer[0] + outer[1]
