/*
 * A client of the system as it ships, without an end: files in memory and on the disk, the boot
 * image's files, the clock, the log and the console, one after the other, and each answer is
 * checked. Each block of a file has a sum in it: it tells damaged contents from a whole block that
 * isn't the last written one. The outcome is written to the client's window.
 */
#include <campaign/proto.h>
#include <lib/string.h>
#include <proto/log.h>
#include <rtos/clock.h>
#include <rtos/console.h>
#include <rtos/fs.h>
#include <rtos/sys.h>

#define USER_BLOCKS     16
#define USER_WORDS      64 /* of a block; the last one is the sum of the others */
#define USER_SIZE       (USER_WORDS * sizeof(uint64_t))
#define USER_SYNC       4             /* rounds between syncs of the disk */
#define USER_SAY        8             /* rounds between lines on the console */
#define USER_PAUSE_MS   50            /* between two rounds */
#define USER_CLOCK_MOST 2000000000ULL /* nanoseconds that the time may be moved by */
#define USER_BOOT_FILE  "/welcome.txt"

struct files {
	enum user_service service;
	const char *port;
	struct fs fs;
	uint64_t id;
	uint64_t last[USER_BLOCKS]; /* the number that was written last; 0: not known */
	uint64_t
	    synced[USER_BLOCKS]; /* the number that is on the disk, or an earlier one; 0: none */
};

static struct files user_files = {.service = USER_FILES, .port = "fs"};
static struct files user_disk = {.service = USER_DISK, .port = "disk"};
static struct fs user_boot;
static uint64_t user_boot_id;
static uint32_t user_boot_sum, user_boot_size;
static struct clock_base user_time;
static uint64_t user_line; /* the log's first line that wasn't read yet */
static uint64_t user_random = 88172645463325252ULL;
static uint64_t user_round;
static volatile struct work_progress *user_progress;
static char user_path[1 + sizeof(sys_program->name) + 1] = "/"; /* and the program's name */

static uint64_t user_next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* ---- outcomes ---- */

static void user_trouble(enum user_service service, uint64_t status)
{
	if (user_progress->trouble == 0)
		user_progress->trouble = USER_TROUBLE(service, status);
}

static void user_error(enum user_service service, uint64_t status)
{
	user_progress->errors++;
	user_trouble(service, status);
}

static void user_wrong(enum user_service service)
{
	user_progress->wrong++;
	user_trouble(service, USER_IS_WRONG);
}

/* ---- files ---- */

static void user_block(uint64_t words[USER_WORDS], uint64_t number, uint64_t block)
{
	uint64_t random = number * USER_BLOCKS + block + 1;

	words[0] = number;
	for (uint32_t i = 1; i < USER_WORDS - 1; i++)
		words[i] = user_next(&random);
	words[USER_WORDS - 1] = crc32c(0, words, USER_SIZE - sizeof(words[0]));
}

static bool user_has_synced(const struct files *files)
{
	for (uint32_t i = 0; i < USER_BLOCKS; i++)
		if (files->synced[i] != 0)
			return true;
	return false;
}

/* Another status than FS_OK. The last written data isn't known any more; the synced data is. */
static void user_failed(struct files *files, enum fs_status status)
{
	struct fs_file file;

	user_error(files->service, status);
	memset(files->last, 0, sizeof(files->last));
	if (fs_find(&files->fs, user_path, &file) == FS_OK) {
		files->id = file.id;
		return;
	}
	if (fs_create(&files->fs, user_path, FS_FILE, &files->id) != FS_OK)
		return;
	if (user_has_synced(files)) {
		user_progress->lost++;
		user_trouble(files->service, FS_GONE);
	}
	memset(files->synced, 0, sizeof(files->synced));
}

static void user_write(struct files *files, uint64_t block)
{
	uint64_t words[USER_WORDS];
	enum fs_status status;
	uint32_t done = 0;

	user_block(words, user_round + 1, block);
	memcpy(files->fs.buffer, words, sizeof(words));
	status = fs_write(&files->fs, files->id, block * USER_SIZE, USER_SIZE, &done);
	if (status != FS_OK || done != USER_SIZE)
		user_failed(files, status);
	else
		files->last[block] = user_round + 1;
}

/* A block that isn't the one that was written last. */
static void user_differs(struct files *files, uint64_t block, const uint64_t words[USER_WORDS])
{
	uint64_t right[USER_WORDS];
	const bool known = files->last[block] != 0;

	user_block(right, words[0], block);
	files->last[block] = 0;
	if (memcmp(words, right, sizeof(right)) != 0)
		user_error(files->service, FS_WRONG_SUM);
	else if (known)
		user_wrong(files->service);
	if (files->synced[block] == 0 ||
	    (memcmp(words, right, sizeof(right)) == 0 && words[0] >= files->synced[block]))
		return;
	files->synced[block] = 0;
	user_progress->lost++;
	user_trouble(files->service, USER_IS_WRONG);
}

static void user_read(struct files *files, uint64_t block)
{
	uint64_t words[USER_WORDS];
	enum fs_status status;
	uint32_t done = 0;

	memset(files->fs.buffer, 0, USER_SIZE);
	status = fs_read(&files->fs, files->id, block * USER_SIZE, USER_SIZE, &done);
	if (status != FS_OK) {
		user_failed(files, status);
		return;
	}
	memcpy(words, files->fs.buffer, sizeof(words));
	user_block((uint64_t *)(void *)files->fs.buffer, files->last[block], block);
	if (done != USER_SIZE || memcmp(words, files->fs.buffer, sizeof(words)) != 0)
		user_differs(files, block, words);
}

