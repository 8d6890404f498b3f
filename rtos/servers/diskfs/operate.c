/* See operate.h. */
#include "operate.h"
#include "change.h"
#include "commit.h"
#include "contents.h"
#include "directory.h"
#include "kept.h"
#include "mapped.h"
#include "mount.h"
#include "space.h"
#include <lib/crc32c.h>
#include <lib/string.h>

#define OPERATE_PIECES 256u /* of removed files, DISKFS_CUT blocks each */

/* ---- looking ---- */

static enum fs_status operate_tell(struct diskfs *fs, const struct diskfs_inode *inode,
                                   uint64_t word[8])
{
	const uint32_t directory = inode->directory;

	word[1] = inode->state == DISKFS_DIRECTORY ? FS_DIRECTORY : FS_FILE;
	word[2] = inode->size;
	inode = tree_inode(fs, directory);
	if (!inode)
		return fs->trouble;
	word[3] = inode_id(directory, inode);
	return FS_OK;
}

static enum fs_status operate_lookup(struct diskfs *fs, uint32_t directory, uint64_t word[8])
{
	const struct diskfs_inode *inode;
	uint32_t number;

	if (!directory_name_good(&word[2]))
		return FS_BAD;
	number = directory_find(fs, directory, &word[2]);
	inode = number != 0 ? tree_inode(fs, number) : NULL;
	if (!inode)
		return fs->trouble;
	word[4] = inode_id(number, inode);
	return operate_tell(fs, inode, word);
}

static enum fs_status operate_list(struct diskfs *fs, uint32_t directory, uint64_t word[8])
{
	uint64_t order = word[1];
	const struct diskfs_entry *entry = directory_next(fs, directory, &order);

	memset(&word[1], 0, 7 * sizeof(word[0]));
	word[1] = FS_NONE;
	if (!entry)
		return fs->trouble == FS_NOT_FOUND ? FS_OK : fs->trouble;
	word[1] = order + 1;
	memcpy(&word[2], entry->name, FS_NAME);
	return FS_OK;
}

static enum fs_status operate_usage(const struct diskfs *fs, struct diskfs_call *call)
{
	uint64_t *word = call->word;
	const uint32_t most = fs->free > fs->cache.changed ? fs->free - fs->cache.changed : 0;
	const uint32_t free =
	    most > DISKFS_RESERVE + DISKFS_NEED ? most - DISKFS_RESERVE - DISKFS_NEED : 0;
	const uint64_t inodes = (uint64_t)free * DISKFS_INODES;
	const uint64_t left = DISKFS_INODES_MAX - fs->root.files;

	word[1] = fs->root.blocks;
	word[2] = free;
	word[4] = inodes < left ? inodes : left;
	word[3] = fs->root.files + word[4];
	word[5] = call->no_sums ? 0 : FS_HAS_SUMS;
	word[6] = fs->mapped ? fs->mapped->taken : 0;
	return FS_OK;
}

/* The place of the piece in the buffer, and *count bytes; NULL: they aren't within the buffer. */
static uint8_t *operate_piece(const struct diskfs_call *call, uint32_t *count)
{
	const uint32_t at = FS_PIECE_AT(call->word[2]);

	*count = FS_PIECE_COUNT(call->word[2]);
	if (!call->buffer || at > call->buffer_size || *count > call->buffer_size - at)
		return NULL;
	return call->buffer + at;
}

static enum fs_status operate_read(struct diskfs *fs, struct diskfs_call *call)
{
	const uint64_t id = FS_CALL_ID(call->word[0]);
	const uint32_t number = FS_ID_NUMBER(id);
	const struct diskfs_inode *inode = inode_find(fs, id);
	uint32_t count, done, sum = 0;
	uint8_t *piece = operate_piece(call, &count);

	if (!inode)
		return fs->trouble;
	if (inode->state == DISKFS_DIRECTORY || !piece)
		return inode->state == DISKFS_DIRECTORY ? FS_IS_DIRECTORY : FS_BAD;
	if (FS_IS_SUM(call->word[3]) && !contents_sums_good(fs, number, call->word[1], count)) {
		call->wrong = true;
		return FS_FAILED;
	}
	if (!contents_read(fs, number, inode, call->word[1], piece, count, &done,
	                   call->no_sums ? NULL : &sum))
		return fs->trouble;
	call->word[1] = done;
	call->word[2] = call->no_sums ? 0 : FS_SUM(sum);
	call->partly = done < count;
	return FS_OK;
}

