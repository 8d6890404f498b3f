"""The security gateway (systems/gateway.dts): only traffic that the rules allow passes, and all of it is in a log that
nobody alters unseen. A crash of one of its programs costs a delay."""

import hashlib
import hmac
import re
import shutil
import subprocess
import time

import dump
import gateway
import kumiki_machine as km
import pytest

from test_channels import operate

pytestmark = pytest.mark.talk

RECORD = 128
LOGGED = 60  # seconds, at the most: the gateway needs two


# Otherwise Linux looks for neighbours by IPv6 at times of its own, which would add records.
QUIET = "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"


def linux(machine, command, answer, seconds=60):
    """Types into the Linux, and waits for a line of its answer."""
    machine.send(f"\x1d1\r{command}\r")
    machine.expect(re.escape(command), seconds)
    return machine.expect(rf"^\[linux\] {answer}", seconds)


def shell(machine, command, answer, seconds=60):
    """Types at the gateway's shell, and waits for a line of the answer."""
    machine.send(f"\x1d2\r{command}\r")
    machine.expect(re.escape(command), seconds)
    return machine.expect(answer, seconds)


def begin(machine):
    machine.expect_all([r"gateway: \d+ rules hold", r"^\[linux\] kumiki-init: up"], 90)
    linux(machine, f"{QUIET}; echo quiet $?", "quiet 0")
    linux(machine, "ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; echo up $?", "up 0")


def fetch(machine, port, pages=200):
    linux(machine, f"wget -q -O - http://10.0.2.2:{port}/{pages} | wc -c", f"{5 * pages}$")


def refused(machine, port):
    linux(machine, f"nc -w 2 10.0.2.2 {port} </dev/null; echo ended $?", "ended 1$")


def log_size(machine):
    """The number of the log's records, by the size in its file system."""
    return int(shell(machine, "ls /disk", r"gateway\.log  (\d+)", LOGGED)[1]) // RECORD


def log_holds(machine, records):
    """The log has that many records. They are on the disk, also if the machine ends now."""
    end = time.monotonic() + km.HANGS
    while (size := log_size(machine)) < records:
        assert time.monotonic() < end, f"the log has {size} records, and not {records}"
        time.sleep(0.2)
    shell(machine, "sync /disk", r"\$ ")


def shown(log, *more, status=0):
    """The output of `kumiki gatelog` for a log."""
    done = subprocess.run([km.KUMIKI, "gatelog", "--key", gateway.KEY, *more, log], capture_output=True, text=True,
                          timeout=km.HANGS)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout if status == 0 else done.stderr


def saved(disk, path):
    path.write_bytes(gateway.log_of(disk))
    return path


def wait_for_refusals(machine, disk, folder):
    """Waits for a record that counts refused frames of the inside. One such record comes at once, and the next a minute
    later. The first one may count answers that came in."""
    end = time.monotonic() + km.HANGS
    with dump.Dump(folder / "monitor", folder) as host:
        while True:
            shell(machine, "sync /disk", r"\$ ")
            host.monitor("stop")
            now = shutil.copy(disk, folder / "disk")
            host.monitor("cont")
            text = shown(saved(now, folder / "log"))
            if re.search(r"refused without a record of their own; out [1-9]", text):
                return
            assert time.monotonic() < end, text


def head_of(machine):
    return machine.expect(r"gateway: head (\d+:[0-9a-f]{64})", 180)[1]


# Shows: gateway.rules, gateway.log.
@pytest.mark.long
def test_rules_decide(tmp_path):
    with gateway.pages() as port, gateway.pages() as other:
        disk = gateway.new_disk("gateway-rules", gateway.RULES.format(port=port))
        with km.kumiki("gateway-rules", gateway.system("gateway-rules", disk), mode=km.TALK) as machine:
            begin(machine)
            fetch(machine, port)
            refused(machine, other)
            log_holds(machine, 5)
            shell(machine, f"write /disk/gateway.rules allow sideways tcp port {other}",
                  r"gateway: /disk/gateway\.rules, line 4: behind the first word stands 'out', 'in' or 'both'")
            fetch(machine, port)
            refused(machine, other)
            shell(machine, f"write /disk/new allow out tcp port {other}", r"\$ ")
            shell(machine, "write /disk/new allow both arp", r"\$ ")
            shell(machine, "mv /disk/new /disk/gateway.rules", "gateway: 2 rules hold")
            fetch(machine, other)
            refused(machine, port)
            log_holds(machine, 10)
    text = shown(saved(disk, tmp_path / "log"))
    assert re.search(rf"tcp 10\.0\.2\.15:\d+ to 10\.0\.2\.2:{port} from card [0-9a-f:]{{17}}: passed by line 3; out [1-9]", text)
    assert re.search(rf"tcp 10\.0\.2\.15:\d+ to 10\.0\.2\.2:{other} from card [0-9a-f:]{{17}}: refused, no line of the rules fits", text)
    assert re.search(rf"tcp 10\.0\.2\.15:\d+ to 10\.0\.2\.2:{other} from card [0-9a-f:]{{17}}: passed by line 1", text)
    assert re.findall(r"(\d+) rules hold", text) == ["3", "2"]


