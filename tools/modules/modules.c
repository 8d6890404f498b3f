/* See modules.h. What a module's text and constants become is in make.c. */
#include "modules.h"
#include <facts/facts.h>
#include <lib/crc32c.h>
#include <string.h>

#define MODULES_VERMAGIC "vermagic="
#define MODULES_DEPENDS  "depends="
#define MODULES_RELEASE  "Linux version " /* in front of the release in the kernel's words */
#define MODULES_STRUCT   ".gnu.linkonce.this_module"
#define MODULES_ALIGN    8u

/* ---- the kernel ---- */

const char *modules_open(struct modules_set *set, struct arena *arena, const uint8_t *image,
                         size_t size)
{
	struct kernel kernel;
	const char *missing = kernel_open(&kernel, arena, image, size);
	uint32_t at;

	*set = (struct modules_set){.arena = arena};
	if (missing == NULL)
		missing = facts_banner(set->banner, &at, &kernel);
	if (missing != NULL)
		return missing;
	if (kernel.program != NULL || !btf_member(&kernel.btf, "module", "name", &set->name))
		return "it loads no modules";
	return exports_find(&set->exports, &kernel, arena)
	           ? NULL
	           : "the table of what it exports isn't found";
}

/* ---- modules ---- */

/* The module's word of this name; NULL: it has none. */
static const char *modules_info(const struct object *object, const char *name)
{
	const uint32_t section = object_find(object, ".modinfo", 0);
	const char *info = (const char *)object->section[section].bytes, *end;

	if (section == 0 || info == NULL)
		return NULL;
	end = info + object->section[section].size;
	while (info < end) {
		const size_t length = strnlen(info, (size_t)(end - info));

		if (info + length == end)
			return NULL;
		if (strncmp(info, name, strlen(name)) == 0)
			return info + strlen(name);
		info += length + 1;
	}
	return NULL;
}

/* Its name as the kernel has it; NULL: none. */
static const char *modules_name(const struct modules_set *set, const struct object *object)
{
	const uint32_t section = object_find(object, MODULES_STRUCT, 0);
	const uint8_t *bytes = object->section[section].bytes;
	const uint64_t size = object->section[section].size;
	const char *name;

	if (section == 0 || bytes == NULL || set->name > size ||
	    size - set->name < WATCHMODULES_NAME)
		return NULL;
	name = (const char *)bytes + set->name;
	if (name[0] == 0 || memchr(name, 0, WATCHMODULES_NAME) == NULL)
		return NULL;
	for (const char *at = name; *at != 0; at++)
		if (*at <= ' ' || *at > '~')
			return NULL;
	return name;
}

/* Whether it is for this kernel: both have the same release. */
static const char *modules_fits(const struct modules_set *set, const struct object *object)
{
	const char *release = set->banner + strlen(MODULES_RELEASE);
	const char *magic = modules_info(object, MODULES_VERMAGIC);
	const size_t length = strcspn(release, " ");

	if (magic == NULL)
		return "is no kernel module";
	if (strcspn(magic, " ") == length && strncmp(magic, release, length) == 0)
		return NULL;
	return arena_format(set->arena, "is for the kernel '%.*s', and the image is '%.*s'",
	                    (int)strcspn(magic, " "), magic, (int)length, release);
}

const char *modules_add(struct modules_set *set, const char *path, const uint8_t *bytes,
                        size_t size)
{
	struct modules_file *file = &set->file[set->count];
	const char *wrong;

	if (set->count == WATCHMODULES_MOST)
		return "is one module too many: a watcher knows 256";
	*file = (struct modules_file){.path = path};
	wrong = object_open(&file->object, set->arena, bytes, size);
	if (wrong == NULL)
		wrong = modules_fits(set, &file->object);
	if (wrong != NULL)
		return wrong;
	file->name = modules_name(set, &file->object);
	if (file->name == NULL)
		return "has no name, so it is no whole kernel module";
	for (uint32_t i = 0; i < set->count; i++)
		if (strcmp(set->file[i].name, file->name) == 0)
			return arena_format(set->arena, "is the module '%s' once more; %s is, too",
			                    file->name, set->file[i].path);
	file->depends = modules_info(&file->object, MODULES_DEPENDS);
	layout_make(&file->layout, set->arena, &file->object);
	set->count++;
	return NULL;
}

/* ---- the file ---- */

static uint64_t modules_size(const struct modules_part *part)
{
	return (part->size + MODULES_ALIGN - 1) / MODULES_ALIGN * MODULES_ALIGN +
	       (uint64_t)part->count * sizeof(*part->site);
}

static struct watchmodules_text modules_put(uint8_t *to, uint64_t *at,
                                            const struct modules_part *part)
{
	const uint64_t end = *at + modules_size(part);
	const struct watchmodules_text text = {
	    .text = (uint32_t)*at,
	    .size = part->size,
	    .code = part->code,
	    .sites = (uint32_t)(end - (uint64_t)part->count * sizeof(*part->site)),
	    .count = part->count};

	memcpy(to + text.text, part->text, part->size);
	memcpy(to + text.sites, part->site, part->count * sizeof(*part->site));
	*at = end;
	return text;
}

const struct watchmodules *modules_join(const struct modules_set *set)
{
	uint64_t at =
	    sizeof(struct watchmodules) + set->count * (uint64_t)sizeof(struct watchmodules_module);
	uint64_t size = at;
	struct watchmodules *all;
	struct watchmodules_module *module;

	for (uint32_t i = 0; i < set->count; i++)
		for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++)
			size += modules_size(&set->file[i].part[part]);
	if (size > UINT32_MAX)
		return NULL;
	all = arena_alloc(set->arena, size);
	*all = (struct watchmodules){.magic = WATCHMODULES_MAGIC,
	                             .revision = WATCHMODULES_REVISION,
	                             .size = (uint32_t)size,
	                             .kernel = crc32c(0, set->banner, WATCHFACTS_BANNER),
	                             .count = set->count};
	module = (struct watchmodules_module *)(all + 1);
	for (uint32_t i = 0; i < set->count; i++) {
		memcpy(module[i].name, set->file[i].name, strlen(set->file[i].name));
		for (uint32_t part = 0; part < WATCHMODULES_PARTS; part++)
			module[i].part[part] =
			    modules_put((uint8_t *)all, &at, &set->file[i].part[part]);
	}
	return all;
}
