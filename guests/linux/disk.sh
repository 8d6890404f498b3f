# A Linux with an end of a disk between partitions: sourced by /etc/init (kumiki.run=disk). kumiki.does=
#   serve  provides the channel kumiki.channel=disk from kumiki.file=/tmp/disk, a file of kumiki.mib=16 MiB
#          or a block device, and starts its program again whenever that ends. At each line from its
#          console it prints the medium's sum; but `kill` kills the program, `hang` stops it, `go` lets it go
#          on, `again` starts it a second time, and a third time for reading alone, `how` prints the flags of
#          its open medium, `panic` ends the kernel, and `attack` hides a thread of it
#          (tests/modules/intruder). kumiki.how=--direct,… are options of the program. With
#          kumiki.largest=N a write behind the file's first N blocks kills it
#   use    writes to /dev/vda and reads it back, kumiki.rounds=3 times or until a line comes from its
#          console; then it prints the disk's sum
#   verify writes blocks with numbers, generations and sums to /dev/vda and /dev/vdb (blocks.c), with
#          kumiki.seed=1, until a line comes from its console
#   ask    writes each line from its console to /dev/vda, as a word; but `zero` and `discard` zero or
#          discard the disk's second MiB, and print the sum of its third quarter

# Not inline: the shell looks for the files once for each call.
disk_port_is_there() { # disk_port_is_there NAME
    grep -qs "^$1\$" /sys/class/virtio-ports/*/name
}

disk_provides() {
    file=$(setting file /tmp/disk)
    channel=$(setting channel disk)
    load "/lib/modules/$(uname -r)" virtio_console
    [ -b "$file" ] || dd if=/dev/zero of="$file" bs=1048576 count="$(setting mib 16)" 2>/dev/null
    within 60 disk_port_is_there "$channel" || return 1
    echo "disk: provides $file"
    while (ulimit -f "$(setting largest unlimited)" && exec kumiki-disk $(setting how "" | tr , ' ') "$channel" "$file"); [ $? -ne 3 ]; do :; done &
    while read -r order; do
        case $order in
        kill) killall -9 kumiki-disk && echo "disk: killed" ;;
        hang) killall -STOP kumiki-disk && echo "disk: hangs" ;;
        panic) echo c >/proc/sysrq-trigger ;;
        attack) insmod /lib/modules/intruder.ko what=lost ;;
        go) killall -CONT kumiki-disk && echo "disk: goes on" ;;
        how) echo "disk: opened with $(grep -h flags /proc/$(pidof kumiki-disk)/fdinfo/3 | cut -f2)" ;;
        again) for how in "" --read-only; do kumiki-disk $how "$channel" "$file"; echo "disk: again ended with $?"; done ;;
        *) echo "disk: has $(sha256sum <"$file" | cut -d' ' -f1)" ;;
        esac
    done
}

# Four at a time, each in its own part of the disk. Each reads back what it wrote in the round.
disk_part() { # disk_part ROUND PART
    yes "round $1 of part $2" | head -c 262144 >"/tmp/part.$2"
    dd if="/tmp/part.$2" of=/dev/vda bs=4096 seek=$(($2 * 128)) conv=notrunc,fsync 2>/dev/null || return 1
    echo 3 >/proc/sys/vm/drop_caches
    dd if=/dev/vda bs=4096 skip=$(($2 * 128)) count=64 2>/dev/null | cmp - "/tmp/part.$2"
}

disk_round() { # disk_round ROUND
    parts=""
    for part in 0 1 2 3; do
        disk_part "$1" $part &
        parts="$parts $!"
    done
    for part in $parts; do
        wait "$part" || { echo "disk: round $1 FAILED"; return 1; }
    done
    echo "disk: round $1 good"
}

disk_uses() {
    within 10 test -b /dev/vda || return 1
    echo "disk: $(cat /sys/block/vda/size) sectors, read-only $(cat /sys/block/vda/ro), $(cat /sys/block/vda/serial)"
    round=0
    (read -r enough </dev/console && touch /tmp/enough) &
    while [ $round -lt "$(setting rounds 3)" ] && [ ! -e /tmp/enough ]; do
        round=$((round + 1))
        disk_round $round || return 1
    done
    echo 3 >/proc/sys/vm/drop_caches
    echo "disk: saw $(sha256sum </dev/vda | cut -d' ' -f1)"
}

# Two programs for each disk, which has its channel's name.
disk_verifies() {
    parts=""
    for disk in vda vdb; do
        within 10 test -b /dev/$disk || return 1
        for part in 0 1; do
            blocks "$(cat /sys/block/$disk/serial).$part" /dev/$disk $part "$(setting seed 1)" &
            parts="$parts $!"
        done
    done
    (read -r enough </dev/console && touch /tmp/enough) &
    for part in $parts; do
        wait "$part" || echo "disk: a load FAILED with $?"
    done
}

# The second MiB is filled first. After the request, the data that is read comes from the provider.
disk_range() { # disk_range zero|discard
    yes "before $1" | dd of=/dev/vda bs=4096 seek=256 count=256 iflag=fullblock conv=notrunc,fsync 2>/dev/null
    if [ "$1" = zero ]; then
        zero /dev/vda 1048576 1048576
    else
        blkdiscard -o 1048576 -l 1048576 /dev/vda
    fi || { echo "disk: $1 FAILED"; return 1; }
    echo 3 >/proc/sys/vm/drop_caches
    echo "disk: $1 gives $(dd if=/dev/vda bs=4096 skip=384 count=64 2>/dev/null | sha256sum | cut -d' ' -f1)"
}

disk_asks() {
    within 10 test -b /dev/vda || return 1
    echo "disk: $(cat /sys/block/vda/size) sectors"
    while read -r word; do
        if [ "$word" = zero ] || [ "$word" = discard ]; then
            disk_range "$word"
        elif echo "$word" | dd of=/dev/vda bs=4096 conv=notrunc,sync,fsync 2>/dev/null; then
            echo "disk: wrote $word"
        else
            echo "disk: could not write $word"
        fi
    done
}

disk_lives() {
    case $(setting does use) in
    serve) disk_provides ;;
    use) disk_uses ;;
    verify) disk_verifies ;;
    ask) disk_asks ;;
    esac
    echo "disk: done"
    while :; do sleep 100000; done
}
