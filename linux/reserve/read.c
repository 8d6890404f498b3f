/*
 * Reads the file of kumiki-reserve: sections "[name]" with lines "key = value". One table has the
 * keys. All mistakes are told in one go, each with its line. It knows nothing of the machine: what
 * a section asks for may be more than there is (plan.c).
 */
#include "plan.h"
#include "reserve.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct reserve *reserve;
	struct reserve_entry *entry; /* of the section that was begun; NULL: of none */
	const char *path;
	uint32_t line;
	uint32_t seen; /* a bit for each key of this section */
	bool bad;
	FILE *complaints;
};

#define READER_FILE_MAX 65536u

__attribute__((format(printf, 2, 3))) static bool complain(struct reader *reader,
                                                           const char *format, ...)
{
	va_list list;

	fprintf(reader->complaints, "%s:%" PRIu32 ": ", reader->path, reader->line);
	va_start(list, format);
	vfprintf(reader->complaints, format, list);
	va_end(list);
	fputc('\n', reader->complaints);
	reader->bad = true;
	return false;
}

/* ---- values ---- */

/* Reads digits; `end` is what follows them. False: there are none, or too many. */
static bool take_digits(const char *text, const char **end, uint64_t *value)
{
	char *stop;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*value = strtoull(text, &stop, 10);
	*end = stop;
	return errno == 0;
}

static bool take_bytes(const char *text, uint64_t *value)
{
	static const char units[] = "KMGT";
	const char *end, *unit;
	uint32_t shift;

	if (!take_digits(text, &end, value) || *value == 0)
		return false;
	if (end[0] == '\0')
		return true;
	unit = strchr(units, end[0]);
	if (unit == NULL || end[1] != '\0')
		return false;
	shift = 10u * (uint32_t)(unit - units + 1);
	if (*value > UINT64_MAX >> 1 >> shift)
		return false;
	*value <<= shift;
	return true;
}

static bool key_memory(struct reader *reader, const char *value)
{
	return take_bytes(value, &reader->entry->memory) ||
	       complain(reader, "'%s' is no size; write it as 64M, or 2G", value);
}

static bool key_memory_ceiling(struct reader *reader, const char *value)
{
	return take_bytes(value, &reader->entry->memory_ceiling) ||
	       complain(reader, "'%s' is no size; write it as 64M, or 2G", value);
}

static bool take_percent(struct reader *reader, const char *text, uint64_t most, uint64_t *value)
{
	const char *end;

	if (take_digits(text, &end, value) && strcmp(end, "%") == 0 && *value >= 1 &&
	    *value <= most)
		return true;
	return complain(reader, "'%s' is no share of the CPUs; write 1%% to %" PRIu64 "%%", text,
	                most);
}

static bool key_cpu(struct reader *reader, const char *value)
{
	return take_percent(reader, value, RESERVE_SHARES, &reader->entry->cpu);
}

static bool key_cpu_ceiling(struct reader *reader, const char *value)
{
	return take_percent(reader, value, 100, &reader->entry->cpu_ceiling);
}

static bool key_processes(struct reader *reader, const char *value)
{
	const char *end;

	if (take_digits(value, &end, &reader->entry->processes) && *end == '\0' &&
	    reader->entry->processes >= 1 && reader->entry->processes <= INT32_MAX)
		return true;
	return complain(reader, "'%s' is no number of processes; write it as 500", value);
}

/* Takes "1" or "1-3". NULL: it is neither. */
static const char *take_range(const char *text, uint64_t *cores)
{
	uint64_t first, last;
	const char *end;

	if (!take_digits(text, &end, &first))
		return NULL;
	last = first;
	if (*end == '-' && !take_digits(end + 1, &end, &last))
		return NULL;
	if (first > last || last >= RESERVE_CPUS)
		return NULL;
	for (uint64_t core = first; core <= last; core++)
		*cores |= UINT64_C(1) << core;
	return end;
}

bool reserve_cores(const char *text, uint64_t *cores)
{
	const char *at = take_range(text, cores);

	while (at != NULL && *at == ',')
		at = take_range(at + 1, cores);
	return at != NULL && (*at == '\0' || *at == '\n');
}

