#!/bin/sh
# completion.sh KUMIKI COMPLETION.BASH: prints the completion, with the options from the command's help.
set -eu

kumiki=$1
file=$2
commands=$("$kumiki" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | tr '\n' ' ')

# The options in a command's help, and the words of its usage if that begins with a choice of words.
options() {
    "$kumiki" help "$1" | sed -n \
        -e '1s/^usage: kumiki [a-z]* \([a-z|]*|[a-z]*\) .*/\1/p' \
        -e 's/^  \(-[-a-zA-Z]*\).*/\1/p' | tr '|\n' '  '
}

cases() {
    for command in $commands; do
        printf "        %s) echo '%s' ;;\n" "$command" "$(options "$command" | sed 's/ *$//')"
    done
}

sed '/^@OPTIONS@$/,$d' "$file"
cases
sed '1,/^@OPTIONS@$/d' "$file" | sed "s/@COMMANDS@ /$commands/"
