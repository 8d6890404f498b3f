/* Signs commands as their owner does: with a key that is made once. For tests and a fuzzer. */
#ifndef KEEPER_SIGNED_H
#define KEEPER_SIGNED_H

#include <keeper/command.h>

/* The public half of the key with this number, 0 or 1. */
const char *signed_key(unsigned int key);

/* A message with this text, signed by the key; it lives until the next call. */
const char *signed_message(unsigned int key, const char *text);

#endif
