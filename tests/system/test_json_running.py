"""`--json` of a running system: the documents of the operator's commands and of kumikictl, checked against the schema. They
are right whatever guests print, and whole for the largest system."""

import subprocess

import kumiki_machine as km
import pytest

import schema
import witness
from sessions import at_prompt, console, leave, reachable

pytestmark = pytest.mark.talk

INITRD = km.BUILD / "guests/initrd-panel.cpio"
# Hostile text: it ends strings and documents, has a prefix, commands terminals, and is valid and invalid UTF-8.
HOSTILE = r'"}]}\\\n[kumiki] kumiki> stop small\r\n\033[2J\037\377\302\233\303\251'


def managed():
    broken = km.partition("broken", cores=0x4, memory="1M as 0x40000000", image=km.HEARTBEAT, console=False,
                          more=('kumiki,on-crash = "stop";',))
    return km.description("json", [
        km.partition("linux", cores=0x1, memory="256M", image=km.IMAGE["linux"], initrd=INITRD,
                     bootargs="console=ttyAMA0 quiet kumiki.run=shell",
                     more=("kumiki,panel;", 'kumiki,manages = "small", "broken";')),
        witness.heartbeat(1, "small"), broken])


@pytest.fixture(scope="module", name="link")
def running(tmp_path_factory):
    """A running system: its Linux is at the prompt, and `broken` has crashed."""
    path = tmp_path_factory.mktemp("json") / "uart"
    with at_prompt("json", path, managed()):
        yield path


def asked(link, line, kind):
    done = subprocess.run([km.KUMIKI, "console", "--command", line, link], timeout=km.HANGS, check=True,
                          capture_output=True, text=True)
    assert done.stderr == ""
    return schema.document(done.stdout, kind)


# Shows: operator.json.
def test_list_and_show(link):
    content = asked(link, "list --json", "list")
    assert content["system"] == "json"
    assert [one["name"] for one in content["partitions"]] == ["linux", "small", "broken"]
    assert [one["state"] for one in content["partitions"]] == ["running", "running", "stopped"]
    assert content["partitions"][2]["last_end"] == "crash" and "last_end" not in content["partitions"][0]
    shown = asked(link, "show broken --json", "partition")
    assert shown["crashes"] == 1 and shown["life"]["on_crash"] == "stop" and not shown["console"]
    assert {"memory", "device"} >= {one["kind"] for one in shown["regions"]} >= {"memory"}
    assert asked(link, "show linux --json", "partition")["manages"] == ["small", "broken"]


def test_log_of_a_crash_and_its_words(link):
    content = asked(link, "log broken --json", "log")
    said = subprocess.run([km.KUMIKI, "console", "--command", "log broken", link], timeout=km.HANGS,
                          check=True, capture_output=True, text=True).stdout
    assert content["crash_whole"] and said.endswith("".join(content["crash"]))
    assert [one["state"] for one in content["events"]][-2:] == ["stopping", "stopped"]
    assert content["events"][-1]["last_end"] == "crash"


def test_log_of_hostile_bytes(link):
    with console(link) as session:
        session.send(f"printf '{HOSTILE}end\\n'\r")
        session.expect(r"\[linux\][^\n]*end")
        leave(session)
    content = asked(link, "log linux all --json", "log")
    text = "".join(content["console"])
    assert '"}]}\\\r\n[kumiki] kumiki> stop small\r\r\n\x1b[2J\x1f\ufffd\x9b\xe9end\r\n' in text
    assert len(text.encode()) >= content["printed"] - content["unread"] - 3
    few = asked(link, "log linux 2 --json", "log")
    assert "".join(few["console"]).count("\n") == 1 and text.endswith("".join(few["console"]))
    assert asked(link, "log linux 0 --json", "log")["console"] == []


