"""The pages: every link leads somewhere, every page can be reached, and what a page names (files,
targets of make, subcommands) is there; a page can be read in one sitting; and each promise of
docs/proof/evidence.md has a test that shows it."""

import json
import re
import subprocess

import evidence
import kumiki_machine as km
import pytest

TRACKED = subprocess.run(["tools/check/files.sh"], cwd=km.TOP, check=True, capture_output=True, text=True,
                         timeout=60).stdout.splitlines()
PAGES = sorted(name for name in TRACKED if name.endswith(".md"))
SOURCES = sorted(name for name in TRACKED if name.endswith((".c", ".h", ".S", ".py", ".sh", ".mk")))
ROOMS = {name.split("/")[0] for name in TRACKED if "/" in name}
START = "README.md"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
INDENTED = re.compile(r"(?<=\n\n)(?: {4}.*\n|\n(?= {4}))+")  # an example that is indented, not fenced


def text(page):
    return (km.TOP / page).read_text(encoding="utf-8")


def prose(page):
    return FENCE.sub("", text(page))


def anchors(page):
    """The names that GitHub and others give to headings."""
    heads = re.findall(r"^#+ +(.*)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def links(page):
    """(link as written, file of the checkout, anchor or None) of each link that stays here."""
    for link in LINK.findall(prose(page)):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (km.TOP / page).parent / path if path else km.TOP / page
        yield link, target.resolve(), anchor or None


def commands(page):
    """(program, first word, rest) of each `make` and `kumiki` command in a page's code."""
    blocks = FENCE.findall(text(page)) + re.findall(r"^    .*$", text(page), re.MULTILINE)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    for code in CODE.findall(prose(page)) + lines:
        match = re.match(r"\s*(?:build/host/bin/)?(make|kumiki) +([a-z][a-z-]*)\b(.*)", code)
        if match:
            yield match.groups()


def asked(*words):
    """The output of the host's command."""
    return subprocess.run([km.KUMIKI, *words], check=True, capture_output=True, text=True,
                          timeout=20).stdout


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for link, target, anchor in links(page):
        assert target.exists(), f"{page}: {link} leads nowhere"
        if anchor:
            assert anchor in anchors(target.relative_to(km.TOP)), f"{page}: no heading {link}"


def test_every_page_can_be_reached():
    reached, ways = set(), [START]
    while ways:
        page = ways.pop()
        if page in reached:
            continue
        reached.add(page)
        ways += [str(target.relative_to(km.TOP)) for _, target, _ in links(page)
                 if target.suffix == ".md" and target.exists()]
    lost = {page for page in PAGES if page.startswith("docs/")} - reached
    assert not lost, f"no link leads to {sorted(lost)}: add one to docs/README.md"


def test_a_packages_pages_are_whole(tmp_path):
    """The package has the pages of users and of those who must trust it, and each link in them leads to another one."""
    subprocess.run(["tools/release/pages.sh", "kumiki", tmp_path], cwd=km.TOP, check=True, timeout=km.HANGS)
    there = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.md")}
    assert there == {page for page in PAGES if page.startswith("docs/") and not page.startswith("docs/inside/")} | {
        "README.md", "SECURITY.md", "CHANGELOG.md"}
    wrong = [(page, link) for page in there for link, target, _ in links(tmp_path / page)
             if not (target.exists() and target.is_relative_to(tmp_path))]
    assert not wrong
    made = [(page, line) for page in there for line in text(tmp_path / page).splitlines() if "build/host/bin/kumiki " in line]
    assert not made, "the package's `kumiki` is in the search path"
    assert "`kumiki` is `build/host/bin/kumiki`" in text(tmp_path / "docs/nothing-happens.md")
    mended = text(tmp_path / "docs/proof/failures.md")
    assert "[limits.md](limits.md)" in mended and "\nledger, memory that outlives" in mended and "(why)" not in mended


@pytest.mark.parametrize("page", PAGES)
def test_files_that_a_page_names(page):
    """Files named in code: paths that begin with a room's name. Patterns and files of a build are left out."""
    for name in CODE.findall(prose(page)):
        if name.split("/")[0] in ROOMS and re.fullmatch(r"[\w./-]+/[\w./-]*", name):
            assert (km.TOP / name).exists(), f"{page}: there is no {name}"


def test_pages_that_a_source_names():
    for source in SOURCES:
        for name in re.findall(r"\bdocs/[\w/-]+\.md\b", text(source)):
            assert (km.TOP / name).exists(), f"{source}: there is no {name}"


def test_messages_on_the_page_for_a_silent_system():
    """Each message that begins an item of the page is printed by something. `…`, `NAME` and `a, b` stand for other words."""
    told = re.findall(r"^- \*\*`([^`]* [^`]*)`", text("docs/nothing-happens.md"), re.MULTILINE)
    parts = {part for words in told for part in re.split(r",? ?…|NAME|: a, b", words.removeprefix("kumiki: ")) if part}
    printed = "".join(re.sub(r'"\s*"', "", text(name)) for name in SOURCES if name.startswith(("frame/", "tools/", "lib/")))
    assert len(told) >= 8
    assert not [part for part in parts if part not in printed]


@pytest.mark.parametrize("page", PAGES)
def test_commands_that_a_page_names(page):
    makefiles = "\n".join(text(name) for name in TRACKED
                          if name == "Makefile" or re.fullmatch(r"mk/\w+\.mk", name))
    targets = {word for line in re.findall(r"^([a-z][a-z -]*):", makefiles, re.MULTILINE)
               for word in line.split()}
    subcommands = set(re.findall(r"^  ([a-z]+) ", asked("--help"), re.MULTILINE))
    known = {"make": targets, "kumiki": subcommands | {"help"}}
    assert {"run", "test"} <= targets and {"check", "pack"} <= subcommands
    for program, word, rest in commands(page):
        assert word in known[program], f"{page}: there is no {program} {word}"
        for option in re.findall(r"(?<!\S)(--?[a-zA-Z][a-z-]*|[A-Z_]+(?==))", rest.split(" -- ")[0]):
            told = makefiles if program == "make" else asked(word, "--help")
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", told), (
                f"{page}: {program} {word} knows no {option}")


