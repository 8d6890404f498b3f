"""The tool behind `make mutants`: its changes of a source's lines, and lists of changes, which also fit a tree with moved
lines."""

import sys

import kumiki_machine as km
import pytest

sys.path.append(str(km.TOP / "tests/unit"))
import mutants  # noqa: E402

BODY = """/* if (a == b) */
static const int table[] = {1, 2};

int sum(int a, int b)
{
%s
	return a;
}
"""
RETURNS = {"return 0;", "return 1;"}


@pytest.mark.parametrize("line, changes", [
    ("a = b;", {"(void)0;"}),
    ("if (a < b)", {"if (a <= b)", "if (!(a < b))"}),
    ("if (a && b) {", {"if (a || b) {", "if (!(a && b)) {"}),
    ("while (a != 0x1fu)", {"while (a == 0x1fu)", "while (a != 0x20u)", "while (!(a != 0x1fu))"}),
    ("a += b; /* as b == 1 */", {"a -= b;", "(void)0;"}),
    ("return a + b;", {"return a - b;"} | RETURNS),
    ("return 0;", {"return 1;"}),
    ("const int c = a - b;", {"const int c = a + b;"}),
    ('say("a == b");', {"(void)0;"}),
    ("int c[2];", set()),
    ("assert(a == b);", set()),
    ("#define LESS (a < b)", set()),
    ("// a == b", set()),
])
def test_changes_of_a_line(line, changes):
    found = mutants.lines_of("sum.c", BODY % ("\t" + line))
    assert {change for its in found if its.number == 6 for change in its.changes} == changes
    assert {(its.function, its.number) for its in found} <= {("sum", 6), ("sum", 7)}


def test_a_list_is_played_again_where_its_lines_are():
    old = {"file": "sum.c", "function": "sum", "text": "a = b;", "nth": 1, "number": 7, "after": "(void)0;",
           "outcome": "killed", "by": "sum"}
    lines = mutants.lines_of("moved.c", "\n" + BODY % "\ta = b;\n\tb++;\n\ta = b;")
    again, gone = mutants.played_again(lines, [old, dict(old, nth=2)])
    assert (again["file"], again["number"], again["outcome"], again["was"]) == ("moved.c", 9, None, "killed")
    assert (gone["number"], gone["outcome"]) == (7, "gone")
