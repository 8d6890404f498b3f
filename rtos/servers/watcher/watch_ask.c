/* See watch_ask.h. */
#include "watch_ask.h"
#include <kumiki/life.h>

#define WATCH_ASK_TRIES 4u

static uint64_t watch_register(volatile const uint64_t *registers, uint32_t offset)
{
	return registers[offset / sizeof(*registers)];
}

/* Registers that belong together; else a torn record. */
static struct watch_record watch_record(volatile const uint64_t *registers, uint32_t vcpu)
{
	volatile const uint64_t *at = &registers[WATCH_RECORD(vcpu) / sizeof(*registers)];

	for (uint32_t i = 0; i < WATCH_ASK_TRIES; i++) {
		const uint64_t changes = at[0];
		struct watch_record record = {
		    .changes = changes,
		    .ttbr1 = watch_register(at, offsetof(struct watch_record, ttbr1)),
		    .tcr = watch_register(at, offsetof(struct watch_record, tcr)),
		    .vbar = watch_register(at, offsetof(struct watch_record, vbar)),
		    .sctlr = watch_register(at, offsetof(struct watch_record, sctlr)),
		    .sp_el0 = watch_register(at, offsetof(struct watch_record, sp_el0))};

		if (changes % 2 == 0 && at[0] == changes)
			return record;
	}
	return (struct watch_record){.changes = WATCH_TORN};
}

struct watch_seen watch_glimpse(volatile const uint64_t *registers, uint64_t now)
{
	return (struct watch_seen){.runs = watch_register(registers, WATCH_STATE) == LIFE_RUNNING,
	                           .starts = (uint32_t)watch_register(registers, WATCH_STARTS),
	                           .now = now};
}

struct watch_seen watch_see(volatile uint64_t *registers, uint64_t now)
{
	const uint64_t vcpus = watch_register(registers, WATCH_VCPUS);
	struct watch_seen seen = watch_glimpse(registers, now);

	seen.misses = watch_register(registers, WATCH_MISSES);
	seen.vcpus = vcpus < WATCH_VCPUS_MAX ? (uint32_t)vcpus : WATCH_VCPUS_MAX;
	for (uint32_t i = 0; i < seen.vcpus; i++)
		seen.record[i] = watch_record(registers, i);
	registers[WATCH_ASK / sizeof(*registers)] = 1; /* for the next look */
	return seen;
}
