/*
 * Fuzzer of what a disk has. The input's first bytes say which blocks of a small good disk are
 * changed and how; sums and roots are made right again then, as far as they are on the way to the
 * change, so that it is the checks behind the sums that must find it. Whatever the disk has is
 * mounted, listed, read, changed and checked: nothing may read outside, and all of it ends.
 *
 * Shows: rtos.diskfs-damage.
 */
#include <lib/crc32c.h>
#include <servers/diskfs/check.h>
#include <servers/diskfs/commit.h>
#include <servers/diskfs/mount.h>
#include <servers/diskfs/operate.h>
#include <servers/diskfs/tree.h>
#include <stdlib.h>
#include <string.h>
#include <unit/rtos_servers/diskfs_disk.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_BLOCKS 256u
#define FUZZ_MEMORY (128u * 4500)
#define FUZZ_FILES  16u
#define FUZZ_CHANGE 5u /* bytes of the input: block, place (2), how, value */

static struct memory_disk fuzz_disk;
static uint8_t *fuzz_good, *fuzz_memory, *fuzz_checks;
static uint8_t fuzz_buffer[16384];
static struct diskfs fuzz_fs;

static uint64_t *fuzz_call(uint64_t operation, uint64_t id, uint64_t word1, uint64_t word2)
{
	static struct diskfs_call call;

	call = (struct diskfs_call){.word = {FS_CALL(operation, id), word1, word2},
	                            .buffer = fuzz_buffer,
	                            .buffer_size = sizeof(fuzz_buffer)};
	operate(&fuzz_fs, &call);
	return call.word;
}

static void fuzz_fill(void)
{
	for (uint64_t i = 0; i < FUZZ_FILES; i++) {
		const uint64_t id =
		    fuzz_call(FS_CREATE, FS_ROOT, i % 4 == 0 ? FS_DIRECTORY : FS_FILE, 'a' + i)[1];

		if (i % 4 != 0)
			(void)fuzz_call(FS_WRITE, id, i * 5000, FS_PIECE(i * 900, 0));
	}
	(void)operate_sync(&fuzz_fs);
	for (uint64_t i = 0; i < FUZZ_FILES; i += 3)
		(void)fuzz_call(FS_REMOVE, FS_ROOT, 0, 'a' + i);
	(void)operate_sync(&fuzz_fs);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *wrong;

	(void)argc;
	(void)argv;
	memory_disk_begin(&fuzz_disk, FUZZ_BLOCKS);
	fuzz_memory = aligned_alloc(DISKFS_BLOCK, (FUZZ_MEMORY + 4095) / 4096 * 4096);
	if (mount_make(&fuzz_fs, &fuzz_disk.disk, 1, fuzz_memory, FUZZ_MEMORY, &wrong) !=
	    MOUNT_GOOD)
		abort();
	fuzz_fill();
	fuzz_good = malloc((size_t)FUZZ_BLOCKS * DISKFS_BLOCK);
	memcpy(fuzz_good, fuzz_disk.bytes, (size_t)FUZZ_BLOCKS * DISKFS_BLOCK);
	fuzz_checks = malloc(64u << 20);
	return 0;
}

/* ---- changes ---- */

static void fuzz_change(const uint8_t change[FUZZ_CHANGE])
{
	uint8_t *at = fuzz_disk.bytes + (size_t)(change[0] % FUZZ_BLOCKS) * DISKFS_BLOCK +
	              ((uint32_t)change[1] | (uint32_t)change[2] << 8) % DISKFS_BLOCK;

	if (change[3] % 3 == 0)
		*at = change[4];
	else if (change[3] % 3 == 1)
		*at ^= (uint8_t)(1u << change[4] % 8);
	else
		*at = (uint8_t)(*at + change[4]);
}

/* Sums of a pointer's block, from below. */
static void fuzz_mend(struct diskfs_pointer *at, uint32_t height, uint32_t depth)
{
	uint8_t *block;

	if (at->block == 0 || at->block >= FUZZ_BLOCKS || depth > DISKFS_HEIGHT_MAX)
		return;
	block = fuzz_disk.bytes + (size_t)at->block * DISKFS_BLOCK;
	for (uint32_t i = 0; height != 0 && i < DISKFS_POINTERS; i++)
		fuzz_mend((struct diskfs_pointer *)(void *)block + i, height - 1, depth + 1);
	at->crc = crc32c(0, block, DISKFS_BLOCK);
}

