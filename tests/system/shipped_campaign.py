"""Puts faults into the servers and drivers of a shipped system (systems/rtos/desk-disk.dts) while two programs use all its
services, and judges each (tests/rtos/campaign/README.md). At the end of a machine the host's tool checks the disk. Used by
campaigns.py."""

import functools
import random
import re
import shutil
import struct
import subprocess

import gdbstub
import kumiki_machine as km
import server_campaign as servers
from campaign import Campaign
from link_frames import crc32c

IMAGE = km.BUILD / "rtos/shipped.img"
# In the manifest's order, as in shipped.dts: the saboteur uses the index.
VICTIMS = ("console", "ramfs", "bootfs", "log", "clock", "block", "diskfs")
PORTS = {"fs": "ramfs", "disk": "diskfs", "boot": "bootfs"}  # the others have their programs' names
USERS = ("first", "second")  # each user's file and console lines have its name
SAYS = 8  # rounds from one console line of a user to the next (user.c)
CLASSES = ("machine lost", "synced data lost", "wrong data", "clear error", "repaired unseen", "no effect")
RUN = 20  # faults in one run
DISK = "virtio-blk-pci,drive=disk,addr=3,disable-legacy=on"

RTOS_WAIT = 6  # include/kumiki/rtos/call.h
FAR = 1 << 62  # a deadline that never comes
GIVEN_WINDOW, GIVEN_DMA = 7, 10  # include/kumiki/rtos/program.h
X8, X9, X10 = 8, 9, 10
SVC_AT = 8 * 4  # in sys_svc()
TRIES = 150  # for a kind that needs a moment of its own
BLOCK_WORDS, BLOCKS, SYNCED = 64, 16, 7 * 8  # of a user's file; of its progress (proto.h)

# A kind of which a program has nothing (a window, kept memory) puts no fault into it.
KINDS = ("text", "constants", "data", "kept", "dma", "window", "stack", "register", "null", "call", "stall", "wait", "beats",
         "answer", "two", "kill", "supervisor")
PAIR = ("text", "data", "stack", "register", "null", "stall")


class Faults(servers.Faults):
    def __init__(self, kernel, seed):
        self.kernel, self.random = kernel, random.Random(seed)
        self.target, self.other = None, None
        self.symbols = {name: gdbstub.symbols(km.BUILD / f"rtos/{name}.elf") for name in VICTIMS}

    def choose(self):
        """Chooses the victim of the next fault."""
        self.target, self.other = self.random.sample(VICTIMS, 2)
        self.worker = self.symbols[self.target]

    def _dma(self, _supervisor, process, _thread):
        return self._given_memory(process, GIVEN_DMA)

    def _window(self, _supervisor, process, _thread):
        return self._given_memory(process, GIVEN_WINDOW)

    def _wait(self, _supervisor, _process, thread):
        """The thread waits for ever. A thread that waits in the kernel already is left out: its registers change when it
        wakes."""
        if self.kernel.field(thread, "thread.state", 1) not in (servers.RUNS, servers.READY):
            return servers.AGAIN, "it waits"
        for register, value in ((X8, RTOS_WAIT), (X9, 0), (X10, FAR), (servers.PC, self.worker["sys_svc"] + SVC_AT)):
            self.kernel.set_register(thread, register, value)
        return servers.IS_IN, "it waits for ever"

    def _beats(self, _supervisor, _process, thread):
        """The thread does nothing any more but report that it is well."""
        for register in (servers.LR, servers.PC):
            self.kernel.set_register(thread, register, self.worker["sys_beat"])
        return servers.IS_IN, "it beats and does nothing"

    def _answer(self, supervisor, _process, _thread):
        for user, port, thread, x in self._answers(supervisor, USERS):
            self.target = PORTS.get(port, port)
            return self._answer_word(user, thread, x, range(8))
        return servers.AGAIN, "nobody has an answer"

    def _two(self, supervisor, _process, _thread):
        done = []
        for name in (self.target, self.other):
            process = self.kernel.child(supervisor, name)
            thread = process and self.kernel.thread(process)
            if not thread:
                continue
            kind = self.random.choice(PAIR)
            self.worker = self.symbols[name]
            done.append(f"{name} {kind} {getattr(self, '_' + kind)(supervisor, process, thread)[1]}")
        return servers.IS_IN, "; ".join(done)


