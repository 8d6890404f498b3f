"""docs/figures.md is what bench/page.py makes of the figures of record; goals hold there, and every row that the page needs is there."""

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


@pytest.mark.parametrize("name", sorted(page.goals()))
def test_goal_holds(name):
    which, bound = page.goals()[name]
    assert page.number_of(FIGURES, name, which) <= bound


def test_what_isnt_met_is_told():
    worse = {**FIGURES, "trap.hypercall": {**FIGURES["trap.hypercall"], "median": 121}}
    assert page.missed(worse) == [("trap.hypercall", 121, 120)]


def test_peers_are_measured_here():
    assert set(page.peers()) <= set(FIGURES)


@pytest.mark.parametrize("name", sorted(FIGURES))
def test_figure_has_one_place(name):
    places = [heading for heading, names, _ in page.SECTIONS if re.match(names, name)]
    assert bool(places) != bool(page.is_load(name)) and len(places) <= 1, f"bench/page.py: SECTIONS: {places}"
