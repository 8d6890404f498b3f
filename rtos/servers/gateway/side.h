/*
 * One of the gateway's two sides: a network card, by its driver (proto/nic.h). When the driver
 * ends, calls wait for the next driver, and frames go on where they were. If the driver says that
 * the window can't be right, the program ends, and the next one opens the card anew.
 */
#ifndef GATEWAY_SIDE_H
#define GATEWAY_SIDE_H

#include <proto/nic.h>
#include <rtos/sys.h>

#define SIDE_STACK 4096

struct side {
	const char *name;
	rtos_handle_t port;
	volatile struct nic_window *window;
	uint8_t *slots;
	const uint8_t *buffers;
	uint32_t buffer_count;
	rtos_handle_t came,
	    go;       /* notifications: frames are there; the thread shall wait for more */
	uint32_t sum; /* of all before it, which only the start changes */
	uint32_t taken, offered;           /* this side's numbers of the window */
	uint32_t told_taken, told_offered; /* the same, as last told to the driver */
	bool waits;                        /* the thread waits */
	bool woke;                         /* set by the thread: it has signalled */
	bool works;                        /* the driver answers */
	uint64_t lost;                     /* frames that had no room to go out */
	uint64_t dropped; /* frames that came in and couldn't be right, or that nobody looked at */
	_Alignas(16) uint8_t stack[SIDE_STACK];
};

/* Opens the card at that port. After side_rest(), `came` is signalled when frames have come. Not
 * NULL: the error. */
const char *side_begin(struct side *side, const char *name, rtos_handle_t came, uint64_t where);

/* Whether all is as the start left it, and the window has this side's numbers. */
bool side_is_sound(const struct side *side);

/* Copies the next frame that came in into `bytes`, which has NIC_FRAME bytes. 0: there is none. */
size_t side_take(struct side *side, uint8_t *bytes);
/* Puts out a frame. Without room it is lost, and counted. */
void side_put(struct side *side, const uint8_t *bytes, size_t size);
/* Tells the driver what changed. True: frames have come in. */
bool side_flush(struct side *side);
/* Nothing more came. The next frame signals. */
void side_rest(struct side *side);
/* `came` was signalled: looks whether this side did it. */
void side_woken(struct side *side);

#endif
