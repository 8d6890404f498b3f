#!/bin/busybox sh
# The work of the Linux guests: /init starts this script. The kernel command line says what it runs:
#
#   kumiki.run=shell    a shell on the console, power-off at its end (this is the default)
#   kumiki.run=idle     nothing
#   kumiki.run=script   /etc/script, which a test has put into the initial RAM file system; then a shell
#   kumiki.run=off      power-off
#   kumiki.run=reboot   reboot
#   kumiki.run=crash    panic
#   kumiki.run=work     fork and pipe load, the time of each round (work.c), then power-off
#   kumiki.run=pieces   after Enter on the console, pieces of work for ever on each CPU of kumiki.busy=0,1 (pieces.c)
#   kumiki.run=requests disk requests, with the instructions of each fifty (requests.c), then power-off
#   kumiki.run=cyclic   how late a real-time task wakes (cyclic.c): kumiki.cycles=1000 of kumiki.period=1000
#                       microseconds, again and again
#   kumiki.run=cyclictest the same by Debian's cyclictest, once; then nothing
#   kumiki.run=tests    self-judging tests (/etc/tests), then power-off
#   kumiki.run=panic    panics, and in its next life checks what is left of this life, then power-off
#   kumiki.run=kdump    panics with a crash kernel loaded; what follows: guests/linux/kdump.sh
#   kumiki.run=kexec    goes to a second kernel in the middle of its disk's work: guests/linux/kexec.sh
#   kumiki.run=watchdog drives its watchdog for a while, then kills the daemon and waits for the end;
#                       with kumiki.keep-alive=1 the daemon lives, and it says so again and again
#   kumiki.run=load     loads of all kinds, one after the other; which: guests/linux/load.sh
#   kumiki.run=channel  talks with other partitions over a network between them: guests/linux/channel.sh
#   kumiki.run=console  talks with another partition over a console between them: guests/linux/console.sh
#   kumiki.run=disk     provides a disk to another partition, or uses one: guests/linux/disk.sh
#   kumiki.run=cores    an agent, by which CPUs follow their cores' holders (kumiki-cores), and a shell
#   kumiki.run=keeper    the page of the machine, at a network card: guests/linux/keeper.sh
#   kumiki.run=demo     uses disk and network for ever and says so; kumiki.pause=2 seconds between rounds,
#                       in which Enter on the console opens a shell
#
# The other settings of tests and loads are kumiki.NAME=VALUE, too: see setting().
/bin/busybox --install -s /bin
export PATH=/bin HOME=/ TERM=linux
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev 2>/dev/null

# setting NAME DEFAULT: the value of kumiki.NAME on the kernel's command line.
setting() {
    for word in $(cat /proc/cmdline); do
        case $word in kumiki."$1"=*) echo "${word#*=}" && return ;; esac
    done
    echo "$2"
}

# The drivers of a kind of PCI function and the modules that they need, in the order in which they
# load.
modules_of() { # modules_of MODALIAS
    sums="crct10dif_common crct10dif_generic crc-t10dif crc64 crc64_rocksoft_generic crc64-rocksoft t10-pi"
    case $1 in
    pci:v00001AF4d0000104*) echo virtio_pci_legacy_dev virtio_pci_modern_dev virtio_pci ;;
    pci:v00008086d000010D3*) echo e1000e ;;
    pci:*bc01sc08i02) echo "$sums" nvme-core nvme ;;
    pci:*bc0Csc03i30) echo "$sums" scsi_common scsi_mod sd_mod usb-common usbcore usb-storage \
        xhci-hcd xhci-pci ;;
    esac
}

load() { # load FOLDER MODULE…: the modules that aren't there yet
    folder=$1
    shift
    for module in "$@"; do
        [ -d "/sys/module/${module//-/_}" ] ||
            insmod "$folder/$module.ko" || echo "kumiki-init: no module $module"
    done
}

