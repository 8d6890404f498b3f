/*
 * An examination on the host: the registers, frame records and Linux image that a guest left, and
 * the report. test_walk.c and test_kallsyms.c test the parts.
 *
 * Shows: life.report.
 */
#include "symbols.h"

#include <kumiki/remote.h>
#include <service/examine.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define RAM_SIZE 8192u
#define STACK    0x40000000ULL
#define BASE     0xffffc6c22ee10000ULL /* the base of a kernel that moved itself */
#define SECOND   0xffffa413a5210000ULL /* the base of another kernel that it loaded */
#define EL1H     5u

static _Alignas(4096) uint8_t ram[RAM_SIZE];
static uint8_t *image, *laid_out;
static size_t image_size;
static size_t base_at; /* the place of the base's word in the image */
static uint32_t at_panic, at_crash, at_call;
static struct loader_info info;
static struct stop_report report;
static struct examined examined;

/* NULL: the symbol with the longest name. */
static uint32_t symbol(const char *wanted)
{
	FILE *file = symbols_open("linux");
	char name[SYMBOLS_NAME_SIZE];
	uint32_t offset, found = 0;
	size_t longest = 0;

	while (symbols_next(file, &offset, name))
		if (wanted != NULL ? strcmp(name, wanted) == 0 : strlen(name) > longest) {
			longest = strlen(name);
			found = offset;
		}
	assert_true(longest != 0);
	(void)fclose(file);
	return found;
}

static void load(void)
{
	FILE *file = fopen("build/debian/linux/Image", "rb");
	struct kallsyms tables;
	uint64_t base = BASE;

	assert_non_null(file);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	image_size = (size_t)ftell(file);
	rewind(file);
	image = malloc(image_size);
	laid_out = calloc(1, image_size);
	assert_true(image != NULL && laid_out != NULL);
	assert_int_equal(fread(image, 1, image_size, file), image_size);
	(void)fclose(file);
	/* Of the kernel's layout, the examination needs only the base that the kernel wrote. */
	assert_true(kallsyms_find(&tables, image, image_size));
	base_at = (size_t)((const uint8_t *)tables.base - image);
	memcpy(laid_out + base_at, &base, sizeof(base));
	at_panic = symbol("panic");
	at_crash = symbol("sysrq_handle_crash");
	at_call = symbol("__arm_smccc_hvc");
}

static void unload(void)
{
	free(image);
	free(laid_out);
}

const struct unit_fixture unit_all = {load, unload};

static void store(uint64_t ipa, uint64_t value)
{
	memcpy(ram + (ipa - STACK), &value, sizeof(value));
}

/* A frame record: the caller's record, and the return address of this one's function. */
static void record(uint64_t at, uint64_t next, uint64_t address)
{
	store(at, next);
	store(at + 8, address);
}

static void start(void)
{
	memset(ram, 0, sizeof(ram));
	memset(&examined, 0xa5, sizeof(examined));
	report = (struct stop_report){.sequence = 6, .pstate = EL1H};
	info = (struct loader_info){
	    .task = LOADER_EXAMINE,
	    .jobs = 1,
	    .ranges = 1,
	    .report = (uintptr_t)&report,
	    .examined = (uintptr_t)&examined,
	};
	info.range[0] = (struct loader_range){(uintptr_t)ram, RAM_SIZE, STACK};
	info.job[0] = (struct loader_job){.source = (uintptr_t)image,
	                                  .destination = (uintptr_t)laid_out,
	                                  .size = image_size,
	                                  .space = image_size};
}

static void run(uint64_t status)
{
	assert_int_equal(examine_run(&info), status);
	assert_int_equal(examined.sequence, report.sequence);
	assert_int_equal(examined.flags, status == LOADER_PANIC ? EXAMINED_PANIC : 0);
	assert_true(examined.size <= EXAMINED_TEXT_SIZE);
	for (uint32_t i = 0; i < examined.size; i++)
		assert_true((examined.text[i] >= ' ' && examined.text[i] <= '~') ||
		            examined.text[i] == '\n');
	if (examined.size != 0)
		assert_int_equal(examined.text[examined.size - 1], '\n');
}

static void expect_text(const char *text)
{
	assert_int_equal(examined.size, strlen(text));
	assert_memory_equal(examined.text, text, examined.size);
}

TEST(test_panic)
{
	char text[512];

	start();
	report.pc = BASE + at_call + 8;
	report.x[30] = BASE + at_call + 4;
	report.x[29] = STACK + 0x100;
	record(STACK + 0x100, STACK + 0x180, BASE + at_panic + 0x2e4);
	record(STACK + 0x180, 0, BASE + at_crash + 0x20);
	run(LOADER_PANIC);
	snprintf(text, sizeof(text),
	         "  pc  0x%llx __arm_smccc_hvc+0x8\n"
	         "  lr  0x%llx __arm_smccc_hvc+0x4\n"
	         "  by  0x%llx panic+0x2e4\n"
	         "  by  0x%llx sysrq_handle_crash+0x20\n",
	         BASE + at_call + 8, BASE + at_call + 4, BASE + at_panic + 0x2e4,
	         BASE + at_crash + 0x20);
	expect_text(text);
}

