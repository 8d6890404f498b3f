#!/usr/bin/python3
"""Measures what the unit tests find: puts one small fault at a time into the product, and runs the tests that link it.

    make mutants N=300 SEED=1                       # 300 faults, chosen by the seed
    make mutants FROM=build/mutants/results.json    # the same faults, on a later tree

A fault ("mutant") is one line of a function with one change: another comparison, && for ||, + for -, a constant
that is one too large, a statement dropped, a condition negated, 0 or 1 returned. The tree is copied to
build/mutants/tree, and only the copy is changed. The programs that run the line are tried, from the fastest to the
slowest, until one fails. Each mutant ends as:

    killed        a program failed, or hung for ten times as long as it takes otherwise
    survived      no program failed: the tests don't notice this fault, or "never run" this line
    not compiled  the compiler refused it, or its object is the same; not counted, another one is drawn
    gone          with FROM: the line isn't in the tree any more

build/mutants/results.json (with FROM: again.json) has each result as soon as it is known. A second call on the same
tree with the same seed goes on from there. A file of another tree or seed is kept with .old behind its name.
"""
import argparse
import collections
import filecmp
import hashlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import subprocess
import sys

ROOMS = {"frame/": "frame", "rtos/kernel/": "kernel", "rtos/servers/": "servers", "lib/": "lib", "tools/": "tools",
         "linux/": "linux"}
PLACE = pathlib.Path("build/mutants")
TREE = PLACE / "tree"
COUNTS = (PLACE / "counts").absolute()
LOG = (PLACE / "log").absolute()
SHORTEST_LIMIT = 5  # seconds of the processor's time
WAIT, WAITS = 60, 60  # what uses no time of the processor for so many seconds hangs; so often at most
MOST_BYTES = 1 << 30  # of memory and of a file, for a program that doesn't stop

SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "+": "-",
         "-": "+", "+=": "-=", "-=": "+="}
OPERATOR = re.compile(r"(?<= )(%s)(?= |$)" % "|".join(re.escape(o) for o in sorted(SWAPS, key=len, reverse=True)))
NUMBER = re.compile(r"(?<![\w.])(0x[0-9a-fA-F]+|[0-9]+)(?=[uUlL]*\b)")
CONDITION = re.compile(r"((?:\} else )?(?:if|while)) \((.*)\)( \{)?")
RETURN = re.compile(r"return (.+);")
STATEMENT = re.compile(r"[a-z_A-Z*(+-][^{}]*;")
DECLARATION = re.compile(r"(?!return |goto |else |case )[a-z]\w* [\w ]*\**\w+(\[|;|,| =)")
# What isn't of the product itself.
CHECK = re.compile(r"\b(assert|_Static_assert|fake_\w+)\(")
UNSEEN = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])+'", re.DOTALL)

Line = collections.namedtuple("Line", "file function text nth number changes")


def run(command, **options):
    return subprocess.run(command, shell=isinstance(command, str), cwd=TREE, text=True, capture_output=True, **options)


def room_of(source):
    return next((room for start, room in ROOMS.items() if source.startswith(start)), None)


# ---- the lines of a source, and what may be changed in each ----

def blank(match):
    """A comment becomes blanks, what is in quotes becomes x: each line keeps its columns."""
    filler = " " if match[0][0] == "/" else "x"
    return re.sub(r"[^\n]", filler, match[0])


def name_of(header):
    header = re.sub(r"__attribute__\(\(.*?\)\)+", "", header)
    return (re.findall(r"(\w+)\(", header) or ["?"])[0]


def balanced(text):
    depth = 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if depth < 0:
            return False
    return depth == 0


