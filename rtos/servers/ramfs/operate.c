/* See operate.h. */
#include "operate.h"
#include "contents.h"
#include "directory.h"
#include "inode.h"
#include "journal.h"
#include "pages.h"
#include <lib/crc32c.h>

/* A call on its way through. */
struct operation {
	struct ramfs *fs;
	struct ramfs_call *call;
	struct ramfs_inode *inode;    /* the inode that the call names; NULL: it is gone */
	uint64_t answer1, answer2;    /* words 1 and 2 of the answer */
	struct ramfs_inode *finishes; /* an inode with work left after the commit; NULL: none */
};

/* The name in the call. */
static const uint64_t *operate_name(const struct operation *op)
{
	return &op->call->message.word[2];
}

/* Makes the call's changes, and its answer, at once. */
static enum fs_status operate_commit(struct operation *op, uint64_t answer1, uint64_t answer2)
{
	op->answer1 = answer1;
	op->answer2 = answer2;
	journal_set(op->fs, op->call->message.identity, answer1, answer2);
	change_commit(op->fs);
	return FS_OK;
}

static enum fs_status operate_give_up(struct operation *op, enum fs_status status)
{
	change_drop(op->fs);
	return status;
}

static enum fs_status operate_need_directory(const struct ramfs_inode *inode)
{
	if (!inode)
		return FS_GONE;
	return inode_is_directory(inode) ? FS_OK : FS_NOT_DIRECTORY;
}

static enum fs_status operate_need_file(const struct ramfs_inode *inode)
{
	if (!inode)
		return FS_GONE;
	return inode_is_directory(inode) ? FS_IS_DIRECTORY : FS_OK;
}

/* Whether this is a directory, and the call's name could be in it. */
static enum fs_status operate_need_name(const struct operation *op,
                                        const struct ramfs_inode *directory)
{
	const enum fs_status status = operate_need_directory(directory);

	return status == FS_OK && !directory_name_good(operate_name(op)) ? FS_BAD : status;
}

/* ---- looking ---- */

static enum fs_status operate_state(struct operation *op)
{
	const struct ramfs_inode *inode = op->inode;

	if (!inode)
		return FS_GONE;
	op->answer1 = inode_is_directory(inode) ? FS_DIRECTORY : FS_FILE;
	op->answer2 = inode->size;
	op->call->message.word[3] = inode_id(op->fs, inode_at(op->fs, inode->directory));
	return FS_OK;
}

static enum fs_status operate_lookup(struct operation *op)
{
	const enum fs_status status = operate_need_name(op, op->inode);
	const struct ramfs_entry *entry;

	if (status != FS_OK)
		return status;
	entry = directory_find(op->fs, op->inode, operate_name(op));
	if (!entry)
		return FS_NOT_FOUND;
	op->inode = inode_at(op->fs, entry->inode);
	op->call->message.word[4] = inode_id(op->fs, op->inode);
	return operate_state(op);
}

static enum fs_status operate_list(struct operation *op)
{
	const enum fs_status status = operate_need_directory(op->inode);
	const uint64_t first = op->call->message.word[1];
	uint32_t number = first < UINT32_MAX ? (uint32_t)first : UINT32_MAX;
	const struct ramfs_entry *entry;

	if (status != FS_OK)
		return status;
	entry = directory_next(op->fs, op->inode, &number);
	op->answer1 = entry ? number + 1ULL : FS_NONE;
	op->answer2 = 0;
	for (uint32_t i = 0; entry && i < FS_NAME_WORDS; i++)
		op->call->message.word[2 + i] =
		    (uint64_t)entry->name[2 * i + 1] << 32 | entry->name[2 * i];
	if (entry)
		op->answer2 = op->call->message.word[2];
	return FS_OK;
}

static enum fs_status operate_usage(struct operation *op)
{
	op->answer1 = op->fs->pages;
	op->answer2 = pages_free(op->fs);
	op->call->message.word[3] = op->fs->inode_count;
	op->call->message.word[4] = inode_free(op->fs);
	op->call->message.word[5] = op->fs->compares ? FS_HAS_WORD_SUMS : 0;
	return FS_OK;
}

