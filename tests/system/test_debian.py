"""A Debian on a disk (docs/debian.md): the way from its packages to ssh, and quick tests of its parts.

Shows: start.pages.
"""

import os
import re
import socket
import subprocess

import kumiki_machine as km
import pytest

pytestmark = pytest.mark.talk

PAGE = (km.TOP / "docs/debian.md").read_text(encoding="utf-8")
SYSTEM = (km.TOP / "systems/debian.dts").read_text(encoding="utf-8")
MODULES = [km.DEBIAN / "linux" / name for name in (
    "modules-pci/virtio_pci_legacy_dev.ko", "modules-pci/virtio_pci_modern_dev.ko", "modules-pci/virtio_pci.ko",
    "modules/virtio_blk.ko", "modules-ext4/crc16.ko", "modules-ext4/crc32c_generic.ko", "modules-ext4/mbcache.ko",
    "modules-ext4/jbd2.ko", "modules-ext4/ext4.ko")]
INIT = """#!/bin/busybox sh
/bin/busybox echo "on its disk: $(/bin/busybox uname -r), $(/bin/busybox grep -c ' / ext4 ro' /proc/mounts) root"
exec /bin/busybox sleep 1000000
"""


def ran(*command, **more):
    """A command's output, whatever its exit status."""
    return subprocess.run([str(word) for word in command], cwd=km.TOP, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=km.HANGS, check=False, **more)


def described(folder, text):
    """The description of systems/, with another folder for the disk and a free port of the host."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port = some.getsockname()[1]
    for was, now in (("../build/debian-disk/", f"{folder}/"),
                     ("../build/", f"{km.BUILD}/"), (":2222-", f":{port}-")):
        assert was in text
        text = text.replace(was, now)
    path = folder / "debian.dts"
    path.write_text(text, encoding="utf-8")
    return path, port


@pytest.fixture
def small(tmp_path):
    """A disk with busybox as its system, and the initial RAM file system that continues there."""
    root = tmp_path / "root"
    for name in ("bin", "dev", "proc", "sys", "sbin"):
        (root / name).mkdir(parents=True)
    (root / "bin/busybox").write_bytes((km.DEBIAN / "busybox").read_bytes())
    (root / "sbin/init").write_text(INIT, encoding="utf-8")
    for name in ("bin/busybox", "sbin/init"):
        (root / name).chmod(0o755)
    with open(tmp_path / "disk.img", "wb") as file:
        file.truncate(16 << 20)
    subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext4", "-L", "small", "-d", root, tmp_path / "disk.img"], check=True)
    assert ran("guests/debian/initrd.sh", tmp_path / "initrd.cpio", km.DEBIAN / "busybox", *MODULES).returncode == 0
    return tmp_path


# Shows: guests.disk.
def test_initrd_goes_on_there(small):
    """The initrd finds the disk by its name. A second Linux has no disk, and says what it looked for."""
    def linux(name, core, **more):
        return km.partition(name, cores=core, memory="192M", image=km.IMAGE["linux"], initrd=small / "initrd.cpio",
                            bootargs="console=ttyAMA0 quiet root=LABEL=small", **more)

    system = km.description("debian-initrd", [linux("disk", 1, access=["disk_1"]), linux("none", 2)])
    km.on_bus(system, [km.function("disk_1", "pci1af4,1042", 1, device="virtio-blk-pci,drive=disk",
                                   arguments=f"-drive if=none,id=disk,file={small}/disk.img,format=raw")])
    release = (km.DEBIAN / "linux/release").read_text(encoding="utf-8").strip()
    with km.kumiki("debian-initrd", system, mode=km.TALK) as machine:
        machine.expect_all([rf"^\[disk\] on its disk: {release}, 1 root",
                            r"^\[none\] initrd: root=LABEL=small can't be mounted\. These disks are there:\n"], 90)


@pytest.mark.long
def test_the_page_s_system(tmp_path):
    """A stand-in takes the place of the files of `make guests/debian`. The two Linuxes share a core."""
    (tmp_path / "Image").symlink_to(km.IMAGE["linux"])
    (tmp_path / "initrd.cpio").symlink_to(km.INITRD)
    (tmp_path / "disk.img").touch()
    said = ran(km.KUMIKI, "check", described(tmp_path, SYSTEM)[0])
    assert said.returncode == 0, said.stdout
    assert re.search(r"time on core 1.*\n *100  debian, CPU 1.*\n *100  second, CPU 0", said.stdout)
    drawn = ran(km.KUMIKI, "draw", described(tmp_path, SYSTEM)[0])
    assert drawn.returncode == 0 and "Nothing confines" not in drawn.stdout


@pytest.mark.long
def test_the_page_s_commands():
    """There are at most ten commands. Each is make, kumiki, or ssh with files of the make step."""
    commands = re.findall(r"^    (\S.*)$", PAGE.split("## Your own disk")[0], re.MULTILINE)
    assert 5 <= len(commands) <= 10
    assert ran("make", "-n", "--no-print-directory", "guests/debian").returncode == 0
    assert "ssh -F build/debian-disk/ssh.config debian" in commands
    assert "make run SYSTEM=systems/debian.dts" in commands


def tree(tmp_path):
    """A checkout made of links, without a Debian's disk."""
    for entry in km.TOP.iterdir():
        if entry.name not in ("build", ".git"):
            (tmp_path / entry.name).symlink_to(entry)
    (tmp_path / "build/debian-disk").mkdir(parents=True)
    for name in ("debian", "setup"):
        (tmp_path / "build" / name).symlink_to(km.TOP / "build" / name)
    return tmp_path


