"""`kumiki check` as a person uses it, what docs/description.md shows, and the reference's properties."""

import os
import re
import subprocess

import kumiki_machine
import pytest

DESCRIPTIONS = kumiki_machine.TOP / "tests/descriptions"
PAGE = kumiki_machine.TOP / "docs/description.md"
REFERENCE = kumiki_machine.TOP / "docs/reference.md"
IN_LINUX = "/ {{ domains {{ linux {{ {} }}; }}; }};\n"


def check(*arguments, **options):
    environment = {key: value for key, value in os.environ.items() if key != "KUMIKI_PATH"}
    environment.update(options.pop("env", {}))
    return subprocess.run([kumiki_machine.KUMIKI, "check", *arguments], timeout=60,
                          capture_output=True, text=True, env=environment, **options)


def page_blocks():
    return re.findall(r"^```dts\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def example(*more):
    """The page's first two blocks in one description, with what is added to its Linux or beside it."""
    first, linux = page_blocks()[:2]
    whole = first.replace("\t};\n};\n", linux + "\t};\n};\n")
    assert whole != first
    return whole + "".join(block if re.match("[&/] ?[a-z{]", block) and "/delete-" not in block
                           else IN_LINUX.format(block) for block in more)


def write_images(folder):
    for name in ["heartbeat.bin", "Image", "initrd.cpio"]:
        (folder / name).write_bytes(b"\xff\xff\xff\x17" * 16)


def checked(folder, text):
    """What `check` says of a description."""
    write_images(folder)
    (folder / "system.dts").write_text(text)
    return check(folder / "system.dts")


def test_pages_first_description_is_good(tmp_path):
    result = checked(tmp_path, page_blocks()[0])
    assert (result.returncode, result.stderr) == (0, "")
    assert "system on qemu-virt: 1 partition on 1 core" in result.stdout


@pytest.mark.parametrize("number", range(2, len(page_blocks())))
def test_pages_other_examples_are_good(number, tmp_path):
    """Each on its own, added to the Linux of the example, or beside it."""
    result = checked(tmp_path, example(page_blocks()[number]))
    assert (result.returncode, result.stderr) == (0, "")
    assert "2 partitions" in result.stdout


@pytest.mark.parametrize("line, message", re.findall(r"^\| `(.*?;)` \| `(.*?)` \|$",
                                                     PAGE.read_text().split("## Mistakes")[1], re.MULTILINE))
def test_pages_mistakes_are_told_so(line, message, tmp_path):
    result = checked(tmp_path, example(line))
    assert result.returncode == 1
    assert message in result.stderr


def reference_properties(kind):
    """{where: {property: its example}}, as the reference's headings have them."""
    text = REFERENCE.read_text().split(f"## The properties of a {kind}\n")[1].split("\n## ")[0]
    places = {}
    for place in text.split("\n### Properties of ")[1:]:
        where, _, rest = place.partition("\n")
        places[where] = dict(re.findall(r"^#### `(.*)`\n\n    (.*)$", rest, re.MULTILINE))
    return places


@pytest.mark.parametrize("where, node", [
    ("the root", "{}"),
    ("a partition", "domains {{ NAME {{ {} }}; }};"),
    ("a partition's chosen", "domains {{ NAME {{ chosen {{ {} }}; }}; }};"),
    ("a window", "windows {{ NAME {{ {} }}; }};"),
    ("a doorbell", "doorbells {{ NAME {{ {} }}; }};"),
    ("a device, core or cluster", "pl061@9030000 {{ {} }};")])
def test_reference_has_the_properties_that_check_knows(where, node, tmp_path):
    """`check` refuses none of the reference's properties, in the form that the reference shows."""
    properties = reference_properties("system description")[where]
    assert properties
    for name, shown in properties.items():
        label = re.sub(r"<&\w+", "<&cpus", shown)
        text = f'/dts-v1/;\n/include/ "qemu-virt.dtsi"\n/ {{ {node.format(label)} }};\n'
        said = checked(tmp_path, text).stderr
        assert f"has no property '{name}'" not in said and f"'{name}' wants" not in said, name


def test_reference_says_what_help_says():
    for kind in ("system description", "manifest"):
        for properties in reference_properties(kind).values():
            for name, shown in properties.items():
                told = subprocess.run([kumiki_machine.KUMIKI, "help", name], check=True, capture_output=True,
                                      text=True, timeout=20).stdout
                assert f"\n  {shown}\n" in told, name


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
    description.write_text(page_blocks()[0].replace("qemu-virt.dtsi", "mine.dtsi"))
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
