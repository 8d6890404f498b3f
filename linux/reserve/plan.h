/*
 * From what a file asks for to the figures that the kernel takes (plan.c), and the groups of
 * processes that have them (group.c): each section's is below `reserved`, all else is in `rest`.
 */
#ifndef RESERVE_PLAN_H
#define RESERVE_PLAN_H

#include "reserve.h"

#define RESERVE_GROUPS "/sys/fs/cgroup"
#define RESERVE_PARENT "reserved"
#define RESERVE_REST   "rest"
/* The group of kumiki-reserve itself: it must come to its turn, too. */
#define RESERVE_OWN        RESERVE_PARENT "/kumiki-reserve"
#define RESERVE_OWN_MEMORY (4u << 20)
#define RESERVE_PATH_SIZE  512u

/* What this Linux has to give. */
struct reserve_machine {
	uint64_t memory;    /* bytes, without what the kernel and the initial file system have */
	uint64_t processes; /* at most, threads counted */
	uint64_t cpus;      /* a bit for each */
};

struct reserve_plan {
	uint64_t weight[RESERVE_MAX]; /* about per cent of the CPUs */
	uint64_t all_weight, rest_weight;
	uint64_t all_memory,
	    rest_memory; /* never taken from all sections; the most that the rest gets */
	uint64_t rest_processes, rest_cores;
	uint64_t cores[RESERVE_MAX]; /* of each section */
	uint64_t shared_cores;       /* those that nobody has alone */
	uint64_t cpus;               /* of the machine */
};

/* False: the machine doesn't have what the file asks for; it is told which. */
bool reserve_plan(struct reserve_plan *plan, const struct reserve *reserve, const char *path,
                  const struct reserve_machine *machine, FILE *complaints);

/* Reads what there is. What these groups have, up to NULL, is there to be given. False: it is told
 * why. */
bool reserve_look(struct reserve_machine *machine, const char *root, const char *const groups[],
                  FILE *err);

/* Mounts the groups' file system, if nobody has, makes all groups with their figures, and puts
 * everybody who is in none into the rest. Groups of sections that are no more are given up. False:
 * it is told what failed. */
bool reserve_groups(const struct reserve_plan *plan, const struct reserve *reserve,
                    const char *root, FILE *err);

/* Puts a process into a group. False: errno says why. */
bool reserve_put(const char *root, const char *group, int process);

/* Whether a process is in a group. */
bool reserve_has(const char *root, const char *group, int process);

/* Ends all processes of a section. */
void reserve_kill(const char *root, const char *name);

/* The path of a file of a group. */
void reserve_path(char path[RESERVE_PATH_SIZE], const char *root, const char *group,
                  const char *file);

/* Reads a file of a group as text. False: there is none. */
bool reserve_text(const char *root, const char *group, const char *file, char *text, size_t size);

/* The number behind a word at the beginning of a line of `text`; 0 if there is none. */
uint64_t reserve_figure(const char *text, const char *word);

#endif
