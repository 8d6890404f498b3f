/* The work of loaders for ended partitions: they examine, and silence devices; see cores.h. */
#include "cores.h"

#include <service/debug.h>
#include <service/loader.h>
#include <state/core.h>
#include <state/partition.h>
#include <string.h>
#include <unit.h>

bool cores_debugs = true;
uint64_t cores_mended = WATCH_MEND_DONE | 1 << 8;

/* A loader doesn't see guests' memory here, so it has nothing to clean. */
void machine_clean(const void *from, size_t size)
{
	(void)from;
	(void)size;
	fail_msg("a loader cleans memory that it hasn't");
}

bool cores_examines(uint32_t partition)
{
	return partition_at(partition)->life.step == LIFE_STEP_EXAMINES;
}

bool cores_silences(uint32_t partition)
{
	return partition_at(partition)->life.step == LIFE_STEP_SILENCES;
}

static bool debugs(uint32_t partition)
{
	const struct partition *of = partition_at(partition);

	return of->loader.context.state == CONTEXT_READY && of->loader_info->task == LOADER_DEBUG;
}

static bool mends(uint32_t partition)
{
	return partition_at(partition)->mend.step >= MEND_RUNS;
}

/* Lets a partition's loader answer. */
static void answer(uint32_t partition, uint64_t status)
{
	uint32_t home = cores_home(partition);

	cores_quiet(home);
	cores_turn_to(home, &partition_at(partition)->loader.context);
	assert_ptr_equal(core.current, &partition_at(partition)->loader.context);
	memcpy(&core.current->x[1], partition_at(partition)->loader_info->secret,
	       sizeof(partition_at(partition)->seed));
	cores_service(home, SERVICE_DONE, status);
}

void cores_examine(uint32_t partition)
{
	assert_true(cores_examines(partition));
	assert_int_equal(partition_at(partition)->loader_info->task, LOADER_EXAMINE);
	answer(partition, cores_examination);
	assert_false(cores_examines(partition));
}

static bool answer_all(void)
{
	bool any = false;

	for (uint32_t p = 0; p < cores_plan.partitions && !cores_are_off(); p++)
		if (cores_examines(p)) {
			cores_examine(p);
			any = true;
		} else if (cores_silences(p)) {
			answer(p, LOADER_OK);
			any = true;
		} else if (cores_debugs && debugs(p)) {
			answer(p, debug_run(partition_at(p)->loader_info));
			any = true;
		} else if (cores_mended != 0 && mends(p)) {
			answer(p, cores_mended);
			any = true;
		}
	return any;
}

void cores_settle(void)
{
	do
		cores_exchange();
	while (!cores_are_off() && answer_all());
}
