"""The engine of all campaigns: a fault comes into a running system, and what comes of it is counted.

A campaign is a class with four parts, and a table of what is its own:

- system: `start()` starts a machine whose programs are at work and check themselves.
- place: `place()` brings the machine to where and when the fault comes. That is the n-th pass of an instruction, a number of
  instructions by chance, or a step of a way through the frame.
- damage: `damage()` does it, and says what it did. It changes bits, words, text, tables, pages or registers, kills somebody, or
  lets somebody loop, by QEMU's gdb stub.
- judge: `judge()` looks at those who survive. A fault has exactly one class, the worst that fits. Lost data has a class of its
  own, and so has wrong data that nobody told of.

A case is a row of a table, or a seed. A seed's dice decide all that is left to chance, so the same seed is the same fault.
One machine takes one case after the other, as long as each of them leaves the system whole: so each recovery is tested by all
that follow it. Behind one that harmed somebody comes a fresh machine, or the harmed partition begins anew.

Results has a row for each case that is done, in one format for all campaigns. What is there isn't done again. campaigns.py is the
command. Shared is for tests whose cases share a machine."""

import collections
import concurrent.futures
import contextlib
import hashlib
import json
import random
import threading

import kumiki_machine as km
from gdbstub import Stuck

TRIES = 2  # machines for a case, where QEMU itself doesn't answer


class Results:
    """A row for each case, and a line for each row. Of two rows of a case the last one counts. `notes` are what else was found
    out, and needn't be again."""

    def __init__(self, path):
        self.path, self.rows, self.notes, self.lock = path, {}, {}, threading.Lock()
        path.parent.mkdir(parents=True, exist_ok=True)
        for line in path.read_text().splitlines() if path.exists() else ():
            with contextlib.suppress(json.JSONDecodeError):  # the line at which a run was ended
                row = json.loads(line)
                of = self.rows if "case" in row else self.notes
                of[row.pop("case" if "case" in row else "note")] = row

    def _write(self, line):
        """A line break comes first, so that a line that was cut off spoils no other."""
        with self.lock, self.path.open("a") as file:
            file.write("\n" + json.dumps(line))

    def add(self, case, row):
        self.rows[case] = row
        self._write({"case": case} | row)

    def note(self, name, value):
        self.notes[name] = {"value": value}
        self._write({"note": name, "value": value})

    def missing(self, cases):
        return [case for case in cases if case not in self.rows]


class Campaign:
    """What a campaign's file fills in."""

    group, name = "", ""
    image = None  # of what is damaged
    keys = ()  # of a row, by which faults are counted
    classes = ()  # of a fault, from the worst one on
    harmless = ()  # classes behind which the machine takes the next fault
    many = 1  # cases of a machine at most
    first, size = 0, 1  # the first case, and the faults of each: a case may be a run whose faults depend on one another

    def cases(self, count, part=0):
        """Those that have so many faults together: the first ones, or those behind `part` times as many."""
        runs = -(-count // self.size)
        return range(self.first + part * runs, self.first + (part + 1) * runs)

    def start(self, _case):
        """A machine for this case and others: a context manager. None: fault() starts its own."""
        return contextlib.nullcontext()

    def place(self, machine, case, dice):
        """Where it stands then, in words; None: it doesn't come there."""
        raise NotImplementedError

    def damage(self, machine, case, dice):
        """What was done."""
        raise NotImplementedError

    def judge(self, machine, case, damage):
        """The class, and more words."""
        raise NotImplementedError

    def stays(self, _machine, _damage):
        """The damage is in memory still."""
        return False

    def end(self, machine):
        """Behind a machine's last fault, if the system is whole."""

    def dice(self, case):
        return random.Random(f"{self.name} {case}")

    def fault(self, machine, case):
        """The case's row; None: the machine doesn't come to the place."""
        dice = self.dice(case)
        place = self.place(machine, case, dice)
        if place is None:
            return None
        damage = self.damage(machine, case, dice)
        fate, why = self.judge(machine, case, damage)
        assert fate in self.classes, fate
        stays = fate not in self.harmless or self.stays(machine, damage)
        return {"class": fate, "why": why, "place": place, "what": getattr(damage, "what", damage), "stays": stays}

    def open(self, folder=km.BUILD / "campaign"):
        """With the results of this commit and image: a changed tree never goes on from what another one did."""
        mark = hashlib.sha256(self.image.read_bytes()).hexdigest()[:12]
        self.results = Results(folder / self.group / self.name / f"{km.commit()}-{mark}.jsonl")
        return self

    def go_on(self, cases, workers=1):
        """Machine after machine, until each case has its row; these rows. Each worker has a machine."""
        left, tries = collections.deque(self.results.missing(cases)), collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(workers) as pool:
            for done in [pool.submit(self._machines, left, tries) for _ in range(workers)]:
                done.result()
        return [self.results.rows[case] for case in cases if case in self.results.rows]

    def _machines(self, left, tries):
        while (case := _next(left)) is not None:
            with self.start(case) as machine:
                try:
                    for _ in range(self.many):
                        row = self.fault(machine, case)
                        print(f"{self.name} {case}: {row or 'not reached'}", flush=True)
                        if row:
                            self.results.add(case, row)
                        if row and row.get("stays"):
                            break
                        if (following := _next(left)) is None:
                            self.end(machine)
                            break
                        case = following
                    else:
                        left.appendleft(case)
                        self.end(machine)
                except Stuck:
                    tries[case] += 1
                    if tries[case] < TRIES:
                        left.appendleft(case)


def _next(left):
    with contextlib.suppress(IndexError):
        return left.popleft()
    return None


# ---- what came of it ----

def faults(rows):
    """A row is a fault, or has the faults of a run."""
    return [fault for row in rows for fault in row.get("faults", [row])]


def counted(rows, *keys):
    """{what a fault has under one of these keys, or "all": {class: how many}}."""
    counts = collections.defaultdict(collections.Counter)
    for fault in faults(rows):
        for name in (*(fault[key] for key in keys), "all"):
            counts[name][fault["class"]] += 1
    return counts


def show(campaign, rows, *more):
    """A table; `more` are columns: a heading, and a function of the counts."""
    counts = counted(rows, *campaign.keys)
    columns = [("faults", lambda count: f"{sum(count.values()):,}"),
               *((name, lambda count, name=name: f"{count[name]:,}") for name in campaign.classes), *more]
    lines = [f"| {campaign.name} | " + " | ".join(heading for heading, _ in columns) + " |", "|---" * (1 + len(columns)) + "|"]
    lines += [f"| {name} | " + " | ".join(column(counts[name]) for _, column in columns) + " |"
              for name in (*(name for name in counts if name != "all"), "all")]
    return "\n".join(lines)


# ---- tests ----

class Shared:
    """A machine for the cases of a test's file, one of those that `start` starts by their key at a time. A fresh one comes behind
    a case that failed, or that has `harmed` the machine."""

    def __init__(self, start):
        self.start, self.key, self.machine, self.stack = start, None, None, contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    @contextlib.contextmanager
    def case(self, *key):
        if self.machine is None or self.machine.harmed or self.key != key:
            self.stack.close()
            self.key, self.machine = key, self.stack.enter_context(self.start(*key))
        machine, self.machine = self.machine, None
        yield machine
        self.machine = machine
