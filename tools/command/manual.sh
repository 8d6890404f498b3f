#!/bin/sh
# manual.sh KUMIKI MANUAL.1: prints the manual page, with the command's own help for its subcommands.
set -eu

kumiki=$1
page=$2

commands() {
    "$kumiki" --help | sed -n 's/^  \([a-z]*\) .*/\1/p'
}

for_roff() {
    sed -e 's/\\/\\e/g' -e 's/-/\\-/g' -e "s/^[.']/\\\\\&&/"
}

sed '/^@COMMANDS@$/,$d' "$page"
for command in $(commands); do
    printf '.Ss %s\n.Bd -literal\n' "$command"
    "$kumiki" help "$command" | sed 's/^usage: //' | for_roff
    printf '.Ed\n'
done
sed '1,/^@COMMANDS@$/d' "$page"
