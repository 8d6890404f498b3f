"""`kumiki fs` when something is wrong. A command that fails leaves the image and other files as they were, and reports the
reason. test_rtos_diskfs.py shows commands that succeed."""

import fcntl
import os
import signal
import struct
import subprocess
import time

import kumiki_machine as km
import pytest
import rtos_diskfiles as disks

BUSY = b"another program has it"
F_OFD_GETLK = 36


@pytest.fixture(name="image")
def made(tmp_path):
    path = tmp_path / "disk.img"
    disks.tool("make", "--size", "2M", path)
    disks.tool("write", path, "d/old", data=b"old\n")
    return path


def fails(*words, data=b"", told):
    done = subprocess.run([km.KUMIKI, "fs", *map(str, words)], input=data, capture_output=True, check=False,
                          timeout=km.HANGS)
    assert done.returncode == 1 and told in done.stderr, done.stderr


def is_as_before(image, *more):
    assert sorted(disks.tool("list", image).split()) == sorted([b"/d/", b"4", b"/d/old", *more])
    assert disks.tool("read", image, "d/old") == b"old\n"
    assert b"all is well" in disks.tool("check", image)


# ---- reading ----

def test_the_image_isnt_overwritten(image):
    (image.parent / "other").symlink_to(image)
    for out in (image, image.parent / "other"):
        fails("read", image, "d/old", "-o", out, told=b"is one of the files that this was made from")
    is_as_before(image)


def test_out_is_whole_or_untouched(image):
    out = image.parent / "out"
    out.write_bytes(b"good")
    fails("read", image, "nosuch", "-o", out, told=b"there is no such file")
    fails("read", image, "d", "-o", out, told=b"that is a directory")
    fails("read", image, "d/old", "-o", "/dev/full", told=b"can't be written")
    assert out.read_bytes() == b"good" and sorted(os.listdir(image.parent)) == ["disk.img", "out"]
    disks.tool("read", image, "d/old", "-o", out)
    assert out.read_bytes() == b"old\n"


def test_names_are_tame(image):
    disks.tool("write", image, b"e\x1b[31m\xff\xc3\xa4\xc2\x9b".decode(errors="surrogateescape"), data=b"")
    assert rb"/e\x1b[31m\xff" + b"\xc3\xa4" + rb"\xc2\x9b" in disks.tool("list", image)
    fails("read", image, "\x1b", told=rb": \x1b: error")


# ---- writing ----

# Each is tried with an existing name, a new one, and one in new directories.
@pytest.mark.parametrize("name", ["d/old", "new", "new/e/r"])
def test_a_file_is_replaced_whole_or_not_at_all(image, name):
    fails("write", image, name, data=bytes(3 << 20), told=b"there is no more space")
    is_as_before(image)
    fails("write", image, name, image.parent, told=b"it can't be read: Is a directory")
    fails("write", image, name, "/proc/self/mem", told=b"it can't be read: Input/output error")
    fails("write", image, name, image, told=b"the image can't be put into itself")
    fails("write", image, f"{name}/{'x' * 48}", told=b"a name has 1 to 47 bytes")
    is_as_before(image)


def test_a_large_file_is_replaced_whole_or_not_at_all(tmp_path):
    """A file is larger than the cache, so that parts of it get to the disk before the end."""
    image = tmp_path / "disk.img"
    disks.tool("make", "--size", "64M", image)
    disks.tool("write", image, "d/old", data=b"old\n")
    fails("write", image, "d/old", data=bytes(80 << 20), told=b"there is no more space")
    fails("write", image, "e/f/g", data=bytes(80 << 20), told=b"there is no more space")
    is_as_before(image)
    disks.tool("write", image, "d/old", data=bytes(40 << 20))
    assert len(disks.tool("read", image, "d/old")) == 40 << 20


def test_an_image_that_is_nearly_full(image):
    """On an image that is nearly full, no file replaces one of the same size, and none is lost."""
    disks.tool("write", image, "large", data=bytes(1_500_000))
    fails("write", image, "large", data=bytes(1_500_000), told=b"there is no more space")
    is_as_before(image, b"1500000", b"/large")
    disks.tool("write", image, "large", "/dev/null")
    disks.tool("write", image, "large", data=bytes(1_500_000))


