"""The RTOS's RAM file system: a client checks each byte while the server is restarted at any moment, and reads and writes
have a bounded cost. One image, on the bare machine and as a partition (tests/rtos/files)."""

import re

import kumiki_machine as km
import pytest
from link_frames import crc32c
from test_guests import judge
from test_rtos_servers import WAYS_OF_PARTITION

IMAGE, PLAIN = km.RTOS / "files.img", km.RTOS / "files-plain.img"
DESK = km.BUILD / "rtos/desk.img"
# With counted instructions, time runs ahead while nobody types: only the year of the answers is known.
BASE = ["-rtc", "base=2030-01-02T03:04:05,clock=vm"]
TEXT = b"one two\nthree\n"
WELCOME = (km.TOP / "systems/rtos/welcome.txt").read_bytes()
# The output of Debian's banner, a program from a file, for an I.
BANNER = (r" *#\*# *", *5 * (r" *# *",), " *### *", " *")
# Instructions.
MOST = {"file.read.4k.sums": 2_600, "file.write.4k.sums": 2_750, "file.restart": 200_000, "file.remove.wait": 15_000}
MOST_PLAIN = {"file.read.4k": 1_200, "file.write.4k": 1_258}


def follow(machine, record_guest):
    judge(machine, record_guest, 120)
    machine.expect("judge exited with 0", 10)
    return {name: int(value) for name, value in re.findall(r"FIGURE (\S+) (\d+)", machine.text)}


# Shows: rtos.files.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), km.WAYS_TURNS)
def test_bare(mode, cpus, record_guest):
    with km.bare(f"rtos-files-bare-{mode}-{cpus}", IMAGE, cpus=cpus, mode=km.MODES[mode]) as machine:
        figures = follow(machine, record_guest)
    if mode == "icount":
        assert all(0 < figures[name] <= most for name, most in MOST.items()), figures


@pytest.mark.long
def test_files_without_sums(record_guest):
    """The client runs with kumiki,no-sums."""
    with km.bare("rtos-files-plain", PLAIN, mode=km.ICOUNT) as machine:
        figures = follow(machine, record_guest)
    assert all(0 < figures[name] <= most for name, most in MOST_PLAIN.items()), figures


# Shows: rtos.files.
@pytest.mark.long
@pytest.mark.every_board
@pytest.mark.parametrize(("mode", "cpus"), WAYS_OF_PARTITION)
def test_partition(mode, cpus, record_guest):
    name = f"rtos-files-partition-{mode}-{cpus}"
    system = km.rtos_description(name, IMAGE, min(cpus, km.CORES))
    with km.kumiki(name, system, mode=km.TALKS[mode]) as machine:
        follow(machine, record_guest)


def obey(machine, command, *answers):
    """Types a command, and waits for these lines and for the next prompt."""
    machine.send(command + "\r")
    machine.expect(r"\r?\n(?:\[rtos\] )?".join((re.escape(command), *answers, "")), 10)
    machine.expect(r"\$ ", 10)


def follow_desk(machine):
    """Tries each command for files, and the log. Kept data is there after a server's restart."""
    machine.expect(r"\$ ", 20)
    obey(machine, "mkdir /notes")
    obey(machine, "write /notes/a one two")
    obey(machine, "restart ramfs")
    obey(machine, "write /notes/a three")
    obey(machine, "cat /notes/a", "one two", "three")
    obey(machine, "cp /notes/a /b")
    obey(machine, "cp /b b", "they are the same file")
    obey(machine, "sum b", f"0x{crc32c(TEXT):x}")
    obey(machine, "mv b /notes/c")
    obey(machine, "restart ramfs")
    obey(machine, "ls", "notes/")
    obey(machine, "ls notes", "a  14", "c  14")
    obey(machine, "rm notes", "notes: the directory isn't empty")
    obey(machine, "rm notes/a")
    obey(machine, "cat notes/a", "notes/a: there is no such file")
    obey(machine, "log a first line")
    obey(machine, "restart log")
    obey(machine, "log another one")
    obey(machine, "log", r"\[\d+\.\d{3}\] shell: a first line", r"\[\d+\.\d{3}\] shell: another one")
    machine.send("stop log\r")
    machine.expect("log is stopped", 10)
    machine.send("\r")
    machine.expect(r"\$ ", 10)
    obey(machine, "log", "the log doesn't answer")
    obey(machine, "log nobody hears it", "the log doesn't answer")
    obey(machine, "start log")
    obey(machine, "stop console", "you type on that program; 'restart' gives it a new process")
    obey(machine, "ls /boot", "bin/", "welcome.txt  69")
    obey(machine, "restart bootfs")
    obey(machine, "cp /boot/welcome.txt /w")
    obey(machine, "sum w", f"0x{crc32c(WELCOME):x}")
    obey(machine, "sum /boot/welcome.txt", f"0x{crc32c(WELCOME):x}")
    obey(machine, "cat /boot/bin", "/boot/bin: that is a directory")
    obey(machine, "rm /boot/welcome.txt", "/boot/welcome.txt: nobody can change that")
    obey(machine, "cp w /boot/v", "/boot/v: nobody can change that")
    obey(machine, "mv w /boot/w", "that is another file system; 'cp' copies")
    obey(machine, "run w", "w: that is no program for AArch64")
    obey(machine, "rm w")
    obey(machine, "run /boot/bin/banner I", *BANNER)
    obey(machine, "cp /boot/bin/banner b")
    obey(machine, "restart loader")
    obey(machine, "run b I", *BANNER)
    obey(machine, "run nothing", "nothing: there is no such file")
    obey(machine, "rm b")
    obey(machine, "top x", r"how many seconds\?")
    machine.send("top\r")
    machine.expect(r"PROGRAM +CPU % +USED KiB +OF KiB +THREADS +HANDLES\r?\n", 10)
    machine.expect(r"shell +\d+\.\d +\d+ +\d+ +1 +\d+\r?\n", 10)
    machine.expect(r"\$ ", 10)
    obey(machine, "kill job")
    obey(machine, "kill supervisor", "the manifest doesn't let the shell manage that program")
    machine.send("kill log\r")
    machine.expect("log was killed", 10)
    machine.send("\r")
    machine.expect(r"\$ ", 10)
    obey(machine, "df", r"\d+ KiB of 1024 KiB are free, and \d+ of 128 inodes")
    obey(machine, "date", r"2030-\d\d-\d\d \d\d:\d\d:\d\d UTC")
    obey(machine, "date 2026-11-31 17:42:05", "a day is 2026-11-21, a time 17:42:05")
    obey(machine, "date 2106-11-21 17:42:05", "the clock ends in February 2106")
    obey(machine, "date 2040-01-02 03:04:05")
    obey(machine, "restart clock")
    obey(machine, "date", r"2040-\d\d-\d\d \d\d:\d\d:\d\d UTC")


# Shows: rtos.log.
@pytest.mark.long
def test_shell_bare():
    with km.bare("rtos-desk-bare", DESK, memory="8M", extra=BASE) as machine:
        follow_desk(machine)


# Shows: rtos.log.
@pytest.mark.long
def test_shell_partition():
    system = km.rtos_description("rtos-desk", DESK, memory="8M")
    with km.kumiki("rtos-desk-partition", system, extra=BASE) as machine:
        follow_desk(machine)
