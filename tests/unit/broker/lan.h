/*
 * A channel with its brokers, and the guests on its ends: each has a modern virtio driver in a
 * memory of its own. Here are those of a network; unit/broker/wire.h has a console's. A test plays
 * the frame: it has a broker do its turn, or begin anew.
 */
#ifndef UNIT_BROKER_LAN_H
#define UNIT_BROKER_LAN_H

#include <broker/broker.h>
#include <broker/device.h>
#include <broker/ring.h>

#define LAN_ENDS   3
#define LAN_RAM    0x40000ull    /* of each guest */
#define LAN_IPA    0x40000000ull /* where each sees it */
#define LAN_QUEUE  16
#define LAN_BUFFER 2048
#define LAN_HEADER 12
#define LAN_SECOND 1000000ull /* of the counter */

/* Places in a guest's memory. */
#define LAN_RINGS(queue)       ((queue)*0x1000ull)
#define LAN_DESCRIPTORS(queue) LAN_RINGS(queue)
#define LAN_DRIVER(queue)      (LAN_RINGS(queue) + 0x400)
#define LAN_DEVICE(queue)      (LAN_RINGS(queue) + 0x800)
#define LAN_BUFFERS(queue, i)  (0x10000ull + (queue)*0x10000ull + (i) * (uint64_t)LAN_BUFFER)

struct lan_guest {
	uint8_t *ram; /* of LAN_RAM bytes exactly: the sanitizers see what is behind it */
	uint16_t seen[CHANNEL_QUEUES]; /* of each used ring */
	uint64_t features;
};

struct lan {
	struct channel_told *told;
	struct channel_memory *memory;
	struct broker_info info[LAN_ENDS];
	struct broker broker[LAN_ENDS];
	uint32_t ends;
	struct lan_guest guest[LAN_ENDS];
	uint64_t answer; /* the last one */
	uint32_t answers;
	uint64_t changed; /* the ends whose drivers were told that their devices have changed */
	uint64_t now;     /* the counter, which only a test moves */
};

extern struct lan lan;

/* Everything afresh: all partitions run, their drivers don't. A network of LAN_ENDS, or another
 * channel. */
void lan_begin(void);
void lan_begin_as(enum bundle_channel_kind kind, uint32_t ends);
void lan_end(void);

/* A network of LAN_ENDS for each test: cmocka's set-up and tear-down. */
int lan_set_up(void **state);
int lan_tear_down(void **state);

/* What the frame does: the broker begins anew; or does a turn, after which its interrupts and looks
 * are forgotten, but for those of `lan_looks()`, which have their turn, too. */
void lan_start(uint32_t place);
void lan_turn(uint32_t place);

/* For kill_at(): a turn of the broker, which begins anew first if it hasn't started. */
struct lan_run {
	uint32_t place;
	bool started;
};
void lan_run(void *run);

/* What the broker had in hand is gone: it begins anew, and does a turn. */
void lan_run_on(uint32_t place);

/* Kills the broker of `place` at each step of a turn, one after the other: everything afresh, then
 * `begin`; behind the kill a further run of the broker, then `check`. */
void lan_kill_each(uint32_t place, void (*begin)(void), void (*check)(void));

/* A register of an end's device, which answers at once. */
uint32_t lan_read(uint32_t place, uint32_t offset);
void lan_write(uint32_t place, uint32_t offset, uint32_t value);

/* The driver finds its device, and offers buffers for reception. */
void lan_drive(uint32_t place, uint64_t features);
void lan_offer(uint32_t place, uint16_t buffers);
/* Both, at all ends. */
void lan_drive_all(uint64_t features);

/* Sends a frame of so many bytes with a number in it, to a place or (LAN_ENDS) to everybody. */
void lan_send(uint32_t from, uint32_t to, uint32_t number, uint32_t size);

/* The number of the next frame that has come. Negative: none. Checks that it came whole. */
int64_t lan_receive(uint32_t place);

/* How many of its frames the sender has got back since it last asked. */
uint32_t lan_returned(uint32_t place);

uint64_t lan_counter(uint32_t place, enum channel_counter counter);

void *lan_at(uint32_t place, uint64_t offset);

/* The rings of an end's queue; and one more entry in the driver's, the buffer of the same number.
 */
struct ring_driver *lan_driver(uint32_t place, uint32_t queue);
struct ring_device *lan_device(uint32_t place, uint32_t queue);
void lan_make_available(uint32_t place, uint32_t queue, uint32_t size, uint16_t flags);

#endif
