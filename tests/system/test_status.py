"""The exit statuses of the host command are those of its manual page."""

import re
import subprocess

import kumiki_machine as km
import pytest

from sessions import console, leave, reachable

pytestmark = pytest.mark.talk

ONE = km.TOP / "systems/one.dts"
BAD = km.TOP / "tests/descriptions/bad/mistakes.dts"
MANUAL = (km.BUILD / "host/share/man/man1/kumiki.1").read_text(encoding="utf-8").replace("\\-", "-")
STATUSES = re.search(r"^\.Sh EXIT STATUS\n(.*?)^\.Sh", MANUAL, re.MULTILINE | re.DOTALL)[1]

# {command: (arguments with which it succeeds, arguments with which it fails)}. LINK is a running system's link.
WORDS = {
    "check": ([ONE], [BAD]), "draw": ([ONE], [BAD]), "pack": ([ONE, "-o", "OUT"], [BAD, "-o", "OUT"]),
    "show": (["IMAGE"], ["DAMAGED"]), "run": (["--print", ONE], ["--print", BAD]),
    "console": (["--command", "list", "LINK"], ["--command", "start nobody", "LINK"]),
    "gdb": (["one", "LINK"], ["nobody", "LINK"]), "top": (["--once", "LINK"], ["--once", "NONE"]),
    "trace": (["-o", "OUT", "LINK"], ["-o", "OUT", "NONE"]), "board": (["TREE"], [ONE]),
    "rtos": (["check", "-I", km.BUILD / "rtos", km.TOP / "systems/rtos/shell.dts"], ["check", BAD]),
    "facts": (["-o", "OUT", km.BUILD / "debian/linux/Image"], ["-o", "OUT", ONE]),
    "modules": (["-o", "OUT", km.BUILD / "debian/linux/Image", km.BUILD / "debian/linux/modules/uio.ko"],
                ["-o", "OUT", km.BUILD / "debian/linux/Image", BAD]),
    "rules": (["check", "-o", "OUT", km.TOP / "systems/rules/tasks.rules", km.BUILD / "debian/linux/Image"],
              ["check", BAD, km.BUILD / "debian/linux/Image"]),
    "fs": (["make", "--size", "1M", "OUT"], ["check", ONE]), "reference": ([], None),
    # test_hub.py and test_gateway.py show the success of these.
    "gatelog": (None, ["--key", ONE, BAD]),
    # test_update.py shows a successful update, with its key and image.
    "update": (None, ["--payload", "-o", "OUT", "DAMAGED"]),
    # test_page.py shows the success of this.
    "page": (None, ["NONE"]),
    "doctor": (["-o", "OUT", "qemu-virt"], ["-o", "OUT", BAD]),
    # test_logs.py shows the success of this.
    "logs": (None, ["NONE"]),
    # test_page_users.py shows the success of this.
    "user": (None, ["list", "NONE"]),
    # test_remote.py shows the success of this.
    "remote": (None, ["--user", "anna", "127.0.0.1:1", "list"]),
    # test_mqtt.py shows the success of this.
    "fleet": (None, ["sign", "NONE", "node", "stop", "linux"]),
    "hub": (None, ["--at", "/proc/no-socket-can-be-here", "LINK"]),
}


def ends(*words):
    return subprocess.run([km.KUMIKI, *map(str, words)], stdin=subprocess.DEVNULL, timeout=km.HANGS,
                          check=False, capture_output=True)


def told(command):
    """The command's statuses in the manual."""
    for names, text in re.findall(r"^\.It Cm (.*)\n((?:(?!\.It|\.El).*\n)*)", STATUSES, re.MULTILINE):
        if command in re.split(r"[ ,]+", names):
            return set(map(int, re.findall(r"(?<!\w)([012])(?=:)", text)))
    raise AssertionError(f"the manual has no exit status of {command}")


@pytest.fixture(name="places", scope="module")
def made(tmp_path_factory):
    """{word in capitals: its value}. A system runs meanwhile."""
    folder = tmp_path_factory.mktemp("status")
    places = {name: folder / name.lower() for name in ("IMAGE", "DAMAGED", "LINK", "NONE", "TREE")}
    name = "exit-status"
    path = km.description(name, [km.partition("one", cores=0x1, memory="1M as 0x40000000", image=km.HEARTBEAT)])
    assert ends("pack", path, "-o", places["IMAGE"]).returncode == 0
    whole = places["IMAGE"].read_bytes()
    places["DAMAGED"].write_bytes(whole[:0x3000] + bytes([whole[0x3000] ^ 1]) + whole[0x3001:])
    subprocess.run(["qemu-system-aarch64", "-M", f"virt,virtualization=on,gic-version=3,dumpdtb={places['TREE']}",
                    "-cpu", "cortex-a57", "-nic", "none", "-nographic"], check=True, timeout=60, capture_output=True)
    with km.kumiki(name, path, links=[places["LINK"]]):
        reachable(places["LINK"])
        yield places


def filled(words, places, out):
    return [places.get(word, out if word == "OUT" else word) for word in words]


def test_each_command_is_in_the_manual_and_shown():
    commands = re.findall(r"^  ([a-z]+) ", ends("--help").stdout.decode(), re.MULTILINE)
    assert commands and set(commands) == set(WORDS)
    for command in commands:
        assert told(command) == ({0} if command == "reference" else {0, 1}), command
    assert "ends with 2 if it was called wrongly" in STATUSES


# Shows: releases.statuses.
@pytest.mark.parametrize("command", WORDS)
def test_it_ends_as_the_manual_says(command, places, tmp_path):
    good, bad = WORDS[command]
    if good is not None:
        assert ends(command, *filled(good, places, tmp_path / "out")).returncode == 0
    if bad:
        result = ends(command, *filled(bad, places, tmp_path / "out"))
        assert result.returncode == 1 and result.stdout + result.stderr
    assert ends(command, "--no-such-option").returncode == 2


# Shows: releases.statuses.
@pytest.mark.parametrize("words, told_of", [
    (["rtos", "chekc", "x"], "there is no 'chekc'; did you mean 'check'?"), (["fs", "chekc"], "did you mean 'check'?"),
    (["rules", "tets", "x"], "did you mean 'test'?"), (["user", "ad"], "did you mean 'add'?"),
    (["rtos", "other"], "there is no 'other'\n"), (["check", "-I", ONE], "is no folder; write: -I FOLDER ")])
def test_a_command_called_wrongly_says_what_was_meant(words, told_of):
    result = ends(*words)
    assert result.returncode == 2 and told_of in result.stderr.decode()


def test_a_folder_that_isnt_there_is_told():
    result = ends("check", "-I", "/proc/no-folder", ONE)
    assert result.returncode == 0 and b"-I: there is no folder '/proc/no-folder'" in result.stderr


# Shows: releases.statuses.
@pytest.mark.parametrize("at", ["", ":look"])
def test_a_hubs_socket_has_a_name(at, places):
    result = ends("hub", "--at", at, places["LINK"])
    assert result.returncode == 2 and b"a socket has a name" in result.stderr


# Shows: releases.statuses.
def test_leaving_the_console_is_a_success(places):
    with console(places["LINK"]) as session:
        session.expect(r"heartbeat: \d+ s")
        leave(session)
    assert ends("console", places["NONE"]).returncode == 1
    assert b"kumiki console" in ends("console").stderr and ends("console").returncode == 2
