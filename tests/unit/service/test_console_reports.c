/* Reports of partitions that ended: in words, after the partition's own last words, said once. */
#include "fake_frame.h"
#include <kumiki/trace.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const names[] = {"linux", "rt", NULL};

/* Two partitions, two regions, one damaged image: what the words are taken from. */
static struct {
	struct bundle_header header;
	struct bundle_partition partitions[2];
	struct bundle_region regions[2];
	struct bundle_load loads[1];
	struct bundle_part parts[1];
} tables;

static struct bundle_table table(const void *first, uint32_t count)
{
	return (struct bundle_table){(uint32_t)((const uint8_t *)first - (const uint8_t *)&tables),
	                             count};
}

static void start(void)
{
	memset(&tables, 0, sizeof(tables));
	tables.header.partitions = table(tables.partitions, 2);
	tables.header.regions = table(tables.regions, 2);
	tables.header.loads = table(tables.loads, 1);
	tables.header.parts = table(tables.parts, 1);
	strcpy(tables.partitions[0].name, "linux");
	strcpy(tables.partitions[1].name, "rt");
	tables.partitions[0].regions = (struct bundle_range){0, 1};
	tables.partitions[1].regions = (struct bundle_range){1, 1};
	tables.partitions[1].loads = (struct bundle_range){0, 1};
	tables.regions[0] =
	    (struct bundle_region){.pa = 0x50000000, .size = 0x1000, .label = "disk"};
	tables.regions[1] =
	    (struct bundle_region){.pa = 0x60000000, .size = 0x1000, .label = "memory"};
	strcpy(tables.parts[0].name, "Image");
	fake_start(names);
	fake.info.bundle = (uintptr_t)&tables;
	for (int i = 0; i < 2; i++)
		fake.info.sources[i].report = (uintptr_t)&fake.ring[i].report;
}

static struct stop_report *report(unsigned int partition, enum stop_reason reason)
{
	struct stop_report *own = &fake.ring[partition].report;

	own->sequence += 2;
	own->reason = reason;
	return own;
}

static void test_reasons(void **state)
{
	(void)state;
	start();
	(void)report(0, STOP_OFF);
	(void)report(1, STOP_RESET);
	fake_run(20);
	assert_string_equal(fake_sent(), "[kumiki] linux stopped: it turned itself off\r\n"
	                                 "[kumiki] rt stopped: it asked for a reset\r\n");
	fake_run(20);
	assert_string_equal(fake_sent(), ""); /* once */
}

static void test_last_words_first(void **state)
{
	(void)state;
	start();
	fake_print(0, "Power down\nand so\n");
	(void)report(0, STOP_OFF);
	fake_run(20);
	assert_string_equal(fake_sent(), "[linux] Power down\r\n[linux] and so\r\n"
	                                 "[kumiki] linux stopped: it turned itself off\r\n");
}

static void test_fault(void **state)
{
	struct stop_report *own;
	const char *text;

	(void)state;
	start();
	own = report(1, STOP_FAULT);
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

static void test_address_of_nobody(void **state)
{
	(void)state;
	start();
	report(0, STOP_FAULT)->address = 0x70000000;
	fake_run(50);
	assert_non_null(strstr(fake_sent(), "address 0x70000000 (nobody's)\r\n"));
}

static void test_image(void **state)
{
	(void)state;
	start();
	(void)report(1, STOP_IMAGE);
	fake_run(20);
	assert_string_equal(fake_sent(),
	                    "[kumiki] rt is not started: its image Image is damaged\r\n");
}

static void test_half_written(void **state)
{
	(void)state;
	start();
	report(0, STOP_OFF)->sequence = 1;
	fake_run(20);
	assert_string_equal(fake_sent(), "");
	fake.ring[0].report.sequence = 2;
	fake_run(20);
	assert_string_equal(fake_sent(), "[kumiki] linux stopped: it turned itself off\r\n");
}

/* A service that was started again says so, and not what was said before. */
static void test_after_a_failure(void **state)
{
	(void)state;
	start();
	(void)report(0, STOP_OFF);
	fake.info.failure =
	    (struct service_report){.failures = 1, .syndrome = 0x92, .pc = 0x7000000123};
	console_start(&fake.console, &fake.info, fake.now);
	fake_run(20);
	assert_string_equal(fake_sent(),
	                    "[kumiki] the console service failed and was started again: "
	                    "syndrome 0x92, address 0x0, pc 0x7000000123\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_reasons),         cmocka_unit_test(test_last_words_first),
	    cmocka_unit_test(test_fault),           cmocka_unit_test(test_address_of_nobody),
	    cmocka_unit_test(test_image),           cmocka_unit_test(test_half_written),
	    cmocka_unit_test(test_after_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
