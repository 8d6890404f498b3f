# A Linux with an end of a network between partitions: sourced by /etc/init (kumiki.run=channel).
# kumiki.address=10.1.0.1 is its own address. It sends to kumiki.others=10.1.0.2,10.1.0.3, one after the
# other: kumiki.mib=4 MiB each time, and kumiki.rounds=1 times, by nc or, with kumiki.by=flow, in large
# pieces (flow.c). It always takes what the others send. kumiki.echo=10.1.0.2 is an echo server (port 7),
# to which it sends in the same way.

channel_card_up() { # channel_card_up ADDRESS
    within 10 test -e /sys/class/net/eth0 && ip link set eth0 up && within 10 connected eth0 &&
        ip addr add "$1/24" dev eth0
}

# Takes streams, and prints the sum of each. It listens without a pause, so no stream is refused.
channel_takes() {
    cat >/tmp/take <<'EOF'
#!/bin/sh
cat >/tmp/taken.$$
echo "channel: took $(wc -c </tmp/taken.$$) $(sha256sum </tmp/taken.$$ | cut -d' ' -f1)" >/dev/console
rm /tmp/taken.$$
EOF
    chmod +x /tmp/take
    nc -ll -p 5000 -e /tmp/take
}

# The bytes are the same in each life, and differ in each round.
channel_data() { # channel_data ROUND
    yes "round $1 of $(setting address none)" | head -c $(($(setting mib 4) * 1048576))
}

channel_sends() { # channel_sends ROUND OTHER
    channel_data "$1" >/tmp/sent
    "$(setting by nc)" "$2" 5000 </tmp/sent >/dev/null || { echo "channel: $2 takes nothing"; return 1; }
    echo "channel: sent $2 $(wc -c </tmp/sent) $(sha256sum </tmp/sent | cut -d' ' -f1)"
}

# Checks that an echo server sends everything back unchanged.
channel_echoes() { # channel_echoes ROUND SERVER
    channel_data "$1" >/tmp/sent
    nc "$2" 7 </tmp/sent >/tmp/back && cmp /tmp/sent /tmp/back &&
        echo "channel: $2 echoed $(wc -c </tmp/back) bytes, round $1"
}

# Takes the driver off the card and back while others send to it.
channel_rebinds() {
    driver=/sys/bus/virtio/drivers/virtio_net
    round=0
    while [ $round -lt "$(setting rebind 1)" ]; do
        round=$((round + 1))
        echo virtio0 >$driver/unbind && echo virtio0 >$driver/bind && channel_card_up "$address" || return 1
        echo "channel: bound anew, $round"
    done
}

channel_lives() {
    address=$(setting address 10.1.0.1)
    channel_card_up "$address" || return 1
    echo "channel: up, $(cat /sys/class/net/eth0/address)"
    channel_takes &
    for other in $(setting others "" | tr , " "); do
        within 60 ping -c 1 -W 1 "$other" >/dev/null || return 1
        ping -A -c 20 -W 5 "$other" | sed -n 's/^\(.*\) packets received.*/channel: pings '"$other"': \1/p'
        round=0
        while [ $round -lt "$(setting rounds 1)" ]; do
            round=$((round + 1))
            channel_sends $round "$other"
        done
    done
    round=0
    while [ $round -lt "$(setting rounds 1)" ] && [ -n "$(setting echo "")" ]; do
        round=$((round + 1))
        within 60 ping -c 1 -W 1 "$(setting echo "")" >/dev/null && channel_echoes $round "$(setting echo "")" || return 1
    done
    echo "channel: done, $(cat /sys/class/net/eth0/statistics/rx_errors) errors"
    [ -z "$(setting rebind "")" ] || channel_rebinds
    wait
}
