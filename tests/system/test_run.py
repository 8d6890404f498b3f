"""`kumiki run`: its options, a board's memory, and wrong calls. Beside it, `make help`."""

import re
import socket
import subprocess

import kumiki_machine as km
import pytest


def run(*words):
    return subprocess.run([km.KUMIKI, "run", *map(str, words)], timeout=60, check=False,
                          capture_output=True, text=True)


def describe(name, memory=None):
    path = km.description(name, [km.partition("guest", cores=0x1, memory="1M",
                                              image=km.HEARTBEAT)])
    if memory:
        km.beside_domains(path, f"\tmemory@40000000 {{ reg = <0 0x40000000 0 {memory:#x}>; }};\n")
    return path


@pytest.mark.parametrize("size, option", [(0x10000000, "256M"), (0x10001000, "257M"),
                                          (0x100ff000, "257M"), (0x10100000, "257M")])
def test_memory_is_rounded_up(size, option):
    """QEMU takes whole MiB, and each partition's memory has to be there."""
    words = run("--print", describe(f"run-memory-{size:x}", size)).stdout.split()
    assert words[words.index("-m") + 1] == option


def test_clocks_exclude_each_other():
    for words in [("--icount", "--smp-threads"), ("--smp-threads", "--icount")]:
        result = run("--print", *words, describe("run-clocks"))
        assert (result.returncode, result.stdout) == (2, "")
        assert "--icount and --smp-threads exclude each other; leave one out\n" in result.stderr
    assert run("--print", "--icount", "--icount", describe("run-clocks")).returncode == 0


def test_a_printed_machine_has_no_page():
    """A printed command is for a person, without a hub: there is nothing that a page could ask."""
    description = describe("run-page")
    assert run("--print", "--page", description).stdout == run("--print", description).stdout


def test_a_file_that_isnt_a_packed_system_is_not_started(tmp_path):
    description, image = describe("run-packed"), tmp_path / "system.img"
    subprocess.run([km.KUMIKI, "pack", description, "-o", image], check=True, timeout=60)
    assert str(image) in run("--print", "--no-pack", image, description).stdout
    (tmp_path / "cut.img").write_bytes(image.read_bytes()[:0x1000])
    for path, why in [(tmp_path / "none", "No such file or directory"),
                      (tmp_path, "Is a directory"),
                      (tmp_path / "cut.img", "a frame without a bundle, or cut short inside the frame"),
                      (description, "not an image of kumiki, or its first bytes are damaged")]:
        result = run("--no-pack", path, description)
        assert result.returncode == 1
        assert result.stderr == (f"kumiki run: --no-pack {path}: {why}; "
                                 "give it the image that 'kumiki pack' wrote\n")


def test_a_link_takes_no_existing_files_place(tmp_path):
    """QEMU would unlink a file with its socket's name. Files stay, and so does the socket of a running machine."""
    description, link = describe("run-link"), tmp_path / "link"
    link.write_text("mine")
    result = run("--link", link, description)
    assert (result.returncode, link.read_text()) == (1, "mine")
    assert result.stderr == (f"kumiki run: '{link}' is there already, and is no socket; "
                             "choose another name behind --link\n")
    link.unlink()
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(link))
        other.listen(1)
        result = run("--link", link, description)
        assert result.returncode == 1
        assert result.stderr == (f"kumiki run: '{link}' is the link of a machine that runs; "
                                 "choose another name behind --link\n")
    # The socket of an ended machine doesn't matter: the next refusal is QEMU's own.
    result = run("--link", link, description, "--", "-no-such-option")
    assert result.stderr.endswith("-no-such-option: invalid option\n")


def test_print_says_that_its_image_is_to_be_packed(tmp_path):
    """The printed command names an image. A missing or older image is reported."""
    description, image = describe("run-printed"), tmp_path / "run-printed.img"
    told = (f"kumiki run: --print packs nothing, and '{image}' isn't this system's image; before you start the "
            f"command, make it: kumiki pack {description} -o {image}\n")
    assert run("--print", "-o", image, description).stderr == told
    subprocess.run([km.KUMIKI, "pack", description, "-o", image], check=True, timeout=60)
    result = run("--print", "-o", image, description)
    assert (result.stderr, f" -kernel {image}" in result.stdout) == ("", True)
    image.write_bytes(image.read_bytes()[:-1])
    assert run("--print", "-o", image, description).stderr == told


