/* See page.h. */
#include "page.h"
#include <lib/rtosimage.h>
#include <lib/string.h>

void page_begin(struct page *page, const struct rtos_image *image,
                const struct rtos_manifest *manifest, uint32_t number)
{
	const struct rtos_program *program = &rtosimage_programs(image)[number];
	const struct rtos_manifest_program *entry = &rtosmanifest_programs(manifest)[number];

	memset(page, 0, page_used(page));
	page->start.magic = RTOS_PROGRAM_MAGIC;
	page->start.revision = RTOS_PROGRAM_REVISION;
	page->start.number = number;
	memcpy(page->start.name, program->name, sizeof(page->start.name) - 1);
	page->start.heartbeat_ms = entry->heartbeat_ms;
	page->start.priority_limit = entry->priority_limit;
	page->start.priority = program->priority;
	page->start.cpu = entry->cpu;
	page->start.thread_flags = (uint8_t)program->flags;
	if ((entry->flags & RTOS_PROGRAM_NO_SUMS) != 0)
		(void)page_give(page, RTOS_GIVEN_NO_SUMS, "no-sums", 0, 0, 0);
}

bool page_give(struct page *page, enum rtos_given_kind kind, const char *name, uint32_t handle,
               uint64_t address, uint64_t size)
{
	const uint32_t count = page->start.given_count;
	struct rtos_given *given = &page->start.given[count];
	const size_t length = string_length(name);

	if (count == RTOS_GIVEN_MAX || length >= RTOS_GIVEN_NAME)
		return false;
	*given =
	    (struct rtos_given){.kind = kind, .handle = handle, .address = address, .size = size};
	memcpy(given->name, name, length);
	page->start.given_count = count + 1;
	return true;
}

bool page_arguments(struct page *page, const struct rtos_manifest *manifest, uint32_t number)
{
	const struct rtos_manifest_program *entry = &rtosmanifest_programs(manifest)[number];
	const char *from = rtosmanifest_strings(manifest) + entry->arguments;
	size_t size = 0;

	for (uint32_t i = 0; i < entry->argument_count; i++)
		size += string_length(from + size) + 1;
	if (size > RTOS_ARGUMENTS_SIZE)
		return false;
	if (entry->loader != 0) {
		page->start.argument_count = RTOS_ARGUMENTS_BELOW;
		return true;
	}
	if (size == 0)
		return true;
	memcpy(page->bytes + sizeof(page->start), from, size);
	page->start.argument_count = entry->argument_count;
	page->start.arguments = sizeof(page->start);
	return true;
}

size_t page_used(const struct page *page)
{
	const bool arguments = page->start.arguments != 0;

	return arguments ? sizeof(*page)
	                 : offsetof(struct rtos_program_start, given) +
	                       page->start.given_count * sizeof(struct rtos_given);
}
