/*
 * The recovery from a crash of the frame: docs/proof/recovery.md has its steps. All of it is the
 * start's part, which isn't mapped while guests run.
 */
#ifndef START_RECOVER_H
#define START_RECOVER_H

#include <frame/types.h>
#include <kumiki/report.h>
#include <state/core.h>

/* How long all cores may take to rest, and again to adopt; and a hung core until it faults. */
#define RECOVER_PATIENCE_NS 3000000000ULL

struct crash_registers;
struct partition;

/* A bit for each core of the machine. */
static inline uint32_t recover_all_cores(void)
{
	return (1u << core_bundle->cores.count) - 1;
}

/* This core has crashed. Returns why the frame can't recover; if it can, doesn't return. */
const char *recover_try(const struct crash_registers *registers);

/*
 * For a recovery without a crash (start/update.h). recover_claim(): this core is to call the others
 * to rest by recover_call_others(), and then rests itself. False: the machine starts, or recovers
 * already. recover_take_over(): the same in the middle of a recovery.
 */
bool recover_claim(uint64_t now);
bool recover_is_called(void); /* another core has crashed, and this one hasn't rested yet */
void recover_take_over(uint64_t now);
void recover_call_others(void);

/* This core comes to rest: on an empty stack, from rest_in_start(). It then starts again. */
_Noreturn void recover_core(void);

/* Does the work of hung_in_start() (word/recover.h). */
void recover_hung(uint64_t index);

/* Cores that don't come to rest, a bit each, crash without the frame's text, and rest then. */
void recover_take_text(uint32_t cores);
void recover_give_text(uint32_t cores);

/* For core_main(). recover_forget(): the core starts again; forgets all that the core can derive,
 * and has core.recovers set. recover_adopt(): takes over the vCPUs and partitions of this core.
 * recover_go_on(): waits until all cores have done so. */
bool recover_is_on(void);
void recover_forget(void);
void recover_adopt(void);
void recover_go_on(void);

/* The core has started, for the first time or again. */
void recover_started(void);

/* True: this core checks and adopts the partition, as its home core; or for a home core that is
 * off, as the first core that may run the partition. */
bool recover_cares_for(uint32_t partition);

/* For a partition that this core cares for. recover_check() says what is wrong with its kept state.
 * recover_lose() makes that state anew, and ends the partition's life. */
enum report_kept recover_check(const struct partition *partition, uint32_t index);
void recover_lose(struct partition *partition, uint32_t index);

/* Takes over what this core's vCPUs, and the partitions that it cares for, have kept. */
void recover_adopt_vcpus(void);
void recover_adopt_partitions(void);

#endif
