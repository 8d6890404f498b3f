"""What `kumiki trace` writes, read by programs that others wrote: babeltrace2 for CTF, a JSON and
an XML parser, and rsvg for the picture. No machine: the trace comes from a file."""

import json
import re
import shutil
import subprocess
import xml.etree.ElementTree

import pytest

import trace_sample
from kumiki_machine import KUMIKI, TOP

SVG = "{http://www.w3.org/2000/svg}"
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
    """(ticks since the first, core, name) in the order of time, as a viewer merges them."""
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


# Shows: operator.trace.
def test_svg_shows_each_lane(lively):
    root = xml.etree.ElementTree.parse(lively / "trace.svg").getroot()
    texts = [text.text for text in root.iter(SVG + "text")]
    sample = trace_sample.lively()
    begin = max(core[0][2] for core in sample.cores)  # where all rings do
    for number, core in enumerate(sample.cores):
        assert f"core {number}" in texts
        exits = sum(1 for event in core if event[0] == trace_sample.EXIT and event[2] >= begin)
        assert f"{exits} exits" in texts
    assert any(text.startswith("demo: ") for text in texts)
    assert "nobody" in texts and "frame" not in texts  # a core that has nothing to run
    titles = [title.text for title in root.iter(SVG + "title")]
    assert any("stop rt: reset" in title for title in titles)
    assert any("fault rt.0 data abort" in title for title in titles)
    for rectangle in root.iter(SVG + "rect"):
        if rectangle.get("x"):
            assert 0 <= float(rectangle.get("x")) <= 1600


def bands(root, core):
    """(title, x, width, height) of what a core ran, in the order of the picture."""
    top = 116 + core * (20 + 30 + 14 + 4 * 22 + 26) + 20
    return [(title.text, *(float(rectangle.get(name)) for name in ("x", "width", "height")))
            for rectangle in root.iter(SVG + "rect") for title in rectangle.iter(SVG + "title")
            if rectangle.get("y") and float(rectangle.get("y")) == top]


def test_svg_shows_who_ran(scheduled):
    """Wide stretches by name, crowded ones by shares; waits, moves, misses and budgets."""
    root = xml.etree.ElementTree.parse(scheduled / "trace.svg").getroot()
    titles = [title.text for title in root.iter(SVG + "title")]
    ran = {}
    for title, _, width, height in bands(root, 1):
        assert height == 30
        ran[title] = ran.get(title, 0) + width
    whole = 1420
    assert ran["rt.0"] / whole == pytest.approx(19.5 / 40, abs=0.03)
    assert ran["linux.1"] / whole == pytest.approx(14 / 40, abs=0.03)
    assert any(re.fullmatch(r"linux\.1 \d+ %, rt\.0 \d+ %", title) for title in titles)
    assert "heartbeat.0 woke, and waited 300 us" in titles
    assert "linux.1 moves from core 0 to core 1 in 30 us" in titles
    assert "linux.1 moves from core 1 to core 0 in 90 us" in titles
    assert "rt.0 missed its deadline: linux.1 had the core, for 0.700 ms" in titles
    assert "rt.0 exhausted after 1.000 ms" in titles and "rt.0 refill 1.000 ms" in titles
    texts = [text.text for text in root.iter(SVG + "text")]
    for words in ("missed deadline", "budget used up", "budget full again",
                  "a vCPU moves to another core"):
        assert texts.count(words) == 1


def test_svg_shows_who_ran_shortly(tmp_path):
    """2 us of each millisecond, less than a pixel: a tenth of the band's height nevertheless."""
    sample, us = trace_sample.Sample(1), trace_sample.HZ // 1_000_000 + 0.5
    for beat in range(100):
        sample.add(0, trace_sample.SWITCH, 2, int(1000 * beat * us))
        sample.add(0, trace_sample.SWITCH, 1, int((1000 * beat + 2) * us))
    root = xml.etree.ElementTree.parse(convert(sample, tmp_path) / "trace.svg").getroot()
    shares = [group for group in root.iter(SVG + "g") for title in group.findall(SVG + "title") if "rt.0" in title.text]
    assert len(shares) == 100
    for group in shares:
        heights = [float(rectangle.get("height")) for rectangle in group.iter(SVG + "rect")]
        assert sum(heights) == pytest.approx(30, abs=0.1) and min(heights) == pytest.approx(2.8, abs=0.2)


def test_svg_says_where_a_ring_ends_before_others(tmp_path):
    sample = trace_sample.Sample(2)
    for beat in range(100):
        sample.add(0, trace_sample.SWITCH, beat % 2, 100_000 * beat)
        sample.add(1, trace_sample.SWITCH, 2 + beat % 2, 40_000 * beat)
    root = xml.etree.ElementTree.parse(convert(sample, tmp_path) / "trace.svg").getroot()
    texts = [text for text in root.iter(SVG + "text") if text.text.startswith("no further events")]
    assert [float(text.get("x")) for text in texts] == pytest.approx([150 + 1420 * 0.4 + 6], abs=2)


