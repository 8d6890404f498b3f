/* A disk of blocks of 4 KiB, as the file system needs it. The server, the host's tool and the tests
 * each make one. Contents go through the disk's buffer. */
#ifndef DISKFS_DISK_H
#define DISKFS_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_ROOM_MIN 2u

struct disk {
	uint8_t *buffer; /* others may write to it at any time */
	uint32_t room;   /* blocks that fit into it: at least DISK_ROOM_MIN */
	uint32_t blocks;
	bool read_only;
	/* These return false if the device reports an error. */
	bool (*read)(struct disk *disk, uint32_t block, uint32_t count);
	bool (*write)(struct disk *disk, uint32_t block, uint32_t count);
	/* When it returns, all earlier writes are on the medium. */
	bool (*flush)(struct disk *disk);
	/* Tells people what is wrong with the disk, and where. */
	void (*tell)(struct disk *disk, const char *what, uint64_t where);
};

#endif
