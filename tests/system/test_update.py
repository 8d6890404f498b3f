"""The frame is replaced while the machine runs: who may do it, what is refused, and why. What the guests notice of an
exchange, test_update_swap.py shows."""

import os
import re
import shutil
import socket
import struct
import subprocess

import kumiki_machine as km
import pytest

from frame_swap import OTHER, break_at, header_field, image as image_of
from link_frames import START, frame
from sessions import console, leave, own_socket, reachable

pytestmark = pytest.mark.talk

HEAD = 144  # bytes of struct package_head
PING, UPDATE, UPDATED = 3, 11, 78


def run(*words, good=True):
    """The command's output, if it ends as it should."""
    ended = subprocess.run([km.KUMIKI, *map(str, words)], stdin=subprocess.DEVNULL, timeout=km.HANGS, check=False,
                           stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert (ended.returncode == 0) == good, ended.stdout
    return ended.stdout


def openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, timeout=60, capture_output=True)


def make_key(folder, name):
    key = folder / f"{name}.pem"
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", key)
    openssl("ec", "-in", key, "-pubout", "-out", folder / f"{name}.pub.pem")
    return key


def sign(key, image):
    """What docs/update.md says: the signature stands beside the image."""
    payload, signature = image.with_suffix(".payload"), image.with_suffix(".img.sig")
    run("update", "--payload", "-o", payload, image)
    openssl("dgst", "-sha256", "-sign", key, "-out", signature, payload)
    return signature


def beating(name, number, *more):
    return km.partition(name, cores=1 << number, memory="1M as 0x40000000", image=km.HEARTBEAT, more=more)


def describe(name, key, *partitions, more=""):
    path = km.description(name, partitions or [beating("one", 0), beating("two", 1)])
    if key:
        path.write_text(path.read_text().replace("\tdomains {", f'\tkumiki,update-key = "{key}";{more}\n\tdomains {{', 1))
    return path


def describe_lower(key):
    """The machine whose frame is exchanged to and fro: the other frame's version has no number, so it is the lower one."""
    return describe("updated-lower", key, more="kumiki,update-to-lower;")


def pack(folder, name, key, *partitions):
    image = folder / f"{name}.img"
    path = describe(name, key, *partitions)
    run("pack", "-o", image, path)
    return path, image


@pytest.fixture(name="place", scope="module")
def made(tmp_path_factory):
    """A machine with a key and its link; two keys, and the machine's own image, signed."""
    folder = tmp_path_factory.mktemp("update")
    key = make_key(folder, "key")
    make_key(folder, "other")
    path, image = pack(folder, "updated", folder / "key.pub.pem")
    sign(key, image)
    with km.kumiki("updated", path, links=[folder / "link"]):
        reachable(folder / "link")
        yield folder


def update(place, image, *options, good=True):
    return run("update", *options, place / "link", image, good=good)


def still_runs(place):
    """Both partitions, since the machine's start; it may have begun just now."""
    for name in ("one", "two"):
        while "loading" in (said := run("console", "--command", f"show {name}", place / "link")):
            pass
        assert re.search(r"running", said) and re.search(r"starts:? *1\b|started once", said), said


# ---- the whole way ----

@pytest.fixture(name="machine")
def started(place, tmp_path):
    """A machine that runs the first frame, and a folder with its link. Time is its instructions'."""
    path = describe_lower(place / "key.pub.pem")
    with km.kumiki(f"updated-{tmp_path.name}", path, links=[tmp_path / "link"]):
        reachable(tmp_path / "link")
        yield tmp_path


def signed(place, folder, frame):
    """An image of the same partitions with another frame, signed by the owner of the key."""
    image = folder / "new.img"
    run("pack", "--frame", frame, "-o", image, describe_lower(place / "key.pub.pem"))
    sign(place / "key.pem", image)
    return image


# Shows: frame.update-signed.
def test_the_frame_is_replaced(place, machine):
    image = signed(place, machine, OTHER.with_suffix(".img"))
    with console(machine / "link") as session:
        said = update(machine, image)
        done = re.fullmatch(rf"the frame was replaced: {re.escape(km.VERSION)} by other; guests stood for ([\d.]+) ms\n", said)
        assert done and float(done[1]) < 20, said  # under icount cores take turns
        session.expect(re.escape(f"the frame was replaced: {km.VERSION} by other; guests stood for "))
        leave(session)
    still_runs(machine)


