/* The process around kumiki-disk: its arguments, its files. */
#include "disk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: kumiki-disk [--read-only] CHANNEL FILE\n"
    "Provides FILE, a file or a block device, to other partitions: as the disk that is called\n"
    "CHANNEL in the system's description.\n";

static enum disk_end fail(const char *what, const char *why)
{
	(void)fprintf(stderr, "kumiki-disk: %s: %s\n", what, why);
	return DISK_USELESS;
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
	disk.file = open(disk.path, O_CLOEXEC | (disk.read_only ? O_RDONLY : O_RDWR | O_DSYNC));
	if (disk.file < 0)
		return (int)fail(disk.path, strerror(errno));
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
