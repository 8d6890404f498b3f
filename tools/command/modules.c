/* `kumiki modules`: makes the file of the modules that a watched Linux may load. */
#include <errno.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <inttypes.h>
#include <modules/modules.h>
#include <stdlib.h>
#include <string.h>

#define MODULES_FILE_MAX (1ull << 30)

static bool modules_read(struct arena *arena, const char *path, const uint8_t **bytes, size_t *size)
{
	char *data = NULL;
	const int error = file_access_system.read(NULL, arena, path, MODULES_FILE_MAX, &data, size);

	if (error != 0)
		fprintf(stderr, "%s: error: it can't be read: %s\n", path, strerror(error));
	*bytes = (const uint8_t *)data;
	return error == 0;
}

static bool modules_wrong(const char *path, const char *wrong)
{
	if (wrong != NULL)
		fprintf(stderr, "%s: error: it %s\n", path, wrong);
	return wrong != NULL;
}

/* Tells every mistake. */
static bool modules_load(struct modules_set *set, struct arena *arena, char **word, int words)
{
	const uint8_t *bytes;
	const char *missing;
	size_t size;
	bool good = true, made = true;

	if (!modules_read(arena, word[0], &bytes, &size))
		return false;
	missing = modules_open(set, arena, bytes, size);
	if (missing != NULL) {
		fprintf(stderr, "%s: error: nobody can check modules of this kernel: %s\n", word[0],
		        missing);
		return false;
	}
	for (int i = 1; i < words; i++)
		good &= modules_read(arena, word[i], &bytes, &size) &&
		        !modules_wrong(word[i], modules_add(set, word[i], bytes, size));
	for (uint32_t i = 0; good && i < set->count; i++)
		made &= !modules_wrong(set->file[i].path, modules_make(set, &set->file[i]));
	return good && made;
}

static void modules_print(const struct modules_set *set)
{
	printf("%s\n", set->banner);
	for (uint32_t i = 0; i < set->count; i++) {
		const struct modules_file *file = &set->file[i];

		printf("  %s: %" PRIu32 " bytes of text and constants, and %" PRIu32
		       " for its start; the kernel changes %" PRIu32 " places\n",
		       file->name, file->part[WATCHMODULES_CORE].size,
		       file->part[WATCHMODULES_INIT].size,
		       file->part[WATCHMODULES_CORE].count + file->part[WATCHMODULES_INIT].count);
	}
}

static bool modules_write(const struct modules_set *set, const char *out)
{
	const struct watchmodules *all = modules_join(set);

	if (all == NULL) {
		fprintf(stderr, "kumiki modules: these are more than 4 GiB of modules\n");
		return false;
	}
	return output_write(out, all, all->size, stderr);
}

int kumiki_modules(int argc, char **argv)
{
	const char *out = NULL;
	struct arena arena = {0};
	struct modules_set *set;
	int option;
	bool good;

	while ((option = getopt(argc, argv, "o:")) != -1) {
		if (option != 'o')
			return command_usage("modules");
		out = optarg;
	}
	if (argc - optind < 2)
		return command_misused("modules",
		                       "name the kernel's image, then each module's file");
	set = arena_alloc(&arena, sizeof(*set));
	good = modules_load(set, &arena, argv + optind, argc - optind);
	if (good && out == NULL)
		modules_print(set);
	else if (good)
		good = modules_write(set, out);
	arena_free(&arena);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