def changes_of(text, code, before):
    """The changed texts of a line. `code` is the line without comments and words, `before` the code above it."""
    if CHECK.search(code) or (DECLARATION.match(code) and "=" not in code):
        return []
    found = [text[:match.start()] + SWAPS[match[0]] + text[match.end():] for match in OPERATOR.finditer(code)]
    for match in NUMBER.finditer(code):
        number = int(match[0], 0 if match[0].startswith("0x") else 10) + 1
        found.append(text[:match.start()] + (hex(number) if "x" in match[0] else str(number)) + text[match.end():])
    match = CONDITION.fullmatch(code)
    if match and balanced(match[2]):
        found.append("%s (!(%s))%s" % (match[1], text[match.start(2):match.end(2)], match[3] or ""))
    match = RETURN.fullmatch(code)
    if match:
        found += ["return 0;"] * (match[1] not in ("0", "false")) + ["return 1;"] * (match[1] not in ("1", "true"))
    elif STATEMENT.fullmatch(code) and before[-1:] in ";{}:)" and not DECLARATION.match(code):
        found.append("(void)0;")
    return list(dict.fromkeys(found))


def lines_of(source, whole):
    """The lines of a source's functions that can be changed."""
    codes = UNSEEN.sub(blank, whole).split("\n")
    function, header, before, seen, lines = None, "", "", collections.Counter(), []
    for number, (text, code) in enumerate(zip(whole.split("\n"), codes), 1):
        stripped = code.strip()
        macro = before.endswith("\\") or stripped.startswith("#")
        if code == "{":
            function, seen = name_of(header), collections.Counter()
        elif code.startswith("}"):
            function, header = None, ""
        elif function is None:
            header = "" if not stripped or macro or stripped.endswith(";") else header + code
        elif stripped and not macro:
            start = len(code) - len(code.lstrip())
            content = text[start:start + len(stripped)]
            changes = changes_of(content, stripped, before)
            if changes:
                lines.append(Line(source, function, content, seen[content], number, changes))
            seen[content] += 1
        before = stripped or before
    return lines


# ---- the copy of the tree, and its programs ----

def copy_tree():
    """Makes the copy the same as this tree. Returns a number for what was copied, but for pages and scripts."""
    names = subprocess.run(["git", "ls-files", "-zco", "--exclude-standard"], check=True, text=True,
                           capture_output=True).stdout.split("\0")
    names = sorted(name for name in names if os.path.isfile(name))
    known = set(names)
    digest = hashlib.sha256()
    for name in names:
        if not name.endswith((".md", ".py")):
            digest.update(name.encode() + b"\0" + pathlib.Path(name).read_bytes())
        there = TREE / name
        if not there.is_file() or not filecmp.cmp(name, there, shallow=False):
            there.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(name, there)
    for folder, folders, files in os.walk(TREE):
        if pathlib.Path(folder) == TREE:
            folders[:] = [name for name in folders if name != "build"]
        for name in files:
            path = pathlib.Path(folder, name)
            if str(path.relative_to(TREE)) not in known:
                path.unlink()
    (TREE / "build").mkdir(exist_ok=True)
    for name in ("debian", "setup"):  # what is fetched once
        here, there = pathlib.Path("build", name).absolute(), TREE / "build" / name
        if here.exists() and not there.exists():
            there.symlink_to(here)
    return digest.hexdigest()[:16]


