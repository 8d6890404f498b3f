"""Who can reach what, read from the page tables of the running machine: each core's at EL2, each
partition's and service's stage 2. The machine is stopped and asked through QEMU's gdbstub; the
frame takes no part."""

import itertools
import re
import subprocess

import kumiki_machine as km
import pytest

import frame_bundle
import frame_probe
import frame_swap
import frame_tables as ft

pytestmark = pytest.mark.every_board

LAYOUT = ft.constants("frame/include/frame/layout.h")
SERVICE = ft.constants("include/kumiki/service.h") | ft.constants("include/kumiki/bundle.h") | \
    ft.constants("include/kumiki/service.h")
SLOT = LAYOUT["LAYOUT_SLOT"]
STOLEN_IPA = (1 << 39) - 0x10000  # frame/core/start/start_stolen.c
SMMU_SIZE = 0x20000
# frame/core/start/start_partition.c, start_services.c, start_channel.c
VMID_LOADER, VMID_CONSOLE, VMID_WARDEN, VMID_UPDATER, VMID_BROKER = 9, 17, 18, 19, 20
BROKER_MEMORY = SERVICE["SERVICE_MAPS"] + 0x10000
BEAT = r"\[{}\] heartbeat: \d+ s"


def beat(name, cores, memory, access=(), more=()):
    return km.partition(name, cores=cores, memory=memory, image=km.HEARTBEAT, access=access,
                        more=more)


# One partition on a core; several cores; memory in pages and in blocks, seen elsewhere and where it
# is; a device; a core that serves no partition.
SYSTEMS = {
    "one": [beat("alone", 0x1, "1M as 0x40000000")],
    "mixed": [beat("small", 0x2, "1M as 0x40000000"),
              beat("wide", 0xc, "64M", access=["virtio_mmio31"]),
              beat("views", 0x10, "2M as 0x40000000\", \"1056K")],
    "eight": [beat(f"beat{i}", 1 << i, "4M as 0x40000000") for i in range(8)],
    "panels": [beat("manager", 0x1, "1M as 0x40000000",
                    more=("kumiki,panel;", 'kumiki,manages = "second", "first";')),
               beat("first", 0x2, "1M as 0x40000000"),
               beat("second", 0x4, "1M as 0x40000000", more=('kumiki,manages = "first";',)),
               beat("third", 0x8, "1M as 0x40000000")],
    "channels": [beat("left", 0x1, "1M as 0x40000000"),
                 beat("right", 0x2, "2M as 0x40000000\", \"1056K"),
                 beat("third", 0x4, "1M as 0x40000000")],
    "watched": [beat("watcher", 0x1, "1M as 0x40000000", more=('kumiki,watches = "watched";',)),
                beat("watched", 0x2, "4M as 0x40000000\", \"1056K at 0x70000000"),
                beat("third", 0x4, "1M as 0x40000000")],
    # All in one: a key for updates, beside a channel; mends, and prevention; real functions of two partitions.
    "full": [beat("watcher", 0x1, "1M as 0x40000000",
                  more=('kumiki,watches = "watched";', "kumiki,mends;", "kumiki,prevents;")),
             beat("watched", 0x2, "4M at 0x60000000", access=["first"]),
             beat("third", 0x4, "1M as 0x70000000", access=["second"])],
}
if km.APART:  # with two cores and no PCI
    SYSTEMS = {"two": [beat("small", 0x1, "1M as 0x40000000"),
                       beat("wide", 0x2, "64M", access=[f"virtio_mmio{km.SLOTS - 1}"])]}
