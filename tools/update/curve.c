/*
 * Is a point on the curve P-256, y² = x³ - 3x + b (SEC 2, 2.4.2)? A key that isn't would refuse
 * each update, and be noticed when a machine that runs is to be updated. One question for each
 * description: so the arithmetic is the simplest that there is.
 */
#include <host/update.h>
#include <string.h>

#define CURVE_WORDS 8

/* A number below the prime: 32 bits a word, the least significant one first. */
struct curve_number {
	uint32_t word[CURVE_WORDS];
};

static const struct curve_number curve_prime = {
    {0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 1, 0xffffffff}};
static const struct curve_number curve_b = {{0x27d2604b, 0x3bce3c3e, 0xcc53b0f6, 0x651d06b0,
                                             0x769886bc, 0xb3ebbd55, 0xaa3a93e7, 0x5ac635d8}};

static bool curve_below(const struct curve_number *a, const struct curve_number *b)
{
	for (int i = CURVE_WORDS - 1; i >= 0; i--)
		if (a->word[i] != b->word[i])
			return a->word[i] < b->word[i];
	return false;
}

/* a - b, modulo 2 to the 256. */
static struct curve_number curve_minus(const struct curve_number *a, const struct curve_number *b)
{
	struct curve_number result;
	uint64_t borrow = 0;

	for (int i = 0; i < CURVE_WORDS; i++) {
		const uint64_t left = (uint64_t)a->word[i] - b->word[i] - borrow;

		result.word[i] = (uint32_t)left;
		borrow = left >> 63;
	}
	return result;
}

/* a + b, modulo the prime. */
static struct curve_number curve_add(const struct curve_number *a, const struct curve_number *b)
{
	struct curve_number sum;
	uint64_t carry = 0;

	for (int i = 0; i < CURVE_WORDS; i++) {
		carry += (uint64_t)a->word[i] + b->word[i];
		sum.word[i] = (uint32_t)carry;
		carry >>= 32;
	}
	return carry != 0 || !curve_below(&sum, &curve_prime) ? curve_minus(&sum, &curve_prime)
	                                                      : sum;
}

/* a * b, modulo the prime: doubles, and adds where b has a bit. */
static struct curve_number curve_times(const struct curve_number *a, const struct curve_number *b)
{
	struct curve_number result = {{0}};

	for (int bit = 32 * CURVE_WORDS - 1; bit >= 0; bit--) {
		result = curve_add(&result, &result);
		if ((b->word[bit / 32] >> bit % 32 & 1) != 0)
			result = curve_add(&result, a);
	}
	return result;
}

static struct curve_number curve_read(const uint8_t *bytes)
{
	struct curve_number number = {{0}};

	for (int i = 0; i < 4 * CURVE_WORDS; i++)
		number.word[CURVE_WORDS - 1 - i / 4] |= (uint32_t)bytes[i] << (24 - i % 4 * 8);
	return number;
}

bool update_on_curve(const uint8_t point[BUNDLE_KEY_SIZE])
{
	const struct curve_number x = curve_read(point);
	const struct curve_number y = curve_read(point + BUNDLE_KEY_SIZE / 2);
	struct curve_number left, right, three;

	if (!curve_below(&x, &curve_prime) || !curve_below(&y, &curve_prime))
		return false;
	/* y² + 3x = x³ + b */
	three = curve_add(&x, &x);
	three = curve_add(&three, &x);
	left = curve_times(&y, &y);
	left = curve_add(&left, &three);
	right = curve_times(&x, &x);
	right = curve_times(&right, &x);
	right = curve_add(&right, &curve_b);
	return memcmp(&left, &right, sizeof(left)) == 0;
}
