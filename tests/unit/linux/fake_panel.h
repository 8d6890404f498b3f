/*
 * A panel in memory in place of linux/lib/device.c, and a folder with the /sys, /dev and /run of a
 * Linux that has this panel, for the library and the tool under test. The panel knows three
 * partitions: 0 is this one ("linux"), 1 ("small") is managed, 2 ("other") isn't.
 */
#ifndef LINUX_FAKE_PANEL_H
#define LINUX_FAKE_PANEL_H

#include <kumiki/blackbox.h>
#include <kumiki/hold.h>
#include <libkumiki/libkumiki.h>

#define FAKE_FUNCTION "/sys/bus/pci/devices/0000:00:1f.0"
#define FAKE_MEMORY   0x20000000u /* guest-physical: BAR 2 */
#define FAKE_SIZE     0x40000u
#define FAKE_WINDOW   0x0u /* "pipe", 8 KiB; then "seen", read-only */
#define FAKE_SEEN     0x2000u
#define FAKE_SEEN_ALL 0x3000u
#define FAKE_BOX      0x10000u /* the black box of "small" */
#define FAKE_RING     4u       /* the doorbell that rings "small"; 5 rings no partition */
#define FAKE_BIT      3u       /* the bit by which a doorbell is heard */
#define FAKE_OPENERS  64
#define FAKE_NO_POWER UINT32_MAX
#define FAKE_HZ       1000000u /* the counter's rate */

struct fake_panel {
	uint32_t pending, enable, result, magic, revision, starts;
	char names[3][KUMIKI_NAME_SIZE];
	bool masked;     /* INTx disable */
	uint32_t policy; /* the power policy; FAKE_NO_POWER: this partition may not change it */
	bool unheld;     /* "small" has a core of another architecture, so it can't be suspended */
	/* The kernel takes the interrupt late: only by fake_panel_interrupt(). */
	bool slow;
	uint32_t interrupts;         /* how many it took */
	uint32_t seen[FAKE_OPENERS]; /* how many of them each open file has seen */
	struct life_status life[2];  /* of 0 and 1 */
	uint32_t rung, commands, last_command;
	/* Called in place of a sleep; false: the time is over. */
	bool (*sleep)(void);
	void (*cleared)(void); /* called after bits of PENDING were cleared; it needn't return */
	int lockers;
	uint64_t hold[KUMIKI_CPUS_MAX]; /* the cores' records; "other" may hold the cores 2 and 3 */
	uint32_t holds;
	void (*asking)(void); /* called just before the frame hears of a request; NULL: nothing */
	void (*asked)(void);  /* called at once after a request; NULL: nothing */
	uint64_t counter;     /* how much the counter grows with each reading */
	uint64_t step;
};
extern struct fake_panel fake_panel;

void fake_panel_reset(void);
/* Raises bits: a doorbell rings, or something changes. */
void fake_panel_raise(uint32_t bits);
/* Lets the kernel take the interrupt, if there is one. */
void fake_panel_interrupt(void);
/* Whether the program with this device open was woken. */
bool fake_panel_woken(const struct kumiki *kumiki);

/* Makes the folder anew; fake_tree_remove() deletes it. */
const char *fake_tree_make(void);
void fake_tree_remove(void);
/* The path of a file in it. */
const char *fake_tree_path(const char *path);
void fake_tree_write(const char *path, const void *bytes, size_t size);
size_t fake_tree_read(const char *path, void *bytes, size_t size);
/* Puts the black box of "small" into the panel's memory. */
void fake_tree_box(const struct blackbox *box);
/* Puts something into the window "seen". */
void fake_tree_seen(const void *from, size_t size);

#endif