static enum fs_status operate_look(struct diskfs *fs, struct diskfs_call *call)
{
	const uint32_t operation = FS_CALL_OPERATION(call->word[0]);
	const uint64_t id = FS_CALL_ID(call->word[0]);
	const struct diskfs_inode *inode =
	    operation != FS_USAGE && operation <= FS_USAGE ? inode_find(fs, id) : NULL;
	const bool directory = inode && inode->state == DISKFS_DIRECTORY;

	switch (operation) {
	case FS_STATE:
		return inode ? operate_tell(fs, inode, call->word) : fs->trouble;
	case FS_LOOKUP:
	case FS_LIST:
		if (!inode || !directory)
			return inode ? FS_NOT_DIRECTORY : fs->trouble;
		return operation == FS_LIST ? operate_list(fs, FS_ID_NUMBER(id), call->word)
		                            : operate_lookup(fs, FS_ID_NUMBER(id), call->word);
	case FS_USAGE:
		return operate_usage(fs, call);
	default:
		return FS_BAD;
	}
}

/* ---- beginning again ---- */

/* Forgets all that isn't kept: half a change, or changes that a commit couldn't write. */
static bool operate_recover(struct diskfs *fs)
{
	const enum fs_status trouble = fs->trouble;
	const bool failing = fs->failing;
	const char *wrong;

	fs->dead = mount_again(fs, &wrong) != MOUNT_GOOD;
	fs->failing = failing;
	fs->trouble = trouble;
	if (fs->dead && fs->disk->tell)
		fs->disk->tell(fs->disk, wrong, fs->root.generation);
	return !fs->dead;
}

bool operate_sync(struct diskfs *fs)
{
	if (fs->dead || fs->read_only)
		return !fs->dead;
	if (commit(fs))
		return true;
	(void)operate_recover(fs);
	return false;
}

/* ---- changing ---- */

/* Notes a change that was made, and keeps it. */
static void operate_note(struct diskfs *fs, const struct change *change, uint64_t identity)
{
	struct kept_entry entry = {.identity = identity,
	                           .answer1 = change->answer1,
	                           .answer2 = change->answer2,
	                           .bytes = change->count,
	                           .bytes_crc = change->sum};

	fs->root.sequence++;
	if (!fs->kept)
		return;
	entry.sequence = fs->root.sequence;
	memcpy(entry.word, change->word, sizeof(entry.word));
	kept_add(fs->kept, &entry);
}

static enum fs_status operate_make(struct diskfs *fs, struct change *change, uint64_t identity)
{
	enum fs_status status;

	cache_step(&fs->cache);
	fs->touched = false;
	status = change_make(fs, change);
	if (!fs->touched)
		return status;
	if (status == FS_OK)
		operate_note(fs, change, identity);
	else if (!operate_recover(fs))
		status = FS_FAILED;
	return status;
}

/* Whether a commit has to make room: in the cache, in what is kept, or among the deltas. */
static bool operate_is_tight(const struct diskfs *fs, uint32_t blocks, uint32_t bytes)
{
	return fs->cache.changed + blocks > fs->cache.count / 2 ||
	       space_room(fs) < 2 * (fs->cache.changed + blocks) + DISKFS_CUT * 2 ||
	       (fs->kept && !kept_bytes(fs->kept, bytes));
}

static bool operate_has_space(const struct diskfs *fs, uint32_t blocks)
{
	return fs->free >= fs->cache.changed && fs->free - fs->cache.changed >= blocks;
}

static enum fs_status operate_finish_one(struct diskfs *fs)
{
	struct change change = {.word = {FS_CALL(CHANGE_FINISH, 0)}};
	const enum fs_status status = operate_make(fs, &change, 0);

	fs->stuck = status != FS_OK;
	return status;
}

/* Makes sure of free blocks, or returns FS_NO_SPACE. Released blocks are free after a commit. A
 * removed file that couldn't be read before gets another try. */
static enum fs_status operate_make_space(struct diskfs *fs, uint32_t blocks)
{
	if (!operate_has_space(fs, blocks))
		fs->stuck = false;
	while (!operate_has_space(fs, blocks)) {
		if (!fs->unsaved && !operate_is_unfinished(fs))
			return FS_NO_SPACE;
		if (!operate_sync(fs))
			return FS_FAILED;
		if (operate_is_unfinished(fs) && !operate_has_space(fs, blocks)) {
			const enum fs_status status = operate_finish_one(fs);

			if (status != FS_OK)
				return status;
		}
	}
	return FS_OK;
}

