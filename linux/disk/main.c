/* The process around kumiki-disk: its arguments, its files. */
#include "disk.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

static const char usage[] =
    "usage: kumiki-disk [--read-only] [--write-back] [--direct] CHANNEL FILE\n"
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
	const int writes = O_RDWR | O_EXCL | (disk->write_back ? 0 : O_DSYNC);
	const int how = disk->read_only ? O_RDONLY : writes;

	disk->file = open(disk->path, O_CLOEXEC | how | (disk->direct ? O_DIRECT : 0));
	return disk->file >= 0 &&
	       flock(disk->file, LOCK_NB | (disk->read_only ? LOCK_SH : LOCK_EX)) == 0;
}

static const char *why_not(const struct disk *disk)
{
	if (errno == EBUSY || errno == EWOULDBLOCK)
		return "it is in use: another kumiki-disk provides it, or it is mounted; end that, "
		       "or provide another file";
	if (errno == EINVAL && disk->direct)
		return "Linux can't give it past its page cache in pieces of 512 bytes; leave out "
		       "--direct";
	return strerror(errno);
}

/* Takes the option. False: there is none of that name. */
static bool take_option(struct disk *disk, const char *word)
{
	const struct {
		const char *name;
		bool *value;
	} options[] = {{"--read-only", &disk->read_only},
	               {"--write-back", &disk->write_back},
	               {"--direct", &disk->direct}};

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strcmp(word, options[i].name) == 0)
			return *options[i].value = true;
	return false;
}

int main(int count, char *arguments[])
{
	struct disk disk = {0};
	int first = 1;

	if (count == 2 && strcmp(arguments[1], "--help") == 0)
		return fputs(usage, stdout) < 0;
	while (first < count && take_option(&disk, arguments[first]))
		first++;
	if (count - first != 2 || arguments[first][0] == '-') {
		(void)fputs(usage, stderr);
		return DISK_USAGE;
	}
	disk.channel = arguments[first];
	disk.path = arguments[first + 1];
	if (!open_file(&disk) || (disk.direct && !disk_fits(&disk)))
		return (int)fail(disk.path, why_not(&disk));
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
