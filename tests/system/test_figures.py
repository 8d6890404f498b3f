"""docs/figures.md is what bench/page.py makes of the figures of record; goals hold there, and every row that the page needs is there."""

import json
import re
import sys

import kumiki_machine as km
import pytest

sys.path.insert(0, str(km.TOP / "bench"))
import page  # noqa: E402

FIGURES = page.record()


def test_page_is_made_of_the_record():
    assert page.PAGE.read_text(encoding="utf-8") == page.page(FIGURES), "make docs"
    assert page.CHART.read_text(encoding="utf-8") == page.chart(FIGURES), "make docs"


@pytest.mark.parametrize("name, which, bound", page.goals())
def test_goal_holds(name, which, bound):
    assert page.number_of(FIGURES, name, which) <= bound


def test_what_isnt_met_is_told():
    worse = {**FIGURES, "trap.hypercall": {**FIGURES["trap.hypercall"], "median": 121}}
    assert page.missed(worse) == [("trap.hypercall", 121, 110)]


def test_peers_are_measured_here():
    assert set(page.peers()) <= set(FIGURES)


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_figure_has_one_place(name):
    places = [heading for heading, names, _ in page.SECTIONS if re.match(names, name)]
    assert bool(places) != bool(page.is_load(name)) and len(places) <= 1, f"bench/page.py: SECTIONS: {places}"


def test_a_part_of_a_bench_leaves_the_rest(tmp_path, monkeypatch):
    """What the part hasn't measured stays, and is marked as an earlier build's."""
    monkeypatch.setattr(page, "RECORD", tmp_path / "record.json")
    page.RECORD.write_text(json.dumps({"figures": [{"name": "one", "value": 1}, {"name": "two", "value": 2}]}))
    (tmp_path / "bench.json").write_text(json.dumps({"figures": [{"name": "two", "value": 3, "histogram": {}}]}))
    page.take(tmp_path / "bench.json")
    assert page.record() == {"one": {"name": "one", "value": 1, "earlier": True}, "two": {"name": "two", "value": 3}}
