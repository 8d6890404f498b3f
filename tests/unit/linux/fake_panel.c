/* The panel's registers and interrupt: see fake_panel.h. */
#include "fake_panel.h"
#include <assert.h>
#include <kumiki/hypercall.h>
#include <kumiki/panel.h>
#include <kumiki/power.h>
#include <string.h>

struct fake_panel fake_panel;

void fake_panel_reset(void)
{
	fake_panel = (struct fake_panel){
	    .magic = PANEL_MAGIC_VALUE,
	    .revision = PANEL_REVISION_VALUE,
	    .starts = 7,
	    .names = {"linux", "small", "other"},
	    .hold = {HOLD_FIXED, HOLD_FIXED, 0, 0x202, HOLD_FIXED, HOLD_FIXED, HOLD_FIXED,
	             HOLD_FIXED},
	    .life = {{LIFE_RUNNING, STOP_RESET, 7, 0}, {LIFE_RUNNING, STOP_NONE, 1, 0}}};
}

void fake_panel_interrupt(void)
{
	if (fake_panel.masked || (fake_panel.pending & fake_panel.enable) == 0)
		return;
	fake_panel.masked = true;
	fake_panel.interrupts++;
}

static void fake_line(void)
{
	if (!fake_panel.slow)
		fake_panel_interrupt();
}

void fake_panel_raise(uint32_t bits)
{
	fake_panel.pending |= bits;
	fake_line();
}

bool fake_panel_woken(const struct kumiki *kumiki)
{
	return fake_panel.seen[kumiki->device.events] != fake_panel.interrupts;
}

/* ---- registers ---- */

static uint32_t fake_state(uint32_t word)
{
	const uint32_t partition = word / 4;

	if (partition > 1)
		return UINT32_MAX;
	return ((const uint32_t *)&fake_panel.life[partition])[word % 4];
}

uint32_t kumiki_device_read(const struct kumiki_device *device, uint32_t offset)
{
	uint32_t word;

	(void)device;
	assert(offset < PANEL_REGISTERS_SIZE); /* only these are mapped */
	switch (offset) {
	case PANEL_MAGIC:
		return fake_panel.magic;
	case PANEL_REVISION:
		return fake_panel.revision;
	case PANEL_STARTS:
		return fake_panel.starts;
	case PANEL_PENDING:
		return fake_panel.pending;
	case PANEL_ENABLE:
		return fake_panel.enable;
	case PANEL_RESULT:
		return fake_panel.result;
	case PANEL_PARTITIONS:
		return 3;
	case PANEL_MANAGED:
		return 1u << 1;
	}
	if (offset >= PANEL_HOLD(0) && offset < PANEL_HOLD(KUMIKI_CPUS_MAX))
		return (uint32_t)(fake_panel.hold[(offset - PANEL_HOLD(0)) / 8] >>
		                  8 * (offset & 4));
	if (offset >= PANEL_STATE(0) && offset < PANEL_STATE(3))
		return fake_state((offset - PANEL_STATE(0)) / 4);
	if (offset < PANEL_NAME(0) || offset >= PANEL_NAME(3))
		return 0;
	memcpy(&word, (const char *)fake_panel.names + offset - PANEL_NAME(0), sizeof(word));
	return word;
}

/* As in the frame, this partition may ask for cores that it holds, and for cores that "small"
 * holds. */
static uint32_t fake_hold(uint32_t core, uint32_t value)
{
	uint64_t *record = &fake_panel.hold[core];
	const uint64_t until = (fake_panel.counter >> HOLD_TICK_SHIFT) + (value >> 8);
	uint32_t to = value & 0xff;

	if (fake_panel.asking != NULL)
		fake_panel.asking();
	if (to == HOLD_WITHDRAW && value >> 8 == HOLD_NUMBER(*record))
		to = HOLD_HOLDER(*record);
	if ((core != 2 && core != 3) || (to > 2 && to != HOLD_NOBODY))
		return (uint32_t)KUMIKI_INVALID_PARAMETERS;
	if ((HOLD_HOLDER(*record) == HOLD_NOBODY ? to : HOLD_HOLDER(*record)) > 1)
		return (uint32_t)KUMIKI_DENIED;
	*record = until << 24 | ((*record + 0x10000) & 0xff0000) | (uint64_t)to << 8 |
	          HOLD_HOLDER(*record);
	fake_panel.holds++;
	const uint32_t number = HOLD_NUMBER(*record);
	if (fake_panel.asked != NULL)
		fake_panel.asked();
	return number;
}

