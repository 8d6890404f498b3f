/*
 * Decoder for A64 loads and stores; see pure/decode.h. One case for each encoding class of the Arm
 * ARM (DDI 0487, C4.1 "Loads and Stores") of general registers, by the class's fixed bits. Pure:
 * depends on the word alone.
 */
#include <frame/esr.h>
#include <pure/decode.h>

#define STACK_POINTER 31u

static uint32_t bits(uint32_t word, uint32_t high, uint32_t low)
{
	return (word >> low) & ((2u << (high - low)) - 1);
}

static bool bit(uint32_t word, uint32_t number)
{
	return (word >> number & 1) != 0;
}

static int64_t signed_bits(uint32_t word, uint32_t high, uint32_t low)
{
	uint32_t width = high - low + 1;
	int64_t value = bits(word, high, low);

	return value >= 1LL << (width - 1) ? value - (1LL << width) : value;
}

/* Decodes an access of one register by size and opc: str, ldr, ldrs to X, ldrs to W. */
static enum decode_status decode_single(uint32_t word, uint32_t opc, struct decoded *d)
{
	uint32_t size = bits(word, 31, 30);

	/* A word can't be sign-extended to 32 bits, and a double word not at all: these codes are
	 * prefetches, or have no meaning. */
	if (opc >= 2 && size + opc >= 5)
		return DECODE_UNKNOWN;
	d->count = 1;
	d->syndrome[0] = size << ISS_SIZE_SHIFT | bits(word, 4, 0) << ISS_RT_SHIFT |
	                 (opc == 0 ? ISS_WRITE : 0) | (opc >= 2 ? ISS_SIGN : 0) |
	                 (opc == 2 || size == 3 ? ISS_64 : 0);
	return DECODE_OK;
}

/* ldp, stp, ldpsw, ldnp, stnp. */
static enum decode_status decode_pair(uint32_t word, struct decoded *d)
{
	uint32_t opc = bits(word, 31, 30), first = bits(word, 4, 0), second = bits(word, 14, 10);
	uint32_t size = opc == 2 ? 3 : 2;
	bool load = bit(word, 22);
	uint32_t both = size << ISS_SIZE_SHIFT | (load ? 0 : ISS_WRITE) |
	                (opc == 1 ? ISS_SIGN : 0) | (opc != 0 ? ISS_64 : 0);

	/* opc 1 is ldpsw, or a store of tags */
	if (opc == 3 || (opc == 1 && (!load || bits(word, 24, 23) == 0)))
		return DECODE_UNKNOWN;
	d->count = 2;
	d->syndrome[0] = both | first << ISS_RT_SHIFT;
	d->syndrome[1] = both | second << ISS_RT_SHIFT;
	d->offset = signed_bits(word, 21, 15) * (1 << size);
	d->write_back = bit(word, 23); /* post: 01, offset: 10, pre: 11, no-allocate: 00 */
	return load && first == second ? DECODE_UNPREDICTABLE : DECODE_OK;
}

static enum decode_status decode_class(uint32_t word, struct decoded *d)
{
	uint32_t opc = bits(word, 23, 22);

	switch (bits(word, 29, 24)) {
	case 0x08: /* ldar, stlr (and their limited-ordering forms); the rest is exclusive */
		if (!bit(word, 23) || bit(word, 21))
			return DECODE_EXCLUSIVE;
		opc = bit(word, 22);
		break;
	case 0x19: /* ldapur, stlur */
		if (bit(word, 21) || bits(word, 11, 10) != 0)
			return DECODE_UNKNOWN;
		d->offset = signed_bits(word, 20, 12);
		break;
	case 0x28:
	case 0x29:
		return decode_pair(word, d);
	case 0x38:
		if (!bit(word, 21)) { /* ldur, ldtr, and ldr, str with pre- and post-index */
			d->offset = signed_bits(word, 20, 12);
			d->write_back = bit(word, 10);
		} else if (bits(word, 11, 10) == 0) {    /* of the atomic operations only ldapr */
			if (bits(word, 23, 12) != 0xbfc) /* A R 1 Rs o3 opc = 1 0 1 11111 1 100 */
				return DECODE_EXCLUSIVE;
			opc = 1;
		} else if (bits(word, 11, 10) != 2 || !bit(word, 14)) {
			/* Pointer authentication: the base isn't the address. Or no register
			 * offset: in those option<1> is 1 (uxtw, lsl, sxtw, sxtx). */
			return DECODE_UNKNOWN;
		}
		break;
	case 0x39: /* ldr, str with a 12-bit scaled offset */
		d->offset = (int64_t)bits(word, 21, 10) << bits(word, 31, 30);
		break;
	default:
		return DECODE_UNKNOWN;
	}
	return decode_single(word, opc, d);
}

enum decode_status decode(uint32_t word, struct decoded *d)
{
	enum decode_status status;

	*d = (struct decoded){.rn = (uint8_t)bits(word, 9, 5)};
	status = decode_class(word, d);
	if (status != DECODE_OK || !d->write_back || d->rn == STACK_POINTER)
		return status;
	/* If the base is written back and is a transferred register, too, its value isn't defined.
	 */
	for (uint32_t i = 0; i < d->count; i++)
		if (ISS_RT(d->syndrome[i]) == d->rn)
			return DECODE_UNPREDICTABLE;
	return DECODE_OK;
}