WINDOWS = {"panels": """	windows {
		uncached { kumiki,size = "64K"; kumiki,writers = "manager"; kumiki,readers = "first"; };
		written { kumiki,size = "4K"; kumiki,writers = "manager", "third"; };
		cached { kumiki,size = "8K"; kumiki,writers = "first"; kumiki,readers = "second"; };
	};
""", "channels": """	windows {
		between { kumiki,size = "8K"; kumiki,writers = "left", "right"; };
	};
	channels {
		lan { compatible = "kumiki,network"; kumiki,ends = "left", "right"; };
		wire { compatible = "kumiki,console"; kumiki,ends = "third", "right"; };
	};
""", "full": """	channels {
		wire { compatible = "kumiki,console"; kumiki,ends = "third", "watcher"; };
	};
"""}
FULL = "full"
FUNCTIONS = {"watched": 1, "third": 2}  # their numbers on the bus
CPU = "neoverse-n1"  # prevention needs to tell EL0 from EL1


def described(name):
    path = km.beside_domains(km.description(f"tables-{name}", SYSTEMS[name]), WINDOWS.get(name, ""))
    if name == FULL:
        path.write_text(path.read_text().replace("/ {", f'/ {{\n\tkumiki,update-key = "{frame_swap.KEY}";', 1))
        km.on_bus(path, [km.function(label, "pci1af4,1044", number, device="virtio-rng-pci")
                         for number, label in enumerate(("first", "second"), start=1)])
    return path


class Machine:
    """What a stopped machine of one of SYSTEMS showed."""

    def __init__(self, name, folder):
        image = folder / "system.img"
        socket = folder / "probe"
        extra = [*(["-cpu", CPU] if name == FULL else []), *frame_probe.arguments(socket, stopped=True)]
        with km.kumiki(f"tables-{name}", described(name), image=image, extra=extra) as machine, \
                frame_probe.Probe(socket) as probe:
            self.bundle = frame_bundle.Bundle(image.read_bytes())
            self.full = name == FULL
            roots = self._watch_starts(probe)
            probe.resume()
            for partition in self.bundle.partitions:
                machine.position = 0
                machine.expect(BEAT.format(partition.name), 60)
            probe.stop()
            self._look(probe)
            views = {vmid: ft.stage2_view(probe, root, self.full) for vmid, root in roots.items()}
        self.stage2 = {vmid - 1: view for vmid, view in views.items() if vmid < VMID_LOADER}
        self.services = {vmid: view for vmid, view in views.items() if vmid >= VMID_LOADER}

    def _watch_starts(self, probe):
        """The root of each stage 2 by VMID, from each service's and partition's first instruction.
        """
        roots = {}
        starts = {SERVICE["SERVICE_TEXT"], *(p.entry for p in self.bundle.partitions)}
        for start in starts:
            probe.break_at(start)
        ends = sum(len(channel.ends) for channel in self.bundle.channels)
        while len(roots) < 2 + self.full + 2 * len(self.bundle.partitions) + ends:
            probe.resume()
            core = probe.wait_stop()
            vttbr = probe.register("VTTBR_EL2")
            root = vttbr & (1 << 48) - 1
            assert roots.setdefault(vttbr >> 48, root) == root, "two stage 2 have one VMID"
            at = probe.register("pc")
            probe.unbreak(at)
            probe.step(core)
            probe.break_at(at)
        for start in starts:
            probe.unbreak(start)
        return roots

    def _look(self, probe):
        self.cores, self.sctlr = [], []
        for index in range(len(probe.threads)):
            probe.core(index)
            self.cores.append(ft.el2_view(probe))
            self.sctlr.append(probe.register("SCTLR_EL2"))

    def private(self, core):
        """What belongs to a core alone: stack, .core, rings, tables."""
        own = [(m.pa, m.size) for m in self.cores[core].at(LAYOUT["LAYOUT_CORE"], SLOT)]
        return own + [(page, ft.PAGE) for page in self.cores[core].pages]

    def slot(self, index):
        """The frame's memory for a partition, by a core that runs it."""
        core = self.cores[self.bundle.partitions[index].cores[0]]
        return [(m.pa, m.size) for m in core.at(LAYOUT["LAYOUT_PARTITION"] + index * SLOT, SLOT)]

    def frame_ranges(self):
        b = self.bundle
        devices = [(b.gicd, 0x10000), (b.gicr, b.gicr_size), (b.uart, ft.PAGE), (b.rtc, ft.PAGE),
                   (b.smmu, SMMU_SIZE)]
        return [(b.image_base, b.image_size), (b.memory_base, b.memory_size),
                *(device for device in devices if device[0]), *self.config_spaces()]

    def config_spaces(self):
        """Of the functions: a page each."""
        return [(self.bundle.ecam + number * 8 * ft.PAGE, ft.PAGE) for number in FUNCTIONS.values()] if self.full else []

    def has_function(self, core):
        return self.full and any(core in p.cores and p.name in FUNCTIONS for p in self.bundle.partitions)


