"""The console of a running system: as text on the UART, and over the link with `kumiki console` and `kumiki trace`. The
guests are a Linux with a shell, and a heartbeat."""

import os
import re
import signal
import socket
import subprocess

import kumiki_machine as km
import pexpect
import pytest

import witness
from sessions import LEAVE, PROMPT, at_prompt, console, leave, linux, own_socket, reachable, system, terminal

pytestmark = pytest.mark.talk


@pytest.fixture(scope="module")
def link(tmp_path_factory):
    """A running system whose UART is a socket."""
    path = tmp_path_factory.mktemp("link") / "uart"
    with at_prompt("console-link", path, system("console-link")):
        yield path


# Shows: operator.console.
@pytest.mark.long
@pytest.mark.every_board
def test_text_mode():
    with km.kumiki("console-text", system("console-text"), mode=km.TALK) as machine:
        machine.expect(PROMPT, 60)
        machine.send("echo a$((40+2))z\r")
        machine.expect(r"^\[linux\] .*a42z$", 60)
        machine.send("printf 'x\\033[2J\\033[H[heartbeat] forged\\n'\r")
        machine.expect(r"^\[linux\] x\[heartbeat\? forged$", 30)
        machine.expect(PROMPT, 30)
        machine.send("\x1d2")
        machine.expect(r"^\[kumiki\] keys go to heartbeat", 30)
        machine.send("\x1d?")
        machine.expect(r"^\[kumiki\]   2  heartbeat  <- your keys$", 30)
        machine.send("\x1d1")
        machine.expect(r"^\[kumiki\] keys go to linux", 30)
        machine.expect(PROMPT, 30)


# Shows: hostile.console.
@pytest.mark.long
@pytest.mark.every_board
def test_lines_stay_whole():
    """Two systems print at the same time. No line is broken by another."""
    partitions = [witness.heartbeat(i, f"beat{i}") for i in range(4)]
    with km.kumiki("console-lines", km.description("console-lines", partitions)) as machine:
        for second in range(1, 6):
            machine.expect(rf"^\[beat\d\] heartbeat: {second + 1} s", 120)
        lines = machine.whole.splitlines()
    beats = [line for line in lines if " s, " in line]
    assert len(beats) >= 20
    for line in beats:
        assert re.fullmatch(r"\[beat\d\] heartbeat: \d+ s, .* worst \d+ ns", line), line


# Shows: operator.console.
@pytest.mark.every_board
def test_attached_console(link):
    with console(link) as session:
        session.expect(r"\[console\] Ctrl-\] \? for help")
        session.expect(r"\[heartbeat\].* heartbeat: \d+ s")
        session.send("echo b$((40+2))z\r")
        session.expect(r"b42z(\r\x1b\[\d+C)?\r\n")  # a late line feed comes after the prefix
        session.send("\x1d2\x1d?")
        session.expect("keys go to heartbeat")
        session.expect("Ctrl-. q: leave")
        session.send("\x1d1")
        session.expect("keys go to linux")
        session.expect(r"\[linux\]\S* / # ")
        leave(session)


# Shows: operator.console.
@pytest.mark.every_board
def test_one_partition_and_logs(link, tmp_path):
    logs = tmp_path / "logs"  # the console makes it
    with console(link, "--partition", "heartbeat", "--log", logs) as session:
        session.expect(r"\r\nheartbeat: \d+ s, .*ns\r\n")
        leave(session)
    assert "heartbeat: " in (logs / "heartbeat.log").read_text()
    assert (logs / "linux.log").exists()


# Shows: operator.link.
@pytest.mark.long
def test_a_client_that_went_amid_a_frame(tmp_path):
    """A client of a link without a hub ends amid a frame. The rest of the frame swallows the next client's first hello, and
    nothing else."""
    path = tmp_path / "uart"
    with own_socket("console-cut", path, km.description("console-cut", [witness.heartbeat(0)])):
        reachable(path)
        for cut in (b"\x1e", b"\x1e\x02", b"\x1e\x02\x00", b"\x1e\x04\x80\x00ab"):
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(str(path))
                client.sendall(cut)
            with console(path) as session:
                session.expect(r"\[console\] Ctrl-\] \? for help")
                leave(session)


