#!/bin/sh
# Says how large the frame is, if it is larger than it should be, and fails above a limit. Text and read-only
# data at EL2 count, without the services' images. Called by mk/frame.mk.
#
#   tools/check/frame-size.sh SIZE NM ELF        (the toolchain's programs)
set -eu
warning=114688
limit=131072
part() { "$1" -A "$2" | awk -v names="$3" 'index(names, $1 " ") { sum += $2 } END { print sum }'; }
symbol() { "$1" "$2" | awk -v name="$3" '$3 == name { print $1 }'; }
size=$(part "$1" "$3" ".head .text .rodata ")
if [ "$((0x$(symbol "$2" "$3" frame_layout)))" = 0 ]; then
    echo "$3: a part has outgrown its room (IMAGE_ in frame/include/frame/layout.h): text" \
        "$(part "$1" "$3" ".head .text "), constants $(part "$1" "$3" ".rodata "), start" \
        "$(part "$1" "$3" ".start ") bytes; give it more, and raise LAYOUT_REVISION" >&2
    exit 1
fi
if [ "$size" -gt "$limit" ]; then
    echo "$3: $size bytes at EL2, more than the limit of $limit: move something out of EL2" >&2
    exit 1
fi
if [ "$size" -gt "$warning" ]; then
    echo "$3: built; $size bytes at EL2, and the limit is $limit" >&2
fi