/* ---- contents ---- */

/* The place of the piece in the buffer, and *count bytes; NULL: they aren't within the buffer. */
static uint8_t *operate_piece(const struct operation *op, uint32_t *count)
{
	const uint64_t piece = op->call->message.word[2];
	const uint32_t at = FS_PIECE_AT(piece);

	*count = FS_PIECE_COUNT(piece);
	if (!op->call->buffer || at > op->call->buffer_size || *count > op->call->buffer_size - at)
		return NULL;
	return op->call->buffer + at;
}

/* Whether this operation is the call's. It is no part of the operation itself: on the way there the
 * compiler takes the answer for known. */
static __attribute__((noinline)) bool operate_is_asked(const struct operation *op,
                                                       enum fs_operation operation)
{
	return FS_CALL_OPERATION(op->call->message.word[0]) == operation;
}

/* Whether this operation is the call's, the words are those that the caller sent, as far as it has
 * counted their sum, and the pointers to the memory agree. */
static __attribute__((noinline)) bool operate_is_sound(const struct operation *op,
                                                       enum fs_operation operation)
{
	const struct sys_message *message = &op->call->message;

	return operate_is_asked(op, operation) &&
	       change_page(op->fs, op->fs->head->super.inodes) == op->fs->inodes &&
	       (!FS_IS_SUM(message->word[4]) ||
	        message->word[4] == FS_SUM(crc32c((uint32_t)message->badge - 1, message->word,
	                                          FS_SUMMED * sizeof(message->word[0]))));
}

/* Compares what the answer says that was done with the buffer, by the call's own words. Counts the
 * answer's sum. FS_FAILED: it wasn't done. */
static __attribute__((noinline)) enum fs_status operate_compare(const struct operation *op,
                                                                enum fs_operation operation,
                                                                uint64_t offset, uint32_t asked)
{
	struct ramfs_call *call = op->call;
	uint32_t count;
	const uint8_t *piece = operate_piece(op, &count);

	if (!operate_is_sound(op, operation) ||
	    !contents_are(op->fs, FS_CALL_ID(call->message.word[0]), offset, piece,
	                  (uint32_t)op->answer1, asked))
		return FS_FAILED;
	call->complains = call->message.word[5] == FS_COMPLAINS;
	if (FS_IS_SUM(call->message.word[4]))
		call->message.word[4] += FS_OK + op->answer1;
	return FS_OK;
}

static enum fs_status operate_read(struct operation *op)
{
	const enum fs_status status = operate_need_file(op->inode);
	const uint64_t offset = op->call->message.word[1];
	uint32_t count;
	uint8_t *piece = operate_piece(op, &count);

	if (status != FS_OK || !piece)
		return status != FS_OK ? status : FS_BAD;
	if (op->fs->compares && !operate_is_asked(op, FS_READ))
		return FS_BAD;
	op->answer1 = offset > RAMFS_SIZE_MAX
	                  ? 0
	                  : contents_read(op->fs, op->inode, (uint32_t)offset, piece, count);
	op->call->partly = op->answer1 < count;
	return op->fs->compares ? operate_compare(op, FS_READ, offset, count) : FS_OK;
}

static enum fs_status operate_write(struct operation *op)
{
	const enum fs_status status = operate_need_file(op->inode);
	const uint64_t offset = op->call->message.word[1];
	uint32_t count;
	const uint8_t *piece = operate_piece(op, &count);

	if (status != FS_OK || !piece)
		return status != FS_OK ? status : FS_BAD;
	if (op->fs->compares && !operate_is_sound(op, FS_WRITE))
		return FS_BAD;
	if (offset > RAMFS_SIZE_MAX || count > RAMFS_SIZE_MAX - offset)
		return FS_TOO_LARGE;
	op->answer1 = contents_write(op->fs, op->inode, (uint32_t)offset, piece, count);
	if (op->answer1 != count && (op->answer1 == 0 || op->fs->unfinished))
		return FS_NO_SPACE;
	return op->fs->compares ? operate_compare(op, FS_WRITE, offset, (uint32_t)op->answer1)
	                        : FS_OK;
}

