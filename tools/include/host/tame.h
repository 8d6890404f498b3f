/* Shows untrusted text on a terminal, which obeys some bytes. Control characters, and bytes that
 * aren't UTF-8, are shown as \xNN. */
#ifndef HOST_TAME_H
#define HOST_TAME_H

#include <stddef.h>
#include <stdio.h>

/* How many bytes the text's first character has. 0: its first byte is to be shown as \xNN. */
size_t tame_length(const char *text);
void tame_print(const char *text, FILE *out);

#endif
