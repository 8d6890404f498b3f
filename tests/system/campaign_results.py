"""Where a campaign's results are: in a folder for each commit and image, so that a changed tree never goes on from what
another one did. Used by campaign.py, kernel_campaign.py and shipped_campaign.py."""

import hashlib
import json

import kumiki_machine as km


def folder(target, image):
    name = f"{km.commit()}-{hashlib.sha256(image.read_bytes()).hexdigest()[:12]}"
    path = km.BUILD / "campaign" / target / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def seeds(faults, run, part):
    """Of the runs that have so many faults together; part 0 is the first."""
    runs = -(-faults // run)
    return range(1 + part * runs, 1 + (part + 1) * runs)


def missing(path, seeds):
    return [seed for seed in seeds if not (path / f"{seed}.json").exists()]


def write(path, seed, result):
    """Whole or not at all."""
    new = path / f"{seed}.new"
    new.write_text(json.dumps(result))
    new.replace(path / f"{seed}.json")


def read(path, seeds):
    return [json.loads((path / f"{seed}.json").read_text()) for seed in seeds]
