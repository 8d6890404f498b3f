#!/bin/sh
# Fetches Debian's Prometheus for this machine and unpacks it into OUT; nothing is installed. OUT/package, the package's
# name, appears when all is there. Called by mk/keeper.mk.
#
#   tools/setup/prometheus.sh OUT
set -eu
out=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

echo "prometheus: fetching Debian's package (19 MB) into $out; this happens once."
(cd "$work" && apt-get -qq -o APT::Sandbox::User= download prometheus)
rm -rf "$out"
mkdir -p "$out"
dpkg-deb -x "$work"/prometheus_*.deb "$out"
basename "$work"/prometheus_*.deb >"$out/package"
