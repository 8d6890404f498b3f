/* `kumiki update`: replaces the frame of a running machine. See docs/update.md. */
#include <errno.h>
#include <getopt.h>
#include <host/arena.h>
#include <host/commands.h>
#include <host/files.h>
#include <host/output.h>
#include <host/update.h>
#include <lib/bundle.h>
#include <stdlib.h>
#include <string.h>

#define UPDATE_IMAGE_MOST     ((size_t)4 << 30)
#define UPDATE_SIGNATURE_MOST 65536

struct update_arguments {
	const char *link, *image, *signature, *out;
	bool payload;
};

static bool update_arguments(struct update_arguments *arguments, int argc, char **argv)
{
	static const struct option longs[] = {{"payload", no_argument, NULL, 'p'},
	                                      {"signature", required_argument, NULL, 's'},
	                                      {NULL, 0, NULL, 0}};
	int option;

	while ((option = command_option(argc, argv, "o:", longs)) != -1) {
		if (option == 'p')
			arguments->payload = true;
		else if (option == 's')
			arguments->signature = optarg;
		else if (option == 'o')
			arguments->out = optarg;
		else
			return false;
	}
	if (!arguments->payload && optind < argc)
		arguments->link = argv[optind++];
	if (optind < argc)
		arguments->image = argv[optind++];
	return optind == argc && arguments->image != NULL &&
	       arguments->payload == (arguments->out != NULL) &&
	       !(arguments->payload && arguments->signature != NULL);
}

static bool update_fault(const char *file, const char *what)
{
	fprintf(stderr, "%s: error: %s\n", file, what);
	return false;
}

static bool update_read(struct arena *arena, const char *path, size_t most, const char *remedy,
                        char **bytes, size_t *size)
{
	const int error = file_access_system.read(NULL, arena, path, most, bytes, size);

	return error == 0 || update_fault(path, arena_format(arena, "it can't be read: %s; %s",
	                                                     file_error(error), remedy));
}

static bool update_image(struct arena *arena, const char *path, struct show_image *image)
{
	char *bytes = NULL;
	size_t size = 0;

	if (!update_read(arena, path, UPDATE_IMAGE_MOST,
	                 "IMAGE comes last, and is what 'kumiki pack' wrote", &bytes, &size))
		return false;
	if (!show_open(image, bytes, size))
		return update_fault(path, arena_format(arena,
		                                       "this is no image of 'kumiki pack' that is "
		                                       "whole: %s",
		                                       image->fault));
	if (!image->frame_intact)
		return update_fault(path, "its frame is damaged; pack it again");
	if (!bundle_takes_updates(image->bundle))
		return update_fault(path, "its description has no 'kumiki,update-key': no machine "
		                          "with these partitions takes updates");
	return true;
}

static bool update_over_link(struct arena *arena, const struct update_arguments *arguments,
                             const struct show_image *image)
{
	struct update_package package = {
	    .head = update_head(image), .image = image, .name = arguments->image};
	const char *path = arguments->signature != NULL
	                       ? arguments->signature
	                       : arena_format(arena, "%s.sig", arguments->image);
	const char *wrong;
	char *bytes = NULL;
	size_t size = 0;

	if (!update_read(arena, path, UPDATE_SIGNATURE_MOST,
	                 "'kumiki help update' says how to sign IMAGE", &bytes, &size))
		return false;
	wrong = update_signature_read(package.signature, (const uint8_t *)bytes, size);
	if (wrong != NULL)
		return update_fault(path, wrong);
	return update_send(arguments->link, &package, stdout, stderr);
}

static bool update_payload(const struct update_arguments *arguments, const struct show_image *image)
{
	const struct package_head head = update_head(image);

	return output_write(arguments->out, &head, sizeof(head), stderr);
}

int kumiki_update(int argc, char **argv)
{
	struct update_arguments arguments = {0};
	struct show_image image;
	struct arena arena = {0};
	bool good;

	if (!update_arguments(&arguments, argc, argv))
		return command_usage("update");
	good = update_image(&arena, arguments.image, &image) &&
	       (arguments.payload ? update_payload(&arguments, &image)
	                          : update_over_link(&arena, &arguments, &image));
	arena_free(&arena);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
