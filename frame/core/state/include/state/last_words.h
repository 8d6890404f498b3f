/*
 * What the frame says before it has the machine reset. The machine's next start tells it, if the
 * memory has outlived the reset: then it lies where the next start takes its shared memory.
 */
#ifndef STATE_LAST_WORDS_H
#define STATE_LAST_WORDS_H

#include <frame/types.h>

#define LAST_WORDS_MAGIC 0x5344524f5754534cULL /* "LSTWORDS" */
#define LAST_WORDS_SIZE  2048

struct last_words {
	uint64_t began; /* counter, when this start did */
	uint64_t magic;
	uint32_t size, crc; /* of the text: CRC-32C */
	char text[LAST_WORDS_SIZE];
};

#endif
