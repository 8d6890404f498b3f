/* The key that signs updates of the frame, from the description (docs/update.md). */
#include "build.h"
#include <host/update.h>
#include <string.h>

#define UPDATE_FILE_MOST 65536

/* Reads the key from the file that the property names. NULL, or what is wrong with that file. */
static const char *update_file(struct build *build, const struct dts_item *item)
{
	const struct file_access *access = build->search.access;
	char *bytes = NULL;
	size_t size = 0;
	int error = 0;
	const char *path = images_find(build, item->place, item->text, &error);

	if (path != NULL)
		error = access->read(access->context, build->arena, path, UPDATE_FILE_MOST, &bytes,
		                     &size);
	if (error != 0)
		return arena_format(build->arena,
		                    "it can't be read: %s; paths count from the description's "
		                    "folder, then from those of -I and $KUMIKI_PATH",
		                    file_error(error));
	return update_key_read(build->model->update_key, bytes, size);
}

void updates_read(struct build *build)
{
	static const char name[] = "kumiki,update-key";
	const struct dts_node *root = build->tree->root;
	const struct dts_item *item;
	const char *wrong;

	if (!vocabulary_good(root, name))
		return;
	item = dts_property(root, name)->items;
	wrong = update_key_is_hex(item->text) ? update_key_hex(build->model->update_key, item->text)
	                                      : update_file(build, item);
	if (wrong != NULL)
		complain(&build->complaints, item->place, "'%s' can't be the key of updates: %s",
		         item->text, wrong);
	build->model->updates = wrong == NULL;
}

/* Called when it is known who has the UART. */
void updates_check(struct build *build)
{
	const struct dts_property *property = dts_property(build->tree->root, "kumiki,update-key");

	if (build->model->updates && build->model->board.uart_base == 0)
		complain(&build->complaints, property->place,
		         "updates come by the link, which needs the UART, and that is given away; "
		         "take 'kumiki,update-key' out, or give the UART back to the frame");
}
