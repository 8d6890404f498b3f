/*
 * `kumiki logs`: reads the log of a keeper (keeper/log.c, docs/logs.md), and checks its seals. What
 * stands in the log is what systems have printed, so nothing of it reaches the terminal that isn't
 * a character.
 */
#include <errno.h>
#include <getopt.h>
#include <host/commands.h>
#include <inttypes.h>
#include <keeper/log.h>
#include <lib/utf8.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LOGS_AGAIN_US 200000
#define LOGS_SECOND   1000000u
#define LOGS_PATH     4096

struct logs {
	const char *folder, *system, *kind, *since, *key_path;
	bool follow, export;
	uint64_t from; /* microseconds of the clock */
	/* What is read. */
	FILE *file;
	char *line; /* of getline() */
	size_t line_room;
	char *record;
	size_t size, room;
	/* What is checked. */
	uint8_t key[SHA256_SIZE];
	uint64_t number; /* the next one */
	uint64_t bad;
	uint64_t unfit, unfit_last; /* records whose seals don't fit, not told yet; 0: none */
	bool stands;                /* one of them may be the next one */
	/* What stands in log.key: a number, and the key that belongs to it. */
	uint64_t sealed;
	uint8_t sealed_key[SHA256_SIZE];
	bool fits; /* the first key makes that key, as far as it has been compared */
};

static int logs_complain(const char *path, const char *why)
{
	fprintf(stderr, "kumiki logs: %s: %s\n", path, why);
	return EXIT_FAILURE;
}

/* ---- records ---- */

static bool logs_put(struct logs *logs, const char *text, size_t size)
{
	char *more;

	if (logs->room - logs->size <= size) {
		more = realloc(logs->record, 2 * (logs->size + size + 1));
		if (more == NULL)
			return false;
		logs->record = more;
		logs->room = 2 * (logs->size + size + 1);
	}
	memcpy(logs->record + logs->size, text, size);
	logs->size += size;
	logs->record[logs->size] = '\0';
	return true;
}

/* Reads the next record, or what has come of it. False: it isn't whole, or there is none. */
static bool logs_read(struct logs *logs)
{
	ssize_t size;

	while ((size = getline(&logs->line, &logs->line_room, logs->file)) > 0) {
		if (size == 1 && logs->line[0] == '\n' && logs->size > 0)
			return true;
		if (!logs_put(logs, logs->line, (size_t)size))
			return false;
	}
	return false;
}

/* A field's value, which ends with its line. "": there is none. */
static const char *logs_field(const struct logs *logs, const char *name)
{
	const size_t size = strlen(name);

	for (const char *at = logs->record; at != NULL && *at != '\0'; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (strncmp(at, name, size) == 0 && at[size] == '=')
			return at + size + 1;
	}
	return "";
}

static bool logs_is(const struct logs *logs, const char *name, const char *wanted)
{
	const char *value = logs_field(logs, name);
	const size_t size = wanted != NULL ? strlen(wanted) : 0;

	return wanted == NULL || (strncmp(value, wanted, size) == 0 && value[size] == '\n');
}

static uint64_t logs_time(const struct logs *logs)
{
	return strtoull(logs_field(logs, "__REALTIME_TIMESTAMP"), NULL, 10);
}

static bool logs_wanted(const struct logs *logs)
{
	return logs_is(logs, "KUMIKI_SYSTEM", logs->system) &&
	       logs_is(logs, "KUMIKI_KIND", logs->kind) && logs_time(logs) >= logs->from;
}

/* ---- showing ---- */

static void logs_print_value(const char *value)
{
	size_t left = strcspn(value, "\n"), size;
	uint32_t character;

	for (; left > 0; value += size, left -= size) {
		size = utf8_take(value, left, &character);
		if (size == 0 || (character < ' ' && character != '\t') ||
		    (character >= 0x7f && character < 0xa0)) {
			size = 1;
			putchar('?');
		} else {
			(void)fwrite(value, 1, size, stdout);
		}
	}
}

static void logs_print(const struct logs *logs)
{
	const uint64_t time = logs_time(logs);
	const time_t seconds = (time_t)(time / LOGS_SECOND);
	const char *system = logs_field(logs, "KUMIKI_SYSTEM");
	char text[32] = "";
	struct tm parts;

	if (localtime_r(&seconds, &parts) != NULL)
		(void)strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S", &parts);
	printf("%s.%03u  ", text, (unsigned int)(time % LOGS_SECOND / 1000));
	logs_print_value(logs_field(logs, "KUMIKI_KIND"));
	if (*system != '\0') {
		putchar(' ');
		logs_print_value(system);
	}
	fputs(": ", stdout);
	logs_print_value(logs_field(logs, "MESSAGE"));
	putchar('\n');
}

