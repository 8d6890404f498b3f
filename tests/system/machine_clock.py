"""The clock of a machine that counts its instructions: how much of its own time has passed, whatever the host does. The first
board's real-time clock (a PL031) tells it in seconds; QEMU's monitor reads it from outside, and no guest sees that. Used by
kumiki_machine.py.
"""

import contextlib
import json
import socket
import tempfile
from pathlib import Path

RTC = 0x0901_0000  # where `virt` has its PL031; the first register is the time


class Monitor:
    """QEMU's monitor (QMP) of one machine."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="kumiki-")  # a socket's path has 107 characters at most
        self.path = Path(self.folder.name) / "qmp"
        self.stream = None

    def options(self):
        """What QEMU is started with."""
        return ["-qmp", f"unix:{self.path},server=on,wait=off"]

    def _connect(self):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(self.path))
            self.stream = client.makefile("rw", encoding="utf-8")
        self.stream.readline()  # its greeting
        self._ask("qmp_capabilities")

    def _ask(self, command, **arguments):
        self.stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.stream.flush()
        while line := self.stream.readline():
            said = json.loads(line)
            if "event" not in said:
                return said["return"]
        return None

    def execute(self, command, **arguments):
        """QEMU's answer; None, where QEMU isn't there: it hasn't begun yet, or has ended."""
        try:
            if not self.stream:
                self._connect()
            return self._ask(command, **arguments)
        except (FileNotFoundError, ConnectionError):
            return None

    def seconds(self):
        """The machine's time; None, where QEMU isn't there."""
        said = self.execute("human-monitor-command", **{"command-line": f"xp /1wx {RTC:#x}"})
        return int(said.partition(": ")[2], 16) if said else None

    def close(self):
        if self.stream:
            with contextlib.suppress(ConnectionError):  # QEMU is gone, and what it didn't read with it
                self.stream.close()
        self.folder.cleanup()
