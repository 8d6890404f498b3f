"""The files of `kumiki trace`, read by other people's programs: babeltrace2 for CTF, and a JSON parser. The trace comes from
a file, without a machine."""

import json
import re
import shutil
import subprocess

import pytest

import trace_sample
from kumiki_machine import KUMIKI

NAMES = ["event", "exit", "interrupt", "inject", "switch", "mail", "vcpu_on", "vcpu_off", "start",
         "stop", "fault", "hypercall", "life", "ready", "move", "miss", "exhausted", "refill",
         "priority", "core", "hold", "told", "kick", "carry"]


def convert(sample, folder, *options):
    sample.write(folder / "raw")
    with open(folder / "said", "w", encoding="utf-8") as said, open(folder / "counted", "w", encoding="utf-8") as counted:
        subprocess.run([KUMIKI, "trace", "--from", folder / "raw", "-o", folder / "out", *options],
                       check=True, timeout=60, stdout=said, stderr=counted)
    return folder / "out"


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    return convert(trace_sample.lively(), tmp_path_factory.mktemp("lively"))


@pytest.fixture(scope="module")
def every_type(tmp_path_factory):
    return convert(trace_sample.every_type(), tmp_path_factory.mktemp("types"))


@pytest.fixture(scope="module")
def scheduled(tmp_path_factory):
    return convert(trace_sample.scheduled(), tmp_path_factory.mktemp("scheduled"), "--latency")


@pytest.fixture(scope="module")
def largest(tmp_path_factory):
    return convert(trace_sample.largest(), tmp_path_factory.mktemp("largest"))


def babeltrace(folder):
    assert shutil.which("babeltrace2"), "install Debian's babeltrace2"
    return subprocess.run(["babeltrace2", "--clock-cycles", "--no-delta", folder / "ctf"],
                          check=True, timeout=60, capture_output=True, text=True).stdout.splitlines()


def events_of(sample):
    """(ticks since the first event, core, name) in the order of time, as a viewer merges them."""
    begin = min(core[0][2] for core in sample.cores if core)
    events = [(ticks - begin, number, NAMES[kind] if kind < len(NAMES) else "event")
              for number, core in enumerate(sample.cores) for kind, _, ticks, _ in core]
    return sorted(events)


# Shows: operator.trace.
def test_ctf_has_every_event_in_order(lively):
    lines = babeltrace(lively)
    seen = []
    for line in lines:
        match = re.match(r"\[(\d+)\] (\w+): { cpu_id = (\d+) }", line)
        assert match, line
        seen.append((int(match[1]), int(match[3]), match[2]))
    assert sorted(seen) == events_of(trace_sample.lively())
    assert [event[0] for event in seen] == sorted(event[0] for event in seen)


def test_ctf_fields(every_type):
    lines = babeltrace(every_type)
    assert len(lines) == 24
    text = "\n".join(lines)
    assert 'exit: { cpu_id = 0 }, { who = ( "linux.1" : container = 1 ) }, ' \
        "{ esr = 0x1, pc_low = 0x12345678 }" in text
    assert 'interrupt: { cpu_id = 0 }, { who = ( "frame" : container = 255 ) }, ' \
        "{ intid = 305419896 }" in text
    assert "{ pc = 0x612345678 }" in text
    assert "{ reason = 9, partition = 305419896 }" in text
    assert "life: { cpu_id = 0 }" in lines[11] and "{ state = 12, partition = 305419896 }" in lines[11]
    assert "{ from = 14, to = 305419896 }" in lines[13]
    assert '{ ran = 15, who_ran = ( <unknown> : container = 305419896 ) }' in lines[14]
    assert "{ ran = 69024896632 }" in lines[15] and "{ budget = 73319863928 }" in lines[16]
    assert "{ former = 18, priority = 305419896 }" in lines[17]
    assert "core: { cpu_id = 0 }" in lines[18] and "{ on = 305419896 }" in lines[18]
    assert "{ from = 20, to = 305419896 }" in lines[19]
    assert "{ what = 21, core = 305419896 }" in lines[20]
    assert "{ queue = 22, channel = 305419896 }" in lines[21]
    assert "carry: { cpu_id = 0 }" in lines[22]
    assert "{ taken = 23, delivered = 0, replayed = 0, dropped = 0, partition = 120, channel = 86, " in lines[22]
    assert "event: { cpu_id = 0 }" in lines[-1] and "type = 24, data = 0x1812345678" in lines[-1]