def made(top, *words):
    return ran("make", "-C", top, "--no-print-directory", "guests/debian", *words)


@pytest.mark.long
def test_a_second_make_does_nothing(tmp_path):
    top = tree(tmp_path)
    (top / "build/debian-disk/packages").mkdir()
    disk, config = top / "build/debian-disk/disk.img", top / "build/debian-disk/ssh.config"
    for path in (disk, config):
        path.write_text("somebody's", encoding="utf-8")
        os.utime(path, (0, 0))
    again = made(top)
    assert (again.returncode, again.stdout, disk.read_text(encoding="utf-8")) == (0, "", "somebody's")
    config.unlink()
    refused = made(top)
    assert refused.returncode != 0 and "disk.img is there, and stays" in refused.stdout
    assert disk.read_text(encoding="utf-8") == "somebody's"


@pytest.mark.long
def test_an_empty_disk_is_none(tmp_path):
    """An empty file stands in the disk's place. The script goes on to the packages."""
    top = tree(tmp_path)
    packages = top / "build/debian-disk/packages"
    packages.mkdir()
    (packages / "broken.deb").write_text("no package", encoding="utf-8")
    (top / "build/debian-disk/disk.img").write_bytes(bytes(1 << 20))
    assert "its packages can't be unpacked" in made(top).stdout


@pytest.mark.long
@pytest.mark.parametrize("key, says", [("no key", "is no public key for ssh"), (None, "its packages can't be unpacked")])
def test_a_failure_leaves_no_disk(key, says, tmp_path):
    """A key isn't one; and a package doesn't exist, which is found when half of the work is done."""
    top = tree(tmp_path)
    packages = top / "build/debian-disk/packages"
    packages.mkdir()
    (packages / "broken.deb").write_text("no package", encoding="utf-8")
    words = []
    if key:
        (tmp_path / "some.pub").write_text(key, encoding="utf-8")
        words = [f"KEY={tmp_path}/some.pub"]
    failed = made(top, *words)
    assert failed.returncode != 0 and says in failed.stdout, failed.stdout
    left = {entry.name for entry in (top / "build/debian-disk").iterdir()}
    assert left <= {"packages", "key", "key.pub"}


# Shows: guests.disk.
@pytest.mark.long  # takes some four minutes: the tests above check the initrd and the description
def test_the_whole_way(tmp_path):
    """Debian is unpacked, started once, then booted in a partition. ssh gets in, a second Linux comes to its core, and
    Debian goes off."""
    subprocess.run(["make", "--no-print-directory", "build/debian-disk/packages"], cwd=km.TOP, check=True)
    subprocess.run(["tools/setup/root-disk.sh", km.DEBIAN, "build/debian-disk/packages", tmp_path], cwd=km.TOP, check=True,
                   timeout=3600)
    path, port = described(tmp_path, SYSTEM)

    def ssh(*words):
        return ran("ssh", "-F", tmp_path / "ssh.config", "-p", port, "-o", "ConnectTimeout=60", "debian", *words)

    with km.kumiki("debian", path, mode=km.TALK) as machine:
        machine.expect(r"^\[debian\] root@debian:~# ", 300)
        state = ssh("systemctl is-system-running --wait; uname -r; findmnt -no SOURCE,FSTYPE /; lsmod | grep -c ^virtio_net")
        release = (km.DEBIAN / "linux/release").read_text(encoding="utf-8").strip()
        assert state.stdout.split() == ["running", release, "/dev/vda", "ext4", "1"], state.stdout
        stranger = ran("ssh", "-F", "/dev/null", "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={tmp_path}/known_hosts",
                       "-o", "HostKeyAlias=debian", "-o", "IdentityFile=/dev/null", "-p", port, "root@127.0.0.1", "true")
        assert "Permission denied" in stranger.stdout
        machine.send("\x1dcstart second\r")
        machine.expect(r"^\[second\] kumiki-init: up, 1 CPUs", 120)
        assert ssh("echo still here").stdout == "still here\n"
        ssh("systemctl poweroff")
        machine.expect(r"^\[kumiki\] debian stopped: it turned itself off", 180)
