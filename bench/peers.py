#!/usr/bin/env python3
"""Measures Debian's Xen beside Kumiki and the bare machine, with one probe (bench/guest/peer.c), and writes
build/peers.json (`make bench-peers`). What is counted is what bench/run.py counts.

  bench/peers.py [--take]     --take: bench/peers.txt gets these figures of Xen
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/system"))
import kumiki_machine as km  # noqa: E402
import small  # noqa: E402

ROWS = km.TOP / "bench/peers.txt"
XEN = km.TOP / "build/peers-xen/xen"
PROBE = km.BUILD / "peers/xen/probe.bin"
MEMORY, DOMAIN_MEMORY = 1 << 20, 16 << 10  # KiB
PROBE_AT = 0x50000000
MACHINE = ["-cpu", "cortex-a57", "-smp", "1", "-m", f"{MEMORY}K", "-nic", "none"]
# A WFI that is not trapped is the best that Debian's build can do for one virtual CPU on its core: it has no "null" scheduler.
OPTIONS = "console=dtuart dtuart=/pl011@9000000 bootscrub=0 vwfi=native"
DOMAIN = "/chosen/probe"


def _put(tree, node, *properties):
    """Makes a node; a property is (how fdtput writes it, name, value, …)."""
    subprocess.run(["fdtput", "-p", "-c", tree, node], check=True, timeout=km.HANGS)
    for how, name, *values in properties:
        subprocess.run(["fdtput", *how, tree, node, name, *values], check=True, timeout=km.HANGS)


def xen_tree(path):
    """QEMU's tree with one domain of 16 MiB that starts at once ("dom0less")."""
    machine = f"virt,gic-version=3,virtualization=on,dumpdtb={path}"
    subprocess.run(["qemu-system-aarch64", "-M", machine, *MACHINE], check=True, timeout=km.HANGS, capture_output=True)
    size = PROBE.stat().st_size
    _put(path, "/chosen", (["-ts"], "xen,xen-bootargs", OPTIONS))
    _put(path, DOMAIN, (["-ts"], "compatible", "xen,domain"), (["-tu"], "#address-cells", "2"), (["-tu"], "#size-cells", "2"),
         (["-tu"], "memory", "0", str(DOMAIN_MEMORY)), (["-tu"], "cpus", "1"), (["-tx"], "vpl011"))
    _put(path, f"{DOMAIN}/module@{PROBE_AT:x}", (["-ts"], "compatible", "multiboot,kernel", "multiboot,module"),
         (["-tx"], "reg", "0", f"{PROBE_AT:x}", "0", f"{size:x}"), (["-ts"], "bootargs", ""))
    return path


def xen_machine():
    km.TESTS.mkdir(parents=True, exist_ok=True)
    return km.Machine("bench-peers-xen", [
        "qemu-system-aarch64", "-M", "virt,gic-version=3,virtualization=on", *MACHINE, "-display", "none", "-serial", "stdio",
        "-no-reboot", *km.ICOUNT, "-kernel", XEN, "-dtb", xen_tree(km.TESTS / "bench-peers.dtb"),
        "-device", f"loader,file={PROBE},addr={PROBE_AT:#x},force-raw=on"])


def xen_memory(machine):
    """Bytes that neither the domain has nor anybody: Xen's key "m" tells what is free."""
    machine.send("\x01" * 6)  # from domain 0 to ours to Xen
    machine.expect("Serial input to Xen", 10)
    machine.send("m")
    free = int(machine.expect(r"Dom heap: (\d+)kB free", 10)[1])
    return 1024 * (MEMORY - DOMAIN_MEMORY - free)


def xen():
    with xen_machine() as machine:
        machine.expect(small.DONE, 300)
        return small.parse_figures(machine.text) | {"frame.memory": {"median": xen_memory(machine)}}


def measured():
    """{system: {figure: {"median", "worst", "samples"}}}"""
    image = small.image_of("peer")
    return {"bare": small.figures_of(km.bare("bench-peers-bare", image)),
            "Kumiki": small.found_in("bench-peers", km.partition("bench", cores=1, memory="16M as 0x40000000", image=image)),
            "Xen": xen()}


def rows_with(text, found):
    """bench/peers.txt with Xen's new figures; a figure without a row stays out."""
    def row(match):
        return match[1] + str(found[match[2]]["median"]) if match[2] in found else match[0]

    return re.sub(r"^((\S+)\s+Xen\s+)\d+$", row, text, flags=re.MULTILINE)


def show(found):
    print(f"{'figure':28}" + "".join(f"{system:>10}" for system in found))
    for name in found["Xen"]:
        print(f"{name:28}" + "".join(f"{each[name]['median'] if name in each else '-':>10}" for each in found.values()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--take", action="store_true")
    options = parser.parse_args()
    print("Counts of instructions under icount (1 instruction = 1 ns); no model of cycles. Deadlines in steps of 16.")
    found = measured()
    show(found)
    package = (XEN.parent / "package").read_text(encoding="utf-8").strip()
    (km.BUILD / "peers.json").write_text(json.dumps({"schema": 1, "xen": package, "figures": found}, indent=1) + "\n",
                                         encoding="utf-8")
    if options.take:
        ROWS.write_text(rows_with(ROWS.read_text(encoding="utf-8"), found["Xen"]), encoding="utf-8")


if __name__ == "__main__":
    main()
