#!/bin/sh
# systemd's generator: at the system's start, and at `systemctl daemon-reload`, the file's sections become units.
[ ! -e /etc/kumiki/reserve ] || exec /usr/bin/kumiki-reserve units "$1"
