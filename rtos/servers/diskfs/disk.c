/* Reads, writes and copies blocks: see diskfs.h. */
#include "diskfs.h"

/* A word through which contents are copied, so it aliases everything. */
typedef uint64_t __attribute__((may_alias)) disk_long;

static inline void disk_eight(disk_long *out, const disk_long *in)
{
	const disk_long a = in[0], b = in[1], c = in[2], d = in[3];
	const disk_long e = in[4], f = in[5], g = in[6], h = in[7];

	out[0] = a, out[1] = b, out[2] = c, out[3] = d;
	out[4] = e, out[5] = f, out[6] = g, out[7] = h;
}

void diskfs_copy(void *to, const void *from)
{
	disk_long *out = to;
	const disk_long *in = from;

	for (uint32_t i = 0; i < DISKFS_BLOCK / sizeof(*in); i += 32) {
		disk_eight(out + i, in + i);
		disk_eight(out + i + 8, in + i + 8);
		disk_eight(out + i + 16, in + i + 16);
		disk_eight(out + i + 24, in + i + 24);
	}
}

bool diskfs_fail_at(struct diskfs *fs, const char *what, uint32_t block)
{
	if (!fs->failing && fs->disk->tell)
		fs->disk->tell(fs->disk, what, block);
	fs->failing = true;
	return diskfs_fail(fs, FS_FAILED);
}

bool diskfs_read(struct diskfs *fs, uint32_t block, void *page)
{
	return fs->disk->read(fs->disk, block, page) ||
	       diskfs_fail_at(fs, "disk can't read block", block);
}

bool diskfs_write(struct diskfs *fs, uint32_t block, uint8_t *const page[], uint32_t count)
{
	return fs->disk->write(fs->disk, block, page, count) ||
	       diskfs_fail_at(fs, "disk can't write block", block);
}
