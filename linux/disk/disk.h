/* kumiki-disk: provides a file, or a block device, to other partitions as a disk (kumiki/disk.h).
 */
#ifndef DISK_DISK_H
#define DISK_DISK_H

#include <kumiki/disk.h>
#include <stdbool.h>

/* How it ends; DISK_USELESS: another start doesn't help. */
enum disk_end { DISK_ENDED = 1, DISK_USAGE = 2, DISK_USELESS = 3 };

struct disk {
	const char *channel;
	const char *path; /* of what it provides */
	int port, file;
	bool read_only;
	uint32_t session;
};

/* Serves until the channel ends, or fails. */
enum disk_end disk_serve(struct disk *disk);

/* Opens the port of that name. Negative: there is none, or errno says why not. */
int disk_open_port(const char *channel);

#endif
