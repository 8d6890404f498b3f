/*
 * Debug registers (Arm ARM, DBGBCR<n>_EL1 and DBGWCR<n>_EL1): see hardware.h. A watchpoint covers
 * bytes within eight aligned bytes, or an aligned power of two.
 */
#include "target.h"

#define ENABLED     1ULL
#define EL1_AND_EL0 (3ULL << 1)
#define LOADS       (1ULL << 3)
#define STORES      (2ULL << 3)
#define BYTES_SHIFT 5
#define BYTES_BREAK 0xfULL
#define MASK_SHIFT  24
#define MASK_MAX    31
#define WORD        8u
#define NEAR        64u /* how far before the watched bytes an access may begin */

static unsigned int log2_of(uint64_t size)
{
	unsigned int bits = 0;

	while (size >>= 1)
		bits++;
	return bits;
}

/* False: one register can't watch this. */
static bool watch_bytes(const struct hardware_point *point, struct debug_point *setting)
{
	uint64_t offset = point->address % WORD;

	if (point->size == 0)
		return false;
	if (point->size <= WORD && offset + point->size <= WORD) {
		setting->value = point->address - offset;
		setting->control |= ((1ULL << point->size) - 1) << offset << BYTES_SHIFT;
		return true;
	}
	if ((point->size & (point->size - 1)) != 0 || point->address % point->size != 0 ||
	    log2_of(point->size) > MASK_MAX)
		return false;
	setting->value = point->address;
	setting->control |= 0xffULL << BYTES_SHIFT | (uint64_t)log2_of(point->size) << MASK_SHIFT;
	return true;
}

static bool setting_of(const struct hardware_point *point, struct debug_point *setting)
{
	setting->control = ENABLED | EL1_AND_EL0;
	if (point->kind == HARDWARE_BREAK) {
		setting->value = point->address;
		setting->control |= BYTES_BREAK << BYTES_SHIFT;
		return point->address % 4 == 0;
	}
	if (point->kind != HARDWARE_READ)
		setting->control |= STORES;
	if (point->kind != HARDWARE_WRITE)
		setting->control |= LOADS;
	return watch_bytes(point, setting);
}

struct bank {
	struct debug_point *points;
	uint32_t count;
};

static struct bank bank_of(struct debug_hardware *hardware, const struct hardware_point *point)
{
	if (point->kind == HARDWARE_BREAK)
		return (struct bank){hardware->breakpoint, DEBUG_BREAKPOINTS};
	return (struct bank){hardware->watchpoint, DEBUG_WATCHPOINTS};
}

bool hardware_set(struct debug_hardware *hardware, const struct debug_target *about,
                  const struct hardware_point *point)
{
	struct bank bank = bank_of(hardware, point);
	uint32_t count = point->kind == HARDWARE_BREAK ? about->breakpoints : about->watchpoints;
	struct debug_point setting;

	if (!setting_of(point, &setting))
		return false;
	hardware_unset(hardware, point);
	for (uint32_t i = 0; i < count && i < bank.count; i++) {
		if (bank.points[i].control != 0)
			continue;
		bank.points[i] = setting;
		return true;
	}
	return false;
}

void hardware_unset(struct debug_hardware *hardware, const struct hardware_point *point)
{
	struct bank bank = bank_of(hardware, point);
	struct debug_point setting;

	if (!setting_of(point, &setting))
		return;
	for (uint32_t i = 0; i < bank.count; i++)
		if (bank.points[i].value == setting.value &&
		    bank.points[i].control == setting.control)
			bank.points[i] = (struct debug_point){0, 0};
}

static struct hardware_point point_of(uint64_t value, uint64_t control)
{
	uint64_t bytes = control >> BYTES_SHIFT & 0xff, mask = control >> MASK_SHIFT & 0x1f;
	unsigned int first = bytes == 0 ? 0 : (unsigned int)__builtin_ctzll(bytes);
	struct hardware_point point = {HARDWARE_ACCESS, value + first,
	                               (uint64_t)__builtin_popcountll(bytes)};

	if (mask != 0)
		point.size = 1ULL << mask;
	if ((control & LOADS) == 0)
		point.kind = HARDWARE_WRITE;
	else if ((control & STORES) == 0)
		point.kind = HARDWARE_READ;
	return point;
}

/* Finds the watchpoint that contains `far`, or else the nearest one after it, as a longer access
 * may begin before the watched bytes. */
bool hardware_hit(const struct debug_hardware *hardware, uint64_t far, struct hardware_point *point)
{
	uint64_t nearest = NEAR;

	for (uint32_t i = 0; i < DEBUG_WATCHPOINTS; i++) {
		uint64_t value = hardware->watchpoint[i].value;
		uint64_t control = hardware->watchpoint[i].control;
		struct hardware_point each = point_of(value, control);
		bool before = far < each.address;
		uint64_t distance = before ? each.address - far : 0;

		if (control == 0 || (!before && far - each.address >= each.size) ||
		    distance >= nearest)
			continue;
		*point = each;
		nearest = distance;
	}
	return nearest != NEAR;
}
