/*
 * Replacing the frame of a running machine (docs/update.md), as far as it is the host's work: the
 * key that signs updates, and what an update consists of.
 */
#ifndef HOST_UPDATE_H
#define HOST_UPDATE_H

#include <host/show.h>
#include <kumiki/package.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* ---- key.c ---- */

#define UPDATE_KEY_HEX   (2 * (size_t)BUNDLE_KEY_SIZE)
#define UPDATE_KEY_PRINT 65 /* with the closing NUL */

/*
 * Reads a public key on P-256: a SubjectPublicKeyInfo in PEM or DER, as openssl writes it. Behind
 * the bytes stands a NUL. Returns NULL, or what is wrong: the end of a sentence that begins with
 * the file's name.
 */
const char *update_key_read(uint8_t key[BUNDLE_KEY_SIZE], const char *bytes, size_t size);

/* The same for the digits of x and y, perhaps behind "04". update_key_is_hex(): the text consists
 * of nothing but such digits, and is longer than names of files are. */
bool update_key_is_hex(const char *text);
const char *update_key_hex(uint8_t key[BUNDLE_KEY_SIZE], const char *text);

/* The SHA-256 of the key's DER form, in hexadecimal: openssl pkey -pubin -outform DER | sha256sum.
 */
const char *update_key_print(char text[UPDATE_KEY_PRINT], const uint8_t key[BUNDLE_KEY_SIZE]);

/* ---- package.c ---- */

/* The head of the package that an image makes: this is what is signed. The image has to be intact.
 */
struct package_head update_head(const struct show_image *image);

/* Reads a signature: r and s as 64 bytes, or as openssl writes them (DER). Returns NULL, or what is
 * wrong: the end of a sentence that begins with the file's name. */
const char *update_signature_read(uint8_t signature[PACKAGE_SIGNATURE], const uint8_t *bytes,
                                  size_t size);

/* ---- compare.c ---- */

/* Says what an update by `next` would have to change, but can't, a line each: partitions, hardware,
 * images. Returns how many lines. Both bundles are verified; of the first one the parts' bytes
 * needn't be there. */
unsigned int update_compare(const struct bundle_header *running, const struct bundle_header *next,
                            FILE *out);

/* ---- send.c ---- */

struct update_package {
	struct package_head head;
	uint8_t signature[PACKAGE_SIGNATURE];
	const struct show_image *image;
	const char *name; /* of the image's file */
};

/* Sends the package to the machine at the link, and waits until the new frame has stayed. False: it
 * has complained. */
bool update_send(const char *link, const struct update_package *package, FILE *out,
                 FILE *complaints);

#endif
