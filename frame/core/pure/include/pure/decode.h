/*
 * Decoder for A64 loads and stores: what a guest's access to an emulated register does when the
 * data abort has no syndrome (ESR_ELx.ISV = 0: pairs, write-back, ...). The trap handler calls it
 * with the instruction's word. That is a guest's input, so any word gets an answer. The address
 * comes from the abort, so register offsets need no decoding. Transfers of SIMD&FP registers aren't
 * decoded: no driver makes them with a device.
 */
#ifndef PURE_DECODE_H
#define PURE_DECODE_H

#include <frame/types.h>

enum decode_status {
	DECODE_OK = 0,
	DECODE_UNKNOWN,       /* no load or store, or none that this decoder carries out */
	DECODE_EXCLUSIVE,     /* exclusive or atomic: read and write in one, no device takes that */
	DECODE_UNPREDICTABLE, /* architecturally CONSTRAINED UNPREDICTABLE register choice */
};

struct decoded {
	uint32_t syndrome[2]; /* of each element, at ascending addresses: frame/esr.h */
	uint8_t count;        /* elements: 1, or 2 for a pair */
	bool write_back;      /* rn (31: SP) += offset after the access */
	uint8_t rn;
	int64_t offset; /* of the immediate forms; 0 for the others */
};

enum decode_status decode(uint32_t word, struct decoded *decoded);

#endif
