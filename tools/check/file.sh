#!/bin/sh
# Checks one C file: its format, clang-tidy (see .clang-tidy) and cppcheck, with the flags that make
# compiles it with. Writes into DEPENDS, for make, which headers the file includes. Called by mk/check.mk.
#
#   tools/check/file.sh LIST FILE STAMP DEPENDS MODE
#
# LIST is from tools/check/commands.sh. MODE is how far clang's analyzer follows the ways through a function: `shallow` takes
# a twentieth of the time of `deep`.
set -eu
list=$1
file=$2
stamp=$3
depends=$4
mode=$5

clang-format --dry-run -Werror "$file"
# Linux's kbuild compiles modules, with Linux's headers and warnings: only their format is checked.
case $file in *.h | tests/modules/*) exit 0 ;; esac
eval "set -- $(grep "^$file " "$list" || true)" # the words as in a shell, as some have quotes
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
# On standard error, clang-tidy only counts suppressed warnings. Its findings are on standard output.
# shellcheck disable=SC2086 # two words, or none
clang-tidy --quiet "$file" -- $target "$@" -Xclang -analyzer-config -Xclang "mode=$mode" 2>/dev/null
includes=
for word in "$@"; do
    case $word in *\"*) ;; -I* | -D*) includes="$includes $word" ;; esac
done
# comparePointers: a linker's symbols are places in one image, which cppcheck can't know.
# arrayIndexOutOfBoundsCond: cppcheck believes that a loop's last value is used as an index after the loop.
# clang-tidy and the sanitizers find real accesses out of bounds.
# shellcheck disable=SC2086 # several words
cppcheck --quiet --std=c11 --platform=$platform --enable=warning,portability --inline-suppr \
    --suppress=comparePointers --suppress=arrayIndexOutOfBoundsCond --suppress=missingInclude \
    --suppress=missingIncludeSystem --error-exitcode=1 $includes "$file"