# Shows: frame.update-signed.
@pytest.mark.long
def test_a_new_frame_is_replaced_too(place, machine):
    """The first frame is another one like any to that which took its place."""
    update(machine, signed(place, machine, OTHER.with_suffix(".img")))
    back = signed(place, machine, km.BUILD / "host/share/kumiki/frame-qemu-virt.img")
    assert f"the frame was replaced: other by {km.VERSION}; " in update(machine, back)
    still_runs(machine)


def let_pass(link, seconds):
    """Of the machine's time, which may stand still while nobody is on its link."""
    def tell():
        session.expect(r"heartbeat: (\d+) s,")
        return int(session.match[1])

    with console(link) as session:
        end = tell() + seconds
        while tell() < end:
            pass
        leave(session)


# Shows: frame.update-signed.
@pytest.mark.long
def test_a_frame_that_fails_is_sent_back(place, machine):
    """The new frame fails as soon as a service waits."""
    frame = machine / "broken.img"
    frame.write_bytes(break_at(image_of(), "call_wait"))
    said = update(machine, signed(place, machine, frame), good=False)
    assert f"kumiki update: the new frame failed, and the old one is back: {km.VERSION} in place of other; " in said
    still_runs(machine)
    let_pass(machine / "link", 4)  # soon behind that an update is refused
    assert "the frame was replaced: " in update(machine, signed(place, machine, OTHER.with_suffix(".img")))


def test_a_frame_that_cannot_take_over_is_refused(place, machine):
    """Its parts have other places."""
    frame = machine / "elsewhere.img"
    data = image_of()
    data[header_field("layout")] ^= 1
    frame.write_bytes(data)
    assert "the machine refuses: the frame can't be replaced by this one: its parts lie elsewhere in the image" in \
        update(machine, signed(place, machine, frame), good=False)
    still_runs(machine)


# ---- who may, and what is refused ----

# Shows: frame.update-refused.
def test_a_lower_version_is_refused(place, tmp_path):
    image = tmp_path / "lower.img"
    run("pack", "--frame", OTHER.with_suffix(".img"), "-o", image, describe("updated", place / "key.pub.pem"))
    sign(place / "key.pem", image)
    assert f"the machine refuses: version other is lower than {km.VERSION}, which runs" in update(place, image, good=False)
    still_runs(place)


# Shows: frame.update-refused.
def test_a_wrong_key_is_refused(place, tmp_path):
    _, image = pack(tmp_path, "wrong-key", place / "key.pub.pem")
    shutil.copy(place / "updated.img", image)
    sign(place / "other.pem", image)
    assert "the machine refuses: the signature isn't one of this package by the key in 'kumiki,update-key'" in \
        update(place, image, good=False)
    still_runs(place)


def test_a_signature_of_something_else_is_refused(place, tmp_path):
    """The signature is right, but of an image whose frame has another byte."""
    image, bad = place / "updated.img", tmp_path / "bad.sig"
    openssl("dgst", "-sha256", "-sign", place / "key.pem", "-out", bad, image)
    assert "the signature isn't one of this package" in update(place, image, "--signature", bad, good=False)
    bad.write_bytes(os.urandom(64))
    assert "the signature isn't one of this package" in update(place, image, "--signature", bad, good=False)
    bad.write_bytes(b"no signature")
    assert "bad.sig: error: it is no signature by a key on P-256" in update(place, image, "--signature", bad, good=False)


def test_a_damaged_image_is_refused(place, tmp_path):
    damaged = tmp_path / "damaged.img"
    whole = (place / "updated.img").read_bytes()
    damaged.write_bytes(whole[:0x3000] + bytes([whole[0x3000] ^ 1]) + whole[0x3001:])
    assert "its frame is damaged" in \
        update(place, damaged, "--signature", place / "updated.img.sig", good=False)


