/* The programs' files, and whether their quotas hold what they take. */
#include "build.h"
#include <errno.h>
#include <kumiki/rtos/call.h>
#include <lib/rtosimage.h>
#include <string.h>

#define FILES_MAX (64u << 20) /* of one program, with what debuggers want */

/* Handles that a program is given, beside one for each right: itself, its first thread. */
#define FILES_OWN_HANDLES 2

static bool files_load(struct rtos_build *build, const struct dts_item *item,
                       struct rtos_system_program *program, char **bytes, size_t *size)
{
	const struct file_access *access = build->search.access;
	int error = 0;

	program->path = file_search_find(&build->search, build->arena, item->place.file->folder,
	                                 item->text, &error);
	if (program->path)
		error = access->read(access->context, build->arena, program->path, FILES_MAX, bytes,
		                     size);
	if (error)
		complain(&build->complaints, item->place,
		         "can't read '%s' for 'kumiki,image': %s; paths count from the manifest's "
		         "folder, then from those of -I and $KUMIKI_PATH",
		         item->text,
		         error == EISDIR  ? "it is a folder"
		         : error == EFBIG ? "it is larger than 64 MiB"
		                          : strerror(error));
	return !error;
}

static bool files_read(struct rtos_build *build, uint32_t number)
{
	struct rtos_system_program *program = &build->system->programs[number];
	const struct dts_node *node = build->nodes[number];
	const struct dts_item *item;
	const char *wrong;
	char *bytes = NULL;
	size_t size = 0;

	if (!rtos_words_good(node, "kumiki,image"))
		return false;
	item = dts_property(node, "kumiki,image")->items;
	if (!files_load(build, item, program, &bytes, &size))
		return false;
	wrong = rtos_elf_read(build->arena, bytes, size, program);
	if (wrong)
		complain(&build->complaints, item->place, "'%s' %s", item->text, wrong);
	return !wrong;
}

/* What the supervisor gives a program to begin with. */
static uint32_t files_handles(const struct rtos_system *system, uint32_t number)
{
	const struct rtos_manifest_program *manifest = &system->programs[number].manifest;
	int handles = FILES_OWN_HANDLES + __builtin_popcountll(manifest->offers) +
	              __builtin_popcountll(manifest->uses) +
	              __builtin_popcountll(manifest->manages) + (manifest->keep_pages != 0) +
	              (manifest->dma_pages != 0);

	for (uint32_t i = 0; i < system->device_count; i++)
		if (system->devices[i].owner == number)
			handles += (int)(system->devices[i].range_count +
			                 system->devices[i].interrupt_count);
	for (uint32_t i = 0; i < system->window_count; i++)
		handles +=
		    (int)((system->windows[i].writers | system->windows[i].readers) >> number & 1);
	return (uint32_t)handles;
}

/* Place 0 of a handle table is none. */
static void files_check_handles(struct rtos_build *build, uint32_t number)
{
	const struct rtos_system_program *program = &build->system->programs[number];
	const uint32_t handles = files_handles(build->system, number);

	if (handles >= program->image.handle_pages * RTOS_HANDLES_A_PAGE)
		complain(
		    &build->complaints, build->nodes[number]->place,
		    "'%s' is given %u handles, and has room for %u; add: kumiki,handles = <%u>;",
		    program->name, handles, program->image.handle_pages * RTOS_HANDLES_A_PAGE - 1,
		    handles + RTOS_HANDLES_A_PAGE);
}

static void files_check_memory(struct rtos_build *build, uint32_t number)
{
	const struct rtos_system_program *program = &build->system->programs[number];
	const uint64_t least = rtosimage_pages(&program->image) + program->manifest.dma_pages;

	if (program->manifest.pages && least > program->manifest.pages)
		complain(
		    &build->complaints,
		    dts_property(build->nodes[number], "kumiki,memory")->items->place,
		    "'%s' takes %llu KiB before its first instruction (data, stack, tables%s); "
		    "give it at least that",
		    program->name, (unsigned long long)least * (RTOS_PAGE / 1024),
		    program->manifest.dma_pages ? ", memory for DMA" : "");
}

void rtos_files_read(struct rtos_build *build)
{
	for (uint32_t i = 0; i < build->system->program_count; i++) {
		const bool good = files_read(build, i);

		if (build->system->programs[i].manifest.role != RTOS_ROLE_PROGRAM)
			continue;
		files_check_handles(build, i);
		if (good)
			files_check_memory(build, i);
	}
}
