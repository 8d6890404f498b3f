/* SPDX-License-Identifier: MIT-0 */
/*
 * libkumiki: Kumiki's panel for a program in a stock Linux (docs/linux.md): windows that it shares
 * with other partitions, doorbells, and the lives of managed partitions. No kernel driver but
 * Debian's own uio_pci_generic is needed.
 *
 * Every function that can fail answers -1 and leaves a sentence in `error`: the failure, its place,
 * and the remedy. A struct kumiki belongs to one thread. Any number of programs may work at a time,
 * each with any number of these structs.
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
	uint32_t bit;  /* this partition's bit for its rings; KUMIKI_NO_BELL: there is none */
};

/* Memory that this partition shares with others. It is normal memory, not cached. Don't use atomic
 * read-modify-write instructions on it; loads, stores and barriers work as usual. */
struct kumiki_window {
	char name[KUMIKI_NAME_SIZE];
	uint64_t address; /* guest-physical */
	size_t size;
	bool read_only; /* the program mustn't write: a write ends it */
	void *memory;   /* where it is mapped */
	uint32_t peer_count;
	struct kumiki_peer peers[KUMIKI_PARTITIONS_MAX];
};

/* A doorbell without a window. It is either rung or heard. */
struct kumiki_doorbell {
	char name[KUMIKI_NAME_SIZE];
	struct kumiki_peer peer;
};

/* A partition's black box. */
struct kumiki_box {
	char name[KUMIKI_NAME_SIZE];
	const void *memory;
};

/* A CPU of this Linux whose core may go to other partitions, or come from them. */
struct kumiki_cpu {
	uint32_t number; /* Linux's number */
	uint32_t core;   /* the machine's number */
};

struct kumiki {
	char error[KUMIKI_ERROR_SIZE];
	uint32_t index;           /* this partition */
	uint32_t starts;          /* how often it was started */
	uint32_t partition_count; /* of the machine */
	uint32_t managed;         /* a bit for each managed partition */
	uint32_t changed; /* the bit to wait for: a managed partition's life or a core's holder has
	                     changed */
	uint32_t window_count;
	struct kumiki_window windows[KUMIKI_WINDOWS_MAX];
	uint32_t doorbell_count;
	struct kumiki_doorbell doorbells[KUMIKI_DOORBELLS_MAX];
	uint32_t cpu_count;
	struct kumiki_cpu cpus[KUMIKI_CPUS_MAX]; /* CPUs that may come and go */
	/* Only the library uses these fields. */
	uint32_t box_count;
	struct kumiki_box boxes[KUMIKI_PARTITIONS_MAX];
	uint32_t heard[32]; /* how often each bit had been taken when this program looked last */
	struct kumiki_device device;
};

/*
 * Finds the panel. If no driver has it, gives it to uio_pci_generic, which needs root and the
 * module. `root` is a folder in front of all paths (/sys, /dev, /run), for tests; otherwise it is
 * NULL or "".
 */
int kumiki_open(struct kumiki *kumiki, const char *root);
void kumiki_close(struct kumiki *kumiki);

/* ---- windows and doorbells ---- */

/* The window with this name. NULL: there is none. */
const struct kumiki_window *kumiki_window(struct kumiki *kumiki, const char *name);

/* Rings a doorbell. A partition that hears it sees everything that was written before. Returns 0
 * even if no partition hears it. */
int kumiki_ring(struct kumiki *kumiki, uint32_t doorbell);

/*
 * Waits until one of the bits `wanted` comes, at most so many milliseconds (KUMIKI_FOR_EVER). 1:
 * `came` has the bits; 0: the time is over, or a signal came. Rings before the first wait count.
 * Several rings of a bell may count as one. Several programs may wait for the same bit: each hears
 * it.
 */
int kumiki_wait(struct kumiki *kumiki, uint32_t wanted, int milliseconds, uint32_t *came);

/*
 * For programs with a loop of their own: `came` gets the bits of `wanted` that have come so far. If
 * there are none, kumiki_descriptor() becomes readable with the next news.
 */
int kumiki_listen(struct kumiki *kumiki, uint32_t wanted, uint32_t *came);
int kumiki_descriptor(const struct kumiki *kumiki);

/* Gives a number for this life of the program, for channels (guest/channel.h). It is never 0. It is
 * larger than all numbers before, also after restarts of Linux. It counts 65,535 lives of the
 * program and of Linux, and then begins again. */
int kumiki_generation(struct kumiki *kumiki, uint32_t *generation);

/* ---- partitions ---- */

/* The index of the partition with this name. */
int kumiki_partition(struct kumiki *kumiki, const char *name);
void kumiki_name(const struct kumiki *kumiki, uint32_t partition, char name[KUMIKI_NAME_SIZE + 1]);
/* Whether this partition manages the other one. */
bool kumiki_manages(const struct kumiki *kumiki, uint32_t partition);

/* Reads the state of a managed partition, or of this partition. */
int kumiki_state(struct kumiki *kumiki, uint32_t partition, struct life_status *status);

/* Sends the command; the partition's state shows the result. A command that doesn't fit the state
 * is ignored. */
int kumiki_command(struct kumiki *kumiki, uint32_t partition, enum life_command command);

/* A copy of a black box. Entries older than the first ones named here may be half overwritten. */
struct kumiki_blackbox {
	struct blackbox box;
	uint64_t first_character; /* of box.console */
	uint32_t first_event;     /* of box.event */
};
int kumiki_blackbox(struct kumiki *kumiki, uint32_t partition, struct kumiki_blackbox *copy);

/* How many characters the partition has printed, ever: whether a copy would have news. */
int kumiki_printed(struct kumiki *kumiki, uint32_t partition, uint64_t *characters);

/* ---- cores that go from one partition to another: docs/power.md ---- */

/* The core's record: kumiki/hold.h. */
uint64_t kumiki_core(const struct kumiki *kumiki, uint32_t core);

/* Asks that the partition, or HOLD_NOBODY, gets the core within so many milliseconds. If the
 * partition is the core's holder, the core stays with it. The caller must hold the core or manage
 * its holder. For a core without a holder, the caller must be the partition or manage it. Returns
 * the request's number; the core's record shows the result. */
int kumiki_hold(struct kumiki *kumiki, uint32_t core, uint32_t partition, int milliseconds);
/* Withdraws a request. 0: it isn't withdrawn, as another request has replaced it, or as this
 * partition may not ask the core's present holder. */
int kumiki_withdraw(struct kumiki *kumiki, uint32_t core, int number);

/* Sets the policy by which cores go off and come on (kumiki/power.h), and returns the policy
 * before. The caller needs kumiki,manages-power. */
#define KUMIKI_POWER_ASK UINT32_MAX /* asks only; the policy stays */
int kumiki_power(struct kumiki *kumiki, uint32_t policy);

/* The version of this library, such as "1.2.0", or "1.2.0-dev" before that release. */
const char *kumiki_version(void);

/* How many ticks a second has, for times in black boxes and records; and the counter's present
 * value. */
uint64_t kumiki_counter_hz(void);
uint64_t kumiki_counter(void);

#endif
