"""The keeper's log: what systems print, their ends and acts, where no system reaches it; and how a change of it is found."""

import re
import resource
import subprocess
from contextlib import contextmanager

import pytest

import kumiki_machine as km
import sessions
from fake_hub import FakeHub
from test_page import Keeper, system, until

KEY = re.compile(r"kumiki-keeper: a new log\..* can't reach it: ([0-9a-f]{64})\n")


@contextmanager
def logged(link, folder):
    """`kumiki page --log`; its client and process."""
    with subprocess.Popen([*km.MORTAL, km.KUMIKI, "page", "--log", folder, link], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, restore_signals=False) as process:
        try:
            address = re.fullmatch(r"page: (http://\S+)\n", process.stdout.readline())[1]
            yield Keeper(address), process
        finally:
            process.kill()


def known(state):
    return "list" in state and state["acts"]


def logs(folder, *words, status=0):
    done = subprocess.run([km.KUMIKI, "logs", *words, folder], capture_output=True, text=True, timeout=km.HANGS)
    assert done.returncode == status, done.stdout + done.stderr
    return re.sub(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}  ", "", done.stdout, flags=re.MULTILINE)


def key_of(process, folder):
    """The key that the keeper prints when it makes a log, in a file elsewhere."""
    path = folder.with_name("key")
    path.write_text(KEY.fullmatch(process.stderr.readline())[1])
    return path


# Shows: operator.log.
@pytest.mark.talk
def test_a_machine_s_log(tmp_path):
    """Lines of consoles, an end with its reason, and an act are in the log; the systems are real ones."""
    folder = tmp_path / "log"
    with km.kumiki("logs", system("logs"), links=[tmp_path / "link"]):
        sessions.reachable(tmp_path / "link")
        with logged(tmp_path / "link", folder) as (keeper, process):
            key = key_of(process, folder)
            events = keeper.events()
            until(events, "state", known)
            keeper.act("restart", "small")
            until(events, "life", lambda life: life["name"] == "small" and life["starts"] == 2)
            with subprocess.Popen([km.KUMIKI, "logs", "--follow", "--system", "small", folder], stdout=subprocess.PIPE,
                                  text=True) as follows:
                assert any(re.search(r"console small: heartbeat: \d+ s, ", line) for line in follows.stdout)
                follows.terminate()
            process.kill()
    assert re.fullmatch(r"act small: restart by who has the key: done: .*small.*\n", logs(folder, "--kind", "act"))
    assert re.search(r"^life small: \w+, start 2; its last end: it was told to restart$", logs(folder, "--kind", "life"),
                     re.MULTILINE)
    assert logs(folder, "--verify", key).endswith(" records, each sealed and in its place\n")


# Shows: operator.log-kept.
def test_what_was_answered_is_there_after_a_kill(tmp_path):
    """The keeper is killed right after an answer, ten times."""
    folder = tmp_path / "log"
    with FakeHub(tmp_path / "link"):
        for life in range(10):
            with logged(tmp_path / "link", folder) as (keeper, process):
                if life == 0:
                    key = key_of(process, folder)
                until(keeper.events(), "state", known)
                keeper.act("restart", "linux")
                process.kill()
                process.wait()
            assert len(logs(folder, "--kind", "act").splitlines()) == life + 1
    assert logs(folder, "--verify", key) == f"{len(logs(folder).splitlines())} records, each sealed and in its place\n"


@pytest.fixture(name="log", scope="module")
def a_log(tmp_path_factory):
    """A folder with a log, and the file with its key."""
    folder = tmp_path_factory.mktemp("logs") / "log"
    with FakeHub(folder.with_name("link")) as hub, logged(folder.with_name("link"), folder) as (keeper, process):
        key = key_of(process, folder)
        until(keeper.events(), "state", known)
        hub.say(0, b"one\n\x1b[31mtwo\xff\0\nKUMIKI_SEAL=three\n\nno seal\nfour")
        hub.say(2, b"a machine's own line\n")
        keeper.act("stop", "rt")
        process.terminate()
        process.wait()
    return folder, key


