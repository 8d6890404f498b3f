/* SPDX-License-Identifier: MIT-0 */
/* Cores that go from one partition to another: their records, and the requests for them. */
#include <errno.h>
#include <inttypes.h>
#include <kumiki/hypercall.h>
#include <kumiki/panel.h>
#include <libkumiki/libkumiki.h>
#include <string.h>

/* Reads both words as of one moment: the lower word has a number that changes with each request. */
uint64_t kumiki_core(const struct kumiki *kumiki, uint32_t core)
{
	const struct kumiki_device *device = &kumiki->device;
	uint32_t low, before;
	uint64_t high;

	if (core >= KUMIKI_CPUS_MAX)
		return HOLD_FIXED;
	low = kumiki_device_read(device, PANEL_HOLD(core));
	do {
		before = low;
		high = kumiki_device_read(device, PANEL_HOLD(core) + 4);
		low = kumiki_device_read(device, PANEL_HOLD(core));
	} while (low != before);
	return high << 32 | low;
}

static uint32_t cores_ticks(int milliseconds)
{
	const uint64_t ticks =
	    (uint64_t)milliseconds * (kumiki_counter_hz() / 1000) >> HOLD_TICK_SHIFT;

	return ticks < HOLD_TIME_MAX ? (uint32_t)ticks : HOLD_TIME_MAX;
}

static int cores_refused(struct kumiki *kumiki, uint32_t core, uint32_t partition, int32_t result)
{
	char name[KUMIKI_NAME_SIZE + 1];

	if (result == KUMIKI_DENIED && HOLD_HOLDER(kumiki_core(kumiki, core)) == HOLD_NOBODY)
		return kumiki_fail(kumiki,
		                   "core %" PRIu32 " is nobody's: for others than itself a "
		                   "partition takes it if it manages them",
		                   core);
	if (result == KUMIKI_DENIED) {
		kumiki_name(kumiki, HOLD_HOLDER(kumiki_core(kumiki, core)), name);
		return kumiki_fail(kumiki,
		                   "core %" PRIu32 " is held by %s, which this partition doesn't "
		                   "manage: write `kumiki,manages = \"%s\";` in its node of the "
		                   "system description",
		                   core, name, name);
	}
	kumiki_name(kumiki, partition, name);
	return kumiki_fail(kumiki,
	                   "%s may not hold core %" PRIu32 ": write `kumiki,may-hold` in its node "
	                   "of the system description",
	                   name, core);
}

/* Writes the request, and puts the frame's answer into *result. If the return value isn't 0, the
 * request wasn't made. */
static int cores_write(struct kumiki *kumiki, uint32_t core, uint32_t value, int32_t *result)
{
	const struct kumiki_device *device = &kumiki->device;

	if (core >= KUMIKI_CPUS_MAX)
		return kumiki_fail(kumiki, "there is no core %" PRIu32, core);
	if (kumiki_device_lock(device) != 0)
		return kumiki_fail(kumiki, "can't lock the panel: %s", strerror(errno));
	kumiki_device_write(device, PANEL_HOLD(core), value);
	*result = (int32_t)kumiki_device_read(device, PANEL_RESULT);
	kumiki_device_unlock(device);
	return 0;
}

int kumiki_hold(struct kumiki *kumiki, uint32_t core, uint32_t partition, int milliseconds)
{
	int32_t result = KUMIKI_INVALID_PARAMETERS;

	if (partition != HOLD_NOBODY && !kumiki_exists(kumiki, partition))
		return -1;
	if (cores_write(kumiki, core, cores_ticks(milliseconds) << 8 | partition, &result) != 0)
		return -1;
	return result >= 0 ? result : cores_refused(kumiki, core, partition, result);
}

int kumiki_withdraw(struct kumiki *kumiki, uint32_t core, int number)
{
	int32_t result = KUMIKI_INVALID_PARAMETERS;

	if (cores_write(kumiki, core, (uint32_t)number << 8 | HOLD_WITHDRAW, &result) != 0)
		return -1;
	return result >= 0;
}
