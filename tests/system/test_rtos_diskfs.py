"""Files on a disk (rtos/servers/diskfs). Each byte is right while the server and the disk's driver are restarted two hundred
times each. When QEMU is killed at any moment, the disk has all synced data, and no half change. The shell and the host's
tool see the same files. On the bare machine and as a partition, where the disk is confined (tests/rtos/diskfiles)."""

import random
import re
import shutil
import struct

import kumiki_machine as km
import pytest
import rtos_diskfiles as disks
from link_frames import crc32c
from test_channel_store import packed
from test_guests import judge
from test_rtos_files import obey

JUDGE, PLAIN, CUTTER = (km.RTOS / f"{name}.img" for name in ("diskfiles", "diskfiles-plain", "cutter"))
DESK = km.BUILD / "rtos/desk-disk.img"
FILES = 8
# Instructions.
MOST = {"disk.read.4k": 2_600, "disk.write.sync": 15_000, "fs.mount": 5_000_000}


def figures_of(machine, record_guest):
    judge(machine, record_guest, 200)
    machine.expect("judge exited with 0", 10)
    return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


# Shows: rtos.diskfs.
@pytest.mark.long
@pytest.mark.parametrize(("mode", "cpus"), [pytest.param(*way, marks=[pytest.mark.long] * (way[0] == "threads"))
                                            for way in km.WAYS])
def test_bare(mode, cpus, record_guest):
    path = disks.new_disk(f"diskfs-bare-{mode}", behind=disks.BEHIND)
    with disks.bare(f"rtos-diskfs-bare-{mode}", JUDGE, path, cpus=cpus, mode=km.MODES[mode]) as machine:
        figures = figures_of(machine, record_guest)
    assert b"all is well: 7 files" in disks.tool("check", path)
    if mode == "icount":
        assert all(0 < figures[name] <= most for name, most in MOST.items()), figures


# Shows: rtos.diskfs.
@pytest.mark.long
def test_partition(record_guest):
    path = disks.new_disk("diskfs-partition", behind=disks.BEHIND)
    with km.kumiki("rtos-diskfs-partition", disks.partition("rtos-diskfs", JUDGE, path)) as machine:
        figures_of(machine, record_guest)
    assert b"all is well: 7 files" in disks.tool("check", path)


@pytest.mark.long
def test_mount_many(record_guest):
    """A disk of 1 GiB with ten thousand files, after a power failure."""
    folder = disks.many_files("diskfs-many")
    path = disks.new_disk("diskfs-many", "1G", folder, behind=disks.BEHIND)
    shutil.rmtree(folder)
    with disks.bare("rtos-diskfs-many-cut", CUTTER, path, mode=km.TALK) as machine:
        machine.expect("SYNCED 3", 60)
    with disks.bare("rtos-diskfs-many", PLAIN, path) as machine:
        figures = figures_of(machine, record_guest)
    assert 0 < figures["fs.mount"] <= MOST["fs.mount"], figures
    path.unlink()


# ---- the device moves pages ----

DEVICES = {"moves": disks.DEVICE, "moves-nvme": "nvme,drive=disk,serial=1,addr={}", "moves-uncached": disks.DEVICE}


# Shows: rtos.disk-moves.
@pytest.mark.parametrize("image", DEVICES)
def test_moves(image, record_guest):
    """No CPU copies a page on its way: a copy would take at least 256 loads and stores. The driver ends while the device is
    in the middle of a page. The driver copies only for a device that doesn't see caches."""
    path = disks.new_disk(f"rtos-{image}", behind=disks.BEHIND)
    with disks.bare(f"rtos-{image}", km.RTOS / f"{image}.img", path, iops=500, device=DEVICES[image]) as machine:
        figures = figures_of(machine, record_guest)
        assert "damaged" not in machine.text
    assert b"all is well: 1 files" in disks.tool("check", path)
    moved = [figures[f"block.{what}.page"] for what in ("fetch", "store")]
    assert min(moved) >= 256 if image == "moves-uncached" else 0 < max(moved) <= 150, figures


# ---- power failures ----

def version(path, name, lines):
    """The version of a file, which has no parts of another one; 0: there is no file."""
    if f"/{name}\n".encode() not in disks.tool("list", path):
        return 0
    data = disks.tool("read", path, name)
    assert re.fullmatch(rb"(\d{8}\n)\1*", data) and len(data) == 9 * lines, data[:40]
    return int(data[:8])


