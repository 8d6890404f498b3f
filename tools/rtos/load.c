/* From a manifest to the system (host/rtos.h): the steps in their order. Each step is a file. */
#include "build.h"
#include <stdlib.h>

static void load_steps(struct rtos_build *build)
{
	rtos_words_check(build);
	rtos_programs_read(build);
	rtos_ports_read(build);
	rtos_devices_read(build);
	rtos_files_read(build);
	rtos_parts_check(build);
	rtos_ladder_check(build);
}

struct rtos_system *rtos_load(const char *path, const struct model_options *options,
                              FILE *complaints)
{
	static const struct model_options none;
	struct rtos_system *system = calloc(1, sizeof(*system));
	struct rtos_build build = {.system = system};

	if (!system) {
		fputs("kumiki: error: out of memory; close other programs and try again\n",
		      complaints);
		return NULL;
	}
	if (!options)
		options = &none;
	system->path = path;
	build.arena = &system->arena;
	build.complaints.arena = &system->arena;
	build.search = file_search_make(build.arena, options->access, options->include_dirs,
	                                options->include_dir_count);
	build.tree = dts_parse(path, &build.search, build.arena, &build.complaints);
	if (build.tree->understood)
		load_steps(&build);
	complaints_print(&build.complaints, complaints);
	system->warnings = build.complaints.warnings;
	if (!build.complaints.errors)
		return system;
	rtos_free(system);
	return NULL;
}

void rtos_free(struct rtos_system *system)
{
	if (system)
		arena_free(&system->arena);
	free(system);
}
