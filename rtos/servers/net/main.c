/*
 * The network's server (docs/rtos/network.md). It does TCP, UDP and ICMP by lwIP, over the card
 * whose driver is at the port "nic", for all programs that use its port. One thread does all work;
 * a second thread waits for frames. A crash ends connections. Sockets for datagrams and sockets
 * that listen come back from kept memory.
 */
#include "address.h"
#include "datagram.h"
#include "link.h"
#include "port.h"
#include "record.h"
#include "serve.h"
#include "settings.h"
#include "timers.h"
#include "waits.h"
#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/init.h>
#include <rtos/probe.h>
#include <rtos/sys.h>

#define NET_LOOK   1000 /* milliseconds between two looks at programs that have ended */
#define NET_TIMERS 250  /* most milliseconds between two looks at lwIP's timers */

static struct {
	struct netif netif;
	rtos_handle_t port;
	uint64_t next, next_look, next_beat; /* ticks */
} net;

/* ---- start ---- */

static void net_set(uint32_t address, uint32_t mask, uint32_t router)
{
	const ip4_addr_t own = {lwip_htonl(address)}, bits = {lwip_htonl(mask)},
	                 gateway = {lwip_htonl(router)};

	netif_set_addr(&net.netif, &own, &bits, &gateway);
}

static void net_set_names(uint32_t address)
{
	const ip_addr_t ip = address_ip(SOCKET_ADDRESS(address, 0));

	dns_setserver(0, &ip);
}

/* Sets the addresses. With DHCP the last known address is used until DHCP finds one. */
static void net_begin_addresses(void)
{
	struct settings settings;
	uint32_t count;
	const char *arguments = sys_arguments(&count);
	const char *wrong = settings_read(&settings, arguments, count);

	if (wrong) {
		port_say(wrong);
		port_failed(
		    "that is wrong in its kumiki,arguments; right are \"address 10.0.2.15/24\" or "
		    "\"address automatic\", \"router 10.0.2.2\", \"names 10.0.2.3\"");
	}
	if (!settings.automatic) {
		net_set(settings.address, settings.mask, settings.router);
		net_set_names(settings.names);
		return;
	}
	net_set(record_facts.address, record_facts.mask, record_facts.router);
	net_set_names(record_facts.names);
	if (dhcp_start(&net.netif) != ERR_OK)
		port_failed("it has no memory for DHCP");
}

static void net_begin_port(const struct rtos_given *port)
{
	if (port) {
		net.port = port->handle;
		serve_begin(port->name, &net.netif);
	} else {
		port_failed("it has no port");
	}
}

static void net_begin(void)
{
	const char *wrong;

	net_begin_port(sys_given(RTOS_GIVEN_OFFER, NULL, 0));
	lwip_init();
	wrong = link_begin(&net.netif);
	if (wrong)
		port_failed(wrong);
	port_seed(link_address());
	wrong = record_begin();
	if (wrong)
		port_failed(wrong);
	net_begin_addresses();
}

/* ---- the loop ---- */

/* Keeps what DHCP found for the next server. */
static void net_note_address(void)
{
	const uint32_t address = lwip_ntohl(netif_ip4_addr(&net.netif)->addr);

	if (!dhcp_supplied_address(&net.netif) || address == record_facts.address)
		return;
	record_facts.address = address;
	record_facts.mask = lwip_ntohl(netif_ip4_netmask(&net.netif)->addr);
	record_facts.router = lwip_ntohl(netif_ip4_gw(&net.netif)->addr);
	record_facts.names = lwip_ntohl(ip_addr_get_ip4_u32(dns_getserver(0)));
	record_write();
}

/* Looks at timers, at programs that have ended, and at the heartbeat: a few times a second, not at
 * each call. */
static void net_look(uint64_t now)
{
	const uint64_t most = sys_ticks(NET_TIMERS);
	uint64_t next;

	timers_run();
	next = sys_ticks(timers_next());
	sys_beat_when_due(&net.next_beat);
	if ((int64_t)(now - net.next_look) >= 0) {
		net.next_look = now + sys_ticks(NET_LOOK);
		serve_look();
		net_note_address();
	}
	net.next = now + (next < most ? next : most);
}

/* When something has to be done without a call or a frame. */
static uint64_t net_deadline(void)
{
	const uint64_t wait = waits_deadline();

	return wait != 0 && wait < net.next ? wait : net.next;
}

/* Checks that a caller without a program's badge gets no socket. */
static void net_probe(struct sys_message *message)
{
	struct sys_message nobody = {.word = {SOCKET_OPEN}};

	serve_call(&nobody);
	if (!record_is_sound())
		probe_answer(message, PROBE_UNSOUND);
	else
		probe_answer(message, nobody.word[0] == SOCKET_BAD ? PROBE_RIGHT : PROBE_WRONG);
}

int main(void)
{
	struct sys_message message = {.identity = 0};
	bool more = false;

	net_begin();
	sys_well();
	for (;;) {
		const uint64_t now = sys_now();
		enum rtos_status status;

		if ((int64_t)(now - net.next) >= 0)
			net_look(now);
		status = sys_reply_wait(net.port, &message, more ? SYS_AT_ONCE : net_deadline());
		if (status == RTOS_SIGNALLED)
			link_woken();
		else if (status == RTOS_OK && probe_asks(&message))
			net_probe(&message);
		else if (status == RTOS_OK)
			serve_call(&message);
		link_take();
		netif_poll_all();
		waits_look();
		more = link_flush();
		if (!more)
			link_rest();
	}
}
