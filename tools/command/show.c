/* `kumiki show`: shows a packed image's contents, or one partition's device tree from it. */
#include <errno.h>
#include <getopt.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <host/show.h>
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>

#define SHOW_SIZE_MAX ((size_t)4 << 30)

struct show_arguments {
	const char *tree, *out, *file;
	bool json;
};

static bool show_arguments(struct show_arguments *arguments, int argc, char **argv)
{
	static const struct option longs[] = {{"dtb", required_argument, NULL, 'd'},
	                                      {"json", no_argument, NULL, 'j'},
	                                      {NULL, 0, NULL, 0}};
	int option;
	while ((option = command_option(argc, argv, "o:", longs)) != -1) {
		if (option == 'j')
			arguments->json = true;
		else if (option == 'd')
			arguments->tree = optarg;
		else if (option == 'o')
			arguments->out = optarg;
		else
			return false;
	}
	arguments->file = argv[optind];
	return optind == argc - 1;
}

static bool show_tree(const struct show_image *image, const struct show_arguments *arguments)
{
	if (image->bundle == NULL) {
		fprintf(stderr, "%s: error: %s\n", arguments->file, image->fault);
		return false;
	}
	const struct bundle_part *part = show_find_tree(image, arguments->tree, stderr);
	if (part == NULL)
		return false;
	if (!bundle_part_intact(image->bundle, part)) {
		fprintf(stderr, "%s: error: part '%s' is damaged\n", arguments->file, part->name);
		return false;
	}
	return output_write_or_print(arguments->out, (const uint8_t *)image->bundle + part->offset,
	                             (size_t)part->size, stderr);
}

static bool show_all(const struct show_image *image, const struct show_arguments *arguments)
{
	return arguments->json ? show_json(image, arguments->file, stdout)
	                       : show_report(image, arguments->file, stdout);
}

/* Says why the file can't be an image, as the end of a sentence that begins with the file's name.
 * NULL: it may be one. A description isn't an image: it is text. */
static const char *show_no_image(const struct show_arguments *arguments, struct arena *arena,
                                 int error, const char *bytes, size_t size)
{
	if (error != 0)
		return arena_format(arena,
		                    "can't be read: %s; give it the image that 'kumiki pack' wrote",
		                    strerror(error));
	if (show_is_rtos(bytes, size))
		return arena_format(
		    arena, "this is an image of the RTOS; look at it with: kumiki rtos show %s",
		    arguments->file);
	if (size == 0 || memchr(bytes, 0, size) != NULL || strstr(bytes, "/dts-v1/") == NULL)
		return NULL;
	return arena_format(arena,
	                    "this is a description, and 'kumiki show' shows packed images; look at "
	                    "it with: kumiki check %s; or pack it first: kumiki pack %s -o "
	                    "system.img",
	                    arguments->file, arguments->file);
}

static int show_fault(const struct show_arguments *arguments, struct arena *arena,
                      const char *fault)
{
	if (arguments->json)
		(void)show_json(&(struct show_image){.fault = fault}, arguments->file, stdout);
	else
		fprintf(stderr, "%s: error: %s\n", arguments->file, fault);
	arena_free(arena);
	return EXIT_FAILURE;
}

int kumiki_show(int argc, char **argv)
{
	struct show_arguments arguments = {0};
	struct show_image image;
	struct arena arena = {0};
	char *bytes = NULL;
	size_t size = 0;
	if (!show_arguments(&arguments, argc, argv))
		return command_usage("show");
	if (arguments.out != NULL && arguments.tree == NULL)
		return command_misused("show", "-o is for a device tree; name its partition: --dtb "
		                               "PARTITION");
	if (arguments.json && arguments.tree != NULL)
		return command_misused("show", "a device tree isn't JSON; leave --json or --dtb "
		                               "out");
	int error =
	    file_access_system.read(NULL, &arena, arguments.file, SHOW_SIZE_MAX, &bytes, &size);
	const char *fault = show_no_image(&arguments, &arena, error, bytes, size);
	if (fault != NULL)
		return show_fault(&arguments, &arena, fault);
	(void)show_open(&image, bytes, size);
	bool good =
	    arguments.tree != NULL ? show_tree(&image, &arguments) : show_all(&image, &arguments);
	arena_free(&arena);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