class Programs:
    """The unit tests of the copy. make builds them, and tells its commands; mutants are built by these, without make.
    All objects count how often each line runs, so that a mutant needs only the programs that run its line."""

    def __init__(self):
        self.compile, self.objects, self.link, self.counts = {}, collections.defaultdict(list), {}, {}
        for line in self.make("-nB").replace("\\\n", " ").splitlines():
            words = line.split()
            if "-o" not in words:
                continue
            output = words[words.index("-o") + 1]
            if "-c" in words:
                self.compile[output] = line
                self.objects[next(word for word in words if word.endswith(".c"))].append(output)
            elif "-lcmocka" in words:
                self.link[output] = line
        self.sources = [source for source in sorted(self.objects) if room_of(source) and "/fake/" not in source]
        # What a child process has run isn't counted.
        self.forking = {o for source in self.objects if "fork(" in (TREE / source).read_text()
                        for o in self.objects[source] if source.startswith("tests/")}

    @staticmethod
    def make(*options):
        environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
        made = run(["make", "HOST_CC=gcc --coverage", "unit-programs", *options], env=environment)
        if made.returncode:
            sys.exit("mutants: the unit tests can't be built:\n" + made.stderr)
        return made.stdout

    @staticmethod
    def passes(program, seconds, counts="/dev/null"):
        """One program, which may use the processor for so long: whether it passes, how long it used it, and whether it
        was ended. On a busy host a program may take long by the clock, so this counts only if it hangs."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))
            resource.setrlimit(resource.RLIMIT_CPU, (max(SHORTEST_LIMIT, int(seconds)),) * 2)

        environment = dict(os.environ, CMOCKA_MESSAGE_OUTPUT="stdout", GCOV_PREFIX=str(counts),
                           ASAN_OPTIONS="hard_rss_limit_mb=%d" % (MOST_BYTES >> 20))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        with open(LOG, "wb") as log, subprocess.Popen(
                ["./" + program], cwd=TREE, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=limit) as process:
            used = None
            for _ in range(WAITS):
                try:
                    process.wait(WAIT)
                    break
                except subprocess.TimeoutExpired:
                    stat = pathlib.Path("/proc/%d/stat" % process.pid).read_text().rpartition(")")[2].split()
                    if stat[11:13] == used:
                        break
                    used = stat[11:13]
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        passed = process.returncode == 0 and b"[  PASSED  ]" in LOG.read_bytes()
        return passed, used, process.returncode == -signal.SIGKILL

    def time_all(self, seconds):
        """How long each program takes without a fault, and what it runs; each has to pass."""
        self.seconds = seconds
        for program in sorted(set(self.link) - set(seconds)):
            shutil.rmtree(COUNTS / program, ignore_errors=True)
            passed, seconds[program], _ = self.passes(program, 1000, COUNTS / program)
            if not passed:
                sys.exit("mutants: %s fails without a fault: %s" % (program, LOG))

    def runs(self, program, item, source, number):
        """Whether the program runs this line. A line without a count of its own belongs to the one above it."""
        if (program, item) not in self.counts:
            lines = {}
            data = pathlib.Path("%s/%s/%s/%s" % (COUNTS, program, TREE.absolute(), item)).with_suffix(".gcda")
            if data.exists():
                notes = data.with_suffix(".gcno")
                notes.unlink(missing_ok=True)
                notes.symlink_to((TREE / item).with_suffix(".gcno").absolute())
                for file in json.loads(run(["gcov", "--json-format", "--stdout", str(data)]).stdout)["files"]:
                    if os.path.normpath(file["file"]) == source:
                        for line in file["lines"]:
                            place = line["line_number"]
                            lines[place] = max(lines.get(place, 0), line["count"])
            self.counts[program, item] = lines
        lines = self.counts[program, item]
        return lines.get(max((place for place in lines if place <= number), default=0), 0) > 0

    def running(self, source, number):
        """The programs that run a line, the fastest first, each with its object of the source."""
        for program in sorted(self.link, key=self.seconds.get):
            linked = self.link[program].split()
            for item in self.objects[source]:
                if item in linked and (self.runs(program, item, source, number) or self.forking.intersection(linked)):
                    yield program, item

    def outcome(self, source, number, text):
        """Builds and runs what runs this line, with this text in the source: (outcome, program that found it)."""
        path, made, found = TREE / source, {}, "never run"
        kept, stamp = path.read_bytes(), path.stat()
        shutil.rmtree(TREE / "build/mutant", ignore_errors=True)
        (TREE / "build/mutant").mkdir()
        programs = list(self.running(source, number))
        try:
            path.write_text(text)
            for program, item in [(None, self.objects[source][0]), *programs]:
                if item not in made:
                    made[item] = "build/mutant/%d.o" % len(made)
                    command = self.compile[item].replace("-o " + item, "-Wno-parentheses -o " + made[item])
                    if run(command).returncode or filecmp.cmp(TREE / item, TREE / made[item], shallow=False):
                        return "not compiled", None
                if program is None:
                    continue
                link = self.link[program].replace("-o " + program, "-o build/mutant/program")
                if run(re.sub(r"(?<= )%s(?= )" % re.escape(item), made[item], link)).returncode:
                    return "killed", program
                found = None
                passed, _, hung = self.passes("build/mutant/program", 10 * self.seconds[program])
                if not passed:
                    return "killed", program + (" (hangs)" if hung else "")
        finally:
            path.write_bytes(kept)
            os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        return "survived", found


# ---- the mutants ----

def identity(mutant):
    return tuple(mutant[key] for key in ("file", "function", "text", "nth", "after"))


def drawn(lines, seed):
    """Mutants in the order in which the seed draws them: each line has at most one."""
    dice = random.Random(seed)
    for line in dice.sample(lines, len(lines)):
        yield {**line._asdict(), "after": dice.choice(line.changes)}


def played_again(lines, mutants):
    """The counted mutants of an older file. A function that has moved to another file is found there."""
    functions = collections.defaultdict(list)
    for line in lines:
        functions[line.function, line.text, line.nth].append(line)
    for old in mutants:
        if old["outcome"] not in ("killed", "survived", "gone"):
            continue
        found = [line for line in functions[old["function"], old["text"], old["nth"]] if old["after"] in line.changes]
        found.sort(key=lambda line: line.file != old["file"])
        place = {"file": found[0].file, "number": found[0].number} if found else {"outcome": "gone", "by": None}
        yield {**old, "was": old["outcome"], "outcome": None, **place}


def changed_text(mutant):
    rows = (TREE / mutant["file"]).read_text().split("\n")
    row = rows[mutant["number"] - 1]
    rows[mutant["number"] - 1] = row.replace(mutant["text"], mutant["after"], 1)
    return "\n".join(rows)


def save(place, results):
    part = place.with_suffix(".part")
    part.write_text(json.dumps(results, indent=1) + "\n")
    part.replace(place)


def report(mutants):
    """One line for each room, then the survivors."""
    for room in [*ROOMS.values(), "all"]:
        those = [m["outcome"] for m in mutants if room in ("all", room_of(m["file"]))]
        gone = those.count("gone")
        print("%-8s %d/%d killed%s" % (room, those.count("killed"), len(those) - gone,
                                       ", %d gone" % gone if gone else ""))
    for m in sorted((m for m in mutants if m["outcome"] == "survived"), key=lambda m: (m["file"], m["number"])):
        remark = " ".join("(%s)" % word for word in (m["by"], m.get("was") == "killed" and "was killed") if word)
        print("%s:%d: %s  ->  %s  %s" % (m["file"], m["number"], m["text"], m["after"], remark))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", type=int, default=300, help="how many mutants are counted")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", dest="older", metavar="FILE", help="plays the mutants of this results.json again")
    options = parser.parse_args()
    older = json.loads(pathlib.Path(options.older).read_text())["mutants"] if options.older else None
    TREE.mkdir(parents=True, exist_ok=True)
    results = {"tree": copy_tree(), "seed": options.older or options.seed, "seconds": {}, "mutants": []}
    place = PLACE / ("again.json" if older else "results.json")
    if place.exists():
        last = json.loads(place.read_text())
        if last["tree"] == results["tree"]:
            results["seconds"] = last["seconds"]
        if (last["tree"], last["seed"]) == (results["tree"], results["seed"]):
            results = last
        else:
            place.replace(place.with_suffix(".json.old"))
    programs = Programs()
    programs.make("-j%d" % os.cpu_count())
    programs.time_all(results["seconds"])
    save(place, results)
    lines = [line for source in programs.sources for line in lines_of(source, (TREE / source).read_text())]
    known = {identity(mutant): mutant for mutant in results["mutants"]}
    counted = []
    for mutant in played_again(lines, older) if older else drawn(lines, options.seed):
        if not older and len(counted) == options.n:
            break
        if identity(mutant) in known:
            mutant = known[identity(mutant)]
        else:
            mutant.pop("changes", None)
            if mutant.get("outcome") != "gone":
                mutant["outcome"], mutant["by"] = programs.outcome(
                    mutant["file"], mutant["number"], changed_text(mutant))
            results["mutants"].append(mutant)
            save(place, results)
        if mutant["outcome"] != "not compiled":
            counted.append(mutant)
    report(counted)


if __name__ == "__main__":
    main()
