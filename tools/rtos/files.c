/* The files of programs and windows, and whether the programs' quotas suffice. */
#include "build.h"
#include "given.h"
#include <errno.h>
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/program.h>
#include <lib/rtosimage.h>
#include <string.h>

#define FILES_MAX (64u << 20) /* the most bytes of a file, debug information included */

/* Reads the file that an item names, and returns its path; NULL after a complaint. */
static const char *files_load(struct rtos_build *build, const struct dts_item *item,
                              const char *property, char **bytes, size_t *size)
{
	const struct file_access *access = build->search.access;
	int error = 0;
	const char *path = file_search_find(&build->search, build->arena, item->place.file->folder,
	                                    item->text, &error);

	if (path)
		error = access->read(access->context, build->arena, path, FILES_MAX, bytes, size);
	if (error)
		complain(&build->complaints, item->place,
		         "can't read '%s' for '%s': %s; paths count from the manifest's "
		         "folder, then from those of -I and $KUMIKI_PATH",
		         item->text, property,
		         error == EISDIR  ? "it is a folder"
		         : error == EFBIG ? "it is larger than 64 MiB"
		                          : strerror(error));
	return error ? NULL : path;
}

static bool files_read(struct rtos_build *build, uint32_t number)
{
	struct rtos_system_program *program = &build->system->programs[number];
	const struct dts_node *node = build->nodes[number];
	const struct dts_item *item;
	const char *wrong;
	char *bytes = NULL;
	size_t size = 0;
	uint32_t value;

	if (!rtos_words_good(node, "kumiki,image"))
		return dts_property(node, "kumiki,loaded-by") != NULL;
	item = dts_property(node, "kumiki,image")->items;
	program->path = files_load(build, item, "kumiki,image", &bytes, &size);
	if (!program->path)
		return false;
	wrong = rtos_elf_read(build->arena, bytes, size, program);
	if (wrong) {
		complain(&build->complaints, item->place, "'%s' %s", item->text, wrong);
		return false;
	}
	rtos_probe_read(build, number, bytes, size);
	rtos_devices_drives(build, number, bytes, size);
	build->parts[number] =
	    rtos_notes_have(bytes, size, RTOS_NOTE_PARTS, &build->parts_kind[number]);
	build->ladder[number] = rtos_notes_have(bytes, size, RTOS_NOTE_LADDER, &value);
	return true;
}

static void files_read_window(struct rtos_build *build, uint32_t number)
{
	struct rtos_system *system = build->system;
	const struct dts_node *node = build->window_nodes[number];
	const struct dts_item *item;
	char *bytes = NULL;
	size_t size = 0;

	if (!rtos_words_good(node, "kumiki,file"))
		return;
	item = dts_property(node, "kumiki,file")->items;
	if (!files_load(build, item, "kumiki,file", &bytes, &size))
		return;
	if (size == 0)
		complain(&build->complaints, item->place,
		         "'%s' is empty, and there would be nothing to see; take '%s' out",
		         item->text, node->name);
	system->window_contents[number] = (struct rtos_content){bytes, size};
	system->windows[number].pages = (uint32_t)((size + RTOS_PAGE - 1) / RTOS_PAGE);
}

/* Complains if the program is given too much. Place 0 of a handle table isn't used. */
static void files_check_given(struct rtos_build *build, uint32_t number, const struct given *given)
{
	const struct rtos_system_program *program = &build->system->programs[number];
	const uint32_t room = program->image.handle_pages * RTOS_HANDLES_A_PAGE - 1u;

	if (given->handles + given->memories > RTOS_GIVEN_MAX)
		complain(&build->complaints, build->nodes[number]->place,
		         "'%s' is given %u ports, devices and pieces of memory, and can be told of "
		         "%d; take some out",
		         program->name, given->handles + given->memories, RTOS_GIVEN_MAX);
	else if (given->handles > room)
		complain(
		    &build->complaints, build->nodes[number]->place,
		    "'%s' is given %u handles, and has room for %u; add: kumiki,handles = <%u>;",
		    program->name, given->handles, room, given->handles + RTOS_HANDLES_A_PAGE);
	if (given->argument_size > RTOS_ARGUMENTS_SIZE)
		complain(&build->complaints,
		         dts_property(build->nodes[number], "kumiki,arguments")->place,
		         "'%s' can't be told arguments of %u characters; %zu are possible",
		         program->name, given->argument_size, RTOS_ARGUMENTS_SIZE);
}

static void files_check_memory(struct rtos_build *build, uint32_t number, const struct given *given)
{
	struct rtos_system_program *program = &build->system->programs[number];
	const uint64_t least = given_pages(&program->image, &program->manifest, given);

	if (program->manifest.pages && least > program->manifest.pages)
		complain(&build->complaints,
		         dts_property(build->nodes[number], "kumiki,memory")->items->place,
		         "'%s' takes %llu KiB before its first instruction (text, data, stack, "
		         "tables); give "
		         "it at least that",
		         program->name, (unsigned long long)least * (RTOS_PAGE / 1024));
}

void rtos_files_read(struct rtos_build *build)
{
	const struct rtos_system *system = build->system;
	struct rtos_manifest_program manifests[RTOS_IMAGE_PROGRAMS_MAX];
	const struct given_tables tables = {.programs = manifests,
	                                    .program_count = system->program_count,
	                                    .devices = system->devices,
	                                    .device_count = system->device_count,
	                                    .windows = system->windows,
	                                    .window_count = system->window_count,
	                                    .strings = system->strings};

	for (uint32_t i = 0; i < system->window_count; i++)
		files_read_window(build, i);
	for (uint32_t i = 0; i < system->program_count; i++)
		manifests[i] = system->programs[i].manifest;
	for (uint32_t i = 0; i < system->program_count; i++) {
		const bool good = files_read(build, i);
		struct given given;

		if (manifests[i].role != RTOS_ROLE_PROGRAM)
			continue;
		given = given_count(&tables, i);
		files_check_given(build, i, &given);
		if (good)
			files_check_memory(build, i, &given);
	}
}
