/* The frame's own page tables: built by the boot core for every core, before it runs. */
#ifndef FRAME_TABLES_H
#define FRAME_TABLES_H

#include <frame/types.h>

enum tables_kind {
	TABLES_TEXT,     /* read, execute */
	TABLES_CONSTANT, /* read */
	TABLES_DATA,     /* read, write */
	TABLES_DEVICE,   /* read, write */
	TABLES_CONFIG,   /* the same of PCI's configuration space, where nothing answers for it */
};

/* Root and further tables lie together, where the boot core sees physical memory. */
struct tables {
	uint64_t *root;
	uint32_t used, count; /* pages */
	bool dirty;           /* their memory isn't zero yet */
};

/* Maps pages; stops the start with a message if the tables run out. */
void tables_map(struct tables *tables, uint64_t va, pa_t pa, uint64_t size, enum tables_kind kind);

/* Makes the lowest table of an address, so that tables_window() can change it later. */
uint64_t *tables_leaf(struct tables *tables, uint64_t va);

/*
 * The tables of a core's way in, made of the pages that those of its run have left over: they map
 * what these do but for the text, and may map more. The core leaves them when it has started.
 */
void tables_begin_way_in(struct tables *in, struct tables *tables);
void tables_leave_start(void);

/*
 * The window: one guest page at LAYOUT_WINDOW of this core, read-only, for as long as a word of it
 * is read: what memory has, whether or not the guest uses its caches. The caller has checked whose
 * page it is.
 */
uint32_t window_read(pa_t place);

/* A device's page instead, for the last words of a core: read and write, for good. */
va_t window_open_device(pa_t page);

#endif
