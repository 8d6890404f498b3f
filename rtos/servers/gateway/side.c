/* See side.h. */
#include "side.h"
#include <lib/crc32c.h>
#include <rtos/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SIDE_RETRIES 1000 /* milliseconds between two looks for a driver that was given up */

/* ---- frames ---- */

/* Whether the driver's description of a frame can be true. If not, the frame is dropped. */
static bool side_possible(const struct side *side, const struct nic_frame *frame)
{
	return frame->buffer < side->buffer_count && frame->length >= NIC_LEAST &&
	       frame->length <= NIC_FRAME && frame->at <= NIC_PLACE - NIC_FRAME;
}

static bool side_has(const struct side *side)
{
	const uint32_t received = __atomic_load_n(&side->window->received, __ATOMIC_ACQUIRE);

	return received != side->taken && received - side->taken <= NIC_BUFFERS;
}

size_t side_take(struct side *side, uint8_t *bytes)
{
	size_t size = 0;

	while (size == 0 && side_has(side)) {
		const volatile struct nic_frame *there =
		    &side->window->frame[side->taken % NIC_BUFFERS];
		const struct nic_frame frame = {
		    .buffer = there->buffer, .at = there->at, .length = there->length};

		if (side_possible(side, &frame)) {
			size = frame.length;
			memcpy(bytes, side->buffers + (uint64_t)frame.buffer * NIC_PLACE + frame.at,
			       size);
		} else {
			side->dropped++;
		}
		__atomic_store_n(&side->window->taken, ++side->taken, __ATOMIC_RELEASE);
	}
	return size;
}

static void side_move(struct side *side)
{
	uint64_t word[RTOS_WORDS] = {NIC_MOVE};

	side->told_offered = side->offered;
	side->told_taken = side->taken;
	if (!side->works)
		return;
	side->works = sys_call(side->port, word, 0) == RTOS_OK;
	if (!side->works || word[0] == NIC_OK)
		return;
	fprintf(stderr, "gateway: %s: the driver refuses the window; the gateway begins anew\n",
	        side->name);
	exit(1);
}

static bool side_is_full(const struct side *side)
{
	return side->offered - __atomic_load_n(&side->window->sent, __ATOMIC_ACQUIRE) >= NIC_SLOTS;
}

void side_put(struct side *side, const uint8_t *bytes, size_t size)
{
	const uint32_t place = side->offered % NIC_SLOTS;

	if (side_is_full(side))
		side_move(side);
	if (!side->works || side_is_full(side)) {
		side->lost++;
		return;
	}
	memcpy(side->slots + (uint64_t)place * NIC_PLACE + NIC_PAD, bytes, size);
	side->window->length[place] = (uint16_t)size;
	__atomic_store_n(&side->window->offered, ++side->offered, __ATOMIC_RELEASE);
}

bool side_flush(struct side *side)
{
	if (side->told_offered != side->offered || side->told_taken != side->taken)
		side_move(side);
	return side->works && side_has(side);
}

/* ---- the thread ---- */

/* Waits for frames. While no driver serves, it looks from time to time whether a manager has
 * started one. */
static void side_wait(void *argument)
{
	struct side *side = argument;

	for (;;) {
		uint64_t word[RTOS_WORDS] = {NIC_WAIT, side->window->taken};

		if (sys_call(side->port, word, 0) != RTOS_OK || word[0] != NIC_OK)
			sys_sleep(SIDE_RETRIES);
		__atomic_store_n(&side->woke, true, __ATOMIC_RELEASE);
		(void)sys_signal(side->came);
		(void)sys_wait(side->go, 0);
	}
}

void side_rest(struct side *side)
{
	if (side->waits)
		return;
	side->waits = true;
	(void)sys_signal(side->go);
}

void side_woken(struct side *side)
{
	if (!__atomic_exchange_n(&side->woke, false, __ATOMIC_ACQUIRE))
		return;
	side->waits = false;
	if (side->works)
		return;
	side->works = true;
	side_move(side);
}

/* ---- whether it is sound ---- */

static uint32_t side_sum(const struct side *side)
{
	return crc32c(0, (const void *)side, offsetof(struct side, sum));
}

bool side_is_sound(const struct side *side)
{
	return side->sum == side_sum(side) && side->window->taken == side->taken &&
	       side->window->offered == side->offered;
}

/* ---- start ---- */

/* Maps the driver's memory at `where`, to read it. */
static const char *side_open(struct side *side, uint64_t where)
{
	uint64_t word[RTOS_WORDS] = {NIC_OPEN}, payload = RTOS_ANSWER_HANDLE;

	if (sys_call_with(side->port, word, &payload, 0) != RTOS_OK)
		return "no driver answers at that port";
	if (word[0] != NIC_OK)
		return word[0] == NIC_OTHER ? "another program has that network card"
		                            : "the driver refuses the window";
	if (word[3] > word[2] * RTOS_PAGE_SIZE || word[4] > NIC_BUFFERS ||
	    word[4] * NIC_PLACE > word[2] * RTOS_PAGE_SIZE - word[3])
		return "the driver's memory can't be as it says";
	if (sys_do(RTOS_MAP, RTOS_PAYLOAD_NUMBER(payload), where, 0, word[2], RTOS_RIGHT_READ, 0,
	           NULL) != RTOS_OK)
		return "it can't see the driver's memory";
	side->buffers = (const uint8_t *)(where + word[3]);
	side->buffer_count = (uint32_t)word[4];
	return NULL;
}

static bool side_begin_thread(struct side *side)
{
	uint64_t go = 0, thread = 0;

	if (sys_do(RTOS_NOTIFICATION_CREATE, 0, 0, 0, 0, 0, 0, &go) != RTOS_OK)
		return false;
	side->go = (rtos_handle_t)go;
	side->waits = true;
	return sys_do(RTOS_THREAD_CREATE, 0, (uint64_t)side_wait,
	              (uint64_t)(side->stack + SIDE_STACK), (uint64_t)side,
	              RTOS_THREAD(sys_program->priority, sys_program->cpu, 0), 0,
	              &thread) == RTOS_OK;
}

const char *side_begin(struct side *side, const char *name, rtos_handle_t came, uint64_t where)
{
	const struct rtos_given *port = sys_given(RTOS_GIVEN_USE, name, 0);
	const struct rtos_given *window = buffer_own(name);
	const char *wrong;

	if (!port)
		return "its manifest doesn't give it that port";
	if (!window || window->size < NIC_WINDOW)
		return "the window of that port and this program is missing or too small";
	side->name = name;
	side->port = port->handle;
	side->came = came;
	side->window = (volatile struct nic_window *)window->address;
	side->slots = (uint8_t *)window->address + NIC_HEAD;
	wrong = side_open(side, where);
	if (wrong)
		return wrong;
	/* Frames that an earlier program didn't look at are lost with it. */
	side->taken = side->window->received;
	if (side->taken - side->window->taken <= NIC_BUFFERS)
		side->dropped = side->taken - side->window->taken;
	side->window->taken = side->taken;
	side->offered = side->window->offered;
	side->works = true;
	if (!side_begin_thread(side))
		return "it has no memory for a thread";
	side->sum = side_sum(side);
	side_move(side);
	return NULL;
}
