/*
 * Reports of partitions that ended: in words, after the partition's own last words, said once.
 *
 * Shows: life.report.
 */
#include "fake_frame.h"
#include <kumiki/remote.h>
#include <kumiki/trace.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

static const char *const names[] = {"linux", "rt", NULL};

/* Two partitions, two regions and one damaged image, which the reports tell of. */
static void start(void)
{
	struct fake_tables *tables = &fake.tables;

	fake_start(names);
	tables->partitions[0].regions = (struct bundle_range){0, 1};
	tables->partitions[1].regions = (struct bundle_range){1, 1};
	tables->partitions[1].loads = (struct bundle_range){0, 1};
	tables->regions[0] =
	    (struct bundle_region){.pa = 0x50000000, .size = 0x1000, .label = "disk"};
	tables->regions[1] =
	    (struct bundle_region){.pa = 0x60000000, .size = 0x1000, .label = "memory"};
	strcpy(tables->parts[0].name, "Image");
}

TEST(test_reasons)
{
	start();
	(void)fake_report(0, STOP_OFF);
	(void)fake_report(1, STOP_RESET);
	fake_run(20);
	assert_string_equal(fake_sent(), "[kumiki] linux stopped: it turned itself off\r\n"
	                                 "[kumiki] rt stopped: it asked for a reset\r\n");
	(void)fake_report(1, STOP_CPUS_OFF);
	fake_run(20);
	assert_string_equal(fake_sent(),
	                    "[kumiki] rt stopped: its last CPU switched itself off\r\n");
	fake_run(20);
	assert_string_equal(fake_sent(), ""); /* once */
}

TEST(test_last_words_first)
{
	start();
	fake_print(0, "Power down\nand so\n");
	(void)fake_report(0, STOP_OFF);
	fake_run(20);
	assert_string_equal(fake_sent(), "[linux] Power down\r\n[linux] and so\r\n"
	                                 "[kumiki] linux stopped: it turned itself off\r\n");
}

TEST(test_fault)
{
	struct stop_report *own;
	const char *text;

	start();
	own = fake_report(1, STOP_FAULT);
	own->fault = REPORT_VECTOR;
	own->vcpu = 3;
	own->syndrome = 0x82000005;
	own->address = 0x50000010;
	own->pc = 0x200;
	own->x[7] = 0xfedcba9876543210;
	own->x[30] = 0x40081234;
	fake_run(50);
	text = fake_sent();
	assert_non_null(
	    strstr(text, "[kumiki] rt: vCPU 3: its exception vector can't be executed\r\n"));
	assert_non_null(
	    strstr(text, "syndrome 0x82000005, address 0x50000010 (disk of linux)\r\n"));
	assert_non_null(strstr(text, "pc 0x200, pstate 0x0, lr 0x40081234\r\n"));
	assert_non_null(strstr(text, "x7 0xfedcba9876543210\r\n"));
	assert_non_null(strstr(text, "x30 0x40081234\r\n"));
	assert_non_null(strstr(text, "[kumiki] rt stopped: an error that could not be given back"));
}

/*
 * The partition reported its own crash. The report has the error's place and state, not those of
 * the call.
 * Shows: life.reported-crash.
 */
TEST(test_reported_crash)
{
	struct stop_report *own;
	const char *text;

	start();
	own = fake_report(1, STOP_CRASH);
	own->pc = 0x40081000;
	own->pstate = 0x3c5;
	own->elr = 0x40080123;
	own->spsr = 0x60000345;
	own->esr = 0x96000047;
	own->far = 0x18;
	fake_run(50);
	text = fake_sent();
	assert_non_null(strstr(text,
	                       "[kumiki] rt: vCPU 0: it crashed: data abort at 0x40080123, "
	                       "address 0x18\r\n[kumiki]   pc 0x40080123, pstate 0x60000345, "));
	assert_non_null(strstr(text, "[kumiki] rt stopped: it crashed\r\n"));
	assert_int_equal(fake.box[1].crashes, 1);
	fake_report(1, STOP_CRASH)->esr = 0x02000000; /* it has no address */
	fake_run(50);
	text = fake_sent();
	assert_non_null(strstr(text, "it crashed: unknown instruction at 0x40080123\r\n"));
}

/*
 * The report is that of the core that crashed. For the minder's own error it is the minder's.
 * Shows: boards.unlike-crash.
 */
