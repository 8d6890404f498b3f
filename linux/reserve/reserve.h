/*
 * kumiki-reserve: what programs of this Linux have for sure (docs/reserve.md). read.c reads the
 * file, plan.c makes figures for the kernel of it, group.c writes them, serve.c starts and finds
 * the programs, show.c says how they fare, units.c writes all this as systemd's units.
 */
#ifndef RESERVE_RESERVE_H
#define RESERVE_RESERVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define RESERVE_FILE      "/etc/kumiki/reserve"
#define RESERVE_MAX       32u  /* sections of a file */
#define RESERVE_NAME_SIZE 32u  /* of a section */
#define RESERVE_TEXT_SIZE 256u /* of a value */
#define RESERVE_SHARES    90u  /* per cent that all sections together may have */
#define RESERVE_CPUS      64u
#define RESERVE_DEVICES   4u /* whose I/O one section bounds */

/* The exit values. RESERVE_USELESS: another start doesn't help. */
enum reserve_exit { RESERVE_DONE = 0, RESERVE_FAILED = 1, RESERVE_USAGE = 2, RESERVE_USELESS = 3 };

/* How a section says whom it is for. */
enum reserve_by { RESERVE_BY_NOTHING, RESERVE_BY_COMMAND, RESERVE_BY_PROGRAM, RESERVE_BY_UNIT };

struct reserve_io {
	char device[RESERVE_NAME_SIZE];
	uint64_t bytes; /* a second */
};

/* A section, as it was read. What isn't given is 0. */
struct reserve_entry {
	char name[RESERVE_NAME_SIZE];
	uint32_t line; /* where it begins */
	enum reserve_by by;
	char what[RESERVE_TEXT_SIZE]; /* the command, program or unit */
	char user[RESERVE_NAME_SIZE]; /* whose programs are meant, beside root's; "": everybody's */
	uint32_t user_number;         /* find_users() fills it in */
	uint64_t memory, memory_ceiling;
	uint64_t cpu, cpu_ceiling; /* per cent of all CPUs' time */
	uint64_t processes;        /* at most */
	uint64_t cores;            /* a bit for each CPU */
	bool alone;                /* the rest doesn't run on these cores */
	bool oom_given, together;
	int oom; /* oom_score_adj */
	struct reserve_io io[RESERVE_DEVICES];
	uint32_t io_count;
};

/* A file. `rest`: all that no section names. */
struct reserve {
	struct reserve_entry rest, list[RESERVE_MAX];
	uint32_t count;
};

/* Reads a file's text. False: each mistake is told in `complaints`, as "PATH:LINE: …". */
bool reserve_read(struct reserve *reserve, const char *path, const char *text, size_t size,
                  FILE *complaints);

/* Reads the file itself. False: it is told why. */
bool reserve_open(struct reserve *reserve, const char *path, FILE *complaints);

/* Adds the bits of a list of CPUs, such as "0,2-3". False: it is none. */
bool reserve_cores(const char *text, uint64_t *cores);

/* Does what the arguments say. `root` stands before all paths of the kernel and systemd: "" but in
 * tests. */
int reserve_main(int count, char *arguments[], const char *root, FILE *out, FILE *err);

#endif