@pytest.fixture(scope="module", params=SYSTEMS)
def machine(request, tmp_path_factory):
    return Machine(request.param, tmp_path_factory.mktemp(request.param))


# Shows: frame.own-tables.
def test_every_core_has_its_mmu_on_and_tables_of_its_own(machine):
    assert len(machine.cores) == len(machine.sctlr) > 0
    for sctlr in machine.sctlr:
        assert sctlr & 1 and sctlr >> 19 & 1  # M, WXN
    roots = [core.pages[0] for core in machine.cores]
    assert len(set(roots)) == len(roots)


# Shows: frame.other-core.
def test_no_core_maps_what_is_anothers(machine):
    for mine, other in itertools.permutations(range(len(machine.cores)), 2):
        for pa, size in machine.private(other):
            assert not machine.cores[mine].of(pa, size), f"core {mine} reaches core {other}"


def test_a_core_maps_its_own(machine):
    """The counterpart: the test above doesn't pass because nothing was found."""
    least = LAYOUT["LAYOUT_STACK_SIZE"] + 4096 * 16 + 8192
    for core in range(len(machine.cores)):
        assert sum(size for _, size in machine.private(core)) > least


# Shows: frame.own-tables.
def test_a_core_cannot_write_its_own_tables(machine):
    """But for the one that its window is in."""
    for view in machine.cores:
        writable = {m.at for page in view.pages for m in view.of(page, ft.PAGE)
                    if m.write and m.pa + m.size > page}
        assert writable == {LAYOUT["LAYOUT_WINDOW_TABLE"]}


# Shows: frame.other-core.
def test_no_core_maps_a_partition_that_it_does_not_run(machine):
    for index, partition in enumerate(machine.bundle.partitions):
        ranges = machine.slot(index)
        assert ranges
        for core, view in enumerate(machine.cores):
            reached = [m for pa, size in ranges for m in view.of(pa, size)]
            assert bool(reached) == (core in partition.cores), (core, partition.name)


def test_the_console_service_is_its_cores(machine):
    for core, view in enumerate(machine.cores):
        assert bool(view.at(LAYOUT["LAYOUT_SERVICE"], SLOT)) == (
            core == machine.bundle.console_core)


def test_the_smmu_is_the_consoles_cores_and_those_with_functions(machine):
    b = machine.bundle
    for core, view in enumerate(machine.cores):
        mapped = bool(view.at(LAYOUT["LAYOUT_SMMU"], SMMU_SIZE))
        assert mapped == (b.smmu != 0 and (core == b.console_core or machine.has_function(core)))


def test_a_core_maps_its_partitions_functions(machine):
    """Their configuration space, and no other one."""
    b = machine.bundle
    spaces = machine.config_spaces()
    for core, view in enumerate(machine.cores):
        own = {space[0] for space, name in zip(spaces, FUNCTIONS)
               if any(core in p.cores and p.name == name for p in b.partitions)}
        assert {m.pa for m in view.of(b.ecam, 1 << 20)} == own


# Shows: frame.derived.
def test_no_core_can_write_the_copy_of_what_is_derived(machine):
    for index, partition in enumerate(machine.bundle.partitions):
        for core in partition.cores:
            copy, = machine.cores[core].at(LAYOUT["LAYOUT_PARTITION"] + index * SLOT + LAYOUT["LAYOUT_FIXED"], ft.PAGE)
            assert not copy.write and not copy.execute
            assert not any(m.write for view in machine.cores for m in view.of(copy.pa, ft.PAGE))


