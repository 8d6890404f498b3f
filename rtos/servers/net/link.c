/* See link.h. */
#include "link.h"
#include "check.h"
#include "merge.h"
#include "port.h"
#include "sum.h"
#include <lwip/etharp.h>
#include <netif/ethernet.h>
#include <rtos/buffer.h>

#define LINK_PORT    "nic"
#define LINK_MEMORY  0x60000000ULL /* where the driver's memory is mapped */
#define LINK_BATCH   64            /* frames between two looks at calls */
#define LINK_STACK   4096
#define LINK_RETRIES 1000 /* milliseconds between two looks for a driver that was given up */
#define LINK_UNSUMMED                                                                              \
	(NETIF_CHECKSUM_ENABLE_ALL &                                                               \
	 ~(NETIF_CHECKSUM_CHECK_IP | NETIF_CHECKSUM_CHECK_TCP | NETIF_CHECKSUM_CHECK_UDP))

struct link_lost link_lost;

static struct {
	struct netif *netif;
	volatile struct nic_window *window;
	uint8_t *slots;
	const uint8_t *buffers;
	uint32_t buffer_count;
	uint32_t taken, offered; /* this side's numbers of the window */
	uint32_t told;           /* `offered` and `taken`, as last told to the driver */
	uint32_t told_taken;
	uint64_t address;
	rtos_handle_t port;
	rtos_handle_t came,
	    go;     /* notifications: frames are there; the thread shall wait for more */
	bool waits; /* the thread waits */
	bool works; /* the driver answers */
	_Alignas(16) uint8_t stack[LINK_STACK];
} link;

/* ---- frames that come in ---- */

static void link_give(struct pbuf *pbuf)
{
	if (link.netif->input(pbuf, link.netif) != ERR_OK)
		pbuf_free(pbuf);
}

/* Gives lwIP a frame whose sums are right, so that lwIP doesn't check them. */
static void link_give_summed(struct pbuf *pbuf)
{
	NETIF_SET_CHECKSUM_CTRL(link.netif, LINK_UNSUMMED);
	link_give(pbuf);
	NETIF_SET_CHECKSUM_CTRL(link.netif, NETIF_CHECKSUM_ENABLE_ALL);
}

static void link_input(const struct nic_frame *frame)
{
	const uint8_t *from = link.buffers + (uint64_t)frame->buffer * NIC_PLACE + frame->at;
	struct pbuf *pbuf = pbuf_alloc(PBUF_RAW, frame->length + NIC_PAD, PBUF_POOL);
	enum check check;

	if (!pbuf) {
		link_lost.no_room++;
		return;
	}
	check = check_copy((uint8_t *)pbuf->payload + NIC_PAD, from, frame->length);
	if (check == CHECK_BAD) {
		link_lost.damaged++;
		pbuf_free(pbuf);
		return;
	}
	if (check == CHECK_GOOD) {
		if (!merge_keep(pbuf, link_give_summed))
			link_give_summed(pbuf);
		return;
	}
	merge_give(link_give_summed);
	link_give(pbuf);
}

/* Whether the driver's description of a frame can be true. If not, the frame is dropped. */
static bool link_possible(const struct nic_frame *frame)
{
	return frame->buffer < link.buffer_count && frame->length >= NIC_LEAST &&
	       frame->length <= NIC_FRAME && frame->at <= NIC_PLACE - NIC_FRAME;
}

static uint32_t link_there(void)
{
	const uint32_t received = __atomic_load_n(&link.window->received, __ATOMIC_ACQUIRE);

	return received - link.taken <= NIC_BUFFERS ? received - link.taken : 0;
}

void link_take(void)
{
	uint32_t count = link_there();

	count = count < LINK_BATCH ? count : LINK_BATCH;
	for (; count > 0; count--) {
		const volatile struct nic_frame *there =
		    &link.window->frame[link.taken % NIC_BUFFERS];
		const struct nic_frame frame = {
		    .buffer = there->buffer, .at = there->at, .length = there->length};

		if (link_possible(&frame))
			link_input(&frame);
		__atomic_store_n(&link.window->taken, ++link.taken, __ATOMIC_RELEASE);
	}
	merge_give(link_give_summed);
}

/* ---- frames that go out ---- */

/* Tells the driver of new frames. A driver that refuses has another client, or numbers that don't
 * fit these. Both are set right when a server opens the card. */
static void link_move(void)
{
	uint64_t word[RTOS_WORDS] = {NIC_MOVE};

	link.told = link.offered;
	link.told_taken = link.taken;
	if (!link.works)
		return;
	link.works = sys_call(link.port, word, 0) == RTOS_OK;
	if (link.works && word[0] != NIC_OK)
		port_failed("the network card's driver refuses what is in the window");
	if (!link.works)
		netif_set_link_down(link.netif);
}

static bool link_full(void)
{
	return link.offered - __atomic_load_n(&link.window->sent, __ATOMIC_ACQUIRE) >= NIC_SLOTS;
}

static err_t link_output(struct netif *netif, struct pbuf *pbuf)
{
	uint8_t *slot;

	(void)netif;
	if (link_full())
		link_move();
	if (!link.works || link_full() || pbuf->tot_len > NIC_FRAME + NIC_PAD) {
		link_lost.not_sent++;
		return ERR_MEM;
	}
	slot = link.slots + (uint64_t)(link.offered % NIC_SLOTS) * NIC_PLACE;
	(void)pbuf_copy_partial(pbuf, slot, pbuf->tot_len, 0);
	link.window->length[link.offered % NIC_SLOTS] = pbuf->tot_len - NIC_PAD;
	__atomic_store_n(&link.window->offered, ++link.offered, __ATOMIC_RELEASE);
	return ERR_OK;
}

