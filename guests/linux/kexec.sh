# kumiki.run=kexec: two kernels of one Linux, in one life of its partition. Sourced by /etc/init, after
# /etc/tests, /etc/disk.sh and /etc/kdump.sh.
#
#   the first   writes to a disk and reads it back without an end. Behind kumiki.rounds=5 rounds another
#               process makes it go to the second kernel, in the middle of a round: by kexec, or with
#               kumiki.by=panic by a panic with a crash kernel loaded
#   the second  checks what the first one wrote and flushed, and goes on in the same way for three rounds
#
# The disk has the rounds in its first 2 MiB (disk.sh), the number of the last flushed round at KEXEC_KEPT
# MiB, and behind KEXEC_FILES MiB a tar file with the second kernel and its file system. With kumiki.address=…
# and kumiki.other=…, both kernels use a network, too.

KEXEC_DISK=/dev/vda
KEXEC_KEPT=3
KEXEC_FILES=4

kexec_keep() { # kexec_keep ROUND: on the medium when it returns
    echo "$1" | dd of=$KEXEC_DISK bs=1048576 seek=$KEXEC_KEPT conv=notrunc,fsync 2>/dev/null
}

kexec_kept() {
    dd if=$KEXEC_DISK bs=1048576 skip=$KEXEC_KEPT count=1 2>/dev/null | head -n 1
}

kexec_network() {
    [ -z "$(setting address "")" ] || { . /etc/channel.sh && channel_card_up "$(setting address "")" &&
        within 60 ping -c 1 -W 1 "$(setting other "")" >/dev/null && echo "kexec: the network answers"; }
}

kexec_load() {
    options="console=ttyAMA0 quiet panic=-1 cma=0 nowatchdog $(grep -o cryptomgr.notests /proc/cmdline) \
kumiki.run=kexec kumiki.kernel=2 kumiki.address=$(setting address "") kumiki.other=$(setting other "")"
    dd if=$KEXEC_DISK bs=1048576 skip=$KEXEC_FILES 2>/dev/null | tar -x -C /tmp || return 1
    if [ "$(setting by kexec)" = panic ]; then
        kdump_symbols && kexec -p -i /tmp/vmlinuz --initrd=/tmp/initrd --append="$options reset_devices nr_cpus=1"
    else
        kexec -l -i /tmp/vmlinuz --initrd=/tmp/initrd --append="$options"
    fi && rm /tmp/vmlinuz /tmp/initrd
}

kexec_rounds() { # kexec_rounds FIRST COUNT
    round=$1
    while [ $round -lt $(($1 + $2)) ]; do
        disk_round $round && kexec_keep $round || return 1
        echo "kexec: round $round holds"
        echo $round >/tmp/round
        round=$((round + 1))
    done
}

kexec_reached() { # kexec_reached ROUND
    [ "$(cat /tmp/round)" -ge "$1" ]
}

# Rounds have three digits, so all lines of a part are of equal length, and pieces of two rounds fit.
kexec_first() {
    kexec_load || { echo "kexec: no second kernel"; return 1; }
    kexec_network || return 1
    echo 0 >/tmp/round
    kexec_rounds 100 800 &
    within 120 kexec_reached $((100 + $(setting rounds 5))) || return 1
    echo "kexec: goes"
    if [ "$(setting by kexec)" = panic ]; then echo c >/proc/sysrq-trigger; else kexec -e; fi
}

# Each sector is of the last flushed round, or of the one that was in the middle.
kexec_holds() { # kexec_holds ROUND PART
    dd if=$KEXEC_DISK bs=4096 skip=$(($2 * 128)) count=64 2>/dev/null | sed '$d' | sort | uniq >/tmp/lines
    grep -q . /tmp/lines && ! grep -v -x -e "round $1 of part $2" -e "round $(($1 + 1)) of part $2" /tmp/lines
}

kexec_second() {
    kept=$(kexec_kept)
    echo "kexec: second kernel, kept $kept"
    for part in 0 1 2 3; do
        kexec_holds "$kept" $part || { echo "kexec: part $part LOST"; return 1; }
    done
    echo "kexec: all that was flushed is there"
    kexec_network && kexec_rounds $((kept + 2)) 3 || return 1
    echo 3 >/proc/sys/vm/drop_caches
    echo "kexec: saw $(dd if=$KEXEC_DISK bs=1048576 count=$KEXEC_FILES 2>/dev/null | sha256sum | cut -d' ' -f1)"
}

kexec_lives() {
    mount -t tmpfs -o size=75% tmp /tmp
    within 10 test -b $KEXEC_DISK || return
    if [ "$(setting kernel 1)" = 2 ]; then kexec_second; else kexec_first; fi
    while :; do sleep 100000; done
}
