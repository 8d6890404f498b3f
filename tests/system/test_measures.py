"""What `make coverage` and `make misra` count."""

import re
import subprocess
import sys

import kumiki_machine as km
import pytest

sys.path.append(str(km.TOP / "tests/unit"))
import coverage  # noqa: E402


def told(path, *lines):
    """What gcov tells of an object: (number, count, counts of branches) of each line."""
    return {"files": [{"file": path, "lines": [
        {"line_number": number, "count": count, "branches": [{"count": each} for each in branches]}
        for number, count, branches in lines]}]}


def test_a_source_in_two_objects_counts_once():
    """A line or branch is run if one of both runs it. Headers and tests don't count."""
    found = coverage.taken([told("./lib/a.c", (1, 5, [0, 5]), (2, 0, []), (3, 0, [])), told("lib/a.c", (1, 1, [1, 0]), (2, 7, [])),
                            told("./lib/include/lib/a.h", (1, 1, [])), told("tests/unit/lib/test_a.c", (1, 1, []))])
    assert found == {"lib/a.c": ({1: True, 2: True, 3: False}, {(1, 0): True, (1, 1): True})}
    assert coverage.rows(found) == [("lib", 1, 3, 2, 2, 2), ("all", 1, 3, 2, 2, 2)]


def test_the_inner_folder_is_the_room():
    assert [coverage.room_of(path) for path in ("rtos/kernel/a.c", "rtos/libc/a.c", "frame/service/x/a.c", "bench/a.c")] == [
        "RTOS: kernel", "RTOS: the rest", "services", None]


def test_deviations_are_counted_by_rule(tmp_path):
    """Rule 15.6 wants braces, 17.8 that a parameter stays. A header's deviation counts once."""
    (tmp_path / "a.h").write_text("static inline int less(int a)\n{\n\tif (a > 0)\n\t\ta = 0;\n\treturn a;\n}\n")
    sources = [tmp_path / name for name in ("a.c", "b.c")]
    for source in sources:
        source.write_text('#include "a.h"\nint f(int a);\nint f(int a)\n{\n\tif (a > 1)\n\t\ta = less(a);\n\treturn a;\n}\n')
    (tmp_path / "list").write_text("".join(f"{source} gcc -I{tmp_path}\n" for source in sources))
    subprocess.run([km.TOP / "tools/check/misra.sh", tmp_path / "list", tmp_path / "out", *sources], check=True, timeout=km.HANGS)
    assert (tmp_path / "out/rules").read_text() == "15.6 2\n17.8 3\n"
    assert f"{tmp_path}/a.h:4 17.8\n" in (tmp_path / "out/deviations").read_text()


@pytest.mark.parametrize("cppcheck, word", [
    (None, "misra: not read: "), ("#!/bin/sh\necho no such addon\nexit 1\n", "misra: cppcheck fails on ")],
    ids=["unread", "failed"])
def test_deviations_that_arent_found_are_no_count(tmp_path, cppcheck, word):
    """Neither of a source that cppcheck can't read, nor if cppcheck itself fails."""
    (tmp_path / "a.c").write_text("int f(int a) {\n" if cppcheck is None else "int a;\n")
    (tmp_path / "list").write_text(f"{tmp_path}/a.c gcc\n")
    if cppcheck:
        (tmp_path / "cppcheck").write_text(cppcheck)
        (tmp_path / "cppcheck").chmod(0o755)
    done = subprocess.run([km.TOP / "tools/check/misra.sh", tmp_path / "list", tmp_path / "out", tmp_path / "a.c"], check=False,
                          capture_output=True, text=True, timeout=km.HANGS, env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert done.returncode != 0 and word in done.stderr and not done.stdout
    assert not (tmp_path / "out/rules").exists()


def test_the_page_of_deviations_is_of_all_sources():
    done = subprocess.run(["make", "-n", "misra", "ONLY=lib", "PAGE=1"], cwd=km.TOP, check=False, capture_output=True, text=True,
                          timeout=km.HANGS)
    assert done.returncode != 0 and "leave out ONLY" in done.stderr


def misra_page(folder, rules):
    """What tools/check/misra_page.sh makes of these counts."""
    (folder / "rules").write_text(rules)
    return subprocess.run([km.TOP / "tools/check/misra_page.sh", folder / "rules"], check=False, capture_output=True, text=True,
                          timeout=km.HANGS)


def test_the_page_of_deviations_has_a_reason_for_each_rule(tmp_path):
    made = misra_page(tmp_path, "2.5 7\n15.5 30\n")
    assert made.returncode == 0
    assert re.search(r"^\| 2\.5 \| 7 \| \w.+ \|\n\| 15\.5 \| 30 \| \w.+ \|\n\| all \| 37 \| \|\n$", made.stdout, re.MULTILINE)
    made = misra_page(tmp_path, "2.5 7\n99.9 1\n")
    assert made.returncode != 0 and "says nothing of rule 99.9" in made.stderr
