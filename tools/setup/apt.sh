# Gets Debian's arm64 packages by apt, without this machine's dpkg: nothing is installed, and no architecture is added.
# apt has a configuration, lists and a cache of its own in $work, but the machine's sources and keys, so every file
# is verified as usual. Sourced by debian.sh and root-packages.sh, which set $work.
# shellcheck shell=sh
# shellcheck disable=SC2154
host=$(dpkg --print-architecture)

# Packages come from a named release, whatever the machine's own is.
suite=bookworm

# The machine's own Debian sources, of that release; without other suites, which may lack arm64. Both formats are
# possible, one-line and deb822.
debian_sources() {
    # shellcheck source=/dev/null
    codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ ! -e "$file" ] || sed -n -E \
            "/^deb .*[ /]($codename|stable)(-updates|-security|\/updates)? /{
                s/([ \/])($codename|stable)(-|\/| )/\1$suite\3/; s/arch=[a-z0-9,]* *//; p; s/^deb /deb-src /p; }" \
            "$file" >>"$work/sources.list.d/machine.list"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ ! -e "$file" ] || awk -v RS= -v ORS='\n\n' -v suite="$codename" '
            $0 ~ "(^|\n)Suites:[^\n]*[ ](" suite "|stable)(-[a-z]+)?([ \n]|$)" {
                gsub(/\nArchitectures:[^\n]*/, ""); sub(/(^|\n)Types:[^\n]*/, "\nTypes: deb deb-src"); print }' \
            "$file" | sed -E "/^Suites:/s/ ($codename|stable)\\b/ $suite/g" >>"$work/sources.list.d/machine.sources"
    done
}

apt_arm64() {
    command=$1
    shift
    "$command" -qq -o APT::Architecture=arm64 -o APT::Architectures::=arm64 \
        -o APT::Architectures::="$host" \
        -o Dir::State="$work/state" -o Dir::State::status="$work/state/status" \
        -o Dir::Cache="$work/cache" -o Dir::Log="$work" -o APT::Sandbox::User= \
        -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$work/sources.list.d" "$@"
}

# Gets the list of all packages.
apt_begin() {
    mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial" "$work/sources.list.d"
    : >"$work/state/status"
    debian_sources
    apt_arm64 apt-get update
}
