/*
 * The port of a network card's driver (docs/rtos/network.md), which has one client, the network's
 * server. Frames go without a call for each: by numbers that both sides count on in a window named
 * PORT-PROGRAM, "nic-net" for example. What comes in stays in the driver's memory for DMA, of which
 * the client gets a handle to read; what goes out is put into the window.
 *
 * Word 0 of a call is an enum nic_operation, word 0 of the answer an enum nic_status. The answer's
 * other words count only with NIC_OK. All operations are repeatable. Neither side believes what the
 * other one wrote: a number that can't be is NIC_BAD for the client until it opens the card anew,
 * and a driver that is given up for the driver.
 */
#ifndef PROTO_NIC_H
#define PROTO_NIC_H

#include <stdint.h>

#define NIC_FRAME   1514 /* bytes of the largest frame, with its addresses and type */
#define NIC_LEAST   14   /* of the smallest */
#define NIC_PLACE   2048 /* from one frame's place to the next */
#define NIC_PAD     2    /* bytes before a frame in the window: behind them IP is aligned */
#define NIC_BUFFERS 128  /* the most frames that came in and weren't taken */
#define NIC_SLOTS   64   /* frames that may wait for the card */
#define NIC_HEAD    4096 /* bytes of the window before the slots */
#define NIC_WINDOW  (NIC_HEAD + NIC_SLOTS * NIC_PLACE)

/* A frame that came in. */
struct nic_frame {
	uint16_t buffer; /* its number: at `buffer` times NIC_PLACE behind the first one */
	uint16_t at;     /* of its first byte in the buffer */
	uint16_t length;
	uint16_t reserved;
};

/* What came, went and was lost, since the machine was started: the driver's restarts don't begin it
 * anew. */
struct nic_counts {
	uint64_t received, sent;
	uint64_t dropped; /* came in, and were no frames */
	uint64_t lost_in; /* came in before a restart, and weren't handed on */
	/* At a restart the card had them: it may have sent them. */
	uint64_t lost_out;
	uint64_t starts; /* of the driver */
};

/* The window's beginning. Numbers count on and wrap; a place is a number modulo the count. */
struct nic_window {
	/* The driver's. */
	uint32_t received; /* frames that came in */
	uint32_t sent;     /* slots that were taken: they are free */
	uint32_t card[4];  /* for its successor alone: see rtos/servers/nic/handover.h */
	struct nic_counts counts;
	struct nic_frame frame[NIC_BUFFERS];
	/* The client's. */
	uint32_t taken;   /* frames whose buffers are free */
	uint32_t offered; /* slots that are filled */
	uint16_t length[NIC_SLOTS];
};
_Static_assert(sizeof(struct nic_window) <= NIC_HEAD, "the slots begin there");

enum nic_operation {
	/* The first program that calls and has a window of the right size is the client, until the
	 * driver ends: so give one program alone such a window. Numbers of the
	 * window that can't be are mended. Along comes a handle of the driver's memory. Answer:
	 * word 1: the card's address, its first byte lowest; word 2: pages of the memory; word 3:
	 * where the first buffer begins in it; word 4: the number of buffers. */
	NIC_OPEN = 1,
	/* The numbers of the window have changed: frames that were offered go out as far as the
	 * card has room, the others when it has. Frames that came in meanwhile are there. */
	NIC_MOVE = 2,
	/* word 1: `received` as the client knows it. Answered when it is another one. A newer call
	 * takes an older one's place, which is answered then. */
	NIC_WAIT = 3,
};

enum nic_status {
	NIC_OK = 0,
	NIC_BAD = 1,   /* no such operation; no window; numbers that can't be */
	NIC_OTHER = 2, /* another program is the client */
};

#endif
