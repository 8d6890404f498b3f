/*
 * A Linux in memory, as far as a watcher looks: an image with text and a few tasks in it, page
 * tables that map the image, a list of tasks and a PID tree. Everything lies in the image. Its
 * memory is exactly as large as it is said to be, so that the sanitizers see each read outside.
 */
#ifndef WATCHED_GUEST_H
#define WATCHED_GUEST_H

#include <servers/watcher/watch.h>

#define GUEST_IPA    0x60000000ULL
#define GUEST_SIZE   (4u << 20)
#define GUEST_KERNEL (GUEST_IPA + (2u << 20))
#define GUEST_BASE   0xffff800008000000ULL
#define GUEST_TASKS  40u /* the first one is init_task */

extern uint8_t *guest_ram;
extern const struct watchfacts guest_facts;
extern const struct watch_record guest_registers;

void guest_build(void);
void guest_free(void);
/* A guest as guest_find() and guest_use() leave it. */
struct guest guest_ready(void);

/* Places in the image, and the kernel's addresses of them. */
uint64_t guest_va(uint32_t place);
uint32_t guest_task(uint32_t number); /* its PID is its number */
uint32_t guest_pid(uint32_t number);
uint32_t guest_node(void);

void guest_store(uint32_t place, uint64_t value);
uint64_t guest_load(uint32_t place);

/* Maps the image by pages, with other tables than before: the page at `place` leads to that at
 * `to`. The same place twice: all is sound. guest_paged_ttbr1() has those tables. */
void guest_map_pages(uint32_t place, uint32_t to);
uint64_t guest_paged_ttbr1(void);

/* Takes a task out of the list. */
void guest_unlink(uint32_t number);

#endif
