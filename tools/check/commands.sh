#!/bin/sh
# Lists how make compiles each C file, with a line `FILE COMPILER FLAGS…` for each, so that the checks use
# the real flags. If make compiles a file several times, the first time counts. The debug build is there, too, as
# it has a file of its own.
#
#   tools/check/commands.sh >LIST
set -eu
told() { ${MAKE:-make} --no-print-directory -n -B V=1 "$@" 2>/dev/null; }
{
    told host frame doctor guests board-guests guest-tests rtos-tests rtos-benches bad-guests bench-guests peers-probes \
        linux unit-programs fuzz-programs
    told DEBUG=1 frame
} |
    awk '
        { line = line $0 }
        /\\$/ { sub(/\\$/, " ", line); next }
        line ~ /^[a-z0-9_-]*(gcc|clang)( .*)? -c / {
            count = split(line, word, /[ \t]+/)
            file = word[count]
            if (file ~ /\.c$/ && !(file in seen)) {
                seen[file] = 1
                flags = ""
                for (i = 2; i < count; i++) {
                    if (word[i] == "-o") { i++; continue }
                    if (word[i] == "-isystem") { flags = flags " -isystem " word[++i]; continue }
                    if (word[i] ~ /^(-I|-D|-std=|-ffreestanding|-Wall|-Wextra|-Wshadow|-Wconversion)/)
                        flags = flags " " word[i]
                }
                compiler = "gcc"
                if (line ~ /aarch64-linux-gnu/)
                    compiler = "aarch64-linux-gnu-gcc"
                if (line ~ /arm-none-eabi/)
                    compiler = "arm-none-eabi-gcc"
                print file, compiler flags
            }
        }
        { line = "" }'
