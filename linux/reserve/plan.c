/*
 * What a file asks for, in figures for the kernel. The rest gets what no section has, and no more:
 * so what a section has is there when it wants it, whatever the rest does. Nothing here looks at
 * the machine.
 */
#include "plan.h"
#include <inttypes.h>

#define PLAN_OWN        1u          /* kumiki-reserve itself */
#define PLAN_WHOLE      100u        /* per cent */
#define PLAN_REST_LEAST (16u << 20) /* bytes, without which not even a shell starts */

/* Sections without a share and the rest have equal parts of what is left. Weights are as small as
 * can be: a group that wakes has the CPU for some milliseconds before others, times its weight
 * (Linux's credit for sleepers), and 10,000 instead of 100 made a tenth of a second of them. */
static void plan_cpus(struct reserve_plan *plan, const struct reserve *reserve)
{
	uint64_t left = PLAN_WHOLE, parts = 1;

	for (uint32_t i = 0; i < reserve->count; i++) {
		left -= reserve->list[i].cpu;
		parts += reserve->list[i].cpu == 0;
	}
	plan->rest_weight = left > parts ? left / parts : 1;
	plan->all_weight = 0;
	for (uint32_t i = 0; i < reserve->count; i++) {
		const uint64_t cpu = reserve->list[i].cpu;

		plan->weight[i] = cpu != 0 ? cpu : plan->rest_weight;
		plan->all_weight += plan->weight[i];
	}
	plan->all_weight += PLAN_OWN;
}

/* What is wrong with a section's cores; NULL: nothing. `others`: those that others have alone. */
static const char *plan_wrong_cores(const struct reserve_entry *entry, uint64_t others,
                                    const struct reserve_machine *machine)
{
	if (entry->cores != 0 && (entry->cores & machine->cpus) == 0)
		return "has cores that this Linux lacks";
	if ((entry->cores & others) != 0)
		return "has cores that another section has alone";
	return NULL;
}

static uint64_t plan_alone(const struct reserve *reserve, uint32_t but)
{
	uint64_t alone = 0;

	for (uint32_t i = 0; i < reserve->count; i++)
		if (reserve->list[i].alone && i != but)
			alone |= reserve->list[i].cores;
	return alone;
}

static bool plan_cores(struct reserve_plan *plan, const struct reserve *reserve, const char *path,
                       const struct reserve_machine *machine, FILE *complaints)
{
	const uint64_t wanted = reserve->rest.cores;
	bool good = true;

	plan->shared_cores = machine->cpus & ~plan_alone(reserve, RESERVE_MAX);
	for (uint32_t i = 0; i < reserve->count; i++) {
		const struct reserve_entry *entry = &reserve->list[i];
		const char *wrong = plan_wrong_cores(entry, plan_alone(reserve, i), machine);

		plan->cores[i] = entry->cores != 0 ? entry->cores : plan->shared_cores;
		if (wrong == NULL)
			continue;
		fprintf(complaints, "%s:%" PRIu32 ": [%s] %s; change them\n", path, entry->line,
		        entry->name, wrong);
		good = false;
	}
	plan->rest_cores = plan->shared_cores & (wanted != 0 ? wanted : UINT64_MAX);
	if (plan->rest_cores == 0) {
		fprintf(complaints, "%s: no core is left for the rest; leave one without `alone`\n",
		        path);
		good = false;
	}
	return good;
}

static bool plan_memory(struct reserve_plan *plan, const struct reserve *reserve, const char *path,
                        const struct reserve_machine *machine, FILE *complaints)
{
	const uint64_t ceiling = reserve->rest.memory_ceiling;
	uint64_t sum = RESERVE_OWN_MEMORY;

	for (uint32_t i = 0; i < reserve->count; i++) {
		sum += reserve->list[i].memory;
		if (sum + PLAN_REST_LEAST <= machine->memory && sum >= reserve->list[i].memory)
			continue;
		fprintf(complaints,
		        "%s:%" PRIu32 ": up to here %" PRIu64
		        " MiB are reserved, but this Linux has %" PRIu64
		        " MiB, of which the rest needs %u MiB; reserve less\n",
		        path, reserve->list[i].line, sum >> 20, machine->memory >> 20,
		        PLAN_REST_LEAST >> 20);
		return false;
	}
	plan->all_memory = sum;
	plan->rest_memory = machine->memory - sum;
	if (ceiling != 0 && ceiling < plan->rest_memory)
		plan->rest_memory = ceiling;
	return true;
}

bool reserve_plan(struct reserve_plan *plan, const struct reserve *reserve, const char *path,
                  const struct reserve_machine *machine, FILE *complaints)
{
	const bool cores = plan_cores(plan, reserve, path, machine, complaints);
	const bool memory = plan_memory(plan, reserve, path, machine, complaints);

	plan_cpus(plan, reserve);
	plan->cpus = machine->cpus;
	/* A quarter of all processes stays for those who have a section. */
	plan->rest_processes = reserve->rest.processes != 0
	                           ? reserve->rest.processes
	                           : machine->processes - machine->processes / 4;
	return cores && memory;
}
