#!/bin/sh
# Fails if an instruction of a program uses an FP or SIMD register, and names these functions. The program's
# threads haven't declared such registers, so the instruction would fault. Called by mk/rtos.mk.
#
#   tools/check/integer.sh OBJDUMP FILE
set -eu
objdump=$1
file=$2
found=$("$objdump" -d --no-show-raw-insn "$file" | awk '
    /^[0-9a-f]+ <.*>:$/ { name = $2; next }
    { sub(/\/\/.*/, ""); sub(/<.*>/, "") }
    /[ \t,{[][qdsvhb]([0-9]|[12][0-9]|3[01])([],.}[]|$)/ { if (!(name in seen)) print name; seen[name] = 1 }')
[ -z "$found" ] || {
    echo "$file: uses FP registers without having them (link it by rtos_c_program), in" $found >&2
    exit 1
}
