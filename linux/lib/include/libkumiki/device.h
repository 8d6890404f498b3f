/* SPDX-License-Identifier: MIT-0 */
/*
 * The panel as Linux's kernel offers it: registers and memory mapped from sysfs, interrupts from
 * /dev/uioN. sysfs.c finds, binds and opens it, device.c reaches it; tests put a panel of their own
 * in place of device.c. For the library alone.
 */
#ifndef LIBKUMIKI_DEVICE_H
#define LIBKUMIKI_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct kumiki;

#define KUMIKI_PATH_SIZE 512u

struct kumiki_device {
	char root[KUMIKI_PATH_SIZE / 2];
	volatile uint32_t *registers; /* BAR 0 */
	void *memory;                 /* BAR 2; NULL: there is none */
	size_t memory_size;
	uint64_t memory_address;
	int config; /* configuration space */
	int events; /* /dev/uioN */
	int shared; /* struct kumiki_shared; programs also lock it against each other */
};

/* Sets kumiki->error; returns -1. */
__attribute__((format(printf, 2, 3))) int kumiki_fail(struct kumiki *kumiki, const char *form, ...);

/* ---- partitions.c ---- */

/* False: no doorbell has this number, and kumiki->error says so. */
bool kumiki_exists(struct kumiki *kumiki, uint32_t partition);

/* ---- sysfs.c ---- */

int kumiki_device_open(struct kumiki *kumiki, const char *root);
void kumiki_device_close(struct kumiki_device *device);

/* ---- description.c ---- */

/* Reads windows, doorbells and managed partitions from the device tree. */
int kumiki_describe(struct kumiki *kumiki);

/* ---- shared.c ---- */

/* State that programs with the panel share, in a file on /run; read and changed with the other
 * programs locked out. */
struct kumiki_shared {
	uint32_t lives;     /* of programs, since this Linux was started */
	uint32_t heard[32]; /* how often each bit was taken */
};

/* Opens it, and notes the present counts: earlier rings aren't this program's. */
int kumiki_shared_open(struct kumiki *kumiki);
int kumiki_shared_read(struct kumiki *kumiki, struct kumiki_shared *shared);
int kumiki_shared_write(struct kumiki *kumiki, const struct kumiki_shared *shared);

/* ---- device.c ---- */

uint32_t kumiki_device_read(const struct kumiki_device *device, uint32_t offset);
void kumiki_device_write(const struct kumiki_device *device, uint32_t offset, uint32_t value);

/* One program at a time; ends with the program. */
int kumiki_device_lock(const struct kumiki_device *device);
void kumiki_device_unlock(const struct kumiki_device *device);

/* Tells whether the interrupt is off (the kernel switches it off with each report), and switches it
 * on again. -1: errno says why. */
int kumiki_device_masked(const struct kumiki_device *device);
int kumiki_device_unmask(const struct kumiki_device *device);

/* Forgets the interrupts reported until now. */
int kumiki_device_drain(const struct kumiki_device *device);
/* Waits for an interrupt. 1: it came; 0: the time is over, or a signal came. */
int kumiki_device_poll(const struct kumiki_device *device, int milliseconds);

#endif
