/*
 * What the supervisor gives a program before its start: see given.h.
 */
#include "given.h"
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/program.h>
#include <lib/rtosimage.h>
#include <string.h>

#define GIVEN_TABLE_PAGES     512 /* pages that one page table maps */
#define GIVEN_MAPPINGS_A_PAGE 32  /* docs/inside/rtos-kernel.md */

static void given_add_memory(struct given *given, uint64_t pages)
{
	given->memories++;
	given->memory_pages += pages + 1;
}

/* What a device takes whose place isn't known yet: at most two ranges of registers; or those of a
 * watched partition and memory, up to a GiB of it in one piece. */
static struct rtos_manifest_device given_called(const struct rtos_manifest_device *device)
{
	struct rtos_manifest_device called = *device;

	if (device->kind == RTOS_CALLED_NOTHING || device->range_count != 0)
		return called;
	called.range_count =
	    device->kind == RTOS_CALLED_DEVICE || device->kind == RTOS_CALLED_WATCHED ? 2 : 1;
	called.interrupt_count =
	    device->kind == RTOS_CALLED_DEVICE || device->kind == RTOS_CALLED_CHANNEL ? 1 : 0;
	for (uint32_t i = 0; i < called.range_count; i++)
		called.ranges[i].size = RTOS_PAGE_SIZE;
	return called;
}

/* Adds memory that is watched, and the note of its place. It is mapped by blocks except at its
 * ends, so it needs a table for each GiB, and some more. */
static void given_add_watched(struct given *given, uint64_t size)
{
	given->memories += 2;
	given->memory_pages += (3 + (size >> 30)) * GIVEN_TABLE_PAGES;
}

static void given_add_device(struct given *given, const struct rtos_manifest_device *device)
{
	for (uint32_t i = 0; i < device->range_count; i++)
		if (device->kind == RTOS_CALLED_WATCHED && i > 0)
			given_add_watched(given, device->ranges[i].size);
		else
			given_add_memory(given, (device->ranges[i].base % RTOS_PAGE_SIZE +
			                         device->ranges[i].size + RTOS_PAGE_SIZE - 1) /
			                            RTOS_PAGE_SIZE);
	given->handles += device->interrupt_count + (device->dma ? device->range_count : 0);
}

static uint32_t given_argument_size(const struct given_tables *tables,
                                    const struct rtos_manifest_program *manifest)
{
	uint32_t end = manifest->arguments;

	for (uint32_t i = 0; i < manifest->argument_count && i < RTOS_ARGUMENTS_MAX; i++)
		end += (uint32_t)strlen(tables->strings + end) + 1;
	return end - manifest->arguments;
}

/* 1 if the program manages the supervisor: that is one more handle. */
static uint32_t given_manages_supervisor(const struct given_tables *tables,
                                         const struct rtos_manifest_program *manifest)
{
	for (uint32_t i = 0; i < tables->program_count; i++)
		if (tables->programs[i].role == RTOS_ROLE_SUPERVISOR)
			return manifest->manages >> i & 1;
	return 0;
}

/* By handles; and mapped, if the program copies for its devices. */
static void given_add_reached(struct given *given, const struct given_tables *tables,
                              const struct rtos_manifest_program *manifest)
{
	for (uint32_t i = 0; i < tables->program_count; i++) {
		if (!(manifest->reaches >> i & 1))
			continue;
		given->handles++;
		if (manifest->flags & RTOS_PROGRAM_DMA_UNCACHED)
			given_add_memory(given, tables->programs[i].keep_pages);
	}
}

struct given given_count(const struct given_tables *tables, uint32_t program)
{
	const struct rtos_manifest_program *manifest = &tables->programs[program];
	struct given given = {.argument_size = given_argument_size(tables, manifest)};
	uint32_t interrupts = 0;

	for (uint32_t i = 0; i < tables->device_count; i++)
		if (tables->devices[i].owner == program) {
			const struct rtos_manifest_device device =
			    given_called(&tables->devices[i]);

			given_add_device(&given, &device);
			interrupts += device.interrupt_count;
		}
	if (manifest->keep_pages)
		given_add_memory(&given, manifest->keep_pages);
	if (manifest->dma_pages) {
		given_add_memory(&given, manifest->dma_pages);
		given.handles++;
	}
	given_add_reached(&given, tables, manifest);
	for (uint32_t i = 0; i < tables->window_count; i++)
		if ((tables->windows[i].writers | tables->windows[i].readers) >> program & 1)
			given_add_memory(&given, tables->windows[i].pages);
	given.memories += (manifest->flags & RTOS_PROGRAM_NO_SUMS) != 0;
	given.handles += (uint32_t)(__builtin_popcountll(manifest->offers) +
	                            __builtin_popcountll(manifest->uses)) +
	                 1 /* the supervisor's port */ + (manifest->heartbeat_ms != 0) +
	                 given_manages_supervisor(tables, manifest) + (interrupts != 0) +
	                 ((manifest->flags & RTOS_PROGRAM_TRACES) != 0);
	return given;
}

/* What the supervisor gives a program lies apart from its own memory, with page tables of its own.
 */
uint64_t given_pages(const struct rtos_program *image, const struct rtos_manifest_program *manifest,
                     const struct given *given)
{
	uint64_t pages = rtosimage_pages(image);

	if (!(manifest->flags & RTOS_PROGRAM_SHARED_TEXT))
		pages += rtosimage_text_pages(image);
	if (given->memories)
		pages += 1 + (given->memory_pages + GIVEN_TABLE_PAGES - 1) / GIVEN_TABLE_PAGES;
	return pages + (given->memories + image->segment_count + 1u) / GIVEN_MAPPINGS_A_PAGE;
}
