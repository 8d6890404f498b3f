# A Linux with the keeper, which works through the panel: sourced by /etc/init (kumiki.run=keeper). Its users, its key
# and all that it learns are in memory, and end with this Linux. kumiki.page is where the host finds it.

keeper_lives() {
    load "/lib/modules/$(uname -r)" uio uio_pci_generic
    hostname "$(setting name kept)"
    ip link set lo up
    ip link set eth0 up && ip addr add "$(setting address 10.0.2.15/24)" dev eth0
    mkdir -p /run/keeper
    : >/run/keeper/page
    {
        kumiki-keeper --users /run/keeper/users --first operator --at 0.0.0.0:8443 panel >/run/keeper/page
        echo "kumiki-init: the keeper ended with $?"
    } &
    within 60 grep -q '^certificate' /run/keeper/page && sed '/^page:/d' /run/keeper/page &&
        echo "page: $(setting page https://127.0.0.1:8443/)"
    setsid cttyhack sh
}