TEST(test_remote)
{
	static const char registers[] = "  pc 0x344, cpsr 0x1df\n";
	struct examined *examined = &fake.ring[1].examined;
	const char *text;

	start();
	fake.tables.partitions[1].flags |= BUNDLE_NO_SUSPEND;
	(void)fake_report(1, STOP_CRASH);
	examined->remote = REMOTE_DATA;
	examined->size = sizeof(registers) - 1;
	memcpy(examined->text, registers, sizeof(registers));
	fake_run(50);
	text = fake_sent();
	assert_non_null(strstr(text,
	                       "[kumiki] rt: its foreign core took a data abort\r\n"
	                       "[kumiki]   pc 0x344, cpsr 0x1df\r\n"
	                       "[kumiki] rt stopped: its foreign core took a data abort\r\n"));
	assert_null(strstr(text, "vCPU"));
	(void)fake_report(1, STOP_CRASH);
	examined->remote = REMOTE_CRASHES; /* no value of a loader */
	fake_run(50);
	text = fake_sent();
	assert_non_null(strstr(text, "[kumiki] rt: its minder: vCPU 0: it crashed: "));
	assert_non_null(strstr(text, "[kumiki] rt stopped: it crashed\r\n"));
}

/* The examination of a panic says more than the partition did. The black box keeps both. */
TEST(test_panic)
{
	static const char trace[] = "  pc  0xffff800008018644 __arm_smccc_hvc+0x4\n"
	                            "  by  0xffff800008cb5e00 pa\033nic+0x14c\n";
	struct examined *examined;
	const char *text;

	start();
	fake_report(1, STOP_RESET)->vcpu = 1;
	fake.ring[1].report.elr = 0x1234567;
	examined = &fake.ring[1].examined;
	examined->flags = EXAMINED_PANIC;
	examined->size = sizeof(trace) - 1;
	memcpy(examined->text, trace, sizeof(trace));
	fake_run(50);
	text = fake_sent();
	assert_non_null(strstr(text, "[kumiki] rt: vCPU 1: its kernel panicked\r\n"));
	assert_non_null(strstr(text, "elr_el1 0x1234567,"));
	assert_non_null(strstr(text, "[kumiki] rt: vCPU 1 was at\r\n[kumiki]   pc  "
	                             "0xffff800008018644 __arm_smccc_hvc+0x4\r\n"));
	assert_non_null(strstr(text, "[kumiki]   by  0xffff800008cb5e00 pa?nic+0x14c\r\n"
	                             "[kumiki] rt stopped: its kernel panicked\r\n"));
	assert_int_equal(fake.box[1].crashes, 1);
	assert_int_equal(fake.box[1].report.reason, STOP_PANIC);
	assert_non_null(strstr(fake.box[1].words, "__arm_smccc_hvc+0x4\n"));
}

/* A report with an impossible size, one of a watchdog's end, and a failed examination. */
TEST(test_examinations_that_failed)
{
	struct examined *examined = &fake.ring[0].examined;
	const char *text;

	start();
	(void)fake_report(0, STOP_WATCHDOG);
	memset(examined->text, 'x', sizeof(examined->text));
	examined->size = UINT32_MAX;
	examined->flags = EXAMINED_PANIC;
	fake_run(50);
	text = fake_sent();
	assert_non_null(strstr(text, "xxx\r\n[kumiki] linux stopped: its watchdog wasn't "
	                             "served; its kernel had panicked\r\n"));
	(void)fake_report(0, STOP_FAULT);
	examined->size = 0;
	examined->flags = EXAMINED_FAILED;
	fake_run(50);
	assert_non_null(strstr(fake_sent(), "[kumiki] linux: vCPU 0 can't be traced back: the "
	                                    "examination failed\r\n[kumiki] linux stopped"));
}

TEST(test_address_outside_of_all_memory)
{
	start();
	fake_report(0, STOP_FAULT)->address = 0x70000000;
	fake_run(50);
	assert_non_null(strstr(fake_sent(), "address 0x70000000 (nobody's)\r\n"));
}

/* The report has nothing of a vCPU that never ran, or that ran only in a former life. */
TEST(test_devices)
{
	struct stop_report *own;

	start();
	own = fake_report(0, STOP_FAULT);
	own->fault = REPORT_FUNCTION;
	own->address = 0x1f;
	own->pc = 0x200;
	own = fake_report(1, STOP_FAULT);
	own->fault = REPORT_NOISY;
	own->address = 0x60000000;
	fake_run(20);
	assert_string_equal(fake_sent(),
	                    "[kumiki] linux is not started: a PCI function isn't the one "
	                    "described: device 3, function 7\r\n"
	                    "[kumiki] rt is not started: a device doesn't fall silent, so its "
	                    "memory can't be laid out: 0x60000000 (memory of rt)\r\n");
	assert_int_equal(fake.box[0].crashes, 1);
}

