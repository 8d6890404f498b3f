/* See btf.h. Numbers are little-endian, like the host's. */
#include "btf.h"
#include <string.h>

#define BTF_MAGIC    0xeb9f
#define BTF_VERSION  1
#define BTF_TYPE     12u /* bytes of a description before the part that depends on its kind */
#define BTF_MEMBER   12u
#define BTF_CONSTANT 8u
#define BTF_DEPTH    8u  /* of structures without a name, and of arrays */
#define BTF_NAMES    32u /* of one type */

#define BTF_INT_SIGNED (1u << 24)

enum btf_kind {
	BTF_INT = 1,
	BTF_PTR = 2,
	BTF_ARRAY = 3,
	BTF_STRUCT = 4,
	BTF_UNION = 5,
	BTF_ENUM = 6,
	BTF_TYPEDEF = 8,
	BTF_VOLATILE = 9,
	BTF_CONST = 10,
	BTF_RESTRICT = 11,
	BTF_FUNC_PROTO = 13,
	BTF_VAR = 14,
	BTF_DATASEC = 15,
	BTF_DECL_TAG = 17,
	BTF_TYPE_TAG = 18,
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

/* The description of a type; NULL: no type has this number. 0 is void. */
static const uint8_t *btf_type(const struct btf *btf, uint32_t number)
{
	return number != 0 && number <= btf->count ? btf->types[number] : NULL;
}

/* Where a member lies, in bits; beside that may stand the size of a bit field. */
static uint32_t btf_bits(const uint8_t *type, const uint8_t *member, uint32_t *field)
{
	const uint32_t bits = btf_word(member + 8);

	*field = btf_has_bit_fields(type) ? bits >> 24 : 0;
	return btf_has_bit_fields(type) ? bits & 0xffffff : bits;
}

static bool btf_member_of(const struct btf *btf, const uint8_t *type, const char *name,
                          struct btf_member *found, unsigned int depth)
{
	for (uint32_t i = 0; depth < BTF_DEPTH && i < btf_entries(type); i++) {
		const uint8_t *member = type + BTF_TYPE + (size_t)i * BTF_MEMBER;
		const char *its = btf_string(btf, btf_word(member));
		uint32_t field;
		const uint32_t bits = btf_bits(type, member, &field);
		const uint8_t *inner = btf_type(btf, btf_word(member + 4));

		*found = (struct btf_member){its, bits / 8, btf_word(member + 4)};
		if (strcmp(its, name) == 0)
			return bits % 8 == 0 && field == 0;
		if (*its == '\0' && inner != NULL && btf_is_composed(inner) &&
		    btf_member_of(btf, inner, name, found, depth + 1)) {
			found->offset += bits / 8;
			return true;
		}
	}
	return false;
}

bool btf_member(const struct btf *btf, const char *structure, const char *member, uint32_t *offset)
{
	const uint8_t *type = btf_named(btf, BTF_STRUCT, structure);
	struct btf_member found = {.offset = 0};

	if (type == NULL || !btf_member_of(btf, type, member, &found, 0))
		return false;
	*offset = found.offset;
	return true;
}

bool btf_size(const struct btf *btf, const char *structure, uint32_t *size)
{
	const uint8_t *type = btf_named(btf, BTF_STRUCT, structure);

	if (type != NULL)
		*size = btf_word(type + 8);
	return type != NULL;
}

static bool btf_constant_of(const struct btf *btf, const uint8_t *type, const char *name,
                            uint32_t *value)
{
	for (uint32_t i = 0; i < btf_entries(type); i++) {
		const uint8_t *constant = type + BTF_TYPE + (size_t)i * BTF_CONSTANT;

		if (strcmp(btf_string(btf, btf_word(constant)), name) == 0) {
			*value = btf_word(constant + 4);
			return true;
		}
	}
	return false;
}

bool btf_constant(const struct btf *btf, const char *enumeration, const char *name, uint32_t *value)
{
	const uint8_t *type = btf_named(btf, BTF_ENUM, enumeration);

	return type != NULL && btf_constant_of(btf, type, name, value);
}

uint32_t btf_any_constant(const struct btf *btf, const char *name, uint32_t *value)
{
	uint32_t count = 0, other;

	for (uint32_t i = 1; i <= btf->count; i++)
		if (btf_kind(btf->types[i]) == BTF_ENUM &&
		    btf_constant_of(btf, btf->types[i], name, &other) &&
		    (count == 0 || other != *value)) {
			*value = count == 0 ? other : *value;
			count++;
		}
	return count;
}

/* ---- types by their numbers ---- */

uint32_t btf_structure(const struct btf *btf, const char *name)
{
	for (uint32_t i = 1; i <= btf->count; i++)
		if (btf_is_composed(btf->types[i]) &&
		    strcmp(btf_string(btf, btf_word(btf->types[i])), name) == 0)
			return i;
	return 0;
}

uint32_t btf_pointer(const struct btf *btf, uint32_t target)
{
	for (uint32_t i = 1; i <= btf->count; i++)
		if (btf_kind(btf->types[i]) == BTF_PTR && btf_word(btf->types[i] + 8) == target)
			return i;
	return 0;
}

const char *btf_name(const struct btf *btf, uint32_t number)
{
	const uint8_t *type = btf_type(btf, number);

	return type != NULL ? btf_string(btf, btf_word(type)) : "";
}

/* Without other names, const and the like. NULL: void, or there is no end of it. */
static const uint8_t *btf_bare(const struct btf *btf, uint32_t *number)
{
	for (uint32_t i = 0; i < BTF_NAMES; i++) {
		const uint8_t *type = btf_type(btf, *number);
		const uint32_t kind = type != NULL ? btf_kind(type) : 0;

		if (kind != BTF_TYPEDEF && kind != BTF_VOLATILE && kind != BTF_CONST &&
		    kind != BTF_RESTRICT && kind != BTF_TYPE_TAG)
			return type;
		*number = btf_word(type + 8);
	}
	return NULL;
}

/* A structure in a structure … of arrays has an end in each real file, but not in a damaged one. */
static struct btf_shape btf_shape_of(const struct btf *btf, uint32_t number, unsigned int depth)
{
	const uint8_t *type = btf_bare(btf, &number);
	struct btf_shape shape = {.kind = BTF_NOTHING, .number = number};

