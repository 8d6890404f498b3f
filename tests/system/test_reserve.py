"""kumiki-reserve in an unmodified Debian Linux: what a program has for sure, it has beside storms, too."""

import re

import kumiki_machine as km

from test_linux import disk_device

INITRD = km.BUILD / "guests/initrd-panel.cpio"
PACE = "/bin/pace 20 8000 24 400000"  # each 8 ms a megabyte anew, of 24, and a computation
FILE = f"""
[pace]
command = {PACE}
memory = 32M
cpu = 60%
"""
# Eight programs compute; then sixteen take 12 MB each, and compute. Each of them is smaller than pace: the kernel ends
# the largest program first.
STORM = """
mount -t tmpfs none /tmp
cat >/tmp/reserve <<END
{file}
END
{start}
sleep 0.4
echo storm: begins
spin() {{ while :; do :; done; }}
for i in 1 2 3 4 5 6 7 8; do spin & done
sleep 0.5
echo storm: takes memory
for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do tail -c 12000000 /dev/zero & done
sleep 0.7
echo storm: over
kumiki-reserve show
"""


def linux(name, script, *, cores=0x1, access=()):
    return km.partition("linux", cores=cores, memory="256M", image=km.IMAGE["linux"], access=access,
                        initrd=km.script(name, script, INITRD),
                        bootargs="console=ttyAMA0 quiet panic=1 kumiki.run=script")


def storm(name, start):
    return km.description(name, [linux(name, STORM.format(file=FILE, start=start))])


def paces(text):
    """What pace said: of each twenty rounds, how many were late, and the slowest one's microseconds."""
    return [tuple(map(int, found)) for found in re.findall(r"pace late (\d+)\n\[linux\] pace worst-us (\d+)\n", text)]


# Shows: reserve.memory, reserve.cpu.
def test_it_keeps_its_pace_beside_a_storm():
    system = storm("reserve-kept", "kumiki-reserve run /tmp/reserve &")
    with km.kumiki("reserve-kept", system) as machine:
        machine.expect(r"storm: begins\n", 60)
        begin = machine.position
        machine.expect(r"storm: takes memory\n", 60)
        machine.expect(r"Memory cgroup out of memory: Killed process \d+ \(tail\)", 60)
        machine.expect(r"storm: over\n", 60)
        said = paces(machine.text[begin:machine.position])
        assert len(said) >= 6 and not any(late for late, _ in said), said
        assert "(pace)" not in machine.text and "] Out of memory" not in machine.text
        machine.expect(r"^\[linux\] pace +1 +24\.\dM +32\.0M +- .* 0\n", 60)
        machine.expect(r"^\[linux\] rest .* [1-9]\d*\n", 60)


def test_without_a_reservation_it_is_killed():
    """The same storm."""
    with km.kumiki("reserve-bare", storm("reserve-bare", PACE + " &")) as machine:
        machine.expect(r"storm: takes memory\n", 60)
        machine.expect(r"\] Out of memory: Killed process \d+ \(pace\)", 60)


MORE = FILE + """
[cyclic]
program = cyclic
memory = 8M
oom = last

[rest]
processes = 150
"""
RESTARTS = """
mount -t tmpfs none /tmp
cat >/tmp/reserve <<END
{file}
END
where() {{ echo "$1 is in $(cat /proc/$2/cgroup), $(cat /proc/$2/oom_score_adj)"; }}
kumiki-reserve run /tmp/reserve &
keeps=$!
until pidof pace >/dev/null; do sleep 0.1; done
kumiki-reserve run /tmp/reserve
first=$(pidof pace)
kill -9 $first
second=
until [ -n "$second" ] && [ "$second" != $first ]; do sleep 0.05; second=$(pidof pace); done
where second $second
kill -9 $keeps
wait $keeps
kumiki-reserve run /tmp/reserve >/tmp/said 2>&1 &
until grep -sq "up, 2 sections" /tmp/said; do sleep 0.1; done
echo "third is $(($(pidof pace) - second)) more"
cyclic 300 2000 &
until grep -q "has what .cyclic. has" /tmp/said; do sleep 0.1; done
where cyclic $(pidof cyclic)
echo storm: begins
bomb() {{ bomb | bomb & }}
bomb >/dev/null 2>&1
sleep 0.7
echo storm: over
kumiki-reserve show
poweroff -f
"""