bool link_flush(void)
{
	if (link.told != link.offered || link.told_taken != link.taken)
		link_move();
	return link.works && link_there() != 0;
}

/* ---- the thread ---- */

/* Waits for frames. While no driver serves, it looks from time to time whether a manager has
 * started one. */
static void link_wait(void *unused)
{
	(void)unused;
	for (;;) {
		uint64_t word[RTOS_WORDS] = {NIC_WAIT, link.window->taken};

		if (sys_call(link.port, word, 0) != RTOS_OK || word[0] != NIC_OK)
			sys_sleep(LINK_RETRIES);
		(void)sys_signal(link.came);
		(void)sys_wait(link.go, 0);
	}
}

void link_rest(void)
{
	if (link.waits)
		return;
	link.waits = true;
	(void)sys_signal(link.go);
}

void link_woken(void)
{
	link.waits = false;
	if (link.works)
		return;
	link.works = true;
	link_move();
	if (link.works)
		netif_set_link_up(link.netif);
}

/* ---- start ---- */

static err_t link_make(struct netif *netif)
{
	netif->name[0] = 'e';
	netif->name[1] = 'n';
	netif->output = etharp_output;
	netif->linkoutput = link_output;
	netif->mtu = NIC_FRAME - NIC_LEAST;
	netif->hwaddr_len = ETH_HWADDR_LEN;
	for (uint32_t i = 0; i < ETH_HWADDR_LEN; i++)
		netif->hwaddr[i] = (uint8_t)(link.address >> 8 * i);
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
	NETIF_SET_CHECKSUM_CTRL(netif, NETIF_CHECKSUM_ENABLE_ALL);
	return ERR_OK;
}

/* Maps the driver's memory, to read it. */
static const char *link_open(void)
{
	uint64_t word[RTOS_WORDS] = {NIC_OPEN}, payload = RTOS_ANSWER_HANDLE;

	if (sys_call_with(link.port, word, &payload, 0) != RTOS_OK)
		return "no driver answers at its port nic";
	if (word[0] != NIC_OK)
		return word[0] == NIC_OTHER ? "another program has the network card"
		                            : "its window nic-… is missing or too small";
	if (word[3] > word[2] * RTOS_PAGE_SIZE || word[4] > NIC_BUFFERS ||
	    word[4] * NIC_PLACE > word[2] * RTOS_PAGE_SIZE - word[3])
		return "the driver's memory can't be as it says";
	if (sys_do(RTOS_MAP, RTOS_PAYLOAD_NUMBER(payload), LINK_MEMORY, 0, word[2], RTOS_RIGHT_READ,
	           0, NULL) != RTOS_OK)
		return "it can't see the driver's memory";
	link.address = word[1];
	link.buffers = (const uint8_t *)(LINK_MEMORY + word[3]);
	link.buffer_count = (uint32_t)word[4];
	return NULL;
}

/* Makes the thread that waits for frames, and signals. */
static bool link_begin_thread(void)
{
	uint64_t came = 0, go = 0, thread = 0;

	if (sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &came) != RTOS_OK ||
	    sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &go) != RTOS_OK)
		return false;
	link.came = (rtos_handle_t)came;
	link.go = (rtos_handle_t)go;
	link.waits = true;
	(void)sys_do(RTOS_THREAD_BIND, link.came, 0, 0, 0, 0, 0, NULL);
	return sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)link_wait,
	              (uint64_t)(link.stack + LINK_STACK), 0,
	              RTOS_THREAD(sys_program->priority, sys_program->cpu, 0), 0,
	              &thread) == RTOS_OK;
}

const char *link_begin(struct netif *netif)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, LINK_PORT, 0);
	const struct rtos_given *window = buffer_own(LINK_PORT);
	const char *wrong;

	if (!port)
		return "its manifest gives it no port nic";
	if (!window || window->size < NIC_WINDOW)
		return "its window nic-… is missing or too small";
	link.port = port->handle;
	link.window = (volatile struct nic_window *)window->address;
	link.slots = (uint8_t *)window->address + NIC_HEAD;
	wrong = link_open();
	if (wrong)
		return wrong;
	/* Frames that an earlier server didn't look at are lost with it. */
	link.taken = link.window->received;
	link.window->taken = link.taken;
	link.offered = link.window->offered;
	link.works = true;
	link.netif = netif;
	if (!netif_add(netif, NULL, NULL, NULL, NULL, link_make, ethernet_input) ||
	    !link_begin_thread())
		return "it has no memory for the network card";
	link_move();
	netif_set_default(netif);
	netif_set_link_up(netif);
	netif_set_up(netif);
	return NULL;
}

/* ---- what there is to tell ---- */

struct nic_counts link_counts(void)
{
	const volatile struct nic_counts *counts = &link.window->counts;

	return (struct nic_counts){.received = counts->received,
	                           .sent = counts->sent,
	                           .dropped = counts->dropped,
	                           .lost_in = counts->lost_in,
	                           .lost_out = counts->lost_out,
	                           .starts = counts->starts};
}

bool link_works(void)
{
	return link.works;
}

uint64_t link_address(void)
{
	return link.address;
}
