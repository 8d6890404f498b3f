#!/bin/sh
# Makes docs/proof/misra.md of what `make misra` counted (RULES: "rule count") and of the reasons in misra.txt. A rule
# without a reason is an error. Called by mk/check.mk with PAGE=1.
#
#   tools/check/misra_page.sh RULES >PAGE
set -eu
cat <<'END'
<!-- Made by `make misra PAGE=1`. Change tools/check/misra.txt. -->
# Deviations from MISRA C:2012

This page is for engineers who ask how far Kumiki's C is from MISRA C:2012. It has what cppcheck's addon finds in the
frame, its services, `lib` and the RTOS's kernel, with the fake machine of the unit tests. Kumiki claims no level of
MISRA: the table says how it is, and why.

The addon knows most of the rules that a program can decide. It sees one source at a time.

| rule | deviations | why |
|---|---|---|
END
awk 'FNR == NR { if (!/^#/) { rule = $1; sub(/^[^ ]+ /, ""); why[rule] = $0 } next }
    !($1 in why) { print "misra: tools/check/misra.txt says nothing of rule " $1 >"/dev/stderr"; bad = 1; next }
    { print "| " $1 " | " $2 " | " why[$1] " |"; all += $2 }
    END { print "| all | " all " | |"; exit bad }' "$(dirname "$0")/misra.txt" "$1"
