/*
 * Work that has to keep its pace (/bin/pace of the Linux guests): `pace ROUNDS MICROSECONDS
 * MEGABYTES LOOPS`. At each multiple of MICROSECONDS it gives a megabyte of its MEGABYTES back to
 * the kernel, takes it anew, and computes for LOOPS. A round that isn't done when the next one
 * begins is late. Behind each ROUNDS it says how many were late, and how long the slowest took. It
 * ends never.
 */
#include <linux/user.h>

enum { SYS_MADVISE = 233, MADV_DONTNEED = 4 };
enum { PACE_USAGE = 200, PACE_WRONG = 201, PACE_PAGE = 4096 };
enum { PACE_PIECE = 1 << 20, PACE_PIECES_MAX = 64 };

static uint8_t pace_memory[(size_t)PACE_PIECES_MAX * PACE_PIECE]
    __attribute__((aligned(PACE_PAGE)));

/* Fresh pages are zero; what was written stays until it is given back. */
static void pace_take(uint64_t piece, uint8_t value)
{
	uint8_t *memory = &pace_memory[piece * PACE_PIECE];

	user_must(SYS_MADVISE, (long)memory, PACE_PIECE, MADV_DONTNEED, 0);
	for (size_t at = 0; at < PACE_PIECE; at += PACE_PAGE) {
		if (memory[at] != 0)
			user_exit(PACE_WRONG);
		memory[at] = value;
	}
	for (size_t at = 0; at < PACE_PIECE; at += PACE_PAGE)
		if (memory[at] != value)
			user_exit(PACE_WRONG);
}

static void pace_compute(uint64_t loops)
{
	for (uint64_t i = 0; i < loops; i++)
		__asm__ volatile("" ::: "memory");
}

void user_main(const uint64_t *stack)
{
	const char *const *argv = (const char *const *)&stack[1];
	uint64_t rounds, period, pieces, loops, when;

	if (stack[0] != 5)
		user_exit(PACE_USAGE);
	rounds = (uint64_t)user_number(argv[1]);
	period = (uint64_t)user_number(argv[2]) * 1000;
	pieces = (uint64_t)user_number(argv[3]);
	loops = (uint64_t)user_number(argv[4]);
	if (rounds == 0 || period == 0 || pieces == 0 || pieces > PACE_PIECES_MAX)
		user_exit(PACE_USAGE);
	for (uint64_t piece = 0; piece < pieces; piece++)
		pace_take(piece, 1);
	when = user_now() + period;
	for (uint64_t round = 0, late = 0, worst = 0;; when += period) {
		uint64_t took;

		user_sleep_until(when);
		pace_take(round % pieces, (uint8_t)(1 + round % 255));
		pace_compute(loops);
		took = user_now() - when;
		worst = took > worst ? took : worst;
		late += took >= period;
		if (++round % rounds != 0)
			continue;
		user_print("pace", "late", late);
		user_print("pace", "worst-us", worst / 1000);
		late = worst = 0;
	}
}