# Shows: frame.no-guest-memory.
def test_no_guest_memory_or_device_at_el2(machine):
    """The window is open for the time of a few instructions; here it may be, to an own page."""
    for core, view in enumerate(machine.cores):
        for partition in machine.bundle.partitions:
            for region in partition.regions:
                for m in view.of(region.pa, region.size):
                    assert m.at == LAYOUT["LAYOUT_WINDOW"] and m.size == ft.PAGE
                    assert not m.write and core in partition.cores


# Shows: frame.write-or-execute.
def test_nothing_is_writable_and_executable(machine):
    for view in machine.cores:
        for m in view.mappings:
            assert not (m.write and m.execute), m
            assert not (m.execute and m.memory == ft.DEVICE), m


# Shows: frame.write-or-execute.
def test_only_the_frames_text_is_executable_at_el2(machine):
    b = machine.bundle
    for view in machine.cores:
        for m in view.mappings:
            if m.execute:
                assert ft.inside((m.pa, m.size), (b.image_base, b.start)), m
                assert m.at == LAYOUT["LAYOUT_TEXT"], m


def test_image_and_bundle_are_read_only(machine):
    b = machine.bundle
    boot = ft.constants("frame/include/frame/layout.h")["LAYOUT_BOOT_SIZE"]
    for view in machine.cores:
        for m in view.of(b.image_base, b.image_size - boot):
            assert not m.write, m


# Shows: frame.start-code.
def test_no_core_maps_what_only_the_start_runs(machine):
    image = km.BUILD / f"frame/{km.BOARD}.elf"
    names = subprocess.run(["aarch64-linux-gnu-nm", image], check=True, text=True,
                           stdout=subprocess.PIPE).stdout
    start, end = (int(re.search(rf"(\w+) \w {name}\n", names)[1], 16) - LAYOUT["LAYOUT_TEXT"]
                  for name in ("frame_start", "frame_end"))
    assert end > start
    for view in machine.cores:
        assert view.of(machine.bundle.image_base, start)
        assert not view.of(machine.bundle.image_base + start, end - start)


def test_el2_maps_nothing_outside_of_its_layout(machine):
    end = LAYOUT["LAYOUT_PARTITION"] + len(machine.bundle.partitions) * SLOT
    first, last = LAYOUT["LAYOUT_PARTITION"], LAYOUT["LAYOUT_END"]
    for view in machine.cores:
        for m in view.mappings:
            assert first <= m.at < end or LAYOUT["LAYOUT_PCI"] <= m.at < last, m
            assert any(ft.inside((m.pa, m.size), r) for r in machine.frame_ranges()) or \
                m.at == LAYOUT["LAYOUT_WINDOW"], m


# Shows: frame.stack.
def test_a_guard_page_lies_below_each_stack(machine):
    for view in machine.cores:
        assert not view.at(LAYOUT["LAYOUT_STACK"] - ft.PAGE, ft.PAGE)
        assert not view.at(LAYOUT["LAYOUT_STACK_TOP"], ft.PAGE)


# ---- stage 2 ----

def attributes(machine, region):
    """Writable, executable, memory."""
    if region.kind in (frame_bundle.WINDOW, frame_bundle.WINDOW_READ):
        window = next(w for w in machine.bundle.windows if w.pa == region.pa)
        return (region.kind == frame_bundle.WINDOW, False,
                ft.UNCACHED if window.uncached else ft.NORMAL)
    if region.kind == frame_bundle.WATCHED:
        return False, False, ft.NORMAL
    ram = region.kind == frame_bundle.RAM
    return True, ram, ft.NORMAL if ram else ft.DEVICE


def managed_boxes(machine, partition):
    """Where it sees black boxes, and where they are."""
    boxes = black_boxes(machine)
    return [(partition.blackbox_ipa + n * BOX, boxes[n].pa)
            for n in partition.manages if partition.blackbox_ipa]


