/*
 * Walks a guest's addresses in software: see lib/guestwalk.h. The tables are the guest's and may
 * say anything. So a walk has at most four steps, and each reads one word of the partition's
 * memory.
 */
#include <lib/guestwalk.h>

#define SCTLR_M       1u
#define DESCRIPTOR_48 0xffffffffffffULL
#define TABLE_ALIGN   64u /* the smallest table */
#define BITS_OFF_MIN  16u /* the least TxSZ: addresses of 48 bits */
#define BITS_OFF_MAX  48u
#define UPPER_HALF    (1ULL << 55)
#define VALID         1u
#define PAGE_MIN      4096u
#define TABLE_OR_PAGE 2u

/* One half of the address space, as TCR_EL1 and TTBRx_EL1 have it. */
struct half {
	uint64_t table;
	unsigned int bits;    /* of an address */
	unsigned int granule; /* bits of a page's offset */
	bool disabled;
};

bool guestwalk_memory(const struct guestwalk *walk, uint64_t ipa, uint64_t *at)
{
	for (uint32_t i = 0; i < walk->ranges; i++) {
		const struct loader_range *range = &walk->range[i];

		if (ipa - range->ipa < range->size) {
			*at = range->base + (ipa - range->ipa);
			return true;
		}
	}
	return false;
}

/* Ranges are whole pages, so a word that begins in a range lies in it. */
bool guestwalk_word(const struct guestwalk *walk, uint64_t ipa, uint64_t *value)
{
	uint64_t at;

	if (ipa % sizeof(*value) != 0 || !guestwalk_memory(walk, ipa, &at))
		return false;
	*value = *(const volatile uint64_t *)(uintptr_t)at;
	return true;
}

/* A granule's bits. TG0 and TG1 number the granules differently; 0: no granule has that number. */
static unsigned int granule(bool upper, unsigned int number)
{
	static const uint8_t lower_bits[] = {12, 16, 14, 0};
	static const uint8_t upper_bits[] = {0, 14, 12, 16};

	return upper ? upper_bits[number & 3] : lower_bits[number & 3];
}

static struct half half_of(const struct guestwalk *walk, bool upper)
{
	uint64_t tcr = upper ? walk->tcr >> 16 : walk->tcr;
	unsigned int size = tcr & 63;

	return (struct half){
	    .table = (upper ? walk->ttbr1 : walk->ttbr0) & DESCRIPTOR_48 & -(uint64_t)TABLE_ALIGN,
	    .bits = 64 - size,
	    .granule = granule(upper, (unsigned int)(tcr >> 14)),
	    .disabled = (tcr >> 7 & 1) != 0 || size < BITS_OFF_MIN || size > BITS_OFF_MAX,
	};
}

/* Whether the bits above the address's own are all alike. The topmost byte may be a tag. */
static bool canonical(const struct half *half, uint64_t va, bool upper)
{
	uint64_t mask = (UPPER_HALF << 1) - (1ULL << half->bits);

	return (va & mask) == (upper ? mask : 0);
}

/* The lowest bit that the first table's index takes from an address. */
static unsigned int first_shift(const struct half *half)
{
	unsigned int shift = half->granule, stride = half->granule - 3;

	while (shift + stride < half->bits)
		shift += stride;
	return shift;
}

static bool walk_tables(const struct guestwalk *walk, const struct half *half, uint64_t va,
                        uint64_t *ipa)
{
	unsigned int stride = half->granule - 3, shift = first_shift(half);
	uint64_t table = half->table, within = va & ((1ULL << half->bits) - 1), descriptor;

	for (;; shift -= stride) {
		uint64_t below = (1ULL << shift) - 1;

		if (!guestwalk_word(walk, table + (within >> shift) * 8, &descriptor) ||
		    (descriptor & VALID) == 0)
			return false;
		within &= below;
		if (shift == half->granule || (descriptor & TABLE_OR_PAGE) == 0) {
			*ipa = (descriptor & DESCRIPTOR_48 & ~below) | within;
			return shift != half->granule || (descriptor & TABLE_OR_PAGE) != 0;
		}
		table = descriptor & DESCRIPTOR_48 & -(1ULL << half->granule);
	}
}

bool guestwalk_ipa(const struct guestwalk *walk, uint64_t va, uint64_t *ipa)
{
	bool upper = (va & UPPER_HALF) != 0;
	struct half half = half_of(walk, upper);

	*ipa = va;
	return (walk->sctlr & SCTLR_M) == 0 ||
	       (!half.disabled && half.granule != 0 && canonical(&half, va, upper) &&
	        walk_tables(walk, &half, va, ipa));
}

bool guestwalk_translate(const struct guestwalk *walk, uint64_t va, uint64_t *at)
{
	uint64_t ipa;

	return guestwalk_ipa(walk, va, &ipa) && guestwalk_memory(walk, ipa, at);
}

bool guestwalk_record(const struct guestwalk *walk, uint64_t va, uint64_t record[2])
{
	const volatile uint64_t *words;
	uint64_t at;

	if (va % sizeof(*words) != 0 || (va + sizeof(*words)) % PAGE_MIN == 0 ||
	    !guestwalk_translate(walk, va, &at))
		return false;
	words = (const volatile uint64_t *)(uintptr_t)at;
	record[0] = words[0];
	record[1] = words[1];
	return true;
}

uint64_t guestwalk_strip(const struct guestwalk *walk, uint64_t va)
{
	bool upper = (va & UPPER_HALF) != 0;
	struct half half = half_of(walk, upper);

	if ((walk->sctlr & SCTLR_M) == 0 || half.disabled)
		return va;
	va &= (1ULL << half.bits) - 1;
	return upper ? va | -(1ULL << half.bits) : va;
}
