/* The frame's own page tables. The boot core makes them for each core before that core runs. */
#ifndef FRAME_TABLES_H
#define FRAME_TABLES_H

#include <frame/types.h>

enum tables_kind {
	TABLES_TEXT,     /* read, execute */
	TABLES_CONSTANT, /* read */
	TABLES_DATA,     /* read, write */
	TABLES_DEVICE,   /* read, write */
	TABLES_CONFIG, /* read, write: PCI's configuration space, where writes wait for the device's
	                  answer */
};

/* A piece of a core's tables: neighbouring entries, which map neighbouring pages. */
struct tables_piece {
	uint32_t first, count; /* entries, counted from the core's first table */
	uint64_t entry;        /* the first one */
};
#define TABLES_PIECES   255
#define TABLES_TOGETHER 32 /* entries of a piece at most */

/* What the start keeps of a core's tables: all their valid entries, but for those of the window and
 * of LAYOUT_TEXT_TABLES. A page; its unused pieces are empty. */
struct tables_kept {
	struct tables_piece piece[TABLES_PIECES];
	uint64_t sum;    /* of the pieces */
	uint64_t looked; /* pieces of the tables by which the core runs guests: the first ones */
};

/* The root and further tables lie together, and are used by their physical addresses. */
struct tables {
	uint64_t *root;
	uint32_t used, count;     /* pages */
	bool dirty;               /* their pages aren't zero yet */
	uint32_t pieces;          /* until now */
	struct tables_kept *kept; /* 0: nothing is kept */
};

/* Maps pages, each once; stops the start with a message if the tables run out. */
void tables_map(struct tables *tables, uint64_t va, pa_t pa, uint64_t size, enum tables_kind kind);

/* Returns the leaf table of an address; makes it if it is missing. */
uint64_t *tables_leaf(struct tables *tables, uint64_t va);

/*
 * Begins the tables of a core's way in, with the pages that the core's other tables (`tables`) have
 * left. `in` maps what `tables` does, except the text's slot, which the caller maps, and may map
 * more. The core leaves `in` when it has started: tables_leave_start().
 */
void tables_begin_way_in(struct tables *in, struct tables *tables);
void tables_seal(const struct tables *in); /* no mapping comes any more that is kept */
void tables_leave_start(void);

/*
 * This core's tables, by LAYOUT_TABLES and LAYOUT_TABLES_KEPT. tables_differ(): a piece isn't as it
 * was, but for the way in's: a core that crashes for these couldn't come in. For a recovery:
 * tables_mend() makes all pieces as they were, and returns whether they were.
 */
enum tables_found {
	TABLES_WHOLE,
	TABLES_MENDED,
	TABLES_LOST, /* what was kept is damaged, and isn't used any more */
};
bool tables_differ(uint32_t piece);
enum tables_found tables_mend(void);

/*
 * Reads a word of a guest's page through the window: this core maps the page at LAYOUT_WINDOW,
 * read-only, for that moment. The word is what memory has, whether or not the guest uses its
 * caches. The caller has checked whose page it is.
 */
uint32_t window_read(pa_t place);

/* Writes a word there, through the caches, as a guest that uses them does. */
void window_write(pa_t place, uint32_t word);

/* Maps a device's page there instead, read and write, and leaves it. For a core's last words. */
va_t window_open_device(pa_t page);

#endif
