"""Each system test that doesn't run on the second board has its reason in first_board.py, and the reason is true: a
test whose device is missing speaks of that device, by itself or by what it calls here.

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


@cache
def module(stem):
    """What a module of this room defines, {name: nodes}; and what it has of others, {name: (module, name or None)}."""
    own, others = {}, {}
    for node in ast.parse((ROOM / f"{stem}.py").read_text()).body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            whole = isinstance(node, ast.Import)
            for each in node.names:
                where = each.name if whole else node.module
                if (ROOM / f"{where}.py").exists():
                    others[each.asname or each.name] = (where, None if whole else each.name)
            continue
        names = [node.name] if hasattr(node, "name") else [
            each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)]
        for name in names:
            own.setdefault(name, []).append(node)
    return own, others


def reached(stem, name, seen):
    """Adds to `seen` {(module, name): its text} what is reached from there; each argument may be a fixture."""
    own, others = module(stem)
    if name in others and others[name][1]:
        reached(*others[name], seen)
    if name not in own or (stem, name) in seen or stem == "kumiki_machine":
        return
    seen[stem, name] = "\n".join(map(ast.unparse, own[name]))
    for each in (each for node in own[name] for each in ast.walk(node)):
        if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id in others:
            reached(others[each.value.id][0], each.attr, seen)
        elif isinstance(each, (ast.Name, ast.arg)):
            reached(stem, each.id if isinstance(each, ast.Name) else each.arg, seen)


def text(stem, name):
    seen = {}
    reached(stem, name, seen)
    return "\n".join(seen.values())


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


@pytest.mark.long
def test_what_isnt_run_on_every_board_has_its_reason():
    patterns = {each for missing in ON_FIRST_BOARD_ALONE for each in missing.tests.split()}
    unsaid = set(first_boards_alone()) - set(of_row(patterns))
    assert not unsaid, "the mark every_board is missing, or first_board.py doesn't say why they don't have it"
    stale = {each for each in patterns if not of_row([each])}
    assert not stale, "first_board.py names what runs on every board, or isn't there"


@pytest.mark.parametrize("missing", [each for each in ON_FIRST_BOARD_ALONE if each.speaks_of],
                         ids=lambda each: each.what.split(":")[0].replace(" ", "-"))
def test_whose_device_is_missing_speaks_of_it(missing):
    silent = {names for names in of_row(missing.tests.split())
              if not re.search(missing.speaks_of, text(*names))}
    assert not silent, f"first_board.py says that these need what they don't speak of: {missing.what}"
