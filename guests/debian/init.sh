#!/bin/busybox sh
# /init of the file system that initrd.sh makes: root= is a disk (/dev/vda, LABEL=name), with rw it is mounted writable.
/bin/busybox --install -s /bin
export PATH=/bin
mount -t devtmpfs dev /dev
mount -t proc proc /proc
mount -t sysfs sys /sys
. /modules
mode=ro init=/sbin/init
for word in $(cat /proc/cmdline); do
    case $word in root=*) root=${word#root=} ;; init=*) init=${word#init=} ;; rw) mode=rw ;; esac
done
for try in 1 2 3 4 5; do # a USB or NVMe disk is found some time after its driver is loaded
    mount -o $mode "$root" /root && break
    [ $try -lt 5 ] || { echo "initrd: root=$root can't be mounted. These disks are there:" && cat /proc/partitions && exec sh; }
    sleep 1
done
for folder in dev proc sys; do mount --move /$folder /root/$folder; done
exec switch_root /root "$init"