class Run(servers.Run):
    # An instruction takes 8 ns, so that seconds of computing take the host less time.
    mode = ["-icount", "shift=3,align=off,sleep=off", *km.ICOUNT[2:]]

    def __init__(self, seed, count, kinds=KINDS):
        super().__init__(seed, count, kinds, "shipped")
        self.disk = km.TESTS / f"rtos-campaign-shipped-{seed}.img"
        self.tries = 0

    def _image(self):
        km.TESTS.mkdir(parents=True, exist_ok=True)
        shutil.copy(empty_disk(), self.disk)
        return IMAGE, ["-drive", f"if=none,id=disk,file={self.disk},format=raw,cache=unsafe", "-device", DISK]

    def _faults(self, kernel):
        return Faults(kernel, self.machine_seed)

    def _stopped(self, kernel, thread, x):
        answers = super()._stopped(kernel, thread, x)
        if x[0] == servers.RESULT:
            fault = self.faults[-1]
            if x[6]:
                fault["class"] = "synced data lost" if not x[1] else "machine lost"
            fault.update({"synced lost": x[6], "trouble": [x[7] >> 32, x[7] & 0xffffffff], "console": len(self.machine.text)})
        if x[0] == servers.ENDS:
            self.synced = self._synced(kernel, kernel.field(thread, "thread.process"))
        return answers

    def _fault(self, supervisor):
        """A kind that has to wait for its moment is tried TRIES times; then another kind is chosen."""
        if not self.kind or self.tries == TRIES:
            self.kind, self.tries = self.put.random.choice(self.kinds), 0
            self.put.choose()
        self.tries += 1
        victim = VICTIMS.index(self.put.target)
        if self.kind in servers.ABOVE and self.tries == 1:
            return servers.SOON, victim
        done = (servers.IS_IN, "nothing") if self.kind == "control" else self.put.put_in(self.kind, supervisor)
        if done is None or done[0] == servers.AGAIN:
            return servers.AGAIN, victim
        self.faults.append({"kind": self.kind, "victim": self.put.target, "what": done[1]})
        self.kind = None
        return done[0], VICTIMS.index(self.put.target)

    # ---- the users' lines and files ----

    def _missing_lines(self):
        """Checks that each line of a user is there. It may be there twice, as the console repeats a call."""
        for user in USERS:
            lines = [(int(match[1]), match.end()) for match in re.finditer(rf"{user} (\d+): \d+ bad\n", self.machine.text)]
            numbers = {number for number, _ in lines}
            for gone in set(range(0, max(numbers, default=0), SAYS)) - numbers:
                self._blame(f"{user}'s line {gone}", min(end for number, end in lines if number > gone))

    def _blame(self, line, before):
        """Gives a lost line to the fault before it."""
        faults = self.faults[self.first:]
        fault = next((fault for fault in faults if before <= fault.get("console", 0)), faults[-1])
        fault["what"] += f"; the console lost {line}"
        if fault["class"] in CLASSES[3:]:
            fault["class"] = "wrong data"

    def _synced(self, kernel, saboteur):
        """{user: numbers of its blocks} that each user last saw as synced."""
        windows = self.put.given(saboteur, GIVEN_WINDOW)
        return {user: struct.unpack(f"<{BLOCKS}Q", kernel.stub.read(kernel.place(saboteur, address) + SYNCED, 8 * BLOCKS))
                for user, (address, _) in zip(USERS, windows, strict=True)}

    def _after(self):
        """Checks the disk's structure, and that each block is as new as the synced one, or newer."""
        self._missing_lines()
        wrong = disk_wrong(self.disk, self.synced)
        if wrong:
            self.faults[-1]["class"] = "synced data lost"
            self.faults[-1]["what"] += f"; the disk: {wrong}"


@functools.cache
def empty_disk():
    path = km.TESTS / "rtos-campaign-shipped-empty.img"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    subprocess.run([km.KUMIKI, "fs", "make", "--size", "4M", path], check=True)
    return path


def disk_wrong(disk, synced):
    check = subprocess.run([km.KUMIKI, "fs", "check", disk], capture_output=True, text=True, check=False)
    if check.returncode != 0:
        return check.stdout + check.stderr
    for user, numbers in synced.items():
        data = subprocess.run([km.KUMIKI, "fs", "read", disk, user], capture_output=True, check=True).stdout
        for block, number in enumerate(numbers):
            piece = data[512 * block:512 * (block + 1)]
            words = struct.unpack("<64Q", piece) if len(piece) == 512 else (0,) * 64
            if number and (words[0] < number or words[63] != crc32c(piece[:-8])):
                return f"{user}'s block {block} has {words[0]}, and {number} was synced"
    return None


def run(seed, count=RUN, kinds=KINDS):
    return Run(seed, count, kinds).go()


class Shipped(Campaign):
    name, image, classes, keys, first, size = "shipped", IMAGE, CLASSES, ("victim", "kind"), 1, RUN

    def fault(self, _machine, case):
        return run(case)