/* Linux kernels are mapped at multiples of 2 MiB, and their base is near that. */
static uint64_t begin_of(uint64_t base)
{
	return base & -(2ULL << 20);
}

/* The memory around the word that says where a kernel is, as that kernel maps it. */
static void map_word(uint32_t range, void *page, uint64_t base)
{
	memcpy((uint8_t *)page + base_at % 4096, &base, sizeof(base));
	info.range[range] =
	    (struct loader_range){(uintptr_t)page, 4096, begin_of(base) + (base_at & -4096ULL)};
	info.ranges = range + 1;
}

/* A crash kernel runs elsewhere. It has names of its own, and its panic counts. */
TEST(test_second_kernel)
{
	static _Alignas(4096) uint8_t page[4096];
	char text[512];

	start();
	map_word(1, page, SECOND);
	report.vbar = SECOND + 0x1400800; /* some steps away from its begin */
	report.pc = SECOND + at_call + 8;
	report.x[29] = STACK + 0x100;
	record(STACK + 0x100, 0, SECOND + at_panic + 0x2e4);
	run(LOADER_PANIC);
	snprintf(text, sizeof(text),
	         "  it ran a second kernel, which the first one had loaded\n"
	         "  pc  0x%llx __arm_smccc_hvc+0x8\n"
	         "  lr  0x0\n"
	         "  by  0x%llx panic+0x2e4\n",
	         SECOND + at_call + 8, SECOND + at_panic + 0x2e4);
	expect_text(text);
}

/* Vectors in the loader's kernel, and vectors that lead to no kernel. */
TEST(test_first_kernel)
{
	static _Alignas(4096) uint8_t page[4096];

	start();
	map_word(1, page, BASE);
	report.vbar = BASE + 0x800;
	report.pc = BASE + at_panic;
	run(LOADER_PANIC);
	assert_null(memmem(examined.text, examined.size, "second", 6));
	map_word(1, page, SECOND);
	report.vbar = SECOND + image_size + (4u << 20);
	run(LOADER_PANIC);
	assert_null(memmem(examined.text, examined.size, "second", 6));
}

/*
 * A call that never returns is the last of its function: the place behind it is in another
 * function.
 */
TEST(test_call_at_the_end)
{
	uint32_t next = symbol("sysrq_handle_reboot");

	start();
	report.x[29] = STACK;
	record(STACK, 0, BASE + next);
	run(LOADER_OK);
	assert_null(memmem(examined.text, examined.size, "sysrq_handle_reboot", 19));
}

/*
 * A link register may hold any old address: it proves no panic. A program's registers don't,
 * either.
 */
TEST(test_no_panic)
{
	start();
	report.pc = BASE + at_call;
	report.x[30] = BASE + at_panic + 8;
	run(LOADER_OK);
	start();
	report.pc = BASE + at_panic + 8;
	run(LOADER_PANIC);
	start();
	report.pc = BASE + at_panic + 8;
	report.pstate = 0;
	run(LOADER_OK);
	assert_memory_equal(examined.text, "  it ran a program\n", 19);
	start();
	report.pstate = 0x10;
	run(LOADER_OK);
	expect_text("  it ran a 32-bit program\n");
	start();
	report.off = 1;
	run(LOADER_OK);
	expect_text("  its first vCPU was off\n");
}

TEST(test_vector)
{
	start();
	report.fault = REPORT_VECTOR;
	report.elr = BASE + at_crash + 4;
	run(LOADER_OK);
	assert_non_null(memmem(examined.text, examined.size, "came from  0xffff", 17));
	assert_non_null(memmem(examined.text, examined.size, "sysrq_handle_crash+0x4\n", 23));
}

/* The report has the error's place, and not that of the call that reported it. */
TEST(test_reported_crash)
{
	start();
	report.reason = STOP_CRASH;
	report.elr = BASE + at_crash + 4;
	run(LOADER_OK);
	assert_non_null(memmem(examined.text, examined.size, "sysrq_handle_crash+0x4\n", 23));
}

/*
 * A minder speaks for a core of another architecture, whose registers are in the mailbox.
 * Shows: boards.unlike-crash.
 */
TEST(test_remote)
{
	struct remote_mailbox box = {.registers = {0x10, 0x11}};

	start();
	report.reason = STOP_CRASH;
	report.x[0] = REMOTE_SPEAKS;
	report.x[1] = REMOTE_DATA;
	report.x[2] = STACK + 0x100;
	box.registers[12] = 0x1c;
	box.registers[REMOTE_SP] = 0x2000;
	box.registers[REMOTE_LR] = 0x300;
	box.registers[REMOTE_PC] = 0x344;
	box.registers[REMOTE_CPSR] = 0x1df;
	box.registers[REMOTE_DFSR] = 0x1008;
	box.registers[REMOTE_DFAR] = 0xe0000000;
	memcpy(ram + 0x100, &box, sizeof(box));
	run(LOADER_OK);
	assert_int_equal(examined.remote, REMOTE_DATA);
	expect_text("  pc 0x344, cpsr 0x1df, lr 0x300, sp 0x2000\n"
	            "  r0 0x10  r1 0x11  r2 0x0  r3 0x0\n"
	            "  r4 0x0  r5 0x0  r6 0x0  r7 0x0\n"
	            "  r8 0x0  r9 0x0  r10 0x0  r11 0x0\n"
	            "  r12 0x1c\n"
	            "  dfsr 0x1008 (external abort), dfar 0xe0000000, ifsr 0x0, ifar 0x0\n");
	report.x[1] = REMOTE_STILL; /* the core left no registers */
	run(LOADER_OK);
	assert_int_equal(examined.remote, REMOTE_STILL);
	expect_text("");
}

