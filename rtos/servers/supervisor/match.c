/* See match.h. */
#include "match.h"
#include "patrol.h"
#include <rtos/spawn.h>
#include <rtos/sys.h>

struct mapping {
	uint64_t address, end;
	uint64_t rights;
	uint64_t offset;      /* bytes of the region before it */
	rtos_handle_t region; /* 0: the kernel gives none */
};

/* Finds the mapping at the address, or the next one above. */
static bool match_find(rtos_handle_t process, uint64_t address, struct mapping *found)
{
	struct sys_registers call = {.x = {address, [8] = RTOS_MAPPING, [9] = process}};

	sys_svc(&call);
	if (call.x[8] != RTOS_OK)
		return false;
	*found = (struct mapping){.address = call.x[0],
	                          .end = call.x[0] + call.x[1] * RTOS_PAGE_SIZE,
	                          .rights = call.x[2],
	                          .offset = call.x[3] * RTOS_PAGE_SIZE,
	                          .region = (rtos_handle_t)call.x[4]};
	return true;
}

static void match_close(const struct mapping *mapping)
{
	if (mapping->region != 0)
		(void)sys_do(RTOS_HANDLE_CLOSE, mapping->region, 0, 0, 0, 0, 0, NULL);
}

/* The next mapping of a store that nobody writes. */
static bool match_find_text(rtos_handle_t store, uint64_t address, struct mapping *found)
{
	while (match_find(store, address, found)) {
		if ((found->rights & RTOS_RIGHT_WRITE) == 0)
			return true;
		match_close(found);
		address = found->end;
	}
	return false;
}

static bool match_sum(const struct mapping *mapping, uint64_t at, uint64_t size, uint32_t *sum)
{
	return mapping->region != 0 &&
	       spawn_sum(mapping->region, mapping->offset + at - mapping->address, size, sum);
}

/* If one of both can't be read, nothing is known. */
static bool match_differs(const struct mapping *stored, rtos_handle_t process, uint64_t at,
                          uint64_t size)
{
	struct mapping own;
	uint32_t right = 0, sum = 0;
	bool differs;

	if (!match_find(process, at, &own))
		return false;
	differs = own.address == stored->address && own.end == stored->end &&
	          match_sum(stored, at, size, &right) && match_sum(&own, at, size, &sum) &&
	          sum != right;
	match_close(&own);
	return differs;
}

/* A former version that ends belongs to another store. */
static bool match_has_version(const struct child *child)
{
	return child->version.store != 0 && child->its.process != 0 &&
	       child->policy.state == POLICY_RUNS;
}

/* False: behind the last piece of the program, or it has no version. */
static bool match_piece(struct match *match, const struct child *child, bool *differs)
{
	struct mapping stored;
	uint64_t at, size;

	if (!match_has_version(child) || !match_find_text(child->version.store, match->at, &stored))
		return false;
	at = stored.address < match->at ? match->at : stored.address;
	size = stored.end - at < PATROL_PIECE ? stored.end - at : PATROL_PIECE;
	*differs = match_differs(&stored, child->its.process, at, size);
	match_close(&stored);
	match->at = at + size;
	return true;
}

/* Comes back to the program where it began: there may be one version alone. */
uint32_t match_step(struct match *match, const struct children *all)
{
	for (uint32_t i = 0; i <= all->manifest->programs.count; i++) {
		bool differs = false;

		if (match_piece(match, &all->child[match->program], &differs))
			return differs ? match->program : 0;
		match->program = (match->program + 1) % all->manifest->programs.count;
		match->at = 0;
	}
	return 0;
}
