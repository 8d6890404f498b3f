/* See match.h. */
#include "match.h"
#include "patrol.h"
#include <lib/rtosimage.h>
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

/* The next mapping that the process doesn't write. */
static bool match_find_fixed(rtos_handle_t process, uint64_t address, struct mapping *found)
{
	while (match_find(process, address, found)) {
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

/* The next piece of the mapping. Returns where it begins. */
static uint64_t match_piece(const struct match *match, const struct mapping *mapping,
                            uint64_t *size)
{
	const uint64_t at = mapping->address < match->at ? match->at : mapping->address;

	*size = mapping->end - at < PATROL_PIECE ? mapping->end - at : PATROL_PIECE;
	return at;
}

/* A former process that ends isn't looked at. */
static bool match_runs(const struct child *child)
{
	return child->its.process != 0 && child->policy.state == POLICY_RUNS;
}

/* ---- later versions ---- */

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

/* False: behind the last piece. */
static bool match_version(struct match *match, const struct child *child, bool *differs)
{
	struct mapping stored;
	uint64_t at, size;

	if (!match_find_fixed(child->version.store, match->at, &stored))
		return false;
	at = match_piece(match, &stored, &size);
	*differs = match_differs(&stored, child->its.process, at, size);
	match_close(&stored);
	match->at = at + size;
	return true;
}

/* ---- programs in slots ---- */

/* The mapping where the program began, if some of it is left from `at` on. Others may be code of
 * the program's own making, which it replaces as it likes. */
static bool match_find_text(const struct child *child, uint64_t at, struct mapping *text)
{
	if (!match_find(child->its.process, child->entry, text))
		return false;
	if (text->address <= child->entry && (text->rights & RTOS_RIGHT_EXECUTE) != 0 &&
	    at < text->end)
		return true;
	match_close(text);
	return false;
}

/* Text of another size is looked at for the first time: not all of it could be read. */
static bool match_text_differs(struct match *match)
{
	struct match_text *first = &match->first[match->program];

	if (first->starts == match->text.starts && first->size == match->text.size)
		return first->sum != match->text.sum;
	*first = match->text;
	return false;
}

/* False: behind the last piece, and nothing differs. */
static bool match_slot(struct match *match, const struct child *child, bool *differs)
{
	struct mapping text;
	uint64_t at, size;

	if (match->at == 0 || match->text.starts != child->starts) {
		match->at = 0;
		match->text = (struct match_text){.starts = child->starts};
	}
	if (!match_find_text(child, match->at, &text)) {
		*differs = match_text_differs(match);
		match->at = 0;
		return *differs;
	}
	at = match_piece(match, &text, &size);
	if (match_sum(&text, at, size, &match->text.sum))
		match->text.size += size;
	match_close(&text);
	match->at = at + size;
	return true;
}

/* ---- all ---- */

/* False: behind the last piece of the program, or it has none. */
static bool match_program(struct match *match, const struct children *all, bool *differs)
{
	const struct child *child = &all->child[match->program];

	if (!match_runs(child))
		return false;
	if (child->version.store != 0)
		return match_version(match, child, differs);
	if (rtosmanifest_programs(all->manifest)[match->program].loader != 0)
		return match_slot(match, child, differs);
	return false;
}

/* Comes back to the program where it began: it may be the only one. */
uint32_t match_step(struct match *match, const struct children *all)
{
	for (uint32_t i = 0; i <= all->manifest->programs.count; i++) {
		bool differs = false;

		if (match_program(match, all, &differs))
			return differs ? match->program : 0;
		match->program = (match->program + 1) % all->manifest->programs.count;
		match->at = 0;
	}
	return 0;
}
