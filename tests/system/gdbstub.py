"""A machine in QEMU by its gdb stub, where a test needs it at one instant and at once: registers and memory
of a machine that stands still. Beside it, what a program's symbols and types say of its memory."""

import re
import socket
import struct
import subprocess
import threading
import time

import kumiki_machine as km

PACKET = 1024  # bytes of memory that one packet asks for
PC = 32  # number of the register


class Stub:
    def __init__(self, path, seconds=20):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        deadline = time.monotonic() + seconds
        while self.socket.connect_ex(str(path)) != 0:  # QEMU makes it when it starts
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens at {path}")
            time.sleep(0.01)
        self.pending = b""
        if self.ask("qXfer:features:read:target.xml:0,fff")[0] == "T":  # without it QEMU knows no single registers
            self._packet()  # of a machine that ran it says first that it stands still

    def _until(self, byte):
        """What comes before that byte; it is taken, too."""
        while byte not in self.pending:
            more = self.socket.recv(65536)
            if not more:
                raise EOFError("the machine ended")
            self.pending += more
        found, _, self.pending = self.pending.partition(byte)
        return found

    def _packet(self):
        self._until(b"$")
        body = self._until(b"#")
        while len(self.pending) < 2:  # the sum, which a stream socket doesn't need
            self.pending += self.socket.recv(65536)
        self.pending = self.pending[2:]
        self.socket.sendall(b"+")
        return body.decode()

    def _send(self, body):
        self.socket.sendall(f"${body}#{sum(body.encode()) % 256:02x}".encode())

    def ask(self, body):
        self._send(body)
        return self._packet()

    def _must(self, body):
        answer = self.ask(body)
        if answer != "OK":
            raise ValueError(f"{body[:40]}: {answer}")

    def begin(self):
        """It goes on, and nobody waits for it."""
        self._send("c")

    def let_go(self):
        """It goes on for good: also where another CPU stood still at the same time, of which it is told only then."""
        def go_on():
            try:
                while True:
                    self.begin()
                    self._packet()
            except (EOFError, OSError):
                pass  # the machine ended
        self.socket.settimeout(None)
        threading.Thread(target=go_on, daemon=True).start()

    def stands_still(self, seconds):
        """Waits for that; TimeoutError: it doesn't."""
        self.socket.settimeout(seconds)
        self._packet()

    def go(self, seconds):
        """Until it stands still again."""
        self.begin()
        self.stands_still(seconds)

    def interrupt(self):
        """A machine that goes on. One that was let go goes on at once."""
        self.socket.sendall(b"\x03")

    def stop(self, seconds):
        """Of a machine that goes on."""
        self.interrupt()
        self.stands_still(seconds)

    def step(self, seconds):
        self._send("s")
        self.stands_still(seconds)

    def breakpoint(self, address):
        self._must(f"Z1,{address:x},4")

    def clear(self, address):
        self._must(f"z1,{address:x},4")

    def register(self, number):
        return struct.unpack("<Q", bytes.fromhex(self.ask(f"p{number:x}"))[:8])[0]

    def set_register(self, number, value):
        self._must(f"P{number:x}={struct.pack('<Q', value).hex()}")

    def read(self, address, size):
        found = b""
        while len(found) < size:
            piece = min(PACKET, size - len(found))
            answer = self.ask(f"m{address + len(found):x},{piece:x}")
            if len(answer) != 2 * piece:
                raise ValueError(f"nothing can be read at {address:#x}: {answer}")
            found += bytes.fromhex(answer)
        return found

    def write(self, address, data):
        self._must(f"M{address:x},{len(data):x}:{data.hex()}")

    def word(self, address):
        return struct.unpack("<Q", self.read(address, 8))[0]


def symbols(elf):
    """{name: address}."""
    told = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True, text=True, timeout=60, capture_output=True)
    return {match[2]: int(match[1], 16) for match in re.finditer(r"^(\S+) \w (\S+)$", told.stdout, re.M)}


def place(elf, expression):
    """Where a program has that, as in "driver.in.offered"."""
    told = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex", f"output/d (unsigned long)&{expression}", elf], check=True,
                          text=True, timeout=60, capture_output=True)
    return int(told.stdout)


def offsets(elf, fields):
    """Where the fields are, as in ["struct thread.registers"]: {"thread.registers": offset}."""
    commands = []
    for field in fields:
        kind, _, member = field.partition(".")
        commands += ["-ex", f"output/d (unsigned long)&(({kind} *)0)->{member}", "-ex", "echo \\n"]
    told = subprocess.run(["gdb-multiarch", "-nx", "-batch", *commands, elf], check=True, text=True, timeout=60,
                          capture_output=True)
    return {field.removeprefix("struct "): int(value)
            for field, value in zip(fields, told.stdout.split(), strict=True)}
