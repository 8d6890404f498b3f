/* The process around kumiki-disk: its arguments, its files. */
#include "disk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

static const char usage[] =
    "usage: kumiki-disk [--read-only] CHANNEL FILE\n"
    "Provides FILE, a file or a block device, to other partitions: as the disk that is called\n"
    "CHANNEL in the system's description.\n";

static enum disk_end fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "kumiki-disk: %s: %s\n", what, why);
	return DISK_USELESS;
}

/* Opens the file, or block device, for this program alone if it writes. O_EXCL is for block
 * devices: the kernel then refuses those that are mounted or overlap another writer's. */
static bool open_file(struct disk *disk)
{
	const int how = disk->read_only ? O_RDONLY : O_RDWR | O_DSYNC | O_EXCL;

	disk->file = open(disk->path, O_CLOEXEC | how);
	return disk->file >= 0 &&
	       flock(disk->file, LOCK_NB | (disk->read_only ? LOCK_SH : LOCK_EX)) == 0;
}

int main(int count, char *arguments[])
{
	struct disk disk = {0};
	const int first = count > 1 && strcmp(arguments[1], "--read-only") == 0 ? 2 : 1;

	if (count == 2 && strcmp(arguments[1], "--help") == 0)
		return fputs(usage, stdout) < 0;
	if (count - first != 2 || arguments[first][0] == '-') {
		(void)fputs(usage, stderr);
		return DISK_USAGE;
	}
	disk.read_only = first == 2;
	disk.channel = arguments[first];
	disk.path = arguments[first + 1];
	if (!open_file(&disk))
		return (int)fail(disk.path, errno == EBUSY || errno == EWOULDBLOCK
		                                ? "it is in use: another kumiki-disk provides it, "
		                                  "or it is mounted; end that, or provide another "
		                                  "file"
		                                : strerror(errno));
	errno = ENOENT;
	disk.port = disk_open_port(disk.channel);
	if (disk.port < 0 && errno == ENOENT)
		return (int)fail(disk.channel, "this partition provides no such disk; load "
		                               "virtio_console, and look at "
		                               "/sys/class/virtio-ports/*/name");
	if (disk.port < 0)
		return (int)fail(disk.channel, strerror(errno));
	return (int)disk_serve(&disk);
}