def copied(log, tmp_path, change):
    """A copy of the log with another content."""
    folder, key = log
    (tmp_path / "log").write_bytes(change((folder / "log").read_bytes()))
    (tmp_path / "log.key").write_bytes((folder / "log.key").read_bytes())
    return tmp_path, key


def test_what_is_read(log):
    folder, _ = log
    assert logs(folder) == ("log: the keeper begins\nconsole linux: one\nconsole linux: \\x1b[31mtwo\\xff\\x1a\n"
                            "console linux: KUMIKI_SEAL=three\nconsole linux: no seal\nconsole: a machine's own line\n"
                            "act rt: stop by who has the key: done: stop rt: it is done\nconsole linux: four\n"
                            "log: the keeper ends\n")
    assert logs(folder, "--since", "1h", "--kind", "act").startswith("act rt: ")
    assert logs(folder, "--kind", "acts", status=2) == ""
    assert logs(folder, "--since", "2099-01-01") == ""
    assert logs(folder, "--system", "rt", "--kind", "console") == ""


def cut(text, begin, end):
    """Without the records from `begin` on, before `end`."""
    records = text.split(b"\n\n")
    return b"\n\n".join(records[:begin] + records[end:])


CHANGES = {
    "a byte": (lambda text: text.replace(b"MESSAGE=one", b"MESSAGE=two"), "record 2: its seal doesn't fit: it was changed"),
    "a time": (lambda text: text.replace(b"__REALTIME_TIMESTAMP=1", b"__REALTIME_TIMESTAMP=2", 1), "record 1: its seal "),
    "a field behind the seal": (lambda text: text.replace(b"\n\n", b"\nKUMIKI_SYSTEM=rt\n\n", 1), "record 1: its seal "),
    "text behind a NUL behind the seal": (lambda text: text.replace(b"\n\n", b"\n\0MESSAGE=two\n\n", 1), "record 1: its seal "),
    "text without a seal at the end": (lambda text: text + b"KUMIKI_KIND=act\nMESSAGE=two\n",
                                       "the log's end: text that is no whole record\n"),
    "no seal": (lambda text: re.sub(rb"KUMIKI_SEAL=[0-9a-f]{64}\n", b"", text, count=1), "record 1: its seal "),
    "one more": (lambda text: b"\n\n".join((parts := text.split(b"\n\n"))[:3] + parts[2:]),
                 "in front of record 4: a record that doesn't belong there\n"),
    "one that is made": (lambda text: text.replace(b"\n\n", b"\n\nKUMIKI_NUMBER=2\nMESSAGE=two\nKUMIKI_SEAL=0\n\n", 1),
                         "record 2: its seal doesn't fit"),
    "two of them": (lambda text: re.sub(rb"KUMIKI_KIND=console", rb"KUMIKI_KIND=act", text, count=2),
                    "records 2 to 3: their seals don't fit: it was changed"),
    "a record less": (lambda text: cut(text, 2, 3), "records 3 to 3: gone\n"),
    "the last ones": (lambda text: cut(text, 5, 9), "records 6 to 9: gone\n"),
    "the first ones": (lambda text: cut(text, 0, 2), "records 1 to 2: gone\n"),
    "all": (lambda text: b"", "records 1 to 9: gone\n"),
    "two in each other's place": (lambda text: b"\n\n".join((parts := text.split(b"\n\n"))[:1] + parts[2:0:-1] + parts[3:]),
                                  "records 2 to 2: gone\n"),
    "half a record": (lambda text: text[:-100], "records 9 to 9: gone\n"),
}


# Shows: operator.log-sealed.
@pytest.mark.parametrize("change", list(CHANGES))
def test_a_change_is_found(change, log, tmp_path):
    changed, says = CHANGES[change]
    folder, key = copied(log, tmp_path, changed)
    found = logs(folder, "--verify", key, status=1)
    assert found.startswith(says) and found.count("\n") == (2 if change in ("two in each other's place", "half a record") else 1)


