/* See ramfs_model.h. */
#include "ramfs_model.h"
#include <servers/ramfs/inode.h>
#include <servers/ramfs/pages.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

void model_begin(struct model *model)
{
	memset(model, 0, sizeof(*model));
	model->file[0].id = FS_ROOT;
	model->file[0].type = FS_DIRECTORY;
	model->file[0].directory = &model->file[0];
}

static void model_forget(struct model_file *file)
{
	free(file->pages);
	memset(file, 0, sizeof(*file));
}

void model_end(struct model *model)
{
	for (size_t i = 0; i < MODEL_FILES; i++)
		model_forget(&model->file[i]);
}

struct model_file *model_find(struct model *model, uint64_t id)
{
	for (size_t i = 0; i < MODEL_FILES; i++)
		if (model->file[i].id == id && id != 0)
			return &model->file[i];
	return NULL;
}

static struct model_file *model_named(struct model *model, const struct model_file *directory,
                                      const uint64_t *name)
{
	for (size_t i = 1; i < MODEL_FILES; i++)
		if (model->file[i].id != 0 && model->file[i].directory == directory &&
		    memcmp(model->file[i].name, name, FS_NAME) == 0)
			return &model->file[i];
	return NULL;
}

static bool model_has_any(const struct model *model, const struct model_file *directory)
{
	for (size_t i = 1; i < MODEL_FILES; i++)
		if (model->file[i].id != 0 && model->file[i].directory == directory)
			return true;
	return false;
}

/* ---- contents ---- */

static struct model_page *model_page(const struct model_file *file, uint32_t place)
{
	for (uint32_t i = 0; i < file->page_count; i++)
		if (file->pages[i].place == place)
			return &file->pages[i];
	return NULL;
}

static struct model_page *model_page_made(struct model_file *file, uint32_t place)
{
	struct model_page *page = model_page(file, place);

	if (page)
		return page;
	if (!file->pages)
		file->pages = calloc(MODEL_PAGES, sizeof(file->pages[0]));
	assert_non_null(file->pages);
	assert_true(file->page_count < MODEL_PAGES);
	page = &file->pages[file->page_count++];
	memset(page, 0, sizeof(*page));
	page->place = place;
	return page;
}

static uint8_t model_byte(const struct model_file *file, uint32_t offset)
{
	const struct model_page *page = model_page(file, offset / RAMFS_PAGE);

	return page ? page->bytes[offset % RAMFS_PAGE] : 0;
}

static void model_write(struct model_file *file, uint32_t offset, const uint8_t *from,
                        uint32_t count)
{
	for (uint32_t i = 0; i < count; i++, offset++)
		model_page_made(file, offset / RAMFS_PAGE)->bytes[offset % RAMFS_PAGE] = from[i];
	if (count != 0 && offset > file->size)
		file->size = offset;
}

static void model_resize(struct model_file *file, uint32_t size)
{
	for (uint32_t i = 0; i < file->page_count; i++) {
		const uint64_t begin = (uint64_t)file->pages[i].place * RAMFS_PAGE;
		const uint64_t from = size > begin ? size - begin : 0;

		if (from < RAMFS_PAGE)
			memset(file->pages[i].bytes + from, 0, RAMFS_PAGE - from);
	}
	file->size = size;
}

/* ---- right answers ---- */

static enum fs_status model_file_status(const struct model_file *file, bool directory)
{
	if (!file)
		return FS_GONE;
	if ((file->type == FS_DIRECTORY) == directory)
		return FS_OK;
	return directory ? FS_NOT_DIRECTORY : FS_IS_DIRECTORY;
}

/* Whether "no space" is a right answer: the call needs nearly all free space, or more. */
static bool model_may_be_full(const struct ramfs *fs, const struct ramfs_call *asked)
{
	const uint32_t count = FS_PIECE_COUNT(asked->message.word[2]);

	if (FS_CALL_OPERATION(asked->message.word[0]) == FS_CREATE && inode_free(fs) == 0)
		return true;
	return pages_free(fs) <= 3 + (FS_CALL_OPERATION(asked->message.word[0]) == FS_APPEND
	                                  ? count / RAMFS_PAGE + 2
	                                  : 0);
}

static void model_contents(struct model_file *file, const struct ramfs_call *asked,
                           const struct ramfs_call *call)
{
	const uint32_t operation = FS_CALL_OPERATION(asked->message.word[0]);
	const uint32_t count = FS_PIECE_COUNT(asked->message.word[2]);
	const uint8_t *bytes = asked->buffer + FS_PIECE_AT(asked->message.word[2]);
	const uint32_t offset =
	    operation == FS_APPEND ? file->size : (uint32_t)asked->message.word[1];

	if (operation == FS_READ) {
		const uint32_t there = offset < file->size ? file->size - offset : 0;

		assert_int_equal(call->message.word[1], count < there ? count : there);
		for (uint32_t i = 0; i < call->message.word[1]; i++)
			assert_int_equal(bytes[i], model_byte(file, offset + i));
		return;
	}
	if (operation == FS_APPEND)
		assert_int_equal(call->message.word[2], offset);
	model_write(file, offset, bytes, (uint32_t)call->message.word[1]);
}

static void model_create(struct model *model, const struct ramfs_call *asked,
                         const struct ramfs_call *call)
{
	struct model_file *made = model->file;

	while (made->id != 0)
		made++;
	assert_true(made < model->file + MODEL_FILES);
	assert_null(model_find(model, call->message.word[1]));
	made->id = call->message.word[1];
	made->type = (enum fs_type)asked->message.word[1];
	made->directory = model_find(model, FS_CALL_ID(asked->message.word[0]));
	memcpy(made->name, &asked->message.word[2], FS_NAME);
}

