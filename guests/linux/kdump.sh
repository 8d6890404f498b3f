# kumiki.run=kdump: three lives of one Linux, one after the other. Sourced by /etc/init, after /etc/tests.
#
#   the first   loads a crash kernel (crashkernel=… on its command line) and panics
#   the second  is that crash kernel: it checks the memory that the first one left, writes it to the
#               disk, notes that in kept memory, and ends by a reset, or with kumiki.end=panic by a
#               panic of its own
#   the third   is a Linux from the pristine images: it checks what both lives left, then power-off
#
# The disk has, at these MiB: from 0 the kernel and its file system (a tar file), at KDUMP_WORDS the crash
# kernel's results, at KDUMP_MESSAGES the first life's messages, at KDUMP_MEMORY its memory.
# kumiki.panic-cpu=N is the CPU that panics, kumiki.crash-cpus=N how many CPUs the crash kernel has.

KDUMP_DISK=/dev/vda
KDUMP_WORDS=56
KDUMP_MESSAGES=60
KDUMP_MEMORY=64
KDUMP_DONE=0x600D0001

# Kept memory, by the name of its node.
kdump_kept() {
    for node in /proc/device-tree/reserved-memory/kept@*; do echo "0x${node##*@}"; done
}

kdump_write() { # kdump_write FROM MIB
    dd if="$1" of=$KDUMP_DISK bs=1M seek="$2" conv=fsync 2>/dev/null
}

kdump_read() { # kdump_read MIB COUNT
    dd if=$KDUMP_DISK bs=1M skip="$1" count="$2" 2>/dev/null
}

# kexec-tools asks for _text, which Debian's arm64 kernel leaves out of its list (its options have no
# CONFIG_KALLSYMS_ALL): 64 KiB before _stext.
kdump_symbols() {
    stext=$(sed -n 's/^\([0-9a-f]*\) T _stext$/\1/p' /proc/kallsyms)
    { printf '%x T _text\n' $((0x$stext - 0x10000)) && cat /proc/kallsyms; } >/tmp/symbols
    mount --bind /tmp/symbols /proc/kallsyms
}

# No watchdogs: if CPUs are the host's threads, watchdogs only find that the host was busy.
# cma=0: a kernel as Debian's would set aside 64 MiB for devices that need contiguous memory. The
# second kernel gets the same options as the first. It also gets no sums by kexec over the loaded memory
# (-i), which take longer than a boot.
kdump_load() {
    kdump_read 0 $KDUMP_WORDS | tar -x -C /tmp && kdump_symbols &&
        kexec -p -i /tmp/vmlinuz --initrd=/tmp/initrd --append="console=ttyAMA0 quiet panic=-1 cma=0 \
nowatchdog $(grep -o cryptomgr.notests /proc/cmdline) reset_devices nr_cpus=$(setting crash-cpus 1) \
kumiki.run=kdump kumiki.end=$(setting end reset) kumiki.crash-cpus=$(setting crash-cpus 1)"
}

kdump_first() {
    kdump_load || { echo "kdump: no crash kernel"; poweroff -f; }
    echo "kdump: loaded $(cat /sys/kernel/kexec_crash_loaded)"
    for module in reed_solomon ramoops; do insmod "/lib/modules/$(uname -r)/$module.ko"; done
    echo 'kdump: words of a former life' >/dev/kmsg
    taskset $((1 << $(setting panic-cpu 0))) sh -c 'echo c >/proc/sysrq-trigger'
}

kdump_cpus() {
    [ "$(nproc)" = "$(setting crash-cpus 1)" ] || { echo "nproc says $(nproc)"; return 1; }
}

kdump_messages() {
    vmcore-dmesg /proc/vmcore >/tmp/messages
}

kdump_second() {
    echo "kdump: second kernel"
    judge crash-cpus kdump_cpus
    judge vmcore-messages kdump_messages
    judge vmcore-panic grep -q 'Kernel panic - not syncing: sysrq' /tmp/messages
    judge vmcore-words grep -q 'words of a former life' /tmp/messages
    judge write-messages kdump_write /tmp/messages $KDUMP_MESSAGES
    judge write-memory kdump_write /proc/vmcore $KDUMP_MEMORY
    judge crash-kernel-content kernel_content
    echo "$passed passed, $failed failed, $(stat -c %s /proc/vmcore) bytes of memory" >/tmp/words
    cat /tmp/words
    kdump_write /tmp/words $KDUMP_WORDS
    devmem "$(kdump_kept)" 32 $KDUMP_DONE
    [ "$(setting end reset)" = reset ] || echo c >/proc/sysrq-trigger
    reboot -f
}

kdump_third() {
    judge crash-kernel grep -q ' 0 failed' /tmp/words
    judge former-messages grep -q 'Kernel panic - not syncing: sysrq' /tmp/messages
    former_life || echo "no record of ramoops"
    judge former-panic grep -q 'words of a former life' /sys/fs/pstore/dmesg-ramoops-0
    judge kernel-content kernel_content
    echo "tests: $passed passed, $failed failed"
}

kdump_lives() {
    echo 1 >/sys/module/rcupdate/parameters/rcu_cpu_stall_suppress
    mount -t tmpfs -o size=75% tmp /tmp
    within 10 test -b $KDUMP_DISK || return
    if [ -e /proc/vmcore ]; then
        kdump_second
    elif [ "$(devmem "$(kdump_kept)")" = $KDUMP_DONE ]; then
        kdump_read $KDUMP_WORDS 1 | head -n 1 >/tmp/words
        kdump_read $KDUMP_MESSAGES 1 >/tmp/messages
        kdump_third
    else
        kdump_first
    fi
}