static bool key_cores(struct reader *reader, const char *value)
{
	return reserve_cores(value, &reader->entry->cores) ||
	       complain(reader, "'%s' is no list of CPUs; write it as 1 or 0,2-3, below %u", value,
	                RESERVE_CPUS);
}

static bool take_yes(struct reader *reader, const char *value, bool *yes)
{
	*yes = strcmp(value, "yes") == 0;
	return *yes || strcmp(value, "no") == 0 ||
	       complain(reader, "'%s' is neither yes nor no", value);
}

static bool key_alone(struct reader *reader, const char *value)
{
	return take_yes(reader, value, &reader->entry->alone);
}

static bool key_together(struct reader *reader, const char *value)
{
	return take_yes(reader, value, &reader->entry->together);
}

static bool key_oom(struct reader *reader, const char *value)
{
	static const struct {
		const char *word;
		int score;
	} words[] = {{"never", -1000}, {"last", -900}, {"first", 1000}};
	char *end;
	long score;

	reader->entry->oom_given = true;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(value, words[i].word) == 0) {
			reader->entry->oom = words[i].score;
			return true;
		}
	errno = 0;
	score = strtol(value, &end, 10);
	if (*value == '\0' || *end != '\0' || errno != 0 || score < -1000 || score > 1000)
		return complain(
		    reader,
		    "'%s' is no place in the kernel's choice; write never, last, first, "
		    "or -1000 to 1000",
		    value);
	reader->entry->oom = (int)score;
	return true;
}

/* "vda 4M", and further ones behind commas. */
static bool take_device(struct reader *reader, char *text)
{
	struct reserve_entry *entry = reader->entry;
	struct reserve_io *io = &entry->io[entry->io_count];
	char *save = NULL;
	const char *device = strtok_r(text, " \t", &save), *bytes = strtok_r(NULL, " \t", &save);

	if (device == NULL || bytes == NULL || strtok_r(NULL, " \t", &save) != NULL ||
	    strlen(device) >= sizeof(io->device) || strchr(device, '/') != NULL ||
	    !take_bytes(bytes, &io->bytes))
		return complain(
		    reader, "a ceiling of I/O is a disk and bytes a second; write it as vda 4M");
	(void)snprintf(io->device, sizeof(io->device), "%s", device);
	entry->io_count++;
	return true;
}

static bool key_io_ceiling(struct reader *reader, const char *value)
{
	char copy[RESERVE_TEXT_SIZE], *save = NULL;

	(void)snprintf(copy, sizeof(copy), "%s", value);
	for (char *part = strtok_r(copy, ",", &save); part != NULL;
	     part = strtok_r(NULL, ",", &save)) {
		if (reader->entry->io_count == RESERVE_DEVICES)
			return complain(reader, "more than %u disks; leave some out",
			                RESERVE_DEVICES);
		if (!take_device(reader, part))
			return false;
	}
	return true;
}

static bool take_whom(struct reader *reader, enum reserve_by by, const char *value)
{
	struct reserve_entry *entry = reader->entry;

	if (entry->by != RESERVE_BY_NOTHING)
		return complain(
		    reader, "[%s] says twice whom it is for; give it one of command, program, unit",
		    entry->name);
	entry->by = by;
	(void)snprintf(entry->what, sizeof(entry->what), "%s", value);
	return true;
}

static bool key_command(struct reader *reader, const char *value)
{
	return value[0] == '/'
	           ? take_whom(reader, RESERVE_BY_COMMAND, value)
	           : complain(reader, "'%s' has no path; write it as /usr/bin/sampler --fast",
	                      value);
}

static bool key_program(struct reader *reader, const char *value)
{
	return strpbrk(value, " \t") == NULL
	           ? take_whom(reader, RESERVE_BY_PROGRAM, value)
	           : complain(reader, "'%s' isn't one program; write its path or name alone",
	                      value);
}

static bool key_user(struct reader *reader, const char *value)
{
	struct reserve_entry *entry = reader->entry;

	if (strlen(value) >= sizeof(entry->user) || strpbrk(value, " \t:") != NULL)
		return complain(reader, "'%s' is no user; write a name or number", value);
	(void)snprintf(entry->user, sizeof(entry->user), "%s", value);
	return true;
}