/* ---- checking ---- */

/* Tells the records whose seals don't fit, if they are over. */
static void logs_tell_unfit(struct logs *logs)
{
	const char *const what = "it was changed, or the key is another one";

	if (logs->unfit == 0)
		return;
	if (logs->unfit == logs->unfit_last)
		printf("record %" PRIu64 ": its seal doesn't fit: %s\n", logs->unfit, what);
	else
		printf("records %" PRIu64 " to %" PRIu64 ": their seals don't fit: %s\n",
		       logs->unfit, logs->unfit_last, what);
	logs->unfit = 0;
}

static void logs_next(struct logs *logs)
{
	if (logs->number == logs->sealed)
		logs->fits = memcmp(logs->key, logs->sealed_key, sizeof(logs->key)) == 0;
	seal_next(logs->key);
	logs->number++;
	logs->stands = false;
}

/* A number that is too large by far is told, but no keys are made up to it. */
static void logs_skip(struct logs *logs, uint64_t number)
{
	logs_tell_unfit(logs);
	printf("records %" PRIu64 " to %" PRIu64 ": gone\n", logs->number, number - 1);
	logs->bad++;
	while (logs->number < number && number - logs->number < LOG_GAP)
		logs_next(logs);
}

static bool logs_fits(const struct logs *logs, uint64_t number)
{
	const char *found = logs_field(logs, "KUMIKI_SEAL");
	const size_t size = (size_t)(found - logs->record);
	char seal[SEAL_HEX + 1];

	if (number != logs->number || *found == '\0' || size < strlen(SEAL_LINE) ||
	    logs->size != size + SEAL_HEX + 1)
		return false;
	seal_make(logs->key, logs->record, size - strlen(SEAL_LINE), seal);
	return strncmp(found, seal, SEAL_HEX) == 0;
}

static void logs_wrong(struct logs *logs, uint64_t number)
{
	logs->bad++;
	if (number < logs->number) {
		logs_tell_unfit(logs);
		printf("in front of record %" PRIu64 ": a record that doesn't belong there\n",
		       logs->number);
		return;
	}
	logs->unfit = logs->unfit == 0 ? logs->number : logs->unfit;
	logs->unfit_last = logs->number;
	logs->stands = true;
}

/* A record whose seal doesn't fit stands in the place of the next one, or in front of it: the one
 * behind it shows which. A number that is too large by far isn't believed. */
static void logs_check(struct logs *logs)
{
	const uint64_t number = strtoull(logs_field(logs, "KUMIKI_NUMBER"), NULL, 10);

	if (logs->stands && number > logs->number)
		logs_next(logs);
	if (number > logs->number && number - logs->number < LOG_GAP)
		logs_skip(logs, number);
	if (!logs_fits(logs, number)) {
		logs_wrong(logs, number);
		return;
	}
	logs_tell_unfit(logs);
	logs_next(logs);
}

/* The first line of a file, or what of it there is room for. */
static bool logs_line(const char *path, char *line, int size)
{
	FILE *file = fopen(path, "re");
	const bool read = file != NULL && fgets(line, size, file) != NULL;

	if (file != NULL)
		(void)fclose(file);
	return read;
}

/* What the keeper has sealed last stands beside the key that comes next. Without it the records
 * are checked all the same. */
static void logs_sealed(struct logs *logs)
{
	char path[LOGS_PATH], line[20 + 1 + SEAL_HEX + 2], *end;

	logs->fits = true;
	snprintf(path, sizeof(path), "%s/" LOG_KEY, logs->folder);
	if (logs_line(path, line, sizeof(line))) {
		logs->sealed = strtoull(line, &end, 10);
		if (*end == ' ' && seal_key(end + 1, logs->sealed_key))
			return;
	}
	logs->sealed = 0;
	logs->bad++;
	(void)logs_complain(path, "has no key: records may be missing at the log's end");
}

/* What is behind the last whole record, and what should be. */
static void logs_check_end(struct logs *logs)
{
	logs_tell_unfit(logs);
	if (logs->stands)
		logs_next(logs);
	if (logs->number < logs->sealed)
		logs_skip(logs, logs->sealed);
	if (logs->number == logs->sealed)
		logs_next(logs);
	if (logs->size > 0) {
		logs->bad++;
		puts("the log's end: text that is no whole record");
	}
	if (!logs->fits) {
		logs->bad++;
		puts(LOG_KEY ": this key isn't the keeper's: records may be missing at the log's "
		             "end");
	}
}

