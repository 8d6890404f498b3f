"""docs/demo.svg is the output of `kumiki draw` for the demonstration. Sizes of kernels and images differ between hosts, and
with them addresses and heights. Nothing else may differ."""

import re
import subprocess
import xml.etree.ElementTree

import kumiki_machine as km
import pytest

PICTURE = km.TOP / "docs/demo.svg"
DESCRIPTION = km.TOP / "systems/demo.dts"
RENEW = "if it is meant: build/host/bin/kumiki draw systems/demo.dts -o docs/demo.svg"

# Numbers that depend on a file's size: sizes, addresses, and heights.
SIZE = re.compile(r"~?\d+(\.\d)? (bytes|[KMG]iB)")
ADDRESS = re.compile(r"0x[0-9a-f]+")
DOWN = ("y", "height", "viewBox", "points", "d")
TOLERANCE = 24  # two blocks are drawn a class of sizes higher or lower


def numbers(text):
    return [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def compared(svg):
    """Each element in two parts: text that must be equal, and numbers that may differ a little."""
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
    """Nothing in the picture has the warning's colour. The exception is the demonstration of a device that no emulator
    confines. test_debian.py checks the Debian's picture."""
    assert (b"Nothing confines" in draw(system)) == (system.name == "unlike.dts")
