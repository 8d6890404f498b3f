"""docs/demo.svg is what `kumiki draw` makes of the demonstration today. Kernels and images differ in
their sizes from one machine to the next, and with them addresses and heights: those alone may."""

import re
import subprocess
import xml.etree.ElementTree

import kumiki_machine as km
import pytest

PICTURE = km.TOP / "docs/demo.svg"
DESCRIPTION = km.TOP / "systems/demo.dts"
RENEW = "if it is meant: build/host/bin/kumiki draw systems/demo.dts -o docs/demo.svg"

# What a file's size decides: how large things are, where they lie, how high they are drawn.
SIZE = re.compile(r"~?\d+(\.\d)? (bytes|[KMG]iB)")
ADDRESS = re.compile(r"0x[0-9a-f]+")
DOWN = ("y", "height", "viewBox", "points", "d")
TOLERANCE = 24  # two blocks that are drawn by a class of sizes higher or lower


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def compared(svg):
    """Each element as what must be equal, and as numbers that may differ a little."""
    for element in xml.etree.ElementTree.fromstring(svg).iter():
        words = ADDRESS.sub("ADDRESS", SIZE.sub("SIZE", element.text or "")).strip()
        fixed = {key: value for key, value in element.attrib.items() if key not in DOWN}
        down = [number for key in DOWN for number in numbers(element.get(key, ""))]
        yield (element.tag, fixed, words, len(down)), down


def draw(*arguments):
    return subprocess.run([km.KUMIKI, "draw", *arguments], timeout=60, check=True,
                          capture_output=True).stdout


def test_the_picture_in_the_docs_is_todays():
    committed, today = list(compared(PICTURE.read_bytes())), list(compared(draw(DESCRIPTION)))
    assert [fixed for fixed, _ in committed] == [fixed for fixed, _ in today], RENEW
    for (fixed, then), (_, now) in zip(committed, today):
        assert all(abs(a - b) <= TOLERANCE for a, b in zip(then, now)), (fixed, then, now, RENEW)


@pytest.mark.parametrize("system", sorted(set((km.TOP / "systems").glob("*.dts")) - {km.TOP / "systems/debian.dts"}),
                         ids=lambda system: system.name)
def test_a_demonstration_has_confined_devices_alone(system):
    """As whoever copies it would have: nothing in its picture is in the warning's colour. But for the one that
    shows what no board's emulator confines: there it is. The Debian's is looked at by test_debian.py."""
    assert (b"Nothing confines" in draw(system)) == (system.name == "unlike.dts")
