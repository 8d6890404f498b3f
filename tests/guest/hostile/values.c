/*
 * Random numbers, and the values and addresses of hostile operations: most of them may mean
 * something to their receiver, some mean nothing.
 */
#include "hostile.h"
#include <board/tests.h>
#include <guest/gic.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* splitmix64: any state is a good one. */
uint64_t hostile_random(struct hostile_cpu *cpu)
{
	uint64_t z = cpu->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

uint64_t hostile_below(struct hostile_cpu *cpu, uint64_t limit)
{
	return hostile_random(cpu) % limit;
}

/* Between the journal and the device tree: 32 KiB that a restart wipes. */
uint64_t hostile_home(struct hostile_cpu *cpu)
{
	return hostile_base + HOSTILE_JOURNAL + 0x4000 + (hostile_below(cpu, 0x8000) & ~15ull);
}

/* The registers of the distributor that there are, by where they begin and how far they reach for
 * the board's interrupts. */
static const struct {
	uint16_t offset, size;
} values_gicd[] = {{GICD_CTLR, 0x10},       {0x40, 0x20},
                   {GICD_IGROUPR, 0x24},    {GICD_ISENABLER, 0x24},
                   {GICD_ICENABLER, 0x24},  {GICD_ISPENDR, 0x24},
                   {GICD_ICPENDR, 0x24},    {GICD_ISACTIVER, 0x24},
                   {GICD_ICACTIVER, 0x24},  {GICD_IPRIORITYR, 0x120},
                   {GICD_ITARGETSR, 0x120}, {GICD_ICFGR, 0x48},
                   {0xd00, 0x24},           {0xe00, 0x48},
                   {0xf00, 0x30},           {GICD_IROUTER, 0x900},
                   {0xffd0, 0x30}};
static const struct {
	uint32_t offset, size;
} values_gicr[] = {{GICR_CTLR, 0x18},
                   {0x40, 0x80},
                   {0xffd0, 0x30},
                   {GICR_SGI + GICD_IGROUPR, 4},
                   {GICR_SGI + GICD_ISENABLER, 4},
                   {GICR_SGI + GICD_ICENABLER, 4},
                   {GICR_SGI + GICD_ISPENDR, 4},
                   {GICR_SGI + GICD_ICPENDR, 4},
                   {GICR_SGI + GICD_ISACTIVER, 4},
                   {GICR_SGI + GICD_ICACTIVER, 4},
                   {GICR_SGI + GICD_IPRIORITYR, 32},
                   {GICR_SGI + GICD_ICFGR, 8},
                   {GICR_SGI + 0xe00, 4}};

uint64_t hostile_gic_address(struct hostile_cpu *cpu)
{
	uint64_t which;

	if (hostile_random(cpu) & 1) {
		which = hostile_below(cpu, COUNT(values_gicd));
		return BOARD_GICD + values_gicd[which].offset +
		       (hostile_below(cpu, values_gicd[which].size) & ~3ull);
	}
	which = hostile_below(cpu, COUNT(values_gicr));
	return BOARD_GICR + hostile_below(cpu, hostile_count) * GICR_STRIDE +
	       values_gicr[which].offset + (hostile_below(cpu, values_gicr[which].size) & ~3ull);
}

/*
 * Interesting addresses beside emulated devices and the board's: the neighbour's memory and its
 * windows, one that may be read, one that may be written; others' memory; where the frame sees
 * itself; above everything.
 */
static const struct board_range values_regions[] = {
    {BOARD_GICR, 0x20000 * HOSTILE_CPUS},
    {0x60000000, 0x400000},
    {0x60800000, 0x1000},
    {0x60810000, 0x1000},
    {0x61100000, 0x1ef00000},
    {0x4000000000ull, 0x200000},
    {0x8000000000ull, 0x1000000},
};

static const struct {
	const struct board_range *list;
	uint64_t count;
} values_places[] = {{board_emulated, COUNT(board_emulated)},
                     {board_regions, COUNT(board_regions)},
                     {values_regions, COUNT(values_regions)}};

static uint64_t values_in(struct hostile_cpu *cpu, const struct board_range *range)
{
	return range->base + hostile_below(cpu, range->size);
}

static uint64_t values_region(struct hostile_cpu *cpu)
{
	uint64_t all = 1;

	for (unsigned int i = 0; i < COUNT(values_places); i++)
		all += values_places[i].count;
	uint64_t which = hostile_below(cpu, all);
	for (unsigned int i = 0; i < COUNT(values_places); which -= values_places[i++].count)
		if (which < values_places[i].count)
			return values_in(cpu, &values_places[i].list[which]);
	return hostile_watchdog + (hostile_below(cpu, 2) << 12) + hostile_below(cpu, 0x20);
}

uint64_t hostile_address(struct hostile_cpu *cpu)
{
	uint64_t how = hostile_below(cpu, 32), address;

	if (how < 10)
		address = hostile_gic_address(cpu);
	else if (how < 28)
		address = values_region(cpu);
	else if (how < 29)
		address = hostile_home(cpu);
	else if (how < 30)
		return hostile_random(cpu);
	else
		address = (1ull << (30 + hostile_below(cpu, 34))) + hostile_below(cpu, 0x10000);
	/* Mostly aligned to something. */
	return address & ~((1ull << hostile_below(cpu, 5)) - 1);
}

uint64_t hostile_value(struct hostile_cpu *cpu)
{
	uint64_t random = hostile_random(cpu);

	switch (random & 7) {
	case 0:
		return 0;
	case 1:
		return ~0ull;
	case 2:
		return random >> 8 & 0x3f;
	case 3:
		return 1ull << (random >> 8 & 63);
	case 4:
		return hostile_home(cpu);
	case 5:
		return hostile_address(cpu);
	case 6:
		return random >> 32;
	default:
		return hostile_random(cpu);
	}
}
