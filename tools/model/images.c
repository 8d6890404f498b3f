/*
 * The files that a description names: are they there, and of the right kind? Only their sizes and
 * first bytes are looked at; `kumiki pack` reads the rest.
 */
#include "build.h"
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define IMAGES_FILE_MAX   (4ull << 30)
#define IMAGES_OLD_OFFSET 0x80000

const char *images_find(struct build *build, struct dts_place place, const char *name, int *error)
{
	const char *path, *folder = place.file->folder, *main = build->tree->file->folder;
	int second = 0;

	path = file_search_find(&build->search, build->arena, folder, name, error);
	if (!path && strcmp(folder, main) != 0)
		path = file_search_find(&build->search, build->arena, main, name, &second);
	return path;
}

/* Reads the beginning of the file that the property `name` names. False after a complaint, or
 * without such a property. */
static bool images_peek(struct build *build, const struct draft *draft, const char *name,
                        struct draft_file *file, void *head, size_t head_size)
{
	const struct dts_property *property = dts_property(draft->node, name);
	const struct file_access *access = build->search.access;
	int error = 0;

	if (!property || !vocabulary_good(draft->node, name))
		return false;
	file->place = property->items->place;
	file->path = images_find(build, file->place, property->items->text, &error);
	if (file->path)
		error = access->peek(access->context, file->path, head, head_size, &file->size);
	if (error) {
		complain(&build->complaints, file->place,
		         "can't read '%s' for '%s': %s; paths count from the description's folder, "
		         "then from those of -I and $KUMIKI_PATH",
		         property->items->text, name,
		         error == EISDIR ? "it is a folder" : strerror(error));
		file->path = NULL;
		return false;
	}
	if (file->size && file->size < IMAGES_FILE_MAX)
		return true;
	complain(&build->complaints, file->place, "'%s' %s; is it the right file?",
	         property->items->text, file->size ? "is larger than 4 GiB" : "is empty");
	file->path = NULL;
	return false;
}

static void images_header(struct build *build, const struct draft *draft, struct draft_file *file)
{
	struct arm64_image_header *image = &file->image;
	const char *name = dts_property(draft->node, "kumiki,image")->items->text;
	unsigned page;

	file->header = le32toh(image->magic) == ARM64_IMAGE_MAGIC;
	if (!file->header)
		return;
	image->text_offset = le64toh(image->text_offset);
	image->image_size = le64toh(image->image_size);
	image->flags = le64toh(image->flags);
	/* Kernels before 3.17: see Linux, Documentation/arm64/booting.rst. */
	if (!image->image_size)
		image->text_offset = IMAGES_OLD_OFFSET;
	page = image->flags >> 1 & 3;
	if (image->flags & 1)
		complain(&build->complaints, file->place,
		         "'%s' is a big-endian kernel, and the devices that the frame emulates are "
		         "little-endian; build it little-endian",
		         name);
	if (page > 1)
		complain_warning(&build->complaints, file->place,
		                 "'%s' uses pages of %d KiB; it runs only if the cores can do that",
		                 name, page == 2 ? 16 : 64);
	if (image->text_offset >= BUNDLE_ADDRESS_LIMIT ||
	    image->image_size >= BUNDLE_ADDRESS_LIMIT || image->text_offset % 8) {
		complain(&build->complaints, file->place,
		         "'%s' has an arm64 Image header with impossible numbers (text_offset "
		         "0x%llx, image_size 0x%llx); is the file damaged?",
		         name, (unsigned long long)image->text_offset,
		         (unsigned long long)image->image_size);
		file->path = NULL;
	}
}

/* The minder is a file of Kumiki's: there is one for each board with cores of another architecture.
 */
static void images_read_minder(struct build *build, struct draft *draft)
{
	const struct file_search *search = &build->search;
	struct draft_file *file = &draft->image;
	const char *name = arena_format(build->arena, "minder-%s.bin", build->model->board.name);
	int error = 0;

	file->place = draft->remote.place;
	file->path = file_search_find(
	    search, build->arena, search->folder_count ? search->folders[0] : "/", name, &error);
	if (file->path)
		error = search->access->peek(search->access->context, file->path, &file->image,
		                             sizeof(file->image), &file->size);
	if (!file->path || error) {
		complain(&build->complaints, file->place,
		         "can't read '%s', which stands for the core of another architecture: %s; "
		         "build it (make remote)",
		         name, strerror(error));
		file->path = NULL;
		return;
	}
	images_header(build, draft, file);
}

