"""A running machine's physical memory and device registers, read and written from outside of it, by
QEMU's gdb stub. The machine stands still meanwhile."""

import socket
import time

import kumiki_machine as km

PACKET = 1024  # bytes that an answer holds, with room
SECONDS = 60  # for each step


def options(path):
    """For QEMU's command line."""
    return ["-chardev", f"socket,path={path},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb"]


class Waiting:
    """For a machine that stands still from its first instruction on until it was attached to."""

    def __init__(self, path):
        self.options = ["-S", "-chardev", f"socket,path={path},server=off,id=gdb", "-gdb", "chardev:gdb"]
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(SECONDS)
        self.socket.bind(str(path))
        self.socket.listen()

    def attach(self):
        with self.socket:
            return Physical(self.socket.accept()[0])


def _connect(path):
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(SECONDS)
    connected.connect(str(path))
    return connected


class Physical:
    """A context manager: the machine stands still inside of it. Attached at a path, or as it waits."""

    def __init__(self, to):
        self.socket = to if isinstance(to, socket.socket) else _connect(to)
        self.file = self.socket.makefile("rb")

    def __enter__(self):
        assert self._ask("Qqemu.PhyMemMode:1") == "OK"
        return self

    def __exit__(self, *_):
        assert self._ask("D") == "OK"  # and the machine goes on
        self.file.close()
        self.socket.close()

    def _packet(self):
        while (byte := self.file.read(1)) != b"$":
            assert byte == b"+", f"QEMU's gdb stub says {byte}"
        packet = bytearray()
        while (byte := self.file.read(1)) != b"#":
            assert byte, "QEMU's gdb stub has gone"
            packet += byte
        self.file.read(2)
        self.socket.sendall(b"+")
        return packet.decode()

    def _ask(self, text):
        checksum = sum(text.encode()) & 0xff
        self.socket.sendall(f"${text}#{checksum:02x}".encode())
        while (answer := self._packet()).startswith("T"):
            pass  # that the machine stands still now
        return answer

    def sleeps(self, core):
        """Whether this core waits for an interrupt."""
        return b"halted" in bytes.fromhex(self._ask(f"qThreadExtraInfo,{core + 1:x}"))

    def read(self, address, size):
        end = address + size
        return b"".join(bytes.fromhex(self._ask(f"m{at:x},{min(end - at, PACKET):x}"))
                        for at in range(address, end, PACKET))

    def word(self, address):
        return int.from_bytes(self.read(address, 4), "little")

    def write(self, address, data):
        assert self._ask(f"M{address:x},{len(data):x}:{data.hex()}") == "OK"


def falls_asleep(path, core, seconds):
    """Whether this core comes to wait for an interrupt. It goes on between the looks."""
    deadline = time.monotonic() + km.HANGS
    while time.monotonic() < deadline:
        with Physical(path) as memory:
            if memory.sleeps(core):
                return True
    return False
