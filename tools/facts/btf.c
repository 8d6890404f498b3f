/* See btf.h. Numbers are little-endian, like the host's. */
#include "btf.h"
#include <string.h>

#define BTF_MAGIC    0xeb9f
#define BTF_VERSION  1
#define BTF_TYPE     12u /* bytes of a description before the part that depends on its kind */
#define BTF_MEMBER   12u
#define BTF_CONSTANT 8u
#define BTF_DEPTH    8u /* how deep structures without a name may stand in one another */

enum btf_kind {
	BTF_INT = 1,
	BTF_ARRAY = 3,
	BTF_STRUCT = 4,
	BTF_UNION = 5,
	BTF_ENUM = 6,
	BTF_FUNC_PROTO = 13,
	BTF_VAR = 14,
	BTF_DATASEC = 15,
	BTF_DECL_TAG = 17,
	BTF_ENUM64 = 19,
	BTF_KINDS,
};

struct btf_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t size, types, types_size, strings, strings_size;
};

static uint32_t btf_word(const uint8_t *at)
{
	uint32_t word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static uint32_t btf_kind(const uint8_t *type)
{
	return btf_word(type + 4) >> 24 & 0x1f;
}

static uint32_t btf_entries(const uint8_t *type)
{
	return btf_word(type + 4) & 0xffff;
}

/* True if a structure has bit fields: then a member's word has a size beside the offset, both in
 * bits. */
static bool btf_has_bit_fields(const uint8_t *type)
{
	return (btf_word(type + 4) >> 31) != 0;
}

static size_t btf_length(const uint8_t *type)
{
	static const uint8_t fixed[BTF_KINDS] = {
	    [BTF_INT] = 4, [BTF_ARRAY] = 12, [BTF_VAR] = 4, [BTF_DECL_TAG] = 4};
	static const uint8_t each[BTF_KINDS] = {
	    [BTF_STRUCT] = 12,    [BTF_UNION] = 12,   [BTF_ENUM] = 8,
	    [BTF_FUNC_PROTO] = 8, [BTF_DATASEC] = 12, [BTF_ENUM64] = 12};
	const uint32_t kind = btf_kind(type);

	return kind < BTF_KINDS ? BTF_TYPE + fixed[kind] + (size_t)btf_entries(type) * each[kind]
	                        : SIZE_MAX;
}

/* The string at this offset; "" if it is outside of the strings. */
static const char *btf_string(const struct btf *btf, uint32_t offset)
{
	return offset < btf->strings_size ? btf->strings + offset : "";
}

/* ---- all descriptions ---- */

/* Counts the descriptions; if btf->types isn't NULL, it gets the place of each. False: a
 * description isn't whole. */
static bool btf_each(struct btf *btf, const uint8_t *types)
{
	btf->count = 0;
	while (types < btf->types_end) {
		const size_t left = (size_t)(btf->types_end - types);

		if (left < BTF_TYPE || btf_length(types) > left)
			return false;
		btf->count++;
		if (btf->types != NULL)
			btf->types[btf->count] = types;
		types += btf_length(types);
	}
	return true;
}

static bool btf_take(struct btf *btf, struct arena *arena, const uint8_t *at, size_t size)
{
	struct btf_header header;
	const uint8_t *types;

	if (size < sizeof(header))
		return false;
	memcpy(&header, at, sizeof(header));
	if (header.magic != BTF_MAGIC || header.version != BTF_VERSION ||
	    header.size < sizeof(header) ||
	    (uint64_t)header.size + header.types + header.types_size > size ||
	    (uint64_t)header.size + header.strings + header.strings_size > size ||
	    header.strings_size == 0)
		return false;
	types = at + header.size + header.types;
	*btf = (struct btf){.types_end = types + header.types_size,
	                    .strings = (const char *)at + header.size + header.strings,
	                    .strings_size = header.strings_size};
	if (btf->strings[btf->strings_size - 1] != '\0' || !btf_each(btf, types))
		return false;
	btf->types = arena_array(arena, btf->count + 1, sizeof(*btf->types));
	return btf_each(btf, types);
}

bool btf_find(struct btf *btf, struct arena *arena, const uint8_t *image, size_t size)
{
	for (size_t at = 0; at + sizeof(struct btf_header) <= size; at += 4)
		if (image[at] == (BTF_MAGIC & 0xff) && image[at + 1] == BTF_MAGIC >> 8 &&
		    btf_take(btf, arena, image + at, size - at))
			return true;
	return false;
}

/* ---- questions ---- */

static const uint8_t *btf_named(const struct btf *btf, enum btf_kind kind, const char *name)
{
	for (uint32_t i = 1; i <= btf->count; i++)
		if (btf_kind(btf->types[i]) == kind &&
		    strcmp(btf_string(btf, btf_word(btf->types[i])), name) == 0)
			return btf->types[i];
	return NULL;
}

static bool btf_is_composed(const uint8_t *type)
{
	return btf_kind(type) == BTF_STRUCT || btf_kind(type) == BTF_UNION;
}

static bool btf_member_of(const struct btf *btf, const uint8_t *type, const char *name,
                          uint32_t *offset, unsigned int depth)
{
	for (uint32_t i = 0; depth < BTF_DEPTH && i < btf_entries(type); i++) {
		const uint8_t *member = type + BTF_TYPE + (size_t)i * BTF_MEMBER;
		const char *its = btf_string(btf, btf_word(member));
		const uint32_t number = btf_word(member + 4);
		const uint32_t bits =
		    btf_word(member + 8) & (btf_has_bit_fields(type) ? 0xffffff : UINT32_MAX);
		const uint8_t *inner =
		    number != 0 && number <= btf->count ? btf->types[number] : NULL;

		*offset = bits / 8;
		if (strcmp(its, name) == 0)
			return bits % 8 == 0;
		if (*its == '\0' && inner != NULL && btf_is_composed(inner) &&
		    btf_member_of(btf, inner, name, offset, depth + 1)) {
			*offset += bits / 8;
			return true;
		}
	}
	return false;
}

bool btf_member(const struct btf *btf, const char *structure, const char *member, uint32_t *offset)
{
	const uint8_t *type = btf_named(btf, BTF_STRUCT, structure);

	return type != NULL && btf_member_of(btf, type, member, offset, 0);
}

bool btf_size(const struct btf *btf, const char *structure, uint32_t *size)
{
	const uint8_t *type = btf_named(btf, BTF_STRUCT, structure);

	if (type != NULL)
		*size = btf_word(type + 8);
	return type != NULL;
}

bool btf_constant(const struct btf *btf, const char *enumeration, const char *name, uint32_t *value)
{
	const uint8_t *type = btf_named(btf, BTF_ENUM, enumeration);

	for (uint32_t i = 0; type != NULL && i < btf_entries(type); i++) {
		const uint8_t *constant = type + BTF_TYPE + (size_t)i * BTF_CONSTANT;

		if (strcmp(btf_string(btf, btf_word(constant)), name) == 0) {
			*value = btf_word(constant + 4);
			return true;
		}
	}
	return false;
}
