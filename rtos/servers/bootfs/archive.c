/* See archive.h. The format is POSIX's (pax, "ustar Interchange Format"). */
#include "archive.h"

struct archive_header {
	char name[100];
	char mode[8], uid[8], gid[8], size[12], mtime[12], sum[8];
	char type;
	char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155];
	char pad[12];
};
_Static_assert(sizeof(struct archive_header) == ARCHIVE_BLOCK, "as POSIX has it");

#define ARCHIVE_NUMBER_BAD UINT32_MAX

static const struct archive_header *archive_header(const struct archive *archive, uint32_t block)
{
	return (const void *)(archive->bytes + (uint64_t)block * ARCHIVE_BLOCK);
}

static bool archive_same(const char *a, const char *b, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		if (a[i] != b[i])
			return false;
	return true;
}

/* A number in octal digits, with a blank or a NUL behind them. */
static uint32_t archive_number(const char *digits, uint32_t size)
{
	uint64_t number = 0;
	uint32_t i = 0;

	for (; i < size && digits[i] >= '0' && digits[i] <= '7'; i++)
		number = number * 8 + (uint64_t)(digits[i] - '0');
	if (i == 0 || (i < size && digits[i] != ' ' && digits[i] != '\0') ||
	    number >= ARCHIVE_NUMBER_BAD)
		return ARCHIVE_NUMBER_BAD;
	return (uint32_t)number;
}

/* ---- going through it ---- */

/* The archive ends with blocks of zeros. */
static bool archive_is_end(const struct archive *archive, uint32_t block)
{
	return block >= archive->blocks || archive_header(archive, block)->name[0] == '\0';
}

/* Notes the entry's path, without the "./" that an archive of a whole folder has, and without a
 * directory's slash. */
static void archive_path(const struct archive_header *header, struct archive_entry *entry)
{
	entry->path = header->name;
	entry->length = 0;
	while (entry->length < sizeof(header->name) && header->name[entry->length] != '\0')
		entry->length++;
	if (entry->length >= 2 && entry->path[0] == '.' && entry->path[1] == '/') {
		entry->path += 2;
		entry->length -= 2;
	}
	if (entry->length > 0 && entry->path[entry->length - 1] == '/')
		entry->length--;
}

static void archive_entry(const struct archive *archive, uint32_t block,
                          struct archive_entry *entry)
{
	const struct archive_header *header = archive_header(archive, block);

	*entry = (struct archive_entry){.block = block,
	                                .size = archive_number(header->size, sizeof(header->size)),
	                                .contents = (const uint8_t *)(header + 1),
	                                .directory = header->type == '5'};
	archive_path(header, entry);
	if (entry->directory)
		entry->size = 0;
}

static uint32_t archive_behind(const struct archive_entry *entry)
{
	return entry->block + 1 +
	       (uint32_t)(((uint64_t)entry->size + ARCHIVE_BLOCK - 1) / ARCHIVE_BLOCK);
}

bool archive_next(const struct archive *archive, uint32_t *at, struct archive_entry *entry)
{
	uint32_t block = 0;

	while (!archive_is_end(archive, block)) {
		archive_entry(archive, block, entry);
		block = archive_behind(entry);
		if (entry->block >= *at && entry->length != 0) {
			*at = block;
			return true;
		}
	}
	return false;
}

bool archive_find(const struct archive *archive, const char *directory, uint32_t directory_length,
                  const char *name, uint32_t name_length, struct archive_entry *entry)
{
	const uint32_t before = directory_length == 0 ? 0 : directory_length + 1;
	uint32_t block = 0;

	while (!archive_is_end(archive, block)) {
		archive_entry(archive, block, entry);
		block = archive_behind(entry);
		if (entry->length == before + name_length &&
		    archive_same(entry->path, directory, directory_length) &&
		    (before == 0 || entry->path[directory_length] == '/') &&
		    archive_same(entry->path + before, name, name_length))
			return true;
	}
	return false;
}

uint32_t archive_directory(const struct archive_entry *entry)
{
	uint32_t length = entry->length;

	while (length > 0 && entry->path[length - 1] != '/')
		length--;
	return length > 0 ? length - 1 : 0;
}

/* ---- checking it ---- */

/* Whether the sum of all bytes is right. The bytes of the sum itself count as blanks. */
static bool archive_sum_good(const struct archive_header *header)
{
	const uint8_t *bytes = (const uint8_t *)header;
	const size_t first = offsetof(struct archive_header, sum);
	uint32_t sum = 0;

	for (size_t i = 0; i < sizeof(*header); i++)
		sum += i >= first && i < first + sizeof(header->sum) ? ' ' : bytes[i];
	return sum == archive_number(header->sum, sizeof(header->sum));
}

static bool archive_name_good(const char *name, uint32_t length)
{
	return length != 0 && length < ARCHIVE_NAME &&
	       !(length <= 2 && archive_same(name, "..", length));
}

static bool archive_names_good(const struct archive_entry *entry)
{
	uint32_t from = 0;

	for (uint32_t i = 0; i <= entry->length; i++) {
		if (i < entry->length && entry->path[i] != '/')
			continue;
		if (!archive_name_good(entry->path + from, i - from))
			return false;
		from = i + 1;
	}
	return true;
}

static const char *archive_header_wrong(const struct archive *archive, uint32_t block)
{
	const struct archive_header *header = archive_header(archive, block);
	struct archive_entry entry;

	if (!archive_same(header->magic, "ustar", 6) || !archive_sum_good(header))
		return "that is no header of a tar archive (ustar)";
	archive_entry(archive, block, &entry);
	if (header->type != '0' && header->type != '\0' && header->type != '5')
		return "there is something else than a file or a directory";
	if (header->prefix[0] != '\0' || header->name[sizeof(header->name) - 1] != '\0')
		return "a path is longer than 99 characters";
	if (entry.size == ARCHIVE_NUMBER_BAD || archive_behind(&entry) > archive->blocks ||
	    archive_behind(&entry) <= block)
		return "a file reaches behind the end";
	if (entry.length != 0 && !archive_names_good(&entry))
		return "a name is empty, a dot or two, or longer than 47 characters";
	return NULL;
}

/* What is wrong with the entry's place: its directory must be there, and its path must be new. */
static const char *archive_place_wrong(const struct archive *archive,
                                       const struct archive_entry *entry)
{
	const uint32_t directory = archive_directory(entry);
	struct archive_entry other;

	if (directory != 0 &&
	    (!archive_find(archive, NULL, 0, entry->path, directory, &other) || !other.directory))
		return "its directory isn't in the archive";
	if (!archive_find(archive, NULL, 0, entry->path, entry->length, &other) ||
	    other.block != entry->block)
		return "its path is there twice";
	return NULL;
}

static const char *archive_headers_wrong(const struct archive *archive, uint32_t *block)
{
	struct archive_entry entry;

	for (*block = 0; !archive_is_end(archive, *block); *block = archive_behind(&entry)) {
		const char *wrong = archive_header_wrong(archive, *block);

		if (wrong)
			return wrong;
		archive_entry(archive, *block, &entry);
	}
	return NULL;
}

const char *archive_open(struct archive *archive, const void *bytes, size_t size, uint32_t *block)
{
	const char *wrong;
	struct archive_entry entry;
	uint32_t at = 0;

	*archive = (struct archive){.bytes = bytes, .blocks = (uint32_t)(size / ARCHIVE_BLOCK)};
	wrong = archive_headers_wrong(archive, block);
	while (!wrong && archive_next(archive, &at, &entry)) {
		*block = entry.block;
		wrong = archive_place_wrong(archive, &entry);
	}
	return wrong;
}