MADE = {"docs/reference/reference.md", "docs/proof/evidence.md", "docs/proof/figures.md"}
BY_HAND = [page for page in PAGES if page not in MADE | {"docs/inside/history.md"} and
           (page.startswith("docs/") or "/" not in page)]


def words(page):
    """The words of a page's prose. Examples, fenced or indented, aren't prose, and marks of a table aren't words."""
    return sum(1 for word in INDENTED.sub("", prose(page)).split() if re.search(r"\w", word))


def test_an_example_isnt_prose():
    assert INDENTED.sub("", "Type:\n\n    make run\n\n    make test\n\nThen:\n\n- a\n    b\n") == (
        "Type:\n\n\nThen:\n\n- a\n    b\n")


@pytest.mark.parametrize("page", BY_HAND)
def test_page_can_be_read_in_one_sitting(page):
    assert words(page) <= 3000
    assert max(map(len, text(page).splitlines())) <= 120


def promised():
    return {name for _, of_section in evidence.promises().values() for name in of_section}


def test_page_of_evidence_is_made_of_what_there_is():
    assert evidence.PAGE.read_text(encoding="utf-8") == evidence.page(), "make docs writes it anew"


def test_each_promise_has_a_test():
    assert not sorted(promised() - set(evidence.marks())), "no test has a mark for these"


def test_each_mark_names_a_promise():
    wrong = {name: list(where) for name, where in evidence.marks().items() if name not in promised()}
    assert not wrong, "tests/promises.txt doesn't have these"


MARKED = """# Shows: one.first,
# two.second.
@pytest.mark.every_board
def test_it():
    pass


# Shows: one.third.
@pytest.mark.long
def test_for_long():
    pass
"""
MARKED_C = """/*
 * A test. Shows: one.whole.
 */
static void helper(void)
{
}

/* Shows: one.first. */
TEST(test_it)
{
}

/* Shows: one.second. */
TEST_WITH(test_more, set_up, NULL)
{
}
"""