def stolen_page(machine, index):
    """The records of stolen time: a page of the partition's slot, at the end of all addresses."""
    page = machine.stage2[index].at(STOLEN_IPA, ft.PAGE)[0].pa
    assert any(ft.inside((page, ft.PAGE), own) for own in machine.slot(index))
    return page


def wanted_stage2(machine, index, partition):
    """What the description gave a partition."""
    pages = {STOLEN_IPA: (stolen_page(machine, index), False, False, ft.NORMAL)}
    for region in partition.regions:
        for at in range(0, region.size, ft.PAGE):
            pages[region.ipa + at] = (region.pa + at, *attributes(machine, region))
    for ipa, pa in managed_boxes(machine, partition):
        for at in range(0, BOX, ft.PAGE):
            pages[ipa + at] = (pa + at, False, False, ft.UNCACHED)
    return pages


def as_pages(view):
    return {m.at + at: (m.pa + at, m.write, m.execute, m.memory)
            for m in view.mappings for at in range(0, m.size, ft.PAGE)}


# Shows: memory.maps-its-own.
def test_a_partition_maps_what_it_was_given_and_nothing_else(machine):
    assert set(machine.stage2) == set(range(len(machine.bundle.partitions)))
    for index, partition in enumerate(machine.bundle.partitions):
        wanted = wanted_stage2(machine, index, partition)
        assert as_pages(machine.stage2[index]) == wanted, partition.name


# Shows: memory.one-owner.
def test_no_page_has_two_owners(machine):
    shared = {w.pa for w in machine.bundle.windows} | {box.pa for box in black_boxes(machine)}
    watched = [(r.pa, r.size) for p in machine.bundle.partitions for r in p.regions
               if r.kind == frame_bundle.WATCHED]
    for a, b in itertools.combinations(machine.stage2.values(), 2):
        for m in a.mappings:
            for other in b.of(m.pa, m.size):
                if any(ft.overlap((m.pa, m.size), w) for w in watched):
                    assert m.write != other.write
                else:
                    assert m.pa in shared


# Shows: watch.memory.
def test_a_watcher_sees_all_memory_of_the_one_that_it_watches(machine):
    """Read only, and not to execute: what it sees is in its regions, which the test above compares."""
    partitions = {p.name: (i, p) for i, p in enumerate(machine.bundle.partitions)}
    if "watcher" not in partitions:
        return
    seen = {pa: (write, execute) for pa, write, execute, _ in
            as_pages(machine.stage2[partitions["watcher"][0]]).values()}
    for region in partitions["watched"][1].regions:
        for at in range(0, region.size, ft.PAGE):
            if region.kind == frame_bundle.RAM:
                assert seen[region.pa + at] == (False, False)
            else:  # a function's registers
                assert machine.full and region.pa + at not in seen
    assert not any(region.pa in seen for region in partitions["third"][1].regions)


# Shows: memory.no-frame.
def test_no_partition_maps_the_frame(machine):
    """But for the black boxes of those that it manages, and its records of stolen time, all of
    which it only reads."""
    for index, view in machine.stage2.items():
        boxes = [pa for _, pa in managed_boxes(machine, machine.bundle.partitions[index])]
        stolen = stolen_page(machine, index)
        for base, size in machine.frame_ranges():
            for m in view.of(base, size):
                assert not m.write and (
                    (m.pa, m.size) == (stolen, ft.PAGE) or
                    any(ft.inside((m.pa, m.size), (pa, len(boxes) * BOX)) for pa in boxes)), m


def test_a_window_that_a_panel_shows_is_uncached(machine):
    """On all its sides; and no other one is."""
    of_panels = {"uncached", "written"}
    for window in machine.bundle.windows:
        sides = [m for view in machine.stage2.values() for m in view.of(window.pa, window.size)]
        assert len(sides) == 2
        wanted = ft.UNCACHED if window.name in of_panels else ft.NORMAL
        assert {m.memory for m in sides} == {wanted}, window


