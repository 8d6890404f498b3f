"""Large pieces of a running machine's physical memory, by QEMU's own monitor (QMP); the machine goes on. frame_probe.py and
physical.py read small pieces, and write.
"""

import json
import socket


def arguments(path):
    """QEMU's arguments, so that a Dump can attach at `path`."""
    return ["-qmp", f"unix:{path},server=on,wait=off"]


class Dump:
    """Attached to a machine. `folder` is for the files that QEMU writes."""

    def __init__(self, path, folder):
        self.file = folder / "memory"
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(60)
        self.socket.connect(str(path))
        self.stream = self.socket.makefile("r")
        self._answer("QMP")
        self._ask("qmp_capabilities")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def _answer(self, wanted):
        """The next answer of a kind; events in between are left out."""
        while True:
            answer = json.loads(self.stream.readline())
            assert "error" not in answer, answer
            if wanted in answer:
                return answer[wanted]

    def _ask(self, command, **arguments_of):
        text = json.dumps({"execute": command, "arguments": arguments_of})
        self.socket.sendall(text.encode())
        return self._answer("return")

    def monitor(self, command):
        """A command of the monitor for people."""
        return self._ask("human-monitor-command", **{"command-line": command})

    def read(self, address, size):
        self._ask("pmemsave", val=address, size=size, filename=str(self.file))
        data = self.file.read_bytes()
        self.file.unlink()
        return data
