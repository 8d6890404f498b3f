/*
 * The network's card, by its driver (proto/nic.h): lwIP's interface, the window through which
 * frames go, and the thread that waits for them. When the driver ends, calls wait for the next
 * driver, and frames go on where they were.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <lwip/netif.h>
#include <proto/nic.h>
#include <rtos/sys.h>

/* Opens the card, and makes the interface. Not NULL: the error. */
const char *link_begin(struct netif *netif);
/* The thread has signalled: frames came, or the driver answers again. The signal comes to the
 * thread that called link_begin(). */
void link_woken(void);

/* Takes frames that came in, a bounded number. */
void link_take(void);
/* Hands outgoing frames to the driver. True: frames have come in, so link_take() is due. */
bool link_flush(void);
/* Nothing more came. The next frame signals. */
void link_rest(void);

/* link_counts(): what the driver counted. link_lost: frames that had no room here, or were damaged.
 */
struct nic_counts link_counts(void);
struct link_lost {
	uint64_t no_room, damaged, not_sent;
};
extern struct link_lost link_lost;
bool link_works(void);
uint64_t link_address(void);

#endif
