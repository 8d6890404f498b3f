#!/usr/bin/env python3
"""The tour: `make run` plays it when there is no terminal. It starts the demonstration and shows its output. It types to a
system, lets it panic, and reads its black box. It attacks another system, crashes the frame under all of them, lets one
power off, and sees the others go on. With systems/shared.dts it puts a Linux that shares its cores under load. The exit
status is 0 if everything happened."""

import subprocess
import sys
from pathlib import Path

import frame_crash
import frame_probe
import kumiki_machine as km

PROBE = km.TESTS / "tour.probe"


class Tour:
    """A machine whose output is shown up to each line that is waited for."""

    def __init__(self, machine):
        self.machine = machine
        self.shown = 0

    def say(self, text):
        print(f"\n== {text}", flush=True)

    def see(self, pattern, seconds=45):
        match = self.machine.expect(pattern, seconds)
        self._show()
        return match

    def see_all(self, patterns, seconds=45):
        self.machine.expect_all(patterns, seconds)
        self._show()

    def _show(self):
        """Shows whole lines, up to the one that was waited for. A line that isn't whole yet is shown later."""
        whole = self.machine.whole
        end = whole.find("\n", self.machine.position) + 1 or len(whole)
        print(whole[self.shown:end], end="", flush=True)
        self.shown = max(self.shown, end)

    def type(self, text):
        self.machine.send(text)

    def crash_frame(self):
        """Makes one of the frame's pointers wild at the next interrupt. Only a debugger of the whole machine can do that."""
        with frame_probe.Probe(PROBE) as probe:
            frame_crash.stop_in(probe, "vgic_arrived")
            probe.set_register("x0", frame_crash.WILD)
            probe.detach()


def play_attack(tour):
    """Attacks the first system, whose shell is open."""
    begin = tour.machine.position
    tour.machine.position = 0  # the line comes early
    tour.see(r"\[watcher\] .*linux: text, constants, vectors and tasks are watched")
    tour.machine.position = begin
    tour.say("The fifth system watches the first one from outside. A module attacks that Linux as a rootkit would: the module "
             "takes itself and a process out of the kernel's lists, and hooks a system call.")
    tour.type("sleep 1000 & insmod /lib/modules/intruder.ko what=rootkit pid=$! hidden=1000\n")
    tour.see_all([r"\[watcher\] .*linux: task 'sleep' \(pid \d+\) is in the PID tree and not in the task list",
                  r"\[watcher\] .*linux: task 'sleep' \(pid \d+\) is in the task list again",
                  r"\[watcher\] .*linux: kernel constant at 0x[0-9a-f]+ has changed",
                  r"\[watcher\] .*linux: kernel constant at 0x[0-9a-f]+ is put back",
                  r"\[watcher\] .*linux: hidden-module \(high\): module intruder ",
                  r"\[kumiki\] watcher mended \d+ words? of linux"])
    tour.say("The process and the call are as they were. The watcher's shell has the alarms, the black box what was mended.")
    tour.type("\x1d5alarms\r")
    tour.see(r"\[watcher\] alarms: that is all")
    tour.type("\x1dclog linux\n")
    tour.see(r"\[kumiki\] .*mended")
    tour.type("\x1d1\n")


