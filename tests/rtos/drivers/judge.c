/*
 * Lets the console's driver and a disk's driver crash in a call, again and again. Prints the
 * longest and the median time of these calls: the fault, the supervisor's work and notes, the new
 * driver's start, and the answer. Each call is answered rightly.
 */
#include <drivers/proto.h>
#include <lib/string.h>
#include <rtos/block.h>
#include <rtos/console.h>
#include <templates/busy.h>
#include <templates/programs.h>

#define FALLS 20

static struct block judge_disk;
static uint32_t judge_failed;

static void judge_expect(bool good)
{
	judge_failed += !good;
}

static void judge_text(void)
{
	const char text[] = {FALLS_TEXT, ' ', 'f', 'e', 'l', 'l', '\n'};

	judge_expect(console_write(text, sizeof(text)) == RTOS_OK);
}

/* Which sector each word is of, tests/system/rtos_disk.py says. */
static void judge_block(void)
{
	const uint64_t *words = (const uint64_t *)(const void *)judge_disk.buffer;

	memset(judge_disk.buffer, 0, BLOCK_SECTOR);
	judge_expect(block_read(&judge_disk, FALLS_BLOCK, 1, 0) == BLOCK_OK &&
	             words[0] == FALLS_BLOCK * 0x9e3779b97f4a7c15);
}

static void judge_tell(const char *what, uint64_t number)
{
	struct text text = {.length = 0};

	text_add(&text, what);
	text_number(&text, number);
	text_add(&text, "\n");
	judge_expect(console_print(&text) == RTOS_OK);
}

/* Keeps them in order. */
static void judge_insert(uint64_t *took, uint32_t count, uint64_t one)
{
	for (; count > 0 && took[count - 1] > one; count--)
		took[count] = took[count - 1];
	took[count] = one;
}

/* Each call has one driver killed. */
static void judge_falls(const char *driver, void (*call)(void), uint64_t took[FALLS])
{
	const uint64_t program = programs_find(driver), starts = programs_starts(program);

	for (uint32_t i = 0; i < FALLS; i++) {
		const uint64_t before = busy_time();

		call();
		judge_insert(took, i, busy_time() - before);
		judge_expect(programs_starts(program) == starts + i + 1);
	}
}

int main(void)
{
	uint64_t console[FALLS], block[FALLS];

	judge_expect(busy_begin() && block_open(&judge_disk, "block") == BLOCK_OK);
	judge_falls("console", judge_text, console);
	judge_falls("block", judge_block, block);
	judge_tell("FIGURE driver.crash.console ", console[FALLS - 1]);
	judge_tell("FIGURE driver.crash.console.median ", console[FALLS / 2]);
	judge_tell("FIGURE driver.crash.block ", block[FALLS - 1]);
	judge_tell("FIGURE driver.crash.block.median ", block[FALLS / 2]);
	judge_tell("drivers: failed: ", judge_failed);
	return judge_failed != 0;
}
