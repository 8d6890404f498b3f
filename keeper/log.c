/*
 * The keeper's log: see log.h. Records wait in memory until the end of a turn; then one write and
 * one fdatasync() bring them to the disk, and the key after the last one replaces the key in its
 * file. A keeper that is killed between the two finds the key again from the records behind it.
 */
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <inttypes.h>
#include <jansson.h>
#include <keeper/log.h>
#include <keeper/picture.h>
#include <lib/utf8.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOG_TAIL      (1 << 20) /* bytes, in which the last record is found */
#define LOG_WAIT_MS   1000      /* for the end of a line */
#define LOG_SECOND_MS 1000
#define LOG_KEY_SIZE  (20 + 1 + SEAL_HEX + 1)
#define LOG_ESCAPED   4u /* bytes that one byte takes, at most */
#define LOG_KUMIKI    BUNDLE_PARTITIONS_MAX
#define LOG_NUMBER    "\nKUMIKI_NUMBER="

void log_none(struct log *log)
{
	memset(log, 0, sizeof(*log));
	log->file = log->key_file = -1;
}

static bool log_complain(const struct log *log, const char *path, const char *what)
{
	fprintf(log->complaints, "kumiki-keeper: %s: %s\n", path, what);
	return false;
}

/* ---- records ---- */

static void log_put(struct log *log, const char *text, size_t size)
{
	if (log->room - log->size < size) {
		char *more = realloc(log->text, 2 * (log->size + size));

		if (more == NULL)
			abort(); /* not a record less without a word */
		log->text = more;
		log->room = 2 * (log->size + size);
	}
	memcpy(log->text + log->size, text, size);
	log->size += size;
}