# ---- services ----
# Shows: services.sees.

def test_every_service_was_seen(machine):
    loaders = {VMID_LOADER + i for i in range(len(machine.bundle.partitions))}
    updater = {VMID_UPDATER} if machine.full else set()
    assert set(machine.services) == loaders | {VMID_CONSOLE, VMID_WARDEN} | updater | set(ends(machine))


def ends(machine):
    """{VMID of a broker: the number of its channel}, in the bundle's order."""
    channels = [number for number, channel in enumerate(machine.bundle.channels) for _ in channel.ends]
    return dict(enumerate(channels, VMID_BROKER))


def common_to_services(machine, view, data_size):
    """Text and info page: mapped for reading, in the frame's memory. Returns the rest: what lies
    behind the info page, then what the info page names."""
    b = machine.bundle
    frame = (b.memory_base, b.memory_size)
    rest = [m for m in view.mappings if m.at >= SERVICE["SERVICE_MAPS"] or
            m.at < SERVICE["SERVICE_TEXT"]]
    text, data, info, *behind = [m for m in view.mappings if m not in rest]
    assert text.at == SERVICE["SERVICE_TEXT"] and text.execute and not text.write
    assert ft.inside((text.pa, text.size), (b.image_base, b.start))
    assert (data.at, data.size) == (SERVICE["SERVICE_DATA"], data_size)
    assert data.write and not data.execute and ft.inside((data.pa, data.size), frame)
    assert (info.at, info.size) == (SERVICE["SERVICE_INFO"], ft.PAGE)
    assert not info.write and not info.execute and ft.inside((info.pa, info.size), frame)
    return behind, rest


def examines_into(machine, index, behind):
    """What a loader writes of an end: a page behind the report, which it only reads. Both are of the
    ring that the frame and the console service map, too."""
    frame = (machine.bundle.memory_base, machine.bundle.memory_size)
    report, examined, *box = behind
    if box:  # what its watcher asks for, which the frame and brokers map, too
        mends, = box
        behind = behind[:2]
        assert machine.full and machine.bundle.partitions[index].name == "watched"
        assert (mends.at, mends.size) == (SERVICE["LOADER_MEND_BOX"], ft.PAGE)
        assert not mends.write and not mends.execute and ft.inside((mends.pa, mends.size), frame)
    assert (report.at, report.size) == (SERVICE["LOADER_REPORT"], ft.PAGE)
    assert (examined.at, examined.size) == (SERVICE["LOADER_EXAMINED"], ft.PAGE)
    assert not report.write and not report.execute
    assert examined.write and not examined.execute
    assert report.pa < examined.pa < report.pa + SERVICE["BUNDLE_CONSOLE_MEMORY"]
    for page in behind:
        assert ft.inside((page.pa, page.size), frame)
        for vmid, view in machine.services.items():
            reads = [VMID_WARDEN] if page is report else []  # the life log, on the same page
            assert not view.of(page.pa, page.size) or vmid in (VMID_CONSOLE, VMID_LOADER + index, *reads)


