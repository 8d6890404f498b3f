/* A disk of blocks of 4 KiB, as the file system needs it. The server, the host's tool and the tests
 * each make one. Contents go between the disk and pages of the file system's memory. */
#ifndef DISKFS_DISK_H
#define DISKFS_DISK_H

#include <stdbool.h>
#include <stdint.h>

#define DISK_PAGES 16u /* the most of one write */

struct disk {
	uint32_t pages; /* the most of one write: 1 to DISK_PAGES */
	uint32_t blocks;
	bool read_only;
	/* A page into which the disk may still write, as a read ended without an answer. Until it
	 * is NULL, nobody else may use the page. */
	const uint8_t *doubt;
	/* These return false if the device reports an error. Nobody else uses the pages
	 * meanwhile. A write's pages go to blocks that lie behind each other. */
	bool (*read)(struct disk *disk, uint32_t block, uint8_t *page);
	bool (*write)(struct disk *disk, uint32_t block, uint8_t *const page[], uint32_t count);
	/* When it returns, all earlier writes are on the medium. */
	bool (*flush)(struct disk *disk);
	/* Tells people what is wrong with the disk, and where. */
	void (*tell)(struct disk *disk, const char *what, uint64_t where);
};

#endif
