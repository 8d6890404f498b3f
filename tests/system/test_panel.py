"""The panel: an emulated PCI function, checked by a guest (tests/guest/bus).

Shows: talk.panel.
"""

import kumiki_machine as km
import pytest

TOTAL = r"\[judge\] tests: (\d+) passed, (\d+) failed"
PIPE = """	windows {
		pipe {
			kumiki,size = "64K";
			kumiki,writers = "judge", "peer";
			kumiki,doorbells;
		};
	};
"""


@pytest.mark.long
@pytest.mark.parametrize("peer", ["plain", "panel"])
@pytest.mark.parametrize("cpus", [1, 2])
@pytest.mark.parametrize("mode", km.MODES)
def test_panel(mode, cpus, peer, record_guest):
    name = f"panel-{mode}-{cpus}-{peer}"
    system = km.beside_domains(km.description(name, [
        km.partition("judge", cores=(1 << cpus) - 1, memory="1M as 0x40000000",
                     image=km.GUESTS / "bus-panel.bin",
                     more=("kumiki,panel;", 'kumiki,manages = "peer";')),
        km.partition("peer", cores=0x4, memory="1M as 0x40000000",
                     image=km.GUESTS / "bus-peer.bin",
                     more=("kumiki,panel;",) if peer == "panel" else ())]), PIPE)
    with km.kumiki(name, system, mode=km.MODES[mode]) as machine:
        match = machine.expect(TOTAL, 60)
        record_guest(int(match[1]), int(match[2]))
        bad = [line for line in machine.text.splitlines() if "FAILED" in line or ".c:" in line]
        assert match[2] == "0", "\n".join(bad)
        assert int(match[1]) == (14 if cpus == 1 else 15)
