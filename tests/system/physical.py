"""Reads and writes a machine's physical memory and device registers by QEMU's gdb stub. The machine stands still
meanwhile."""

import socket
import time

from gdbstub import LIMIT, Gdb


def options(path):
    """For QEMU's command line."""
    return ["-chardev", f"socket,path={path},server=on,wait=off,id=gdb", "-gdb", "chardev:gdb"]


class Waiting:
    """For a machine that stands still at its first instruction until somebody attaches."""

    def __init__(self, path):
        self.options = ["-S", "-chardev", f"socket,path={path},server=off,id=gdb", "-gdb", "chardev:gdb"]
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(LIMIT)
        self.socket.bind(str(path))
        self.socket.listen()

    def attach(self):
        with self.socket:
            return Physical(self.socket.accept()[0])


class Physical(Gdb):
    """A context manager: the machine stands still inside of it."""

    def __enter__(self):
        self.must("Qqemu.PhyMemMode:1")
        return self

    def __exit__(self, *_):
        self.must("D")  # and the machine goes on
        self.socket.close()

    def sleeps(self, core):
        """Whether this core waits for an interrupt."""
        return b"halted" in bytes.fromhex(self.ask(f"qThreadExtraInfo,{core + 1:x}"))

    def word(self, address):
        return int.from_bytes(self.read(address, 4), "little")


def falls_asleep(path, core):
    """Whether this core comes to wait for an interrupt. The machine runs between the looks."""
    deadline = time.monotonic() + LIMIT
    while time.monotonic() < deadline:
        with Physical(path) as memory:
            if memory.sleeps(core):
                return True
    return False
