"""`kumiki check` as a person uses it, the examples of docs/description.md, and the reference's properties."""

import os
import re
import subprocess

import kumiki_machine
import pytest

DESCRIPTIONS = kumiki_machine.TOP / "tests/descriptions"
PAGE = kumiki_machine.TOP / "docs/description.md"
REFERENCE = kumiki_machine.TOP / "docs/reference/reference.md"
IN_LINUX = "/ {{ domains {{ linux {{ {} }}; }}; }};\n"


def check(*arguments, **options):
    environment = {key: value for key, value in os.environ.items() if key != "KUMIKI_PATH"}
    environment.update(options.pop("env", {}))
    return subprocess.run([kumiki_machine.KUMIKI, "check", *arguments], timeout=60,
                          capture_output=True, text=True, env=environment, **options)


def page_blocks():
    return re.findall(r"^```dts\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)


def example(*more):
    """The page's first two blocks in one description, with additions to its Linux or beside it."""
    first, linux = page_blocks()[:2]
    whole = first.replace("\t};\n};\n", linux + "\t};\n};\n")
    assert whole != first
    return whole + "".join(block if re.match("[&/] ?[a-z{]", block) and "/delete-" not in block
                           else IN_LINUX.format(block) for block in more)


def write_images(folder):
    for name in ["heartbeat.bin", "Image", "initrd.cpio", "disk.img"]:
        (folder / name).write_bytes(b"\xff\xff\xff\x17" * 16)


def checked(folder, text):
    """The output of `check` for a description."""
    write_images(folder)
    (folder / "system.dts").write_text(text)
    return check(folder / "system.dts")


def test_pages_first_description_is_good(tmp_path):
    result = checked(tmp_path, page_blocks()[0])
    assert (result.returncode, result.stderr) == (0, "")
    assert "system on qemu-virt: 1 partition on 1 core" in result.stdout


@pytest.mark.parametrize("number", range(2, len(page_blocks())))
def test_pages_other_examples_are_good(number, tmp_path):
    """Each example alone, added to the Linux of the first one, or beside it."""
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
    """{heading of the reference: {property: its example}}"""
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
    """`check` accepts each of the reference's properties, in the form that the reference shows."""
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
    assert "\n    CPU 1    core 1 is nobody's at the start, may be that of linux\n" in said


def test_it_says_what_prevention_takes():
    """4 KiB for 2 MiB of the watched partition's memory."""
    said = check(DESCRIPTIONS / "good/watch.dts").stdout
    assert "\n    prevents code in watched that it doesn't approve: 40 KiB for page tables\n" in said


# Shows: time.check-refuses, start.check-words.
def test_a_bad_description_fails():
    bad = DESCRIPTIONS / "bad/mistakes.dts"
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


@pytest.mark.parametrize("command", ["check", "draw", "pack", "show", "run", "console", "gdb", "trace", "top", "board",
                                     "reference", "rtos", "rtos check"])
def test_called_wrongly(command):
    """All commands answer an unknown option in the same way, and so a call without arguments."""
    said = subprocess.run([kumiki_machine.KUMIKI, *command.split(), "--foo"], capture_output=True, text=True,
                          timeout=20, check=False)
    assert said.returncode == 2 and said.stdout == ""
    assert said.stderr.startswith(f"kumiki {command}: ")
    assert f"\nusage: kumiki {command.split()[0]} " in said.stderr
    assert command in ("reference", "rtos") or "unrecognized option '--foo'" in said.stderr
    assert command == "reference" or subprocess.run([kumiki_machine.KUMIKI, *command.split()], capture_output=True,
                                                    timeout=20, check=False).returncode == 2


@pytest.mark.parametrize("words, meant", [
    ("help chek", "there is no command or property 'chek'; did you mean 'check'?"),
    ("help kumiki,memroy", "there is no command or property 'kumiki,memroy'; did you mean 'kumiki,memory'?"),
    ("help frobnicate", "there is no command or property 'frobnicate'; 'kumiki --help' lists the commands"),
    ("run --lnk socket system.dts", "kumiki run: did you mean '--link'?"),
    ("rtos check --karnel x", "kumiki rtos check: did you mean '--kernel'?")])
def test_a_misspelt_word_of_the_command_line(words, meant):
    said = subprocess.run([kumiki_machine.KUMIKI, *words.split()], capture_output=True, text=True, timeout=20, check=False)
    assert (said.returncode, said.stdout) == (2, "")
    assert meant in said.stderr.splitlines() or f"kumiki: {meant}" in said.stderr.splitlines()


def test_an_operators_command_is_led_to_the_console():
    said = subprocess.run([kumiki_machine.KUMIKI, "log", "linux"], capture_output=True, text=True, timeout=20, check=False)
    assert (said.returncode, said.stdout) == (2, "")
    assert "kumiki console --command 'log' LINK" in said.stderr


def test_show_says_that_a_description_is_one(tmp_path):
    write_images(tmp_path)
    path = tmp_path / "system.dts"
    path.write_text(page_blocks()[0])
    said = subprocess.run([kumiki_machine.KUMIKI, "show", path], capture_output=True, text=True, timeout=20, check=False)
    assert said.returncode == 1 and said.stdout == ""
    assert f"{path}: error: this is a description" in said.stderr
    for command in re.findall(r"kumiki (check [^;]*|pack .*)", said.stderr):
        subprocess.run([kumiki_machine.KUMIKI, *command.split()], cwd=tmp_path, check=True, timeout=60,
                       capture_output=True)


# `kumiki run` adds this to a -drive, so that its errors reach the guest.
REPORTS = "werror=report,rerror=report"

DISKS = """&virtio_mmio31 {
	kumiki,qemu-device = "virtio-blk-device,drive=d0";
	kumiki,qemu-args = "-drive if=none,id=d0,file=DISK,format=FORMAT MORE";
};
/ { domains { linux { kumiki,unconfined-dma = <&virtio_mmio31>; kumiki,no-restart; }; }; };
"""


def qemu_words(path, folder):
    shown = subprocess.run([kumiki_machine.KUMIKI, "run", "--print", path], cwd=folder, check=True, timeout=60,
                           capture_output=True, text=True)
    return shown.stdout.split()


def test_qemus_files_count_from_the_description(tmp_path):
    """The folder of the command doesn't matter. A comma in a folder's name stays in the file's name."""
    folder = tmp_path / "a,b"
    folder.mkdir()
    (folder / "disk.img").write_bytes(bytes(512))
    more = ("-chardev socket,id=c0,path=c.sock,server=on -blockdev driver=file,node-name=n0,filename=disk.img "
            "-drive if=none,id=d1,file=/dev/zero,format=raw -drive if=none,id=d2,file=fat:rw:there "
            "-device loader,file=disk.img,addr=0x1 -netdev user,id=n,hostname=file,tftp=there")
    text = example(DISKS).replace("DISK", "disk.img").replace("FORMAT", "raw").replace("MORE", more)
    result = checked(folder, text)
    assert (result.returncode, result.stderr) == (0, "")
    words = qemu_words(folder / "system.dts", tmp_path)
    doubled = f"{tmp_path}/a,,b"
    for word in (f"if=none,id=d0,file={doubled}/disk.img,format=raw,{REPORTS}", f"socket,id=c0,path={doubled}/c.sock,server=on",
                 f"driver=file,node-name=n0,filename={doubled}/disk.img", f"if=none,id=d1,file=/dev/zero,format=raw,{REPORTS}",
                 f"if=none,id=d2,file=fat:rw:there,{REPORTS}", f"loader,file={doubled}/disk.img,addr=0x1",
                 "user,id=n,hostname=file,tftp=there"):
        assert word in words


@pytest.mark.parametrize("form, remedy", [("raw", "truncate -s 64M {}"), ("qcow2", "qemu-img create -f qcow2 {} 64M")])
def test_check_looks_for_qemus_disks(form, remedy, tmp_path):
    text = example(DISKS).replace("DISK", "none.img").replace("FORMAT", form)
    result = checked(tmp_path, text.replace("MORE", "-virtfs local,path=shared,id=f"))
    assert result.returncode == 0
    assert f"system.dts:{1 + text[:text.index('kumiki,qemu-args')].count(chr(10))}:" in result.stderr
    assert f"warning: '{tmp_path}/none.img', which QEMU opens for -drive, isn't there; build it, or make an empty disk: " in result.stderr
    assert remedy.format(tmp_path / "none.img") in result.stderr
    assert f"make the folder: mkdir -p {tmp_path}/shared" in result.stderr


@pytest.mark.parametrize("command", ["check", "pack", "show", "draw"])
def test_a_pipe_is_refused(command, tmp_path):
    """A pipe that nobody writes to: an error, not a wait for ever."""
    pipe = tmp_path / "pipe.dts"
    os.mkfifo(pipe)
    extra = ["-o", tmp_path / "out"] if command == "pack" else []
    result = subprocess.run([kumiki_machine.KUMIKI, command, pipe, *extra], stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True, timeout=20, check=False)
    assert result.returncode == 1 and "pipe.dts" in result.stderr


def test_a_manifest_wants_more_memory_than_there_is(tmp_path):
    text = (kumiki_machine.TOP / "systems/store.dts").read_text().replace("../build", str(kumiki_machine.BUILD))
    small = tmp_path / "small.dts"
    small.write_text(text.replace('"16M as 0x40000000"', '"1M as 0x40000000"'))
    assert re.search(r"small\.dts:\d+:\d+: warning: the programs of this image's manifest have \d+ KiB of memory, and 'store' "
                     "has 1024 KiB in all", check(small).stderr)


def test_a_manifest_has_a_device_that_the_partition_lacks(tmp_path):
    """The manifest of net.img has a card at the board's own place. Without it the remark names its place and interrupt."""
    text = (kumiki_machine.TOP / "systems/watched-rtos.dts").read_text().replace("../build", str(kumiki_machine.BUILD))
    alone = tmp_path / "alone.dts"
    alone.write_text(text.replace("rtos/shell.img", "rtos/net.img"))
    result = check(alone)
    assert result.returncode == 0
    assert [re.sub("0x[0-9a-f]+|[0-9]+", "N", line.split("warning: ")[1]) for line in result.stderr.splitlines()][-1] == \
        "the manifest of this image has 'card' with interrupt N (SPI N), which 'rtos' doesn't own; correct 'reg', whose device " \
        "number decides that, in the manifest"
    assert "has 'card' at 0x" in result.stderr


# Shows: rtos.system-names.
@pytest.mark.parametrize("system, was, becomes, words", [
    ("lan", r"\n\tchannels \{.*?\n\t\};\n", "\n",
     "wants an end of the channel 'lan', which 'rtos' doesn't have; give the channel that end in the description, or correct "
     "the name in the manifest"),
    ("lan", r"\tlan \{", "\tland {",
     "wants an end of the channel 'lan', which 'rtos' doesn't have; did you mean 'land'?"),
    ("watched", 'kumiki,watches = "linux";', "", "watches 'linux', and 'watcher' watches nobody; add: kumiki,watches = \"linux\";")])
def test_a_manifest_has_a_name_that_the_partition_lacks(system, was, becomes, words, tmp_path):
    text = (kumiki_machine.TOP / f"systems/{system}.dts").read_text().replace("../build", str(kumiki_machine.BUILD))
    (tmp_path / "good.dts").write_text(text)
    assert check(tmp_path / "good.dts").stderr == ""
    other = tmp_path / "other.dts"
    other.write_text(re.sub(was, becomes, text, flags=re.DOTALL).replace("kumiki,mends;", ""))
    result = check(other)
    assert result.returncode == 1
    assert [line.split("error: ")[1] for line in result.stderr.splitlines()] == [f"the manifest of this image {words}"]


@pytest.mark.parametrize("system, channel, driver, there", [
    ("lan", 'compatible = "kumiki,console"; kumiki,ends = "linux", "rtos";', "an end of a network", "an end of the console 'lan'"),
    ("lan", 'compatible = "kumiki,disk"; kumiki,provider = "rtos"; kumiki,ends = "linux";', "an end of a network",
     "the provider's end of the disk 'lan'"),
    ("store", 'compatible = "kumiki,console"; kumiki,ends = "store", "linux";', "the provider's end of a disk",
     "an end of the console 'disk'"),
    ("store", 'compatible = "kumiki,disk"; kumiki,provider = "linux"; kumiki,ends = "store";', "the provider's end of a disk",
     "a user's end of the disk 'disk'"),
    ("store", 'compatible = "kumiki,network"; kumiki,ends = "store", "linux";', "the provider's end of a disk",
     "an end of the network 'disk'")])
def test_a_manifest_has_a_driver_for_another_end(system, channel, driver, there, tmp_path):
    """The channel has another kind. The mistake names the image's line, both kinds, and the remedy."""
    text = (kumiki_machine.TOP / f"systems/{system}.dts").read_text().replace("../build", str(kumiki_machine.BUILD))
    other = tmp_path / "other.dts"
    other.write_text(re.sub(r"(channels \{\s*\w+ \{).*?\};", lambda found: f"{found[1]} {channel} }};", text, count=1,
                            flags=re.DOTALL))
    partition, device = {"lan": ("rtos", "lan"), "store": ("store", "channel")}[system]
    result = check(other)
    assert result.returncode == 1
    mistakes = [line for line in result.stderr.splitlines() if "has a driver for" in line]
    line = 1 + text[:text.index(f'/rtos/{system}.img";')].count("\n")
    assert len(mistakes) == 1 and mistakes[0].startswith(f"{other}:{line}:")
    assert mistakes[0].split("error: ")[1] == (
        f"the manifest of this image has a driver for {driver} ('{device}'), and '{partition}' has {there}; name another channel "
        "or use another driver in the manifest, or correct the channel")
