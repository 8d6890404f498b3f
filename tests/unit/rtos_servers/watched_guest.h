/*
 * The parts of a Linux in memory that a watcher reads: an image with text and a few tasks, page
 * tables that map the image, a list of tasks and a PID tree. Everything lies in the image. The
 * memory is exactly as large as its given size, so that the sanitizers see each read outside.
 */
#ifndef WATCHED_GUEST_H
#define WATCHED_GUEST_H

#include <servers/watcher/watch.h>

#define GUEST_IPA    0x60000000ULL
#define GUEST_SIZE   (4u << 20)
#define GUEST_KERNEL (GUEST_IPA + (2u << 20))
#define GUEST_BASE   0xffff800008000000ULL
#define GUEST_TASKS  40u /* the first task is init_task */

#define GUEST_JUMPS  2u
#define GUEST_TRACED 3u

/* The facts, and the tables behind them. */
struct guest_file {
	struct watchfacts facts;
	struct watchfacts_jump jump[GUEST_JUMPS];
	uint32_t traced[GUEST_TRACED];
};

extern uint8_t *guest_ram;
extern const struct guest_file guest_file;
#define guest_facts guest_file.facts
extern const struct watch_record guest_registers;

void guest_build(void);
void guest_free(void);
/* A guest in the state after guest_find() and guest_use(). */
struct guest guest_ready(void);

/* The kernel's address of a place in the image; and the places of a task and of its PID. */
uint64_t guest_va(uint32_t place);
uint32_t guest_task(uint32_t number); /* its PID is its number */
uint32_t guest_pid(uint32_t number);
uint32_t guest_node(void);

void guest_store(uint32_t place, uint64_t value);
uint64_t guest_load(uint32_t place);

/* Maps the image by pages, with other tables than before. They map the page at `place` to the page
 * at `to`; if both are the same place, all is right. guest_paged_ttbr1() is the register's value
 * for these tables. */
void guest_map_pages(uint32_t place, uint32_t to);
uint64_t guest_paged_ttbr1(void);

/*
 * Plays a kexec of the same kernel. The kernel is at another place (GUEST_IPA or GUEST_KERNEL), and
 * the older image stays in memory; or the kernel's own addresses are others.
 */
#define GUEST_SHIFT (2ULL << 20)
void guest_move(uint64_t to);
void guest_shift(void);

/* Takes a task out of the list. */
void guest_unlink(uint32_t number);

#endif