static enum fs_status operate_prepare(struct diskfs *fs, const struct change *change, bool removes)
{
	const uint32_t blocks = change_blocks(change) + DISKFS_NEED;

	if (operate_is_tight(fs, blocks, change->count) && !operate_sync(fs))
		return FS_FAILED;
	return operate_make_space(fs, removes ? blocks : blocks + DISKFS_RESERVE);
}

/* Copies the call's bytes, as the caller can change them at any time. Bytes with a wrong sum don't
 * become a file's. */
static enum fs_status operate_bytes(struct diskfs *fs, const struct diskfs_call *call,
                                    struct change *change, const uint8_t *piece)
{
	const uint64_t sum = call->word[3];
	const uint32_t more = FS_PIECE_COUNT(call->word[2]) - change->count;
	uint8_t *bytes = fs->kept ? kept_bytes(fs->kept, change->count) : NULL;

	change->bytes = bytes ? bytes : piece;
	if (bytes && change->count == DISKFS_BLOCK && (uintptr_t)piece % sizeof(uint64_t) == 0)
		diskfs_copy(bytes, piece);
	else if (bytes)
		memcpy(bytes, piece, change->count);
	change->sum = crc32c(0, change->bytes, change->count);
	return FS_IS_SUM(sum) && FS_SUM(crc32c(change->sum, piece + change->count, more)) != sum
	           ? FS_WRONG_SUM
	           : FS_OK;
}

/* How many bytes fit into one change. */
static uint32_t operate_most(uint64_t offset, uint32_t count)
{
	const uint32_t most = DISKFS_PIECE * DISKFS_BLOCK - (uint32_t)(offset % DISKFS_BLOCK);

	return count < most ? count : most;
}

static enum fs_status operate_contents(struct diskfs *fs, struct diskfs_call *call,
                                       struct change *change)
{
	uint32_t count;
	const uint8_t *piece = operate_piece(call, &count);
	enum fs_status status;

	if (!piece)
		return FS_BAD;
	change->count = operate_most(
	    FS_CALL_OPERATION(call->word[0]) == FS_APPEND ? DISKFS_BLOCK - 1 : call->word[1],
	    count);
	status = operate_prepare(fs, change, false);
	if (status == FS_OK)
		status = operate_bytes(fs, call, change, piece);
	return status == FS_OK ? operate_make(fs, change, call->identity) : status;
}

static enum fs_status operate_change(struct diskfs *fs, struct diskfs_call *call)
{
	const uint32_t operation = FS_CALL_OPERATION(call->word[0]);
	struct change change = {.bytes = NULL};
	enum fs_status status;

	if (fs->read_only)
		return FS_READ_ONLY;
	memcpy(change.word, call->word, sizeof(change.word));
	if (operation == FS_WRITE || operation == FS_APPEND) {
		status = operate_contents(fs, call, &change);
	} else {
		status =
		    operate_prepare(fs, &change, operation == FS_REMOVE || operation == FS_RESIZE);
		if (status == FS_OK)
			status = operate_make(fs, &change, call->identity);
	}
	if (status != FS_OK)
		return status;
	call->word[1] = change.answer1;
	call->word[2] = change.answer2;
	return FS_OK;
}

/* Copies the pages, as operate_bytes() does. */
static enum fs_status operate_copies(struct diskfs *fs, const struct diskfs_call *call,
                                     struct change *change)
{
	const uint64_t sum = call->word[7];
	uint8_t *bytes = fs->kept ? kept_bytes(fs->kept, change->count) : NULL;

	change->bytes = bytes ? bytes : call->lent;
	for (uint32_t at = 0; bytes && at < change->count; at += FS_PAGE)
		diskfs_copy(bytes + at, call->lent + at);
	change->sum = crc32c(0, change->bytes, change->count);
	return FS_IS_SUM(sum) && FS_SUM(change->sum) != sum ? FS_WRONG_SUM : FS_OK;
}

/* Whether the call's copies are there, and lie in a window. */
static bool operate_has_copies(const struct diskfs_call *call)
{
	const uint64_t count = call->word[2];

	if (count == 0 || count > FS_MAP_COPIES || !call->lent || count > call->lent_pages)
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (FS_COMMIT_PLACE(call->word, i) >= FS_MAP_PAGES)
			return false;
	return true;
}

/* FS_COMMIT: one change, and what is kept goes to the disk. */
static enum fs_status operate_commit(struct diskfs *fs, struct diskfs_call *call)
{
	struct change change = {.bytes = NULL};
	enum fs_status status;

