/*
 * The updater puts the image of another frame together in the spare memory, and has the frame
 * replaced by it (docs/update.md). It takes a package piece by piece from struct update_box
 * (kumiki/package.h). It alone checks who signed it: nothing else outside EL2 writes to the spare
 * memory, and the frame itself checks only whether the image can take its place.
 */
#ifndef UPDATER_UPDATER_H
#define UPDATER_UPDATER_H

#include <kumiki/account.h>
#include <kumiki/package.h>
#include <kumiki/service.h>
#include <service/words.h>
#include <stdbool.h>

struct updater {
	const struct updater_info *info;
	const struct bundle_header *bundle;
	const struct accounts *accounts;
	struct update_box *box;
	bool begun;               /* `head` is signed, and pieces may come */
	uint32_t received;        /* bytes of the image */
	struct package_head head; /* of the package that is coming */
	uint8_t piece[PACKAGE_PIECE_SIZE];
	char text[PACKAGE_TEXT_SIZE];
};

/* ---- updater.c ---- */

/* At this call, the updater has to be all zeros. */
void updater_start(struct updater *updater, const struct updater_info *info);

/* Takes a request, if there is one, and answers it. */
void updater_turn(struct updater *updater);

/* ---- package.c: an order is carried out. False: it is refused, and `words` says why. ---- */

bool package_begin(struct updater *updater, const uint8_t *bytes, uint32_t size,
                   struct words *words);
bool package_piece(struct updater *updater, uint32_t offset, const uint8_t *bytes, uint32_t size,
                   struct words *words);
bool package_end(struct updater *updater, struct words *words);

/* ---- verify.c ---- */

/* True: the owner of the key signed what has this SHA-256. */
bool verify_signature(const uint8_t key[BUNDLE_KEY_SIZE], const uint8_t sum[PACKAGE_SUM],
                      const uint8_t signature[PACKAGE_SIGNATURE]);

#endif
