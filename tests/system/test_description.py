"""`kumiki check` as a person uses it, and what docs/description.md shows."""

import os
import re
import subprocess

import kumiki_machine
import pytest

DESCRIPTIONS = kumiki_machine.TOP / "tests/descriptions"
REFERENCE = kumiki_machine.TOP / "docs/description.md"


def check(*arguments, **options):
    environment = {key: value for key, value in os.environ.items() if key != "KUMIKI_PATH"}
    environment.update(options.pop("env", {}))
    return subprocess.run([kumiki_machine.KUMIKI, "check", *arguments], timeout=60,
                          capture_output=True, text=True, env=environment, **options)


def reference_blocks():
    return re.findall(r"^```dts\n(.*?)^```", REFERENCE.read_text(), re.MULTILINE | re.DOTALL)


def write_images(folder):
    for name in ["heartbeat.bin", "Image", "initrd.cpio"]:
        (folder / name).write_bytes(b"\xff\xff\xff\x17" * 16)


def test_the_references_descriptions_are_good(tmp_path):
    first, linux, *overlays = reference_blocks()
    write_images(tmp_path)
    (tmp_path / "first.dts").write_text(first)
    whole = first.replace("\t};\n};\n", linux + "\t};\n};\n") + "".join(overlays)
    assert whole != first
    (tmp_path / "whole.dts").write_text(whole)
    result = check(tmp_path / "first.dts", tmp_path / "whole.dts")
    assert (result.returncode, result.stderr) == (0, "")
    assert "first on qemu-virt: 1 partition on 1 core" in result.stdout
    assert "whole on qemu-virt: 2 partitions on 3 cores" in result.stdout


def test_the_reference_names_every_property():
    words = (kumiki_machine.TOP / "tools/model/vocabulary.c").read_text()
    for name in re.findall(r'^    \{"(kumiki,[^"]*)"', words, re.MULTILINE):
        assert f"`{name}" in REFERENCE.read_text() or f"{name} =" in REFERENCE.read_text(), name


def test_it_says_how_cores_move():
    said = check(*(DESCRIPTIONS / f"good/cores-{name}.dts" for name in ("move", "free"))).stdout
    assert ("\n  cores move by load; 06:30 core 2 to linux, 22:00 core 1 to rt, 22:00 core 2 to other (UTC); "
            "never below linux 2, rt 1, other 1\n") in said
    assert "\n    CPU 1    core 0x2 is nobody's at the start, may be that of linux\n" in said


# Shows: time.check-refuses, start.check-words.
def test_a_bad_description_fails():
    bad = DESCRIPTIONS / "bad/several.dts"
    result = check(bad)
    assert result.returncode == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 5
    assert all(line.startswith(f"{bad}:") for line in result.stderr.splitlines())


def test_images_and_board_are_searched(tmp_path):
    (tmp_path / "boards").mkdir()
    (tmp_path / "images").mkdir()
    write_images(tmp_path / "images")
    (tmp_path / "boards/mine.dtsi").write_text('/include/ "qemu-virt.dtsi"\n')
    description = tmp_path / "system.dts"
    description.write_text(reference_blocks()[0].replace("qemu-virt.dtsi", "mine.dtsi"))
    assert check(description).returncode == 1
    assert check("-I", tmp_path / "boards", description).returncode == 1
    by_options = check("-I", tmp_path / "boards", "-I", tmp_path / "images", description)
    by_path = check(description, env={"KUMIKI_PATH": f"{tmp_path}/boards:{tmp_path}/images"})
    assert (by_options.returncode, by_path.returncode) == (0, 0)
    assert by_options.stdout == by_path.stdout


def test_called_wrongly():
    assert check().returncode == 2
    assert check("-x").returncode == 2


@pytest.mark.parametrize("command", ["check", "pack", "show", "draw"])
def test_a_pipe_is_refused(command, tmp_path):
    """A pipe that nobody writes to: an error, not a wait for ever."""
    pipe = tmp_path / "pipe.dts"
    os.mkfifo(pipe)
    extra = ["-o", tmp_path / "out"] if command == "pack" else []
    result = subprocess.run([kumiki_machine.KUMIKI, command, pipe, *extra], stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True, timeout=20, check=False)
    assert result.returncode == 1 and "pipe.dts" in result.stderr