# Modules for PCI functions are in a file of their own: tools/setup/initrd_pci.sh.
load_modules() {
    modules=/lib/modules/$(uname -r)
    for function in /sys/bus/pci/devices/*/modalias; do
        [ ! -e "$function" ] || load "$modules/pci" $(modules_of "$(cat "$function")")
    done
    load "$modules" virtio_mmio virtio_blk failover net_failover virtio_net
}

# Each system call, and each new program, asks Linux for random bytes. Until Linux has seeds it
# makes the bytes anew each time, in some 9,500 instructions and under one lock for all CPUs. A read
# of /dev/random makes Linux gather seeds, and waits.
gather_seeds() {
    head -c 1 /dev/random >/dev/null
}

# Each static program looks for /proc/self/exe when it starts, for which Linux makes a new entry in
# /proc. A CPU waits for another one's entry without a yield (d_alloc_parallel): where CPUs take
# turns on one thread, as under icount, it burns whole turns. With a file for /proc no CPU makes
# entries.
run_work() {
    rounds=$(setting rounds 200)
    warm_up=$(setting warm-up 20)
    umount /proc && rmdir /proc && : >/proc || echo "kumiki-init: work ended with /proc in use"
    work "$rounds" "$warm_up" || echo "kumiki-init: work ended with $?"
    stamp work-end
}

run_requests() {
    requests "$(setting disk-device /dev/vda)" "$(setting rounds 200)" "$(setting warm-up 20)" ||
        echo "kumiki-init: requests ended with $?"
    stamp requests-end
}

demo() {
    . /etc/tests
    disk=$(setting disk-device /dev/vda)
    [ "$disk" = /dev/vda ] || within 10 test -b "$disk"
    pause=$(setting pause 2)
    round=0
    [ ! -t 0 ] || echo "kumiki-init: Enter opens a shell"
    while :; do
        round=$((round + 1))
        state=""
        [ ! -b "$disk" ] ||
            { disk_keeps "$disk" $round && state="$state disk" || state="$state DISK-ERROR"; }
        [ ! -e /sys/class/net/eth0 ] ||
            { network_answers eth0 && state="$state network" || state="$state NETWORK-ERROR"; }
        echo "kumiki-init: round $round:$state, load $(cut -d' ' -f1 /proc/loadavg)"
        rest "$pause"
    done
}

# rest SECONDS: waits. A person at the console can open a shell; when it ends, the work goes on.
rest() {
    if [ ! -t 0 ]; then
        sleep "$1"
    elif read -r -t "$1" _; then
        setsid cttyhack sh
    fi
}

run=$(setting run shell)
# At once, as there is nothing else to do.
case $run in
off) poweroff -f ;;
reboot) echo "kumiki-init: reboots" && reboot -f ;;
crash) echo c >/proc/sysrq-trigger ;;
esac
load_modules
echo "kumiki-init: up, $(nproc) CPUs, Linux $(uname -r)$(for d in /sys/block/[vs]d* /sys/class/net/eth*; do
    [ ! -e "$d" ] || printf ', %s' "${d##*/}"
done)"
case $run in
work) run_work ;;
pieces) read -r _ && pieces $(setting busy 0 | tr , " ") ;;
cyclic)
    gather_seeds
    while cyclic "$(setting cycles 1000)" "$(setting period 1000)"; do :; done
    ;;
cyclictest)
    gather_seeds
    cyclictest -m -N -q -p 80 -i "$(setting period 1000)" -l "$(setting cycles 1000)"
    echo "kumiki-init: cyclictest ended with $?"
    while :; do sleep 100000; done
    ;;
requests) run_requests ;;
script) . /etc/script && setsid cttyhack sh ;;
tests) . /etc/tests && run_tests ;;
panic) . /etc/tests && panic_once ;;
kdump) . /etc/tests && . /etc/kdump.sh && kdump_lives ;;
kexec) . /etc/tests && . /etc/disk.sh && . /etc/kdump.sh && . /etc/kexec.sh && kexec_lives ;;
watchdog) . /etc/tests && watchdog_driven ;;
load) . /etc/tests && . /etc/load.sh && run_loads ;;
demo) demo ;;
channel) . /etc/tests && . /etc/channel.sh && channel_lives ;;
console) . /etc/tests && . /etc/console.sh && console_lives ;;
disk) . /etc/tests && . /etc/disk.sh && disk_lives ;;
keeper) . /etc/tests && . /etc/keeper.sh && keeper_lives ;;
cores)
    load /lib/modules/$(uname -r) uio uio_pci_generic
    kumiki-cores &
    setsid cttyhack sh
    ;;
idle) while :; do sleep 100000; done ;;
*) setsid cttyhack sh ;;
esac
poweroff -f
