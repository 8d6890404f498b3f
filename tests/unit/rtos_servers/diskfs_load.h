/*
 * A random load for the disk file system, and a simple model of its files: names, sizes and sums,
 * as if nothing could fail. The model keeps each state by the number of its last change, so that
 * any state can be compared with a disk.
 */
#ifndef TESTS_DISKFS_LOAD_H
#define TESTS_DISKFS_LOAD_H

#include "diskfs_disk.h"
#include <servers/diskfs/kept.h>
#include <servers/diskfs/operate.h>

#define LOAD_FILES  24
#define LOAD_SIZE   (512u * 1024)
#define LOAD_MEMORY (192u * 4500)
#define LOAD_BUFFER (16u * 1024)

struct load_file {
	uint64_t id; /* 0: the place is free */
	uint64_t name[FS_NAME_WORDS];
	uint32_t directory; /* its place; the root has place 0 */
	uint32_t type;
	uint32_t size, crc;
};

struct load_state {
	uint64_t number; /* the last change's */
	struct load_file file[LOAD_FILES];
};

struct load {
	struct diskfs fs;
	struct memory_disk *disk;
	uint64_t seed, identity;
	struct load_file file[LOAD_FILES];
	uint8_t *bytes[LOAD_FILES];
	struct load_state *states;
	uint32_t state_count, state_room;
	uint8_t *memory;
	uint8_t buffer[LOAD_BUFFER];
	struct kept kept;
	/* the present call, which a successor gets again */
	struct diskfs_call call;
	uint32_t at; /* the call's file */
	uint64_t random;
	uint32_t refused; /* how many calls failed for lack of space */
};

/* Makes a file system on the disk, and begins the load. `kept` is memory that outlives the server;
 * NULL: none. */
void load_begin(struct load *load, struct memory_disk *disk, uint64_t seed, void *kept,
                uint64_t kept_size);
void load_end(struct load *load);

/* Chooses a call, which load_call() then carries out. If the server dies in it, load_call() can
 * repeat it. */
void load_choose(struct load *load);
void load_call(struct load *load);
/* Begins the server's successor. */
void load_again(struct load *load);

/* Checks that the file system has the state with this number. */
void load_compare(struct diskfs *fs, const struct load *load, uint64_t number);
/* Checks that all parts of the file system fit together. */
void load_check(struct diskfs *fs);

#endif
