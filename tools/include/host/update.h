/*
 * Replacing the frame of a running machine (docs/update.md), as far as it is the host's work: the
 * key that signs updates, and what an update consists of.
 */
#ifndef HOST_UPDATE_H
#define HOST_UPDATE_H

#include <host/arena.h>
#include <kumiki/bundle.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- key.c ---- */

#define UPDATE_KEY_HEX   (2 * (size_t)BUNDLE_KEY_SIZE)
#define UPDATE_KEY_PRINT 65 /* with the closing NUL */

/*
 * Reads a public key on P-256: a SubjectPublicKeyInfo in PEM or DER, as openssl writes it. Behind
 * the bytes stands a NUL. Returns NULL, or what is wrong: the end of a sentence that begins with the
 * file's name.
 */
const char *update_key_read(uint8_t key[BUNDLE_KEY_SIZE], const char *bytes, size_t size);

/* The same for the digits of x and y, perhaps behind "04". update_key_is_hex(): the text consists
 * of nothing but such digits, and is longer than names of files are. */
bool update_key_is_hex(const char *text);
const char *update_key_hex(uint8_t key[BUNDLE_KEY_SIZE], const char *text);

/* The SHA-256 of the key's DER form, in hexadecimal: openssl pkey -pubin -outform DER | sha256sum.
 */
const char *update_key_print(char text[UPDATE_KEY_PRINT], const uint8_t key[BUNDLE_KEY_SIZE]);

/* ---- curve.c ---- */

/* True: x and y are a point of P-256. */
bool update_on_curve(const uint8_t point[BUNDLE_KEY_SIZE]);

#endif
