"""bench/page.py makes docs/proof/figures.md from the figures of record. The goals hold there, and no row is missing."""

import json
import re
import sys

import kumiki_machine as km
import pytest

sys.path.insert(0, str(km.TOP / "bench"))
import page  # noqa: E402
import paths  # noqa: E402
import peers  # noqa: E402

FIGURES, BUILD = page.record()


def test_page_is_made_of_the_record():
    assert page.PAGE.read_text(encoding="utf-8") == page.page(FIGURES, BUILD), "make docs"
    assert page.CHART.read_text(encoding="utf-8") == page.chart(FIGURES), "make docs"


@pytest.mark.parametrize("name, which, bound", page.goals())
def test_goal_holds(name, which, bound):
    assert page.number_of(FIGURES, name, which) <= bound


def test_a_missed_goal_is_reported():
    worse = {**FIGURES, "trap.hypercall": {**FIGURES["trap.hypercall"], "median": 121}}
    assert page.missed(worse) == [("trap.hypercall", 121, 110)]


def test_peers_are_measured_here():
    assert set(page.peers()) <= set(FIGURES)


def test_a_path_is_taken_apart():
    """Two instructions in one line of code, and one in another page; two lines of data in one page, and a device."""
    kind_of = {0x1000: "other", 0x1004: "registers", 0x3000: "other"}
    touched = [0x8000, 0x8008, 0x8040, paths.DEVICES.start]
    hot = paths.CROSSING + 3 * paths.INSTRUCTION + paths.REGISTER + paths.DEVICE
    assert paths.cost((0x1000, 0x1004, 0x3000), touched, kind_of) == {
        "instructions": 3, "lines": 2, "data": 2, "pages": 2, "data_pages": 2, "devices": 1, "registers": 1, "barriers": 0,
        "tlb": 0, "hot": hot, "cold": hot + 4 * paths.MISS + 4 * paths.WALK}


@pytest.mark.parametrize("operands, at", [
    ("ldr x0, [x1]", 0x1000), ("ldp x0, x2, [sp, #-16]!", 0x7ff0), ("str w0, [x1], #8", 0x1000), ("ldr x0, [x1, x2]", 0x1010),
    ("ldr x0, [x1, x2, lsl #3]", 0x1080), ("ldrb w0, [x1, w2, uxtw]", 0x1010), ("ldr x0, [x1, w3, sxtw #2]", 0xffc)])
def test_addresses_are_found(operands, at):
    assert paths.address(operands, {"x1": 0x1000, "x2": 0x10, "x3": 0xffffffff, "sp": 0x8000}) == at


def test_the_path_is_the_one_that_a_figure_counts():
    """Of those as long as the figure, or up to three instructions shorter, the one that is gone most often."""
    gone = {(1, 2): 1000, (1, 2, 3): 200, (1, 2, 4): 300, (1, 2, 3, 4, 5, 6): 1000}
    assert paths.path_of({"median": 5}, gone) == (1, 2)
    assert paths.path_of({"median": 5}, {path: times for path, times in gone.items() if len(path) > 2}) == (1, 2, 4)
    with pytest.raises(SystemExit):
        paths.path_of({"median": 5}, {(1, 2, 3): 5})


def test_a_measured_peer_gets_its_rows():
    """Rows of others, and figures that weren't measured, stay."""
    rows = "one  Bao  1\none  Xen  2\ntwo  Xen  3, with words\nthree  Xen  4\n"
    assert peers.rows_with(rows, {"one": {"median": 7}, "two": {"median": 8}}) == rows.replace("Xen  2", "Xen  7")


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_figure_has_one_place(name):
    places = [heading for heading, names, _ in page.SECTIONS if re.match(names, name)]
    assert len(places) == 1, f"bench/page.py: SECTIONS: {places}"


@pytest.fixture(name="taken")
def fixture_taken(tmp_path, monkeypatch):
    """Two figures of record, of which a later build measured the second one."""
    monkeypatch.setattr(page, "RECORD", tmp_path / "record.json")
    one, two = ({"name": name, "value": 1, "build": "a"} for name in ("one", "two"))
    page.RECORD.write_text(json.dumps({"build": "a", "figures": [one, two]}))
    later = {**two, "value": 3, "build": "b"}
    (tmp_path / "bench.json").write_text(json.dumps({"build": "b", "figures": [{**later, "ways": []}]}))
    page.take(tmp_path / "bench.json")
    return one, later


def test_a_part_of_a_bench_leaves_the_rest(taken):
    """Figures that the part didn't measure stay, and are marked as an earlier build's."""
    one, later = taken
    assert page.record() == ({"one": one, "two": later}, "b")
    assert page.others_than("b", page.record()[0]) == ["one"]


def paths_of(build, folder, monkeypatch):
    """Has the page take the paths for those of a build."""
    rows = page.path_record()[0]
    monkeypatch.setattr(page, "PATHS", folder / "paths.json")
    page.PATHS.write_text(json.dumps({"build": build, "paths": rows}))
    return rows


def test_a_row_of_another_build_is_marked(tmp_path, monkeypatch):
    paths_of("b", tmp_path, monkeypatch)
    first = next(iter(FIGURES))
    mixed = {name: {**figure, "build": "a" if name == first else "b"} for name, figure in FIGURES.items()}
    assert [line for line in page.page(mixed, "b").splitlines() if line.startswith("|") and "†" in line] == [
        page.say_row(mixed[first], page.goals(), page.peers(), "b")]
    assert "†" not in page.page(mixed | {first: {**mixed[first], "build": "b"}}, "b")


@pytest.mark.parametrize("build", ["a", "b"])
def test_paths_of_another_build_are_marked(build, tmp_path, monkeypatch):
    """They are one more figure: their rows are marked, the page says so, and a release isn't made of them."""
    rows = paths_of(build, tmp_path, monkeypatch)
    same = {name: {**figure, "build": "b"} for name, figure in FIGURES.items()}
    made = page.page(same, "b")
    assert len(re.findall(r"^\| `.* † \|", made, re.MULTILINE)) == (len(rows) if build == "a" else 0)
    assert ("All figures are of one build: `b`." in made) == (build == "b")
    assert page.refused("b", page.with_paths(same, build), "1.0.0") == (["make bench-paths"] if build == "a" else [])


def test_a_release_has_one_build(taken):
    assert not page.refused(BUILD, FIGURES)
    assert page.refused("b", {each["name"]: each for each in taken}, "1.0.0") == ["one"]
    assert not page.refused("b", {each["name"]: each for each in taken}, "1.0.0-dev")
