/*
 * What `kumiki check` says of the time on a core, in words. The arithmetic is
 * test_model_promises.c's.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host/timing.h>
#include <unit.h>
#include <unit/tools/core_model.h>

TEST(the_words_of_check)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	system_of(4);
	partitions[0].name = "rt", partitions[1].name = "sure", partitions[2].name = "rest";
	partitions[3].name = "watched";
	urgent(0, 200), urgent(1, 100), urgent(2, 50), urgent(3, 40);
	vcpus[0].period_us = 1000, vcpus[0].deadline_us = 500, vcpus[0].work_us = 100;
	vcpus[1].budget_us = 3000, vcpus[1].budget_period_us = 10000;
	vcpus[1].flags = BUNDLE_VCPU_GUARANTEE;
	vcpus[3].budget_us = 1, vcpus[3].budget_period_us = 1000;
	model.board.uart_base = 0x9000000;
	timing_print(&model, out);
	assert_int_equal(fclose(out), 0);
	assert_string_equal(
	    text,
	    "  time on core 0, the most urgent first:\n"
	    "    200  rt, CPU 0: 100 us in 1000 us by its own word; 100 us of work, promised by "
	    "500 us, are done after 103.9 us at the worst\n"
	    "    100  sure, CPU 0: at least 3000 us in 10000 us, promised: it has them after "
	    "3416.3 us at the worst\n"
	    "     50  rest, CPU 0: what nobody before it wants\n"
	    "     40  watched, CPU 0: at most 1 us in 1000 us\n"
	    "     40  the console service\n"
	    "    budgets and real-time work: 40.1 %\n");
	free(text);
}

/* Limits promise nothing, so they may come to more than the core has; that is said. */
TEST(more_than_there_is)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	system_of(2);
	urgent(0, 200), urgent(1, 100);
	vcpus[0].budget_us = 600, vcpus[1].budget_us = 401;
	vcpus[0].budget_period_us = vcpus[1].budget_period_us = 1000;
	timing_print(&model, out);
	vcpus[1].budget_us = 400;
	timing_print(&model, out);
	assert_int_equal(fclose(out), 0);
	assert_non_null(strstr(text, "    budgets and real-time work: 100.1 %, more than there is: "
	                             "the less urgent may have less\n"));
	assert_non_null(strstr(text, "    budgets and real-time work: 100.0 %\n"));
	free(text);
}
