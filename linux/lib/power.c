/* SPDX-License-Identifier: MIT-0 */
/* Reads and changes the policy by which cores are on. */
#include <errno.h>
#include <kumiki/hypercall.h>
#include <kumiki/panel.h>
#include <libkumiki/libkumiki.h>
#include <string.h>

int kumiki_power(struct kumiki *kumiki, uint32_t policy)
{
	const struct kumiki_device *device = &kumiki->device;
	int32_t result;

	if (kumiki_device_lock(device) != 0)
		return kumiki_fail(kumiki, "can't lock the panel: %s", strerror(errno));
	kumiki_device_write(device, PANEL_POWER, policy);
	result = (int32_t)kumiki_device_read(device, PANEL_RESULT);
	kumiki_device_unlock(device);
	if (result >= 0)
		return result;
	if (result == KUMIKI_DENIED)
		return kumiki_fail(kumiki,
		                   "this partition may not change which cores are on: write "
		                   "`kumiki,manages-power;` in its node of the system description");
	return kumiki_fail(kumiki, "there is no such policy");
}
