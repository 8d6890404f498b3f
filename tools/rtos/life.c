/* When a program starts, and what follows its end (docs/rtos/programs.md). */
#include "build.h"
#include <kumiki/rtos/call.h>
#include <string.h>

#define LIFE_DELAY      10u
#define LIFE_DELAY_MOST 1000u
#define LIFE_LIMIT      5u
#define LIFE_LIMIT_S    10u
/* Defaults for a program that others call, or that has devices. */
#define LIFE_BUSY_PERCENT 90u
#define LIFE_BUSY_MS      2000u
#define LIFE_BUSY_ALL     100u
/* The default for a program that others call. */
#define LIFE_COMPUTE_MS 1000u

static const char *const life_after_crash[] = {"restart", "stop"};
static const char *const life_after_exit[] = {"stop", "restart"};
/* The levels' words, from RTOS_LEVEL_ANEW on. */
static const char *const life_levels[] = {"anew", "stop", "reboot", "slow"};

static void life_delay(struct rtos_build *build, const struct dts_node *node,
                       struct rtos_manifest_program *manifest)
{
	const struct dts_property *delay = dts_property(node, "kumiki,restart-delay");

	manifest->delay_ms = LIFE_DELAY;
	manifest->delay_most_ms = LIFE_DELAY_MOST;
	if (!rtos_words_good(node, "kumiki,restart-delay"))
		return;
	manifest->delay_ms = dts_cell(delay, 0, 0);
	manifest->delay_most_ms = dts_cell(delay, 1, 0);
	if (manifest->delay_most_ms > RTOS_MS_MAX)
		complain(&build->complaints, delay->items->next->place,
		         "a delay of %u milliseconds is too long; 0 to %u are possible",
		         manifest->delay_most_ms, RTOS_MS_MAX);
	if (manifest->delay_ms > manifest->delay_most_ms)
		complain(&build->complaints, delay->items->place,
		         "a delay that begins with %u can't be %u at the most; write the shorter "
		         "one first",
		         manifest->delay_ms, manifest->delay_most_ms);
}

static void life_limit(struct rtos_build *build, const struct dts_node *node,
                       struct rtos_manifest_program *manifest)
{
	const struct dts_property *limit = dts_property(node, "kumiki,restart-limit");

	manifest->limit = LIFE_LIMIT;
	manifest->limit_s = LIFE_LIMIT_S;
	if (!rtos_words_good(node, "kumiki,restart-limit"))
		return;
	manifest->limit = dts_cell(limit, 0, 0);
	manifest->limit_s = dts_cell(limit, 1, 0);
	if (!manifest->limit || !manifest->limit_s || manifest->limit_s > RTOS_MS_MAX / 1000)
		complain(&build->complaints, limit->items->place,
		         "%u restarts in %u seconds are no limit; at least 1 in 1 to %u are",
		         manifest->limit, manifest->limit_s, RTOS_MS_MAX / 1000);
}

/* Whether the supervisor sees what the program does: it must be more urgent. */
static bool life_is_seen(const struct rtos_build *build,
                         const struct rtos_manifest_program *manifest)
{
	const struct rtos_system *system = build->system;

	return manifest->priority_limit < system->programs[system->supervisor].image.priority;
}

static void life_busy_default(const struct rtos_build *build, const struct dts_node *node,
                              struct rtos_manifest_program *manifest)
{
	const bool serves = dts_property(node, "kumiki,offers") || dts_property(node, "access") ||
	                    dts_property(node, "kumiki,unconfined-dma");

	if (!serves || !life_is_seen(build, manifest))
		return;
	manifest->busy_percent = LIFE_BUSY_PERCENT;
	manifest->busy_ms = LIFE_BUSY_MS;
}

static void life_busy(struct rtos_build *build, const struct dts_node *node,
                      struct rtos_manifest_program *manifest)
{
	const struct dts_property *busy = dts_property(node, "kumiki,busy-at-most");
	uint32_t percent;

	if (!busy) {
		life_busy_default(build, node, manifest);
		return;
	}
	if (!rtos_words_good(node, "kumiki,busy-at-most"))
		return;
	percent = dts_cell(busy, 0, 0);
	manifest->busy_ms = dts_cell(busy, 1, 0);
	if (percent == LIFE_BUSY_ALL && manifest->busy_ms == 0)
		return; /* there is no limit */
	if (percent == 0 || percent > 100 * RTOS_CPUS_MAX || manifest->busy_ms == 0 ||
	    manifest->busy_ms > RTOS_MS_MAX)
		complain(&build->complaints, busy->items->place,
		         "%u percent of %u milliseconds can't be held; 1 to %u of 1 to %u are "
		         "possible, and <100 0> for no limit",
		         percent, manifest->busy_ms, 100 * RTOS_CPUS_MAX, RTOS_MS_MAX);
	else
		manifest->busy_percent = (uint16_t)percent;
}

static uint32_t life_answer_part(struct rtos_build *build, const struct dts_item *item)
{
	if (item->value <= RTOS_MS_MAX)
		return (uint32_t)item->value;
	complain(&build->complaints, item->place,
	         "%u isn't possible for 'kumiki,answer-within'; 0 to %u are", (uint32_t)item->value,
	         RTOS_MS_MAX);
	return 0;
}

static void life_answer(struct rtos_build *build, const struct dts_node *node,
                        struct rtos_manifest_program *manifest)
{
	const struct dts_property *answer = dts_property(node, "kumiki,answer-within");
	const bool offers = dts_property(node, "kumiki,offers") != NULL;