static void fuzz_mend_inodes(const struct diskfs_pointer *at, uint32_t height)
{
	uint8_t *block = fuzz_disk.bytes + (size_t)(at->block % FUZZ_BLOCKS) * DISKFS_BLOCK;

	if (height == 0 && at->block != 0)
		for (uint32_t i = 0; i < DISKFS_INODES; i++) {
			struct diskfs_inode *inode = (struct diskfs_inode *)(void *)block + i;

			fuzz_mend(&inode->map.top, inode->map.height, 0);
		}
}

static void fuzz_mend_root(uint32_t place)
{
	struct diskfs_root *root =
	    (struct diskfs_root *)(void *)(fuzz_disk.bytes +
	                                   (size_t)place * DISKFS_ROOT_BLOCKS * DISKFS_BLOCK);

	fuzz_mend_inodes(&root->inodes.top, root->inodes.height);
	fuzz_mend(&root->inodes.top, root->inodes.height, 0);
	if (root->length <= DISKFS_ROOT_BLOCKS * DISKFS_BLOCK && root->length >= sizeof(*root))
		root->crc = commit_sum(root);
}

/* ---- using it ---- */

static void fuzz_use_file(uint64_t id, uint64_t size)
{
	(void)fuzz_call(FS_READ, id, 0, FS_PIECE(sizeof(fuzz_buffer), 0));
	(void)fuzz_call(FS_READ, id, size / 2, FS_PIECE(4096, 0));
	(void)fuzz_call(FS_WRITE, id, size / 3, FS_PIECE(6000, 0));
	(void)fuzz_call(FS_APPEND, id, 0, FS_PIECE(100, 0));
	(void)fuzz_call(FS_RESIZE, id, size / 4, 0);
}

static void fuzz_use(void)
{
	uint64_t order = 0;

	for (uint32_t i = 0; i < 2 * FUZZ_FILES; i++) {
		uint64_t *word = fuzz_call(FS_LIST, FS_ROOT, order, 0);

		if (word[0] != FS_OK || word[1] == FS_NONE)
			break;
		order = word[1];
		word = fuzz_call(FS_LOOKUP, FS_ROOT, 0, word[2]);
		if (word[0] == FS_OK && word[1] == FS_FILE)
			fuzz_use_file(word[4], word[2]);
		else if (word[0] == FS_OK)
			(void)fuzz_call(FS_CREATE, word[4], FS_FILE, 'x');
	}
	for (uint64_t i = 0; i < FUZZ_FILES; i++)
		(void)fuzz_call(i % 2 != 0 ? FS_REMOVE : FS_CREATE, FS_ROOT, FS_FILE, 'a' + i);
	(void)fuzz_call(FS_RENAME, FS_ID(3, 0), FS_ROOT, 'y');
	for (uint32_t i = 0; i < 50 && operate_is_unfinished(&fuzz_fs); i++)
		operate_finish(&fuzz_fs);
	(void)operate_sync(&fuzz_fs);
}

static bool fuzz_mount(void)
{
	const char *wrong;

	return mount_open(&fuzz_fs, &fuzz_disk.disk, NULL, fuzz_memory, FUZZ_MEMORY, &wrong) ==
	       MOUNT_GOOD;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct check check = {.fs = &fuzz_fs, .contents = true};

	memory_disk_load(&fuzz_disk, fuzz_good);
	for (; size >= FUZZ_CHANGE; size -= FUZZ_CHANGE, data += FUZZ_CHANGE)
		fuzz_change(data);
	if (size % 2 == 0) {
		fuzz_mend_root(0);
		fuzz_mend_root(1);
	}
	if (!fuzz_mount())
		return 0;
	if (check_size(&fuzz_fs) <= 64u << 20)
		(void)check_all(&check, fuzz_checks);
	if (fuzz_mount())
		fuzz_use();
	return 0;
}