# Shows: frame.update-refused.
@pytest.mark.parametrize("other, differs", [
    ([beating("one", 0), beating("two", 1, "kumiki,priority = <7>;")], ["two: its priority, policy, rights"]),
    ([beating("one", 0), beating("three", 1)], ["two: the image has no such partition",
                                                "three: the machine has no such partition"]),
    ([beating("two", 1), beating("one", 0)], ["the order in which the partitions start"]),
    ([beating("one", 0), km.partition("two", cores=2, memory="2M as 0x40000000", image=km.HEARTBEAT)],
     ["two: its memory or its devices"]),
])
def test_other_partitions_are_refused(place, tmp_path, other, differs):
    _, image = pack(tmp_path, "updated", place / "key.pub.pem", *other)
    sign(place / "key.pem", image)
    said = update(place, image, good=False)
    assert "has other partitions or other hardware than the machine" in said
    for line in differs:
        assert f"\n  {line}" in said, said


def test_another_image_of_a_guest_is_refused(place, tmp_path):
    guest = tmp_path / "other.bin"
    guest.write_bytes(km.HEARTBEAT.read_bytes() + bytes(8))
    _, image = pack(tmp_path, "updated", place / "key.pub.pem", beating("one", 0),
                    km.partition("two", cores=2, memory="1M as 0x40000000", image=guest))
    sign(place / "key.pem", image)
    assert "\n  two: the file 'other.bin' has other bytes\n" in update(place, image, good=False)


def test_another_key_is_refused(place, tmp_path):
    """Who may update the frame can't be changed by an update."""
    _, image = pack(tmp_path, "updated", place / "other.pub.pem")
    sign(place / "other.pem", image)
    assert "\n  the key of updates (kumiki,update-key)\n" in update(place, image, good=False)


def test_a_machine_without_a_key_takes_no_update(place, tmp_path):
    path, image = pack(tmp_path, "keyless", None)
    assert "no machine with these partitions takes updates" in run("update", "--payload", "-o", tmp_path / "out", image,
                                                                   good=False)
    with km.kumiki("keyless", path, links=[tmp_path / "link"]):
        reachable(tmp_path / "link")
        assert "\n  the key of updates (kumiki,update-key)\n" in update(tmp_path, place / "updated.img", "--signature",
                                                                        place / "updated.img.sig", good=False)


def test_what_is_not_there_is_told(place, tmp_path):
    """An image that nobody has signed yet; and link and image in the wrong order."""
    image = shutil.copy(place / "updated.img", tmp_path / "unsigned.img")
    assert re.search(r"unsigned\.img\.sig: error: it can't be read: No such file.*; 'kumiki help update' says how to sign",
                     update(place, image, good=False))
    assert "link: error: it can't be read: No such device or address; IMAGE comes last" in \
        run("update", image, place / "link", good=False)


# ---- the link itself, as another program would speak it ----

