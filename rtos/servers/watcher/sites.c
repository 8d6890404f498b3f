/* See sites.h. */
#include "sites.h"
#include "kind.h"
#include <lib/string.h>

#define SITES_CALL     0x94000000u /* BL */
#define SITES_BRANCH   0x14000000u /* B */
#define SITES_BRANCHES 0x7c000000u /* both: bit 31 is the only difference */
#define SITES_HASH     0x61c8864680b583ebULL
#define SITES_SHIFT    58u /* a hash has 6 bits */
#define SITES_HALF     32u
#define SITES_PAGE     4096u

/* ---- the tables behind the facts ---- */

static const struct watchfacts_jump *sites_jumps(const struct watchfacts *facts)
{
	return (const struct watchfacts_jump *)(facts + 1);
}

static const uint32_t *sites_traced(const struct watchfacts *facts)
{
	return (const uint32_t *)(sites_jumps(facts) + facts->jumps);
}

bool sites_open(const struct watchfacts *facts, size_t size)
{
	return facts->kind < WATCHFACTS_KINDS && facts->linked % SITES_PAGE == 0 &&
	       facts->size <= size &&
	       facts->size == sizeof(*facts) + kind_of(facts)->behind(facts) &&
	       facts->tracers <= WATCHFACTS_TRACERS;
}

/* A table is sorted; an entry of `words` words begins with its place. NULL: it isn't there. */
static const uint32_t *sites_find(const uint32_t *table, uint32_t count, uint32_t words,
                                  uint32_t place)
{
	uint32_t low = 0;

	while (count != 0) {
		const uint32_t middle = low + count / 2;
		const uint32_t found = table[(size_t)middle * words];

		if (found == place)
			return &table[(size_t)middle * words];
		if (found < place) {
			low = middle + 1;
			count -= count / 2 + 1;
		} else {
			count /= 2;
		}
	}
	return NULL;
}

/* ---- instructions ---- */

static uint32_t sites_call(uint32_t place, uint32_t function)
{
	return SITES_CALL | ((function - place) >> 2 & 0x3ffffff);
}

static bool sites_calls(uint32_t place, uint32_t word, const uint32_t *function, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (function[i] != 0 && word == sites_call(place, function[i]))
			return true;
	return false;
}

bool sites_may(const struct watchfacts *facts, uint32_t place, uint32_t word)
{
	const uint32_t *jump = sites_find(&sites_jumps(facts)->place, facts->jumps, 2, place);

	if (jump != NULL)
		return word == SITES_NOP || word == jump[1];
	if (sites_find(sites_traced(facts), facts->traced, 1, place) != NULL)
		return word == SITES_NOP || sites_calls(place, word, facts->trace_caller, 2);
	return place == facts->trace_call &&
	       sites_calls(place, word, facts->tracer, facts->tracers);
}

/* Tracers that want all registers have another entry; such a change is left out here. */
void sites_fill(const struct watchfacts *facts, uint32_t from, uint32_t *table, size_t size)
{
	const struct watchfacts_jump *jump = sites_jumps(facts);
	const uint32_t *traced = sites_traced(facts);
	const uint32_t caller = facts->trace_caller[0];

	memset(table, 0, size);
	for (uint32_t i = 0; i < facts->jumps; i++)
		if (jump[i].place - from < size)
			table[(jump[i].place - from) / sizeof(*table)] = jump[i].branch;
	for (uint32_t i = 0; i < facts->traced && caller != 0; i++)
		if (traced[i] - from < size)
			table[(traced[i] - from) / sizeof(*table)] = sites_call(traced[i], caller);
}

uint64_t sites_target(uint64_t address, uint32_t word)
{
	const int64_t words = (int64_t)((uint64_t)word << 38) >> 38;

	return (word & SITES_BRANCHES) == SITES_BRANCH ? address + (uint64_t)(words * 4) : 0;
}

static bool sites_is_text(const struct guest *guest, uint32_t place)
{
	return place >= guest->facts->text && place < guest->facts->text_end;
}

uint32_t sites_probed_at(const struct guest *guest, uint64_t address, uint32_t *steps)
{
	const struct watchfacts *facts = guest->facts;
	uint64_t at = guest_address(guest, facts->probes) +
	              sizeof(at) * (address * SITES_HASH >> SITES_SHIFT);
	uint64_t node, probe, probed;
	uint32_t word;

	if (facts->probes == 0)
		return SITES_BREAK;
	for (; *steps != 0; --*steps) {
		if (!guest_word(guest, at, &node) || node == 0)
			break;
		probe = node - facts->probe_link;
		if (!guest_word(guest, probe + facts->probe_addr, &probed))
			break;
		if (probed == address)
			return guest_half(guest, probe + facts->probe_opcode, &word) ? word
			                                                             : SITES_BREAK;
		at = node;
	}
	return SITES_BREAK;
}

static uint32_t sites_probed(const struct guest *guest, uint32_t place, uint32_t *steps)
{
	return sites_is_text(guest, place)
	           ? sites_probed_at(guest, guest_address(guest, place), steps)
	           : SITES_BREAK;
}

static uint32_t sites_half(const struct guest *guest, uint32_t place, uint32_t copy, uint32_t now,
                           uint32_t *steps)
{
	if (now == copy || sites_may(guest->facts, place, now))
		return now;
	return now == SITES_BREAK && sites_probed(guest, place, steps) == copy ? now : copy;
}

bool sites_is_ops(const struct guest *guest, uint64_t word)
{
	const struct watchfacts *facts = guest->facts;

	for (uint32_t i = 0; i < WATCHFACTS_OPS && facts->traced_word != 0; i++)
		if (facts->traced_ops[i] != 0 && word == guest_address(guest, facts->traced_ops[i]))
			return true;
	return false;
}

/* Whether this word in front of a traced function names one of the kernel's own tracers. */
static bool sites_traces(const struct guest *guest, uint32_t place, uint64_t word)
{
	const struct watchfacts *facts = guest->facts;

	return sites_is_ops(guest, word) && sites_find(sites_traced(facts), facts->traced, 1,
	                                               place + facts->traced_word) != NULL;
}

uint64_t sites_right(const struct guest *guest, uint32_t place, uint64_t copy, uint64_t now,
                     uint32_t *steps)
{
	uint32_t low, high;

	if (sites_traces(guest, place, now))
		return now;
	low = sites_half(guest, place, (uint32_t)copy, (uint32_t)now, steps);
	high = sites_half(guest, place + 4, (uint32_t)(copy >> SITES_HALF),
	                  (uint32_t)(now >> SITES_HALF), steps);
	return (uint64_t)high << SITES_HALF | low;
}

bool sites_has_break(uint64_t word)
{
	return (uint32_t)word == SITES_BREAK || word >> SITES_HALF == SITES_BREAK;
}

bool sites_breaks(const struct guest *guest, uint32_t place, uint64_t word)
{
	return sites_is_text(guest, place) && sites_has_break(word);
}

uint64_t sites_plain(const struct guest *guest, uint32_t place, uint64_t word, uint32_t *steps)
{
	uint32_t low = (uint32_t)word, high = (uint32_t)(word >> SITES_HALF);

	if (low == SITES_BREAK)
		low = sites_probed(guest, place, steps);
	if (high == SITES_BREAK)
		high = sites_probed(guest, place + 4, steps);
	return (uint64_t)high << SITES_HALF | low;
}