@pytest.mark.long
def test_console_ends_with_the_machine(tmp_path):
    alone = km.description("console-off", [linux()])
    path = tmp_path / "uart"
    with km.kumiki("console-off", alone, links=[path]) as machine:
        reachable(path)
        with console(path) as session:
            session.expect(r"\[linux\]\S* / # ")
            session.send("poweroff -f\r")
            session.expect("the machine is off")
            session.expect(pexpect.EOF)
        machine.wait_end(30)
    assert session.exitstatus == 0


# Shows: operator.terminal.
@pytest.mark.parametrize("end", ["leave", "terminate"])
def test_terminal_is_restored(link, end):
    """A shell in the same terminal reads the terminal's settings before and after."""
    script = f"stty -g; {km.KUMIKI} console {link}; stty -g; echo done"
    with terminal("/bin/sh", ["-c", script], 60) as shell:
        before = shell.expect(r"([0-9a-f:]{40,})\r\n") == 0 and shell.match[1]
        shell.expect(r"for help")
        if end == "leave":
            shell.send(LEAVE)
        else:
            with open(f"/proc/{shell.pid}/task/{shell.pid}/children") as children:
                os.kill(int(children.read()), signal.SIGTERM)
        shell.expect(r"([0-9a-f:]{40,})\r\ndone")
        assert shell.match[1] == before


# Shows: operator.trace.
@pytest.mark.every_board
def test_trace_of_a_running_system(link, tmp_path):
    subprocess.run([km.KUMIKI, "trace", link, "-o", tmp_path / "t"], check=True, timeout=km.HANGS)
    lines = subprocess.run(["babeltrace2", tmp_path / "t" / "ctf"], check=True, timeout=60,
                           capture_output=True, text=True).stdout
    assert "cpu_id = 0" in lines and "cpu_id = 1" in lines
    assert '"heartbeat.0"' in lines and '"linux.0"' in lines
    assert "interrupt: " in lines and "inject: " in lines and "exit: " in lines


# Shows: operator.link.
@pytest.mark.parametrize("words", [["console"], ["top"], ["trace", "--latency"]], ids=lambda words: words[0])
def test_it_says_that_nobody_reads_it(words, link):
    """The reader of the program's output goes. The program ends with a message, and not by a signal."""
    with subprocess.Popen([*km.MORTAL, km.KUMIKI, *words, link], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True) as client:
        client.stdout.close()
        assert client.stderr.read().startswith(f"kumiki {words[0]}: standard output takes nothing more: ")
    assert client.returncode == 1


# Shows: operator.link.
@pytest.mark.parametrize("words", [["console", "--command", "list"], ["top", "--once"], ["trace", "--latency"]],
                         ids=lambda words: words[0])
def test_a_closed_output_is_no_link(words, link):
    """The link's socket doesn't get the file descriptor of a closed standard output."""
    result = subprocess.run(["/bin/sh", "-c", 'exec "$@" >&-', "sh", km.KUMIKI, *words, link],
                            timeout=km.HANGS, stderr=subprocess.PIPE, text=True)
    assert result.stderr.startswith(f"kumiki {words[0]}: standard output takes nothing more: ")
    assert result.returncode == 1
    answer = subprocess.run([km.KUMIKI, "console", "--command", "list", link], timeout=km.HANGS, check=True,
                            stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert "heartbeat" in answer.stdout


@pytest.mark.long
def test_print_shows_the_command():
    shown = subprocess.run([km.KUMIKI, "run", "--print", "--icount", system("console-print"), "--",
                            "-d", "a b"], check=True, timeout=60, capture_output=True, text=True)
    assert shown.stdout.startswith("qemu-system-aarch64 -M virt,virtualization=on,gic-version=3,iommu=smmuv3 ")
    assert " -smp 2 " in shown.stdout and " -kernel console-print.img " in shown.stdout
    assert shown.stdout.endswith(" -d 'a b'\n")


@pytest.mark.long
def test_no_link():
    result = subprocess.run([km.KUMIKI, "console", "/nonexistent"], timeout=60,
                            capture_output=True, text=True)
    assert result.returncode == 1
    assert "cannot open the link '/nonexistent'" in result.stderr