static enum fs_status operate_resize(struct operation *op)
{
	const enum fs_status status = operate_need_file(op->inode);

	if (status != FS_OK)
		return status;
	if (op->call->message.word[1] > RAMFS_SIZE_MAX)
		return FS_TOO_LARGE;
	op->finishes = contents_resize(op->fs, op->inode, (uint32_t)op->call->message.word[1]);
	return FS_OK;
}

static enum fs_status operate_append(struct operation *op)
{
	const enum fs_status status = operate_need_file(op->inode);
	uint32_t count, at;
	const uint8_t *piece = operate_piece(op, &count);

	if (status != FS_OK || !piece)
		return status != FS_OK ? status : FS_BAD;
	if (op->fs->compares && !operate_is_sound(op, FS_APPEND))
		return FS_BAD;
	count = count < CONTENTS_WHOLE ? count : CONTENTS_WHOLE;
	at = op->inode->size;
	if (count > RAMFS_SIZE_MAX - at)
		return FS_TOO_LARGE;
	if (!contents_append(op->fs, op->inode, piece, count))
		return operate_give_up(op, FS_NO_SPACE);
	op->answer1 = count;
	if (op->fs->compares && operate_compare(op, FS_APPEND, at, count) != FS_OK)
		return operate_give_up(op, FS_FAILED);
	return operate_commit(op, count, at);
}

/* ---- names ---- */

static enum fs_status operate_create(struct operation *op)
{
	const enum fs_status status = operate_need_name(op, op->inode);
	const uint64_t type = op->call->message.word[1];
	struct ramfs_inode *made;

	if (status != FS_OK)
		return status;
	if (type != FS_FILE && type != FS_DIRECTORY)
		return FS_BAD;
	if (directory_find(op->fs, op->inode, operate_name(op)))
		return FS_EXISTS;
	made = inode_take(op->fs, (enum fs_type)type, inode_number(op->fs, op->inode));
	if (!made ||
	    !directory_add(op->fs, op->inode, operate_name(op), inode_number(op->fs, made)))
		return operate_give_up(op, FS_NO_SPACE);
	return operate_commit(op, inode_id(op->fs, made), 0);
}

/* Removes a file or directory that has lost its name. */
static enum fs_status operate_drop(struct operation *op, struct ramfs_inode *inode)
{
	if (inode_is_directory(inode) && !directory_is_empty(op->fs, inode))
		return FS_NOT_EMPTY;
	inode_remove(op->fs, inode);
	op->finishes = inode;
	return FS_OK;
}

static enum fs_status operate_remove(struct operation *op)
{
	enum fs_status status = operate_need_name(op, op->inode);
	struct ramfs_entry *entry;

	if (status != FS_OK)
		return status;
	entry = directory_find(op->fs, op->inode, operate_name(op));
	if (!entry)
		return FS_NOT_FOUND;
	status = operate_drop(op, inode_at(op->fs, entry->inode));
	if (status != FS_OK)
		return operate_give_up(op, status);
	change_set(op->fs, &entry->inode, 0);
	return operate_commit(op, 0, 0);
}

/* ---- another name ---- */

/* Whether `above` is the directory, or lies on its way up to the root. */
static bool operate_is_above(const struct ramfs *fs, const struct ramfs_inode *above,
                             const struct ramfs_inode *directory)
{
	while (directory != above && directory != inode_at(fs, 1))
		directory = inode_at(fs, directory->directory);
	return directory == above;
}

/* The name leads to the call's inode now, and the file that had the name goes. */
static enum fs_status operate_replace(struct operation *op, struct ramfs_entry *entry)
{
	struct ramfs_inode *gone = inode_at(op->fs, entry->inode);
	enum fs_status status;