static bool key_unit(struct reader *reader, const char *value)
{
	const char *end = strrchr(value, '.');

	if (end != NULL && strpbrk(value, " \t/%") == NULL && strcmp(end, ".service") == 0)
		return take_whom(reader, RESERVE_BY_UNIT, value);
	return complain(reader, "'%s' is no unit; write it as nginx.service", value);
}

/* ---- lines ---- */

static const struct key {
	const char *name;
	bool rest; /* may stand in [rest] */
	bool (*take)(struct reader *reader, const char *value);
} keys[] = {
    {"command", false, key_command},
    {"program", false, key_program},
    {"unit", false, key_unit},
    {"user", false, key_user},
    {"memory", false, key_memory},
    {"memory-ceiling", true, key_memory_ceiling},
    {"cpu", false, key_cpu},
    {"cpu-ceiling", true, key_cpu_ceiling},
    {"processes", true, key_processes},
    {"cores", true, key_cores},
    {"alone", false, key_alone},
    {"io-ceiling", true, key_io_ceiling},
    {"oom", false, key_oom},
    {"oom-together", false, key_together},
};
#define KEYS (sizeof(keys) / sizeof(keys[0]))

static bool complain_key(struct reader *reader, const char *name)
{
	char list[256];
	size_t used = 0;

	for (size_t i = 0; i < KEYS && used < sizeof(list); i++)
		if (keys[i].rest || reader->entry != &reader->reserve->rest)
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
			                         used == 0 ? "" : ", ", keys[i].name);
	return complain(reader, "[%s] has no '%s'; there are: %s", reader->entry->name, name, list);
}

static bool take_key(struct reader *reader, const char *name, const char *value)
{
	size_t i = 0;

	if (reader->entry == NULL)
		return complain(
		    reader, "'%s' stands before the first section; begin one with [name]", name);
	while (i < KEYS && strcmp(name, keys[i].name) != 0)
		i++;
	if (i == KEYS || (!keys[i].rest && reader->entry == &reader->reserve->rest))
		return complain_key(reader, name);
	if (reader->seen & 1u << i)
		return complain(reader, "'%s' stands twice in [%s]; leave one out", name,
		                reader->entry->name);
	reader->seen |= 1u << i;
	if (*value == '\0' || strlen(value) >= RESERVE_TEXT_SIZE)
		return complain(reader, "'%s' has %s", name,
		                *value == '\0' ? "no value; write one behind the ="
		                               : "too long a value; shorten it");
	return keys[i].take(reader, value);
}

static bool is_name(const char *name)
{
	const size_t length = strlen(name);

	return length > 0 && length < RESERVE_NAME_SIZE && name[0] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
	           length;
}

/* What a section lacks is told at its first line. */
static void end_section(struct reader *reader)
{
	struct reserve_entry *entry = reader->entry;
	const uint32_t line = reader->line;

	if (entry == NULL || entry == &reader->reserve->rest)
		return;
	reader->line = entry->line;
	if (entry->by == RESERVE_BY_NOTHING)
		(void)complain(reader,
		               "[%s] says not whom it is for; give it a command, program or unit",
		               entry->name);
	if (entry->user[0] != '\0' && entry->by != RESERVE_BY_PROGRAM)
		(void)complain(reader, "[%s] has a user, but no program; leave it out",
		               entry->name);
	if (entry->memory_ceiling != 0 && entry->memory_ceiling < entry->memory)
		(void)complain(reader, "[%s] has a memory-ceiling below its memory; raise it",
		               entry->name);
	if (entry->cpu_ceiling != 0 && entry->cpu_ceiling < entry->cpu)
		(void)complain(reader, "[%s] has a cpu-ceiling below its cpu; raise it",
		               entry->name);
	if (entry->alone && entry->cores == 0)
		(void)complain(reader, "[%s] is alone, but on which cores; give it cores",
		               entry->name);
	reader->line = line;
}

static bool is_taken(const struct reserve *reserve, const char *name)
{
	for (uint32_t i = 0; i < reserve->count; i++)
		if (strcmp(reserve->list[i].name, name) == 0)
			return true;
	return strcmp(name, "rest") == 0 && reserve->rest.line != 0;
}