# Shows: services.sees.
def test_a_loader_maps_its_partitions_memory_devices_and_images(machine):
    b = machine.bundle
    for index, partition in enumerate(b.partitions):
        view = machine.services[VMID_LOADER + index]
        behind, rest = common_to_services(machine, view, SERVICE["LOADER_DATA_SIZE"])
        examines_into(machine, index, behind)
        ram = [(r.pa, r.size) for r in partition.regions if r.kind == frame_bundle.RAM]
        parts = [(b.image_base + part.offset, -(-part.size // ft.PAGE) * ft.PAGE)
                 for part in b.parts_of(partition.name)]
        devices = [(r.pa, r.size) for r in partition.regions if r.kind == frame_bundle.DEVICE]
        if machine.full:  # of a function's BARs, those by which it falls silent
            devices = [device for device in devices if view.of(*device)]
        assert sum(size for _, size in ram + devices) == sum(m.size for m in rest if m.write)
        for m in rest:
            assert not m.execute
            if m.memory == ft.DEVICE:
                assert m.at == m.pa and any(ft.inside((m.pa, m.size), d) for d in devices)
            elif m.write:
                assert m.at == m.pa and any(ft.inside((m.pa, m.size), r) for r in ram)
            else:
                for pa in range(m.pa, m.pa + m.size, ft.PAGE):
                    assert any(ft.inside((pa, ft.PAGE), part) for part in parts)


BOX = SERVICE["BUNDLE_BLACKBOX_MEMORY"]


def black_boxes(machine):
    return [m for m in machine.services[VMID_CONSOLE].mappings if m.write and m.size == BOX]


# Shows: services.sees.
def test_the_console_alone_maps_the_black_boxes(machine):
    """And, for reading, those who manage (above); then it sees them as they do."""
    boxes = black_boxes(machine)
    assert len({box.pa for box in boxes}) == len(machine.bundle.partitions)
    others = [*machine.cores,
              *(view for vmid, view in machine.services.items() if vmid != VMID_CONSOLE)]
    read = {pa for partition in machine.bundle.partitions
            for _, pa in managed_boxes(machine, partition)}
    for box in boxes:
        for view in others:
            assert not view.of(box.pa, box.size)
        assert box.memory == (ft.UNCACHED if box.pa in read else ft.NORMAL)


def channel_memory(machine):
    """{address: number of the channel}"""
    return {m.pa: number for vmid, number in ends(machine).items() for m in machine.services[vmid].at(BROKER_MEMORY, ft.PAGE)}


# Shows: services.sees.
def test_a_broker_maps_the_memory_of_its_ends_and_its_channel(machine):
    """All brokers of a channel write its memory, and read a page about its ends. None has a device, a window, or what is another
    channel's or another partition's."""
    b = machine.bundle
    frame = (b.memory_base, b.memory_size)
    told = {}
    for vmid, number in ends(machine).items():
        behind, rest = common_to_services(machine, machine.services[vmid], SERVICE["BROKER_DATA_SIZE"])
        page, ledger = (m for m in rest if m.at >= SERVICE["SERVICE_MAPS"])
        assert not behind and not any(m.execute or m.memory == ft.DEVICE for m in rest)
        assert (page.at, page.size, page.write) == (SERVICE["SERVICE_MAPS"], ft.PAGE, False)
        assert ledger.at == BROKER_MEMORY and ledger.write and ledger.size <= SERVICE["BUNDLE_CHANNEL_MEMORY"]
        assert ft.inside((page.pa, page.size), frame) and ft.inside((ledger.pa, ledger.size), frame)
        assert told.setdefault(number, (page.pa, ledger.pa)) == (page.pa, ledger.pa)
        ram = [m for m in rest if m.at < SERVICE["SERVICE_TEXT"]]
        own = [(r.pa, r.size) for end in b.channels[number].ends for r in b.partitions[end].regions if r.kind == frame_bundle.RAM]
        assert sum(size for _, size in own) == sum(m.size for m in ram)
        for m in ram:
            assert m.write and m.at == m.pa
        for pa, size in own:
            assert sum(m.size for m in machine.services[vmid].of(pa, size)) >= size
    assert len({address for pair in told.values() for address in pair}) == 2 * len(b.channels)


# Shows: services.sees.
def test_the_console_maps_rings_traces_and_the_uart(machine):
    b = machine.bundle
    view = machine.services[VMID_CONSOLE]
    behind, rest = common_to_services(machine, view, SERVICE["CONSOLE_DATA_SIZE"])
    assert not behind
    assert [m.pa for m in rest if m.memory == ft.DEVICE] == [b.uart]
    memory = [m for m in rest if m.memory != ft.DEVICE]
    working = [m for m in memory if ft.inside((m.pa, m.size), (b.memory_base, b.memory_size))]
    tables = [m for m in memory if m not in working]
    assert not any(m.execute for m in memory)
    # The bundle's tables, which say whose an address is: no image of a guest.
    assert tables and not any(m.write for m in tables)
    assert min(m.pa for m in tables) == b.image_base + b.start
    assert sum(m.size for m in tables) == (b.tables_size + ft.PAGE - 1) // ft.PAGE * ft.PAGE
    # A ring of each partition and the service's own words, three pages each; and what it shares with warden and updater.
    boxes = black_boxes(machine)
    rings = {m.pa for m in working if m.write and m not in boxes}
    traces = {m.pa for m in working if not m.write}
    assert len(rings) == len(b.partitions) + 2 + machine.full
    read = {view.at(LAYOUT["LAYOUT_TRACE"], ft.PAGE)[0].pa for view in machine.cores}
    # And the log of refused accesses, which the frame writes on the console's core.
    read |= {m.pa for m in machine.cores[b.console_core].at(LAYOUT["LAYOUT_DMA_LOG"], ft.PAGE)}
    # And the accounts: the second page of what all cores share.
    read |= {m.pa + ft.PAGE for m in machine.cores[0].at(LAYOUT["LAYOUT_MAIL"], ft.PAGE)}
    # And the memory of all channels.
    assert traces == read | set(channel_memory(machine))


# Shows: services.sees.
def test_the_updater_maps_the_spare_area_and_its_box(machine):
    """It shares the box with the console alone, and writes what nobody else sees; of the rest it reads tables and accounts."""
    if not machine.full:
        return
    b = machine.bundle
    behind, rest = common_to_services(machine, machine.services[VMID_UPDATER], SERVICE["UPDATER_DATA_SIZE"])
    assert not behind and not any(m.execute or m.memory == ft.DEVICE for m in rest)
    box, spare = (m for m in rest if m.write)
    assert (box.size, spare.size) == (ft.PAGE, LAYOUT["IMAGE_ROOM"])
    assert [m for m in machine.services[VMID_CONSOLE].of(box.pa, box.size) if m.write]
    for view in [*machine.cores, *(view for vmid, view in machine.services.items() if vmid != VMID_UPDATER)]:
        assert not view.of(spare.pa, spare.size)
    accounts = machine.cores[0].at(LAYOUT["LAYOUT_MAIL"], ft.PAGE)[0].pa + ft.PAGE
    read = [m for m in rest if not m.write]
    assert all(m.pa == accounts and m.size == ft.PAGE or ft.inside((m.pa, m.size), (b.image_base, b.image_size)) for m in read)


# Shows: services.sees.
def test_the_warden_maps_accounts_lives_and_its_box(machine):
    """It writes what it shares with the console alone; of a partition it reads how it stands, and of the bundle
    the tables. No device, no trace."""
    b = machine.bundle
    view = machine.services[VMID_WARDEN]
    behind, rest = common_to_services(machine, view, SERVICE["WARDEN_DATA_SIZE"])
    assert not behind and not any(m.execute or m.memory == ft.DEVICE for m in rest)
    box, = (m for m in rest if m.write)
    assert box.size == ft.PAGE and [m for m in machine.services[VMID_CONSOLE].of(box.pa, box.size) if m.write]
    working = {m.pa for m in rest if not m.write and ft.inside((m.pa, m.size), (b.memory_base, b.memory_size))}
    tables = [m for m in rest if not m.write and m.pa not in working]
    assert min(m.pa for m in tables) == b.image_base + b.start
    assert sum(m.size for m in tables) == (b.tables_size + ft.PAGE - 1) // ft.PAGE * ft.PAGE
    accounts = {m.pa + ft.PAGE for m in machine.cores[0].at(LAYOUT["LAYOUT_MAIL"], ft.PAGE)}
    reports = {m.pa for index in range(len(b.partitions))
               for m in machine.services[VMID_LOADER + index].mappings if m.at == SERVICE["LOADER_REPORT"]}
    assert working == accounts | reports
    assert all(m.size == ft.PAGE for m in rest if m.pa in working)