	if (type == NULL)
		return shape;
	switch (btf_kind(type)) {
	case BTF_INT:
		shape.is_signed = (btf_word(type + BTF_TYPE) & BTF_INT_SIGNED) != 0;
		__attribute__((fallthrough));
	case BTF_ENUM:
	case BTF_ENUM64:
		shape.kind = BTF_A_NUMBER;
		shape.size = btf_word(type + 8);
		break;
	case BTF_PTR:
		shape.kind = BTF_A_POINTER;
		shape.size = 8;
		shape.target = btf_word(type + 8);
		break;
	case BTF_STRUCT:
	case BTF_UNION:
		shape.kind = BTF_A_STRUCTURE;
		shape.size = btf_word(type + 8);
		break;
	case BTF_FUNC_PROTO:
		shape.kind = BTF_A_FUNCTION;
		break;
	case BTF_ARRAY:
		shape.kind = BTF_AN_ARRAY;
		shape.target = btf_word(type + BTF_TYPE);
		shape.count = btf_word(type + BTF_TYPE + 8);
		if (depth < BTF_DEPTH)
			shape.size = shape.count * btf_shape_of(btf, shape.target, depth + 1).size;
		break;
	default:
		break;
	}
	return shape;
}

struct btf_shape btf_shape(const struct btf *btf, uint32_t number)
{
	return btf_shape_of(btf, number, 0);
}

bool btf_find_member(const struct btf *btf, uint32_t number, const char *name,
                     struct btf_member *member)
{
	const uint8_t *type = btf_bare(btf, &number);

	return type != NULL && btf_is_composed(type) && btf_member_of(btf, type, name, member, 0);
}

bool btf_member_at(const struct btf *btf, uint32_t number, uint32_t index,
                   struct btf_member *member)
{
	const uint8_t *type = btf_bare(btf, &number), *at;
	uint32_t field;

	if (type == NULL || !btf_is_composed(type) || index >= btf_entries(type))
		return false;
	at = type + BTF_TYPE + (size_t)index * BTF_MEMBER;
	*member = (struct btf_member){btf_string(btf, btf_word(at)), btf_bits(type, at, &field) / 8,
	                              btf_word(at + 4)};
	return true;
}