def has_lock(image):
    """Whether the image is locked. The look itself disturbs nobody."""
    with open(image, "rb") as file:
        answer = fcntl.fcntl(file, F_OFD_GETLK, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 100, 200, 0))
    return struct.unpack_from("h", answer)[0] != fcntl.F_UNLCK


def writer(image, name):
    """A run that has locked the image and waits for its input."""
    process = subprocess.Popen([km.KUMIKI, "fs", "write", image, name], stdin=subprocess.PIPE)
    end = time.monotonic() + km.HANGS
    while not has_lock(image):
        assert time.monotonic() < end and process.poll() is None
    return process


def test_a_killed_run(tmp_path):
    """A killed run leaves a temporary file. It disturbs nobody, and the next run removes it."""
    image = tmp_path / "disk.img"
    disks.tool("make", "--size", "64M", image)
    disks.tool("write", image, "d/old", data=b"old\n")
    for name in ("d/old", "d/new/e/r"):
        process = writer(image, name)
        process.stdin.write(bytes(30 << 20))
        process.stdin.flush()
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdin.close()
        assert disks.tool("read", image, "d/old") == b"old\n"
        assert b".kumiki-fs-write" in disks.tool("list", image) and b"all is well" in disks.tool("check", image)
    disks.tool("write", image, "d/old", data=b"old\n")
    is_as_before(image)


def test_a_wrong_name_is_told_as_such(image):
    for name in (".", "d/..", "../d", "x" * 48):
        fails("write", image, name, told=b"a name has 1 to 47 bytes and no slash, and isn't '.' or '..'")
    fails("write", image, "d/", told=b"that is a directory")
    disks.tool("write", image, "//a", data=b"")
    is_as_before(image, b"0", b"/a")


# ---- making ----

def test_make_leaves_what_it_cant_replace(image):
    folder = image.parent / "folder"
    folder.mkdir()
    (folder / "large").write_bytes(bytes(3 << 20))
    fails("make", "--size", "2M", image, image.parent / "nosuch", told=b"it can't be read")
    fails("make", "--size", "2M", image, folder, told=b"there is no more space")
    fails("make", "--size", "8M", folder / "new.img", folder, told=b"the image can't be in itself")
    is_as_before(image)
    assert os.listdir(folder) == ["large"] and sorted(os.listdir(image.parent)) == ["disk.img", "folder"]
    disks.tool("make", "--size", "4M", image, folder)
    assert disks.tool("list", image).split() == [b"3145728", b"/large"]


# ---- others have the image ----

def test_two_dont_change_one_image(image):
    process = writer(image, "new")
    for verb, *words in (("write", "other"), ("read", "d/old"), ("check",), ("make",)):
        fails(verb, "--size", "1M", image, *words, told=BUSY)
    process.communicate(b"new")
    assert process.returncode == 0
    is_as_before(image, b"3", b"/new")


def qemu(image, more=""):
    return subprocess.Popen(["qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a57", "-display", "none", "-S",
                             "-serial", "none", "-monitor", "stdio", "-device", "virtio-blk-pci,drive=disk",
                             "-drive", f"if=none,id=disk,format=raw,file={image}{more}"],
                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_qemu_has_the_image(image):
    for more, words in (("", ("list", image)), (",readonly=on", ("write", image, "d/old"))):
        with qemu(image, more) as machine:
            try:
                machine.stdin.write(b"info status\n")
                machine.stdin.flush()
                assert any(line.startswith(b"VM status") for line in machine.stdout)
                fails(*words, told=BUSY)
                if more:
                    is_as_before(image)
            finally:
                machine.kill()
    process = writer(image, "new")
    with qemu(image) as machine:
        assert b"Failed to lock" in machine.communicate(timeout=km.HANGS)[0] and machine.returncode == 1
    process.communicate(b"")
    is_as_before(image, b"0", b"/new")


# ---- what isn't a good image ----

def test_one_root_is_damaged(image):
    good = image.read_bytes()
    for root in (0, 1):
        at = root * 8192
        image.write_bytes(good[:at] + bytes(8192) + good[at + 8192:])
        assert b"one of its two roots isn't whole" in disks.tool("check", image)
    image.write_bytes(good)
    assert b"roots" not in disks.tool("check", image)


def test_what_isnt_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, "/dev/null"):
        fails("check", path, told=b"it isn't a regular file")
        fails("make", "--size", "1M", path, told=b"it isn't a regular file")
