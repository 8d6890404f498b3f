/*
 * What the supervisor gives a program before its start (kumiki/rtos/program.h), by a manifest's
 * tables: while a manifest is read, and when its image gets a partition.
 */
#ifndef RTOS_GIVEN_H
#define RTOS_GIVEN_H

#include <kumiki/rtos/image.h>
#include <kumiki/rtos/manifest.h>
#include <stdint.h>

struct given_tables {
	const struct rtos_manifest_program *programs;
	const struct rtos_manifest_device *devices;
	const struct rtos_manifest_window *windows;
	const char *strings;
	uint32_t program_count, device_count, window_count;
};

struct given {
	uint32_t handles;
	uint32_t memories;      /* pieces that are mapped */
	uint64_t memory_pages;  /* their pages, with a free page behind each piece */
	uint32_t argument_size; /* with closing NULs */
};

/* A device without a place counts as the least that it can be. */
struct given given_count(const struct given_tables *tables, uint32_t program);

/* The pages of its quota that a program takes before its first instruction. */
uint64_t given_pages(const struct rtos_program *image, const struct rtos_manifest_program *manifest,
                     const struct given *given);

#endif