	if (!answer && offers && life_is_seen(build, manifest))
		manifest->compute_ms = LIFE_COMPUTE_MS;
	if (!answer || !rtos_words_good(node, answer->name))
		return;
	if (answer->item_count == 1)
		manifest->answer_ms =
		    rtos_words_number(build, node, answer->name, 1, RTOS_MS_MAX, 0);
	if (answer->item_count == 2) {
		manifest->compute_ms = life_answer_part(build, answer->items);
		manifest->answer_ms = life_answer_part(build, answer->items->next);
	}
	if (!offers && (manifest->answer_ms || manifest->compute_ms))
		complain(&build->complaints, answer->place,
		         "'%s' offers no port, so it has no call to answer; take this out",
		         node->name);
}

/* Whether these levels are possible: "anew" at most once, and then one of the others as the last
 * one. */
static bool life_levels_good(const struct rtos_manifest_program *manifest, size_t count)
{
	return count >= 1 && count <= RTOS_LEVELS_MAX &&
	       manifest->levels[count - 1] != RTOS_LEVEL_ANEW &&
	       (count == 1 || manifest->levels[0] == RTOS_LEVEL_ANEW);
}

static void life_default(struct rtos_manifest_program *manifest)
{
	manifest->levels[0] = manifest->keep_pages ? RTOS_LEVEL_ANEW : RTOS_LEVEL_SLOW;
	manifest->levels[1] = manifest->keep_pages ? RTOS_LEVEL_SLOW : RTOS_LEVEL_NONE;
}

static void life_levels_read(struct rtos_build *build, const struct dts_node *node,
                             struct rtos_manifest_program *manifest)
{
	const struct dts_property *property = dts_property(node, "kumiki,at-limit");
	uint8_t level = 0;
	size_t count = 0;

	life_default(manifest);
	if (!rtos_words_good(node, "kumiki,at-limit"))
		return;
	memset(manifest->levels, RTOS_LEVEL_NONE, sizeof(manifest->levels));
	for (const struct dts_item *item = property->items; item; item = item->next) {
		if (!rtos_words_item(build, item, property->name, life_levels, 4, &level))
			return;
		if (count < RTOS_LEVELS_MAX)
			manifest->levels[count] = (uint8_t)(level + RTOS_LEVEL_ANEW);
		count++;
	}
	if (!life_levels_good(manifest, count))
		complain(&build->complaints, property->place,
		         "these levels have no end, or something behind it; write \"slow\", "
		         "\"stop\", \"reboot\", or one of them behind \"anew\"");
	else if (manifest->levels[0] == RTOS_LEVEL_ANEW && !manifest->keep_pages)
		complain(&build->complaints, property->place,
		         "'%s' keeps no memory, so it can't begin anew without it; take \"anew\" "
		         "out, or name the memory to keep: kumiki,keep = \"4K\";",
		         node->name);
}

static void life_demand(struct rtos_build *build, const struct dts_node *node,
                        struct rtos_manifest_program *manifest)
{
	const struct dts_property *demand = dts_property(node, "kumiki,on-demand");
	const struct dts_property *leave = dts_property(node, "kumiki,leave-after");

	manifest->leave_ms =
	    rtos_words_number(build, node, "kumiki,leave-after", 1, RTOS_MS_MAX, 0);
	if (demand)
		manifest->flags |= RTOS_PROGRAM_ON_DEMAND;
	if (demand && !dts_property(node, "kumiki,offers"))
		complain(&build->complaints, demand->place,
		         "'%s' offers no port, so no program can demand it; take this out, or "
		         "add: kumiki,offers = \"%s\";",
		         node->name, node->name);
	if (leave && !demand)
		complain(&build->complaints, leave->place,
		         "'%s' would never come back; add: kumiki,on-demand;", node->name);
}

void rtos_life_read(struct rtos_build *build, uint32_t program)
{
	struct rtos_manifest_program *manifest = &build->system->programs[program].manifest;
	const struct dts_node *node = build->nodes[program];

	manifest->heartbeat_ms =
	    rtos_words_number(build, node, "kumiki,heartbeat", 1, RTOS_MS_MAX, 0);
	if (rtos_words_choose(build, node, "kumiki,on-crash", life_after_crash, 2, 0) == 1)
		manifest->flags |= RTOS_PROGRAM_STOP_AFTER_CRASH;
	if (rtos_words_choose(build, node, "kumiki,on-exit", life_after_exit, 2, 0) == 1)
		manifest->flags |= RTOS_PROGRAM_RESTART_AFTER_EXIT;
	life_answer(build, node, manifest);
	if (dts_property(node, "kumiki,lenient"))
		manifest->flags |= RTOS_PROGRAM_LENIENT;
	if (dts_property(node, "kumiki,shared-text"))
		manifest->flags |= RTOS_PROGRAM_SHARED_TEXT;
	if (dts_property(node, "kumiki,traces"))
		manifest->flags |= RTOS_PROGRAM_TRACES;
	if (dts_property(node, "kumiki,no-sums"))
		manifest->flags |= RTOS_PROGRAM_NO_SUMS;
	life_busy(build, node, manifest);
	life_demand(build, node, manifest);
	life_delay(build, node, manifest);
	life_limit(build, node, manifest);
	life_levels_read(build, node, manifest);
}
