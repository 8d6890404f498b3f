/* SPDX-License-Identifier: MIT-0 */
/* Opening the panel, ringing, and this program's generation: see libkumiki/libkumiki.h. */
#include <errno.h>
#include <inttypes.h>
#include <kumiki/hypercall.h>
#include <kumiki/panel.h>
#include <libkumiki/libkumiki.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int kumiki_fail(struct kumiki *kumiki, const char *form, ...)
{
	va_list arguments;

	va_start(arguments, form);
	(void)vsnprintf(kumiki->error, sizeof(kumiki->error), form, arguments);
	va_end(arguments);
	return -1;
}

/* ---- opening ---- */

static int kumiki_check(struct kumiki *kumiki)
{
	const struct kumiki_device *device = &kumiki->device;
	const uint32_t magic = kumiki_device_read(device, PANEL_MAGIC);
	const uint32_t revision = kumiki_device_read(device, PANEL_REVISION);

	if (magic != PANEL_MAGIC_VALUE)
		return kumiki_fail(kumiki,
		                   "the PCI function %04x:%04x isn't Kumiki's panel: it begins "
		                   "with %#" PRIx32 "; another product uses these numbers",
		                   PANEL_VENDOR, PANEL_DEVICE, magic);
	if (revision < PANEL_REVISION_VALUE)
		return kumiki_fail(kumiki,
		                   "the panel is of revision %" PRIu32
		                   ", this library needs %u: use the one that came with the frame",
		                   revision, PANEL_REVISION_VALUE);
	return 0;
}

static void kumiki_look(struct kumiki *kumiki)
{
	const struct kumiki_device *device = &kumiki->device;
	const uint32_t count = kumiki_device_read(device, PANEL_PARTITIONS);

	kumiki->index = kumiki_device_read(device, PANEL_INDEX);
	kumiki->starts = kumiki_device_read(device, PANEL_STARTS);
	kumiki->partition_count = count < KUMIKI_PARTITIONS_MAX ? count : KUMIKI_PARTITIONS_MAX;
	kumiki->managed = kumiki_device_read(device, PANEL_MANAGED);
}

int kumiki_open(struct kumiki *kumiki, const char *root)
{
	memset(kumiki, 0, sizeof(*kumiki));
	if (kumiki_device_open(kumiki, root) == 0 && kumiki_check(kumiki) == 0) {
		kumiki_look(kumiki);
		if (kumiki_describe(kumiki) == 0)
			return 0;
	}
	kumiki_close(kumiki);
	return -1;
}

void kumiki_close(struct kumiki *kumiki)
{
	kumiki_device_close(&kumiki->device);
}

/* ---- windows and doorbells ---- */

const struct kumiki_window *kumiki_window(struct kumiki *kumiki, const char *name)
{
	for (uint32_t i = 0; i < kumiki->window_count; i++)
		if (strcmp(kumiki->windows[i].name, name) == 0)
			return &kumiki->windows[i];
	(void)kumiki_fail(kumiki,
	                  "there is no window %s: `kumikictl windows` lists what the system "
	                  "description gives to this partition",
	                  name);
	return NULL;
}

int kumiki_ring(struct kumiki *kumiki, uint32_t doorbell)
{
	const struct kumiki_device *device = &kumiki->device;
	int32_t result;

	if (kumiki_device_lock(device) != 0)
		return kumiki_fail(kumiki, "can't lock the panel: %s", strerror(errno));
	kumiki_device_write(device, PANEL_RING, doorbell);
	result = (int32_t)kumiki_device_read(device, PANEL_RESULT);
	kumiki_device_unlock(device);
	if (result == 0)
		return 0;
	return kumiki_fail(kumiki,
	                   "doorbell %" PRIu32
	                   " %s: `kumikictl windows` lists those that are this partition's to ring",
	                   doorbell,
	                   result == KUMIKI_DENIED ? "is somebody else's" : "doesn't exist");
}

/* The upper half counts Linux's lives, the lower half the program's. So a new life of either gives
 * a larger number. */
int kumiki_generation(struct kumiki *kumiki, uint32_t *generation)
{
	struct kumiki_shared shared;
	int result;

	if (kumiki_device_lock(&kumiki->device) != 0)
		return kumiki_fail(kumiki, "can't lock the panel: %s", strerror(errno));
	result = kumiki_shared_read(kumiki, &shared);
	if (result == 0) {
		shared.lives = shared.lives % UINT16_MAX + 1;
		result = kumiki_shared_write(kumiki, &shared);
	}
	kumiki_device_unlock(&kumiki->device);
	*generation = kumiki->starts << 16 | shared.lives;
	return result;
}
