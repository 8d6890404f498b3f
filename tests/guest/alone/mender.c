/*
 * A watcher that mends: again and again it has a word of the watched partition's memory changed,
 * and bits of its first vCPU's SCTLR_EL1. Each change expects what the last one left. So a change
 * that isn't made, or that is made in half, is found by the next one at the latest. The campaign
 * that breaks the frame in the middle of it (tests/system/frame_campaign.py) reads the counts.
 * Stands alone: no library.
 */
#include <kumiki/watch.h>
#include <stddef.h>
#include <stdint.h>

/* Where both have a MiB as 0x40000000, it sees the other one's page and memory here. */
#define PAGE    0x40100000ul
#define MEMORY  0x40200000ul
#define WATCHED 0x40000000ul
#define PLACE   0x40000ul               /* of the word: nobody uses it */
#define WAITS   (1ul << 16 | 1ul << 18) /* nTWI, nTWE of SCTLR_EL1: of programs at EL0 */
#define PAUSE   31250                   /* between two mends, in ticks of 16 ns: 500 us */

#define REG64(a) (*(volatile uint64_t *)(a))

__asm__(".section .first, \"ax\"\n"
        "	.globl	first\n"
        "first:	adr	x1, first\n"
        "	add	x1, x1, #0x40000\n"
        "	mov	sp, x1\n"
        "	bl	mender_main\n"
        "	.previous");

void mender_main(void);

struct {
	volatile uint32_t rounds; /* mends that were done */
	volatile uint32_t wrong;  /* that weren't, or in half */
	volatile uint32_t late; /* that say that the vCPUs didn't stand in time; asked for again */
	volatile uint32_t last; /* the answer that was wrong last */
} mender;

static uint64_t now(void)
{
	uint64_t ticks;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(ticks));
	return ticks;
}

static void pause(void)
{
	const uint64_t until = now() + PAUSE;

	while (now() < until)
		continue;
}

/* The partition may not run yet: it is asked until it has a record. */
static uint64_t read_sctlr(void)
{
	const uint64_t record = PAGE + WATCH_RECORD(0);

	while (REG64(record + offsetof(struct watch_record, changes)) == 0) {
		REG64(PAGE + WATCH_ASK) = 0;
		pause();
	}
	return REG64(record + offsetof(struct watch_record, sctlr));
}

static void change(uint32_t index, uint64_t address, uint64_t mask, uint64_t expected,
                   uint64_t value)
{
	const uint64_t at = PAGE + WATCH_CHANGE(index);

	REG64(at + offsetof(struct watch_change, address)) = address;
	REG64(at + offsetof(struct watch_change, mask)) = mask;
	REG64(at + offsetof(struct watch_change, expected)) = expected;
	REG64(at + offsetof(struct watch_change, value)) = value;
}

/* Returns the answer. */
static uint64_t mend(uint64_t word, uint64_t bits)
{
	uint64_t answer;

	change(0, WATCHED + PLACE, ~0ul, word, word + 1);
	change(1, WATCH_SCTLR(0), WAITS, bits, bits ^ WAITS);
	REG64(PAGE + WATCH_MEND) = 2;
	while ((answer = REG64(PAGE + WATCH_MEND)) == WATCH_MEND_ASKED)
		continue;
	return answer;
}

void mender_main(void)
{
	uint64_t word, bits = read_sctlr();

	for (;;) {
		uint64_t answer;

		pause();
		word = REG64(MEMORY + PLACE);
		answer = mend(word, bits);
		if (answer == WATCH_MEND_LATE && REG64(MEMORY + PLACE) == word) {
			mender.late++;
		} else if (answer == (WATCH_MEND_DONE | 2 << 8) &&
		           REG64(MEMORY + PLACE) == word + 1) {
			bits ^= WAITS;
			mender.rounds++;
		} else {
			mender.last = (uint32_t)answer;
			mender.wrong++;
		}
	}
}
