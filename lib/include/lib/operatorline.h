/*
 * A line of the operator's, before it is carried out: its command, completion of the word at the
 * cursor, and whether it only looks. For the console service and the host command, whose lines are
 * edited on the host. Pure, but for what an editor shows.
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

/* The command's number; OPERATOR_COMMANDS: there is none of that name. */
uint32_t operator_named(const char *name);

/* Completes the word at the cursor. If several words fit, `list` is called with each of them, and
 * with NULL behind the last. */
void operator_complete(struct lineedit *edit, const struct operator_names *names,
                       void (*list)(void *to, const char *candidate), void *to);

/* True: the line changes nothing in the system. Of a line without a known command nobody knows. */
bool operator_only_looks(const char *line, uint32_t size);

#endif
