/*
 * Seals of the keeper's log. Each record has a key of its own, and the next key is made of the last
 * one, which is forgotten: who gets hold of a key can't make anew what was sealed before. The first
 * key is the only one by which all records can be checked. The keeper seals, `kumiki logs` checks.
 */
#ifndef KEEPER_SEAL_H
#define KEEPER_SEAL_H

#include <lib/sha256.h>
#include <stdbool.h>

#define SEAL_HEX  (2 * SHA256_SIZE)
#define SEAL_LINE "KUMIKI_SEAL=" /* the last line of a record; its seal is of all before */

/* Makes a record's seal with its key, as hexadecimal digits and a NUL. */
void seal_make(const uint8_t key[SHA256_SIZE], const void *record, size_t size,
               char seal[SEAL_HEX + 1]);

/* Makes the next record's key. */
void seal_next(uint8_t key[SHA256_SIZE]);

void seal_hex(const uint8_t bytes[SHA256_SIZE], char text[SEAL_HEX + 1]);

/* False: the text doesn't begin with the digits of a key. */
bool seal_key(const char *text, uint8_t key[SHA256_SIZE]);

#endif
