/*
 * A small reader of BTF, the types that a Linux has in its own image (Documentation/bpf/btf.rst):
 * where a member of a structure lies, how large a type is, what a constant's value is. The file may
 * be damaged: all that is read lies inside of it.
 */
#ifndef FACTS_BTF_H
#define FACTS_BTF_H

#include <host/arena.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf {
	const uint8_t **types; /* where the description of each type begins, from number 1 on */
	uint32_t count;
	const uint8_t *types_end;
	const char *strings;
	uint32_t strings_size; /* the last byte is NUL */
};

/* Finds the BTF in an image. False: there is none, or it is damaged. */
bool btf_find(struct btf *btf, struct arena *arena, const uint8_t *image, size_t size);

/* The offset of a member in bytes. The member may also be in a structure without a name inside of
 * this one. */
bool btf_member(const struct btf *btf, const char *structure, const char *member, uint32_t *offset);

/* The size of a structure. */
bool btf_size(const struct btf *btf, const char *structure, uint32_t *size);

/* A constant of an enumeration. */
bool btf_constant(const struct btf *btf, const char *enumeration, const char *name,
                  uint32_t *value);

/* A constant of any enumeration: how many values are called so, of which *value is the first. */
uint32_t btf_any_constant(const struct btf *btf, const char *name, uint32_t *value);

/* ---- types by their numbers: 0 is void, or none ---- */

/* The structure or union of that name, and the pointers to a type; 0: there is none. */
uint32_t btf_structure(const struct btf *btf, const char *name);
uint32_t btf_pointer(const struct btf *btf, uint32_t target);
const char *btf_name(const struct btf *btf, uint32_t number);

enum btf_shape_kind {
	BTF_NOTHING, /* void, or something that a damaged file has */
	BTF_A_NUMBER,
	BTF_A_POINTER,
	BTF_A_STRUCTURE, /* or a union */
	BTF_AN_ARRAY,
	BTF_A_FUNCTION,
};

/* What a type is, whatever other names it has. */
struct btf_shape {
	enum btf_shape_kind kind;
	uint32_t number; /* of the type without these names */
	uint32_t size;
	bool is_signed;
	uint32_t target; /* the type that a pointer leads to, or that an array is of */
	uint32_t count;  /* of an array */
};

struct btf_shape btf_shape(const struct btf *btf, uint32_t number);

struct btf_member {
	const char *name; /* "": a structure or union without a name */
	uint32_t offset, type;
};

/* A member by its name, also of structures without a name inside. False: there is none, or it is a
 * bit field. */
bool btf_find_member(const struct btf *btf, uint32_t number, const char *name,
                     struct btf_member *member);

/* One member after the other. False: there are no more. */
bool btf_member_at(const struct btf *btf, uint32_t number, uint32_t index,
                   struct btf_member *member);

#endif
