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

#endif
