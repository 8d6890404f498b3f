/*
 * The registers that the distributors of all GICs have alike: bits, priorities, triggers, and what
 * the distributor says of itself.
 */
#include <dev/gic.h>
#include <machine/local.h>
#include <state/core.h>
#include <state/partition.h>

struct gic_timers gic_timers CORE_LOCAL;

static inline void dist_write(uint64_t offset, uint32_t value)
{
	*reg(LAYOUT_GICD, offset) = value;
}

static inline uint32_t dist_read(uint64_t offset)
{
	return *reg(LAYOUT_GICD, offset);
}

/* ---- a word of interrupts ---- */

static inline void gic_write_bits(va_t bits, uint64_t offset, uint32_t mask)
{
	if (mask != 0)
		*reg(bits.at, offset) = mask;
}

void gic_set_enable(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ISENABLER, mask);
}

void gic_clear_enable(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ICENABLER, mask);
}

void gic_set_pending(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ISPENDR, mask);
}

void gic_clear_pending(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ICPENDR, mask);
}

void gic_set_active(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ISACTIVER, mask);
}

void gic_clear_active(va_t bits, uint32_t mask)
{
	gic_write_bits(bits, GICD_ICACTIVER, mask);
}

uint32_t gic_pending(va_t bits)
{
	return *reg(bits.at, GICD_ISPENDR);
}

uint32_t gic_active(va_t bits)
{
	return *reg(bits.at, GICD_ISACTIVER);
}

void gic_set_timers_class(uint32_t rank)
{
	uint8_t priority = gic_timers.priorities[rank];

	*gic_timers.first = priority;
	*gic_timers.second = priority;
}

void gic_set_priority(uint32_t intid, uint32_t priority)
{
	*(volatile uint8_t *)(LAYOUT_GICD + GICD_IPRIORITYR + intid) = (uint8_t)priority;
}

/* Spreads sixteen bits to every second bit, from bit 1 on. */
static uint32_t spread(uint32_t bits)
{
	bits = (bits & 0xffff) | (bits & 0xffff) << 8;
	bits = (bits & 0x00ff00ff) | (bits & 0x00ff00ff) << 4;
	bits = (bits & 0x0f0f0f0f) | (bits & 0x0f0f0f0f) << 2;
	bits = (bits & 0x33333333) | (bits & 0x33333333) << 1;
	return (bits & 0x55555555) << 1;
}

/* Changes bits of GICD_ICFGR. This is the only register of the distributor that is read, changed
 * and written back, and partitions share its words. */
static void set_config(uint64_t offset, uint32_t mask, uint32_t value)
{
	uint32_t turn;

	if (mask == 0)
		return;
	/* Cores take turns in the order in which they ask, so this core waits for each other core
	 * once at most. */
	turn = __atomic_fetch_add(&shared_memory->config_asked, 1, __ATOMIC_RELAXED);
	while (__atomic_load_n(&shared_memory->config_turn, __ATOMIC_ACQUIRE) != turn)
		__asm__ volatile("yield");
	dist_write(offset, (dist_read(offset) & ~mask) | (value & mask));
	__atomic_store_n(&shared_memory->config_turn, turn + 1, __ATOMIC_RELEASE);
}

void gic_set_edges(uint32_t word, uint32_t mask, uint32_t edge)
{
	set_config(GICD_ICFGR + 8 * word, spread(mask), spread(edge));
	set_config(GICD_ICFGR + 8 * word + 4, spread(mask >> 16), spread(edge >> 16));
}

uint32_t gic_typer(void)
{
	return dist_read(GICD_TYPER);
}

uint32_t gic_identification(uint32_t offset)
{
	return dist_read(offset);
}