# Shows: operator.trace.
def test_json(lively):
    events = json.loads((lively / "trace.json").read_text())["traceEvents"]
    instants = [event for event in events if event["ph"] == "i"]
    expected = events_of(trace_sample.lively())
    assert len(instants) == len(expected)
    assert sorted((round(event["ts"] * 62.5), event["tid"], event["name"])
                  for event in instants) == expected
    for core in range(4):
        slices = [event for event in events if event["ph"] == "X" and event["tid"] == core]
        ends = [(event["ts"], event["ts"] + event["dur"]) for event in slices]
        assert ends == sorted(ends) and slices[0]["name"] in ("loader service", "linux.1")
        for before, after in zip(ends, ends[1:]):
            assert abs(before[1] - after[0]) < 0.002


def rows(folder, phase):
    """The events of this phase in trace.json."""
    return [event for event in json.loads((folder / "trace.json").read_text())["traceEvents"] if event["ph"] == phase]


def runs(folder, core):
    """{context: microseconds} for which a core ran it, or was off."""
    ran = {}
    for event in rows(folder, "X"):
        if event["tid"] == core:
            ran[event["name"]] = ran.get(event["name"], 0) + event["dur"]
    return ran


def test_json_shows_who_ran(scheduled):
    ran = runs(scheduled, 1)
    assert ran["rt.0"] == pytest.approx(19_500, abs=100)
    assert ran["linux.1"] == pytest.approx(14_000, abs=1000)


def test_json_shows_waits(scheduled):
    """Each vCPU has a track with its waits: from the moment when it was ready until it ran."""
    begun = {}
    waits = []
    for event in sorted(rows(scheduled, "b") + rows(scheduled, "e"), key=lambda event: (event["ts"], event["ph"])):
        if event["ph"] == "b":
            begun[event["id"]] = event["ts"]
        else:
            waits.append((event["name"], round(event["ts"] - begun.pop(event["id"]))))
    assert not begun
    assert waits.count(("heartbeat.0 waits", 300)) == 2 and waits.count(("heartbeat.0 waits", 3)) == 38


def test_json_has_marks_in_words(scheduled):
    told = {f'{event["args"]["context"]} {event["name"]} {event["args"]["what"]}' for event in rows(scheduled, "i")}
    assert {"linux.1 move from core 0 to core 1", "linux.1 move from core 1 to core 0",
            "rt.0 miss linux.1 had the core, for 0.700 ms", "rt.0 exhausted after 1.000 ms",
            "rt.0 refill 1.000 ms"} <= told


# Shows: operator.trace.
@pytest.mark.parametrize("sample", ["lively", "scheduled", "largest", "every_type"])
def test_the_json_counts_as_the_terminal_does(sample, request):
    folder = request.getfixturevalue(sample)
    (said,) = re.findall(r"^(\d+) events of \d+ cores: ", (folder.parent / "counted").read_text(), re.MULTILINE)
    assert len(rows(folder, "i")) == int(said)


def test_an_access_to_a_device_is_named_as_such(tmp_path):
    """It has a direction and a size. It isn't called a data abort, because the guest gets none."""
    sample = trace_sample.lively()
    esr = 0x24 << 26 | 1 << 25 | 1 << 24 | 2 << 22 | 1 << 6  # a write of four bytes
    core = sample.cores[0]
    index = next(i for i, event in enumerate(core) if event[0] == trace_sample.EXIT)
    core[index] = (*core[index][:3], esr << 32 | 0x12345678)
    events = rows(convert(sample, tmp_path), "i")
    assert "device register, writes 4 bytes, at ...12345678" in json.dumps(events)