# What stands in log.key, and how many records are cut off at the log's end; what is said, and complained.
KEYS = {
    "none": (None, 0, "", "log.key: has no key: records may be missing at the log's end\n"),
    "an empty log and key": ("", 9, "", "log.key: has no key: records may be missing at the log's end\n"),
    "an empty log, and another key": ("1 " + 64 * "0", 9, "log.key: this key isn't the keeper's: records may be missing", ""),
    "a number that is older": (f"6 {64 * '0'}", 4, "log.key: this key isn't the keeper's: records may be missing", ""),
    "a number that is very large": (f"{'9' * 19} {64 * '0'}", 0, f"records 10 to {'9' * 18}8: gone\n", ""),
}


# Shows: operator.log-sealed.
@pytest.mark.parametrize("name", list(KEYS))
def test_what_log_key_has_to_be(name, log, tmp_path):
    text, gone, says, complains = KEYS[name]
    folder, key = copied(log, tmp_path, lambda text: cut(text, 9 - gone, 9))
    if text is None:
        (folder / "log.key").unlink()
    else:
        (folder / "log.key").write_text(text)
    done = subprocess.run([km.KUMIKI, "logs", "--verify", key, folder], capture_output=True, text=True, timeout=km.HANGS)
    assert done.returncode == 1 and done.stdout.startswith(says) and done.stderr.endswith(complains)


# Shows: operator.log-sealed.
def test_what_a_host_has_makes_no_old_seal(log, tmp_path):
    """The key that is there after the last record fits none of the records; another log's key fits neither."""
    folder, key = copied(log, tmp_path, bytes)
    assert logs(folder, "--verify", key) == "9 records, each sealed and in its place\n"
    (tmp_path / "theirs").write_text((folder / "log.key").read_text().split()[1])
    assert logs(folder, "--verify", tmp_path / "theirs", status=1).startswith("records 1 to 9: their seals don't fit")
    (tmp_path / "none").write_text("none")
    assert logs(folder, "--verify", tmp_path / "none", status=1) == ""


def test_a_cut_or_emptied_log_goes_on_and_says_so(log, tmp_path):
    folder, key = copied(log, tmp_path, lambda text: cut(text, 5, 9) + b"__REALTIME")
    with FakeHub(tmp_path / "link"), logged(tmp_path / "link", folder) as (_, process):
        process.terminate()
        assert process.stderr.read() == "kumiki-keeper: log: records 6 to 9 are gone\n"
    assert "log: records 6 to 9 are gone\nlog: the keeper begins\n" in logs(folder)
    assert logs(folder, "--verify", key, status=1) == "records 6 to 9: gone\n"


def test_one_keeper_writes_it(log, tmp_path):
    folder, _ = copied(log, tmp_path, bytes)
    with FakeHub(tmp_path / "link"), logged(tmp_path / "link", folder):
        done = subprocess.run([km.KUMIKI, "page", "--log", folder, tmp_path / "link"], capture_output=True, text=True,
                              timeout=km.HANGS)
    assert done.returncode == 1 and "another keeper writes this log" in done.stderr


def test_a_full_disk_is_told_and_costs_its_records_alone(tmp_path):
    """The log's file may not grow for a while."""
    folder = tmp_path / "log"
    with FakeHub(tmp_path / "link"), logged(tmp_path / "link", folder) as (keeper, process):
        key = key_of(process, folder)
        until(keeper.events(), "state", known)
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, ((folder / "log").stat().st_size + 50, resource.RLIM_INFINITY))
        for act in ("stop", "start"):
            keeper.act(act, "linux")
        assert process.stderr.readline() == "kumiki-keeper: the log can't be written: No space left on device; make room\n"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        keeper.act("suspend", "linux")
        process.terminate()
        process.wait()
    said = logs(folder)
    assert "act linux: stop " not in said and "act linux: start " not in said
    assert "act linux: suspend " in said and "log: 2 records are lost: the disk took none\n" in said
    assert logs(folder, "--verify", key).endswith(" records, each sealed and in its place\n")
