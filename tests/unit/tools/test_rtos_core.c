/*
 * Lines that the shell's `core` printed, put together again whatever stands between them; what was
 * changed on the way is refused; and the ELF core file that comes of it.
 *
 * Shows: rtos.crash-report.
 */
#include <elf.h>
#include <inttypes.h>
#include <lib/crc32c.h>
#include <rtos/core.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define ROW      40
#define TEXT_MAX (RTOS_CRASH_SIZE * 4)

static struct rtos_crash *new_crash(void)
{
	struct rtos_crash *crash = calloc(1, RTOS_CRASH_SIZE);

	assert_non_null(crash);
	*crash = (struct rtos_crash){.magic = RTOS_CRASH_MAGIC,
	                             .number = 1,
	                             .revision = RTOS_CRASH_REVISION,
	                             .size = sizeof(*crash) + 100,
	                             .name = "crasher",
	                             .state = {RTOS_PROCESS_FAULTED},
	                             .thread_count = 2,
	                             .piece_count = 1};
	crash->threads[1].number = 5;
	crash->threads[0].x[RTOS_CRASH_PC] = 0x10040;
	crash->pieces[0] =
	    (struct rtos_crash_piece){.address = 0x12000, .size = 100, .offset = sizeof(*crash)};
	memset((uint8_t *)crash + sizeof(*crash), 0x77, 100);
	return crash;
}

/* As the shell prints it. */
static char *new_text(const struct rtos_crash *crash, uint64_t size)
{
	const uint64_t whole = (size + ROW - 1) / ROW * ROW;
	char *text = calloc(1, TEXT_MAX), *at = text;

	assert_non_null(text);
	at += sprintf(at, "$ core\n");
	for (uint64_t offset = 0; offset < size; offset += ROW) {
		uint64_t row[ROW / 8];

		memcpy(row, (const uint8_t *)crash + offset, sizeof(row));
		if ((row[0] | row[1] | row[2] | row[3] | row[4]) != 0)
			at += sprintf(at,
			              "[rtos] core 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64
			              " 0x%" PRIx64 " 0x%" PRIx64 " 0x%" PRIx64 "\r\nsomebody\n",
			              offset, row[0], row[1], row[2], row[3], row[4]);
	}
	sprintf(at, "[rtos] core end %" PRIu64 " 0x%x\r\n$ ", size, crc32c(0, crash, whole));
	return text;
}

static struct rtos_crash *found(const char *text)
{
	const char *why;
	struct rtos_crash *crash = core_find(text, &why);

	assert_true(crash != NULL || strlen(why) > 0);
	return crash;
}

TEST(test_found_again)
{
	struct rtos_crash *crash = new_crash(), *second;
	char *text = new_text(crash, crash->size);

	second = found(text);
	assert_non_null(second);
	assert_memory_equal(second, crash, crash->size);
	free(second);
	free(text);
	free(crash);
}

/* The last whole one counts, though another one was begun behind it. */
TEST(test_the_last_one)
{
	struct rtos_crash *crash = new_crash(), *second;
	char *texts = calloc(3, TEXT_MAX), *at = texts, *text;

	assert_non_null(texts);
	for (crash->number = 1; crash->number <= 3; crash->number++) {
		text = new_text(crash, crash->size);
		if (crash->number == 3)
			*strstr(text, "core end") = '\0';
		at += sprintf(at, "%s", text);
		free(text);
	}
	second = found(texts);
	assert_non_null(second);
	assert_int_equal(second->number, 2);
	free(second);
	free(texts);
	free(crash);
}

/* Each character of it, changed or gone. */
TEST(test_damaged)
{
	struct rtos_crash *crash = new_crash();
	char *text = new_text(crash, crash->size);

	for (char *at = strstr(text, "core 0x") + 7; *at; at += 3) {
		const char was = *at;
		struct rtos_crash *second;

		*at = was == '0' ? '1' : '0';
		second = found(text);
		/* In a word that stands between the lines it is nobody's. */
		assert_true(second == NULL || memcmp(second, crash, crash->size) == 0);
		free(second);
		*at = was;
	}
	free(text);
	free(crash);
}

/* The sum fits, and what it says leads out of it. */
TEST(test_unsound)
{
	struct rtos_crash *crash = new_crash(), was = *crash;

	for (int i = 0; i < 7; i++) {
		uint64_t size = was.size;
		char *text;

		*crash = was;
		crash->magic = i == 0 ? 1 : was.magic;
		crash->revision = i == 1 ? 99 : was.revision;
		crash->thread_count = i == 2 ? RTOS_CRASH_THREADS + 1 : was.thread_count;
		crash->piece_count = i == 3 ? RTOS_CRASH_PIECES + 1 : was.piece_count;
		crash->pieces[0].size = i == 4 ? 101 : was.pieces[0].size;
		size = i == 5 ? 400 : size;
		crash->piece_count = i == 6 ? 2 : crash->piece_count;
		crash->pieces[1] = i == 6 ? was.pieces[0] : was.pieces[1];
		text = new_text(crash, size);
		assert_null(found(text));
		free(text);
	}
	free(crash);
}

TEST(test_an_elf_file)
{
	struct rtos_crash *crash = new_crash();
	struct rtos_bytes core = core_make(crash);
	const uint8_t *bytes = core.bytes;
	Elf64_Ehdr elf;
	Elf64_Phdr segment[2];

	assert_non_null(bytes);
	memcpy(&elf, bytes, sizeof(elf));
	assert_int_equal(elf.e_type, ET_CORE);
	assert_int_equal(elf.e_machine, EM_AARCH64);
	assert_int_equal(elf.e_phnum, 2);
	memcpy(segment, bytes + elf.e_phoff, sizeof(segment));
	assert_int_equal(segment[0].p_type, PT_NOTE);
	assert_int_equal(segment[1].p_type, PT_LOAD);
	assert_int_equal(segment[1].p_vaddr, 0x12000);
	assert_int_equal(segment[1].p_filesz, 100);
	assert_int_equal(segment[1].p_offset + 100, core.size);
	assert_memory_equal(bytes + segment[1].p_offset, (uint8_t *)crash + sizeof(*crash), 100);
	free(core.bytes);
	free(crash);
}