# Shows: reserve.kept, reserve.cpu.
def test_it_is_kept_through_restarts_and_a_storm_of_forks():
    """A command is killed, and kumiki-reserve. Somebody starts a program that has a section: it has a real-time priority, and
    meets each of its deadlines."""
    name = "reserve-restarts"
    with km.kumiki(name, km.description(name, [linux(name, RESTARTS.format(file=MORE))])) as machine:
        machine.expect(r"kumiki-reserve: another one keeps the reservations; end it first\n", 60)
        machine.expect(r"kumiki-reserve: \[pace\] was ended by signal 9\n", 60)
        machine.expect(r"second is in 0::/reserved/pace, 0\n", 60)
        machine.expect(r"third is 0 more\n", 60)
        machine.expect(r"cyclic is in 0::/reserved/cyclic, -900\n", 60)
        machine.expect(r"storm: begins\n", 60)
        begin = machine.position
        machine.expect(r"cyclic late 0\n", 60)
        machine.expect(r"storm: over\n", 60)
        said = paces(machine.text[begin:machine.position])
        assert len(said) >= 3 and not any(late for late, _ in said), said
        machine.expect(r"^\[linux\] rest +1[0-5]\d ", 60)


BOUNDS = """
mount -t tmpfs none /tmp
cat >/tmp/reserve <<END
[own]
command = /bin/pace 20 8000 8 400000
cores = 1
alone = yes
oom-together = yes
[burner]
command = /bin/busybox dd if=/dev/zero of=/dev/null
cpu-ceiling = 10%
memory-ceiling = 16M
[rest]
cpu-ceiling = 50%
io-ceiling = vda 4M
END
kumiki-reserve run /tmp/reserve &
until pidof pace dd >/dev/null; do sleep 0.05; done
cd /sys/fs/cgroup
echo "own: $(cat reserved/own/cpuset.cpus.effective) $(cat reserved/own/memory.oom.group); others: $(cat reserved/burner/cpuset.cpus.effective) $(cat rest/cpuset.cpus.effective)"
grep "^Cpus_allowed_list" /proc/self/status
now() { awk '{ print int($1 * 1000) }' /proc/uptime; }
begin=$(now)
dd if=/dev/zero of=/dev/vda bs=64k count=32 oflag=direct 2>/dev/null
echo "wrote for $(($(now) - begin)) ms"
echo "burner: $(cat reserved/burner/memory.max) $(grep nr_throttled reserved/burner/cpu.stat)"
before=$(sed -n 's/usage_usec //p' reserved/burner/cpu.stat)
sleep 0.5
echo "burnt $(($(sed -n 's/usage_usec //p' reserved/burner/cpu.stat) - before)) us"
printf '[own]\ncommand = x\ncores = 7\n' >/tmp/bad
kumiki-reserve run /tmp/bad
echo "bad: $?"
poweroff -f
"""


# Shows: reserve.bounds.
def test_cores_and_ceilings(tmp_path):
    """A program has a core alone; another one, and the rest, get no more than their ceilings."""
    name = "reserve-bounds"
    with open(tmp_path / "disk.img", "wb") as file:
        file.truncate(8 << 20)
    last = km.SLOTS - 1
    system = km.description(name, [linux(name, BOUNDS, cores=0x3, access=[f"virtio_mmio{last}"])],
                            [disk_device(last, tmp_path / "disk.img")])
    with km.kumiki(name, system) as machine:
        machine.expect(r"own: 1 1; others: 0 0\n", 60)
        machine.expect(r"Cpus_allowed_list:\s+0\n", 60)
        took = int(machine.expect(r"wrote for (\d+) ms\n", 60)[1])
        assert 400 <= took <= 1500
        machine.expect(r"burner: 16777216 nr_throttled [1-9]\d*\n", 60)
        burnt = int(machine.expect(r"burnt (\d+) us\n", 60)[1])
        assert 60_000 <= burnt <= 140_000  # 20 ms of each 100
        machine.expect(r"/tmp/bad:2: 'x' has no path", 60)
        machine.expect(r"bad: 3\n", 60)
