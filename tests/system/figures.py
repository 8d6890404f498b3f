"""docs/figures.md as numbers: what its tables say now, and its table of what crept. Used by test_docs.py.
Run, it writes bench/best.txt and that table anew: new best values, today's, and a row for what is new in it."""

import re

import kumiki_machine as km

PAGE = km.TOP / "docs/figures.md"
BEST = km.TOP / "bench/best.txt"
OF_RTOS = "| figure | what | in a partition | bare | goal |"
CREPT = "| figure | best | now | what is known of it |"
ROW = re.compile(r"^\| (`[\w.-]+`(?:, `[\w.-]+`)*) \|(.*)\|$")
KIND = r"((?:bare )?(?:worst )?)([\d,.]+)"


def number(text):
    value = float(text.replace(",", ""))
    return int(value) if value == int(value) else value


def of_cell(cell, bare=""):
    """{kind: number} of `333 (worst 350)`."""
    value, worst = re.match(r"[\d,]*\d(\.\d+)?", cell), re.search(r"worst ([\d,]*\d)", cell)
    return (({bare.strip(): number(value[0])} if value else {}) |
            ({f"{bare}worst": number(worst[1])} if worst else {}))


def of_row(kumiki, bare, of_rtos):
    """A ratio stands for what it is of; of the bare machine's, what the RTOS takes there is ours."""
    ratio = re.search(r"ratio ([\d.]+)", bare)
    if ratio:
        return of_cell(kumiki) | {"": number(ratio[1])}
    return of_cell(kumiki) | (of_cell(bare, "bare ") if of_rtos else {})


def rows(page):
    """(its table's head, figures, cells) of each row."""
    head = ""
    for line in page.splitlines():
        head = line if line.startswith("| figure |") else head
        match = ROW.match(line)
        if match:
            yield head, re.findall(r"`([^`]+)`", match[1]), [cell.strip() for cell in match[2].split("|")]


def measured(page):
    """{figure: {kind: number}}: the kinds are "", "worst", "bare", "bare worst"; lower is better in each."""
    return {name: of_row(cells[1], cells[2], head == OF_RTOS)
            for head, names, cells in rows(page) if head != CREPT for name in names}


def said(text):
    """{kind: number} of `1,766; bare 1,766; bare worst 1,800`."""
    return {kind.strip(): number(value)
            for kind, value in (re.fullmatch(KIND, part).groups() for part in text.split("; "))}


def say(numbers):
    return "; ".join(f"{kind} {value:,}".strip() for kind, value in numbers.items())


def told(page):
    """[(figure, {kind: best}, {kind: now}, what is known)] of the table of what crept."""
    return [(names[0], said(cells[0]), said(cells[1]), cells[2])
            for head, names, cells in rows(page) if head == CREPT]


def best_known():
    lines = (line.split(None, 1) for line in BEST.read_text(encoding="utf-8").splitlines()
             if not line.startswith("#"))
    return {name: said(numbers.strip()) for name, numbers in lines}


def crept(now, best):
    """[(figure, {kind: best}, {kind: now})] of what was better once; a worst, or the bare machine's, that
    is the same as what stands before it isn't said again."""
    for name, numbers in now.items():
        pairs = {}
        for kind, value in numbers.items():
            pair = (best[name][kind], value)
            if pair[0] < value and pair not in pairs.values():
                pairs[kind] = pair
        if pairs:
            yield (name, {kind: pair[0] for kind, pair in pairs.items()},
                   {kind: pair[1] for kind, pair in pairs.items()})


def least(old, new):
    return {kind: min(value, old.get(kind, value)) for kind, value in new.items()}


def renew():
    page = PAGE.read_text(encoding="utf-8")
    now, best = measured(page), best_known()
    best = {name: least(best.get(name, {}), numbers) for name, numbers in now.items() if numbers}
    head = [line for line in BEST.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines = [f"{name:28} {say(numbers)}" for name, numbers in best.items()]
    BEST.write_text("\n".join(head + lines) + "\n", encoding="utf-8")
    known = {name: text for name, _, _, text in told(page)}
    table = [f"| `{name}` | {say(was)} | {say(is_now)} | {known.get(name, 'not looked for')} |"
             for name, was, is_now in crept(now, best)]
    start, _, rest = page.partition(CREPT + "\n")
    line, _, rest = rest.partition("\n")
    end = rest[rest.index("\n\n"):]
    PAGE.write_text("\n".join([start + CREPT, line] + table) + end, encoding="utf-8")


if __name__ == "__main__":
    renew()