def test_a_board_without_a_frame_is_told_with_its_place(tmp_path):
    """check and pack report it, before pack lists the folders that it searched."""
    path, image = tmp_path / "mine.dts", tmp_path / "mine.img"
    path.write_text(describe("run-no-frame").read_text().replace("/ {", '/ {\n\tkumiki,board = "rpi4";', 1) +
                    '&cpu0 { enable-method = "spin-table"; };\n')
    line = path.read_text().split("kumiki,board")[0].count("\n") + 1
    told = f"{path}:{line}:2: warning: there is no frame for the board 'rpi4', "
    for words in ["check", path], ["check", "-I", tmp_path, path]:
        result = subprocess.run([km.KUMIKI, *words], timeout=60, check=True, capture_output=True, text=True)
        assert result.stderr.startswith(told)
    result = subprocess.run([km.KUMIKI, "pack", path, "-o", image], timeout=60, check=False, capture_output=True,
                            text=True)
    assert (result.returncode, image.exists()) == (1, False)
    assert result.stderr.startswith(told) and "there is no 'frame-rpi4.img' in any of the folders" in result.stderr
    (tmp_path / "frame-rpi4.img").write_text("there it is")
    result = subprocess.run([km.KUMIKI, "check", "-I", tmp_path, path], timeout=60, check=True, capture_output=True,
                            text=True)
    assert result.stderr == ""


def test_a_link_is_given_once(tmp_path):
    link = tmp_path / "link"
    for again in (link, f"{link}:look", f"{tmp_path}/./link"):
        result = run("--link", link, "--link", again, describe("run-link-twice"))
        path = str(again).removesuffix(":look")
        assert (result.returncode, link.exists()) == (1, False)
        assert result.stderr == (f"kumiki run: '{path}' is given twice; choose another name behind one --link, "
                                 "or leave it out\n")


@pytest.mark.parametrize("words, why", [
    ("pack FILE", "where to? name the image's file: -o OUT"),
    ("trace -o folder", "which system? name its LINK, or a file that was kept with --from"),
    ("trace link", "where to? give a folder with -o, or a file with --raw; --latency answers here"),
    ("trace --from raw link -o folder", "--from reads a file instead of a system; leave the LINK out"),
    ("trace -o folder link link", "one LINK is enough; leave the others out"),
    ("console --raw link", "--raw is for one console; name its partition: --partition NAME"),
    ("console --partition a --command list link",
     "--command shows its answer alone; leave --partition and --log out"),
    ("gdb --port http a link", "--port wants a number from 0 to 65535"),
    ("show -o out FILE", "-o is for a device tree; name its partition: --dtb PARTITION"),
])
def test_a_wrong_call_is_told_what_is_wrong(words, why):
    result = subprocess.run([km.KUMIKI, *words.split()], timeout=60, check=False,
                            capture_output=True, text=True)
    name = words.split()[0]
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"kumiki {name}: {why}\nusage: kumiki {name} ")


def make(*words):
    return subprocess.run(["make", "-C", km.TOP, "--no-print-directory", *words], timeout=60,
                          check=False, capture_output=True, text=True).stdout


def test_an_installation_stands_alone(tmp_path):
    """An installed kumiki finds its boards and frames in its own folder, whatever the folder's name."""
    place = tmp_path / "a place"
    subprocess.run(["make", "-C", km.TOP, "--no-print-directory", "install-host", f"PREFIX={place}",
                    f"BUILD={km.BUILD.relative_to(km.TOP)}"], timeout=300, check=True)
    image = tmp_path / "system.img"
    subprocess.run([place / "bin/kumiki", "pack", describe("run-installed"), "-o", image], check=True,
                   timeout=60, cwd=tmp_path)
    assert image.read_bytes()[56:60] == b"ARM\x64"
    manual = (place / "share/man/man1/kumiki.1").read_text().replace("\\-", "-")
    assert "@" not in manual
    completion = place / "share/bash-completion/completions/kumiki"
    for command in re.findall(r"^  ([a-z]+) ", asked("--help"), re.MULTILINE):
        options = set(re.findall(r"^  (-[-a-zA-Z]+)", asked("help", command), re.MULTILINE))
        assert f"kumiki {command} " in manual and options <= set(manual.split()), command
        assert options <= set(completed(completion, command)), command


def asked(*words):
    return subprocess.run([km.KUMIKI, *words], timeout=60, check=True, capture_output=True, text=True).stdout


def completed(completion, command):
    """bash's completions after `kumiki COMMAND -`."""
    words = f'COMP_WORDS=(kumiki {command} -); COMP_CWORD=2; _kumiki; echo "${{COMPREPLY[@]}}"'
    return subprocess.run(["bash", "-c", f'. "{completion}"; {words}'], timeout=60, check=True, capture_output=True,
                          text=True).stdout.split()


def test_help_lists_what_there_is():
    """Each target stands there once, in words, and make knows it. The README's targets are among them."""
    lines = make("help").splitlines()
    listed = [re.fullmatch(r"  make ([a-z/-]+) +(\S.*)", line)[1] for line in lines]
    assert len(set(listed)) == len(listed)
    known = set(re.findall(r"^([a-z/-]+):", make("-pq", "help"), re.MULTILINE))
    assert set(listed) <= known
    pages = "".join((km.TOP / page).read_text() for page in ("README.md", "CONTRIBUTING.md"))
    named = set(re.findall(r"`make ([a-z-]+)", pages))
    assert {"run", "test", "check"} <= named <= set(listed)
