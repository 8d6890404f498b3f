/*
 * Judges the RAM file system from a client's side, and restarts its server under its own hands:
 * each call is answered once, and rightly; written data is read back. Then the costs of a read and
 * a write. Prints its results on the console, and ends with "tests: N passed, M failed".
 */
#include <lib/string.h>
#include <proto/supervisor.h>
#include <rtos/console.h>
#include <rtos/fs.h>
#include <rtos/sys.h>

#define JUDGE_STARTS 500 /* of servers, before it has seen enough */
#define JUDGE_TIMES  64  /* reads or writes that are timed together */
#define JUDGE_PIECE  700 /* that is appended at a time */

static uint32_t judge_passed, judge_failed;
static struct fs judge_fs;

static void judge_expect(bool good, const char *what, uint64_t value)
{
	struct text text = {.length = 0};

	if (good) {
		judge_passed++;
		return;
	}
	judge_failed++;
	text_add(&text, "judge: failed: ");
	text_add(&text, what);
	text_add(&text, ", was ");
	text_hex(&text, value);
	text_add(&text, "\n");
	(void)console_print(&text);
}

static void judge_status(enum fs_status status, enum fs_status expected, const char *what)
{
	judge_expect(status == expected, what, status);
}

/* ---- contents that tell where and in which round they belong ---- */

static uint8_t judge_byte(uint32_t offset, uint32_t round)
{
	return (uint8_t)(offset * 31 + offset / 256 + round * 7);
}

static void judge_fill(uint32_t offset, uint32_t count, uint32_t round)
{
	for (uint32_t i = 0; i < count; i++)
		judge_fs.buffer[i] = judge_byte(offset + i, round);
}

static bool judge_filled(uint32_t offset, uint32_t count, uint32_t round)
{
	for (uint32_t i = 0; i < count; i++)
		if (judge_fs.buffer[i] != judge_byte(offset + i, round))
			return false;
	return true;
}

static void judge_write(uint64_t id, uint32_t offset, uint32_t count, uint32_t round)
{
	uint32_t done;

	judge_fill(offset, count, round);
	judge_status(fs_write(&judge_fs, id, offset, count, &done), FS_OK, "a write");
	judge_expect(done == count, "bytes written", done);
}

static void judge_read(uint64_t id, uint32_t offset, uint32_t count, uint32_t round)
{
	uint32_t done;

	memset(judge_fs.buffer, 0, count);
	judge_status(fs_read(&judge_fs, id, offset, count, &done), FS_OK, "a read");
	judge_expect(done == count, "bytes read", done);
	judge_expect(judge_filled(offset, count, round), "what was read", offset);
}

/* ---- its server ends in between ---- */

static uint64_t judge_supervisor(uint64_t operation, uint64_t first, uint64_t second,
                                 uint64_t word[RTOS_WORDS])
{
	word[0] = operation;
	word[1] = first;
	word[2] = second;
	(void)sys_call(sys_given(RTOS_GIVEN_SUPERVISOR, NULL, 0)->handle, word, 0);
	return word[0];
}

static uint64_t judge_find(const char *name)
{
	uint64_t word[RTOS_WORDS] = {0}, wanted[2] = {0};

	memcpy(wanted, name, string_length(name));
	for (uint64_t i = 0; i < 64; i++)
		if (judge_supervisor(SUPERVISOR_STATE, i, 0, word) == SUPERVISOR_OK &&
		    word[5] == wanted[0] && word[6] == wanted[1])
			return i;
	return 64;
}

static void judge_command(const char *name, enum supervisor_command command)
{
	uint64_t word[RTOS_WORDS] = {0};

	judge_expect(judge_supervisor(SUPERVISOR_COMMAND, judge_find(name), command, word) ==
	                 SUPERVISOR_OK,
	             "a command", command);
}

static uint64_t judge_starts(uint64_t server)
{
	uint64_t word[RTOS_WORDS] = {0};

	(void)judge_supervisor(SUPERVISOR_STATE, server, 0, word);
	return word[3];
}

/* ---- functions ---- */

