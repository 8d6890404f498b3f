/*
 * A line of the operator's, before it is carried out: which command it has, how the word at the
 * cursor is completed, and whether the line changes anything. The console service uses this, and
 * the host command, which lets the operator edit lines on the host. The code is pure, except for
 * what an editor shows.
 */
#ifndef LIB_OPERATORLINE_H
#define LIB_OPERATORLINE_H

#include <lib/lineedit.h>
#include <lib/operatorwords.h>
#include <stdbool.h>
#include <stdint.h>

/* The partitions of a system. */
struct operator_names {
	const char *const *name;
	uint32_t count;
};

/* The command's number. OPERATOR_COMMANDS: no command has this name. */
uint32_t operator_named(const char *name);

/* Completes the word at the cursor. If several words fit, calls `list` with each of them, then with
 * NULL. */
void operator_complete(struct lineedit *edit, const struct operator_names *names,
                       void (*list)(void *to, const char *candidate), void *to);

/* Whether the line changes nothing in the system. False for a line without a known command, as
 * nobody knows what that does. */
bool operator_only_looks(const char *line, uint32_t size);

#endif