def test_svg_has_words_over_lines(scheduled):
    picture = (scheduled / "trace.svg").read_text()
    assert picture.index('class="over"') > max(picture.rindex(f'class="{what}"') for what in ("fault", "move"))


def labels(picture):
    """{y: [(left, right)]} of the words beside flags and in the legend, in letters that are wider than most."""
    lines = {}
    for text in xml.etree.ElementTree.fromstring(picture).iter(SVG + "text"):
        kind = text.get("class", "")
        if kind == "legend" or kind.startswith("over"):
            x, width = float(text.get("x")), (7.5 if kind == "legend" else 6.6) * len(text.text)
            left = x - width if "right" in kind else x
            lines.setdefault(text.get("y"), []).append((left, left + width))
    return lines


@pytest.mark.parametrize("sample", ["lively", "scheduled", "largest"])
def test_svg_words_overlap_nothing(sample, request):
    """Neither one another nor the picture's edge."""
    picture = (request.getfixturevalue(sample) / "trace.svg").read_text()
    assert len(labels(picture)) > 1
    for line in labels(picture).values():
        line.sort()
        assert all(before[1] <= after[0] for before, after in zip(line, line[1:]))
        assert line[0][0] >= 0 and line[-1][1] <= 1600


def test_a_legend_of_several_rows_covers_nothing(largest):
    """What stands below it moves down with it, and the picture is as much higher."""
    root = xml.etree.ElementTree.parse(largest / "trace.svg").getroot()
    rows = {float(text.get("y")) for text in root.iter(SVG + "text") if text.get("class") == "legend"}
    (below,) = [group for group in root.findall(SVG + "g") if group.get("transform")]
    down = float(re.fullmatch(r"translate\(0 (\d+)\)", below.get("transform"))[1])
    assert len(rows) > 2 and down == max(rows) - 58
    first = min(float(text.get("y")) for text in below.iter(SVG + "text"))
    assert first - 11 + down >= max(rows)
    lowest = max(float(text.get("y")) for text in below.iter(SVG + "text"))
    assert lowest + down < float(root.get("height"))


# Shows: operator.trace.
@pytest.mark.parametrize("sample", ["lively", "scheduled", "largest", "every_type"])
def test_the_picture_counts_as_the_terminal_does(sample, request):
    folder = request.getfixturevalue(sample)
    (said,) = re.findall(r"^(\d+) events of \d+ cores: ", (folder.parent / "counted").read_text(), re.MULTILINE)
    (title,) = re.findall(r">demo: (\d+) events on .*?<", (folder / "trace.svg").read_text())
    whole = re.findall(r"\(of (\d+) in the trace\)<", (folder / "trace.svg").read_text())
    events = json.loads((folder / "trace.json").read_text())["traceEvents"]
    assert said == (whole or [title])[0] and int(title) <= int(said)
    assert len([event for event in events if event["ph"] == "i"]) == int(said)


def test_an_access_to_a_device_is_told_as_such(tmp_path):
    """Not as a data abort, which the guest doesn't get: with direction and size, in the JSON as in the picture."""
    sample = trace_sample.lively()
    esr = 0x24 << 26 | 1 << 25 | 1 << 24 | 2 << 22 | 1 << 6  # a write of four bytes
    core = sample.cores[0]
    index = next(i for i, event in enumerate(core) if event[0] == trace_sample.EXIT)
    core[index] = (*core[index][:3], esr << 32 | 0x12345678)
    events = json.loads((convert(sample, tmp_path) / "trace.json").read_text())["traceEvents"]
    assert "device register, writes 4 bytes, at ...12345678" in json.dumps(events)


def test_svg_of_the_end(tmp_path):
    """The last milliseconds: up to where the first of the busy rings ends."""
    folder = convert(trace_sample.scheduled(), tmp_path, "--last", "5")
    texts = [text.text for text in
             xml.etree.ElementTree.parse(folder / "trace.svg").getroot().iter(SVG + "text")]
    counts = [match for text in texts
              if (match := re.fullmatch(r"demo: (\d+) events on 2 cores in 5 ms \(of (\d+) in the trace\)", text))]
    whole = sum(len(core) for core in trace_sample.scheduled().cores)
    assert len(counts) == 1 and int(counts[0][1]) < int(counts[0][2]) == whole
    assert "5 exits" in texts and "1 exits" in texts


# Shows: power.picture.
@pytest.mark.parametrize("last, stretches, average", [
    (None, {1: (10, 20), 2: (35, 5)}, 2.375), ("20", {1: (0, 10), 2: (15, 5)}, 2.25)])