static void begin_section(struct reader *reader, const char *name)
{
	struct reserve *reserve = reader->reserve;
	static struct reserve_entry nowhere;

	nowhere = (struct reserve_entry){0};
	end_section(reader);
	reader->seen = 0;
	/* The lines of a bad section are looked at all the same. */
	reader->entry = &nowhere;
	nowhere.by = RESERVE_BY_NOTHING;
	(void)snprintf(nowhere.name, sizeof(nowhere.name), "%.*s", (int)sizeof(nowhere.name) - 1,
	               name);
	nowhere.line = reader->line;
	if (!is_name(name))
		(void)complain(
		    reader, "'%s' is no name of a section; take up to %u letters, digits, - and _",
		    name, RESERVE_NAME_SIZE - 1);
	else if (strcmp(name, strchr(RESERVE_OWN, '/') + 1) == 0)
		(void)complain(reader, "[%s] is kumiki-reserve itself; take another name", name);
	else if (is_taken(reserve, name))
		(void)complain(reader, "[%s] stands twice; give one of them another name", name);
	else if (strcmp(name, "rest") == 0)
		reader->entry = &reserve->rest;
	else if (reserve->count == RESERVE_MAX)
		(void)complain(reader, "more than %u sections; leave some out", RESERVE_MAX);
	else
		reader->entry = &reserve->list[reserve->count++];
	if (reader->entry != &nowhere)
		*reader->entry = nowhere;
}

static char *strip(char *text)
{
	size_t length;

	text += strspn(text, " \t\r");
	length = strlen(text);
	while (length > 0 && strchr(" \t\r", text[length - 1]) != NULL)
		text[--length] = '\0';
	return text;
}

static void take_line(struct reader *reader, char *line)
{
	char *text = strip(line), *equals = strchr(text, '=');
	const size_t length = strlen(text);

	if (length == 0 || text[0] == '#')
		return;
	if (text[0] == '[' && text[length - 1] == ']') {
		text[length - 1] = '\0';
		begin_section(reader, strip(text + 1));
	} else if (equals == NULL) {
		(void)complain(reader, "'%.40s' is neither [name] nor key = value", text);
	} else {
		*equals = '\0';
		(void)take_key(reader, strip(text), strip(equals + 1));
	}
}

static void check_shares(struct reader *reader)
{
	const struct reserve *reserve = reader->reserve;
	uint64_t sum = 0;

	for (uint32_t i = 0; i < reserve->count; i++) {
		sum += reserve->list[i].cpu;
		reader->line = reserve->list[i].line;
	}
	if (sum > RESERVE_SHARES)
		(void)complain(reader,
		               "all sections have %" PRIu64
		               "%% of the CPUs; leave the rest 10%%, at least",
		               sum);
}

bool reserve_read(struct reserve *reserve, const char *path, const char *text, size_t size,
                  FILE *complaints)
{
	struct reader reader = {.reserve = reserve, .path = path, .complaints = complaints};
	char line[2 * RESERVE_TEXT_SIZE];

	*reserve = (struct reserve){.rest = {.name = "rest"}};
	for (size_t at = 0; at < size;) {
		const char *end = memchr(text + at, '\n', size - at);
		const size_t length = end != NULL ? (size_t)(end - text) - at : size - at;

		reader.line++;
		if (length >= sizeof(line) || memchr(text + at, '\0', length) != NULL) {
			(void)complain(&reader,
			               "this is no line of text; write [name] or key = value");
		} else {
			memcpy(line, text + at, length);
			line[length] = '\0';
			take_line(&reader, line);
		}
		at += length + 1;
	}
	end_section(&reader);
	check_shares(&reader);
	return !reader.bad;
}

bool reserve_open(struct reserve *reserve, const char *path, FILE *complaints)
{
	static char text[READER_FILE_MAX];
	FILE *file = fopen(path, "re");
	size_t size;
	bool good;

	if (file == NULL) {
		fprintf(complaints, "kumiki-reserve: %s: %s\n", path, strerror(errno));
		return false;
	}
	size = fread(text, 1, sizeof(text), file);
	good = ferror(file) == 0 && size < sizeof(text);
	if (!good)
		fprintf(complaints, "kumiki-reserve: %s: %s\n", path,
		        size == sizeof(text) ? "is longer than 64 KiB; shorten it"
		                             : strerror(errno));
	(void)fclose(file);
	return good && reserve_read(reserve, path, text, size, complaints);
}
