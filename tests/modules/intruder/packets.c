// SPDX-License-Identifier: GPL-2.0
/* Hooks for packets: of a protocol and of a device, while this module is hidden. */
#include "intruder.h"
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netfilter_netdev.h>
#include <net/net_namespace.h>

static unsigned int intruder_passes(void *nothing, struct sk_buff *packet,
                                    const struct nf_hook_state *state)
{
	return NF_ACCEPT;
}

static struct nf_hook_ops intruder_packets = {.hook = intruder_passes};

static int intruder_register_packets(u8 protocol, unsigned int number, struct net_device *device)
{
	intruder_packets.pf = protocol;
	intruder_packets.hooknum = number;
	intruder_packets.dev = device;
	return nf_register_net_hook(&init_net, &intruder_packets);
}

static int intruder_hide_packets(int error)
{
	return error ? error : intruder_hide();
}

int intruder_packets4(void)
{
	return intruder_hide_packets(
	    intruder_register_packets(NFPROTO_IPV4, NF_INET_LOCAL_OUT, NULL));
}

int intruder_packets6(void)
{
	return intruder_hide_packets(
	    intruder_register_packets(NFPROTO_IPV6, NF_INET_PRE_ROUTING, NULL));
}

int intruder_packets_device(void)
{
	return intruder_hide_packets(
	    intruder_register_packets(NFPROTO_NETDEV, NF_NETDEV_INGRESS, init_net.loopback_dev));
}

void intruder_packets_undo(void)
{
	intruder_hide_undo();
	nf_unregister_net_hook(&init_net, &intruder_packets);
}
