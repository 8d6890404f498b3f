/*
 * What kinds of kernels differ in: a Linux, which tells much of itself and moves, and any other
 * program, of which the facts have text and constants.
 */
#ifndef WATCHER_KIND_H
#define WATCHER_KIND_H

#include "guest.h"

enum kind_state { KIND_UNKNOWN, KIND_BOOTS, KIND_UP, KIND_ENDS };

struct vectors_good;
struct finding;

struct kind {
	/* Guest-physical: the first place behind `last` where the kernel may lie; 0: nowhere. */
	uint64_t (*find)(const struct guest *guest, uint64_t last);
	/* The kernel's own address of place 0; 0: not known. */
	uint64_t (*base)(const struct guest *guest);
	/* Its tables by the registers of a vCPU, in a walk that has these. False: they aren't
	 * found. */
	bool (*tables)(const struct guest *guest, const struct watch_record *record,
	               struct guestwalk *walk);
	enum kind_state (*state)(const struct guest *guest);
	/* Whether VBAR_EL1 of a vCPU is right. False: `found` says whether the register is, and
	 * leads elsewhere, and what it lacks. */
	bool (*vectors)(const struct guest *guest, uint32_t vcpu, const struct watch_record *record,
	                struct vectors_good *good, struct finding *found);
	/* Bytes behind the facts; and what text and constants are, from the facts. NULL: that is
	 * known from the first look. */
	uint64_t (*behind)(const struct watchfacts *facts);
	const uint64_t *(*contents)(const struct watchfacts *facts);
	uint32_t settle;    /* s, from when it is up to the baseline */
	bool lists;         /* there are tasks, modules and page tables to look at */
	bool alike;         /* SCTLR_EL1 is the same on all its vCPUs */
	const char *begins; /* said when it is watched */
};

extern const struct kind kind_linux, kind_program;

const struct kind *kind_of(const struct watchfacts *facts);

#endif
