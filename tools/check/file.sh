#!/bin/sh
# Checks one C file: its format, clang-tidy (see .clang-tidy) and cppcheck, with the flags that make
# compiles it with. Called by mk/check.mk. Which headers it includes is written for make into DEPENDS.
#
#   tools/check/file.sh LIST FILE STAMP DEPENDS    (LIST: from tools/check/commands.sh)
set -eu
list=$1
file=$2
stamp=$3
depends=$4

clang-format --dry-run -Werror "$file"
# Modules of a Linux are compiled by its own kbuild, with its headers and its warnings.
case $file in *.h | tests/modules/*) exit 0 ;; esac
eval "set -- $(grep "^$file " "$list" || true)" # as a shell has them: with quotes
if [ $# -eq 0 ]; then
    echo "$file: is compiled by no rule of make: list it in its room's .mk, or remove it" >&2
    exit 1
fi
shift
compiler=$1
shift
"$compiler" "$@" -MM -MP -MT "$stamp" -MF "$depends" "$file"
target=
platform=unix64
case $compiler in
aarch64-*) target=--target=aarch64-linux-gnu ;;
arm-*)
    target="--target=arm-none-eabi -mcpu=cortex-r5"
    platform=unix32
    ;;
esac
# clang-tidy counts suppressed warnings on standard error; what it finds is on standard output.
clang-tidy --quiet "$file" -- $target "$@" 2>/dev/null
includes=
for word in "$@"; do
    case $word in *\"*) ;; -I* | -D*) includes="$includes $word" ;; esac
done
# comparePointers: a linker's symbols are places in one image, which cppcheck can't know.
# arrayIndexOutOfBoundsCond: takes the value behind a loop's end for one that comes back; the
# analyzer above and the sanitizers look for what is really out of bounds.
# shellcheck disable=SC2086 # words of a command
cppcheck --quiet --std=c11 --platform=$platform --enable=warning,portability --inline-suppr \
    --suppress=comparePointers --suppress=arrayIndexOutOfBoundsCond --suppress=missingInclude \
    --suppress=missingIncludeSystem --error-exitcode=1 $includes "$file"
