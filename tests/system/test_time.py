"""docs/time.md is right: its descriptions are good, and its quotes are the words of `kumiki check`."""

import pytest
import re
import subprocess

import kumiki_machine

PAGE = (kumiki_machine.TOP / "docs/time.md").read_text()
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLE, CAMERA = (text for kind, text in BLOCKS if kind == "dts")


def words(text):
    return " ".join(text.split())


def check(folder, text):
    for name in set(re.findall(r'"\.\./build/([^"]*)"', text)):
        image = folder / "build" / name
        image.parent.mkdir(parents=True, exist_ok=True)
        image.write_bytes(b"\xff\xff\xff\x17" * 16)
    (folder / "systems").mkdir(exist_ok=True)
    (folder / "systems/time.dts").write_text(text)
    return subprocess.run([kumiki_machine.KUMIKI, "check", "time.dts"], cwd=folder / "systems", timeout=60,
                          capture_output=True, text=True)


@pytest.mark.long
def test_the_examples_promise_is_kept(tmp_path):
    said = next(text for kind, text in BLOCKS if not kind and "time on core" in text)
    result = check(tmp_path, EXAMPLE)
    assert (result.returncode, result.stderr) == (0, "")
    assert words(said) in words(result.stdout)


@pytest.mark.long
def test_an_earlier_deadline_is_refused(tmp_path):
    said = next(text for kind, text in BLOCKS if not kind and "error" in text)
    result = check(tmp_path, EXAMPLE.replace("kumiki,deadline = <2000>", "kumiki,deadline = <1000>"))
    assert (result.returncode, words(result.stderr)) == (1, words(said))


def test_the_third_system_fits(tmp_path):
    result = check(tmp_path, EXAMPLE.replace("\n\t\tlinux {", f"\n{CAMERA}\n\t\tlinux {{"))
    assert (result.returncode, result.stderr) == (0, "")
    assert "camera, CPU 0: at most 3000 us in 10000 us\n" in result.stdout


def test_quotes_in_its_list_are_words_of_check():
    section = PAGE[PAGE.index("## What `kumiki check` says, and what to do"):].split("\n## ")[0]
    quotes = re.findall(r"^- `([^`]*)`", section, re.MULTILINE)
    source = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', "\n".join(
        path.read_text() for path in (kumiki_machine.TOP / "tools/model").glob("*.c"))))
    assert quotes
    for said in quotes:
        for part in re.split(r"\d+|…", said):
            assert part.strip() in source, part