	if (fs->read_only)
		return FS_READ_ONLY;
	if (!operate_has_copies(call))
		return FS_BAD;
	memcpy(change.word, call->word, sizeof(change.word));
	change.count = (uint32_t)call->word[2] * FS_PAGE;
	status = operate_prepare(fs, &change, false);
	if (status == FS_OK)
		status = operate_copies(fs, call, &change);
	if (status == FS_OK)
		status = operate_make(fs, &change, call->identity);
	if (status == FS_OK && !operate_sync(fs))
		status = FS_FAILED;
	return status;
}

void operate_finish(struct diskfs *fs)
{
	struct change change = {.word = {FS_CALL(CHANGE_FINISH, 0)}};

	if (operate_prepare(fs, &change, true) != FS_OK)
		fs->stuck = true;
	else if (operate_is_unfinished(fs))
		(void)operate_finish_one(fs);
}

enum fs_status operate_quota(struct diskfs *fs, const uint64_t name[FS_NAME_WORDS], uint32_t blocks)
{
	struct change change = {.word = {FS_CALL(CHANGE_QUOTA, 0), blocks}};
	enum fs_status status;

	if (fs->read_only)
		return FS_READ_ONLY;
	if (!directory_name_good(name))
		return FS_BAD;
	memcpy(&change.word[2], name, FS_NAME);
	status = operate_prepare(fs, &change, false);
	return status == FS_OK ? operate_make(fs, &change, 0) : status;
}

/* ---- once more ---- */

static bool operate_one_again(struct diskfs *fs, const struct kept_entry *entry)
{
	struct change change = {
	    .bytes = kept_bytes_of(entry), .count = entry->bytes, .sum = entry->bytes_crc};

	if (entry->sequence <= fs->root.sequence)
		return true;
	memcpy(change.word, entry->word, sizeof(change.word));
	cache_step(&fs->cache);
	if (entry->sequence != fs->root.sequence + 1 || change_make(fs, &change) != FS_OK ||
	    change.answer1 != entry->answer1 || change.answer2 != entry->answer2)
		return false;
	fs->root.sequence++;
	return true;
}

bool operate_again(struct diskfs *fs)
{
	struct kept *kept = fs->kept;
	const struct kept_entry *entry;
	bool good = true;
	uint64_t at = 0;

	kept->again = true;
	while (good && (entry = kept_next(kept, &at)) != NULL)
		good = operate_one_again(fs, entry);
	kept->again = false;
	return good && at == kept->head->used;
}

/* ---- all of them ---- */

static bool operate_is_change(uint32_t operation)
{
	return operation == FS_WRITE || operation == FS_RESIZE ||
	       (operation >= FS_APPEND && operation <= FS_RENAME);
}

static enum fs_status operate_one(struct diskfs *fs, struct diskfs_call *call)
{
	const uint32_t operation = FS_CALL_OPERATION(call->word[0]);

	if (fs->dead && !operate_recover(fs))
		return FS_FAILED;
	if (operation == FS_READ) {
		cache_step(&fs->cache);
		return operate_read(fs, call);
	}
	if (operation == FS_MAP) {
		cache_step(&fs->cache);
		return mapped_map(fs, call);
	}
	if (operation == FS_COMMIT)
		return operate_commit(fs, call);
	if (operation == FS_SYNC)
		return operate_sync(fs) ? FS_OK : FS_FAILED;
	if (operate_is_change(operation))
		return operate_change(fs, call);
	cache_step(&fs->cache);
	return operate_look(fs, call);
}

/* A removed file counts in its quota until its blocks are given back. For a call without room
 * there, a piece is; others wait meanwhile, so not too many are. */
static bool operate_gives_back(struct diskfs *fs, uint32_t piece)
{
	if (piece == OPERATE_PIECES || !operate_is_unfinished(fs))
		return false;
	operate_finish(fs);
	return true;
}

static bool operate_is_repeated(const struct diskfs *fs, struct diskfs_call *call)
{
	const uint32_t operation = FS_CALL_OPERATION(call->word[0]);

	return operation >= FS_APPEND && operation <= FS_RENAME && call->deliveries != 0 &&
	       fs->kept && kept_find(fs->kept, call->identity, &call->word[1], &call->word[2]);
}

void operate(struct diskfs *fs, struct diskfs_call *call)
{
	enum fs_status status = FS_OK;
	uint32_t pieces = 0;

	if (!operate_is_repeated(fs, call)) {
		do
			status = operate_one(fs, call);
		while (status == FS_NO_SPACE && operate_gives_back(fs, pieces++));
	}
	call->word[0] = status;
}
