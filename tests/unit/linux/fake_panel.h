/*
 * A panel in memory in place of linux/lib/device.c, and a folder that looks like a Linux that has
 * it: /sys, /dev and /run of the library and the tool under test. The panel has three partitions: 0
 * is this one ("linux"), 1 ("small") is managed, 2 ("other") isn't.
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
#define FAKE_BOX      0x10000u /* the black box of "small" */
#define FAKE_RING     4u       /* the doorbell that rings "small"; 5 rings nobody */
#define FAKE_BIT      3u       /* by which it is heard */
#define FAKE_OPENERS  64
#define FAKE_NO_POWER UINT32_MAX
#define FAKE_HZ       1000000u /* of the counter */

struct fake_panel {
	uint32_t pending, enable, result, magic, revision, starts;
	char names[3][KUMIKI_NAME_SIZE];
	bool masked;     /* INTx disable */
	uint32_t policy; /* by which cores go off and come on; this one may change it, or not */
	bool unheld;     /* nothing holds a core of "small": it can't be suspended */
	/* The kernel takes the interrupt when it likes: by fake_panel_interrupt() only. */
	bool slow;
	uint32_t interrupts;         /* that it took */
	uint32_t seen[FAKE_OPENERS]; /* of them, by file number */
	struct life_status life[2];  /* of 0 and 1 */
	uint32_t rung, commands, last_command;
	/* Called by whoever would sleep; false: the time is over. */
	bool (*sleep)(void);
	void (*cleared)(void); /* when bits of PENDING have been cleared; may not come back */
	int lockers;
	uint64_t
	    hold[KUMIKI_CPUS_MAX]; /* the records of cores; of 2 and 3, which "other" may hold */
	uint32_t holds;
	void (*asking)(void); /* what happens just before the frame hears of a request */
	void (*asked)(void);  /* what comes of a request at once; NULL: nothing */
	uint64_t counter;     /* grows by this much with each reading */
	uint64_t step;
};
extern struct fake_panel fake_panel;

void fake_panel_reset(void);
/* Somebody rings, or something changes. */
void fake_panel_raise(uint32_t bits);
/* The kernel takes the interrupt, if there is one. */
void fake_panel_interrupt(void);
/* Whether the holder of this device has been woken. */
bool fake_panel_woken(const struct kumiki *kumiki);

/* The folder, made anew; gone with fake_tree_remove(). */
const char *fake_tree_make(void);
void fake_tree_remove(void);
/* A file of it. */
const char *fake_tree_path(const char *path);
void fake_tree_write(const char *path, const void *bytes, size_t size);
size_t fake_tree_read(const char *path, void *bytes, size_t size);
/* The black box of "small", as it stands in the panel's memory. */
void fake_tree_box(const struct blackbox *box);

#endif
