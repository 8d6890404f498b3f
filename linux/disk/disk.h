/* kumiki-disk: provides a file, or a block device, to other partitions as a disk (kumiki/disk.h).
 */
#ifndef DISK_DISK_H
#define DISK_DISK_H

#include <kumiki/disk.h>
#include <stdbool.h>

/* Exit values. DISK_USELESS: another start won't help. */
enum disk_end { DISK_ENDED = 1, DISK_USAGE = 2, DISK_USELESS = 3 };

struct disk {
	const char *channel;
	const char *path; /* the file or block device that it provides */
	int port, file;
	bool read_only;
	bool write_back; /* a write is on the medium behind the next flush only */
	bool direct;     /* past the page cache */
	uint32_t session;
};

/* False: with O_DIRECT the file gives no single sector. */
bool disk_fits(const struct disk *disk);

/* Serves until the channel ends or fails. */
enum disk_end disk_serve(struct disk *disk);

/* Opens the port with this name. A negative result: there is no such port, or errno says why it
 * can't be opened. */
int disk_open_port(const char *channel);

#endif