# Shows: power.picture.
def test_json_shows_cores_that_are_off(tmp_path):
    """The trace has the times when each core was off, up to the end if it didn't come back, and the count of cores that were
    on."""
    folder = convert(trace_sample.asleep(), tmp_path)
    off = [(event["tid"], event["ts"], event["dur"]) for event in rows(folder, "X") if event["name"] == "off"]
    assert off == [(1, 10_000, 20_000), (2, 35_000, 5_000)]
    assert [(event["ts"], event["args"]["cores"]) for event in rows(folder, "C")] == \
        [(0, 3), (10_000, 2), (30_000, 3), (35_000, 2)]


def test_json_of_a_core_that_was_off_before(tmp_path):
    sample = trace_sample.Sample(2)
    sample.add(0, trace_sample.SWITCH, 0, 0)
    sample.add(1, trace_sample.CORE, trace_sample.FRAME, trace_sample.HZ // 1000, 0, 1)
    folder = convert(sample, tmp_path)
    assert [(event["ts"], event["args"]["cores"]) for event in rows(folder, "C")] == [(0, 1), (1000, 2)]


LATENCIES = [("rt.0, injected to running", 9, "100 us", "100 us", "100 us"),
             ("heartbeat.0, woken to running", 40, "2.99 us", "300 us", "300 us"),
             ("heartbeat.0, woken to interrupt injected", 40, "4 us", "301 us", "301 us")]


# Shows: operator.latencies.
def test_latencies(scheduled):
    """The latencies are those that the sample was made with."""
    said = (scheduled.parent / "said").read_text()
    heads = re.findall(r"^(\S.*): (\d+) times; least \S+ \w+, median (.*), 99 % (.*), worst (.*)$",
                       said, re.MULTILINE)
    assert [(name, int(times), *rest) for name, times, *rest in heads] == LATENCIES
    assert [int(number) for number in re.findall(r"#+ (\d+)$", said, re.MULTILINE)] == \
        [9, 38, 2, 38, 2]


def test_latencies_of_a_shared_core_are_no_period(tmp_path):
    """A wake isn't paired with the interrupt of the next period."""
    convert(trace_sample.shared(), tmp_path, "--latency")
    worst = re.findall(r"^heartbeat\.0, (.*): \d+ times; .* worst (.*)$", (tmp_path / "said").read_text(), re.MULTILINE)
    assert [(kind, time.split()[1]) for kind, time in worst] == [("woken to running", "us"), ("injected to running", "us")]


def test_no_latencies(tmp_path):
    convert(trace_sample.Sample(1), tmp_path, "--latency")
    assert (tmp_path / "said").read_text() == "no vCPU was woken or interrupted in this trace\n"


def test_core_without_events(every_type):
    assert not (every_type / "ctf" / "core1").exists()
    assert all(event["tid"] == 0 for event in rows(every_type, "i"))


@pytest.mark.parametrize("cut", [0, 7, 20, 300, 1000])
def test_damaged_file_is_refused(tmp_path, cut):
    trace_sample.every_type().write(tmp_path / "raw")
    data = (tmp_path / "raw").read_bytes()
    (tmp_path / "raw").write_bytes(data[:min(cut, len(data) - 1)])
    result = subprocess.run([KUMIKI, "trace", "--from", tmp_path / "raw", "-o", tmp_path / "out"],
                            timeout=60, capture_output=True, text=True)
    assert result.returncode == 1
    assert "is no trace that 'kumiki trace --raw' saved" in result.stderr


def test_files_appear_whole(tmp_path):
    """A second trace leaves no core of the first one. One that can't be written leaves what is there, and nothing half-made."""
    def there():
        return {path.name: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()}

    convert(trace_sample.largest(), tmp_path)
    convert(trace_sample.lively(), tmp_path)
    before = there()
    assert set(before) == {"trace.json", "metadata", "core0", "core1", "core2", "core3"}
    trace_sample.largest().write(tmp_path / "raw")
    done = subprocess.run(["sh", "-c", 'ulimit -f 8; exec "$@"', "-", KUMIKI, "trace", "--from", tmp_path / "raw", "-o",
                           tmp_path / "out"], check=False, timeout=60, capture_output=True, text=True)
    assert done.returncode == 1 and "can't be written" in done.stderr
    assert there() == before
