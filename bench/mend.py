"""How long a partition stands still for a watcher's mend of four words. Used by run.py."""

import kumiki_machine as km

GUEST = km.BUILD / "guests/bench-mend.bin"


def measure(options, parse_figures):
    if options.bare_only:
        return
    system = km.description("bench-mend", [
        km.partition("mended", cores=0x2, memory="2M as 0x40000000", image=GUEST),
        km.partition("mender", cores=0x4, memory="2M as 0x40000000", image=GUEST,
                     more=('kumiki,watches = "mended";', "kumiki,mends;", 'kumiki,after = "mended";'))])
    with km.kumiki("bench-mend", system) as machine:
        machine.expect(r"bench: done", 300)
        text = machine.text
    # Shows: watch.mends.
    yield {"name": "mend.pause", "unit": "instructions", **parse_figures(text)["mend.pause"], "command": "make bench ONLY=mend",
           "what": "a partition with one vCPU stands still for its watcher's mend of four words: the frame, its loader"}
