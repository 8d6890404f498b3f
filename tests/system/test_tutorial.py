"""docs/tutorial.md, followed step by step. Its descriptions are checked and run. Its program is built from the page's lines,
runs, and starts anew.

Shows: start.pages.
"""

import re
import subprocess

import kumiki_machine as km
import pytest

PAGE = (km.TOP / "docs/tutorial.md").read_text(encoding="utf-8")
ONE, DOMAINS = re.findall(r"```dts\n(.*?)```", PAGE, re.DOTALL)
PROGRAM = re.search(r"```c\n(.*?)```", PAGE, re.DOTALL)[1]
RULE = re.search(r"```make\n(.*?)```", PAGE, re.DOTALL)[1]
SHOWN, ANEW = re.findall(r"```\n(.*?)```", re.sub(r"```(dts|c|make)\n.*?```", "", PAGE, flags=re.DOTALL), re.DOTALL)


def two():
    """The first description with the second one's domains."""
    first = re.search(r"\t\tbeat \{.*?\n\t\t\};\n", ONE, re.DOTALL)[0]
    return ONE.replace(first, DOMAINS)


def described(tmp_path, text):
    (tmp_path / "build").symlink_to(km.BUILD)
    (tmp_path / "mine").mkdir()
    path = tmp_path / "mine/system.dts"
    path.write_text(text.replace("../build/guests/mine.bin", f"{tmp_path}/mine.bin"), encoding="utf-8")
    return path


def checked(path):
    result = subprocess.run([km.KUMIKI, "check", path], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.long
def test_one_partition(tmp_path):
    path = described(tmp_path, ONE)
    assert "1 partition on 1 core" in checked(path)
    with km.kumiki("tutorial-one", path) as machine:
        machine.expect(r"^\[beat\] heartbeat: 1 s, 1000 ticks, 0 lost, 0 late", 60)


@pytest.mark.long
def test_a_linux_on_the_same_core(tmp_path):
    path = described(tmp_path, two())
    assert SHOWN in checked(path)
    with km.kumiki("tutorial-two", path) as machine:
        machine.expect_all([r"^\[beat\] heartbeat: 1 s, \d+ ticks, 0 lost", r"^\[linux\] kumiki-init: up, 2 CPUs"], 120)


def built(tmp_path, program):
    """Builds a program by the page's rule, in a tree of links that keeps the existing build."""
    top = tmp_path / "tree"
    top.mkdir()
    for entry in km.TOP.iterdir():
        if entry.name not in ("build", ".git", "guests", "mk"):
            (top / entry.name).symlink_to(entry)
    for room in ("guests", "mk"):
        (top / room).mkdir()
        for entry in (km.TOP / room).iterdir():
            (top / room / entry.name).symlink_to(entry)
    (top / "guests/mine").mkdir()
    (top / "guests/mine/main.c").write_text(program, encoding="utf-8")
    rules = (km.TOP / "mk/guests.mk").read_text(encoding="utf-8")
    heartbeat = "$(eval $(call guest_program,heartbeat,guests/heartbeat/main.c))\n"
    assert heartbeat in rules
    (top / "mk/guests.mk").unlink()
    (top / "mk/guests.mk").write_text(rules.replace(heartbeat, heartbeat + RULE), encoding="utf-8")
    (top / "build").mkdir()
    for name in ("debian", "setup"):
        (top / "build" / name).symlink_to(km.TOP / "build" / name)
    subprocess.run(["make", "-C", top, "build/guests/mine.bin"], check=True, timeout=km.HANGS)
    return top / "build/guests/mine.bin"


@pytest.mark.long
def test_a_program_of_ones_own(tmp_path):
    (tmp_path / "mine.bin").write_bytes(built(tmp_path, PROGRAM).read_bytes())
    path = described(tmp_path, ONE.replace("heartbeat.bin", "mine.bin"))
    with km.kumiki("tutorial-mine", path, mode=km.TALK) as machine:
        for line in ANEW.splitlines():
            machine.expect("^" + re.sub(r"\d+ ms", r"\\d+ ms", re.escape(line).replace(r"\ ", " ")) + r"\n", 60)