def check_cut(path, synced):
    """The disk is as after one of the changes. Returns the round that it has."""
    assert b"all is well" in disks.tool("check", path)
    versions = [version(path, f"file{i}", 700) for i in range(FILES)] + [version(path, "state", 1)]
    assert all(before - after in (0, 1) for before, after in zip(versions, versions[1:])), versions
    assert versions[0] - versions[-1] in (0, 1) and versions[-1] >= synced, (versions, synced)
    return versions[-1]


def cut(name, path, dice, synced):
    """Kills a machine somewhere in the next three rounds. Returns the last round that it reported as synced."""
    with disks.bare(name, CUTTER, path, mode=km.TALK) as machine:
        began = int(machine.expect(r"BEGAN (\d+)$", 60)[1])
        assert began == synced
        machine.expect(rf"WROTE {began + dice.randint(1, 3)}\.{dice.randrange(FILES)}$", 60)
        machine.process.kill()
    said = [int(number) for number in re.findall(r"SYNCED (\d+)\n", machine.text)]
    return said[-1] if said else synced


def cuts(name, seed, count):
    path, dice, synced = disks.new_disk(name), random.Random(seed), 0
    for number in range(count):
        said = cut(f"rtos-{name}", path, dice, synced)
        synced = check_cut(path, said)
    assert synced > count // 2


# Shows: rtos.diskfs-cut.
@pytest.mark.long
def test_cuts():
    cuts("diskfs-cuts", 1, 8)


# Shows: rtos.diskfs-cut.
@pytest.mark.long
def test_two_hundred_cuts():
    cuts("diskfs-more-cuts", 2, 200)


# ---- the shell, and the host ----

def follow_desk(machine, big):
    machine.expect(r"\$ ", 20)
    obey(machine, "ls /disk/notes", "hello  6")
    obey(machine, "cat /disk/notes/hello", "hello")
    obey(machine, "sum /disk/big", f"0x{crc32c(big):x}")
    obey(machine, "mkdir /disk/d")
    obey(machine, "write /disk/d/a one two")
    obey(machine, "restart diskfs")
    obey(machine, "write /disk/d/a three")
    obey(machine, "restart block")
    obey(machine, "cat /disk/d/a", "one two", "three")
    obey(machine, "cp /disk/big /disk/d/copy")
    obey(machine, "sum /disk/d/copy", f"0x{crc32c(big):x}")
    obey(machine, "mv /disk/d/a /disk/notes/hello")
    obey(machine, "rm /disk/d", "/disk/d: the directory isn't empty")
    obey(machine, "mv /disk/big /big", "that is another file system; 'cp' copies")
    obey(machine, "rm /disk/big")
    obey(machine, "df /disk", r"\d+ KiB of 16384 KiB are free, and \d+ of \d+ inodes")
    obey(machine, "sync")


def desk_disk(name, big):
    folder = km.TESTS / f"{name}-files"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "notes").mkdir(parents=True)
    (folder / "notes/hello").write_text("hello\n")
    (folder / "big").write_bytes(big)
    return disks.new_disk(name, folder=folder)


# Shows: rtos.diskfs.
@pytest.mark.long
@pytest.mark.parametrize("kind", ["bare", "partition"])
def test_shell(kind):
    big = random.Random(3).randbytes(300_000)
    path = desk_disk(f"diskfs-desk-{kind}", big)
    name = f"rtos-desk-disk-{kind}"
    with disks.bare(name, DESK, path, slot=3) if kind == "bare" else km.kumiki(
            name, disks.partition(name, DESK, path, slot=3)) as machine:
        follow_desk(machine, big)
    assert b"all is well: 2 files, 3 directories" in disks.tool("check", path)
    assert disks.tool("read", path, "notes/hello") == b"one two\nthree\n"
    assert disks.tool("read", path, "d/copy") == big


QUOTAS = '/dts-v1/; /include/ "desk-disk.dts" / { programs { diskfs { kumiki,arguments = "d=40K", "%s=1M"; }; }; };'


