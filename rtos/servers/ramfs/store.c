/* See store.h. Pieces of contents nearly always begin at words. Then a turn copies 512 bytes, in
 * registers of a program that declares no others. */
#include "store.h"
#include <lib/string.h>

/* A word through which contents are copied, so it aliases everything. */
typedef uint64_t __attribute__((may_alias)) store_long;

#define STORE_TURN 64 /* words */

static inline void store_eight(store_long *out, const store_long *in)
{
	const store_long a = in[0], b = in[1], c = in[2], d = in[3];
	const store_long e = in[4], f = in[5], g = in[6], h = in[7];

	out[0] = a, out[1] = b, out[2] = c, out[3] = d;
	out[4] = e, out[5] = f, out[6] = g, out[7] = h;
}

static inline void store_half_turn(store_long *out, const store_long *in)
{
	store_eight(out, in);
	store_eight(out + 8, in + 8);
	store_eight(out + 16, in + 16);
	store_eight(out + 24, in + 24);
}

/* Keeps the compiler from moving a store behind a later one: so the next server finds them in order
 * after a crash. */
static void store_order(void)
{
	__asm__ volatile("" ::: "memory");
}

void store_word(uint32_t *to, uint32_t value)
{
	*(volatile uint32_t *)to = value;
	store_order();
}

void store_bytes(void *to, const void *from, size_t size)
{
	store_long *out = to;
	const store_long *in = from;

	if (((uintptr_t)to | (uintptr_t)from) % sizeof(*in) == 0)
		for (; size >= STORE_TURN * sizeof(*in); size -= STORE_TURN * sizeof(*in)) {
			store_half_turn(out, in);
			store_half_turn(out + STORE_TURN / 2, in + STORE_TURN / 2);
			out += STORE_TURN;
			in += STORE_TURN;
		}
	if (size != 0)
		memcpy(out, in, size);
	store_order();
}

void store_zeros(void *to, size_t size)
{
	memset(to, 0, size);
	store_order();
}
