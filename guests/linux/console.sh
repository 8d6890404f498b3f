# A Linux with an end of a console between partitions, /dev/hvc0: sourced by /etc/init (kumiki.run=console).
# kumiki.side=left or right; kumiki.does=
#   exchange  both send kumiki.kib=1024 KiB, 64 KiB at a time, and take as much
#   late      left sends all of that at once; right takes it after an Enter on its other console
#   lines     left sends numbered lines for ever; right prints at times how many it has
#   bytes     left sends kumiki.bytes=N bytes, each by itself, and right takes them

console_opens() {
    load "/lib/modules/$(uname -r)" virtio_console
    within 10 test -c /dev/hvc0 && exec 3<>/dev/hvc0 && stty raw -echo <&3
}

console_byte() {
    dd bs=1 count=1 <&3 2>/dev/null
}

console_waits_for() { # console_waits_for BYTE
    while [ "$(console_byte)" != "$1" ]; do :; done
}

# Until an end's terminal is raw, it echoes: what the right end sent first comes back to it before
# anything else.
console_greets() {
    if [ "$side" = right ]; then
        printf R >&3
        console_waits_for L
    else
        console_waits_for R
        printf L >&3
    fi
}

console_sum() { # console_sum WORD FILE
    echo "console: $1 $(wc -c <"$2") $(sha256sum <"$2" | cut -d' ' -f1)"
}

console_takes() { # console_takes KIB
    dd bs=1024 count="$1" iflag=fullblock <&3 2>/dev/null >>/tmp/taken
}

console_exchanges() {
    round=0
    while [ $round -lt $((kib / 64)) ]; do
        dd if=/tmp/sent bs=65536 skip=$round count=1 2>/dev/null >&3 &
        console_takes 64
        wait
        round=$((round + 1))
    done
    console_sum sent /tmp/sent
    console_sum took /tmp/taken
}

console_is_late() {
    if [ "$side" = left ]; then
        cat /tmp/sent >&3
        console_sum sent /tmp/sent
    else
        echo "console: waits for Enter"
        read -r _
        console_takes "$kib"
        console_sum took /tmp/taken
    fi
}

# The first line that a life of the right end takes may have lost its beginning. Each other line is
# one more than the one before it.
console_lines() {
    if [ "$side" = left ]; then
        seq 1000001 9999999 | dd ibs=4096 obs=64 2>/dev/null >&3
    else
        awk 'NR > 2 && $1 != seen + 1 { print "console: " $1 " comes behind " seen }
            NR > 1 { seen = $1 }
            NR % 500 == 0 { print "console: at " seen }' <&3
    fi
}

console_bytes() {
    count=$(setting bytes 1000)
    if [ "$side" = left ]; then
        head -c "$count" /tmp/sent >/tmp/part
        dd bs=1 if=/tmp/part 2>/dev/null >&3
        console_sum sent /tmp/part
    else
        dd bs=1 count="$count" <&3 2>/dev/null >/tmp/taken
        console_sum took /tmp/taken
    fi
}

console_lives() {
    side=$(setting side left)
    does=$(setting does exchange)
    kib=$(setting kib 1024)
    seq ${#side}00000 999999 | head -c $((kib * 1024)) >/tmp/sent
    console_opens || { echo "console: there is no hvc0"; return 1; }
    echo "console: open"
    case $does in
    exchange) console_greets && console_exchanges ;;
    late) console_greets && console_is_late ;;
    lines) console_lines ;;
    bytes) console_greets && console_bytes ;;
    esac
    echo "console: done"
    while :; do sleep 100000; done
}
