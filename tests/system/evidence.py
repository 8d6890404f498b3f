"""docs/proof/evidence.md: what Kumiki promises, and the tests that show it. tests/promises.txt has the promises. A test names
the promises that it shows in a mark, `Shows: id, id.`. The mark of a whole file stands in the file's first comment. The
mark of one test stands in a comment before its function, and that of a figure in bench/ before its name. Used by
test_docs.py. As a program, it writes the page anew (`make docs`)."""

import collections
import re
import subprocess
import textwrap

import kumiki_machine as km

PAGE = km.TOP / "docs/proof/evidence.md"
PROMISES = km.TOP / "tests/promises.txt"
WIDTH = 118
ID = r"[a-z][a-z-]*\.[a-z0-9-]+"
BETWEEN = r"[\s#*/]*"
MARK = re.compile(rf"\bShows:{BETWEEN}({ID}(?:,{BETWEEN}{ID})*)\.(?=\s|\*/|\")")
ANY_MARK = re.compile(r"\bShows: ")
SOURCES = (".py", ".c", ".h", ".S", ".sh", ".dts")
NO_SOURCES = ("tests/system/evidence.py", "tests/system/test_docs.py")
# A file's first comment, and the names that may follow a mark.
HEADS = {".py": re.compile(r'"""(.|\n)*?"""'), ".sh": re.compile(r"(#.*\n)+")}
HEAD_OF_C = re.compile(r"/\*(.|\n)*?\*/")
NAMES = {".py": re.compile(r"^ *def (\w+)\(", re.MULTILINE), ".sh": re.compile(r"^(\w+)\(\)", re.MULTILINE)}
NAME_OF_C = re.compile(r"^(?:TEST(?:_WITH)?\((\w+)|(?:static |const )*\w+ \*?(\w+)\([^;]*$)", re.MULTILINE)
NAME_OF_FIGURE = re.compile(r'"name": "(\w+)"|"([a-z][a-z0-9]*(?:\.[\w{}]+)+)"')
# Tests that `make test` leaves out.
LONG = re.compile(r"^@pytest\.mark\.long\b.*\n(?:@.*\n)*def (\w+)\(", re.MULTILINE)

HEAD = """\
<!-- Made by `make docs` from tests/promises.txt and the marks in the tests. Change those. -->
# Evidence

This page is for engineers who have to judge whether Kumiki keeps a promise. It lists each promise with the
tests that show it. What is not promised stands in [limits.md](limits.md), who is trusted in
[threat-model.md](threat-model.md).

- Tests in `tests/system` run a whole machine in QEMU: `make system TESTS="-k NAME"`.
- Tests in `tests/unit` run one part of Kumiki on the host: `make unit`.
- Sources in `tests/guest` and `tests/rtos` are programs that run inside the machine and judge themselves.
- Figures come from `make bench`. [figures.md](figures.md) has their values and goals.
- `make test` runs all tests but those marked *long*; `make test-long` runs the long ones.

A line without a test's name means the whole file. [The end](#promises-without-a-test-on-a-machine) lists the promises
that no test on a machine shows.
"""

ALONE = """\
## Promises without a test on a machine

Tests on the host alone show these promises, or figures that `make bench` measures in QEMU. No test of `make test` runs
a whole machine for them.

| promise | shown by |
|---|---|
"""
# Where tests lie that run in a machine, and what they are that don't.
ON_A_MACHINE = ("tests/system/", "tests/guest/", "tests/rtos/", "tests/modules/")
ELSEWHERE = {"tests/unit/": "unit tests", "tests/fuzz/": "a fuzzer", "bench/": "figures"}


