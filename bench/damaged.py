"""How many of the listed damages (tests/system/damages.py) a watcher mends with no restart. Used by run.py."""

import damages

SEEDS = 1  # of 20: `make soak` has all


def measure():
    found = [outcome for seed in range(SEEDS) for outcome in damages.outcomes(seed, name="bench-damages").values()]
    rate = round(100 * found.count(damages.MENDED) / len(found), 1)
    # Shows: watch.damages.
    yield {"name": "mend.rate", "unit": "%", "value": rate, "lost": round(100 - rate, 1), "samples": len(found),
           "what": f"of {len(damages.DAMAGES)} listed damages, mended with no restart; functions of a hidden module count as "
                   "mended when the module is listed again"}