static enum fs_status model_create_status(struct model *model, const struct ramfs_call *asked)
{
	const struct model_file *directory = model_find(model, FS_CALL_ID(asked->message.word[0]));
	const enum fs_status status = model_file_status(directory, true);

	if (status != FS_OK)
		return status;
	return model_named(model, directory, &asked->message.word[2]) ? FS_EXISTS : FS_OK;
}

static enum fs_status model_remove(struct model *model, const struct ramfs_call *asked)
{
	const struct model_file *directory = model_find(model, FS_CALL_ID(asked->message.word[0]));
	struct model_file *file;

	if (model_file_status(directory, true) != FS_OK)
		return model_file_status(directory, true);
	file = model_named(model, directory, &asked->message.word[2]);
	if (!file || model_has_any(model, file))
		return file ? FS_NOT_EMPTY : FS_NOT_FOUND;
	model_forget(file);
	return FS_OK;
}

static enum fs_status model_rename(struct model *model, const struct ramfs_call *asked)
{
	struct model_file *file = model_find(model, FS_CALL_ID(asked->message.word[0])), *there;
	struct model_file *directory = model_find(model, asked->message.word[1]);

	if (!file || model_file_status(directory, true) != FS_OK)
		return file ? model_file_status(directory, true) : FS_GONE;
	for (const struct model_file *up = directory;; up = up->directory) {
		if (up == file)
			return FS_BAD;
		if (up == model->file)
			break;
	}
	there = model_named(model, directory, &asked->message.word[2]);
	if (there && there != file && there->type != file->type)
		return there->type == FS_DIRECTORY ? FS_IS_DIRECTORY : FS_NOT_DIRECTORY;
	if (there && there != file && model_has_any(model, there))
		return FS_NOT_EMPTY;
	if (there && there != file)
		model_forget(there);
	file->directory = directory;
	memcpy(file->name, &asked->message.word[2], FS_NAME);
	return FS_OK;
}

void model_follow(struct model *model, const struct ramfs *fs, const struct ramfs_call *asked,
                  const struct ramfs_call *call)
{
	struct model_file *file = model_find(model, FS_CALL_ID(asked->message.word[0]));
	const uint32_t operation = FS_CALL_OPERATION(asked->message.word[0]);
	const uint64_t status = call->message.word[0];

	if (status == FS_NO_SPACE) {
		assert_true(model_may_be_full(fs, asked));
		return;
	}
	switch (operation) {
	case FS_READ:
	case FS_WRITE:
	case FS_APPEND:
		assert_int_equal(status, model_file_status(file, false));
		if (status == FS_OK)
			model_contents(file, asked, call);
		break;
	case FS_RESIZE:
		assert_int_equal(status, model_file_status(file, false));
		if (status == FS_OK)
			model_resize(file, (uint32_t)asked->message.word[1]);
		break;
	case FS_CREATE:
		assert_int_equal(status, model_create_status(model, asked));
		if (status == FS_OK)
			model_create(model, asked, call);
		break;
	case FS_REMOVE:
		assert_int_equal(status, model_remove(model, asked));
		break;
	case FS_RENAME:
		assert_int_equal(status, model_rename(model, asked));
		break;
	default:
		fail();
	}
}

/* ---- the whole file system ---- */

static void model_compare_contents(const struct model_file *file, struct ramfs *fs)
{
	static uint8_t buffer[RAMFS_PAGE];

	for (uint32_t i = 0; i < file->page_count; i++) {
		const uint32_t begin = file->pages[i].place * RAMFS_PAGE;
		struct ramfs_call call = {
		    .message.word = {FS_CALL(FS_READ, file->id), begin, FS_PIECE(RAMFS_PAGE, 0)},
		    .buffer = buffer,
		    .buffer_size = sizeof(buffer)};

		operate(fs, &call);
		assert_int_equal(call.message.word[0], FS_OK);
		assert_memory_equal(buffer, file->pages[i].bytes, call.message.word[1]);
	}
}

static void model_compare_one(const struct model_file *file, struct ramfs *fs)
{
	struct ramfs_call call = {.message.word = {FS_CALL(FS_LOOKUP, file->directory->id)}};

	memcpy(&call.message.word[2], file->name, FS_NAME);
	operate(fs, &call);
	assert_int_equal(call.message.word[0], FS_OK);
	assert_int_equal(call.message.word[1], file->type);
	assert_int_equal(call.message.word[3], file->directory->id);
	assert_int_equal(call.message.word[4], file->id);
	if (file->type == FS_FILE) {
		assert_int_equal(call.message.word[2], file->size);
		model_compare_contents(file, fs);
	}
}

static uint32_t model_listed(const struct model_file *directory, struct ramfs *fs)
{
	struct ramfs_call call = {.message.word = {0}};
	uint32_t count = 0;

	do {
		call.message.word[0] = FS_CALL(FS_LIST, directory->id);
		operate(fs, &call);
		assert_int_equal(call.message.word[0], FS_OK);
		count += call.message.word[1] != FS_NONE;
	} while (call.message.word[1] != FS_NONE);
	return count;
}

void model_compare(struct model *model, struct ramfs *fs)
{
	uint32_t files = 0, listed = 0;

	for (size_t i = 0; i < MODEL_FILES; i++) {
		const struct model_file *file = &model->file[i];

		if (file->id == 0)
			continue;
		files++;
		if (i != 0)
			model_compare_one(file, fs);
		if (file->type == FS_DIRECTORY)
			listed += model_listed(file, fs);
	}
	assert_int_equal(listed, files - 1);
	assert_int_equal(inode_free(fs), fs->inode_count - files);
}
