"""A machine in QEMU, driven by a test: started, watched with deadlines, and always ended.

`bare()` starts an image without Kumiki (at EL1, virtualization=off); `kumiki()` starts a system
description through `kumiki run`. Everything a machine prints goes to build/logs/NAME.log as well.
Used by tests/system and bench.
"""

import fcntl
import functools
import os
import re
import select
import shlex
import struct
import subprocess
import termios
import threading
import time
from pathlib import Path

import machine_clock

TOP = Path(__file__).resolve().parents[2]
VERSION = (TOP / "VERSION").read_text(encoding="utf-8").strip()
BUILD = Path(os.environ.get("KUMIKI_BUILD", TOP / "build")).resolve()
# The host's limit, in seconds, for a program or a machine that hangs as a whole. It judges nothing else: a test waits by the
# machine's own clock.
HANGS = 300
os.environ["KUMIKI_PATIENCE"] = "20"  # the host command's own limits aren't what a test judges
# QEMU takes large pages from its host. With small ones a third of a Linux's start is the host's work for each of them.
os.environ["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1"
# What descriptions include, and whose addresses the guests know. Of another board than the first,
# everything made has a folder of its own.
BOARD = os.environ.get("KUMIKI_BOARD", "qemu-virt")
APART = "" if BOARD == "qemu-virt" else BOARD
# QEMU's virt with a GICv2 has all else of the first board.
ALIKE = {"qemu-virt-gicv2": "qemu-virt"}.get(BOARD, BOARD)
CORES, SLOTS = {"qemu-virt": (8, 32), "xlnx-versal-virt": (2, 8), "xlnx-zcu102": (4, 0), "raspi4b": (4, 0),
                "imx8mp-evk": (4, 0)}[ALIKE]  # cores; slots of virtio-mmio
# Devices that do no DMA, for a test alone (guests/lib/board says which registers they have): one, and those of
# the hostile guest's neighbour.
OWN, WATCHED = {"qemu-virt": ("pl061", ["virtio_mmio31", "pl061"]), "xlnx-versal-virt": ("uart1", ["uart1"]),
                "xlnx-zcu102": ("serial1", ["serial1"]), "raspi4b": ("aux", ["aux"]),
                "imx8mp-evk": ("serial1", ["serial1"])}[ALIKE]
# The UART that the frame has, where no partition is given it.
UART = {"qemu-virt": "pl011", "xlnx-versal-virt": "uart0", "xlnx-zcu102": "serial0", "raspi4b": "serial0",
        "imx8mp-evk": "serial2"}[ALIKE]
# Debian 12's QEMU lacks these boards: `make boards-setup` fetches one that has them.
if BOARD in ("raspi4b", "imx8mp-evk"):
    os.environ["PATH"] = f"{TOP}/build/boards-qemu/bin:{os.environ['PATH']}"
LOGS = BUILD / "logs" / APART
# What a test writes is another one's beside it: each of pytest's workers has a folder.
TESTS = BUILD / "tests" / APART / os.environ.get("PYTEST_XDIST_WORKER", "")
GUESTS = BUILD / "guests" / APART
RTOS = BUILD / "rtos" / APART
DEBIAN = TOP / "build/debian"  # all variants of the build share it
IMAGE = {"linux": DEBIAN / "linux/Image", "linux-rt": DEBIAN / "linux-rt/Image"}
# Debian 13's kernels: make test-long fetches them. The last one has pages of 16 KiB.
TODAY = [f"{kernel}-13" for kernel in ("linux", "linux-rt", "linux-16k")]
IMAGE |= {kernel: DEBIAN.with_name("debian-13") / kernel.removesuffix("-13") / "Image" for kernel in TODAY}
# What conftest.py spares the Linuxes of the tests. More than half of what Debian's kernels do until init is to try their own
# crypto. And with page tables of its own for user space, which they have wherever they lie at random, what runs there took
# nearly twice the host's time in QEMU, and hardly an instruction more.
# Figures and campaigns are of a Linux as it is, and so are the tests whose Linux isn't spared.
LINUX_SPARED = ""
INITRD = BUILD / "guests/initrd.cpio"
KUMIKI = BUILD / "host/bin/kumiki"
HEARTBEAT = GUESTS / "heartbeat.bin"
# The frame's services, by name; the console's program is the one for the board's UART.
SERVICES = {name: BUILD / f"service/{name}.elf" for name in ("broker", "loader", "updater", "warden")}
SERVICES["console"] = BUILD / f"service/console-{'cadence' if ALIKE == 'xlnx-zcu102' else 'pl011'}.elf"

# The same run each time: an instruction takes one nanosecond of virtual time, and idle time is skipped.
_CLOCK = ["-seed", "1", "-rtc", "clock=vm,base=2026-01-01"]
ICOUNT = ["-icount", "shift=0,align=off,sleep=off", *_CLOCK]
# For a machine that talks with a program of the host: counted, too, but idle time passes as the host's does.
TALK = ["-icount", "shift=0,align=off,sleep=on", *_CLOCK]
THREADS = ["-accel", "tcg,thread=multi"]
MODES = {"icount": ICOUNT, "threads": THREADS}
TALKS = {"icount": TALK, "threads": THREADS}
MARKS = None  # of the test that runs: conftest.py sets them. Figures and campaigns have none, and may have any machine
# Of what works for long: counted, unless the board has so few cores that worker and onlooker share them, where
# turns on one clock make minutes of it.
LONG_RUN = THREADS if APART else ICOUNT


def turns(us):
    """What ICOUNT wants besides where several cores work and time is judged on core 0. Cores take turns on one clock, each
    until the next timer of the machine is due; then core 0 is the first again, and one that never sleeps leaves none to
    those behind it. These timers, of a network that nobody has, make a turn no longer than so many microseconds; there are
    two, as one that is just made to go off isn't looked at when a turn begins."""
    filters = [f"filter-buffer,id=turn{number},netdev=turns,interval={us + number}" for number in range(2)]
    return ["-netdev", "user,id=turns,restrict=on", "-object", filters[0], "-object", filters[1]]


# Before what is started: it ends with the thread that started it, however that ends. What is killed ends nothing any more,
# and a machine that nobody looks at would work for ever, beside the same one when its test is run again.
MORTAL = ["setpriv", "--pdeathsig", "KILL"]

# How the RTOS's programs run on the bare machine: (mode, CPUs). On another board once, for that it's another board.
WAYS = [("threads", 4)] if APART else [("icount", 1), ("threads", 4)]
# Some of them also on four CPUs that take turns, counted: an idle CPU passes its turn on.
WAYS_TURNS = WAYS if APART else [*WAYS, ("icount", 4)]


@functools.cache
def commit():
    """What is tested, as git names it: changes that aren't committed show. Without git there is one."""
    told = subprocess.run(["git", "-C", TOP, "describe", "--always", "--dirty", "--abbrev=12"], text=True, capture_output=True,
                          check=False)
    return told.stdout.strip() or "unknown"


class MachineError(AssertionError):
    """What was expected of a machine didn't come."""


# The console writes it behind a piece of a line that another partition's stands in: lib/termscreen.h.
PARTED = "\x1b[00m"


def _written_over(line):
    """A line's text up to where the cursor goes back in it, and what is written there then."""
    row, column, text = line[1], int(line[2]), line[3]
    return row[:column] + text + row[column + len(text):]


def _shown(raw):
    """What a terminal would show: a line that was begun again is there once, and news stand where a prompt was. The
    console parts a guest's "\\r\\n" when the line feed is late: the cursor goes back behind the prefix, and writes over nothing."""
    raw = re.sub(r"(?:\r\x1b\[\d+C|\x08+)(?=\r*\n|\x1b\[00m)", "", raw)
    raw = re.sub(r"[^\n]*\r\x1b\[K", "", raw)
    again = 1
    while again:
        raw, again = re.subn(r"^([^\r\n\x08\x1b]*)\r\x1b\[(\d+)C([^\r\n\x08\x1b]+)", _written_over, raw, flags=re.MULTILINE)
    return raw.replace("\r", "")


class _Pieces:
    """Lines that came in pieces, as their system paused while another one spoke: each is one, where it ends."""

    def __init__(self):
        self.begun = {}

    def line(self, shown):
        """A line up to its end; nothing, of a piece."""
        text = self.unfinished(shown.replace(PARTED + "\n", ""))
        name = re.match(r"\[(\S+)\] ", shown)
        if name:
            self.begun.pop(name[1], None)
            if shown.endswith(PARTED + "\n"):
                self.begun[name[1]] = text.removeprefix(name[0])
                return ""
        return text

    def unfinished(self, shown):
        """The last line, as it is until now."""
        name = re.match(r"\[(\S+)\] ", shown)
        return name[0] + self.begun.get(name[1], "") + shown.removeprefix(name[0]) if name else shown

    def tail(self, shown):
        """All lines that aren't whole yet, the last one behind those that it came into."""
        last = self.unfinished(shown)
        others = [f"[{name}] {text}\n" for name, text in self.begun.items() if not last.startswith(f"[{name}] ")]
        return "".join([*others, last])


def _told(*command):
    """What a program says; printed, too."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=HANGS)
    print(f"$ {' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done.stdout


def _judge_kind(command, steps):
    """A machine of another kind than most is for tests that say so by their marks. One whose cores are stepped has the host's
    idle time in any test: see frame_probe.py."""
    if MARKS is None or APART or "long" in MARKS:
        return
    assert "race" in MARKS or not {"--smp-threads", THREADS[1]} & set(command), \
        "real threads are for tests marked race or long: count, with mode=km.ICOUNT"
    assert "talk" in MARKS or steps or not {"sleep=on", TALK[1]} & set(command), \
        "a machine whose idle time is the host's is for tests marked talk or long: count, with mode=km.ICOUNT"


class Machine:
    """One QEMU process. Use as a context manager: leaving it ends the process. Without `clock` nobody asks for the machine's
    time: QEMU's answer may move the clock of a machine whose cores are stepped.

    `text` is what has been printed; its last lines may still change until they are complete. What is looked for in all that
    there is is looked for in `whole`, which has complete lines alone.
    """

    def __init__(self, name, command, clock=True):
        LOGS.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.command = [str(word) for word in command]
        counts = clock and not APART and any(word in ("--icount", "-icount") for word in self.command)
        _judge_kind(self.command, steps=not clock)
        self.monitor = machine_clock.Monitor(HANGS) if counts else None  # of a machine with a clock of its own
        self.debugger = None  # a gdbstub.Stub, while it is attached and the machine runs
        self.runs_ahead = counts and "sleep=on" not in self.command  # the host's time doesn't hold that clock back
        if counts:
            behind = ["--"] if self.command[1] == "run" and "--" not in self.command else []  # of `kumiki run`
            self.command += [*behind, *self.monitor.options()]
        self.log_path = LOGS / f"{name}.log"
        self.text = ""
        self.whole = ""  # text up to its last complete line
        self.position = 0
        self.ended = False
        self.news = threading.Condition()
        self.process = subprocess.Popen([*MORTAL, *self.command], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if kind is not None and issubclass(kind, Exception) and "--link" in self.command:
                self._tell(self.command[self.command.index("--link") + 1])
        finally:
            self.close()

    def _tell(self, link):
        """Beside a failure: what the system says of itself on its link."""
        names = re.findall(r"^ *\d+  (\S+)", _told(KUMIKI, "console", "--command", "list", link),
                           re.MULTILINE)
        for name in names:
            _told(KUMIKI, "console", "--command", f"log {name}", link)
            _told("gdb-multiarch", "-nx", "-batch", "-ex", f"set remotetimeout {HANGS}",
                  "-ex", f"target remote | {KUMIKI} gdb {name} {link}",
                  "-ex", "thread apply all info registers x0 x30 pc cpsr ELR_EL1 ESR_EL1",
                  "-ex", "detach")

    def _read(self):
        pieces, pending = _Pieces(), ""
        with open(self.log_path, "w", encoding="utf-8") as log:
            log.write("$ " + " ".join(self.command) + "\n")
            while True:
                select.select([self.process.stdout], [], [])
                with self.news:
                    data = os.read(self.process.stdout.fileno(), 65536)
                    pending += data.decode("utf-8", "replace")
                    lines, newline, pending = pending.rpartition("\n")
                    lines = "".join(map(pieces.line, re.findall(r"[^\n]*\n", _shown(lines + newline))))
                    tail = pieces.tail(_shown(pending).replace(PARTED, ""))
                    self._take(lines, tail, not data)
                log.write(lines if data else tail)
                log.flush()
                if not data:
                    return

    def _take(self, lines, tail, ended):
        """What has come. Where a line that wasn't whole isn't what it was, that is waited for again, and what came before it."""
        begun = len(self.whole)
        was = self.text[begun:self.position]
        self.whole += lines
        self.text = self.whole + tail
        if not self.text.startswith(was, begun):
            self.position = min(self.position, begun)
        self.ended = ended
        self.news.notify_all()

    def all_read(self):
        """Whether `text` has all that the machine has printed. The caller has `news`, so the reader isn't between the two."""
        return struct.unpack("i", fcntl.ioctl(self.process.stdout, termios.FIONREAD, bytes(4)))[0] == 0

    def _fail(self, what):
        tail = "\n".join(self.text.splitlines()[-25:])
        raise MachineError(f"{self.name}: {what}\nthe end of {self.log_path}:\n{tail}")

    def _late(self, begin, seconds):
        """Whether so much of the machine's time has passed since `begin`."""
        now = self.monitor.seconds() if self.monitor else None
        return begin is not None and now is not None and now - begin > seconds

    def _wait(self, look, what, seconds):
        """Until there is what `look` looks for; what that is. The machine's clock has whole seconds: one more may pass. An idle
        machine is ahead of the reader of its output, so it is late only when all of that is read."""
        hangs = time.monotonic() + HANGS
        with self.news:
            if found := look():
                return found
        begin = self.monitor.seconds() if self.monitor else None
        while True:
            late = self._late(begin, seconds)  # before the look: what came in time counts
            with self.news:
                if found := look():
                    return found
                if self.ended:
                    self._fail(f"ended without {what}")
                if late and self.all_read():
                    self._fail(f"no {what} within {seconds} s of the machine's time")
                if time.monotonic() > hangs:
                    self._fail(f"no {what} within {HANGS} s of the host's time")
                self.news.wait(1)

    def expect(self, pattern, seconds):
        """Waits until `pattern` (a regular expression) comes behind what was expected last; `seconds` are the machine's."""
        return self.expect_all([pattern], seconds)[0]

    def expect_all(self, patterns, seconds):
        """Waits until each of `patterns` has come, in whatever order; their matches. Each has `seconds`. What could still become
        longer ("\\d+$") is whole when its line is."""
        expressions = [re.compile(re.sub(r"([+*}][)]*)\$$", r"\1(?=\\n)", pattern), re.MULTILINE) for pattern in patterns]
        matches = [None] * len(patterns)

        def look(count):
            """One that has come has come, though a line that isn't whole may be another one later."""
            for i, each in enumerate(expressions):
                matches[i] = each.search(self.text, self.position) or matches[i]
            if None not in matches:
                self.position = min(max(match.end() for match in matches), len(self.text))
            return len(matches) - matches.count(None) >= count

        while None in matches:
            more = len(matches) - matches.count(None) + 1
            self._wait(lambda: look(more), " nor ".join(map(repr, patterns)), seconds)
        return matches

    def expect_since(self, begin, patterns, seconds):
        """The same, from an earlier position on: of what may have come before what was expected last."""
        behind, self.position = self.position, begin
        try:
            return self.expect_all(patterns, seconds)
        finally:
            self.position = max(behind, self.position)

    def type(self, text):
        """Types `text` to a machine that stands, as a debugger holds it."""
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def send(self, text):
        """Types `text`. A machine whose clock runs ahead stands still meanwhile: its debugger would take a stop by the monitor
        for one of its own, so it holds the machine itself."""
        if not self.runs_ahead:
            self.type(text)
        elif self.debugger:
            self.debugger.stop()
            self.type(text)
            self.debugger.begin()
        else:
            self.monitor.execute("stop")
            self.type(text)
            self.monitor.execute("cont")

    def wait_end(self, seconds):
        """Waits until the machine switches itself off."""
        self._wait(lambda: self.ended, "end", seconds)
        if self.process.wait() != 0:
            self._fail(f"ended with status {self.process.returncode}")

    def close(self):
        """Ends the process, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdin.close()
        self.process.stdout.close()
        if self.monitor:
            self.monitor.close()


# Without Kumiki: one like the partitions', at EL1; or, where the board has no other way, its own at EL2.
BARE = {"qemu-virt": ("virt,gic-version=3", "cortex-a57"), "qemu-virt-gicv2": ("virt,gic-version=2", "cortex-a57"),
        "xlnx-versal-virt": ("xlnx-versal-virt", None), "xlnx-zcu102": ("xlnx-zcu102,virtualization=on", None),
        "raspi4b": ("raspi4b", None), "imx8mp-evk": ("imx8mp-evk", None)}[BOARD]


def _spared(bootargs, image):
    return f"{bootargs} {LINUX_SPARED}".strip() if bootargs and image in IMAGE.values() else bootargs


def bare(name, image, *, cpus=1, memory="16M", mode=ICOUNT, append=None, initrd=None, extra=(),
         cpu=BARE[1], machine=BARE[0]):
    """The image on the bare machine, started at EL1 as under Kumiki."""
    size = [*(["-cpu", cpu] if cpu else []), "-smp", str(cpus), "-m", memory]
    if APART:
        size = ["-smp", "4", "-m", "2G"]  # as it always is
    command = ["qemu-system-aarch64", "-M", machine, *size, "-display", "none", "-serial", "stdio", "-nic", "none",
               "-no-reboot", *mode, "-kernel", image]
    if initrd:
        command += ["-initrd", initrd]
    if append:
        command += ["-append", _spared(append, image)]
    return Machine(name, [*command, *extra])


def kumiki(name, description, *, mode=None, image=None, links=(), extra=()):
    """The system of a description, packed (as `image`) and started by `kumiki run`. With a link it talks with programs of the
    host; otherwise it counts, if nothing else is said."""
    mode = mode or (TALK if links else ICOUNT)
    words = [*(["-o", image] if image else []), *(word for link in links for word in ("--link", link))]
    options = [*(["-icount", "sleep=on"] if mode is TALK else []), *extra]
    how = "--smp-threads" if mode is THREADS else "--icount"
    return Machine(name, [KUMIKI, "run", how, *words, description, *(["--", *options] if options else [])])


def partition(name, *, cores, memory, image, console=True, initrd=None, bootargs=None, access=(),
              more=(), spared=True):
    """One partition's node of a description. `access`: labels; those that do DMA unconfined.
    `memory`: one piece, or a list of them. `more`: further lines. `spared`: a Linux is LINUX_SPARED."""
    pieces = [memory] if isinstance(memory, str) else memory
    lines = ['compatible = "openamp,domain-v1";', f"cpus = <&cpus {cores:#x}>;",
             "kumiki,memory = " + ", ".join(f'"{piece}"' for piece in pieces) + ";",
             f'kumiki,image = "{image}";', *more]
    if console:
        lines.append("kumiki,console;")
    if initrd:
        lines.append(f'kumiki,initrd = "{initrd}";')
    if access:
        lines.append("access = <" + " ".join("&" + label for label in access) + ">;")
    masters = [label for label in access if label.startswith(("virtio", "fw_cfg"))]
    if masters:
        lines.append("kumiki,unconfined-dma = <" + " ".join("&" + m for m in masters) + ">;")
    if spared:
        bootargs = _spared(bootargs, image)
    if bootargs:
        lines.append(f'chosen {{ bootargs = "{bootargs}"; }};')
    body = "\n".join("\t\t\t" + line for line in lines)
    return f"\t\t{name} {{\n{body}\n\t\t}};\n"


def fold(partitions):
    """Where the board has fewer cores than they ask for, its last one stands for those that it lacks: a
    partition with one there keeps as many CPUs as it has cores, and shares."""
    masks = [int(re.search(r"cpus = <&cpus (0x[0-9a-f]+)", text)[1], 16) for text in partitions]
    last = 1 << CORES - 1
    if max(masks) < 2 * last:
        return partitions

    def folded(text, mask):
        if mask < last:
            return text
        here = mask & (last - 1) | last
        more = [line for line in (f"kumiki,vcpus = <{mask.bit_count()}>;", "kumiki,shared-cores;")
                if line.split()[0].rstrip(";") not in text]
        return text.replace(f"cpus = <&cpus {mask:#x}>;", " ".join([f"cpus = <&cpus {here:#x}>;", *more]))

    return [folded(text, mask) for text, mask in zip(partitions, masks)]


def description(name, partitions, devices=(), board=BOARD):
    """Writes a description to TESTS/NAME.dts. `devices`: (label, QEMU device, arguments)."""
    path = TESTS / f"{name}.dts"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = f'/dts-v1/;\n/include/ "{board}.dtsi"\n/ {{\n\tdomains {{\n'
    text += "".join(fold(partitions) if board == BOARD else partitions) + "\t};\n};\n"
    for label, device, arguments in devices:
        text += f'&{label} {{\n\tkumiki,qemu-device = "{device}";\n'
        text += f'\tkumiki,qemu-args = "{arguments}";\n}};\n'
    path.write_text(text)
    return path


def _newc(name, mode, data):
    """A file or folder of a cpio archive."""
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
    return b"".join(part + bytes(-len(part) % 4) for part in (head, data))


def script(name, text, initrd=INITRD):
    """An initial RAM file system for a Linux with kumiki.run=script: what this Linux does."""
    path = TESTS / f"{name}.cpio"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(initrd.read_bytes() + _newc("etc/script", 0o100644, text.encode()) + _newc("TRAILER!!!", 0, b""))
    return path


def rtos_description(name, image, cpus=1, memory="16M"):
    """Of a system of the RTOS as the one partition there is."""
    return description(name, [partition("rtos", cores=(1 << cpus) - 1, memory=f"{memory} as 0x40000000", image=image)])


def function(label, compatible, number, *, sub=0, device=None, arguments=None, bars="", more=()):
    """A PCI function's node, for on_bus(). `number`.`sub`: its place; `device`, `arguments`: QEMU's."""
    lines = [f'compatible = "{compatible}";',
             f"reg = <{number << 11 | sub << 8:#x} 0 0 0 0 {bars}>;", *more]
    if device:
        lines.append(f'kumiki,qemu-device = "{device}";')
    if arguments:
        lines.append(f'kumiki,qemu-args = "{arguments}";')
    body = "\n".join("\t\t" + line for line in lines)
    return f"\t{label}: {label}@{number:x},{sub} {{\n{body}\n\t}};\n"


def on_bus(path, functions):
    """Adds PCI functions to a description; partitions have them by `more=["access = <&label>;"]`."""
    with open(path, "a") as file:
        file.write("&pcie {\n" + "".join(functions) + "};\n")


def beside_domains(path, text):
    """Adds nodes (windows, doorbells) beside the domains of a description."""
    path.write_text(path.read_text().replace("\t};\n};\n", "\t};\n" + text + "};\n", 1))
    return path


def command_of(path, image, extra=()):
    """Packs a description as `image`; returns QEMU's command line for it, as `kumiki run` has it."""
    subprocess.run([KUMIKI, "pack", path, "-o", image], check=True, timeout=HANGS)
    shown = subprocess.run([KUMIKI, "run", "--icount", "--print", "--no-pack", image, path, "--",
                            *extra], check=True, timeout=HANGS, capture_output=True, text=True)
    return shlex.split(shown.stdout)
