# Tests inside a Linux guest, which judge themselves: sourced by /etc/init (kumiki.run=tests). Which ones run
# is on the kernel's command line: kumiki.cpus=N, kumiki.disk=1, kumiki.disk-device=/dev/vda (or several,
# with commas between them), kumiki.network=N (cards), kumiki.hotplug=N, kumiki.slots=N (of virtio-mmio).
# Each test prints `test NAME: passed` or `test NAME: FAILED`, the end is `tests: N passed, N failed`.

passed=0
failed=0
judge() { # judge NAME COMMAND…
    name=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
        echo "test $name: passed"
    else
        failed=$((failed + 1))
        echo "test $name: FAILED"
    fi
}

cpus_online() {
    [ "$(nproc)" = "$(setting cpus 1)" ] || { echo "nproc says $(nproc)"; return 1; }
}

# Some devices are found only after their driver has asked them questions.
within() { # within SECONDS COMMAND…: true as soon as the command is
    tries=$(($1 * 10))
    shift
    until "$@"; do
        tries=$((tries - 1))
        [ $tries -gt 0 ] || { echo "still not: $*"; return 1; }
        usleep 100000
    done
}

# Writes a pattern of this write to the device, and reads it back.
disk_keeps() { # disk_keeps DEVICE SEED
    [ -b "$1" ] || { echo "$1 isn't there"; return 1; }
    yes "block of write $2 to $1" | dd of=/tmp/pattern bs=4096 count=256 iflag=fullblock 2>/dev/null
    dd if=/tmp/pattern of="$1" bs=4096 seek=64 conv=fsync 2>/dev/null || return 1
    echo 3 >/proc/sys/vm/drop_caches
    dd if="$1" bs=4096 skip=64 count=256 2>/dev/null | cmp -s - /tmp/pattern
}

connected() { # connected CARD
    [ "$(cat "/sys/class/net/$1/carrier")" = 1 ]
}

# Only one card at a time has the address, so an answer comes through this card.
network_up() { # network_up CARD
    [ -e "/sys/class/net/$1" ] || { echo "$1 isn't there"; return 1; }
    for card in /sys/class/net/eth*; do
        ip addr flush dev "${card##*/}" && ip link set "${card##*/}" down
    done
    ip link set "$1" up && within 10 connected "$1" && ip addr add 10.0.2.15/24 dev "$1" &&
        network_answers "$1"
}

network_answers() { # network_answers CARD
    ip addr show dev "$1" | grep -q 10.0.2.15 || network_up "$1"
    ping -A -c 3 -W 5 10.0.2.2 >/dev/null
}

# The test outside offers a file by TFTP, with its checksum beside it.
network_transfers() {
    (cd /tmp && rm -f data data.md5 && tftp -g -r data 10.0.2.2 && tftp -g -r data.md5 10.0.2.2 &&
        md5sum -cs data.md5)
}

# Switches each CPU off and on; the first CPU is the last, as one CPU always stays on.
hotplug() { # hotplug TIMES
    round=0
    while [ $round -lt "$1" ]; do
        for cpu in /sys/devices/system/cpu/cpu[1-9] /sys/devices/system/cpu/cpu0; do
            [ -e "$cpu/online" ] || continue
            echo 0 >"$cpu/online" || { echo "round $round: $cpu stays on"; return 1; }
            [ "$(nproc)" = $(($(setting cpus 1) - 1)) ] || { echo "still on: $cpu"; return 1; }
            echo 1 >"$cpu/online" || { echo "round $round: $cpu stays off"; return 1; }
        done
        round=$((round + 1))
    done
    cpus_online
}

interrupt_of() { # interrupt_of NAME: its number in /proc/interrupts; others may share it
    sed -n "s/^ *\([0-9]*\):.* $1\(,.*\)*\$/\1/p" /proc/interrupts
}

count_on() { # count_on NUMBER CPU: how often that CPU took it
    sed -n "s/^ *$1: *//p" /proc/interrupts | tr -s ' ' | cut -d' ' -f$(($2 + 1))
}

# The disk's interrupt follows its affinity to each CPU.
interrupts_spread() {
    number=$(interrupt_of "$(basename "$(readlink /sys/block/vda/device)")")
    [ -n "$number" ] || { echo "no virtio interrupt"; cat /proc/interrupts; return 1; }
    cpu=0
    while [ $cpu -lt "$(nproc)" ]; do
        echo $cpu >"/proc/irq/$number/smp_affinity_list" || return 1
        before=$(count_on "$number" $cpu)
        echo 3 >/proc/sys/vm/drop_caches
        dd if=/dev/vda of=/dev/null bs=4096 count=64 skip=$((cpu * 64)) 2>/dev/null
        [ "$(count_on "$number" $cpu)" -gt "$before" ] ||
            { echo "interrupt $number not taken on CPU $cpu"; cat /proc/interrupts; return 1; }
        cpu=$((cpu + 1))
    done
}

