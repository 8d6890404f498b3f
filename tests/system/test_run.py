"""What `kumiki run` makes of its options and of a board's memory, and what `make help` tells."""

import re
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
    """QEMU takes whole MiB; what a partition was given has to be there."""
    words = run("--print", describe(f"run-memory-{size:x}", size)).stdout.split()
    assert words[words.index("-m") + 1] == option


def test_clocks_exclude_each_other():
    for words in [("--icount", "--smp-threads"), ("--smp-threads", "--icount")]:
        result = run("--print", *words, describe("run-clocks"))
        assert (result.returncode, result.stdout) == (2, "")
        assert "--icount and --smp-threads exclude each other; leave one out\n" in result.stderr
    assert run("--print", "--icount", "--icount", describe("run-clocks")).returncode == 0


def test_what_is_no_packed_system_is_not_started(tmp_path):
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
                                 "give it what 'kumiki pack' wrote\n")


def make(*words):
    return subprocess.run(["make", "-C", km.TOP, "--no-print-directory", *words], timeout=60,
                          check=False, capture_output=True, text=True).stdout


def test_help_lists_what_there_is():
    """Each target once, in words, and make knows it; those of the README are among them."""
    lines = make("help").splitlines()
    listed = [re.fullmatch(r"  make ([a-z-]+) +(\S.*)", line)[1] for line in lines]
    assert len(set(listed)) == len(listed)
    known = set(re.findall(r"^([a-z-]+):", make("-pq", "help"), re.MULTILINE))
    assert set(listed) <= known
    pages = "".join((km.TOP / page).read_text() for page in ("README.md", "CONTRIBUTING.md"))
    named = set(re.findall(r"`make ([a-z-]+)", pages))
    assert {"run", "test", "check"} <= named <= set(listed)
