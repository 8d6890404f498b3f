"""A probe on a machine in QEMU: stops it, reads and writes its physical memory and its cores'
registers, sets breakpoints. It speaks to QEMU's gdbstub, which the machine opens on a socket
(`arguments()`); nothing in the machine takes part. Used by the tests of the frame's promises.
"""

import re

from gdbstub import Gdb, Stuck

# A machine that counts instructions, but whose idle time is the host's. Otherwise QEMU moves its clock to the end of time if
# all other cores sleep when one has been stepped, and hangs. Whether it does so depends on the host's load.
IDLE_AS_THE_HOST = ["-icount", "sleep=on"]


class ProbeError(AssertionError):
    """QEMU's gdbstub said no, or nothing."""


class ProbeError(AssertionError):
    """QEMU's gdbstub said no, or nothing."""


class Stuck(Exception):
    """QEMU itself doesn't answer any more: a step never ends. Nothing is known of the system then."""


def arguments(path, *, stopped=False):
    """What QEMU is given so that a Probe can attach at `path`."""
    return ["-gdb", f"unix:path={path},server=on,wait=off", *(["-S"] if stopped else [])]


class Probe(Gdb):
    """Attached to a machine, which stands still from now on until resume(). Memory is physical memory."""

    def __init__(self, path):
        super().__init__(path)
        self.ask("qSupported:xmlRegisters=aarch64")
        self.ask("?")
        self.registers = self._number_registers()
        self.threads = self._list_threads()
        self.runs = False
        self._expect_ok("Qqemu.PhyMemMode:1")

    def receive(self):
        try:
            return super().receive()
        except EOFError as error:
            raise ProbeError("the machine is gone") from error

    def _expect_ok(self, text):
        try:
            self.must(text)
        except ValueError as error:
            raise ProbeError(error) from error

    # ---- what there is ----

    def _read_feature(self, name):
        text = ""
        while True:
            part = self.ask(f"qXfer:features:read:{name}:{len(text):x},800")
            text += part[1:]
            if part[:1] == "l":
                return text

    def _number_registers(self):
        """Numbers go on from one file to the next, where no regnum says otherwise."""
        names, number = {}, 0
        for file in re.findall(r'href="([^"]+)"', self._read_feature("target.xml")):
            for tag in re.findall(r"<reg [^>]*>", self._read_feature(file)):
                given = re.search(r'regnum="(\d+)"', tag)
                number = int(given[1]) if given else number
                names[re.search(r'name="([^"]+)"', tag)[1]] = number
                number += 1
        return names

    def _list_threads(self):
        threads, answer = [], self.ask("qfThreadInfo")
        while answer != "l":
            threads += answer[1:].split(",")
            answer = self.ask("qsThreadInfo")
        return threads

    # ---- registers and memory ----

    def core(self, index):
        """The core that registers and virtual addresses are meant of."""
        self._expect_ok(f"Hg{self.threads[index]}")

    def register(self, name):
        answer = self.ask(f"p{self.registers[name]:x}")
        return int.from_bytes(bytes.fromhex(answer), "little")

    def set_register(self, name, value):
        self._expect_ok(f"P{self.registers[name]:x}={value.to_bytes(8, 'little').hex()}")

    # ---- time ----

    def break_at(self, address):
        """Any core that comes to this virtual address stops the machine."""
        self._expect_ok(f"Z0,{address:x},4")

    def unbreak(self, address):
        self._expect_ok(f"z0,{address:x},4")

    def resume(self, but=None):
        """The machine goes on, and stays attached; core `but` stands still."""
        cores = [f"c:{thread}" for index, thread in enumerate(self.threads) if index != but]
        self.runs = True
        self.send("c" if but is None else ";".join(["vCont", *cores]))

    def step(self, index):
        """One instruction of this core; the others stand still."""
        try:
            answer = self.ask(f"vCont;s:{self.threads[index]}")
        except TimeoutError as error:
            raise Stuck from error
        if not answer.startswith("T05"):
            raise ProbeError(f"stopped otherwise: {answer!r}")

    def wait_stop(self):
        """Until a breakpoint stops it. Returns the core that came there, which is meant from now."""
        answer = self.receive()
        self.runs = False
        match = re.match(r"T05.*thread:([0-9a-fp.]+);", answer)
        if not match:
            raise ProbeError(f"stopped otherwise: {answer}")
        self._expect_ok(f"Hg{match[1]}")
        return self.threads.index(match[1])

    def stop(self):
        """Stops a resumed machine wherever it is; one that stands already stands on."""
        if self.runs:
            self.socket.sendall(b"\x03")
            self.receive()
            self.runs = False

    def detach(self):
        """The machine goes on by itself. Who attaches next reads a core's memory again."""
        self._expect_ok("Qqemu.PhyMemMode:0")
        self.ask("D")