static void judge_names(void)
{
	struct fs_file file;
	char name[FS_NAME];
	uint64_t id, next = 0;

	judge_status(fs_create(&judge_fs, "/a", FS_DIRECTORY, &id), FS_OK, "a directory");
	judge_status(fs_create(&judge_fs, "/a", FS_FILE, &id), FS_EXISTS, "the same again");
	judge_status(fs_create(&judge_fs, "a/b", FS_FILE, &id), FS_OK, "a file in it");
	judge_status(fs_create(&judge_fs, "a/b/c", FS_FILE, &id), FS_NOT_DIRECTORY,
	             "a file in a file");
	judge_status(fs_remove(&judge_fs, "/a"), FS_NOT_EMPTY, "removing a full directory");
	judge_status(fs_find(&judge_fs, "/a/./../a/b", &file), FS_OK, "a way with dots");
	judge_expect(file.type == FS_FILE && file.size == 0, "what is there", file.type);
	judge_status(fs_rename(&judge_fs, "/a/b", "/c"), FS_OK, "another name");
	judge_status(fs_find(&judge_fs, "/a/b", &file), FS_NOT_FOUND, "the old name");
	judge_status(fs_rename(&judge_fs, "/a", "/a/d"), FS_BAD, "a directory into itself");
	judge_status(fs_list(&judge_fs, FS_ROOT, &next, name), FS_OK, "the first name");
	judge_expect(memcmp(name, "a", 2) == 0, "is a", (uint8_t)name[0]);
	judge_status(fs_list(&judge_fs, FS_ROOT, &next, name), FS_OK, "the second one");
	judge_expect(memcmp(name, "c", 2) == 0, "is c", (uint8_t)name[0]);
	judge_status(fs_list(&judge_fs, FS_ROOT, &next, name), FS_NOT_FOUND, "the end");
	judge_status(fs_find(&judge_fs, "/c", &file), FS_OK, "the new name");
	judge_status(fs_remove(&judge_fs, "/c"), FS_OK, "removing it");
	judge_status(fs_state(&judge_fs, file.id, &file), FS_GONE, "what was removed");
	judge_status(fs_remove(&judge_fs, "/a"), FS_OK, "removing the directory");
}

/* Over the end of direct pages, with a gap that reads as zeros. */
static void judge_contents(void)
{
	struct fs_file file;
	uint64_t id;
	uint32_t done;

	judge_status(fs_create(&judge_fs, "/f", FS_FILE, &id), FS_OK, "a file");
	judge_write(id, 0, 5000, 1);
	judge_write(id, 30000, 8192, 1);
	judge_read(id, 1000, 4000, 1);
	judge_read(id, 30000, 8192, 1);
	judge_status(fs_read(&judge_fs, id, 5000, 8192, &done), FS_OK, "a gap");
	for (uint32_t i = 0; i < done; i++)
		done = judge_fs.buffer[i] != 0 ? 0 : done;
	judge_expect(done == 8192, "zeros", done);
	judge_status(fs_state(&judge_fs, id, &file), FS_OK, "its state");
	judge_expect(file.size == 38192, "its size", file.size);
	judge_status(fs_read(&judge_fs, id, 38000, 4096, &done), FS_OK, "its end");
	judge_expect(done == 192, "bytes at its end", done);
	judge_status(fs_read(&judge_fs, id, 0, 1u << 20, &done), FS_OK, "more than the buffer");
	judge_status(fs_remove(&judge_fs, "/f"), FS_OK, "removing it");
}

/* Neither others' memory, nor memory behind the own. */
static void judge_bounds(void)
{
	uint64_t word[RTOS_WORDS] = {0}, id;

	judge_status(fs_create(&judge_fs, "/g", FS_FILE, &id), FS_OK, "a file");
	word[0] = FS_CALL(FS_WRITE, id);
	word[2] = FS_PIECE(1, judge_fs.buffer_size);
	judge_status(fs_call(&judge_fs, word), FS_BAD, "behind the buffer");
	word[0] = FS_CALL(FS_WRITE, id);
	word[2] = FS_PIECE(UINT32_MAX, 1);
	judge_status(fs_call(&judge_fs, word), FS_BAD, "beyond the buffer");
	word[0] = FS_CALL(99, id);
	judge_status(fs_call(&judge_fs, word), FS_BAD, "no operation");
	judge_status(fs_remove(&judge_fs, "/g"), FS_OK, "removing it");
}