FAILURES = "docs/proof/failures.md"


def failures():
    """(names in the heading, names behind "Shown by:") of each failure."""
    found = []
    for part in text(FAILURES).split("\n### ")[1:]:
        head, *paragraphs = (" ".join(piece.split()) for piece in re.split(r"\n\n|\n## .*", part))
        found += [(CODE.findall(head), CODE.findall(paragraph.partition("Shown by:")[2]))
                  for paragraph in paragraphs if paragraph.startswith("**")]
    return found


def parts_that_can_fail():
    """The parts that need a failure in the docs: the frame's services, the kinds of channels, the RTOS's servers, and
    further ones that no table of the code has."""
    services = {path.parent.name for path in (km.TOP / "frame/service").glob("*/main.c")}
    kinds = set(re.findall(r'return "(\w+)";', text("lib/include/lib/bundle.h").split("bundle_channel_word")[1].split("}")[0]))
    servers = {path.name for path in (km.TOP / "rtos/servers").iterdir() if path.is_dir()}
    assert len(services) >= 3 and len(kinds) >= 4 and len(servers) >= 19
    return services | kinds | servers | {"frame", "core", "power", "partition", "device", "link", "kernel"}


def test_each_part_has_its_failures():
    named = {name for parts, _ in failures() for name in parts}
    assert not sorted(parts_that_can_fail() - named), f"{FAILURES} has nothing about these"


def test_each_failure_is_shown():
    figures = {figure["name"] for figure in json.loads(text("bench/figures.json"))["figures"]}
    for parts, shown in failures():
        assert shown, f"nothing shows a failure of {parts}"
        assert not set(shown) - promised() - figures, f"a failure of {parts} is shown by what isn't there"


def test_marks_are_found():
    assert list(evidence.marks_of("tests/system/test_x.py", MARKED)) == [
        ("one.first", "test_it", False), ("two.second", "test_it", False), ("one.third", "test_for_long", True)]
    assert list(evidence.marks_of("tests/unit/x/test_x.c", MARKED_C)) == [
        ("one.whole", "", False), ("one.first", "test_it", False), ("one.second", "test_more", False)]
    assert list(evidence.marks_of("bench/x.py", '# Shows: one.cost.\n"core.off": "a core goes off",\n')) == [
        ("one.cost", "core.off", False)]


@pytest.mark.parametrize("wrong", ["# Shows: one.first\n", "# Shows: first.\n", "# Shows: one.first.\n"])
def test_a_wrong_mark_is_reported(wrong):
    with pytest.raises(AssertionError):
        list(evidence.marks_of("tests/system/test_x.py", wrong))


def test_promises_without_a_machine_are_listed():
    """A test on a machine takes a promise off the list."""
    first, second, third = list(promised())[:3]
    shown = {first: {"tests/unit/x/test_x.c": [], "bench/x.py": []}, second: {"tests/unit/x/test_x.c": [], "tests/guest/x.c": []}}
    listed = dict(evidence.alone(shown))
    assert listed[first] == ["unit tests", "figures"] and second not in listed and listed[third] == []


def test_reference_is_what_the_program_prints():
    assert text("docs/reference/reference.md") == asked("reference"), "'make docs' writes it anew"


CONTRACT = {
    "include/kumiki/hypercall.h": r"^#define (KUMIKI_CALL_\w+)",
    "include/kumiki/psci.h": r"^#define ((?:PSCI|SMCCC|PV_TIME)_FN_[A-Z]\w+)",
    "include/kumiki/life.h": r"^\t(STOP_\w+) = \d+,",
    "include/kumiki/rtos/call.h": r"^\t(RTOS_(?!KIND|TRACE_END|TRACE_BEGIN|POWER_|OLDEST_)\w+) = \d+,",
}


@pytest.mark.parametrize("header", CONTRACT)
def test_reference_has_every_call(header):
    """The reference has each constant of a call or of an answer."""
    names = set(re.findall(CONTRACT[header], text(header), re.MULTILINE))
    page = text("docs/reference/reference.md")
    assert len(names) > 8
    assert not {name for name in names if f"`{name}`" not in page}