# Shows: gateway.log.
@pytest.mark.long
def test_a_changed_log_shows(tmp_path):
    with gateway.pages() as port:
        disk = gateway.new_disk("gateway-cut", gateway.RULES.format(port=port))
        with km.kumiki("gateway-cut", gateway.system("gateway-cut", disk), mode=km.TALK) as machine:
            begin(machine)
            fetch(machine, port)
            log_holds(machine, 4)
            head = head_of(machine)
            assert f"gateway: head {head}" in operate(machine, "log gateway all", "no crash report")  # the black box has it
    log = saved(disk, tmp_path / "log")
    whole = log.read_bytes()
    assert "none is missing up to the head" in shown(log, "--head", head)
    records = int(head.split(":")[0])
    seal, key = bytes(32), gateway.KEY.read_bytes()
    for at in range(0, records * RECORD, RECORD):
        seal = hmac.digest(key, seal + whole[at:at + RECORD - 32], hashlib.sha256)
        assert whole[at + RECORD - 32:at + RECORD] == seal
    assert head == f"{records}:{seal.hex()}"
    log.write_bytes(whole[:(records - 1) * RECORD])
    assert f"record {records - 1}: it isn't there: the log was cut" in shown(log, "--head", head, status=1)
    for at in range(0, len(whole), 37):
        log.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:])
        assert f"error: record {at // RECORD}: " in shown(log, status=1)
    log.write_bytes(whole[:RECORD] + whole[2 * RECORD:])
    assert "record 1: its seal is wrong" in shown(log, status=1)
    log.write_bytes(whole[:-1])
    assert "the file ends within it" in shown(log, status=1)
    other = tmp_path / "key"
    other.write_bytes(bytes(32))
    done = subprocess.run([km.KUMIKI, "gatelog", "--key", other, log], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "or the key is another one" in done.stderr


# Shows: gateway.log.
@pytest.mark.long
def test_a_moved_log_has_a_successor(tmp_path):
    with gateway.pages() as port:
        disk = gateway.new_disk("gateway-moved", gateway.RULES.format(port=port))
        with km.kumiki("gateway-moved", gateway.system("gateway-moved", disk), mode=km.TALK) as machine:
            begin(machine)
            fetch(machine, port)
            log_holds(machine, 4)
            former = shell(machine, "mv /disk/gateway.log /disk/old.log", r"gateway: a new log begins; the former one has (\d+) records")[1]
            fetch(machine, port)
            log_holds(machine, 2)
            # Another file is in the log's place. Nothing passes, even after many crashes.
            shell(machine, "write /disk/other short", r"\$ ")
            shell(machine, "mv /disk/other /disk/gateway.log", r"gateway\.log: it was cut, or it isn't the log that was written; nothing passes")
            refused(machine, port)
            for _ in range(7):
                shell(machine, "restart gateway", r"gateway\.log: it was cut, or it isn't the log that was written; nothing passes")
            refused(machine, port)
            shell(machine, "mv /disk/gateway.log /disk/other", r"gateway: /disk/gateway\.log is right again")
            fetch(machine, port)
            log_holds(machine, 4)
    old = tmp_path / "old"
    old.write_bytes(gateway.disks.tool("read", disk, "old.log"))
    assert f"log: {former} records" in shown(old).replace(str(old), "log")
    text = shown(saved(disk, tmp_path / "log"))
    assert re.search(r"^ +0 .* this log begins; the former one has \d+ records$", text, re.MULTILINE)
    assert re.search(r"refused without a record of their own; out [1-9]", text)


# Shows: gateway.log.
@pytest.mark.long
def test_a_full_disk_lets_nothing_pass(tmp_path):
    with gateway.pages() as port:
        disk = gateway.new_disk("gateway-full", gateway.RULES.format(port=port), filler=6 << 20)
        with km.kumiki("gateway-full", gateway.system("gateway-full", disk), mode=km.TALK,
                       extra=dump.arguments(tmp_path / "monitor")) as machine:
            begin(machine)
            linux(machine, "ip route add default via 10.0.2.2; ping 10.0.2.2 >/tmp/known & echo pings $?", "pings 0")
            fetch(machine, port)
            shell(machine, "cp /disk/filler /disk/more", r"\$ ", 120)
            shell(machine, "cp /disk/filler /disk/most", r"cp: .*", 120)
            # These flows fill the rest of the log's last block, and all places of the queue.
            flows = "for j in $(seq 60); do ping -c 1 -W 1 10.9.$i.$j >/dev/null & done; sleep 1"
            machine.send(f"\x1d1\r(for i in 1 2 3 4 5 6 7; do {flows}; done) 2>/dev/null; echo begun $?\r")
            machine.expect(r"gateway\.log: .*; when 240 records wait, nothing new passes, and after ten seconds nothing at all", 120)
            machine.expect(r"^\[linux\] begun 0", 120)
            # The promise is ten seconds; then nothing comes for five.
            linux(machine, "sleep 13; wc -l </tmp/known >/tmp/was; echo was $?", "was 0")
            linux(machine, "sleep 5; wc -l </tmp/known | cmp - /tmp/was; echo same $?", "same 0")
            refused(machine, port)
            held = log_size(machine)
            shell(machine, "rm /disk/most", r"gateway\.log can be written again")
            fetch(machine, port)
            linux(machine, "while wc -l </tmp/known | cmp -s - /tmp/was; do :; done; echo on $?", "on 0")
            # The queue has 256 places. `held` also counts at most one block of records that wasn't written whole.
            machine.send(f"\x1d1\r(for i in 8 9; do {flows}; done) 2>/dev/null; echo more $?\r")
            machine.expect(r"^\[linux\] more 0", 120)
            log_holds(machine, held + 256)
            wait_for_refusals(machine, disk, tmp_path)


# Shows: gateway.rules.
@pytest.mark.long
def test_rules_hold_without_their_file():
    with gateway.pages() as port:
        disk = gateway.new_disk("gateway-gone", gateway.RULES.format(port=port))
        with km.kumiki("gateway-gone", gateway.system("gateway-gone", disk), mode=km.TALK) as machine:
            begin(machine)
            shell(machine, "rm /disk/gateway.rules", r"\$ ")
            shell(machine, "kill gateway", "gateway was killed")
            fetch(machine, port)


# Shows: gateway.crash.
@pytest.mark.parametrize("victim", [
    "gateway", *(pytest.param(other, marks=pytest.mark.long) for other in ("block", "card-in", "card-out", "diskfs"))])
def test_a_crash_costs_a_delay(victim, tmp_path):
    name = f"gateway-crash-{victim}"
    with gateway.pages() as port:
        disk = gateway.new_disk(name, gateway.RULES.format(port=port))
        with km.kumiki(name, gateway.system(name, disk), mode=km.TALK) as machine:
            begin(machine)
            cut = 0
            for _ in range(3):
                start = machine.position
                machine.send(f"\x1d1\rwget -q -O - http://10.0.2.2:{port}/400000 | wc -c\r")
                shell(machine, f"kill {victim}", f"{victim} was killed")
                cut += "] 2000000\n" not in machine.text[start:machine.position]
                machine.expect_since(start, [r"^\[linux\] 2000000$"], 120)
            assert cut > 0, "each page was there before the kill"
            # Each start has two records; then come those of ARP and of three connections.
            log_holds(machine, 9 if victim == "gateway" else 6)
    text = shown(saved(disk, tmp_path / "log"))
    assert len(re.findall(r"the gateway begins, start \d", text)) == (4 if victim == "gateway" else 1)
    assert re.search(rf"tcp 10\.0\.2\.15:\d+ to 10\.0\.2\.2:{port} .* passed by line 3", text)