def play(tour):
    tour.say("Five systems start, each on cores, memory and devices of its own.")
    tour.see_all([r"\[heartbeat\] heartbeat: 1 s",
                  r"\[rt-linux\] kumiki-init: up, 1 CPUs, Linux .*-rt-",
                  r"\[linux\] kumiki-init: up, 2 CPUs, .*vda, eth0",
                  r"\[rtos\] \$ ", r"\[watcher\] \$ "])
    tour.say("Linux drives its own disk and network card.")
    tour.see(r"\[linux\] kumiki-init: round \d+: disk network,")
    tour.say("Ctrl-] 2 gives the keyboard to the second system, PREEMPT_RT Linux.")
    tour.type("\x1d2")
    tour.type("\nuname -v\n")
    tour.see(r"\[rt-linux\] .*PREEMPT_RT")
    tour.say("It panics. Kumiki starts it again, from its pristine images; nobody else notices.")
    tour.type("echo c > /proc/sysrq-trigger\n")
    tour.see(r"\[rt-linux\] .*Kernel panic")
    tour.see(r"\[rt-linux\] kumiki-init: up, 1 CPUs, Linux .*-rt-")
    tour.see(r"\[heartbeat\] heartbeat: \d+ s, \d+ ticks, 0 lost")
    tour.say("Ctrl-] 4 is the RTOS. Its console's driver and its file system are restarted under the shell, which "
             "goes on; the file is what it was.")
    tour.type("\x1d4")
    tour.type("write /note all that was here is here\rsum /note\r")
    crc = tour.see(r"\[rtos\] (0x[0-9a-f]{1,8})\r?\n")[1]
    tour.type("restart console\rrestart ramfs\rcp /note /copy\rps\r")
    tour.see(r"\[rtos\] console +runs +[2-9]")
    tour.see(r"\[rtos\] ramfs +runs +2")
    tour.type("sum /copy\r")
    tour.see(rf"\[rtos\] {crc}\r?\n")
    tour.say("It copies one half of its disk to the other, while the disk's driver is killed, as if it had crashed, "
             "and restarted twice. The SMMU confines that disk to the RTOS's memory.")
    tour.type("start mirror\r")
    begin = tour.machine.position
    for percent, how in ((10, "kill"), (30, "restart"), (50, "restart")):
        tour.machine.position = begin  # the copy goes on during the typing
        tour.see(rf"mirror: {percent} % of 8192 KiB are copied")
        tour.type(f"{how} block\r")
    tour.machine.position = begin
    tour.see("supervisor: block was killed")
    tour.type("ps\r")
    tour.see_all([r"\[rtos\] block +runs +[4-9]",
                  r"mirror: CRC-32C (0x[0-9a-f]+), and of the copy \1: the same"])
    tour.say("Ctrl-] c opens the operator's command line; the black box has kept what happened.")
    tour.type("\x1dc")
    tour.type("log rt-linux\n")
    tour.see(r"\[kumiki\] +\| .*Memory Limit")
    tour.see(r"\[kumiki\] .* stopping +start 1: ")
    tour.see(r"\[kumiki\] .* running +start 2")
    tour.type("list\n")
    tour.see(r"\[kumiki\] .*rt-linux .*running")
    tour.see(r"\[kumiki\] +4 +rtos +running")
    tour.say("The two Linuxes have a network that isn't there: a channel.")
    tour.type("\x1d1\n")
    tour.see(r"\[linux\] .*# ")
    tour.type("ip link set eth1 up; ip addr add 10.1.0.1/24 dev eth1\n")
    play_attack(tour)
    tour.type("exit\n")
    tour.type("\x1d2\nip link set eth0 up; ip addr add 10.1.0.2/24 dev eth0; ping -c 3 10.1.0.1\n")
    tour.see(r"\[rt-linux\] 3 packets transmitted, 3 packets received")
    tour.say("The second Linux's disk is a channel, too: the RTOS provides it. While Linux writes, Kumiki's own frame "
             "crashes beneath all systems: QEMU's debugger puts the crash in. The frame comes back, and says where it "
             "was; the time is long here, as QEMU's cores wait for your host. Then the disk's driver and the program that "
             "provides it are killed. Linux waits, and sees no error.")
    tour.type("dd if=/dev/urandom of=/tmp/random bs=1048576 count=16 && echo begin && dd if=/tmp/random of=/dev/vda bs=1048576 "
              "conv=fsync && echo 3 >/proc/sys/vm/drop_caches && dd if=/dev/vda bs=1048576 count=16 | cmp - /tmp/random && "
              "echo the disk has it all\n")
    tour.see(r"\[rt-linux\] begin\r?\n")
    tour.crash_frame()
    tour.see(r"\[kumiki\] the frame failed on core \d+, and came back in [\d.]+ ms: ")
    tour.type("\x1d4kill store\rkill provider\r")
    tour.see_all(["supervisor: store was killed", "supervisor: provider was killed"])
    tour.see(r"\[rt-linux\] the disk has it all\r?\n", 90)
    tour.type("\x1dcchannels\n")
    tour.see(r"\[kumiki\] store +rt-linux +disk ")
    tour.type("\x1d2")
    tour.type("\n")
    tour.say("The second system powers off. That is its own affair: the others go on.")
    tour.type("poweroff -f\n")
    tour.see(r"rt-linux stopped")
    tour.see(r"\[linux\] kumiki-init: round \d+: disk network,")
    return tour.see(r"\[heartbeat\] heartbeat: (\d+) s, (\d+) ticks, (\d+) lost")


