/*
 * `kumiki show --json`: the document "image". For a damaged image it says what is wrong, or which
 * parts are damaged.
 */
#include "json.h"
#include <host/jsonfile.h>
#include <host/show.h>
#include <inttypes.h>
#include <lib/bundle.h>
#include <lib/jsonbundle.h>
#include <lib/sha256.h>

static void image_crc(struct json *json, uint32_t crc)
{
	char text[16];

	(void)snprintf(text, sizeof(text), "%08" PRIx32, crc);
	json_string(json, "crc32c", text);
}

static void image_sha(struct json *json, const uint8_t digest[SHA256_SIZE])
{
	char text[2 * SHA256_SIZE + 1];

	for (int i = 0; i < SHA256_SIZE; i++)
		(void)snprintf(text + 2 * (size_t)i, 3, "%02x", digest[i]);
	json_string(json, "sha256", text);
}

static void image_frame(struct json *json, const struct show_image *image)
{
	json_object(json, "frame");
	json_number(json, "size", image->frame.image_size);
	json_name(json, "version", image->frame.version, sizeof(image->frame.version));
	json_number(json, "bundle_revision", image->bundle->revision);
	image_crc(json, image->bundle->frame_crc);
	json_boolean(json, "intact", image->frame_intact);
	json_end(json);
}

/* The partitions that use the part: a bit for each. */
static uint32_t image_users(const struct bundle_header *bundle, uint32_t part)
{
	const struct bundle_partition *partition = bundle_partitions(bundle);
	uint32_t users = 0;

	for (uint32_t p = 0; p < bundle->partitions.count; p++, partition++)
		for (uint32_t i = 0; i < partition->loads.count; i++)
			if (bundle_loads(bundle)[partition->loads.first + i].part == part)
				users |= 1u << p;
	return users;
}

/* Writes a part. True: it is intact. */
static bool image_part(struct json *json, const struct bundle_header *bundle, uint32_t index)
{
	const struct bundle_part *part = &bundle_parts(bundle)[index];
	const bool intact = show_part_intact(bundle, part);

	json_object(json, NULL);
	json_number(json, "part", index);
	json_string(json, "kind", show_part_kind(part->kind));
	json_name(json, "name", part->name, sizeof(part->name));
	json_number(json, "size", part->size);
	jsonbundle_names(json, bundle, "partitions", image_users(bundle, index));
	image_crc(json, part->crc);
	image_sha(json, part->sha256);
	json_boolean(json, "intact", intact);
	json_end(json);
	return intact;
}

/* Writes all parts. True: all of them are intact. */
static bool image_parts(struct json *json, const struct bundle_header *bundle)
{
	bool intact = true;

	json_rows(json, "parts");
	for (uint32_t i = 0; i < bundle->parts.count; i++)
		intact &= image_part(json, bundle, i);
	json_end(json);
	return intact;
}

static bool image_content(struct json *json, const struct show_image *image)
{
	uint8_t digest[SHA256_SIZE];
	bool intact;

	show_hash(digest, image->bytes, image->size);
	json_number(json, "size", image->size);
	image_sha(json, digest);
	if (image->bundle == NULL)
		return false;
	image_frame(json, image);
	show_span(json, "loaded_at", image->bundle->image_base, image->bundle->image_size);
	show_system(json, image->bundle);
	intact = image_parts(json, image->bundle);
	return intact && image->frame_intact;
}

bool show_json(const struct show_image *image, const char *name, FILE *out)
{
	struct json json = jsonfile(out);
	bool intact = false;

	json_begin(&json, "image");
	json_string(&json, "file", name);
	if (image->bytes != NULL)
		intact = image_content(&json, image);
	if (image->fault != NULL)
		json_string(&json, "fault", image->fault);
	json_boolean(&json, "intact", intact);
	json_end(&json);
	return intact;
}
