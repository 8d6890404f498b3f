/*
 * Decoder for A64 loads and stores; see frame/decode.h. One function for each encoding class of the
 * Arm ARM (DDI 0487, C4.1 "Loads and Stores") of general registers, chosen by the class's fixed
 * bits. Pure: reads nothing but the word.
 */
#include <frame/decode.h>

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

static void set_registers(uint32_t word, struct decoded *d)
{
	d->rt = (uint8_t)bits(word, 4, 0);
	d->rn = (uint8_t)bits(word, 9, 5);
	d->count = 1;
}

/* A written-back base that is a transferred register, too, has no defined value. */
static enum decode_status check_write_back(const struct decoded *d)
{
	if (!d->write_back || d->rn == STACK_POINTER)
		return DECODE_OK;
	if (d->rt == d->rn || (d->count == 2 && d->rt2 == d->rn))
		return DECODE_UNPREDICTABLE;
	return DECODE_OK;
}

/* One register: str, ldr, ldrs to X, ldrs to W. */
static enum decode_status set_single(uint32_t word, uint32_t opc, struct decoded *d)
{
	uint32_t size = bits(word, 31, 30);

	/* Of words there is no load sign-extended to 32 bits; of double words none at all: those
	 * are prefetches and holes. */
	if (opc >= 2 && size + opc >= 5)
		return DECODE_UNKNOWN;
	set_registers(word, d);
	d->size = (uint8_t)(1u << size);
	d->load = opc != 0;
	d->sign_extend = opc >= 2;
	d->sixty_four = opc == 2 || size == 3;
	return DECODE_OK;
}

/* ldr, str with a 12-bit scaled offset. */
static enum decode_status decode_unsigned(uint32_t word, struct decoded *d)
{
	enum decode_status status = set_single(word, bits(word, 23, 22), d);

	d->offset = (int64_t)bits(word, 21, 10) * d->size;
	return status;
}

/* ldur, ldtr, ldapur, and ldr, str with pre- and post-index. */
static enum decode_status decode_immediate(uint32_t word, struct decoded *d)
{
	enum decode_status status = set_single(word, bits(word, 23, 22), d);

	if (status != DECODE_OK)
		return status;
	d->offset = signed_bits(word, 20, 12);
	d->write_back = bit(word, 10);
	return check_write_back(d);
}

static enum decode_status decode_register_offset(uint32_t word, struct decoded *d)
{
	/* option<1> is 1 in all extensions that exist here: uxtw, lsl, sxtw, sxtx. */
	return bit(word, 14) ? set_single(word, bits(word, 23, 22), d) : DECODE_UNKNOWN;
}

/* The corner of the atomic operations: only ldapr, a plain load with acquire, is none. */
static enum decode_status decode_atomic(uint32_t word, struct decoded *d)
{
	if (bits(word, 23, 10) != 0x2ff0) /* A R 1 Rs o3 opc 0 0 = 1 0 1 11111 1 100 00 */
		return DECODE_EXCLUSIVE;
	return set_single(word, 1, d);
}

static enum decode_status decode_one_register(uint32_t word, struct decoded *d)
{
	if (bit(word, 24))
		return decode_unsigned(word, d);
	if (!bit(word, 21))
		return decode_immediate(word, d);
	switch (bits(word, 11, 10)) {
	case 0:
		return decode_atomic(word, d);
	case 2:
		return decode_register_offset(word, d);
	default: /* loads with pointer authentication: the base isn't the address */
		return DECODE_UNKNOWN;
	}
}

/* What opc means for a pair: the size of an element; 0: no such pair. */
static uint8_t pair_size(uint32_t word, const struct decoded *d)
{
	uint32_t opc = bits(word, 31, 30);

	if (opc == 3)
		return 0;
	if (opc == 1)
		return d->load && bits(word, 24, 23) != 0 ? 4 : 0; /* ldpsw; else a tag store */
	return opc == 0 ? 4 : 8;
}

/* ldp, stp, ldpsw, ldnp, stnp. */
static enum decode_status decode_pair(uint32_t word, struct decoded *d)
{
	set_registers(word, d);
	d->rt2 = (uint8_t)bits(word, 14, 10);
	d->count = 2;
	d->load = bit(word, 22);
	d->size = pair_size(word, d);
	if (d->size == 0)
		return DECODE_UNKNOWN;
	d->sign_extend = bits(word, 31, 30) == 1;
	d->sixty_four = bits(word, 31, 30) != 0;
	d->offset = signed_bits(word, 21, 15) * d->size;
	d->write_back = bit(word, 23); /* post: 01, offset: 10, pre: 11, no-allocate: 00 */
	if (d->load && d->rt == d->rt2)
		return DECODE_UNPREDICTABLE;
	return check_write_back(d);
}

/* ldar, stlr (and their limited-ordering forms); the rest of the class is exclusive. */
static enum decode_status decode_ordered(uint32_t word, struct decoded *d)
{
	if (!bit(word, 23) || bit(word, 21))
		return DECODE_EXCLUSIVE;
	return set_single(word, bit(word, 22), d);
}

enum decode_status decode(uint32_t word, struct decoded *decoded)
{
	*decoded = (struct decoded){0};
	if (bits(word, 29, 25) == 0x1c)
		return decode_one_register(word, decoded);
	if (bits(word, 29, 25) == 0x14)
		return decode_pair(word, decoded);
	if (bits(word, 29, 24) == 0x08)
		return decode_ordered(word, decoded);
	if (bits(word, 29, 24) == 0x19 && !bit(word, 21) && bits(word, 11, 10) == 0)
		return decode_immediate(word, decoded); /* ldapur, stlur */
	return DECODE_UNKNOWN;
}

uint64_t decode_extend(const struct decoded *decoded, uint64_t value)
{
	uint32_t width = 8u * decoded->size;

	if (width >= 64)
		return value;
	value &= (1ULL << width) - 1;
	if (!decoded->sign_extend || (value >> (width - 1)) == 0)
		return value;
	value |= ~0ULL << width;
	return decoded->sixty_four ? value : (uint32_t)value;
}