def play_shared(tour):
    tour.say("Five CPUs on two cores: four of a Linux, and one of a real-time system, which goes first.")
    tour.see_all([r"\[realtime\] realtime: \d+ s, ", r"\[linux\] kumiki-init: up, 4 CPUs"])
    tour.see(r"\[linux\] / # ")
    tour.say("Deadlines are missed here because QEMU's cores wait for your host. On a terminal `make run` counts "
             "instructions as time, and none is missed once Linux is up.")
    tour.say("Linux is put under load: each of its CPUs spins, programs start and end, memory comes and goes.")
    tour.type("for cpu in 1 2 3 4; do while :; do :; done & done\r")
    tour.type("while :; do head -c 4194304 /dev/zero | tail -c 1 >/dev/null; done &\r")
    tour.see(r"\[realtime\] realtime: \d+ s, \d+ ticks, 0 lost, .* worst")
    tour.say("It takes its CPUs off and on.")
    tour.type("cd /sys/devices/system/cpu; for cpu in 1 2 3; do echo 0 >cpu$cpu/online; echo 1 >cpu$cpu/online; "
              "done; echo $(nproc) CPUs are on\r")
    tour.see(r"\[linux\] 4 CPUs are on")
    tour.say("It panics, and is started again on the same cores. The real-time system's worst stays on the screen.")
    tour.type("echo c >/proc/sysrq-trigger\r")
    tour.see(r"\[linux\] .*Kernel panic")
    tour.see(r"\[linux\] kumiki-init: up, 4 CPUs", 90)
    return tour.see(r"\[realtime\] realtime: (\d+) s, (\d+) ticks, (\d+) lost, .*")


DISK_HALF = 8 << 20
PLAYS = {"demo.dts": play, "shared.dts": play_shared}


def new_disk():
    """Clears the second half of the RTOS's disk: no earlier copy is on it."""
    with open(km.BUILD / "systems/disk2.img", "r+b") as disk:
        disk.seek(DISK_HALF)
        disk.write(bytes(DISK_HALF))


def copied():
    """Whether the disk's halves are the same, as the host sees them."""
    data = (km.BUILD / "systems/disk2.img").read_bytes()
    return data[:DISK_HALF] == data[DISK_HALF:] and any(data[:DISK_HALF])


def main():
    system = sys.argv[1]
    demonstration = Path(system).name == "demo.dts"
    if demonstration:
        new_disk()
        PROBE.parent.mkdir(parents=True, exist_ok=True)
        PROBE.unlink(missing_ok=True)
    subprocess.run([km.KUMIKI, "check", system], check=True)
    try:
        with km.kumiki(f"tour-{Path(system).stem}", system, mode=km.THREADS,
                       extra=frame_probe.arguments(PROBE) if demonstration else ()) as machine:
            seconds, ticks, lost = PLAYS[Path(system).name](Tour(machine)).groups()
    except km.MachineError as error:
        print(f"\n== {error}")
        return 1
    print(f"\n== The end: {ticks} ticks of the real-time system in {seconds} s, {lost} lost. "
          "On a terminal, `make run` is interactive.")
    if demonstration and not copied():
        print("== The halves of the RTOS's disk aren't the same.")
        return 1
    return 0 if lost == "0" else 1


if __name__ == "__main__":
    sys.exit(main())
