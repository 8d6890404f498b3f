/*
 * A client of the RAM file system that outlives the kernel: it keeps a record of its writes, and at
 * its start checks the files by it. A round is a few blocks written and read. Each fiftieth round
 * is told on the console, for the host, which puts faults into the kernel.
 */
#include <lib/string.h>
#include <rtos/console.h>
#include <rtos/fs.h>
#include <rtos/keep.h>
#include <rtos/sys.h>

#define KEEPER_VERSION 1
#define KEEPER_BLOCKS  16
#define KEEPER_WORDS   64 /* of a block */
#define KEEPER_SIZE    ((uint32_t)(KEEPER_WORDS * sizeof(uint64_t)))
#define KEEPER_PAUSE   10 /* ms, between two rounds */
#define KEEPER_TELL    50 /* rounds */

/* Its kept record. A block whose write wasn't answered may have any content. */
struct keeper {
	uint64_t done[KEEPER_BLOCKS]; /* the number of the write; 0: never */
	uint64_t begun;               /* of the last write */
	uint64_t starts;
};

static struct keeper keeper;
static struct keep keeper_keep;
static struct fs keeper_fs;
static uint64_t keeper_file, keeper_errors, keeper_wrong;

static void keeper_say(const char *what, uint64_t number, const char *then)
{
	struct text text = {.length = 0};

	text_add(&text, sys_program->name);
	text_add(&text, what);
	text_number(&text, number);
	text_add(&text, then);
	text_add(&text, "\n");
	(void)console_print(&text);
}

static void keeper_fill(uint64_t words[KEEPER_WORDS], uint64_t number, uint64_t block)
{
	uint64_t random = number * KEEPER_BLOCKS + block + 1;

	for (uint32_t i = 0; i < KEEPER_WORDS; i++) {
		random = random * 6364136223846793005ULL + 1442695040888963407ULL;
		words[i] = random;
	}
}

static void keeper_write(uint64_t block)
{
	uint64_t words[KEEPER_WORDS];
	uint32_t done = 0;

	keeper.begun++;
	keeper.done[block] = 0;
	keep_write(&keeper_keep, &keeper);
	keeper_fill(words, keeper.begun, block);
	memcpy(keeper_fs.buffer, words, sizeof(words));
	if (fs_write(&keeper_fs, keeper_file, block * KEEPER_SIZE, KEEPER_SIZE, &done) != FS_OK ||
	    done != KEEPER_SIZE) {
		keeper_errors++;
		return;
	}
	keeper.done[block] = keeper.begun;
	keep_write(&keeper_keep, &keeper);
}

static bool keeper_is(uint64_t number, uint64_t block)
{
	uint64_t words[KEEPER_WORDS];

	keeper_fill(words, number, block);
	return memcmp(keeper_fs.buffer, words, sizeof(words)) == 0;
}

static void keeper_read(uint64_t block)
{
	uint32_t done = 0;

	if (keeper.done[block] == 0)
		return;
	memset(keeper_fs.buffer, 0, KEEPER_SIZE);
	if (fs_read(&keeper_fs, keeper_file, block * KEEPER_SIZE, KEEPER_SIZE, &done) != FS_OK)
		keeper_errors++;
	else if (!keeper_is(keeper.done[block], block))
		keeper_wrong++;
}

static bool keeper_opens(const char *path)
{
	struct fs_file file;

	if (fs_find(&keeper_fs, path, &file) == FS_OK) {
		keeper_file = file.id;
		return true;
	}
	return fs_create(&keeper_fs, path, FS_FILE, &keeper_file) == FS_OK;
}

static void keeper_begin(void)
{
	const struct rtos_given *keep = sys_given(RTOS_GIVEN_KEEP, NULL, 0);
	static char path[] = "/0";
	enum keep_found found;

	path[1] = (char)('0' + sys_program->number);
	found =
	    keep_open(&keeper_keep, (void *)keep->address, &keeper, sizeof(keeper), KEEPER_VERSION);
	if (!fs_open(&keeper_fs, "fs") || !keeper_opens(path))
		keeper_errors++;
	if (found == KEEP_DAMAGED)
		keeper_say(": what it kept is damaged, ", 0, "");
	keeper.starts++;
	for (uint64_t i = 0; i < KEEPER_BLOCKS; i++)
		keeper_read(i);
	keep_write_twice(&keeper_keep, &keeper);
	keeper_say(": start ", keeper.starts, keeper_wrong == 0 ? ", all right" : ", WRONG");
}

int main(void)
{
	keeper_begin();
	(void)sys_do(RTOS_YIELD, 0, 0, 0, 0, 0, 0, NULL); /* the host counts these */
	for (uint64_t round = 1;; round++) {
		sys_beat();
		for (uint64_t i = 0; i < 2; i++) {
			keeper_write((2 * round + i) % KEEPER_BLOCKS);
			keeper_read((7 * round + i) % KEEPER_BLOCKS);
		}
		if (round % KEEPER_TELL == 0) {
			keeper_say(": errors ", keeper_errors, "");
			keeper_say(": wrong ", keeper_wrong, "");
			keeper_say(": round ", round, "");
		}
		sys_sleep(KEEPER_PAUSE);
	}
}
