"""An attacker with all rights in the Linux behind the security gateway (systems/gateway.dts). He sends impossible frames,
and drives his card by hand (guests/linux/attack.c). The log goes on, has his deeds, and no record is missing or changed.
Allowed traffic passes as before."""

import re

import gateway
import kumiki_machine as km
import pytest
from test_channels import operate
from test_gateway import QUIET, begin, fetch, head_of, log_holds, log_size, saved, shell, shown

CARDS = "/sys/bus/platform/drivers/virtio-mmio"


def does(machine, command, answer):
    """Types a command and waits for its answer. The echo isn't waited for, because the shell breaks a long command."""
    machine.send(f"\x1d1\r{command}\r")
    machine.expect(rf"^\[linux\] {answer}", 60)


def attack(machine, kind, count, where):
    does(machine, f"/tmp/attack {kind} {count} {where}", f"attack {kind} {count}$")


def arrive(machine, port):
    """The attacker fetches his program. The log has the server that gave it to him."""
    begin(machine)
    does(machine, f"wget -q -O /tmp/attack http://10.0.2.2:{port}/attack; chmod +x /tmp/attack; echo got $?", "got 0")
    log_holds(machine, 4)


def goes_on(machine, port):
    """Allowed traffic still passes, and has its record. Returns the log's head, as the gateway names it."""
    before = log_size(machine)
    fetch(machine, port)
    log_holds(machine, before + 1)
    head = head_of(machine)
    shell(machine, "sync /disk", r"\$ ")
    assert int(head.split(":")[0]) > before
    return head


def whole_log(disk, head, path):
    """The whole log in words. Up to the head no record is missing or changed."""
    text = shown(saved(disk, path / "log"), "--head", head)
    assert "none is missing up to the head" in text
    return text


# Shows: gateway.attack.
@pytest.mark.long
def test_an_attacker_sends_anything(tmp_path):
    """The attacker sends invalid packets, forged ones, and connections without an end."""
    with gateway.pages() as port:
        disk = gateway.new_disk("gateway-sends", gateway.RULES.format(port=port))
        with km.kumiki("gateway-sends", gateway.system("gateway-sends", disk), mode=km.TALK) as machine:
            arrive(machine, port)
            attack(machine, "packets", 3600, "$(cat /sys/class/net/eth0/ifindex)")  # each may begin a flow
            # Forged frames have taught QEMU's switch that the gateway's outer address is the attacker's. The Linux forgets
            # its neighbours and sends a broadcast; the answer corrects the switch.
            does(machine, "ip link set eth0 down; ip link set eth0 up; echo asks anew $?", "asks anew 0")
            head = goes_on(machine, port)
    text = whole_log(disk, head, tmp_path)
    assert re.search(r"from card 02:00:00:00:00:99: refused, malformed or with a source route; out [1-9]", text)
    assert re.search(r"refused, a fragment; out [1-9]", text)
    forged = re.findall(r"tcp (\S+):\d+ to 10\.0\.2\.2:\d+ from card (\S+): refused, no line of the rules fits; out [1-9]", text)
    assert len({address for address, _ in forged}) > 20 and len({card for _, card in forged}) > 1
    assert ("10.0.2.15", "02:00:00:00:00:99") in forged
    assert re.search(r"refused without a record of their own; out [1-9]", text) or len(forged) > 1000 # on a slow host


# Shows: gateway.attack.
@pytest.mark.talk
def test_an_attacker_drives_his_card(tmp_path):
    """Garbage is in the card's rings, resets don't end, drivers come and go, and the Linux ends in the middle of that."""
    with gateway.pages() as port:
        disk = gateway.new_disk("gateway-drives", gateway.RULES.format(port=port))
        with km.kumiki("gateway-drives", gateway.system("gateway-drives", disk), mode=km.TALK) as machine:
            arrive(machine, port)
            up = "ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0"
            does(machine, f"at={CARDS}; cd $at; card=$(echo *.virtio_mmio); cd /; echo $card >$at/unbind; echo away $?", "away 0")
            for kind, count in ("rings", 1500), ("resets", 150):
                attack(machine, kind, count, "$((0x${card%%.*}))")
            shown = operate(machine, "channels", "lan +gateway ")
            assert re.findall(r"broker's failures (\d+)", shown) == ["0", "0"]
            assert int(re.search(r"linux .* (\d+) broken ring", shown)[1]) > 10
            does(machine, f"echo $card >$at/bind; {up}; echo back $?", "back 0")
            fetch(machine, port)
            does(machine, f"for i in 1 2 3; do echo $card >$at/unbind; echo $card >$at/bind; done; {up}; echo back $?", "back 0")
            fetch(machine, port)
            does(machine, "echo $card >$at/unbind; echo away $?", "away 0")
            machine.send("/tmp/attack resets 10000000 $((0x${card%%.*})) & sleep 1; reboot -f\r")
            machine.expect(r"^\[linux\] kumiki-init: up", 90)
            does(machine, f"{QUIET}; {up}; echo back $?", "back 0")
            head = goes_on(machine, port)
    text = whole_log(disk, head, tmp_path)
    assert len(re.findall(rf"tcp 10\.0\.2\.15:\d+ to 10\.0\.2\.2:{port} .* passed by line 3; out [1-9]", text)) >= 4