# Shows: rtos.diskfs.
@pytest.mark.long
def test_quotas():
    """A manifest gives one directory ten blocks, also after a restart. The other files have the rest. If the directory has
    files already, the server doesn't start."""
    path = desk_disk("diskfs-quotas", bytes(300_000))
    with disks.bare("rtos-diskfs-quotas", packed("diskfs-quotas", QUOTAS % "spool"), path, slot=3) as machine:
        machine.expect(r"\$ ", 20)
        obey(machine, "cp /disk/big /disk/d/large", "cp: there is no more space")
        obey(machine, "write /disk/d/a one")
        obey(machine, "restart diskfs")
        obey(machine, "write /disk/d/b two")
        obey(machine, "write /disk/d/c three", "/disk/d/c: there is no more space")
        obey(machine, "cp /disk/big /disk/spool/large")
        obey(machine, "rm /disk/d/large")
        obey(machine, "write /disk/d/c three")
        obey(machine, "sync")
    assert disks.tool("read", path, "d/c") == b"three\n"
    with disks.bare("rtos-diskfs-no-quota", packed("diskfs-no-quota", QUOTAS % "notes"), path, slot=3) as machine:
        machine.expect("diskfs: a directory that has files already gets no quota: notes=1M", 20)


# Shows: rtos.diskfs.
@pytest.mark.long
def test_disk_that_lied():
    """The disk confirmed a flush, but has only the root of this commit. This is reported, and the commit before is there."""
    path = desk_disk("diskfs-lied", b"")
    disks.tool("write", path, "notes/hello", data=b"changed\n")
    with open(path, "r+b") as disk:
        roots = [struct.unpack_from("<24xQ32xI", disk.read(8192)) for _ in range(2)]  # generation, block of inodes
        generation, block = max(roots)
        disk.seek(4096 * block)
        disk.write(bytes(4096))
    with disks.bare("rtos-diskfs-lied", DESK, path, slot=3) as machine:
        told = f"diskfs: the disk has lost what it had confirmed; it is as at commit {min(roots)[0]}\r?\n"
        machine.expect_all([r"\$ ", told], 20)
        obey(machine, "cat /disk/notes/hello", "hello")
        obey(machine, "write /disk/notes/hello again")
        obey(machine, "sync")
    assert generation == min(roots)[0] + 1 and b"all is well" in disks.tool("check", path)
    assert disks.tool("read", path, "notes/hello") == b"hello\nagain\n"


@pytest.mark.long
def test_host_tool(tmp_path):
    """Files get in and out, and a damaged image is reported."""
    path = tmp_path / "disk.img"
    disks.tool("make", "--size", "2M", path)
    disks.tool("write", path, "/a/b/c", data=b"first")
    disks.tool("write", path, "a/b/c", data=b"again " * 20_000)
    assert disks.tool("read", path, "a/b/c") == b"again " * 20_000
    assert disks.tool("list", path).split() == [b"/a/", b"/a/b/", b"120000", b"/a/b/c"]
    good = path.read_bytes()
    at = good.index(b"again again") + 5000
    path.write_bytes(good[:at] + b"!" + good[at + 1:])
    failed = km.subprocess.run([km.KUMIKI, "fs", "check", path], capture_output=True)
    assert failed.returncode == 1 and b"block is damaged" in failed.stderr and b"it is damaged" in failed.stdout
    failed = km.subprocess.run([km.KUMIKI, "fs", "write", path, "large"], input=bytes(3 << 20), capture_output=True)
    assert failed.returncode == 1 and b"no more space" in failed.stderr
    path.write_bytes(bytes(2 << 20))
    failed = km.subprocess.run([km.KUMIKI, "fs", "list", path], capture_output=True)
    assert failed.returncode == 1 and b"no whole file system" in failed.stderr


@pytest.mark.long
def test_host_tool_goes_deep(tmp_path):
    """Folders are nested as deep as a path can be long."""
    path, deep = tmp_path / "disk.img", tmp_path / "deep"
    try:
        for level in range(1200):
            (tmp_path / ("deep" + "/a" * level)).mkdir()
        (deep / ("a/" * 1199 + "f")).write_bytes(b"below")
        disks.tool("make", "--size", "16M", path, deep)
    finally:  # too deep for the code that clears tmp_path
        km.subprocess.run(["rm", "-r", deep], check=True)
    assert disks.tool("read", path, "a/" * 1199 + "f") == b"below"
    disks.tool("write", path, "a/" * 2040 + "g", data=b"deepest")
    assert len(disks.tool("list", path).splitlines()) == 2042
    disks.tool("write", path, "a/" * 2050 + "h", data=b"too deep")
    failed = km.subprocess.run([km.KUMIKI, "fs", "list", path], capture_output=True)
    assert failed.returncode == 1 and b"too long to be told" in failed.stderr