/* An unknown block is read before it is written anew, if it was synced once. */
static void user_work(struct files *files, bool writes, uint64_t block)
{
	if (files->last[block] == 0 && files->synced[block] != 0)
		user_read(files, block);
	if (writes || files->last[block] == 0)
		user_write(files, block);
	else
		user_read(files, block);
}

static void user_sync(struct files *files)
{
	const enum fs_status status = fs_sync(&files->fs);

	if (status != FS_OK) {
		user_error(files->service, status);
		return;
	}
	for (uint32_t i = 0; i < USER_BLOCKS; i++) {
		if (files->last[i] != 0)
			files->synced[i] = files->last[i];
		user_progress->synced[i] = files->synced[i];
	}
}

static void user_use_files(struct files *files)
{
	const uint64_t random = user_next(&user_random);

	user_work(files, random % 2 == 0, random / 2 % USER_BLOCKS);
	user_work(files, false, user_round % USER_BLOCKS);
}

/* ---- the other services ---- */

static void user_use_boot(void)
{
	uint32_t done = 0;
	const enum fs_status status = fs_read(&user_boot, user_boot_id, 0, USER_SIZE, &done);

	if (status != FS_OK)
		user_error(USER_BOOT, status);
	else if (user_boot_size == 0)
		user_boot_size = done, user_boot_sum = crc32c(0, user_boot.buffer, done);
	else if (done != user_boot_size || crc32c(0, user_boot.buffer, done) != user_boot_sum)
		user_wrong(USER_BOOT);
}

static void user_use_clock(void)
{
	struct clock_base base;
	const enum clock_status status = clock_read(&base);

	if (status != CLOCK_OK)
		user_error(USER_CLOCK, status);
	else if (user_time.offset != 0 &&
	         base.offset - user_time.offset + USER_CLOCK_MOST > 2 * USER_CLOCK_MOST)
		user_wrong(USER_CLOCK);
	else
		user_time = base;
}

/* "first 123" */
static void user_words(struct text *text)
{
	text->length = 0;
	text_add(text, user_path + 1);
	text_add(text, " ");
	text_number(text, user_round);
}

static bool user_logs(uint64_t word[RTOS_WORDS])
{
	const enum rtos_status status =
	    sys_call(sys_given(RTOS_GIVEN_USE, "log", 0)->handle, word, 0);

	if (status == RTOS_OK && LOG_LINE_STATUS(word[0]) != LOG_BAD)
		return true;
	user_error(USER_LOG, status == RTOS_OK ? LOG_BAD : status);
	user_line = 0;
	return false;
}

/* Reads on to the own line, which is there once. */
static void user_use_log(void)
{
	struct text text;
	uint64_t word[RTOS_WORDS] = {LOG_WRITE};

	user_words(&text);
	word[1] = LOG_TEXT_OF(text.length, 0);
	memcpy(&word[2], text.bytes, LOG_TEXT);
	if (!user_logs(word))
		return;
	for (;;) {
		word[0] = LOG_READ;
		word[1] = user_line;
		if (!user_logs(word))
			return;
		if (LOG_LINE_STATUS(word[0]) == LOG_NONE)
			break;
		user_line = word[1] + 1;
		if (log_line_length(word[0]) == text.length &&
		    memcmp(&word[2], text.bytes, text.length) == 0)
			return;
	}
	user_wrong(USER_LOG);
	user_line = 0;
}

static void user_use_console(void)
{
	struct text text;
	enum rtos_status status;

	user_words(&text);
	text_add(&text, ": ");
	text_number(&text, user_progress->errors + user_progress->wrong + user_progress->lost);
	text_add(&text, " bad\n");
	status = console_print(&text);
	if (status != RTOS_OK)
		user_error(USER_CONSOLE, status);
}

/* ---- all of it ---- */

static void user_begin_files(struct files *files)
{
	(void)fs_open(&files->fs, files->port);
	(void)fs_create(&files->fs, user_path, FS_FILE, &files->id);
}

static void user_begin(void)
{
	struct fs_file file;

	user_random += sys_program->number;
	memcpy(user_path + 1, sys_program->name, sizeof(sys_program->name));
	user_progress =
	    (volatile struct work_progress *)sys_given(RTOS_GIVEN_WINDOW, sys_program->name, 0)
	        ->address;
	user_progress->round = 2ULL * USER_BLOCKS;
	user_begin_files(&user_files);
	user_begin_files(&user_disk);
	(void)fs_open(&user_boot, "boot");
	(void)fs_find(&user_boot, USER_BOOT_FILE, &file);
	user_boot_id = file.id;
}

int main(void)
{
	user_begin();
	for (;; user_round++) {
		user_use_files(&user_files);
		user_use_files(&user_disk);
		if (user_round % USER_SYNC == 0)
			user_sync(&user_disk);
		user_use_boot();
		user_use_clock();
		user_use_log();
		if (user_round % USER_SAY == 0)
			user_use_console();
		user_progress->answers++;
		if (!user_progress->hurry)
			sys_sleep(USER_PAUSE_MS);
	}
}