/* Each was appended once, whichever server did it. */
static void judge_appends(uint64_t id, uint32_t round)
{
	const uint32_t at = round % 64 * JUDGE_PIECE;
	uint32_t done;
	uint64_t where;

	if (at == 0)
		judge_status(fs_resize(&judge_fs, id, 0), FS_OK, "an empty file");
	judge_fill(at, JUDGE_PIECE, 0);
	judge_status(fs_append(&judge_fs, id, JUDGE_PIECE, &done, &where), FS_OK, "an append");
	judge_expect(done == JUDGE_PIECE && where == at, "where it was appended", where);
	judge_read(id, at > 3000 ? at - 3000 : 0, JUDGE_PIECE, 0);
}

/* Each is carried out once: a second time, it would fail. */
static void judge_once(void)
{
	uint64_t id;

	judge_status(fs_create(&judge_fs, "/once", FS_FILE, &id), FS_OK, "a file");
	judge_status(fs_rename(&judge_fs, "/once", "/twice"), FS_OK, "another name");
	judge_status(fs_remove(&judge_fs, "/twice"), FS_OK, "removing it");
}

/* Servers end at any moment. Memory that the first one took is free again after the last one. */
static void judge_restarts(void)
{
	const uint64_t server = judge_find("ramfs");
	uint64_t before[RTOS_WORDS] = {0}, after[RTOS_WORDS] = {0}, id, log;

	(void)judge_supervisor(SUPERVISOR_MEMORY, 0, 0, before);
	judge_command("killer", SUPERVISOR_DO_START);
	judge_status(fs_create(&judge_fs, "/r", FS_FILE, &id), FS_OK, "a file");
	judge_status(fs_create(&judge_fs, "/log", FS_FILE, &log), FS_OK, "another file");
	for (uint32_t round = 0; judge_starts(server) < JUDGE_STARTS; round++) {
		judge_write(id, round % 13 * 4096, 4096, round);
		judge_read(id, round % 13 * 4096, 4096, round);
		judge_appends(log, round);
		judge_once();
	}
	judge_command("killer", SUPERVISOR_DO_STOP);
	(void)judge_supervisor(SUPERVISOR_MEMORY, 0, 0, after);
	judge_expect(after[1] == before[1], "pages that leaked", before[1] - after[1]);
	judge_expect(after[3] == before[3], "handles that leaked", after[3] - before[3]);
	judge_status(fs_remove(&judge_fs, "/r"), FS_OK, "removing it");
	judge_status(fs_remove(&judge_fs, "/log"), FS_OK, "removing the other one");
}

/* All that files took is free again, but for the root's own page. */
static void judge_usage(uint64_t pages, uint64_t inodes)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};

	judge_status(fs_call(&judge_fs, word), FS_OK, "usage");
	judge_expect(word[2] == pages, "free pages", word[2]);
	judge_expect(word[4] == inodes, "free inodes", word[4]);
}

/* ---- costs ---- */

static void judge_say_cost(const char *name, uint64_t ticks, uint64_t times)
{
	struct text text = {.length = 0};

	text_add(&text, "FIGURE ");
	text_add(&text, name);
	text_add(&text, " ");
	text_number(&text, ticks * (1000000000u / sys_hertz()) / times);
	text_add(&text, "\n");
	(void)console_print(&text);
}

static uint64_t judge_time(uint64_t id, bool write)
{
	const uint64_t before = sys_now();
	uint32_t done = 0, all = 0;

	for (uint32_t i = 0; i < JUDGE_TIMES; i++) {
		(void)(write ? fs_write(&judge_fs, id, i % 4 * 4096, 4096, &done)
		             : fs_read(&judge_fs, id, i % 4 * 4096, 4096, &done));
		all += done;
	}
	judge_expect(all == JUDGE_TIMES * 4096, "bytes while it was timed", all);
	return sys_now() - before;
}