static void images_read_image(struct build *build, struct draft *draft)
{
	const bool remote = remote_asked(draft->node) != NULL;
	struct draft_file *file = remote ? &draft->remote : &draft->image;
	const char *foreign, *name;

	if (!images_peek(build, draft, "kumiki,image", file, &file->image, sizeof(file->image)))
		return;
	name = dts_property(draft->node, "kumiki,image")->items->text;
	foreign = remote ? foreign_kind_remote(build, file->path, name)
	                 : foreign_kind(build, file->path, name);
	if (foreign) {
		complain(&build->complaints, file->place, "'%s' %s", name, foreign);
		file->path = NULL;
		return;
	}
	if (remote)
		images_read_minder(build, draft);
	else
		images_header(build, draft, file);
}

static void images_read_tree(struct build *build, struct draft *draft)
{
	const struct dts_property *none = dts_property(draft->node, "kumiki,no-dtb");
	const struct dts_property *initrd = dts_property(draft->node, "kumiki,initrd");
	const struct dts_property *address = dts_property(draft->node, "kumiki,dtb-address");
	unsigned char head[4];

	if (none && dts_property(draft->node, "kumiki,dtb")) {
		complain(&build->complaints, none->place,
		         "'%s' has 'kumiki,dtb' and 'kumiki,no-dtb'; remove one of them",
		         draft->name);
		return;
	}
	if (none && address)
		complain(&build->complaints, address->place,
		         "'%s' has 'kumiki,no-dtb' and an address for its device tree; remove one "
		         "of them",
		         draft->name);
	if (none && initrd)
		complain(&build->complaints, initrd->place,
		         "'%s' can't find its initrd without a device tree; remove 'kumiki,no-dtb'",
		         draft->name);
	if (!images_peek(build, draft, "kumiki,dtb", &draft->dtb, head, sizeof(head)))
		return;
	if (memcmp(head, "\xd0\x0d\xfe\xed", 4) != 0 || draft->dtb.size > MODEL_BLOCK) {
		complain(
		    &build->complaints, draft->dtb.place,
		    "'%s' isn't a flattened device tree of at most 2 MiB; make one with: dtc -O "
		    "dtb",
		    dts_property(draft->node, "kumiki,dtb")->items->text);
		draft->dtb.path = NULL;
	}
}

#define IMAGES_MZ                                                                                  \
	0x5a4du /* an Image begins so if it is an EFI program, too: it is mostly a Linux */

#define IMAGES_PANIC "panic="

/* Whether Linux resets the machine after a panic. The last such word counts; 0 says no. */
static bool images_resets(const char *bootargs)
{
	long seconds = 0;

	for (const char *at = strstr(bootargs, IMAGES_PANIC); at; at = strstr(at + 1, IMAGES_PANIC))
		if (at == bootargs || at[-1] == ' ')
			seconds = strtol(at + strlen(IMAGES_PANIC), NULL, 0);
	return seconds != 0;
}

/* Warns of a Linux that stands still after a panic: its command line doesn't say that it is to
 * reset the machine. A user's own tree may have a command line, too; it isn't read. */
static void images_remark_panic(struct build *build, const struct draft *draft)
{
	const struct dts_node *chosen = dts_child(draft->node, "chosen");
	const struct dts_property *bootargs = chosen ? dts_property(chosen, "bootargs") : NULL;
	const bool linux_image =
	    draft->image.header && (draft->image.image.code0 & 0xffff) == IMAGES_MZ;

	if (!linux_image || draft->partition->life.on_crash == LIFE_DO_STOP || draft->dtb.path ||
	    dts_property(draft->node, "kumiki,no-dtb") || images_resets(draft->partition->bootargs))
		return;
	complain_warning(
	    &build->complaints, bootargs ? bootargs->place : draft->image.place,
	    "the Linux of '%s' stands still after a panic, and without a watchdog Kumiki hears "
	    "nothing of it: its command line has no panic= (0 counts as none); write it so: "
	    "chosen { bootargs = \"console=ttyAMA0 panic=1\"; };",
	    draft->name);
}

/* Any file can be an initrd, even a kernel for a boot loader. Only the partition's own image is
 * refused. */
static void images_read_initrd(struct build *build, struct draft *draft)
{
	unsigned char head[4];

	if (!images_peek(build, draft, "kumiki,initrd", &draft->initrd, head, sizeof(head)) ||
	    !draft->image.path || strcmp(draft->image.path, draft->initrd.path) != 0)
		return;
	complain(&build->complaints, draft->initrd.place,
	         "'%s' is named by 'kumiki,image', too; give an initial RAM disk",
	         dts_property(draft->node, "kumiki,initrd")->items->text);
	draft->initrd.path = NULL;
}

void images_read(struct build *build)
{
	for (size_t i = 0; i < build->draft_count; i++) {
		images_read_image(build, &build->drafts[i]);
		images_read_initrd(build, &build->drafts[i]);
		images_read_tree(build, &build->drafts[i]);
		images_remark_panic(build, &build->drafts[i]);
	}
}
