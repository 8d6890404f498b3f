/*
 * From a description to the model (host/model.h): the steps in their order.
 */
#include "build.h"
#include <host/guest_tree.h>
#include <stdlib.h>
#include <string.h>

/* ---- device trees ---- */

/* Each tree that a guest will boot with is made once while the description is checked, and thrown
 * away. If a tree can't be made, as a device needs another one that the partition doesn't own, the
 * description is wrong. So its author learns it from the check, and not only from the packer. */

static bool trees_generated(const struct model_partition *partition)
{
	return partition->dtb.ipa && !partition->dtb.path;
}

static void trees_check(const struct model *model, struct complaints *complaints)
{
	for (size_t i = 0; i < model->partition_count; i++) {
		struct guest_tree tree = {NULL, 0};

		if (!trees_generated(&model->partitions[i]))
			continue;
		(void)guest_tree_make(model, &model->partitions[i], &tree, complaints);
		free(tree.blob);
	}
}

/* ---- the system's name ---- */

/* Sets the system's name as the author gives it, if it is valid. */
static void load_given_name(struct build *build, const char *name, struct dts_place place)
{
	struct model *model = build->model;
	size_t length = strlen(name);
	bool good = length > 0 && length < sizeof(model->name);

	for (const char *c = name; *c; c++)
		good &= build_name_character(*c);
	if (good)
		memcpy(model->name, name, length);
	else
		complain(&build->complaints, place,
		         "'%s' can't be the system's name; use 1 to %zu letters, digits, '-', '_' "
		         "and '.'",
		         name, sizeof(model->name) - 1);
}

/* The system's name is the file's, without folders and ".dts". A character that no name may have
 * becomes '-'. */
static void load_file_name(struct build *build, const char *path)
{
	struct model *model = build->model;
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
	size_t length = 0;

	while (length < sizeof(model->name) - 1 && name[length] &&
	       strcmp(name + length, ".dts") != 0) {
		const char c = name[length];

		model->name[length++] = '-';
		if (build_name_character(c))
			model->name[length - 1] = c;
	}
	if (!length)
		memcpy(model->name, "system", 7);
}

static void load_name(struct build *build)
{
	const struct dts_node *root = build->tree->root;

	if (vocabulary_good(root, "kumiki,system"))
		load_given_name(build, dts_string(root, "kumiki,system"),
		                dts_property(root, "kumiki,system")->items->place);
	else
		load_file_name(build, build->tree->file->name);
}

/* ---- the steps ---- */

static int load_compare_drafts(const void *left, const void *right)
{
	const struct draft *a = left, *b = right;

	if (a->partition->start_order != b->partition->start_order)
		return a->partition->start_order < b->partition->start_order ? -1 : 1;
	return a->appearance < b->appearance ? -1 : 1;
}

/* Puts the partitions into the model, in the order in which they start. */
static void load_partitions(struct build *build)
{
	struct model *model = build->model;

	qsort(build->drafts, build->draft_count, sizeof(*build->drafts), load_compare_drafts);
	life_number(build);
	watch_number(build);
	model->partitions =
	    arena_array(build->arena, build->draft_count, sizeof(*model->partitions));
	for (size_t i = 0; i < build->draft_count; i++)
		model->partitions[i] = *build->drafts[i].partition;
	model->partition_count = build->draft_count;
	windows_number(build);
	channels_number(build);
}

/* True if the file is the RTOS's manifest: both have the same form, and lie side by side. */
static bool load_is_manifest(struct build *build)
{
	const struct dts_node *root = build->tree->root, *programs = dts_child(root, "programs");

	if (!programs || dts_child(root, "domains"))
		return false;
	complain(&build->complaints, programs->place,
	         "this is a manifest of the RTOS, not a system description: 'kumiki rtos check' is "
	         "for it; its packed image can be a partition's 'kumiki,image'");
	return true;
}

/* Takes a step whose mistakes are about memory and files. In spite of them, keeping_check() can
 * check the times. */
static void load_aside(struct build *build, void (*step)(struct build *))
{
	const size_t before = build->complaints.errors;

	step(build);
	build->aside += build->complaints.errors - before;
}

static void load_read(struct build *build)
{
	vocabulary_check(build);
	machine_read(build);
	domains_read(build);
	life_read(build);
	watch_check(build);
	power_read(build);
	load_aside(build, updates_read);
	load_aside(build, windows_read);
	load_aside(build, channels_read);
	load_aside(build, images_read);
	load_aside(build, memory_read);
	load_aside(build, keep_read);
}

static void load_place(struct build *build)
{
	cores_read(build);
	devices_read(build);
	owners_check(build);
	dma_check(build);
	watch_check_prevents(build);
	silence_check(build);
	load_aside(build, memory_place);
	wiring_choose(build);
	load_aside(build, views_check);
	load_aside(build, windows_view);
	load_aside(build, watch_place);
	load_aside(build, blackbox_place);
	load_aside(build, layout_partitions);
	load_aside(build, guest_dtb_check);
	guest_rtos_check(build);
	remote_check(build);
}

static void load_steps(struct build *build)
{
	if (load_is_manifest(build))
		return;
	load_read(build);
	if (!build->machine)
		return;
	load_place(build);
	if (build->complaints.errors > build->aside)
		return;
	cores_number(build);
	load_partitions(build);
	keeping_check(build);
	if (build->aside)
		return;
	power_check(build);
	updates_check(build);
	power_homes(build);
	shift_read(build);
	cmdline_check(build);
	if (!build->complaints.errors)
		guest_rtos_place(build);
}

/* The board alone: all its cores, and its memory. */
static void load_board(struct build *build)
{
	vocabulary_check(build);
	machine_read(build);
	if (build->machine)
		machine_board(build);
}

static struct model *load(const char *path, const struct model_options *options,
                          void (*steps)(struct build *build), FILE *complaints)
{
	static const struct model_options none;
	struct model *model = calloc(1, sizeof(*model));
	struct build build = {.model = model};

	if (!model) {
		fputs("kumiki: error: out of memory; close other programs and try again\n",
		      complaints);
		return NULL;
	}
	if (!options)
		options = &none;
	build.wants_frame = options->wants_frame;
	build.arena = &model->arena;
	build.complaints.arena = &model->arena;
	build.search = file_search_make(build.arena, options->access, options->include_dirs,
	                                options->include_dir_count);
	build.tree = dts_parse(path, &build.search, build.arena, &build.complaints);
	if (build.tree->understood) {
		model->root = build.tree->root;
		load_name(&build);
		steps(&build);
	}
	model->warnings = build.complaints.warnings;
	if (!build.complaints.errors)
		trees_check(model, &build.complaints);
	complaints_tell(&build.complaints, options->ear, complaints);
	if (!build.complaints.errors)
		return model;
	model_free(model);
	return NULL;
}

struct model *model_load(const char *path, const struct model_options *options, FILE *complaints)
{
	return load(path, options, load_steps, complaints);
}

struct model *model_load_board(const char *path, const struct model_options *options,
                               FILE *complaints)
{
	return load(path, options, load_board, complaints);
}

void model_free(struct model *model)
{
	if (model)
		arena_free(&model->arena);
	free(model);
}