/* From the manager's word to the first answer of the new server, which has looked at everything. */
static uint64_t judge_restart_time(uint64_t id)
{
	const uint64_t server = judge_find("ramfs");
	uint64_t word[RTOS_WORDS] = {0};
	const uint64_t before = sys_now();

	judge_expect(judge_supervisor(SUPERVISOR_COMMAND, server, SUPERVISOR_DO_RESTART, word) ==
	                 SUPERVISOR_OK,
	             "a restart", word[0]);
	judge_read(id, 4096, 8, 0);
	return sys_now() - before;
}

static void judge_costs(void)
{
	uint64_t id;

	judge_status(fs_create(&judge_fs, "/t", FS_FILE, &id), FS_OK, "a file");
	judge_write(id, 0, 16384, 0);
	judge_say_cost(judge_fs.sums ? "file.write.4k.sums" : "file.write.4k", judge_time(id, true),
	               JUDGE_TIMES);
	judge_say_cost(judge_fs.sums ? "file.read.4k.sums" : "file.read.4k", judge_time(id, false),
	               JUDGE_TIMES);
	judge_write(id, 0, 8192, 0);
	judge_say_cost("file.restart", judge_restart_time(id), 1);
	judge_status(fs_remove(&judge_fs, "/t"), FS_OK, "removing it");
}

/* ---- a file that fills everything goes ---- */

static uint64_t judge_free(void)
{
	uint64_t word[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};

	judge_status(fs_call(&judge_fs, word), FS_OK, "usage");
	return word[2];
}

static void judge_fill_up(uint64_t id)
{
	uint32_t done = 4096, at = 0;

	for (; done == 4096 && fs_write(&judge_fs, id, at, 4096, &done) == FS_OK; at += done)
		continue;
	judge_expect(judge_free() == 0 && at > 100 * 4096, "how much there was room for", at);
}

/* The longest of the calls that are made until all of it is free. */
static uint64_t judge_remove_time(uint64_t reader, uint64_t pages)
{
	uint64_t before = sys_now(), longest;
	uint32_t done;

	judge_status(fs_remove(&judge_fs, "/all"), FS_OK, "removing what fills all");
	longest = sys_now() - before;
	do {
		before = sys_now();
		judge_status(fs_read(&judge_fs, reader, 0, 8, &done), FS_OK, "a read meanwhile");
		if (sys_now() - before > longest)
			longest = sys_now() - before;
	} while (judge_free() < pages);
	return longest;
}

/* After a removal there is room at once. */
static void judge_large(void)
{
	uint64_t id, reader, pages;
	uint32_t done = 0;

	judge_status(fs_create(&judge_fs, "/reader", FS_FILE, &reader), FS_OK, "a file");
	judge_write(reader, 0, 8, 0);
	pages = judge_free();
	judge_status(fs_create(&judge_fs, "/all", FS_FILE, &id), FS_OK, "what fills all");
	judge_fill_up(id);
	judge_say_cost("file.remove.wait", judge_remove_time(reader, pages), 1);
	judge_status(fs_create(&judge_fs, "/all", FS_FILE, &id), FS_OK, "what fills all again");
	judge_fill_up(id);
	judge_status(fs_resize(&judge_fs, id, 0), FS_OK, "emptying it");
	judge_status(fs_append(&judge_fs, id, 4096, &done, &(uint64_t){0}), FS_OK, "an append");
	judge_expect(done == 4096, "what was appended at once", done);
	judge_status(fs_remove(&judge_fs, "/all"), FS_OK, "removing it again");
	while (judge_free() < pages)
		judge_read(reader, 0, 8, 0);
	judge_status(fs_remove(&judge_fs, "/reader"), FS_OK, "removing the reader's");
}

int main(void)
{
	struct text text = {.length = 0};
	uint64_t usage[RTOS_WORDS] = {FS_CALL(FS_USAGE, FS_ROOT)};

	judge_expect(fs_open(&judge_fs, "fs"), "a file system", 0);
	judge_names();
	judge_status(fs_call(&judge_fs, usage), FS_OK, "usage");
	judge_contents();
	judge_bounds();
	judge_restarts();
	judge_costs();
	judge_large();
	judge_usage(usage[2], usage[4]);
	text_add(&text, "tests: ");
	text_number(&text, judge_passed);
	text_add(&text, " passed, ");
	text_number(&text, judge_failed);
	text_add(&text, " failed\n");
	(void)console_print(&text);
	return judge_failed != 0;
}
