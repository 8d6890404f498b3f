"""The clock of a machine that counts its instructions: how much of its own time has passed, whatever the host does. The first
board's real-time clock (a PL031) tells it in seconds; QEMU's monitor reads it from outside, and no guest sees that. Used by
kumiki_machine.py.

The monitor is the one for people. With a client of the other one, QMP, a QEMU 7.2 whose machine goes off may wait for itself
for ever (monitor_cleanup).
"""

import contextlib
import re
import socket
import tempfile
from pathlib import Path

RTC = 0x0901_0000  # where `virt` has its PL031; the first register is the time
PROMPT = b"(qemu) "


class Monitor:
    """QEMU's monitor of one machine. A QEMU that doesn't answer hangs as a whole: a TimeoutError."""

    def __init__(self, hangs):
        self.hangs = hangs  # the host's limit in seconds
        self.folder = tempfile.TemporaryDirectory(prefix="kumiki-")  # a socket's path has 107 characters at most
        self.path = Path(self.folder.name) / "monitor"
        self.socket = None

    def options(self):
        """What QEMU is started with."""
        return ["-chardev", f"socket,id=clock,path={self.path},server=on,wait=off", "-mon", "chardev=clock,mode=readline"]

    def _connect(self):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(self.hangs)
        try:
            client.connect(str(self.path))
        except OSError:
            client.close()
            raise
        self.socket = client
        self._answer()  # its greeting

    def _answer(self):
        """What is said up to the next prompt."""
        said = b""
        while not said.endswith(PROMPT):
            piece = self.socket.recv(4096)
            if not piece:
                raise ConnectionError("QEMU has ended")
            said += piece
        return said.decode("ascii", "replace")

    def execute(self, command):
        """QEMU's answer, behind an echo of the command; None, where QEMU isn't there: it hasn't begun yet, or has ended."""
        try:
            if not self.socket:
                self._connect()
            self.socket.sendall(command.encode() + b"\n")
            return self._answer()
        except (FileNotFoundError, ConnectionError):
            return None

    def seconds(self):
        """The machine's time; None, where QEMU isn't there."""
        said = self.execute(f"xp /1wx {RTC:#x}")
        return int(re.search(rf"{RTC:016x}: 0x(\w+)", said)[1], 16) if said else None

    def close(self):
        if self.socket:
            with contextlib.suppress(ConnectionError):
                self.socket.close()
        self.folder.cleanup()
