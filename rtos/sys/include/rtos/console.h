/* A client's side of the console (proto/console.h), by the port that the manifest calls "console".
 */
#ifndef RTOS_CONSOLE_H
#define RTOS_CONSOLE_H

#include <kumiki/rtos/call.h>
#include <rtos/text.h>
#include <stddef.h>

/* Writes all characters, in order. */
enum rtos_status console_write(const char *bytes, size_t size);
enum rtos_status console_print(const struct text *text);
/* Reads at least one character, and at most CONSOLE_TEXT; *count says how many. */
enum rtos_status console_read(char *bytes, size_t *count);
/* Does the same if input comes before the deadline. Otherwise returns RTOS_TIMED_OUT, and no input
 * is lost. */
enum rtos_status console_read_until(char *bytes, size_t *count, uint64_t deadline);

#endif