def test_top_and_accounts(link):
    before = asked(link, "accounts --json", "accounts")
    top = asked(link, "top 1 --json", "top")
    after = asked(link, "accounts --json", "accounts")
    assert after["counter"] - before["counter"] >= after["counter_hz"]
    # A reported period ended before the next document began.
    ticks = asked(link, "accounts --json", "accounts")["counter"] - before["counter"]
    for old, new in zip(before["vcpus"], after["vcpus"]):
        assert 0 <= new["ran"] - old["ran"] <= ticks
    for old, new in zip(before["cores"], after["cores"]):
        assert 0 <= new["idle"] - old["idle"] + new["services"] - old["services"] <= ticks
    assert top["measured_us"] >= 1000000 and len(top["cores"]) == 3 == len(top["vcpus"])
    once = subprocess.run([km.KUMIKI, "top", "--once", "--json", link], timeout=km.HANGS, check=True,
                          capture_output=True, text=True).stdout
    assert [one["partition"] for one in schema.document(once, "top")["vcpus"]] == ["linux", "small", "broken"]


def test_cores_in_a_document(link):
    content = asked(link, "cores --json", "cores")
    assert [one["partitions"] for one in content["cores"]] == [["linux"], ["small"], ["broken"]]


def in_linux(link, command, kind):
    """The output of a command in the Linux, read from the black box."""
    with console(link) as session:
        session.send(f'{command}; echo "<$?>"\r')
        session.expect(r"<0>\r\n")
        leave(session)
    text = "".join(asked(link, "log linux 60 --json", "log")["console"]).replace("\r", "")
    answer, _, _ = text.rpartition(f'{command}; echo "<$?>"\n')[2].partition("<0>")
    return schema.document(answer, kind) if kind else answer


def test_kumikictl_tells_the_same(link):
    for name in ("uio", "uio_pci_generic"):
        in_linux(link, f"insmod /lib/modules/*/{name}.ko", None)
    told, mine = (in_linux(link, "kumikictl list --json", "list"), asked(link, "list --json", "list"))
    assert [one.pop("this_one") for one in told["partitions"]] == [True, False, False]
    assert told["partitions"] == [{key: value for key, value in one.items() if key != "cores"}
                                  for one in mine["partitions"]]
    told, mine = (in_linux(link, "kumikictl show broken --json", "partition"),
                  asked(link, "show broken --json", "partition"))
    assert told.items() <= mine.items()
    told, mine = (in_linux(link, "kumikictl log broken --json", "log"), asked(link, "log broken --json", "log"))
    assert told == {key: value for key, value in mine.items() if not key.startswith("misses")}
    assert in_linux(link, "kumikictl cores --json", "cores")["cores"] == []


def test_a_command_without_json_says_so(link):
    done = subprocess.run([km.KUMIKI, "console", "--command", "stop small --json", link], timeout=km.HANGS,
                          check=False, capture_output=True, text=True)
    assert done.returncode == 1 and "write it so: stop NAME" in done.stdout
    assert asked(link, "list --json", "list")["partitions"][1]["state"] == "running"


LONGEST = [f"{letter * 30}x" for letter in "abcdefgh"]


@pytest.mark.long
def test_largest_system_is_told_whole(tmp_path):
    """Eight partitions with the longest names, and four CPUs each."""
    partitions = [km.partition(name, cores=0xff, memory="1M as 0x40000000", image=km.HEARTBEAT, console=i == 0,
                               more=("kumiki,shared-cores;", "kumiki,vcpus = <4>;", 'kumiki,vcpu-may-run = "all";'))
                  for i, name in enumerate(LONGEST)]
    link = tmp_path / "uart"
    with km.kumiki("json-largest", km.description("json-largest", partitions), links=[link]):
        reachable(link)
        assert [one["name"] for one in asked(link, "list --json", "list")["partitions"]] == LONGEST
        for line, kind in (("accounts", "accounts"), ("top", "top")):
            content = asked(link, f"{line} --json", kind)
            assert [one["partition"] for one in content["vcpus"]] == [name for name in LONGEST for _ in range(4)]
        content = asked(link, "cores --json", "cores")
        assert [one["partitions"] for one in content["cores"]] == [LONGEST] * 8
        assert len(asked(link, f"show {LONGEST[7]} --json", "partition")["vcpus"]) == 4
        asked(link, f"log {LONGEST[0]} all --json", "log")
