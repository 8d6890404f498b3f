"""gdb debugs a partition of a running system, and no other partition notices. The session is that of docs/debugging.md."""

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path

import kumiki_machine as km
import pexpect
import pytest
from sessions import console, expect_each, reachable, terminal
from test_channels import network
from test_operator import lost, script

pytestmark = pytest.mark.talk

PAGE = (km.TOP / "docs/debugging.md").read_text(encoding="utf-8")
WALKS = re.findall(r"^```gdb\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
SYMBOLS = f"symbol-file -o 0x40080000 {km.GUESTS}/heartbeat.elf"
UART_AT = {"qemu-virt": "0x9000000", "raspi4b": "0xfe201000"}.get(km.ALIKE, "0xff000000")
WAITS = f"set remotetimeout {km.HANGS}"
SHELL = "console=ttyAMA0 quiet panic=-1 nokaslr kumiki.run=shell"


def heartbeat(name, core):
    return km.partition(name, cores=1 << core, memory="1M as 0x40000000", image=km.HEARTBEAT)


def linux(*more, cores=0x3):
    return km.partition("linux", cores=cores, memory="256M", image=km.IMAGE["linux"],
                        initrd=km.INITRD, bootargs=SHELL, more=more)


class System:
    """A running system with its UART on a socket."""

    def __init__(self, name, folder, partitions, beside=""):
        self.link = folder / "uart"
        self.machine = km.kumiki(name, km.beside_domains(km.description(name, partitions), beside), links=[self.link])

    def __enter__(self):
        reachable(self.link)
        return self

    def __exit__(self, *why):
        self.machine.__exit__(*why)

    def remote(self, name):
        return f"target remote | {km.KUMIKI} gdb {name} {self.link}"

    def gdb(self, *lines):
        """gdb's output for commands that all succeed."""
        commands = [word for line in ("set pagination off", WAITS, *lines) for word in ("-ex", line)]
        done = subprocess.run(["gdb-multiarch", "-nx", "-batch", *commands], timeout=km.HANGS, text=True,
                              capture_output=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def open_gdb(self, *lines):
        session = terminal("gdb-multiarch", ["-nx", "-q"], 30)
        for line in ("set pagination off", "set confirm off", "set style enabled off",
                     WAITS, *lines):
            session.expect_exact("(gdb) ")
            session.sendline(line)
        return session

    def says(self, pattern):
        """Waits for a line on the consoles."""
        with console(self.link, seconds=40) as session:
            session.expect(pattern)
            said = session.before + session.after
            session.send("\x1dq")
            session.expect(pexpect.EOF)
        return said

    def type_to_linux(self, line, until, prompt=True):
        with console(self.link) as session:
            session.expect(r"\[linux\]\S* / # " if prompt else "for help")
            session.send(line)
            session.expect(until)
            session.send("\x1dq")
            session.expect(pexpect.EOF)

    def black_box(self, name, lines="2"):
        status, answer = script(self.link, f"log {name} {lines}")
        assert status == 0
        return answer

    def tells(self, command, pattern):
        """Repeats an operator's command until it has such an answer."""
        deadline = time.monotonic() + km.HANGS
        while not re.search(pattern, answer := script(self.link, command)[1]):
            assert time.monotonic() < deadline, answer

    def nothing_lost(self, name="heartbeat"):
        self.says(rf"\[{name}\]\S* heartbeat: \d+ s, .*\n")
        assert lost(self.black_box(name))[1] == 0


def detach(session):
    """Ends an open gdb."""
    session.sendline("detach")
    session.expect("detached")
    session.sendline("quit")
    session.expect(pexpect.EOF)


def symbols_of(report, folder):
    """A file of symbols for gdb, as Debian's kernel has none: the begin of each function that a report names, and its frame
    record. The first function is a leaf without one."""
    starts = sorted({(int(at, 16) - int(offset, 16), name) for at, name, offset in report})
    base, leaf = starts[0][0], report[0][1]
    lines = [".cfi_sections .debug_frame"]
    for (at, name), (end, _) in zip(starts, [*starts[1:], (starts[-1][0] + 0x1000, None)]):
        lines += [f".org {at - base:#x}", f".type {name}, %function", f".globl {name}", f"{name}:",
                  ".cfi_startproc", f".skip {min(end - at, 0x1000)}"]
        if name != leaf:
            lines[-1:-1] = [".cfi_def_cfa x29, 16", ".cfi_offset x29, -16", ".cfi_offset x30, -8"]
        lines += [".cfi_endproc"]
    (folder / "symbols.s").write_text("\n".join([*lines, ""]))
    for command in (["aarch64-linux-gnu-as", "-o", folder / "symbols.o", folder / "symbols.s"],
                    ["aarch64-linux-gnu-ld", f"-Ttext={base:#x}", "-e", "0", "-o",
                     folder / "symbols.elf", folder / "symbols.o"]):
        subprocess.run(command, check=True, timeout=20)
    return folder / "symbols.elf"


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Two partitions with the small program: one is debugged, the other watches that nothing is lost."""
    with System("gdb-small", tmp_path_factory.mktemp("gdb"),
                [heartbeat("small", 0), heartbeat("heartbeat", 1)]) as system:
        system.says(r"\[small\]\S* heartbeat: \d+ s")
        yield system


# Shows: operator.gdb, start.pages.
@pytest.mark.every_board
def test_the_pages_walk(small):
    """Each line of the page's session works, with this system's names."""
    lines = WALKS[0].replace("build/guests", f"{km.BUILD}/guests").replace(
        "build/host/bin/kumiki gdb heartbeat /tmp/link", f"{km.KUMIKI} gdb small {small.link}")
    text = small.gdb(*lines.splitlines())
    assert re.search(r"^\* 1 +Thread 1 \(vCPU 0\)", text, re.MULTILINE)
    assert re.search(r"^Breakpoint 1, .*heartbeat_note", text, re.MULTILINE)
    assert re.search(r"^#1 .* heartbeat_tick ", text, re.MULTILINE)
    assert re.search(r"^cpsr +0x\w+ +\[.* EL=1 .*\]$", text, re.MULTILINE)
    assert re.search(r"^ELR_EL1 +0x4008", text, re.MULTILINE)
    old, new = re.search(r"Old value = (\d+)\nNew value = (\d+)\n", text).groups()
    assert int(new) == int(old) + 1
    assert f"$2 = {new}\n" in text
    assert text.endswith("[Inferior 1 (Remote target) detached]\n")
    small.says(r"\[small\]\S* heartbeat: \d+ s, \d+ ticks, 0 lost")
    small.nothing_lost()


# Shows: operator.gdb.
@pytest.mark.long
@pytest.mark.every_board
def test_every_function_is_where_it_says():
    """No function's debug information names the image's beginning, as it would for one that isn't in the image."""
    names = ["cpu_count", "gic_disable", "guest_start"]  # heartbeat calls the last one alone
    commands = [word for name in names for word in ("-ex", f"info address {name}")]
    said = subprocess.run(["gdb-multiarch", "-nx", "-batch", "-ex", SYMBOLS, *commands], capture_output=True, text=True,
                          timeout=km.HANGS, check=True).stdout
    places = {int(at, 16) for at in re.findall(r" is a function at address (0x\w+)", said)}
    assert len(places) == 3 and min(places) > 0x40080000, said


# Shows: operator.gdb-own.
@pytest.mark.every_board
def test_registers_and_memory(small):
    """Written values are there, nothing else has changed, and they are put back."""
    text = small.gdb(
        SYMBOLS, small.remote("small"), "hbreak *printf", "continue", "set $old = $x20",
        "set $x20 = 0x1122334455667788", "flushregs", "print/x $x20", "set $x20 = $old",
        "set $state = $cpsr", "set $cpsr = 0x800003c9", "flushregs", "print/x $cpsr",
        "set $cpsr = $state", "set var heartbeat.worst = 300000000", "print heartbeat.worst",
        "x/2xw 0x40080038", "python gdb.selected_inferior().write_memory(0x400c0000, bytes(range(256)) * 20)",
        "python print(gdb.selected_inferior().read_memory(0x400c0000, 5120).tobytes() == bytes(range(256)) * 20)",
        "python gdb.selected_inferior().write_memory(0x400c0000, bytes(5120))", "detach")
    assert "$1 = 0x1122334455667788\n" in text
    assert "$2 = 0x800003c5\n" in text  # EL2 is no state of a guest's
    assert "$3 = 300000000\n" in text
    assert re.search(r"0x40080038.*:\s+0x644d5241\s", text)  # the image's magic number
    assert "\nTrue\n" in text
    small.says(r"\[small\]\S* heartbeat: \d+ s, .* late, latency median \d+ ns, worst 4800000000 ns")  # 16 ns a tick
    small.nothing_lost("small")


# Shows: operator.gdb-own.
@pytest.mark.every_board
def test_memory_that_is_not_its_own(small):
    """gdb can't read below or behind its memory, the UART, or the neighbour's memory."""
    lines = [small.remote("small")]
    for address in ("0x3ffff000", "0x40100000", UART_AT, "0x80000000", "0xffffff8000000000"):
        lines += [f"python\ntry: gdb.selected_inferior().read_memory({address}, 4)\n"
                  "except gdb.MemoryError: print('nothing there')\nend",
                  f"python\ntry: gdb.selected_inferior().write_memory({address}, b'kumi')\n"
                  "except gdb.MemoryError: print('not written')\nend"]
    text = small.gdb(*lines, "detach")
    assert text.count("nothing there\n") == 5 and text.count("not written\n") == 5


# Shows: operator.gdb-step.
@pytest.mark.every_board
def test_steps_go_one_instruction(small):
    """Interrupts are open and always pending. No step goes into a handler."""
    text = small.gdb(
        SYMBOLS, small.remote("small"), "hbreak *printf", "continue", "delete",
        "set var $begin = $pc",
        *["stepi", "info registers pc"] * 8, "detach")
    places = [int(at, 16) for at in re.findall(r"^pc +(0x\w+)", text, re.MULTILINE)]
    vectors = 0x40080800
    assert len(places) == 8
    assert not any(vectors <= at < vectors + 0x800 for at in places)
    assert sum(b - a == 4 for a, b in zip(places, places[1:])) > 3


# Shows: operator.gdb-hidden.
@pytest.mark.every_board
def test_many_breakpoints_are_hidden_and_taken_out(small):
    """More breakpoints are set than the CPU has. The code that gdb reads doesn't show them."""
    names = ["heartbeat_tick", "heartbeat_echo", "gic_enable", "gic_start",
             "gic_dispatch", "guest_exception", "printf", "memcpy"]
    code = "python print('code', gdb.selected_inferior().read_memory(0x40080000, 8192).tobytes().hex())"
    before = re.search("^code .*", small.gdb(small.remote("small"), code, "detach"), re.MULTILINE)
    text = small.gdb(SYMBOLS, small.remote("small"), *(f"break *{name}" for name in names),
                     "continue", code, "detach")
    assert "\nBreakpoint " in text and before.group() in text
    small.says(r"\[small\]\S* heartbeat: \d+ s")
    assert before.group() in small.gdb(small.remote("small"), code, "detach")


@pytest.mark.every_board
def test_a_system_slower_than_gdb_waits(small):
    """The system stands still until gdb has repeated its first packet. The packet is answered only once."""
    begins = r"Sending packet: \$qSupported"
    os.kill(small.machine.process.pid, signal.SIGSTOP)
    try:
        session = small.open_gdb("set remotetimeout 2", "set debug remote 1", small.remote("small"))
        for _ in range(2):
            session.expect(begins)
    finally:
        os.kill(small.machine.process.pid, signal.SIGCONT)
    session.expect_exact("Sending packet: $vMustReplyEmpty")
    session.expect_exact("Packet received: \r\n")
    session.expect_exact("(gdb) ")
    session.sendline("set debug remote 0")
    session.expect_exact("(gdb) ")
    session.sendline(WAITS)
    session.expect_exact("(gdb) ")
    session.sendline("print/x $cpsr & 0xc")
    session.expect_exact("$1 = 0x4")
    detach(session)
    small.nothing_lost("small")


@pytest.mark.every_board
def test_a_port(small):
    with subprocess.Popen([km.KUMIKI, "gdb", "--port", "0", "small", small.link], text=True,
                          stderr=subprocess.PIPE) as server:
        where = re.search(r"target remote (127\.0\.0\.1:\d+)$", server.stderr.readline().strip())
        text = small.gdb(f"target remote {where.group(1)}", "info threads", "detach")
        assert "(vCPU 0)" in text
        assert server.wait(timeout=km.HANGS) == 0


@pytest.mark.parametrize("words, said", [
    (["smal"], "there is no partition 'smal'; there is: small heartbeat"),
    (["--port", "70000", "small"], "usage: kumiki gdb "),
])
def test_mistakes(small, words, said):
    done = subprocess.run([km.KUMIKI, "gdb", *words, small.link], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=km.HANGS)
    assert done.returncode != 0 and said in done.stderr


@pytest.mark.every_board
def test_a_stopped_partition_is_not_debugged(small):
    assert script(small.link, "stop small")[0] == 0
    done = subprocess.run([km.KUMIKI, "gdb", "small", small.link], text=True, capture_output=True,
                          stdin=subprocess.DEVNULL, timeout=km.HANGS)
    assert done.returncode == 1 and "small neither runs nor is it held" in done.stderr
    assert script(small.link, "start small")[0] == 0
    small.says(r"\[small\]\S* heartbeat: \d+ s")


@pytest.mark.every_board
def test_suspended_it_stays_suspended(small):
    assert script(small.link, "suspend small")[0] == 0
    text = small.gdb(SYMBOLS, small.remote("small"), "print heartbeat.ticks", "detach")
    assert re.search(r"^\$1 = \d+$", text, re.MULTILINE)
    assert re.search(r"small +suspended", script(small.link, "list")[1])
    assert script(small.link, "resume small")[0] == 0
    small.says(r"\[small\]\S* heartbeat: \d+ s")


def children(parent):
    """The child processes. In `stat`, the state and the parent follow the name."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:  # the process has ended meanwhile
            continue
        if int(stat.rpartition(")")[2].split()[1]) == parent:
            found.append(int(folder.name))
    return found


# Shows: operator.gdb-dies.
@pytest.mark.boards_long
def test_a_debugger_that_dies(small):
    """gdb is killed while the partition stands at a breakpoint. The partition goes on, and nothing stops it."""
    session = small.open_gdb(SYMBOLS, small.remote("small"), "break heartbeat_note", "continue")
    session.expect("Breakpoint 1, ")
    own = children(session.pid)
    assert own
    for process in [*own, session.pid]:
        os.kill(process, signal.SIGKILL)
    session.wait()
    small.says(r"\[small\]\S* heartbeat: \d+ s")
    small.nothing_lost()


# Shows: operator.gdb-hidden.
@pytest.mark.long
@pytest.mark.boards_long
def test_its_own_debug_registers_and_breakpoints(tmp_path):
    """A guest that debugs itself doesn't notice gdb."""
    guest = km.partition("small", cores=0x1, memory="1M as 0x40000000",
                         image=km.GUESTS / "bad-debugger.bin")
    symbols = f"symbol-file -o 0x40080000 {km.GUESTS}/bad-debugger.elf"
    with System("gdb-own", tmp_path, [guest, heartbeat("heartbeat", 1)]) as system:
        system.says(r"\[small\]\S* debugger: [1-9]\d* rounds")
        text = system.gdb(
            symbols, system.remote("small"), "watch debugger_rounds", "hbreak debugger_on_break",
            "continue", "continue", "continue", "continue", "delete", "print debugger_rounds",
            "break *debugger_on_break", "ignore 3 20", "continue", "print debugger_rounds", "detach")
        first, last = map(int, re.findall(r"^\$\d = (\d+)$", text, re.MULTILINE))
        assert last >= first + 20
        assert "Hardware watchpoint 1: debugger_rounds" in text
        system.says(rf"\[small\]\S* debugger: \d+ rounds")
        assert "FAILED" not in system.black_box("small", "all")
        assert re.search(r"small +running", script(system.link, "list")[1])
        system.nothing_lost()


# Shows: operator.gdb.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_vcpu_that_shares_its_core(tmp_path):
    """Three partitions take turns on a core. Two have the same image, and check all of their registers. One of them is
    debugged: it has the values that gdb writes, and no other partition hits gdb's breakpoints."""
    shared = "kumiki,shared-cores;"
    guests = [km.partition(name, cores=1, memory="1M as 0x40000000",
                           image=km.GUESTS / "alone-registers.bin", more=(shared,))
              for name in ("left", "right")]
    beat = km.partition("heartbeat", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                        more=(shared, "kumiki,priority = <200>;"))
    compare = ("python\nnames = [(f'$v{i // 2}.d.u[{i % 2}]', f'in.v[{i}]') for i in range(64)]\n"
               "names += [(f'$x{i}', f'in.x[{i}]') for i in range(1, 31)]\n"
               "both = [[int(gdb.parse_and_eval(f'(unsigned long) {name}')) for name in each] for each in names]\n"
               "print('registers', sum(a == b != 0 for a, b in both))\nend")
    with System("gdb-shared", tmp_path, [*guests, beat]) as system:
        system.says(r"\[left\]\S* registers: \d+ rounds, 0 wrong")
        text = system.gdb(
            f"symbol-file {km.GUESTS}/alone-registers.elf", system.remote("left"),
            "set $loop = (unsigned long) &registers_hold + 300", "hbreak *($loop + 8)", "continue",
            "print (long) $pc - (long) $loop", compare,
            "set $v5.d.u[1] = 0x1122334455667788", "set var in.v[11] = 0x1122334455667788",
            "set $x7 = 0x99", "set var in.x[7] = 0x99", "set $fpsr = $fpsr ^ 0x10", "set $fpsr = $fpsr ^ 0x10",
            "flushregs", "print/x $v5.d.u[1]", compare, "delete",
            "break *$loop", "continue", "delete", "stepi", "print (long) $pc - (long) $loop", "stepi", "print (long) $pc - (long) $loop",
            "stepi", "print (long) $pc - (long) $loop", "watch in.x[1]", "continue", "delete", "hbreak *($loop + 8)",
            "ignore 4 20", "continue", "info registers v0 fpcr", "detach")
        assert text.count("registers 94\n") == 2
        assert re.findall(r"^\$\d = (.*)$", text, re.MULTILINE) == ["8", "0x1122334455667788", "4", "0", "4"]
        assert re.search(r"^Hardware watchpoint 3: in\.x\[1\]\n\nOld value = \d+\nNew value = \d+\n", text,
                         re.MULTILINE)
        assert re.search(r"^v0 +\{d = \{f = ", text, re.MULTILINE)
        for name in ("left", "right"):
            for _ in range(2):
                system.says(rf"\[{name}\]\S* registers: \d+ rounds, 0 wrong")
            assert "isn't what it was" not in system.black_box(name, "all")
        system.nothing_lost()


# Shows: operator.gdb.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_step_over_a_reset(tmp_path):
    """A step over a call that resets the vCPU ends at the vCPU's entry. This holds if the call ends at once, if others have
    the core meanwhile, after twenty of both, and after steps over accesses to the interrupt controller. When gdb has gone,
    the vCPU's interrupts come. The other partitions, one with the same image, have noticed nothing."""
    shared = "kumiki,shared-cores;"
    guests = [km.partition(name, cores=1, memory="1M as 0x40000000", image=km.GUESTS / "bad-suspend.bin",
                           more=(shared,)) for name in ("left", "right")]
    beat = km.partition("heartbeat", cores=1, memory="1M as 0x40000000", image=km.HEARTBEAT,
                        more=(shared, "kumiki,priority = <200>;"))
    call = "hbreak *&suspend_at"
    # The round isn't counted yet. An odd round suspends for a time.
    walks = [[f"hbreak suspend_round if suspend_rounds % 2 == {odd}", "continue", "delete", call, "continue"]
             for odd in (1, 0)]
    walks += [[call, "ignore 1 20", "continue"],
              ["hbreak gic_enable", "continue", "delete", *["stepi"] * 50, call, "continue"]]
    with System("gdb-reset", tmp_path, [*guests, beat]) as system:
        system.says(r"\[left\]\S* suspend: \d+ rounds, 0 lost")
        for walk in walks:
            text = system.gdb(f"symbol-file -o 0x40080000 {km.GUESTS}/bad-suspend.elf", system.remote("left"),
                              *walk, "stepi", "print (long) $pc - (long) &guest_secondary", "detach")
            assert re.findall(r"^\$\d = (.*)$", text, re.MULTILINE) == ["0"]
            for name in ("left", "right") * 2:
                system.says(rf"\[{name}\]\S* suspend: \d+ rounds, \d+ lost")
                assert not re.search(r"rounds, [1-9]\d* lost", system.black_box(name, "all"))
        system.nothing_lost()


# Shows: operator.gdb.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_running_linux(tmp_path):
    """gdb interrupts a Linux, looks at it, and lets it go. Both CPUs stand meanwhile, and the heartbeat beside it loses
    nothing."""
    with System("gdb-linux", tmp_path, [linux(), heartbeat("heartbeat", 2)]) as system:
        system.type_to_linux("(while :; do :; done) & echo it runs $((6*7))\r", "it runs 42")
        session = system.open_gdb(system.remote("linux"), "info threads")
        session.expect(r"\* 1 +Thread 1 \(vCPU 0\)")
        session.expect(r"2 +Thread 2 \(vCPU 1\)")
        session.expect_exact("(gdb) ")
        for _ in range(5):
            session.sendline("continue")
            session.expect_exact("Continuing.")
            session.sendintr()
            session.expect("received signal SIGINT")
            session.expect_exact("(gdb) ")
        detach(session)
        system.type_to_linux("echo still $((40+2))\r", "still 42", prompt=False)
        system.nothing_lost()


def dropped(system):
    """The number of packets that the network didn't deliver to the end of the partition `held`."""
    found = re.search(r"^.*lan +held .*dropped: (\d+)", script(system.link, "channels")[1], re.MULTILINE)
    return int(found[1]) if found else 0


# Shows: channel.leave.
@pytest.mark.long
def test_no_packet_comes_to_a_halted_partition(tmp_path):
    """While the debugger holds a partition, packets for it are dropped. Then it has its network again."""
    shell = [km.partition(name, cores=core, memory="192M", image=km.IMAGE["linux"], initrd=km.INITRD, bootargs=SHELL)
             for core, name in ((1, "held"), (2, "other"))]
    with System("gdb-channel", tmp_path, shell, network("held", "other")) as system, console(system.link) as consoles:
        expect_each(consoles, [rf"\[{name}\]\S* kumiki-init: up" for name in ("held", "other")])
        for number, name in ((1, "held"), (2, "other")):
            consoles.send(f"\x1d{number}\rip link set eth0 up; ip addr add 10.1.0.{number}/24 dev eth0; echo u''p\r")
            consoles.expect(rf"\[{name}\]\S* up\r")
        consoles.send("ping -q -c 1 10.1.0.1\r")
        consoles.expect("1 packets received")
        before = dropped(system)
        session = system.open_gdb(system.remote("held"), "info threads")
        session.expect(r"\* 1 +Thread 1 \(vCPU 0\)")
        session.expect_exact("(gdb) ")
        consoles.send("ping -q -c 3 10.1.0.1\r")
        consoles.expect(" 0 packets received")
        assert dropped(system) >= before + 3
        detach(session)
        consoles.send("ping -q -c 1 10.1.0.1\r")
        consoles.expect("1 packets received")


# Shows: life.hold.
@pytest.mark.long
@pytest.mark.boards_long
def test_a_panicked_linux_that_is_held(tmp_path):
    """gdb's back trace has the same addresses as the report's."""
    with System("gdb-held", tmp_path, [linux('kumiki,on-crash = "hold";'),
                                       heartbeat("heartbeat", 2)]) as system:
        system.type_to_linux("echo c >/proc/sysrq-trigger\r", r"linux is held as it stood")
        report = re.findall(r"^  (?:pc|lr|by)  0x(\w+) (\S+)\+0x(\w+)$", system.black_box("linux"),
                            re.MULTILINE)
        walk = WALKS[1].replace("build/host/bin/kumiki gdb linux /tmp/link",
                                f"{km.KUMIKI} gdb linux {system.link}")
        text = system.gdb(f"symbol-file {symbols_of(report, tmp_path)}", *walk.splitlines())
        frames = re.findall(r"^#\d+ +0x\w+ in (\S+)", text, re.MULTILINE)
        names = [name for _, name, _ in report]
        assert frames[:10] == names[:10] and "panic" in frames
        assert re.search(r"Thread 2 \(vCPU 1\)", text)
        assert re.search(r"^=> 0x\w+ <__arm_smccc_hvc\+8>:\s", text, re.MULTILINE)
        again = system.gdb(system.remote("linux"), "continue", "detach")
        assert "SIGABRT" in again  # it doesn't go on
        assert re.search(r"linux +held", script(system.link, "list")[1])
        system.nothing_lost()


# Shows: operator.gdb-life.
@pytest.mark.boards_long
def test_a_restart_ends_the_session(tmp_path):
    """Breakpoints of one life aren't in the next one."""
    with System("gdb-restart", tmp_path, [linux(), heartbeat("heartbeat", 2)]) as system:
        system.type_to_linux("echo up $((40+2))\r", "up 42")
        # At the place where it would wait, at EL1, it calls SYSTEM_RESET instead.
        while "$1 = 0\n" in system.gdb(system.remote("linux"), "print $cpsr & 0xc", "detach"):
            continue
        text = system.gdb(system.remote("linux"), "hbreak *0xffff800008010000",
                          "break *0xffff800008010004", "set var *(int *)$pc = 0xd4000002",
                          "set $x0 = 0x84000009", "continue")
        assert "exited normally" in text
        system.tells("log linux all", r"(?s)kumiki-init: up.*kumiki-init: up.*\| / # ")
        assert re.search(r"linux +running +2 ", script(system.link, "list")[1])
        system.nothing_lost()
