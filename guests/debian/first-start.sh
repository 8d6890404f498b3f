#!/bin/bash
# Configures a Debian on arm64: the first start of the disk that tools/setup/root-disk.sh filled. This is its process 1.
# All packages are unpacked, and the kernel's modules are in place. Lines that begin with `debian: ` are for the script
# that waits; the last one is `debian: done`.
set -eu
export PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive LC_ALL=C
[ "$0" != /first-start ] || { # nobody can remove what it runs
    mount -t tmpfs -o mode=755 run /run && mv /first-start /run/ && exec /run/first-start
}
say() { echo "debian: $*"; }
end() { # whatever has happened
    [ $? = 0 ] && sync && mount -o remount,ro / && say "done"
    echo o >/proc/sysrq-trigger
    exec sleep infinity
}
trap end EXIT
hostname -F /etc/hostname

# Runs the scripts that dpkg runs before it unpacks a package.
export DPKG_MAINTSCRIPT_NAME=preinst DPKG_MAINTSCRIPT_ARCH=arm64 DPKG_MAINTSCRIPT_PACKAGE_REFCOUNT=1
for script in /first-start.d/*; do DPKG_MAINTSCRIPT_PACKAGE=${script##*/} "$script" install; done
unset "${!DPKG_@}"

count=$(dpkg-query -W | wc -l)
say "sets $count packages up"
dpkg --force-confold --configure --pending | while read -r line; do
    echo "$line"
    case $line in "Setting up "*) steps=$((${steps:-0} + 1)) ;; *) continue ;; esac
    [ $((steps % 20)) -ne 0 ] || say "$steps of $count packages ($SECONDS s)"
done
[ "${PIPESTATUS[0]}" = 0 ]
say "its kernel's modules"
depmod "$(uname -r)"
systemctl enable systemd-networkd
systemctl disable e2scrub_reap # it is for LVM; the other one is for screens, which there are none
systemctl mask getty-static
say "host key $(cut -d ' ' -f 1,2 /etc/ssh/ssh_host_ed25519_key.pub)"
rm -r /first-start.d
