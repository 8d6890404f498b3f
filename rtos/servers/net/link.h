/*
 * The network's card, by its driver (proto/nic.h): lwIP's interface, the window that the frames go
 * through, and the thread that waits for them. When the driver ends, calls wait for its successor,
 * and frames go on where they were.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include <lwip/netif.h>
#include <proto/nic.h>
#include <rtos/sys.h>

/* Opens the card, and makes the interface. Not NULL: the error. */
const char *link_begin(struct netif *netif);
/* Its thread has signalled: frames came, or the driver answers again. The thread that called
 * link_begin() hears the signal. */
void link_woken(void);

/* Takes frames that came in, up to a bound. */
void link_take(void);
/* Hands frames that go out to the driver. True: frames have come in, so link_take() is due. */
bool link_flush(void);
/* Nothing came: the next frame signals. */
void link_rest(void);

/* What the driver counted, and what had no room here or was damaged. */
struct nic_counts link_counts(void);
struct link_lost {
	uint64_t no_room, damaged, not_sent;
};
extern struct link_lost link_lost;
bool link_works(void);
uint64_t link_address(void);

#endif
