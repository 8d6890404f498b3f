#!/bin/sh
# Says what a release consists of, in SPDX 2.3: each FILE of it in FOLDER with its checksum, and the foreign code in
# each. What is linked in is read from what the build left: the prerequisites of the objects in ROOMS name files of
# Debian's sources, the linker's MAPS of each package name the archives (.a) of which it took something, which belong to
# packages of this machine. A package's own fields name the rest. FETCHED lists the packages in build/debian, and
# ARM64 those of the keeper's libraries.
# $SOURCE_DATE_EPOCH is the document's time. Called by mk/release.mk.
#
#   tools/release/sbom.sh VERSION FOLDER "FILE…" FETCHED ARM64 "ROOM…" "MAP OF KUMIKI…" "MAP OF KUMIKI-GUEST…" >DOCUMENT
set -eu
version=$1
folder=$2
names=$3
fetched=$4
arm64=$5
rooms=$6
maps=$7
guest_maps=$8

row() { (IFS='	' && printf '%s\n' "$*"); }

# An entry of a package's list, such as "libc6 (>= 2.34)": the version that was here when it was built.
depends() {
    dpkg-deb -f "$1" Depends | tr ',' '\n' | sed 's/^ *//; s/ .*//; /^$/d' | while read -r name; do
        case $2 in
        kumiki-keeper) exact=$(sed -n "s/^${name}_\(.*\)_arm64\.deb$/\1/p" "$arm64") ;;
        *) exact=$(dpkg-query -W -f '${Version}\n' "$name" | head -n 1) ;;
        esac
        row "$2" DEPENDS_ON binary "$name" "$exact"
    done
    dpkg-deb -f "$1" Built-Using | tr ',' '\n' | sed -n 's/^ *\([^ ]*\) (= \(.*\))$/\1 \2/p' |
        while read -r name exact; do row "$2" STATIC_LINK source "$name" "$exact"; done
}

files() {
    for name in $names; do
        row file "${name%%[_-]"${version%%[~-]*}"*}" "$version" "$name" "$(sha256sum "$folder/$name" | cut -d' ' -f1)"
    done
}

linked() {
    # shellcheck disable=SC2086
    find $rooms -name '*.d' -exec grep -oh 'debian/sources/[^/ ]*' {} + | sort -u | sed 's|.*/||' | while read -r name; do
        row kumiki STATIC_LINK source "$name" "$(sed -n "s/^${name}_\(.*\)\.dsc\$/\1/p" "$fetched")"
    done
}

# archives PACKAGE MAP…
archives() {
    user=$1
    shift
    taken=$(grep -oh '^/[^ ()]*\.a(' "$@")
    for archive in $(echo "$taken" | tr -d '(' | xargs realpath | sort -u); do
        package=$(dpkg-query -S "$archive" | cut -d: -f1)
        row "$user" STATIC_LINK binary "$package" "$(dpkg-query -W -f '${Version}' "$package")"
    done
}

rows() {
    files
    for name in $names; do
        case $name in *.deb) depends "$folder/$name" "${name%%_*}" ;; esac
    done
    linked
    # shellcheck disable=SC2086 # several words
    archives kumiki $maps
    # shellcheck disable=SC2086
    archives kumiki-guest $guest_maps
}

# Not behind a pipe: there a failure wouldn't be seen.
read=$(mktemp)
trap 'rm -f "$read"' EXIT
rows >"$read"
jq -n -R --arg version "$version" --arg created "$(date -u -d "@$SOURCE_DATE_EPOCH" +%Y-%m-%dT%H:%M:%SZ)" '
    def spdx: "SPDXRef-" + gsub("[^A-Za-z0-9.-]"; "-");
    def package(name; version): {name: name, versionInfo: version, downloadLocation: "NOASSERTION", filesAnalyzed: false,
        licenseConcluded: "NOASSERTION", copyrightText: "NOASSERTION"};
    [inputs | split("\t")] | map(select(.[0] == "file")) as $files | map(select(.[0] != "file")) as $used
    | if $used | any(.[4] == "") then error("sbom: no version: \($used)") else . end
    | {spdxVersion: "SPDX-2.3", dataLicense: "CC0-1.0", SPDXID: "SPDXRef-DOCUMENT", name: "kumiki-\($version)",
       documentNamespace: "https://kumiki.invalid/spdx/kumiki-\($version)-\($created)",
       creationInfo: {created: $created, creators: ["Tool: tools/release/sbom.sh-\($version)"]},
       packages: (($files | map(package(.[1]; .[2]) + {SPDXID: (.[3] | spdx), licenseDeclared: (if .[3] | endswith(".deb") then "NOASSERTION" else "Apache-2.0 AND MIT-0" end),
               licenseComments: (if .[3] | endswith(".deb") then "usr/share/doc/NAME/copyright has them" else "" end),
               packageFileName: .[3], checksums: [{algorithm: "SHA256", checksumValue: .[4]}]}))
           + ($used | map(.[2:]) | unique | map(package(.[1]; .[2]) + {SPDXID: ("\(.[0])-\(.[1])-\(.[2])" | spdx),
               licenseDeclared: "NOASSERTION", externalRefs: [{referenceCategory: "PACKAGE-MANAGER", referenceType: "purl",
                   referenceLocator: ("pkg:deb/debian/\(.[1])@\(.[2] | @uri)" + if .[0] == "source" then "?arch=source" else "" end)}]}))),
       relationships: (($files | map({spdxElementId: "SPDXRef-DOCUMENT", relationshipType: "DESCRIBES",
               relatedSpdxElement: (.[3] | spdx)}))
           + ($used | unique | map(. as $use | {spdxElementId: ($files[] | select(.[1] == $use[0] and (.[3] | endswith(".deb"))) | .[3] | spdx),
               relationshipType: $use[1], relatedSpdxElement: ("\($use[2])-\($use[3])-\($use[4])" | spdx)})))}' "$read"
