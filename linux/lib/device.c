/* SPDX-License-Identifier: MIT-0 */
/* Reaching the panel: see libkumiki/device.h. Loads and stores of the registers are traps, so they
 * are done when the instruction is over. The fences are for the windows' memory. */
#include <errno.h>
#include <libkumiki/device.h>
#include <poll.h>
#include <sys/file.h>
#include <unistd.h>

/* PCI Local Bus Specification 3.0, 6.2.2: the command register. */
#define DEVICE_COMMAND      4
#define DEVICE_INTX_DISABLE (1u << 10)

uint32_t kumiki_device_read(const struct kumiki_device *device, uint32_t offset)
{
	const uint32_t value = device->registers[offset / 4];

	__atomic_thread_fence(__ATOMIC_SEQ_CST); /* after a ring, see what was written before it */
	return value;
}

void kumiki_device_write(const struct kumiki_device *device, uint32_t offset, uint32_t value)
{
	__atomic_thread_fence(
	    __ATOMIC_SEQ_CST); /* the rung partition sees what was written before */
	device->registers[offset / 4] = value;
}

int kumiki_device_lock(const struct kumiki_device *device)
{
	int result;

	do
		result = flock(device->shared, LOCK_EX);
	while (result != 0 && errno == EINTR);
	return result;
}

void kumiki_device_unlock(const struct kumiki_device *device)
{
	(void)flock(device->shared, LOCK_UN);
}

static int device_command(const struct kumiki_device *device, uint16_t *command)
{
	return pread(device->config, command, sizeof(*command), DEVICE_COMMAND) ==
	               (ssize_t)sizeof(*command)
	           ? 0
	           : -1;
}

int kumiki_device_masked(const struct kumiki_device *device)
{
	uint16_t command;

	if (device_command(device, &command) != 0)
		return -1;
	return (command & DEVICE_INTX_DISABLE) != 0;
}

int kumiki_device_unmask(const struct kumiki_device *device)
{
	uint16_t command;

	if (device_command(device, &command) != 0)
		return -1;
	command &= (uint16_t)~DEVICE_INTX_DISABLE;
	return pwrite(device->config, &command, sizeof(command), DEVICE_COMMAND) ==
	               (ssize_t)sizeof(command)
	           ? 0
	           : -1;
}

/* A read gives the count of all interrupts, if it has changed for this reader. */
int kumiki_device_drain(const struct kumiki_device *device)
{
	uint32_t count;
	const ssize_t size = read(device->events, &count, sizeof(count));

	return size < 0 && errno != EAGAIN && errno != EINTR ? -1 : 0;
}

int kumiki_device_poll(const struct kumiki_device *device, int milliseconds)
{
	struct pollfd event = {.fd = device->events, .events = POLLIN};
	const int result = poll(&event, 1, milliseconds);

	if (result < 0)
		return errno == EINTR ? 0 : -1;
	if (result > 0 && (event.revents & (POLLERR | POLLNVAL)) != 0) {
		errno = EIO;
		return -1;
	}
	return result;
}
