/*
 * The record of a crash (kumiki/rtos/crash.h): found among the lines that the RTOS's shell printed,
 * and written as an ELF core file.
 */
#ifndef TOOLS_RTOS_CORE_H
#define TOOLS_RTOS_CORE_H

#include <host/rtos.h>
#include <kumiki/rtos/crash.h>

/* Finds the last whole record in a text; the caller frees it. NULL: `why` says what is wrong. */
struct rtos_crash *core_find(const char *text, const char **why);
/* Makes an ELF core file of a record; the caller frees the bytes. */
struct rtos_bytes core_make(const struct rtos_crash *crash);

#endif
