/* SPDX-License-Identifier: MIT-0 */
/*
 * libkumiki: what a program in a stock Linux does with Kumiki's panel (docs/linux.md): windows that
 * it shares with other partitions, doorbells, and the life of the partitions that this one manages.
 * No kernel driver but Debian's own uio_pci_generic is needed.
 *
 * Every function that can fail answers -1 and leaves in `error` what went wrong, where, and what to
 * do about it, as a sentence to be shown. A struct kumiki belongs to one thread; any number of
 * programs, and of these structs in a program, may be at work at a time.
 */
#ifndef LIBKUMIKI_LIBKUMIKI_H
#define LIBKUMIKI_LIBKUMIKI_H

#include <kumiki/blackbox.h>
#include <kumiki/hold.h>
#include <kumiki/life.h>
#include <libkumiki/device.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KUMIKI_NAME_SIZE      32u /* with the closing NUL */
#define KUMIKI_ERROR_SIZE     512u
#define KUMIKI_PARTITIONS_MAX 8u
#define KUMIKI_WINDOWS_MAX    16u
#define KUMIKI_DOORBELLS_MAX  32u
#define KUMIKI_CPUS_MAX       8u
#define KUMIKI_NO_BELL        UINT32_MAX
#define KUMIKI_FOR_EVER       (-1)

/* Another partition, as a window or a doorbell connects to it. */
struct kumiki_peer {
	char name[KUMIKI_NAME_SIZE];
	uint32_t ring; /* the doorbell to ring for it; KUMIKI_NO_BELL: there is none */
	uint32_t bit;  /* number of the bit by which it is heard; KUMIKI_NO_BELL: it isn't */
};

/* Memory that this partition shares with others. Normal memory, not cached: no atomic
 * read-modify-write instructions on it; loads, stores and barriers do what they always do. */
struct kumiki_window {
	char name[KUMIKI_NAME_SIZE];
	uint64_t address; /* guest-physical */
	size_t size;
	bool read_only; /* a write is the program's end */
	void *memory;   /* mapped here */
	uint32_t peer_count;
	struct kumiki_peer peers[KUMIKI_PARTITIONS_MAX];
};

/* A doorbell without a window: rung or heard, not both. */
struct kumiki_doorbell {
	char name[KUMIKI_NAME_SIZE];
	struct kumiki_peer peer;
};

/* Where the black box of a partition is to be read. */
struct kumiki_box {
	char name[KUMIKI_NAME_SIZE];
	const void *memory;
};

/* A CPU of this Linux whose core may go to other partitions, or come from them. */
struct kumiki_cpu {
	uint32_t number; /* Linux's */
	uint32_t core;   /* the machine's */
};

struct kumiki {
	char error[KUMIKI_ERROR_SIZE];
	uint32_t index;           /* this partition */
	uint32_t starts;          /* how often it was started */
	uint32_t partition_count; /* how many there are */
	uint32_t managed;         /* those that this one manages, a bit each */
	uint32_t changed;         /* the bit to wait for: the life of one of them has changed, or
	                           * who holds a core */
	uint32_t window_count;
	struct kumiki_window windows[KUMIKI_WINDOWS_MAX];
	uint32_t doorbell_count;
	struct kumiki_doorbell doorbells[KUMIKI_DOORBELLS_MAX];
	uint32_t cpu_count;
	struct kumiki_cpu cpus[KUMIKI_CPUS_MAX]; /* those that may come and go */
	/* The library's own. */
	uint32_t box_count;
	struct kumiki_box boxes[KUMIKI_PARTITIONS_MAX];
	uint32_t heard[32]; /* how often each bit had been taken when this one looked last */
	struct kumiki_device device;
};

/*
 * Finds the panel and gives it to uio_pci_generic if nobody has it, which needs root and the
 * module. `root` is a folder in front of all paths (/sys, /dev, /run), for tests; NULL or "" else.
 */
int kumiki_open(struct kumiki *kumiki, const char *root);
void kumiki_close(struct kumiki *kumiki);

/* ---- windows and doorbells ---- */

/* The window of this name; NULL: there is none. */
const struct kumiki_window *kumiki_window(struct kumiki *kumiki, const char *name);

/* Everything that was written before is seen by whoever hears it. 0, whether or not anybody does.
 */
int kumiki_ring(struct kumiki *kumiki, uint32_t doorbell);

/*
 * Waits until one of the bits `wanted` comes, or so many milliseconds (KUMIKI_FOR_EVER). 1: what
 * came is in `came`; 0: the time is over, or a signal came. Rings that came before the first wait
 * count; several of one bell may be one. Several programs may wait for the same bit: each hears it.
 */
int kumiki_wait(struct kumiki *kumiki, uint32_t wanted, int milliseconds, uint32_t *came);

/*
 * The same for programs with a loop of their own: `came` says what of `wanted` has come by now;
 * when it is none, kumiki_descriptor() becomes readable with the next news.
 */
int kumiki_listen(struct kumiki *kumiki, uint32_t wanted, uint32_t *came);
int kumiki_descriptor(const struct kumiki *kumiki);

/* A number for this life of the program, as channels want it (guest/channel.h): never 0, and larger
 * than all that were given before, through restarts of Linux, too. It counts 65,535 of each and
 * then begins again. */
int kumiki_generation(struct kumiki *kumiki, uint32_t *generation);

/* ---- partitions ---- */

/* The index of the partition of this name. */
int kumiki_partition(struct kumiki *kumiki, const char *name);
void kumiki_name(const struct kumiki *kumiki, uint32_t partition, char name[KUMIKI_NAME_SIZE + 1]);
/* Whether this one manages it. */
bool kumiki_manages(const struct kumiki *kumiki, uint32_t partition);

/* Of a partition that is managed, or of this one. */
int kumiki_state(struct kumiki *kumiki, uint32_t partition, struct life_status *status);

/* Asks for it; what comes of it is the partition's state. What doesn't fit its state is ignored. */
int kumiki_command(struct kumiki *kumiki, uint32_t partition, enum life_command command);

/* A copy of a black box. What was older than these when it was copied may be half overwritten. */
struct kumiki_blackbox {
	struct blackbox box;
	uint64_t first_character; /* of box.console */
	uint32_t first_event;     /* of box.event */
};
int kumiki_blackbox(struct kumiki *kumiki, uint32_t partition, struct kumiki_blackbox *copy);

/* ---- cores that go from one partition to another: docs/power.md ---- */

/* Who holds it, and who is to have it: kumiki/hold.h. */
uint64_t kumiki_core(const struct kumiki *kumiki, uint32_t core);

/* The partition is to hold it, if that comes about in so many milliseconds; with its holder it
 * stays; or HOLD_NOBODY is. For who holds the core, or manages who does; what nobody holds is for
 * the partition itself, or who manages it. The request's number; what comes of it is in
 * the core's record. */
int kumiki_hold(struct kumiki *kumiki, uint32_t core, uint32_t partition, int milliseconds);
/* Nothing is to come of that request any more. 0: it wasn't withdrawn, as another one has come in
 * its place, or who holds the core by now isn't this one's to ask. */
int kumiki_withdraw(struct kumiki *kumiki, uint32_t core, int number);

/* The policy by which cores go off and come on (kumiki/power.h) is this one from now on; the one
 * that held. For who has kumiki,manages-power. */
#define KUMIKI_POWER_ASK UINT32_MAX /* it stays as it is */
int kumiki_power(struct kumiki *kumiki, uint32_t policy);

/* Ticks in a second of the times in black boxes and of records; and how many there were. */
uint64_t kumiki_counter_hz(void);
uint64_t kumiki_counter(void);

#endif
