/*
 * What replaces the frame of a running machine (docs/update.md), on its way: from the host by the
 * link to the console, by a page that the console and the updater share into the spare memory.
 *
 * A package is a head, a signature of the head, and a frame's image. The head has the image's sum,
 * so the signature is checked before a byte of the image comes.
 */
#ifndef KUMIKI_PACKAGE_H
#define KUMIKI_PACKAGE_H

#include <kumiki/bundle.h>
#include <stdint.h>

#define PACKAGE_MAGIC    0x45544144504d4bULL /* "KMPDATE" */
#define PACKAGE_REVISION 2
#define PACKAGE_SUM      32 /* bytes of a SHA-256 */

/* This is what is signed. */
struct package_head {
	uint64_t magic;
	uint32_t revision;
	uint32_t image_size;        /* bytes of the frame's image */
	uint8_t image[PACKAGE_SUM]; /* of these bytes */
	/* Of the tables that the image was packed with, without what only concerns the frame:
	 * package_tables() (lib/package.h). */
	uint8_t tables[PACKAGE_SUM];
	char system[BUNDLE_NAME_SIZE];     /* for people, as in the bundle */
	char version[BUNDLE_VERSION_SIZE]; /* the frame's, for people */
};
_Static_assert(sizeof(struct package_head) == 144, "layout is fixed by PACKAGE_REVISION");

/* ECDSA on P-256 with the SHA-256 of the head: r and s, the most significant byte first. */
#define PACKAGE_SIGNATURE 64

/* The parts of a package in their order, and what else the link asks of the console (LINK_UPDATE).
 * The updater hears of the first four. */
enum package_order {
	PACKAGE_BEGIN = 1,  /* a head and its signature: forgets what came before */
	PACKAGE_PIECE = 2,  /* bytes of the image, behind the last ones; zeros in between */
	PACKAGE_END = 3,    /* the rest is zeros: replace the frame */
	PACKAGE_FORGET = 4, /* the host is gone */
	PACKAGE_TABLES = 5, /* the tables that the machine runs by, from an offset on */
	PACKAGE_RESULT =
	    6, /* what the last update came to; answered with its number as the offset */
};

/* How an order is answered. */
enum package_verdict {
	PACKAGE_GOOD = 0,
	PACKAGE_REFUSED = 1, /* the text has the reason */
	PACKAGE_EARLY =
	    2, /* PACKAGE_RESULT: the new frame may still fail, and the old one come back */
};

#define PACKAGE_PIECE_SIZE 1000u
#define PACKAGE_TEXT_SIZE  300u

/*
 * The page that console and updater share. Each side writes its own half, and trusts nothing in the
 * other half. SERVICE_EVENT_PIECE and SERVICE_EVENT_SAID (service.h) tell a side to look.
 */
struct update_box {
	/* Written by the console. A request is whole while both numbers are the same. */
	uint32_t begun; /* number of the request being written, or of the last one; 0: none */
	uint32_t order; /* enum package_order */
	uint32_t offset, size;
	uint32_t asked; /* the same number, written last */
	uint8_t bytes[PACKAGE_PIECE_SIZE];

	/* Written by the updater. The answer is whole when `answered` is the request's number. */
	uint32_t heard;
	uint32_t answered; /* written last */
	uint32_t failed;   /* the request was refused: `text` has the reason */
	uint32_t text_size;
	char text[PACKAGE_TEXT_SIZE];
};
_Static_assert(sizeof(struct update_box) <= 4096, "it is one page");

#endif