# Every CPU had timer interrupts, and none was spurious or unhandled.
interrupts_sane() {
    number=$(interrupt_of arch_timer | head -n 1)
    cpu=0
    while [ $cpu -lt "$(nproc)" ]; do
        [ "$(count_on "$number" $cpu)" -gt 0 ] || { cat /proc/interrupts; return 1; }
        cpu=$((cpu + 1))
    done
    grep -q '^Err: *0$' /proc/interrupts && ! dmesg | grep -q -e 'nobody cared' -e 'spurious'
}

kernel_content() {
    ! dmesg | grep -e 'WARNING:' -e 'BUG:' -e 'Oops' -e 'Firmware Bug' -e 'rcu.*stall' -e 'soft lockup'
}

test_disks() { # test_disks DEVICE…
    for disk in "$@"; do
        judge "disk-there $disk" within 10 test -b "$disk"
        judge "disk $disk" disk_keeps "$disk" 1
        [ "$disk" != /dev/vda ] || judge interrupts-spread interrupts_spread
    done
}

cards_there() {
    set -- /sys/class/net/eth*
    [ $# = "$(setting network 0)" ] || { echo "cards: $*"; return 1; }
}

test_cards() {
    judge cards cards_there
    for path in /sys/class/net/eth*; do
        driver=$(basename "$(readlink "$path/device/driver")")
        judge "network $driver" network_up "${path##*/}"
        judge "network-transfer $driver" network_transfers
    done
}

# The driver has looked at each slot of the tree, and taken the one that has a device.
slots_probed() { # slots_probed NUMBER
    there=$(ls /sys/bus/platform/devices | grep -c 'virtio_mmio$')
    taken=$(ls /sys/bus/platform/drivers/virtio-mmio | grep -c 'virtio_mmio$')
    [ "$there $taken" = "$1 1" ] || { echo "$there slots, $taken with a device"; return 1; }
}

run_tests() {
    judge cpus cpus_online
    judge interrupts-sane interrupts_sane
    if [ "$(setting disk 0)" = 1 ]; then test_disks $(setting disk-device /dev/vda | tr , ' '); fi
    if [ "$(setting network 0)" != 0 ]; then test_cards; fi
    if [ "$(setting hotplug 0)" != 0 ]; then judge hotplug hotplug "$(setting hotplug 0)"; fi
    if [ "$(setting slots 0)" != 0 ]; then judge slots slots_probed "$(setting slots 0)"; fi
    judge kernel-content kernel_content
    echo "tests: $passed passed, $failed failed"
}

# The former life's messages in ramoops' memory. False: there were none.
former_life() {
    for module in reed_solomon ramoops; do
        insmod "/lib/modules/$(uname -r)/$module.ko" || { echo "no module $module"; poweroff -f; }
    done
    mount -t pstore pstore /sys/fs/pstore
    [ -e /sys/fs/pstore/dmesg-ramoops-0 ]
}

panic_once() {
    if former_life; then
        judge former-panic grep -q 'Kernel panic - not syncing: sysrq' /sys/fs/pstore/dmesg-ramoops-0
        judge former-words grep -q 'words of a former life' /sys/fs/pstore/dmesg-ramoops-0
        judge only-one-panic [ ! -e /sys/fs/pstore/dmesg-ramoops-1 ]
        echo "tests: $passed passed, $failed failed"
        return
    fi
    echo 'kumiki-init: words of a former life' >/dev/kmsg
    echo c >/proc/sysrq-trigger
}

# Debian's own driver and BusyBox's daemon, which feeds the watchdog each second; the time-out is two.
watchdog_driven() {
    insmod "/lib/modules/$(uname -r)/sbsa_gwdt.ko" || { echo "no module sbsa_gwdt"; poweroff -f; }
    watchdog -F -t 1 -T 2 /dev/watchdog &
    daemon=$!
    round=0
    while [ $round -lt 3 ] || [ "$(setting keep-alive 0)" = 1 ]; do
        sleep 1
        round=$((round + 1))
        echo "watchdog: fed for $round s, $(cat /sys/class/watchdog/watchdog0/state)"
    done
    kill -9 $daemon
    echo "watchdog: daemon killed"
    while :; do sleep 1000; done
}
