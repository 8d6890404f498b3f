# Loads of a Linux on the core that it shares: sourced by /etc/init (kumiki.run=load). The kernel's command
# line says which loads (kumiki.loads=busy,disk,…; all of them are below), how long each is (kumiki.ms=200),
# and where the disk is (kumiki.disk-device). Kumiki's doorbell 0 tells another partition that a load begins,
# doorbell 1 that it has ended.
#
# busy, fork, pages, disk, network, console and hotplug are done by programs here; `panic` ends this life in
# the middle of it, and the next one does the same; all others are kinds of tests/modules/load.

ring() { # ring BEGINS-OR-ENDS
    insmod /lib/modules/load.ko kind=bell bell="$1" && rmmod load
}


for_ever() { # for_ever COMMAND…
    while :; do "$@" >/dev/null 2>&1; done
}

# Runs the same command on all CPUs, as long as a load takes.
everywhere() { # everywhere COMMAND…
    workers=
    cpu=0
    while [ $cpu -lt "$(nproc)" ]; do
        for_ever "$@" &
        workers="$workers $!"
        cpu=$((cpu + 1))
    done
    usleep "$(($(setting ms 200) * 1000))"
    kill $workers
    wait $workers 2>/dev/null
    true
}

disk_storm() {
    disk=$(setting disk-device /dev/vda)
    dd if="$disk" of=/dev/null bs=4096 count=256 iflag=direct
    dd if=/dev/zero of="$disk" bs=4096 count=256 oflag=direct
}

spin() {
    while :; do :; done
}

pages_storm() {
    head -c 8388608 /dev/zero | tail -c 8388608 >/dev/null
}

all_off_and_on() {
    for cpu in /sys/devices/system/cpu/cpu[1-9]; do
        echo 0 >"$cpu/online" && echo 1 >"$cpu/online" || return 1
    done
}

by_module() { # by_module KIND
    insmod /lib/modules/load.ko kind="$1" ms="$(setting ms 200)" && rmmod load
}

one_load() { # one_load NAME
    case $1 in
    idle) usleep "$(($(setting ms 200) * 1000))" ;;
    busy) everywhere spin ;;
    fork) everywhere /bin/busybox true ;;
    pages) everywhere pages_storm ;;
    disk) everywhere disk_storm ;;
    network) everywhere ping -A -c 10 10.0.2.2 ;;
    console) everywhere sh -c 'dmesg >/dev/console' ;;
    hotplug) all_off_and_on ;;
    panic) echo c >/proc/sysrq-trigger ;;
    *) by_module "$1" ;;
    esac
}

# Without seeds, CPUs that share a core would pass on their lock only after a turn each.
run_loads() {
    gather_seeds
    [ ! -e /sys/class/net/eth0 ] || network_up eth0
    ring 1 # a former life may have ended in the middle of a load
    for load in $(setting loads busy | tr , ' '); do
        echo "load $load begins"
        ring 0
        one_load "$load" || echo "load $load FAILED"
        ring 1
        echo "load $load ends"
    done
    judge kernel-content kernel_content
    echo "tests: $passed passed, $failed failed"
}