def test_svg_shows_cores_that_are_off(tmp_path, last, stretches, average):
    """Hatched from when to when, up to the end for one that didn't come back, which ends no picture; and how
    many were on."""
    folder = convert(trace_sample.asleep(), tmp_path, *(("--last", last) if last else ()))
    root = xml.etree.ElementTree.parse(folder / "trace.svg").getroot()
    whole = 40 if last is None else int(last)
    for core, (since, ms) in stretches.items():
        (title, x, width, _), = [band for band in bands(root, core) if " is off, for " in band[0]]
        assert title == f"core {core} is off, for {20 if core == 1 else 5} ms"
        assert (x - 150, width) == pytest.approx((1420 * since / whole, 1420 * ms / whole), abs=0.2)
    assert not any("is off" in title for title, *_ in bands(root, 0))
    texts = [text.text for text in root.iter(SVG + "text")]
    assert f"{average:.2f} on average" in texts and "3 cores on" in texts and texts.count("the core is off") == 1
    plot, = [path.get("d") for path in root.iter(SVG + "path") if path.get("id") == "cores-on"]
    heights = [float(y) for y in re.findall(r"V([\d.]+)", plot)]
    zero = heights[-1]
    assert [round((zero - y) / 20) for y in heights] == [3, 2, 3, 2, 0]


def test_the_documents_picture_is_of_a_loaded_second(tmp_path):
    """Of two cores, with moves both ways, and with deadlines missed because of somebody else; as it is drawn today."""
    again = ["--from", "docs/loaded.trace", "--last", "1000", "-o"]
    subprocess.run([KUMIKI, "trace", *again, tmp_path], cwd=TOP, check=True, timeout=60, capture_output=True)
    assert (tmp_path / "trace.svg").read_bytes() == (TOP / "docs/loaded.svg").read_bytes(), \
        f"if it is meant: kumiki trace {' '.join(again)} FOLDER, and copy FOLDER/trace.svg"
    root = xml.etree.ElementTree.parse(TOP / "docs/loaded.svg").getroot()
    assert any(re.fullmatch(r"loaded: \d+ events on 2 cores in 1 s .*", text.text) for text in root.iter(SVG + "text"))
    titles = "\n".join(title.text for title in root.iter(SVG + "title"))
    for way in ("core 0 to core 1", "core 1 to core 0"):
        assert len(re.findall(rf"^linux\.\d moves from {way} in ", titles, re.MULTILINE)) > 10
    assert len(re.findall(r"^drive\.0 missed its deadline: control\.0 had the core", titles, re.MULTILINE)) == 2


def test_svg_without_cores_that_are_off(scheduled):
    assert 'id="cores-on"' not in (scheduled / "trace.svg").read_text()


LATENCIES = [("rt.0, injected to running", 9, "100 us", "100 us", "100 us"),
             ("heartbeat.0, woken to running", 40, "2.99 us", "300 us", "300 us"),
             ("heartbeat.0, woken to interrupt injected", 40, "4 us", "301 us", "301 us")]


# Shows: operator.latencies.
def test_latencies(scheduled):
    """In words and as a picture: what the sample was made with."""
    said = (scheduled.parent / "said").read_text()
    heads = re.findall(r"^(\S.*): (\d+) times; least \S+ \w+, median (.*), 99 % (.*), worst (.*)$",
                       said, re.MULTILINE)
    assert [(name, int(times), *rest) for name, times, *rest in heads] == LATENCIES
    assert [int(number) for number in re.findall(r"#+ (\d+)$", said, re.MULTILINE)] == \
        [9, 38, 2, 38, 2]
    root = xml.etree.ElementTree.parse(scheduled / "latency.svg").getroot()
    texts = [text.text for text in root.iter(SVG + "text")]
    titles = [title.text for title in root.iter(SVG + "title")]
    for name, times, median, most, worst in LATENCIES:
        assert name in texts
        assert f"{times} times; median {median}, 99 % {most}, worst {worst}" in texts
        assert f"worst {worst}" in titles
    assert sum(int(title.split()[0]) for title in titles if " from " in title) == 89


def test_no_latencies(tmp_path):
    folder = convert(trace_sample.Sample(1), tmp_path, "--latency")
    assert (tmp_path / "said").read_text() == "no vCPU was woken or interrupted in this trace\n"
    assert "no vCPU was woken or interrupted" in (folder / "latency.svg").read_text()


@pytest.mark.parametrize("picture", ["trace", "latency"])
def test_svg_renders(scheduled, picture, tmp_path):
    assert shutil.which("rsvg-convert"), "install Debian's librsvg2-bin"
    subprocess.run(["rsvg-convert", "-o", tmp_path / "out.png", scheduled / f"{picture}.svg"],
                   check=True, timeout=60)
    assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")


def test_core_without_events(every_type):
    assert not (every_type / "ctf" / "core1").exists()
    assert "no events" in (every_type / "trace.svg").read_text()


@pytest.mark.parametrize("cut", [0, 7, 20, 300, 1000])
def test_damaged_file_is_refused(tmp_path, cut):
    trace_sample.every_type().write(tmp_path / "raw")
    data = (tmp_path / "raw").read_bytes()
    (tmp_path / "raw").write_bytes(data[:min(cut, len(data) - 1)])
    result = subprocess.run([KUMIKI, "trace", "--from", tmp_path / "raw", "-o", tmp_path / "out"],
                            timeout=60, capture_output=True, text=True)
    assert result.returncode == 1
    assert "is no trace that 'kumiki trace --raw' saved" in result.stderr
