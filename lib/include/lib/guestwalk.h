/*
 * A guest's memory as one of its vCPUs sees it, walked in software by somebody who has all of that
 * memory mapped: the loader of an ended partition, the watcher of a running one. Whatever the
 * guest's tables say, each read is of a word inside the guest's own memory, and a walk has at most
 * four steps.
 */
#ifndef LIB_GUESTWALK_H
#define LIB_GUESTWALK_H

#include <kumiki/service.h>
#include <stdbool.h>
#include <stdint.h>

struct guestwalk {
	const struct loader_range *range; /* the guest's memory, in whole pages */
	uint32_t ranges;
	uint64_t ttbr0, ttbr1, tcr, sctlr; /* of the vCPU */
};

/* From the guest's view of its memory to the reader's. */
bool guestwalk_memory(const struct guestwalk *walk, uint64_t ipa, uint64_t *at);

/* The word at a guest-physical address that is a multiple of 8. */
bool guestwalk_word(const struct guestwalk *walk, uint64_t ipa, uint64_t *value);

/* Translates by the guest's own stage 1: to a guest-physical address, wherever that is. */
bool guestwalk_ipa(const struct guestwalk *walk, uint64_t va, uint64_t *ipa);

/* The same, then to the reader's address. False: the address is nowhere in the guest's memory. */
bool guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at);

/* The two words at an address that is a multiple of 8, in one page. */
bool guestwalk_record(const struct guestwalk *walk, uint64_t va, uint64_t record[2]);

/* A return address without the signature that its upper bits may have. */
uint64_t guestwalk_strip(const struct guestwalk *walk, uint64_t va);

#endif
