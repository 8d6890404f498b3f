/*
 * Decoder for A64 loads and stores: what a guest's access to an emulated register does when the
 * data abort has no syndrome (ESR_ELx.ISV = 0: pairs, write-back, ...). Called by the trap handler
 * with the instruction's word, which is a guest's input: any word gets an answer. The address comes
 * from the abort; so register offsets need no decoding. Transfers of SIMD&FP registers, which no
 * driver makes with a device, are unknown to it.
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

/* How ESR_ELx says what an access does (D17.2.37) where a data abort has a syndrome. */
#define ISS_SIZE_SHIFT 22 /* two bits: the logarithm of the bytes */
#define ISS_SIZE(iss)  (1u << ((iss) >> ISS_SIZE_SHIFT & 3))
#define ISS_SIGN       (1u << 21) /* of a load, to 64 bits if ISS_64, else to 32 */
#define ISS_RT_SHIFT   16
#define ISS_RT(iss)    ((uint32_t)(iss) >> ISS_RT_SHIFT & 0x1f) /* 31: zero register */
#define ISS_64         (1u << 15)                               /* an X register */
#define ISS_WRITE      (1u << 6)

struct decoded {
	uint32_t syndrome[2]; /* of each element, at ascending addresses */
	uint8_t count;        /* elements: 1, or 2 for a pair */
	bool write_back;      /* rn (31: SP) += offset after the access */
	uint8_t rn;
	int64_t offset; /* of the immediate forms; of the others 0 */
};

enum decode_status decode(uint32_t word, struct decoded *decoded);

#endif
