/*
 * A channel with its brokers, and the guests on its ends. Each guest has a modern virtio driver and
 * memory of its own. This header is for a network; unit/broker/wire.h is for a console. A test
 * plays the frame: it lets a broker do a turn, or begin anew.
 */
#ifndef UNIT_BROKER_LAN_H
#define UNIT_BROKER_LAN_H

#include <broker/broker.h>
#include <broker/device.h>
#include <broker/ring.h>

#define LAN_ENDS   3
#define LAN_RAM    0x40000ull    /* bytes of each guest's memory */
#define LAN_IPA    0x40000000ull /* where each guest sees its memory */
#define LAN_QUEUE  16
#define LAN_BUFFER 2048
#define LAN_HEADER 12
#define LAN_SECOND 1000000ull /* the counter's ticks in a second */

/* Places in a guest's memory. */
#define LAN_RINGS(queue)       ((queue)*0x1000ull)
#define LAN_DESCRIPTORS(queue) LAN_RINGS(queue)
#define LAN_DRIVER(queue)      (LAN_RINGS(queue) + 0x400)
#define LAN_DEVICE(queue)      (LAN_RINGS(queue) + 0x800)
#define LAN_BUFFERS(queue, i)  (0x10000ull + (queue)*0x10000ull + (i) * (uint64_t)LAN_BUFFER)

struct lan_guest {
	uint8_t *ram; /* exactly LAN_RAM bytes, so that the sanitizers see an access behind it */
	uint16_t seen[CHANNEL_QUEUES]; /* each used ring's index that the driver has seen */
	uint64_t features;
};

struct lan {
	struct channel_told *told;
	struct channel_memory *memory;
	struct broker_info info[LAN_ENDS];
	struct broker broker[LAN_ENDS];
	uint32_t ends;
	struct lan_guest guest[LAN_ENDS];
	uint64_t answer; /* the last answer of a broker to the frame */
	uint32_t answers;
	uint64_t changed; /* the ends whose drivers were told that their devices have changed */
	uint64_t now;     /* the counter; only a test changes it */
	uint32_t told_operator;
	uint32_t whole_from; /* packets with lower numbers may be damaged: a hostile guest's */
	/* Since the test has put 0 there: guests that got an interrupt, brokers that were to look.
	 */
	uint64_t kicked, looked;
};

extern struct lan lan;

/* Begins a network of LAN_ENDS, or another channel. All partitions run, but not their drivers. */
void lan_begin(void);
void lan_begin_as(enum bundle_channel_kind kind, uint32_t ends);
void lan_end(void);

/* A fixture: a network of LAN_ENDS for each test. */
void lan_set_up(void);
void lan_tear_down(void);

/*
 * Plays the frame: it lets a broker begin anew; or do a turn, and then each broker that the first
 * one woke. The interrupts that they ask for are forgotten.
 */
void lan_start(uint32_t place);
void lan_turn(uint32_t place);

/* For kill_at(): a turn of the broker, which begins anew first if it hasn't started. */
struct lan_run {
	uint32_t place;
	bool started;
};
void lan_run(void *run);

/* The broker loses its open work: it begins anew, and does a turn. */
void lan_run_on(uint32_t place);

/* Kills the broker of `place` at each step of a turn, one step after the other. For each step it
 * begins a new network, calls `begin`, kills the broker, lets it run anew, and calls `check`. */
void lan_kill_each(uint32_t place, void (*begin)(void), void (*check)(void));

/* Reads or writes a register of an end's device. The broker answers at once. */
uint32_t lan_read(uint32_t place, uint32_t offset);
void lan_write(uint32_t place, uint32_t offset, uint32_t value);

/* The first function lets a driver find its device, the second one lets it offer buffers for
 * reception. */
void lan_drive(uint32_t place, uint64_t features);
void lan_offer(uint32_t place, uint16_t buffers);
/* Does both at all ends. */
void lan_drive_all(uint64_t features);

/* Sends a packet of `size` bytes with a number in it, to a place or, with LAN_ENDS, to all
 * places. */
void lan_send(uint32_t from, uint32_t to, uint32_t number, uint32_t size);

/* Takes the next packet that has come, checks that it is whole, and returns its number. Negative:
 * there is none. */
int64_t lan_receive(uint32_t place);

/* How many buffers of sent packets the sender has got back since the last call. */
uint32_t lan_returned(uint32_t place);

uint64_t lan_counter(uint32_t place, enum channel_counter counter);

void *lan_at(uint32_t place, uint64_t offset);

/* The rings of an end's queue. The third function adds an entry to the driver's ring: the
 * descriptor of the same number. */
struct ring_driver *lan_driver(uint32_t place, uint32_t queue);
struct ring_device *lan_device(uint32_t place, uint32_t queue);
void lan_make_available(uint32_t place, uint32_t queue, uint32_t size, uint16_t flags);

#endif