static int logs_verify(struct logs *logs)
{
	char line[SEAL_HEX + 2];
	uint64_t records;

	if (!logs_line(logs->key_path, line, sizeof(line)) || !seal_key(line, logs->key))
		return logs_complain(
		    logs->key_path,
		    "has no key: write the 64 digits that the page printed into it");
	logs_sealed(logs); /* before the records: it may be written meanwhile */
	for (logs->number = 1; logs_read(logs); logs->size = 0)
		logs_check(logs);
	records = logs->number - 1;
	logs_check_end(logs);
	if (logs->bad == 0 && records == 0)
		return logs_complain(logs->folder, "the log has no records");
	if (logs->bad == 0)
		printf("%" PRIu64 " records, each sealed and in its place\n", records);
	return logs->bad == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* ---- the command ---- */

/* "2026-12-01 10:30:15", less of it, or 10m, 2h, 3d ago. */
static bool logs_since(const char *text, uint64_t *from)
{
	static const char *const forms[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"};
	static const uint64_t units[] = {60, 3600, 86400};
	char *end;
	const uint64_t ago = strtoull(text, &end, 10);
	const char *unit = *end != '\0' ? strchr("mhd", *end) : NULL;

	if (end != text && unit != NULL && end[1] == '\0' && ago < UINT32_MAX) {
		const uint64_t now = (uint64_t)time(NULL);
		const uint64_t seconds = ago * units[*unit == 'm' ? 0 : *unit == 'h' ? 1 : 2];

		*from = seconds < now ? (now - seconds) * LOGS_SECOND : 0;
		return true;
	}
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		struct tm parts = {.tm_isdst = -1};
		const char *rest = strptime(text, forms[i], &parts);

		if (rest == NULL || *rest != '\0')
			continue;
		*from = (uint64_t)mktime(&parts) * LOGS_SECOND;
		return true;
	}
	return false;
}

static int logs_show(struct logs *logs)
{
	for (;;) {
		while (logs_read(logs)) {
			if (logs_wanted(logs) && logs->export)
				printf("%s\n", logs->record);
			else if (logs_wanted(logs))
				logs_print(logs);
			logs->size = 0;
		}
		if (!logs->follow || fflush(stdout) != 0)
			return EXIT_SUCCESS;
		clearerr(logs->file);
		(void)usleep(LOGS_AGAIN_US);
	}
}

static bool logs_arguments(struct logs *logs, int argc, char **argv)
{
	static const struct option longs[] = {{"system", required_argument, NULL, 's'},
	                                      {"kind", required_argument, NULL, 'k'},
	                                      {"since", required_argument, NULL, 't'},
	                                      {"follow", no_argument, NULL, 'f'},
	                                      {"export", no_argument, NULL, 'e'},
	                                      {"verify", required_argument, NULL, 'v'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, "", longs)) != -1) {
		switch (option) {
		case 's':
			logs->system = optarg;
			break;
		case 'k':
			logs->kind = optarg;
			break;
		case 't':
			logs->since = optarg;
			break;
		case 'f':
			logs->follow = true;
			break;
		case 'e':
			logs->export = true;
			break;
		case 'v':
			logs->key_path = optarg;
			break;
		default:
			return false;
		}
	}
	logs->folder = argv[optind];
	return optind == argc - 1 && logs->follow + logs->export + (logs->key_path != NULL) <= 1;
}

static bool logs_knows(const char *kind)
{
	static const char *const kinds[] = {"console", "life", "found", "act", "user", "log"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

int kumiki_logs(int argc, char **argv)
{
	struct logs logs = {0};
	char path[LOGS_PATH];
	int status;

	if (!logs_arguments(&logs, argc, argv))
		return command_usage("logs");
	if (logs.since != NULL && !logs_since(logs.since, &logs.from))
		return command_misused(
		    "logs", "--since is '2026-12-01 10:30', '2026-12-01', or 10m, 2h, 3d");
	if (logs.kind != NULL && !logs_knows(logs.kind))
		return command_misused("logs", "--kind is console, life, found, act, user or log");
	snprintf(path, sizeof(path), "%s/" LOG_FILE, logs.folder);
	logs.file = fopen(path, "re");
	if (logs.file == NULL)
		return logs_complain(path, strerror(errno));
	status = logs.key_path != NULL ? logs_verify(&logs) : logs_show(&logs);
	if (ferror(logs.file) != 0)
		status = logs_complain(path, "it can't be read");
	(void)fclose(logs.file);
	free(logs.record);
	free(logs.line);
	return status;
}
