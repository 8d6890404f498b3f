/*
 * The port of a network card's driver (docs/rtos/network.md), which has one client, the network's
 * server. Frames need no call each: the two sides count them by numbers in a window named
 * PORT-PROGRAM, "nic-net" for example. Frames that come in stay in the driver's memory for DMA; the
 * client gets a handle to read it. The client puts frames that go out into the window.
 *
 * Word 0 of a call is an enum nic_operation, word 0 of the answer an enum nic_status. The answer's
 * other words count only with NIC_OK. All operations are repeatable. Neither side trusts what the
 * other side wrote. For a client's impossible number, the driver answers NIC_BAD until the client
 * opens the card anew. For a driver's impossible number, the client gives up the driver.
 */
#ifndef PROTO_NIC_H
#define PROTO_NIC_H

#include <stdint.h>

#define NIC_FRAME   1514 /* bytes of the largest frame, with its addresses and type */
#define NIC_LEAST   14   /* bytes of the smallest frame */
#define NIC_PLACE   2048 /* from one frame's place to the next */
#define NIC_PAD     2    /* bytes before a frame in the window: so IP's header is aligned */
#define NIC_BUFFERS 128  /* the most frames that came in and that the client hasn't taken */
#define NIC_SLOTS   64   /* frames that may wait for the card */
#define NIC_HEAD    4096 /* bytes of the window before the slots */
#define NIC_WINDOW  (NIC_HEAD + NIC_SLOTS * NIC_PLACE)

/* A frame that came in. */
struct nic_frame {
	uint16_t buffer; /* its buffer's number: the buffer is at this number times NIC_PLACE */
	uint16_t at;     /* where the frame begins in the buffer */
	uint16_t length;
	uint16_t reserved;
};

/* What came, went and was lost since the machine was started. Restarts of the driver don't set
 * these counts to 0. */
struct nic_counts {
	uint64_t received, sent;
	uint64_t dropped; /* things that came in and were no frames */
	uint64_t lost_in; /* came in before a restart, and the client never got them */
	/* The card had them at a restart: it may have sent them. */
	uint64_t lost_out;
	uint64_t starts; /* how often the driver was started */
};

/* The window's beginning. The numbers count up and wrap; a number modulo the count of places is its
 * place. */
struct nic_window {
	/* The driver writes these. */
	uint32_t received; /* frames that came in */
	uint32_t sent;     /* slots that the driver has emptied: they are free */
	uint32_t card[4];  /* for the driver's next life only: see rtos/servers/nic/handover.h */
	struct nic_counts counts;
	struct nic_frame frame[NIC_BUFFERS];
	/* The client writes these. */
	uint32_t taken;   /* frames that the client has taken: their buffers are free */
	uint32_t offered; /* slots that the client has filled */
	uint16_t length[NIC_SLOTS];
};
_Static_assert(sizeof(struct nic_window) <= NIC_HEAD, "the slots begin there");

enum nic_operation {
	/* The first program that makes this call and has a window of the right size is the client,
	 * until the driver ends: so give only one program such a window. The driver mends
	 * impossible numbers in the window. Along comes a handle of the driver's memory. Answer:
	 * word 1: the card's address, its first byte lowest; word 2: pages of the memory; word 3:
	 * where the first buffer begins in it; word 4: the number of buffers. */
	NIC_OPEN = 1,
	/* The numbers of the window have changed. The driver hands offered frames to the card as
	 * far as the card has room, and the others when it has room. Frames that came in meanwhile
	 * are in the window when the answer comes. */
	NIC_MOVE = 2,
	/* word 1: `received` as the client knows it. The answer comes when `received` is another
	 * number. A newer call takes the place of an older one, which is answered then. */
	NIC_WAIT = 3,
};

enum nic_status {
	NIC_OK = 0,
	NIC_BAD = 1,   /* no such operation; no window; impossible numbers */
	NIC_OTHER = 2, /* another program is the client */
};

#endif
