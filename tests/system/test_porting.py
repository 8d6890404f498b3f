"""Each system test that doesn't run on the second board has its reason in first_board.py.

Shows: boards.reasons.
"""

import ast
import fnmatch
import re
from functools import cache

import kumiki_machine
import pytest
from first_board import ON_FIRST_BOARD_ALONE

ROOM = kumiki_machine.TOP / "tests/system"


def marked(node):
    return any(re.search("every_board|boards_long", ast.unparse(mark)) for mark in node.decorator_list)


@cache
def first_boards_alone():
    """(file, test) of the system tests without the marks every_board and boards_long."""
    found = []
    for path in sorted(ROOM.glob("test_*.py")):
        body = ast.parse(path.read_text()).body
        if any(re.match("pytestmark = .*(every_board|boards_long)", ast.unparse(node)) for node in body):
            continue
        for node in body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not marked(node):
                found.append((path.stem, node.name))
    return found


def of_row(patterns):
    return [names for names in first_boards_alone()
            if any(fnmatch.fnmatch(name, each) for name in names for each in patterns)]


def test_what_isnt_run_on_every_board_has_its_reason():
    patterns = {each for missing in ON_FIRST_BOARD_ALONE for each in missing.tests.split()}
    unsaid = set(first_boards_alone()) - set(of_row(patterns))
    assert not unsaid, "the mark every_board is missing, or first_board.py doesn't say why they don't have it"
    stale = {each for each in patterns if not of_row([each])}
    assert not stale, "first_board.py names what runs on every board, or isn't there"
