/* The files of programs and windows, and whether the programs' quotas suffice. */
#include "build.h"
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

#define FILES_TABLE_PAGES 512 /* pages that one page table maps */

/* What the supervisor gives a program before its start (kumiki/rtos/program.h). */
struct files_given {
	uint32_t handles;
	uint32_t memories;      /* pieces that are mapped */
	uint64_t memory_pages;  /* their pages, with a free page behind each piece */
	uint32_t argument_size; /* with closing NULs */
};

static void files_add_memory(struct files_given *given, uint64_t pages)
{
	given->memories++;
	given->memory_pages += pages + 1;
}

/* What a device takes whose place isn't known yet: at most two ranges of registers; or those of a
 * watched partition and memory, up to a GiB of it in one piece. */
static struct rtos_manifest_device files_called(const struct rtos_manifest_device *device)
{
	struct rtos_manifest_device called = *device;

	if (device->kind == RTOS_CALLED_NOTHING)
		return called;
	called.range_count =
	    device->kind == RTOS_CALLED_DEVICE || device->kind == RTOS_CALLED_WATCHED ? 2 : 1;
	called.interrupt_count =
	    device->kind == RTOS_CALLED_DEVICE || device->kind == RTOS_CALLED_CHANNEL ? 1 : 0;
	for (uint32_t i = 0; i < called.range_count; i++)
		called.ranges[i].size = RTOS_PAGE;
	return called;
}

/* Adds memory that is watched, and the note of its place. It is mapped by blocks except at its
 * ends, so it needs a table for each GiB, and some more. */
static void files_add_watched(struct files_given *given, uint64_t size)
{
	given->memories += 2;
	given->memory_pages += (3 + (size >> 30)) * FILES_TABLE_PAGES;
}

static void files_add_device(struct files_given *given, const struct rtos_manifest_device *device)
{
	for (uint32_t i = 0; i < device->range_count; i++)
		if (device->kind == RTOS_CALLED_WATCHED && i > 0)
			files_add_watched(given, device->ranges[i].size);
		else
			files_add_memory(given, (device->ranges[i].base % RTOS_PAGE +
			                         device->ranges[i].size + RTOS_PAGE - 1) /
			                            RTOS_PAGE);
	given->handles += device->interrupt_count + (device->dma ? device->range_count : 0);
}

static uint32_t files_argument_size(const struct rtos_system *system,
                                    const struct rtos_manifest_program *manifest)
{
	uint32_t end = manifest->arguments;

	for (uint32_t i = 0; i < manifest->argument_count && i < RTOS_ARGUMENTS_MAX; i++)
		end += (uint32_t)strlen(system->strings + end) + 1;
	return end - manifest->arguments;
}

/* 1 if the program manages the supervisor: that is one more handle. */
static uint32_t files_manages_supervisor(const struct rtos_system *system,
                                         const struct rtos_manifest_program *manifest)
{
	for (uint32_t i = 0; i < system->program_count; i++)
		if (system->programs[i].manifest.role == RTOS_ROLE_SUPERVISOR)
			return manifest->manages >> i & 1;
	return 0;
}

/* By handles; and mapped, if the program copies for its devices. */
static void files_add_reached(struct files_given *given, const struct rtos_system *system,
                              const struct rtos_manifest_program *manifest)
{
	for (uint32_t i = 0; i < system->program_count; i++) {
		if (!(manifest->reaches >> i & 1))
			continue;
		given->handles++;
		if (manifest->flags & RTOS_PROGRAM_DMA_UNCACHED)
			files_add_memory(given, system->programs[i].manifest.keep_pages);
	}
}

static struct files_given files_given(const struct rtos_system *system, uint32_t number)
{
	const struct rtos_manifest_program *manifest = &system->programs[number].manifest;
	struct files_given given = {.argument_size = files_argument_size(system, manifest)};
	uint32_t interrupts = 0;

	for (uint32_t i = 0; i < system->device_count; i++)
		if (system->devices[i].owner == number) {
			const struct rtos_manifest_device device =
			    files_called(&system->devices[i]);

			files_add_device(&given, &device);
			interrupts += device.interrupt_count;
		}
	if (manifest->keep_pages)
		files_add_memory(&given, manifest->keep_pages);
	if (manifest->dma_pages) {
		files_add_memory(&given, manifest->dma_pages);
		given.handles++;
	}
	files_add_reached(&given, system, manifest);
	for (uint32_t i = 0; i < system->window_count; i++)
		if ((system->windows[i].writers | system->windows[i].readers) >> number & 1)
			files_add_memory(&given, system->windows[i].pages);
	given.memories += (manifest->flags & RTOS_PROGRAM_NO_SUMS) != 0;
	given.handles += (uint32_t)(__builtin_popcountll(manifest->offers) +
	                            __builtin_popcountll(manifest->uses)) +
	                 1 /* the supervisor's port */ + (manifest->heartbeat_ms != 0) +
	                 files_manages_supervisor(system, manifest) + (interrupts != 0) +
	                 ((manifest->flags & RTOS_PROGRAM_TRACES) != 0);
	return given;
}

/* Complains if the program is given too much. Place 0 of a handle table isn't used. */
static void files_check_given(struct rtos_build *build, uint32_t number,
                              const struct files_given *given)
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

#define FILES_MAPPINGS_A_PAGE 32 /* docs/inside/rtos-kernel.md */

/* The pages that a program needs before its first instruction. What the supervisor gives it lies
 * apart from its own memory, with page tables of its own. */
static uint64_t files_pages(const struct rtos_system_program *program,
                            const struct files_given *given)
{
	const struct rtos_program *image = &program->image;
	uint64_t pages = rtosimage_pages(image);

	if (!(program->manifest.flags & RTOS_PROGRAM_SHARED_TEXT))
		pages += rtosimage_text_pages(image);
	if (given->memories)
		pages += 1 + (given->memory_pages + FILES_TABLE_PAGES - 1) / FILES_TABLE_PAGES;
	return pages + (given->memories + image->segment_count + 1u) / FILES_MAPPINGS_A_PAGE;
}

static void files_check_memory(struct rtos_build *build, uint32_t number,
                               const struct files_given *given)
{
	struct rtos_system_program *program = &build->system->programs[number];
	const uint64_t least = files_pages(program, given);

	program->manifest.least_pages = (uint32_t)least;
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
	for (uint32_t i = 0; i < build->system->window_count; i++)
		files_read_window(build, i);
	for (uint32_t i = 0; i < build->system->program_count; i++) {
		const bool good = files_read(build, i);

		const struct files_given given = files_given(build->system, i);

		if (build->system->programs[i].manifest.role != RTOS_ROLE_PROGRAM)
			continue;
		files_check_given(build, i, &given);
		if (good)
			files_check_memory(build, i, &given);
	}
}