static void log_words(struct log *log, const char *text)
{
	log_put(log, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void log_format(struct log *log, const char *format,
                                                             ...)
{
	char line[128];
	va_list more;

	va_start(more, format);
	vsnprintf(line, sizeof(line), format, more);
	va_end(more);
	log_words(log, line);
}

/* A value has no end of line and nothing but characters of UTF-8: all else is \x.. */
static void log_value(struct log *log, const char *name, const char *text)
{
	size_t left = strlen(text), size;
	uint32_t character;
	char escaped[LOG_ESCAPED + 1];

	log_words(log, name);
	for (; left > 0; text += size, left -= size) {
		size = utf8_take(text, left, &character);
		if (size == 0 || (character < ' ' && character != '\t') ||
		    (character >= 0x7f && character < 0xa0)) {
			size = 1;
			snprintf(escaped, sizeof(escaped), "\\x%02x", (uint8_t)*text);
			log_words(log, escaped);
		} else {
			log_put(log, text, size);
		}
	}
	log_words(log, "\n");
}

static uint64_t log_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void log_add(struct log *log, const char *kind, const char *system, const char *message,
             const char *data)
{
	const size_t begin = log->size;
	char seal[SEAL_HEX + 1];

	if (log->file < 0)
		return;
	log_format(log, "__REALTIME_TIMESTAMP=%" PRIu64 "\n__MONOTONIC_TIMESTAMP=%" PRIu64 "\n",
	           log_clock(CLOCK_REALTIME), log_clock(CLOCK_MONOTONIC));
	log_value(log, "_BOOT_ID=", log->boot);
	log_format(log, "SYSLOG_IDENTIFIER=kumiki%s%" PRIu64 "\n", LOG_NUMBER, log->number);
	log_value(log, "KUMIKI_KIND=", kind);
	if (*system != '\0')
		log_value(log, "KUMIKI_SYSTEM=", system);
	log_value(log, "MESSAGE=", message);
	if (data != NULL)
		log_value(log, "KUMIKI_DATA=", data);
	seal_make(log->key, log->text + begin, log->size - begin, seal);
	log_words(log, SEAL_LINE);
	log_words(log, seal);
	log_words(log, "\n\n");
	seal_next(log->key);
	log->number++;
}

/* ---- events and output ---- */

/* An event in words: a system's row, an act, or whatever has words of its own. */
static void log_say(const json_t *event, const char *name, char *message, size_t size)
{
	const char *ended = picture_string(event, "ended"), *who = picture_string(event, "who");
	const char *words = picture_string(event, "words");

	if (strcmp(name, "life") == 0)
		snprintf(message, size, "%s, start %lld%s%s", picture_string(event, "state"),
		         (long long)json_integer_value(json_object_get(event, "starts")),
		         *ended != '\0' ? "; its last end: " : "", ended);
	else if (strcmp(name, "act") == 0)
		snprintf(message, size, "%s by %s: %s: %s", picture_string(event, "act"),
		         *who != '\0' ? who : "who has the key",
		         json_is_true(json_object_get(event, "done")) ? "done" : "failed",
		         *words != '\0' ? words : picture_string(event, "error"));
	else
		snprintf(message, size, "%s%s",
		         json_is_true(json_object_get(event, "over")) ? "over: " : "",
		         picture_string(event, "text"));
}

void log_event(struct log *log, const char *name, const char *data)
{
	json_t *event = log->file >= 0 ? json_loads(data, PICTURE_READ, NULL) : NULL;
	const char *system = picture_string(event, "system");
	char message[LOG_LINE_MAX];

	if (event == NULL)
		return;
	if (strcmp(name, "life") == 0)
		system = picture_string(event, "name");
	log_say(event, name, message, sizeof(message));
	log_add(log, name, system, message, data);
	json_decref(event);
}

static void log_line(struct log *log, struct log_line *line)
{
	char text[LOG_LINE_MAX + 1];
	const size_t begin = log->size;

	if (line->spent >= LOG_BURST) {
		line->left_out++;
		line->size = 0;
		return;
	}
	for (size_t i = 0; i < line->size; i++)
		text[i] = line->text[i] != '\0' ? line->text[i] : '\x1a'; /* a NUL ends texts */
	text[line->size] = '\0';
	line->size = 0;
	log_add(log, "console", line->system, text, NULL);
	line->spent += log->size - begin;
}

static void log_tell_left_out(struct log *log, struct log_line *line)
{
	char message[48];

	if (line->left_out == 0)
		return;
	snprintf(message, sizeof(message), "%" PRIu64 " lines left out", line->left_out);
	line->left_out = 0;
	log_add(log, "log", line->system, message, NULL);
}

static void log_line_turn(struct log *log, struct log_line *line)
{
	if (line->size > 0 && log->now - line->since >= LOG_WAIT_MS)
		log_line(log, line);
	if (log->now - line->second < LOG_SECOND_MS)
		return;
	log_tell_left_out(log, line);
	line->second = log->now;
	line->spent -= line->spent < LOG_SECOND ? line->spent : LOG_SECOND;
}

void log_output(struct log *log, uint32_t index, const char *system, const void *bytes, size_t size)
{
	struct log_line *line = &log->lines[index < LOG_KUMIKI ? index : LOG_KUMIKI];
	const char *at = bytes;

	if (log->file < 0)
		return;
	snprintf(line->system, sizeof(line->system), "%s", system);
	for (size_t i = 0; i < size; i++) {
		if (line->size == LOG_LINE_MAX || (at[i] == '\n' && line->size > 0))
			log_line(log, line);
		if (at[i] == '\n' || at[i] == '\r')
			continue;
		if (line->size == 0)
			line->since = log->now;
		line->text[line->size++] = at[i];
	}
}

/* ---- the disk ---- */

static bool log_write_key(struct log *log)
{
	char text[LOG_KEY_SIZE + 1], hex[SEAL_HEX + 1];

	seal_hex(log->key, hex);
	snprintf(text, sizeof(text), "%020" PRIu64 " %s\n", log->number, hex);
	return pwrite(log->key_file, text, LOG_KEY_SIZE, 0) == LOG_KEY_SIZE &&
	       fdatasync(log->key_file) == 0;
}

/* Nothing of what the disk didn't take stays in the file, so its records stay whole. */
static void log_lose(struct log *log, off_t end)
{
	const int error = errno;

	(void)ftruncate(log->file, end);
	if (log->lost == 0)
		fprintf(log->complaints, "kumiki-keeper: the log can't be written: %s; make room\n",
		        strerror(error));
	log->lost +=
	    log->number - log->old_number - (log->lost > 0); /* without what tells of them */
	log->number = log->old_number;
	memcpy(log->key, log->old_key, sizeof(log->key));
	log->size = 0;
}

static bool log_write(struct log *log)
{
	const off_t end = lseek(log->file, 0, SEEK_END);
	const ssize_t written = end < 0 ? -1 : write(log->file, log->text, log->size);

	if (written >= 0 && (size_t)written < log->size)
		errno = ENOSPC;
	else if (written >= 0 && fdatasync(log->file) == 0)
		return true;
	log_lose(log, end);
	return false;
}

static void log_tell_lost(struct log *log)
{
	char message[96];
	const uint64_t lost = log->lost;

	if (lost == 0)
		return;
	snprintf(message, sizeof(message), "%" PRIu64 " records are lost: the disk took none",
	         lost);
	log_add(log, "log", "", message, NULL);
}

void log_turn(struct log *log, int64_t now)
{
	const uint64_t lost = log->lost;

	log->now = now;
	for (uint32_t i = 0; i <= LOG_KUMIKI; i++)
		log_line_turn(log, &log->lines[i]);
	if (log->file < 0 || log->size == 0)
		return;
	log_tell_lost(log);
	if (!log_write(log))
		return;
	log->lost -= lost;
	log->size = 0;
	log->old_number = log->number;
	memcpy(log->old_key, log->key, sizeof(log->key));
	if (!log_write_key(log))
		(void)log_complain(log, LOG_KEY, strerror(errno));
}

/* ---- beginning and end ---- */

static int log_open_file(struct log *log, const char *folder, const char *name)
{
	char path[4096];
	const int folder_file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = folder_file < 0 ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (file < 0)
		(void)log_complain(log, path, strerror(errno));
	if (folder_file >= 0) {
		(void)fsync(folder_file); /* the file's name is on the disk, too */
		(void)close(folder_file);
	}
	return file;
}

/* The first key is told once, and is nowhere else: so it is told before anything is sealed with it.
 */
static bool log_first_key(struct log *log)
{
	char hex[SEAL_HEX + 1];

	if (gnutls_rnd(GNUTLS_RND_KEY, log->key, sizeof(log->key)) != 0)
		return log_complain(log, LOG_KEY, "there are no random bytes");
	log->number = 1;
	seal_hex(log->key, hex);
	fprintf(log->complaints,
	        "kumiki-keeper: a new log. By this key alone it can be checked; keep it where this "
	        "host "
	        "can't reach it: %s\n",
	        hex);
	if (fflush(log->complaints) != 0 || !log_write_key(log))
		return log_complain(log, LOG_KEY, strerror(errno));
	return true;
}

static bool log_read_key(struct log *log)
{
	char text[LOG_KEY_SIZE + 1];
	const ssize_t size = pread(log->key_file, text, LOG_KEY_SIZE, 0);
	char *end;

	text[size < 0 ? 0 : size] = '\0';
	if (size == 0 && lseek(log->file, 0, SEEK_END) == 0)
		return log_first_key(log);
	log->number = strtoull(text, &end, 10);
	if (size == LOG_KEY_SIZE && *end == ' ' && seal_key(end + 1, log->key))
		return true;
	return log_complain(log, LOG_KEY, "this isn't the key of a log; move it and the log away");
}

/* The end of the last whole record, and its number. */
static off_t log_last(const char *text, size_t size, uint64_t *number)
{
	const char *end = NULL, *at = text;

	*number = 0;
	for (const char *next; (next = memmem(at, size - (size_t)(at - text), "\n\n", 2)) != NULL;
	     at = next + 2) {
		const char *found = memmem(at, (size_t)(next - at), LOG_NUMBER, strlen(LOG_NUMBER));

		end = next + 2;
		if (found != NULL)
			*number = strtoull(found + strlen(LOG_NUMBER), NULL, 10);
	}
	return end != NULL ? end - text : 0;
}

/* A record that was cut by the keeper's end was told to nobody. The key goes on behind the last
 * whole one; if that is an earlier one than the key's, records were taken away. */
static bool log_go_on(struct log *log)
{
	const off_t size = lseek(log->file, 0, SEEK_END);
	const off_t from = size > LOG_TAIL ? size - LOG_TAIL : 0;
	char *text = size >= 0 ? malloc((size_t)(size - from) + 1) : NULL, message[96];
	uint64_t last;
	off_t end;

	if (text == NULL || pread(log->file, text, (size_t)(size - from), from) != size - from) {
		free(text);
		return log_complain(log, LOG_FILE, "it can't be read");
	}
	end = from + log_last(text, (size_t)(size - from), &last);
	free(text);
	if (last >= log->number && last - log->number >= LOG_GAP)
		return log_complain(log, LOG_FILE,
		                    "its last number is none of its key; move the log and " LOG_KEY
		                    " away");
	if (end < size && ftruncate(log->file, end) != 0)
		return log_complain(log, LOG_FILE, strerror(errno));
	for (; log->number <= last; log->number++)
		seal_next(log->key);
	memcpy(log->old_key, log->key, sizeof(log->key));
	log->old_number = log->number;
	if (log->number > last + 1) {
		snprintf(message, sizeof(message), "records %" PRIu64 " to %" PRIu64 " are gone",
		         last + 1, log->number - 1);
		log_add(log, "log", "", message, NULL);
		return log_complain(log, LOG_FILE, message) || true;
	}
	return true;
}

static void log_boot(struct log *log)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
	size_t size = 0;
	int byte;

	while (file != NULL && size + 1 < sizeof(log->boot) && (byte = fgetc(file)) > '\n')
		if (byte != '-')
			log->boot[size++] = (char)byte;
	if (file != NULL)
		(void)fclose(file);
}

bool log_open(struct log *log, const char *folder, FILE *complaints)
{
	log_none(log);
	log->complaints = complaints;
	log_boot(log);
	(void)mkdir(folder, 0700);
	log->file = log_open_file(log, folder, LOG_FILE);
	log->key_file = log->file < 0 ? -1 : log_open_file(log, folder, LOG_KEY);
	if (log->key_file < 0)
		return false;
	if (flock(log->file, LOCK_EX | LOCK_NB) != 0)
		return log_complain(log, folder,
		                    "another keeper writes this log; give it one of its own");
	if (!log_read_key(log) || !log_go_on(log))
		return false;
	log_add(log, "log", "", "the keeper begins", NULL);
	log_turn(log, 0);
	return log->lost == 0;
}

void log_close(struct log *log)
{
	for (uint32_t i = 0; i <= LOG_KUMIKI && log->file >= 0; i++) {
		if (log->lines[i].size > 0)
			log_line(log, &log->lines[i]);
		log_tell_left_out(log, &log->lines[i]);
	}
	log_add(log, "log", "", "the keeper ends", NULL);
	log_turn(log, 0);
	if (log->file >= 0)
		(void)close(log->file);
	if (log->key_file >= 0)
		(void)close(log->key_file);
	free(log->text);
	explicit_bzero(log, sizeof(*log));
	log->file = log->key_file = -1;
}
