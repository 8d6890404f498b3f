"""The README's first ten minutes, typed as they stand there. (Its `make run` is tests/system/tour.py, which has tests of its
own.)

Shows: start.pages.
"""

import re
import subprocess

import kumiki_machine as km

README = (km.TOP / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^ +build/host/bin/kumiki (.*)$", README, re.MULTILINE)


def typed(words, folder):
    """Runs a command of the README; its files go to `folder`."""
    words = [word.replace("build/", f"{folder}/") for word in words.split()]
    return subprocess.run([km.KUMIKI, *words], cwd=km.TOP, capture_output=True, text=True,
                          timeout=60)


def test_the_walk(tmp_path):
    assert [command.split()[0] for command in COMMANDS] == ["check", "pack", "show", "draw"]
    for command in COMMANDS:
        result = typed(command, tmp_path)
        assert result.returncode == 0, f"{command}: {result.stderr}"
        if command.startswith(("check", "show")):
            for name in ("linux", "rt-linux", "heartbeat"):
                assert name in result.stdout, command
    assert (tmp_path / "system.img").read_bytes()[56:60] == b"ARM\x64"
    assert "<svg" in (tmp_path / "system.svg").read_text(encoding="utf-8")


def test_the_mistake(tmp_path):
    """The README lets the reader give a core to two partitions."""
    demo = (km.TOP / "systems/demo.dts").read_text(encoding="utf-8")
    assert "0x8>" in demo and re.search(r"from `0x8`\s+\(core 3\)\s+to `0x4`\s+\(core 2\)", README)
    wrong = tmp_path / "demo.dts"
    wrong.write_text(demo.replace("<&cpus 0x8>", "<&cpus 0x4>").replace(
        "../build/", f"{km.TOP}/build/"), encoding="utf-8")
    result = subprocess.run([km.KUMIKI, "check", wrong], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1
    assert re.search(r"demo\.dts:\d+:\d+: error: core 2 .*'rt-linux'.*'heartbeat'", result.stderr)


def test_the_example_is_the_demonstrations():
    """The README's five lines stand in the file that it names."""
    lines = re.search(r"```dts\n(.*?)```", README, re.DOTALL).group(1).split("\n")
    demo = [line.strip() for line in
            (km.TOP / "systems/demo.dts").read_text(encoding="utf-8").splitlines()]
    start = demo.index("heartbeat {")
    shown = [line.strip() for line in lines if line.strip()]
    assert demo[start:start + len(shown)] == shown