class Sender:
    """One that sends parts of a package as it likes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(km.HANGS)
        self.socket.connect(str(path))
        self.bytes = b""
        self.socket.sendall(bytes([START]) + frame(1, struct.pack("<I", 4)))
        self.wait(lambda kind, _: kind == 65)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def leave(self):
        """Goes, and waits until the other side has seen it."""
        self.socket.shutdown(socket.SHUT_WR)
        while self.socket.recv(4096):
            pass
        self.socket.close()

    def wait(self, wanted):
        while True:
            at = self.bytes.find(bytes([START]))
            size = struct.unpack_from("<H", self.bytes, at + 2)[0] if 0 <= at <= len(self.bytes) - 4 else 2000
            if at >= 0 and len(self.bytes) >= at + 8 + size:
                kind, payload = self.bytes[at + 1], self.bytes[at + 4:at + 4 + size]
                self.bytes = self.bytes[at + 8 + size:]
                if wanted(kind, payload):
                    return kind, payload
                continue
            more = self.socket.recv(4096)
            assert more, "the link was closed"
            self.bytes += more

    def part(self, order, data=b"", offset=0):
        """Its verdict, and the words."""
        self.socket.sendall(frame(UPDATE, struct.pack("<BxxxI", order, offset) + data))
        kind, payload = self.wait(lambda kind, payload: (kind == UPDATED and payload[0] == order) or
                                  (kind == 71 and payload[0] == UPDATE))
        return ("error", payload[2:].decode()) if kind == 71 else (payload[1], payload[8:].decode())


BEGIN, PIECE, END, FORGET, TABLES, RESULT = range(1, 7)


@pytest.fixture(name="package")
def made_package(place, tmp_path):
    """Head with signature, and the image behind it."""
    payload = tmp_path / "payload"
    run("update", "--payload", "-o", payload, place / "updated.img")
    head = payload.read_bytes()
    assert len(head) == HEAD
    size = struct.unpack_from("<I", head, 12)[0]
    numbers = re.findall(r"prim: INTEGER +:([0-9A-F]+)", subprocess.run(
        ["openssl", "asn1parse", "-inform", "DER", "-in", place / "updated.img.sig"], check=True, capture_output=True,
        text=True).stdout)
    signature = b"".join(int(number, 16).to_bytes(32, "big") for number in numbers)
    return head + signature, (place / "updated.img").read_bytes()[:size]


def send_all(sender, head, image):
    assert sender.part(BEGIN, head) == (0, "")
    for at in range(0, len(image), 1000):
        assert sender.part(PIECE, image[at:at + 1000], at) == (0, "")
    return sender.part(END)


# Shows: frame.update-refused.
def test_bytes_that_were_damaged_on_their_way_are_refused(place, package):
    head, image = package
    with Sender(place / "link") as sender:
        assert send_all(sender, head, image[:-1] + bytes([image[-1] ^ 0x80])) == \
            (1, "the image was damaged: it doesn't have the signed sum")
        assert sender.part(END) == (1, "no package was begun, or it was refused or broken off")


def test_each_byte_of_the_head_is_signed(place, package):
    head, _ = package
    with Sender(place / "link") as sender:
        for at in [12, 16, 47, 48, 79, 80, 112, 143, HEAD, HEAD + 31, HEAD + 32, HEAD + 63]:
            spoiled = head[:at] + bytes([head[at] ^ 1]) + head[at + 1:]
            verdict, words = sender.part(BEGIN, spoiled)
            assert (verdict, "the signature isn't" in words) == (1, True), (at, words)
        for at in range(12):
            spoiled = head[:at] + bytes([head[at] ^ 1]) + head[at + 1:]
            verdict, words = sender.part(BEGIN, spoiled)
            assert (verdict, "this is no package" in words) == (1, True), (at, words)
        assert sender.part(PIECE, b"x" * 8)[0] == 1


def test_pieces_come_in_order(place, package):
    head, image = package
    with Sender(place / "link") as sender:
        assert sender.part(PIECE, image[:1000])[0] == 1
        for offset, data in [(len(image) - 999, image[:1000]), (0, b""), (0xffffffff, b"x"), (len(image), b"x")]:
            assert sender.part(BEGIN, head) == (0, "")
            assert sender.part(PIECE, data, offset) == (1, "a piece doesn't belong to the package, or comes twice")
            assert sender.part(PIECE, image[:1000]) == (1, "no package was begun, or it was refused or broken off")
        assert sender.part(BEGIN, head) == (0, "")
        assert sender.part(PIECE, image[:1000]) == (0, "")
        assert sender.part(END) == (1, "the image was damaged: it doesn't have the signed sum")
        assert sender.part(0)[0] == sender.part(9)[0] == sender.part(PIECE, b"x" * 1001)[0] == "error"
        assert sender.part(BEGIN, head[:-1]) == (1, "a package begins with its head and the signature")


def test_a_client_that_goes_leaves_nothing_behind(place, package):
    """The second half of a package isn't taken from another client, and only one client at a time sends one."""
    head, image = package
    with Sender(place / "link") as first, Sender(place / "link") as second:
        assert first.part(BEGIN, head) == (0, "")
        assert first.part(PIECE, image[:1000]) == (0, "")
        assert second.part(PIECE, image[1000:2000], 1000) == ("error", "another client updates the frame; try again when it has ended")
        first.leave()
        assert second.part(PIECE, image[1000:2000], 1000) == (1, "no package was begun, or it was refused or broken off")


def test_a_cut_link_leaves_nothing_behind(place, package, tmp_path):
    """The same on a board's serial line: the next client says hello, and the first one's package is forgotten."""
    head, image = package
    with own_socket("cut-link", tmp_path / "link", describe("updated", place / "key.pub.pem")):
        reachable(tmp_path / "link")
        with Sender(tmp_path / "link") as sender:
            assert sender.part(BEGIN, head) == (0, "")
            assert sender.part(PIECE, image[:1000]) == (0, "")
        with Sender(tmp_path / "link") as sender:
            assert sender.part(PIECE, image[1000:2000], 1000)[0] == 1
            assert sender.part(TABLES, offset=0xffffffff) == (0, "")