static uint32_t fake_ring(uint32_t doorbell)
{
	if (doorbell != FAKE_RING)
		return (uint32_t)(doorbell == FAKE_RING + 1 ? KUMIKI_DENIED
		                                            : KUMIKI_INVALID_PARAMETERS);
	fake_panel.rung++;
	return 0;
}

static uint32_t fake_power(uint32_t policy)
{
	const uint32_t held = fake_panel.policy;

	if (held == FAKE_NO_POWER)
		return (uint32_t)KUMIKI_DENIED;
	if (policy == UINT32_MAX)
		return held;
	if (policy >= POWER_POLICIES)
		return (uint32_t)KUMIKI_INVALID_PARAMETERS;
	fake_panel.policy = policy;
	return held;
}

static uint32_t fake_command(uint32_t partition, uint32_t command)
{
	if (partition != 1)
		return (uint32_t)KUMIKI_DENIED;
	if (command == LIFE_SUSPEND && fake_panel.unheld)
		return (uint32_t)KUMIKI_NOT_SUPPORTED;
	fake_panel.commands++;
	fake_panel.last_command = command;
	return 0;
}

void kumiki_device_write(const struct kumiki_device *device, uint32_t offset, uint32_t value)
{
	(void)device;
	if (offset == PANEL_PENDING) {
		fake_panel.pending &= ~value;
		if (fake_panel.cleared != NULL)
			fake_panel.cleared();
	} else if (offset == PANEL_ENABLE) {
		fake_panel.enable = value;
	} else if (offset == PANEL_RING) {
		fake_panel.result = fake_ring(value);
	} else if (offset == PANEL_POWER) {
		fake_panel.result = fake_power(value);
	} else if (offset >= PANEL_HOLD(0) && offset < PANEL_HOLD(KUMIKI_CPUS_MAX)) {
		fake_panel.result = fake_hold((offset - PANEL_HOLD(0)) / 8, value);
	} else if (offset >= PANEL_COMMAND(0) && offset < PANEL_COMMAND(3)) {
		fake_panel.result = fake_command((offset - PANEL_COMMAND(0)) / 4, value);
	}
	fake_line();
}

/* ---- the interrupt ---- */

int kumiki_device_lock(const struct kumiki_device *device)
{
	(void)device;
	return fake_panel.lockers++ == 0 ? 0 : -1;
}

void kumiki_device_unlock(const struct kumiki_device *device)
{
	(void)device;
	fake_panel.lockers--;
}

int kumiki_device_masked(const struct kumiki_device *device)
{
	(void)device;
	return fake_panel.masked;
}

int kumiki_device_unmask(const struct kumiki_device *device)
{
	(void)device;
	fake_panel.masked = false;
	fake_line();
	return 0;
}

int kumiki_device_drain(const struct kumiki_device *device)
{
	fake_panel.seen[device->events] = fake_panel.interrupts;
	return 0;
}

int kumiki_device_poll(const struct kumiki_device *device, int milliseconds)
{
	(void)milliseconds;
	while (fake_panel.seen[device->events] == fake_panel.interrupts)
		if (fake_panel.sleep == NULL || !fake_panel.sleep())
			return 0;
	return 1;
}

uint64_t kumiki_counter_hz(void)
{
	return FAKE_HZ;
}

uint64_t kumiki_counter(void)
{
	return fake_panel.counter += fake_panel.step;
}
