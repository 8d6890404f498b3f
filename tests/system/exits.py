"""Interruptions of a running real-time system (guests/realtime). QEMU logs when a core comes to one of a few instructions:
the frame's entries, and the system's own interrupt entry. Used by test_storms.py."""

import re
import subprocess
import threading

import kumiki_machine as km
import realtime

FRAME = km.BUILD / f"frame/{km.BOARD}.elf"
ENTRY = 0x40080000  # of a guest whose memory is "as 0x40000000"
CAME = re.compile(r"Trace (\d+): \S+ \[[0-9a-f]+/([0-9a-f]+)/")
# QEMU told of it too early: this core's time is over before it, and it is told of again.
NOT_YET = re.compile(r"Stopped execution of TB chain before \S+ \[([0-9a-f]+)\]")


def _symbols(elf):
    out = subprocess.run(["aarch64-linux-gnu-nm", elf], check=True, text=True, capture_output=True).stdout
    return {words[2]: int(words[0], 16) for words in map(str.split, out.splitlines()) if len(words) == 3}


def _marks():
    """{address: letter}. S and I: a trap and an interrupt from below EL2. V: the real-time system's own interrupt. B and E:
    a load begins, and ends."""
    frame, guest = _symbols(FRAME), _symbols(realtime.GUEST.with_suffix(".elf"))
    return {frame["vectors"] + 0x400: "S", frame["vectors"] + 0x480: "I",
            ENTRY + guest["realtime_vectors"] + 0x280: "V",
            ENTRY + guest["realtime_begins"]: "B", ENTRY + guest["realtime_ends"]: "E"}


def _letters(lines, marks, core, loads):
    """The letters of that core's log until so many loads are over, and until the end of one before them."""
    found, last, ends = [], None, 0
    for line in lines:
        if came := CAME.match(line):
            last = came[2] if int(came[1]) == core else None
            if last and (letter := marks.get(int(last, 16))):
                found.append(letter)
                ends += letter == "E"
        elif (stopped := NOT_YET.match(line)) and stopped[1] == last:
            found.pop()
            last = None
        if ends > loads:
            break
    return "".join(found)


def of_phases(name, system, loads, core, seconds):
    """{load: letters}, for the loads of the system's Linux."""
    marks = _marks()
    log = ["-d", "exec", "-dfilter", ",".join(f"{address:#x}+4" for address in marks)]
    command = km.command_of(system, km.TESTS / f"{name}.img", log)
    with open(km.LOGS / f"{name}.log", "wb") as said, \
            subprocess.Popen([*km.MORTAL, *command], stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.PIPE,
                             text=True) as process:
        late = threading.Timer(seconds, process.kill)
        late.start()
        try:
            letters = _letters(process.stderr, marks, core, len(loads))
        finally:
            late.cancel()
            process.kill()
    found = re.findall("B([^BE]*)E", letters)
    assert len(found) == len(loads), f"{len(found)} of {len(loads)} loads within {seconds} s; {letters[-500:]}"
    return dict(zip(loads, found))