TEST(test_image)
{
	start();
	(void)fake_report(1, STOP_IMAGE);
	fake_run(20);
	assert_string_equal(fake_sent(),
	                    "[kumiki] rt is not started: its image Image is damaged\r\n");
}

TEST(test_half_written)
{
	start();
	fake_report(0, STOP_OFF)->sequence = 1;
	fake_run(20);
	assert_string_equal(fake_sent(), "");
	fake.ring[0].report.sequence = 2;
	fake_run(20);
	assert_string_equal(fake_sent(), "[kumiki] linux stopped: it turned itself off\r\n");
}

/* A restarted service says so, and tells only ends that it hasn't told. */
TEST(test_after_a_failure)
{
	start();
	(void)fake_report(0, STOP_OFF);
	fake_run(20);
	(void)fake_sent();
	(void)fake_report(1, STOP_OFF);
	fake.info.failure =
	    (struct service_report){.failures = 1, .syndrome = 0x92, .pc = 0x7000000123};
	fake_again();
	fake_run(20);
	assert_string_equal(fake_sent(),
	                    "[kumiki] the console service failed and was started again: "
	                    "syndrome 0x92, address 0x0, pc 0x7000000123\r\n"
	                    "[kumiki] rt stopped: it turned itself off\r\n");
}

/* Shows: services.text. */
TEST(test_after_damage)
{
	static const char *const said[] = {
	    "syndrome 0x92, address 0x0, pc 0x70; its text was damaged, and was made anew\r\n",
	    "syndrome 0x92, address 0x0, pc 0x70; its text is damaged, and can't be made anew\r\n",
	};

	for (uint32_t i = 0; i < 2; i++) {
		start();
		fake.info.failure = (struct service_report){
		    .failures = 1, .text = SERVICE_TEXT_MENDED + i, .syndrome = 0x92, .pc = 0x70};
		fake_again();
		fake_run(20);
		assert_non_null(strstr(fake_sent(), said[i]));
	}
}

/* ---- the frame's own ---- */

#define CRASH                                                                                      \
	"[kumiki] the frame failed on core 2, and came back in 0.500 ms: "                         \
	"syndrome 0x2000000, address 0x0, pc 0x7fff201000, lr 0x7fff202000\r\n"                    \
	"[kumiki]   trace 0x7fff203000\r\n"                                                        \
	"[kumiki]   at work for no guest that is known\r\n"

/* The frame begins anew, and so does the console. */
static struct frame_crash *crashed(void)
{
	start();
	fake.accounts.crash = (struct frame_crash){
	    .count = 1,
	    .core = 2,
	    .syndrome = 0x2000000,
	    .pc = 0x7fff201000,
	    .lr = 0x7fff202000,
	    .began = fake.now - FAKE_HZ / 2000,
	    .ended = fake.now,
	    .trace = {0x7fff203000},
	};
	return &fake.accounts.crash;
}

static const char *said_again(void)
{
	fake_again();
	fake_run(20);
	return fake_sent();
}

TEST(test_frame_crash)
{
	struct frame_crash *crash = crashed();

	assert_string_equal(said_again(), CRASH);
	crash->text = 0x7fff201000;
	assert_string_equal(said_again(),
	                    CRASH "[kumiki]   its text was made anew, from 0x7fff201000\r\n");
	crash->text = FRAME_TEXT_LOST;
	assert_string_equal(said_again(), CRASH "[kumiki]   its pristine text is damaged\r\n");
	crash->text = 0;
	crash->count = 3;
	assert_string_equal(said_again(), CRASH "[kumiki]   crashes since the start: 3\r\n");
}

/* The report has tables also of cores that only came to rest, and also at an update. */
TEST(test_frame_tables)
{
	(void)crashed();
	fake.accounts.tables = (struct frame_tables){.mended = 0x85, .lost = 0x2, .hung = 0x4};
	assert_string_equal(said_again(), CRASH
	                    "[kumiki]   meanwhile it hung on core 2\r\n"
	                    "[kumiki]   its tables were made anew on core 0 2 7\r\n"
	                    "[kumiki]   what it keeps of its tables is damaged on core 1\r\n");
	fake.accounts.update = (struct frame_update){.count = 1,
	                                             .outcome = UPDATE_DONE,
	                                             .began = fake.now - FAKE_HZ / 2000,
	                                             .ended = fake.now,
	                                             .before = "1.0",
	                                             .after = "1.1"};
	fake.accounts.tables = (struct frame_tables){.mended = 0x1};
	assert_string_equal(
	    said_again(),
	    "[kumiki] the frame was replaced: 1.0 by 1.1; guests stood for 0.500 ms\r\n"
	    "[kumiki]   its tables were made anew on core 0\r\n");
}