	if (inode_is_directory(gone) != inode_is_directory(op->inode))
		return inode_is_directory(gone) ? FS_IS_DIRECTORY : FS_NOT_DIRECTORY;
	status = operate_drop(op, gone);
	change_set(op->fs, &entry->inode, inode_number(op->fs, op->inode));
	return status;
}

static enum fs_status operate_move(struct operation *op, struct ramfs_inode *directory)
{
	const uint32_t number = inode_number(op->fs, op->inode);
	struct ramfs_entry *from =
	    directory_find_inode(op->fs, inode_at(op->fs, op->inode->directory), number);
	struct ramfs_entry *to = directory_find(op->fs, directory, operate_name(op));
	enum fs_status status = FS_OK;

	if (to == from)
		return operate_commit(op, 0, 0);
	if (to)
		status = operate_replace(op, to);
	else if (!directory_add(op->fs, directory, operate_name(op), number))
		status = FS_NO_SPACE;
	if (status != FS_OK)
		return operate_give_up(op, status);
	change_set(op->fs, &from->inode, 0);
	change_set(op->fs, &op->inode->directory, inode_number(op->fs, directory));
	return operate_commit(op, 0, 0);
}

static enum fs_status operate_rename(struct operation *op)
{
	struct ramfs_inode *directory = inode_find(op->fs, op->call->message.word[1]);
	const enum fs_status status = operate_need_name(op, directory);

	if (!op->inode)
		return FS_GONE;
	if (status != FS_OK)
		return status;
	if (operate_is_above(op->fs, op->inode, directory))
		return FS_BAD;
	return operate_move(op, directory);
}

/* ---- all of them ---- */

static enum fs_status operate_one(struct operation *op, uint32_t operation)
{
	switch (operation) {
	case FS_LOOKUP:
		return operate_lookup(op);
	case FS_STATE:
		return operate_state(op);
	case FS_LIST:
		return operate_list(op);
	case FS_READ:
		return operate_read(op);
	case FS_WRITE:
		return operate_write(op);
	case FS_RESIZE:
		return operate_resize(op);
	case FS_USAGE:
		return operate_usage(op);
	case FS_SYNC:
		return FS_OK; /* memory is all that this file system has */
	case FS_APPEND:
		return operate_append(op);
	case FS_CREATE:
		return operate_create(op);
	case FS_REMOVE:
		return operate_remove(op);
	case FS_RENAME:
		return operate_rename(op);
	default:
		return FS_BAD;
	}
}

/* Makes room for an operation, by a piece of other inodes' work. False: nothing is left to do. The
 * operation has changed nothing until then, except bytes that it writes again. */
static bool operate_makes_room(struct ramfs *fs)
{
	const bool unfinished = fs->unfinished;

	if (unfinished)
		inode_finish_some(fs);
	return unfinished;
}

/* Does a piece of the work that is left: this call's own, or any other's. */
static void operate_finish(const struct operation *op)
{
	if (op->finishes)
		inode_begin_finish(op->fs, op->finishes);
	else
		inode_finish_some(op->fs);
}

void operate(struct ramfs *fs, struct ramfs_call *call)
{
	const uint32_t operation = FS_CALL_OPERATION(call->message.word[0]);
	struct operation op = {
	    .fs = fs, .call = call, .inode = inode_find(fs, FS_CALL_ID(call->message.word[0]))};
	enum fs_status status = FS_OK;

	if (operation < FS_APPEND || call->message.deliveries == 0 ||
	    !journal_find(fs, call->message.identity, &op.answer1, &op.answer2))
		do
			status = operate_one(&op, operation);
		while (status == FS_NO_SPACE && operate_makes_room(fs));
	if (op.finishes || fs->unfinished)
		operate_finish(&op);
	call->message.word[0] = status;
	if (status != FS_OK)
		return;
	call->message.word[1] = op.answer1;
	call->message.word[2] = op.answer2;
}
