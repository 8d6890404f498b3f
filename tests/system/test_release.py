"""The version in the file VERSION is the version everywhere. The revisions and refusals in docs/reference/compatibility.md are those
of the sources."""

import json
import re
import subprocess

import kumiki_machine as km
import pytest

CHANGES = (km.TOP / "CHANGELOG.md").read_text(encoding="utf-8")
COMPATIBLE = (km.TOP / "docs/reference/compatibility.md").read_text(encoding="utf-8")
# {name on the page: its number in the sources}
REVISIONS = {"bundle": ("bundle.h", "BUNDLE_REVISION"), "link": ("link.h", "LINK_REVISION"),
             "panel": ("panel.h", "PANEL_REVISION_VALUE"), "disk records": ("disk.h", "DISK_REVISION"),
             "black box": ("blackbox.h", "BLACKBOX_REVISION"),
             "RTOS calls": ("rtos/call.h", "RTOS_CALL_REVISION"),
             "RTOS boot image": ("rtos/image.h", "RTOS_IMAGE_REVISION")}


def asked(*words):
    return subprocess.run(words, timeout=60, check=True, capture_output=True, text=True).stdout


def test_changes_stand_under_their_versions():
    """The first heading is this version's. A version has three numbers, and "-dev" before its release. The frame's header
    has room for it."""
    headings = re.findall(r"^## (.*)$", CHANGES, re.MULTILINE)
    assert headings[0] == km.VERSION and len(km.VERSION) < 32
    assert not [heading for heading in headings if not re.fullmatch(r"\d+\.\d+\.\d+(-dev)?", heading)]
    assert not [heading for heading in headings[1:] if "-" in heading]


# Shows: releases.version.
@pytest.mark.every_board
def test_everything_says_the_same_version(tmp_path):
    name, image = "release-version", tmp_path / "system.img"
    path = km.description(name, [km.partition("guest", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT)])
    revision = number("bundle.h", "BUNDLE_REVISION")
    told = f"kumiki {km.VERSION} (bundle revision {revision})\n"
    assert asked(km.KUMIKI, "--version") == told
    assert told in COMPATIBLE
    command = km.command_of(path, image)
    assert json.loads(asked(km.KUMIKI, "show", "--json", image))["frame"]["version"] == km.VERSION
    assert f", version {km.VERSION}, bundle revision {revision}\n" in asked(km.KUMIKI, "show", image)
    with km.Machine(name, command) as machine:
        machine.expect(rf"^kumiki: {name}: 1 partition on 1 core, version {re.escape(km.VERSION)}$", 30)


def number(header, name):
    text = (km.TOP / "include/kumiki" / header).read_text(encoding="utf-8")
    return re.search(rf"^#define {name} +(\d+)", text, re.MULTILINE)[1]


def strings():
    """The strings in the sources, with the parts of a sentence joined."""
    for source in [*km.TOP.glob("tools/*/*.c"), *km.TOP.glob("lib/*.c"), *km.TOP.glob("linux/*/*.c"),
                   *km.TOP.glob("frame/service/*/*.c")]:
        text = source.read_text(encoding="utf-8").replace("LINK_REVISION_TEXT", f'"{number("link.h", "LINK_REVISION")}"')
        yield re.sub(r'"\s*(PRI\w+\s*)?"', "", text)


# Shows: releases.refused.
def test_revisions_and_refusals_are_those_of_the_sources():
    rows = {cells[0].strip(): cells[1:] for cells in
            (line.strip("|").split("|") for line in COMPATIBLE.splitlines() if line.startswith("| "))}
    for row, (header, name) in REVISIONS.items():
        assert rows[row][0].strip() == number(header, name), row
    assert rows["hypercalls"][0].strip() == ".".join(number("hypercall.h", f"KUMIKI_ABI_{part}")
                                                     for part in ("MAJOR", "MINOR"))
    texts = "\0".join(strings())
    refusals = [words for cells in rows.values() for words in re.findall(r"`([a-z][^`]* [^`]*)`", cells[2])]
    assert len(refusals) == 8
    assert not [words for words in refusals if words not in texts]