/*
 * For a mailbox that isn't whole the partition's, and for a crash that doesn't exist, the report
 * has the vCPU's own registers.
 * Shows: hostile.last-words.
 */
TEST(test_hostile_remote)
{
	static const struct {
		uint64_t x[3];
	} lies[] = {
	    {{REMOTE_SPEAKS, REMOTE_DATA, STACK + 2}},
	    {{REMOTE_SPEAKS, REMOTE_DATA, STACK + RAM_SIZE - 0x100}},
	    {{REMOTE_SPEAKS, REMOTE_DATA, STACK - 4}},
	    {{REMOTE_SPEAKS, REMOTE_DATA, ~3ULL}},
	    {{REMOTE_SPEAKS, REMOTE_CRASHES, STACK}},
	    {{REMOTE_SPEAKS, 1ULL << 32 | REMOTE_DATA, STACK}},
	    {{REMOTE_SPEAKS, REMOTE_NO_CRASH, STACK}},
	    {{REMOTE_SPEAKS + 1, REMOTE_DATA, STACK}},
	};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		start();
		report.reason = STOP_CRASH;
		report.elr = BASE + at_crash + 4;
		memcpy(report.x, lies[i].x, sizeof(lies[i].x));
		run(LOADER_OK);
		assert_int_equal(examined.remote, REMOTE_NO_CRASH);
		assert_non_null(
		    memmem(examined.text, examined.size, "sysrq_handle_crash+0x4\n", 23));
	}
}

/*
 * Both ends of the mailbox are the partition's, and the registers between them aren't.
 * Shows: hostile.last-words.
 */
TEST(test_remote_around_a_hole)
{
	start();
	report.reason = STOP_CRASH;
	report.x[0] = REMOTE_SPEAKS;
	report.x[1] = REMOTE_DATA;
	report.x[2] = STACK + 4096 - 0x100;
	info.range[0].size = 4096;
	info.range[1] = (struct loader_range){(uintptr_t)ram + 8192, 4096, STACK + 8192};
	info.ranges = 2;
	run(LOADER_OK);
	assert_int_equal(examined.remote, REMOTE_NO_CRASH);
}

/*
 * An address in another image is told as a place in it, without a name. An address outside of all
 * is told as a number.
 */
TEST(test_other_images)
{
	start();
	info.job[0] = (struct loader_job){
	    .source = (uintptr_t)ram, .destination = (uintptr_t)ram, .size = 4096, .space = 4096};
	report.pc = STACK + 0x234;
	report.x[30] = STACK + RAM_SIZE - 4;
	report.x[29] = STACK + 0x800;
	record(STACK + 0x800, 0, STACK + 0x100);
	run(LOADER_OK);
	expect_text("  pc  0x40000234 image+0x234\n"
	            "  lr  0x40001ffc\n"
	            "  by  0x40000100 image+0x100\n");
	info.jobs = 0;
	run(LOADER_OK);
}

/*
 * Records that lead to themselves or to each other, end outside, or never end.
 * Shows: hostile.last-words.
 */
TEST(test_hostile_records)
{
	start();
	report.x[29] = STACK + 0x10;
	record(STACK + 0x10, STACK + 0x10, 0x1234);
	run(LOADER_OK);
	record(STACK + 0x10, STACK + 0x20, 0x1234);
	record(STACK + 0x20, STACK + 0x10, 0xffffffffffffffff);
	run(LOADER_OK);
	assert_int_equal(examined.size, 2 * 10 + 16 * 13 + 16 * 25);
	report.x[29] = STACK + RAM_SIZE - 8;
	run(LOADER_OK);
	assert_non_null(memmem(examined.text, examined.size, "outside its memory\n", 19));
	report.x[29] = 3;
	run(LOADER_OK);
	report.x[29] = ~0ULL;
	run(LOADER_OK);
}

/*
 * The most lines, each of the greatest length: whole ones, and a panic is still found.
 * Shows: hostile.last-words.
 */
TEST(test_long_text)
{
	uint32_t longest = symbol(NULL);

	start();
	report.x[29] = STACK + 0x10;
	for (uint64_t at = STACK + 0x10; at < STACK + 0x1000; at += 16)
		record(at, at + 16, BASE + longest + 8);
	record(STACK + 0x10 + 16 * 30, 0, BASE + at_panic + 8);
	run(LOADER_PANIC);
}
