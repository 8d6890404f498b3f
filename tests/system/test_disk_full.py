"""A guest's disk is a file on a full disk of the host. The guest gets an error, and everything goes on."""

import shlex
import subprocess

import kumiki_machine as km
import pytest

# Each write fails like on a full disk: ENOSPC.
FULL = "driver=blkdebug,inject-error.0.event=none,inject-error.0.iotype=write,inject-error.0.errno=28"
DEVICE, BY_DRIVE = "virtio-blk-device,drive=disk", "-drive if=none,id=disk,file=disk.img,format=raw"
ERRORS = ",werror=report,rerror=report"


def words_of(device, arguments, *, root=""):
    """QEMU's arguments, as `kumiki run` makes them."""
    path = km.description("disk-words", [km.partition("guest", cores=0x1, memory="1M", image=km.HEARTBEAT,
                                                      access=["virtio_mmio31"])],
                          devices=[("virtio_mmio31", device, arguments)])
    path.write_text(path.read_text() + f"/ {{ {root} }};\n")
    (path.parent / "disk.img").touch()  # a description's files count from its folder
    done = subprocess.run([km.KUMIKI, "run", "--print", path], timeout=60, check=True, capture_output=True, text=True)
    return shlex.split(done.stdout)


@pytest.mark.long
@pytest.mark.parametrize("arguments, drive", [
    (BY_DRIVE, f"if=none,id=disk,file=disk.img,format=raw{ERRORS}"),
    (f"{BY_DRIVE},werror=stop", "if=none,id=disk,file=disk.img,format=raw,werror=stop,rerror=report"),
    (f"{BY_DRIVE},rerror=ignore", "if=none,id=disk,file=disk.img,format=raw,rerror=ignore,werror=report"),
    ("-drive file=disk.img", f"file=disk.img{ERRORS}"),
    ("-drive werror=stop,file=disk.img", "werror=stop,file=disk.img,rerror=report"),
    ("-drive if=pflash,file=disk.img", "if=pflash,file=disk.img")])
def test_words_of_a_drive(arguments, drive):
    words = words_of(DEVICE, arguments)
    assert words[words.index("-drive") + 1].replace(f"{km.TESTS}/", "") == drive
    assert f"{DEVICE},bus=virtio-mmio-bus.31" in words


@pytest.mark.long
def test_words_of_a_blockdev():
    node = "-blockdev driver=null-co,node-name=disk"
    assert f"{DEVICE}{ERRORS},bus=virtio-mmio-bus.31" in words_of(DEVICE, node)
    assert (f"{DEVICE},werror=stop,rerror=report,bus=virtio-mmio-bus.31"
            in words_of(f"{DEVICE},werror=stop", node))


@pytest.mark.long
def test_words_of_legacy_devices():
    modern = "virtio-mmio.force-legacy=false"
    assert modern in words_of(DEVICE, BY_DRIVE)
    assert modern not in words_of(DEVICE, BY_DRIVE, root="kumiki,qemu-legacy-virtio;")


# Shows: guests.disk-full.
@pytest.mark.talk
@pytest.mark.parametrize("how", ["drive", "blockdev"])
def test_a_full_disk_is_an_error_of_the_guests(how, tmp_path):
    """By default QEMU would stop the whole machine, without a word."""
    disk = tmp_path / "disk.img"
    disk.write_bytes(bytes(1 << 20))
    name = f"disk-full-{how}"
    arguments = {"drive": f"-drive if=none,id=disk,{FULL},image.driver=file,image.filename={disk}",
                 "blockdev": f"-blockdev node-name=disk,{FULL},image.driver=file,image.filename={disk}"}[how]
    system = km.description(name, [
        km.partition("linux", cores=0x1, memory="512M", image=km.IMAGE["linux"], initrd=km.INITRD,
                     bootargs="console=ttyAMA0 quiet", access=["virtio_mmio31"]),
        km.partition("beside", cores=0x2, memory="1M", image=km.HEARTBEAT)],
        devices=[("virtio_mmio31", DEVICE, arguments)])
    with km.kumiki(name, system, mode=km.TALK) as machine:
        machine.expect(r"^\[linux\] / # ", 60)
        machine.send("dd if=/dev/vda of=/dev/null bs=4096 count=1 2>&1 | grep -c records\r")
        machine.expect(r"^\[linux\] 2\n", 30)
        machine.send("dd if=/dev/zero of=/dev/vda bs=4096 count=1 conv=fsync; echo wrote: $?\r")
        machine.expect(r"^\[linux\] dd: .*(I/O|Input/output) error", 30)
        machine.expect(r"^\[linux\] wrote: 1\n", 30)
        machine.expect(r"^\[beside\] heartbeat: ", 30)