def promises():
    """{section: (heading, {id: sentence})}, of tests/promises.txt. A promise is a line; its further lines are indented. A
    name without a dot begins a section."""
    text = re.sub(r"\n +", " ", PROMISES.read_text(encoding="utf-8"))
    found = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        name, sentence = line.split(": ", 1)
        section, _, rest = name.partition(".")
        if not rest:
            assert name not in found, f"{PROMISES.name}: two sections {name}"
            found[name] = (sentence, {})
            continue
        assert re.fullmatch(ID, name), f"{PROMISES.name}: {name} is no name of a promise"
        assert section in found, f"{PROMISES.name}: {name} stands before its section"
        assert name not in found[section][1], f"{PROMISES.name}: two promises {name}"
        found[section][1][name] = sentence
    return found


def shown_by(path, text, place):
    """The name that follows the mark at this place; "" is the whole file."""
    kind = path[path.rindex("."):]
    head = HEADS.get(kind, HEAD_OF_C).search(text)
    if head and place < head.end():
        return ""
    of_figures = path.startswith("bench/") and kind == ".py"
    name = (NAME_OF_FIGURE if of_figures else NAMES.get(kind, NAME_OF_C)).search(text, place)
    assert name, f"{path}: a mark stands before no test: {text[place:].splitlines()[0]}"
    return re.sub(r"\{\w+\}", "…", name[name.lastindex])


def marks_of(path, text):
    """(id, name of the test or figure, whether it is long) of each mark in a file."""
    marks = list(MARK.finditer(text))
    lines = [text.count("\n", 0, each.start()) + 1 for each in ANY_MARK.finditer(text)]
    assert len(marks) == len(lines), f"{path}: a mark (lines {lines}) isn't of the form `Shows: id, id.`"
    long = set(LONG.findall(text))
    for mark in marks:
        name = shown_by(path, text, mark.start())
        for promise in re.findall(ID, mark[1]):
            yield promise, name, name in long


def marks():
    """{id: {file: [test, …]}}"""
    listed = subprocess.run(["tools/check/files.sh"], cwd=km.TOP, check=True, capture_output=True, text=True,
                            timeout=60).stdout.splitlines()
    listed = [path for path in listed if path.startswith(("tests/", "bench/"))]
    found = collections.defaultdict(lambda: collections.defaultdict(list))
    for path in sorted(set(listed) - set(NO_SOURCES)):
        if not path.endswith(SOURCES) or not (km.TOP / path).exists():
            continue
        for promise, name, is_long in marks_of(path, (km.TOP / path).read_text(encoding="utf-8")):
            if name:
                found[promise][path].append(f"`{name}`" + (" (*long*)" if is_long else ""))
            else:
                found[promise][path]  # pylint: disable=pointless-statement # it is there now, and empty
    return found


def wrapped(text, first, rest):
    return textwrap.fill(text, WIDTH, initial_indent=first, subsequent_indent=rest, break_long_words=False,
                         break_on_hyphens=False)


def lines_of(promise, sentence, tests):
    yield wrapped(f"`{promise}`: {sentence}", "- ", "  ")
    figures = [name for path, names in tests.items() if path.startswith("bench/") for name in names]
    for path, names in tests.items():
        if not path.startswith("bench/"):
            yield wrapped(f"`{path}`" + (": " if names else "") + ", ".join(names), "  - ", "    ")
    if figures:
        yield wrapped(("figure " if len(figures) == 1 else "figures ") + ", ".join(figures), "  - ", "    ")


def alone(shown):
    """(promise, what shows it) of those that no test on a machine shows."""
    for _, of_section in promises().values():
        for promise in of_section:
            paths = tuple(shown.get(promise, {}))
            if not any(path.startswith(ON_A_MACHINE) for path in paths):
                yield promise, [what for folder, what in ELSEWHERE.items() if any(path.startswith(folder) for path in paths)]


def page():
    """The text that docs/proof/evidence.md should have."""
    lines, shown = [HEAD], marks()
    for heading, of_section in promises().values():
        lines += [f"## {heading}", ""]
        for promise, sentence in of_section.items():
            lines += lines_of(promise, sentence, shown.get(promise, {}))
        lines.append("")
    rows = [f"| `{promise}` | {', '.join(kinds)} |" for promise, kinds in alone(shown)]
    return "\n".join(lines) + "\n" + ALONE + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
