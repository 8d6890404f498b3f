#!/bin/sh
# Whether a release may be signed with this key: it is one for P-256, and a checkout has nothing left to commit, which the
# packages would have, and the archive not. Called by mk/release.mk.
#
#   tools/release/key.sh KEY
set -eu
key=$1

if ! openssl pkey -in "$key" -noout -text 2>/dev/null | grep -q 'ASN1 OID: prime256v1'; then
    echo "make: KEY: '$key' is no private key for P-256 in PEM; make one: openssl ecparam -name prime256v1 -genkey" \
        "-noout -out FILE.pem" >&2
    exit 1
fi
if git ls-files --error-unmatch VERSION >/dev/null 2>&1 && [ -n "$(git status --porcelain)" ]; then
    echo "make: KEY: not all of this checkout is committed, so nothing is signed; commit it, or put it away" >&2
    exit 1
fi
