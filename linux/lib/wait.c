/* SPDX-License-Identifier: MIT-0 */
/*
 * Waiting for doorbells: all programs share PENDING and ENABLE, all bits share the interrupt, and
 * no program may miss a ring.
 *
 * uio_pci_generic answers the interrupt by switching it off (INTx disable), and wakes every program
 * that has the device open; each program counts for itself. Before it sleeps, a program does this,
 * with the others locked out:
 *  1. Enable the own bits.
 *  2. If the interrupt is off, take the pending bits: count them as heard, also for other programs
 *     that want them, and clear them. Bits that other programs have counted since then came, too.
 *  3. If no wanted bit came and the interrupt is off: disable foreign pending bits, and switch the
 *     interrupt on.
 * So a bit is taken or disabled only while the interrupt is off. Then the kernel has taken the
 * interrupt since it was last switched on, every program has been woken by it, and no program has
 * finished step 3 since. All of them look once more before they sleep, and find the bit pending or
 * counted. While the interrupt is on, a pending bit is left alone: the interrupt is about to be
 * taken, and wakes the sleepers. Disabling foreign bits ends an interrupt that would come again and
 * again until their program, if it still lives, has run.
 */
#include <errno.h>
#include <kumiki/panel.h>
#include <libkumiki/libkumiki.h>
#include <string.h>
#include <time.h>

#define WAIT_BITS 32u

static int wait_fail(struct kumiki *kumiki)
{
	return kumiki_fail(kumiki,
	                   "can't switch the panel's interrupt in its configuration space: %s: is "
	                   "its driver still uio_pci_generic?",
	                   strerror(errno));
}

static void wait_enable(const struct kumiki_device *device, uint32_t wanted)
{
	const uint32_t enabled = kumiki_device_read(device, PANEL_ENABLE);

	if ((enabled & wanted) != wanted)
		kumiki_device_write(device, PANEL_ENABLE, enabled | wanted);
}

/* Counts the bits, then clears them, before any program looks at their windows: so a later ring
 * sets its bit again. If this program is killed between the two, all programs hear the bits twice.
 */
static int wait_take(struct kumiki *kumiki, uint32_t wanted, struct kumiki_shared *shared)
{
	const uint32_t came = kumiki_device_read(&kumiki->device, PANEL_PENDING) & wanted;

	if (came == 0)
		return 0;
	for (uint32_t i = 0; i < WAIT_BITS; i++)
		shared->heard[i] += came >> i & 1;
	if (kumiki_shared_write(kumiki, shared) != 0)
		return -1;
	kumiki_device_write(&kumiki->device, PANEL_PENDING, came);
	return 0;
}

static uint32_t wait_news(struct kumiki *kumiki, uint32_t wanted,
                          const struct kumiki_shared *shared)
{
	uint32_t news = 0;

	for (uint32_t i = 0; i < WAIT_BITS; i++) {
		if ((wanted >> i & 1) == 0 || kumiki->heard[i] == shared->heard[i])
			continue;
		kumiki->heard[i] = shared->heard[i];
		news |= 1u << i;
	}
	return news;
}

static int wait_switch_on(struct kumiki *kumiki, uint32_t wanted)
{
	const struct kumiki_device *device = &kumiki->device;
	const uint32_t enabled = kumiki_device_read(device, PANEL_ENABLE);
	const uint32_t foreign = kumiki_device_read(device, PANEL_PENDING) & enabled & ~wanted;

	if (foreign != 0)
		kumiki_device_write(device, PANEL_ENABLE, enabled & ~foreign);
	return kumiki_device_unmask(device) == 0 ? 0 : wait_fail(kumiki);
}

static int wait_steps(struct kumiki *kumiki, uint32_t wanted, uint32_t *came)
{
	const int masked = kumiki_device_masked(&kumiki->device);
	struct kumiki_shared shared;

	if (masked < 0)
		return wait_fail(kumiki);
	if (kumiki_shared_read(kumiki, &shared) != 0)
		return -1;
	wait_enable(&kumiki->device, wanted);
	if (masked && wait_take(kumiki, wanted, &shared) != 0)
		return -1;
	*came = wait_news(kumiki, wanted, &shared);
	return masked && *came == 0 ? wait_switch_on(kumiki, wanted) : 0;
}

/* First drops earlier news of the descriptor. Later news makes the descriptor readable, or the
 * steps find it. */
int kumiki_listen(struct kumiki *kumiki, uint32_t wanted, uint32_t *came)
{
	const struct kumiki_device *device = &kumiki->device;
	int result;

	*came = 0;
	if (kumiki_device_drain(device) != 0 || kumiki_device_lock(device) != 0)
		return kumiki_fail(kumiki, "can't listen to the panel: %s", strerror(errno));
	result = wait_steps(kumiki, wanted, came);
	kumiki_device_unlock(device);
	return result;
}

int kumiki_descriptor(const struct kumiki *kumiki)
{
	return kumiki->device.events;
}

static int64_t wait_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Other programs' bits may wake this function again and again, so it counts the time itself. */
int kumiki_wait(struct kumiki *kumiki, uint32_t wanted, int milliseconds, uint32_t *came)
{
	const int64_t end = wait_now() + milliseconds;

	for (;;) {
		const int64_t left = milliseconds < 0 ? KUMIKI_FOR_EVER : end - wait_now();
		int result = kumiki_listen(kumiki, wanted, came);

		if (result != 0 || *came != 0)
			return result != 0 ? -1 : 1;
		if (milliseconds >= 0 && left <= 0)
			return 0;
		result = kumiki_device_poll(&kumiki->device, (int)left);
		if (result < 0)
			return kumiki_fail(kumiki, "can't wait for the panel's interrupt: %s",
			                   strerror(errno));
		if (result == 0)
			return 0;
	}
}
