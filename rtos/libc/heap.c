/*
 * The memory behind malloc: one region of the process's quota, mapped piece by piece behind the
 * program. Between the program and the heap lies a page that is never mapped. The heap never
 * shrinks. Only malloc calls this file, with its lock.
 */
#include <errno.h>
#include <rtos/sys.h>
#include <stdint.h>
#include <unistd.h>

/* Threads' stacks begin at this address (thread.c). */
#define HEAP_END 0x20000000ULL
/* A piece has at least so many pages, if the quota has them. */
#define HEAP_PIECE 4
/* How many pages a piece takes at most beside its own, and beside a table for each 2 MiB: three
 * tables, and a page of objects. */
#define HEAP_BESIDE      4
#define HEAP_TABLE_PAGES 512

extern char sys_end[]; /* of program.ld */

static struct {
	rtos_handle_t region;
	uint64_t pages; /* mapped */
	uint64_t used;  /* bytes */
} heap;

static uint64_t heap_first(void)
{
	return ((uint64_t)sys_end + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE * RTOS_PAGE_SIZE +
	       RTOS_PAGE_SIZE;
}

static uint64_t heap_free_pages(void)
{
	struct sys_registers call = {.x = {[8] = RTOS_PROCESS_STATE}};

	sys_svc(&call);
	return call.x[8] == RTOS_OK ? call.x[5] : 0;
}

/* If the kernel couldn't map the whole piece, unmaps what it mapped: the next piece may have
 * another size. */
static bool heap_map(uint64_t pages)
{
	const uint64_t address = heap_first() + heap.pages * RTOS_PAGE_SIZE;

	if (sys_do(RTOS_MAP, heap.region, address, heap.pages, pages,
	           RTOS_RIGHT_READ | RTOS_RIGHT_WRITE, 0, NULL) != RTOS_OK) {
		(void)sys_do(RTOS_UNMAP, 0, address, 0, 0, 0, 0, NULL);
		return false;
	}
	heap.pages += pages;
	return true;
}

/* Whether the quota has room for so many pages. A call beyond the quota would end a program that
 * isn't lenient. */
static bool heap_has_room(uint64_t pages)
{
	return heap_free_pages() >= pages + pages / HEAP_TABLE_PAGES + HEAP_BESIDE;
}

/* If the new pages of the region can't be mapped, the next piece uses them. */
static bool heap_grow(uint64_t pages)
{
	uint64_t region = heap.region;

	if (!heap_has_room(pages) || sys_do(RTOS_REGION_CREATE, heap.region, heap.pages + pages, 0,
	                                    0, 0, 0, &region) != RTOS_OK)
		return false;
	heap.region = (rtos_handle_t)region;
	return heap_map(pages);
}

/* An address space can have few mappings, so a piece is half as large as the heap so far. But a
 * piece leaves half of the quota free, unless the caller needs more. The function fails only if
 * even the needed pages can't be mapped. */
static bool heap_more(uint64_t needed)
{
	const uint64_t free = heap_free_pages() / 2;
	uint64_t piece = heap.pages / 2 > HEAP_PIECE ? heap.pages / 2 : HEAP_PIECE;

	if (piece > free)
		piece = free;
	return (piece > needed && heap_grow(piece)) || heap_grow(needed);
}

void *sbrk(ptrdiff_t size)
{
	const uint64_t first = heap_first(), used = heap.used + (uint64_t)size;
	const uint64_t pages = (used + RTOS_PAGE_SIZE - 1) / RTOS_PAGE_SIZE;

	if (size < 0 || (uint64_t)size > HEAP_END - first - heap.used ||
	    (pages > heap.pages && !heap_more(pages - heap.pages))) {
		errno = ENOMEM;
		return (void *)-1;
	}
	heap.used = used;
	return (void *)(first + used - (uint64_t)size);
}
