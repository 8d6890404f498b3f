/* See answer.h. */
#include "answer.h"
#include <kumiki/rtos/call.h>
#include <lib/string.h>
#include <proto/fs.h>

#define ANSWER_FIRST 2u /* number of the entry with its header in block 0; the root is 1 */

static uint64_t answer_id(const struct archive_entry *entry)
{
	return entry->length == 0 ? FS_ROOT : FS_ID(entry->block + ANSWER_FIRST, 0);
}

/* Finds the entry with that id. The root has no header that counts. */
static bool answer_entry(struct archive *archive, uint64_t id, struct archive_entry *entry)
{
	uint32_t at = FS_ID_NUMBER(id) - ANSWER_FIRST;
	const uint32_t block = at;

	*entry = (struct archive_entry){.directory = true, .path = ""};
	if (id == FS_ROOT)
		return true;
	if (FS_ID_NUMBER(id) < ANSWER_FIRST || FS_ID_GENERATION(id) != 0)
		return false;
	if (archive->last.contents == NULL || archive->last.block != block) {
		if (!archive_next(archive, &at, entry) || entry->block != block)
			return false;
		archive->last = *entry;
	}
	*entry = archive->last;
	return true;
}

static enum fs_status answer_need(bool is, bool directory, const struct archive_entry *entry)
{
	if (!is)
		return FS_GONE;
	if (entry->directory == directory)
		return FS_OK;
	return directory ? FS_NOT_DIRECTORY : FS_IS_DIRECTORY;
}

static enum fs_status answer_state(const struct archive *archive, const struct archive_entry *entry,
                                   uint64_t word[RTOS_WORDS])
{
	const uint32_t length = archive_directory(entry);
	struct archive_entry directory = {.length = 0};

	if (length != 0)
		(void)archive_find(archive, NULL, 0, entry->path, length, &directory);
	word[1] = entry->directory ? FS_DIRECTORY : FS_FILE;
	word[2] = entry->size;
	word[3] = answer_id(&directory);
	return FS_OK;
}

static enum fs_status answer_lookup(const struct archive *archive,
                                    const struct archive_entry *directory,
                                    uint64_t word[RTOS_WORDS])
{
	struct archive_entry entry;
	char name[FS_NAME];
	uint32_t length = 0;

	memcpy(name, &word[2], FS_NAME);
	while (length < FS_NAME && name[length] != '\0' && name[length] != '/')
		length++;
	if (length == 0 || length == FS_NAME || name[length] == '/')
		return FS_BAD;
	if (!archive_find(archive, directory->path, directory->length, name, length, &entry))
		return FS_NOT_FOUND;
	word[4] = answer_id(&entry);
	return answer_state(archive, &entry, word);
}

static bool answer_is_in(const struct archive_entry *entry, const struct archive_entry *directory)
{
	if (archive_directory(entry) != directory->length)
		return false;
	for (uint32_t i = 0; i < directory->length; i++)
		if (entry->path[i] != directory->path[i])
			return false;
	return true;
}

static enum fs_status answer_list(const struct archive *archive,
                                  const struct archive_entry *directory, uint64_t word[RTOS_WORDS])
{
	uint32_t at = word[1] < UINT32_MAX ? (uint32_t)word[1] : UINT32_MAX;
	const uint32_t before = directory->length == 0 ? 0 : directory->length + 1;
	struct archive_entry entry;

	memset(&word[1], 0, 7 * sizeof(word[0]));
	while (archive_next(archive, &at, &entry))
		if (answer_is_in(&entry, directory)) {
			word[1] = at;
			memcpy(&word[2], entry.path + before, entry.length - before);
			return FS_OK;
		}
	word[1] = FS_NONE;
	return FS_OK;
}

/* Reads bytes, up to the file's end at most. */
static enum fs_status answer_read(const struct archive_entry *file, uint64_t word[RTOS_WORDS],
                                  uint8_t *buffer, uint64_t buffer_size)
{
	const uint32_t at = FS_PIECE_AT(word[2]);
	const uint64_t offset = word[1];
	uint32_t count = FS_PIECE_COUNT(word[2]);

	if (!buffer || at > buffer_size || count > buffer_size - at)
		return FS_BAD;
	if (offset >= file->size)
		count = 0;
	else if (count > file->size - offset)
		count = (uint32_t)(file->size - offset);
	memcpy(buffer + at, file->contents + (count != 0 ? offset : 0), count);
	word[1] = count;
	return FS_OK;
}

/* Tells how many pages the archive has, and how many entries with the root's; none are free. */
static enum fs_status answer_usage(const struct archive *archive, uint64_t word[RTOS_WORDS])
{
	struct archive_entry entry;
	uint64_t entries = 1;
	uint32_t at = 0;

	while (archive_next(archive, &at, &entry))
		entries++;
	word[1] = ((uint64_t)archive->blocks * ARCHIVE_BLOCK + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE;
	word[2] = 0;
	word[3] = entries;
	word[4] = 0;
	return FS_OK;
}

static enum fs_status answer_about(struct archive *archive, uint32_t operation,
                                   uint64_t word[RTOS_WORDS], uint8_t *buffer, uint64_t buffer_size)
{
	const uint64_t id = FS_CALL_ID(word[0]);
	struct archive_entry entry;
	const bool is = answer_entry(archive, id, &entry);
	const enum fs_status status = answer_need(is, operation != FS_READ, &entry);

	if (operation == FS_STATE)
		return is ? answer_state(archive, &entry, word) : FS_GONE;
	if (status != FS_OK)
		return status;
	if (operation == FS_LOOKUP)
		return answer_lookup(archive, &entry, word);
	return operation == FS_LIST ? answer_list(archive, &entry, word)
	                            : answer_read(&entry, word, buffer, buffer_size);
}

static enum fs_status answer_to(struct archive *archive, uint64_t word[RTOS_WORDS], uint8_t *buffer,
                                uint64_t buffer_size)
{
	const uint32_t operation = FS_CALL_OPERATION(word[0]);

	switch (operation) {
	case FS_LOOKUP:
	case FS_STATE:
	case FS_LIST:
	case FS_READ:
		return answer_about(archive, operation, word, buffer, buffer_size);
	case FS_USAGE:
		return answer_usage(archive, word);
	case FS_SYNC:
		return FS_OK;
	case FS_WRITE:
	case FS_RESIZE:
	case FS_APPEND:
	case FS_CREATE:
	case FS_REMOVE:
	case FS_RENAME:
		return FS_READ_ONLY;
	default:
		return FS_BAD;
	}
}

void answer(struct archive *archive, uint64_t word[RTOS_WORDS], uint8_t *buffer,
            uint64_t buffer_size)
{
	word[0] = answer_to(archive, word, buffer, buffer_size);
}
