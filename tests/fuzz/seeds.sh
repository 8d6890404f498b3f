#!/bin/sh
# Makes the folder of a fuzzer's seeds: the kept inputs in FOLDER/kept, and beside it the cases of
# tables as files, and other files as they are. Called by mk/unit.mk.
#
#   tests/fuzz/seeds.sh FOLDER SOURCE…
set -eu
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder/kept"
for source in "$@"; do
    case $source in
    *.tar.gz) tar -xzf "$source" -C "$folder/kept" ;;
    *.cases) tests/cases.sh "$folder" "$source" ;;
    *) cp "$source" "$folder" ;;
    esac
done
