#!/bin/sh
# Says how large the frame is, if it is larger than it should be, and fails above a limit. Text and read-only
# data at EL2 count, without the services' images. Called by mk/frame.mk.
#
#   tools/check/frame-size.sh SIZE NM ELF        (the toolchain's programs)
set -eu
warning=81920
limit=98304
stays=$("$1" -A "$3" | awk '$1 == ".head" || $1 == ".text" || $1 == ".rodata" { sum += $2 } END { print sum }')
address() { "$1" "$2" | awk -v name="$3" '$3 == name { print $1 }'; }
services=$((0x$(address "$2" "$3" service_end) - 0x$(address "$2" "$3" service_console_image)))
size=$((stays - services))
if [ "$size" -gt "$limit" ]; then
    echo "$3: $size bytes at EL2, more than the limit of $limit: move something out of EL2" >&2
    exit 1
fi
if [ "$size" -gt "$warning" ]; then
    echo "$3: built; $size bytes at EL2, and the limit is $limit" >&2
fi
