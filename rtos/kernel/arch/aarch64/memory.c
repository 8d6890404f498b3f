/* The TLB, caches and pages: see machine/memory.h. */
#include <lib/string.h>
#include <machine/cpu.h>
#include <machine/memory.h>

/* Sizes of cache lines in words, as powers of two. */
#define DCZID_BS(dczid)   ((dczid)&0xf)
#define CTR_DMINLINE(ctr) ((ctr) >> 16 & 0xf)

/* Whether only this CPU has used the address space: then no other CPU has to forget anything. */
static bool is_here_alone(uint32_t on)
{
	return (on & ~(1u << machine_cpu()->index)) == 0;
}

void machine_forget_page(uint32_t asid, uint64_t address, uint32_t on)
{
	uint64_t operand = (uint64_t)asid << TABLE_ASID_SHIFT | address >> PAGE_SHIFT;

	if (on == 0)
		return;
	if (is_here_alone(on))
		__asm__ volatile("tlbi vae1, %0\n\tdsb nsh\n\tisb" : : "r"(operand) : "memory");
	else
		__asm__ volatile("tlbi vae1is, %0\n\tdsb ish\n\tisb" : : "r"(operand) : "memory");
}

/* If more pages than this go, the CPUs forget the whole address space. */
#define PAGES_BY_NAME 64

static void forget_pages_here(uint64_t operand, uint64_t pages)
{
	for (uint64_t end = operand + pages; operand < end; operand++)
		__asm__ volatile("tlbi vae1, %0" : : "r"(operand) : "memory");
	__asm__ volatile("dsb nsh\n\tisb" ::: "memory");
}

static void forget_pages_everywhere(uint64_t operand, uint64_t pages)
{
	for (uint64_t end = operand + pages; operand < end; operand++)
		__asm__ volatile("tlbi vae1is, %0" : : "r"(operand) : "memory");
	__asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

void machine_forget_pages(uint32_t asid, uint64_t address, uint64_t pages, uint32_t on)
{
	uint64_t operand = (uint64_t)asid << TABLE_ASID_SHIFT | address >> PAGE_SHIFT;

	if (on == 0)
		return;
	if (pages > PAGES_BY_NAME)
		machine_forget_space(asid, on);
	else if (is_here_alone(on))
		forget_pages_here(operand, pages);
	else
		forget_pages_everywhere(operand, pages);
}

void machine_forget_space(uint32_t asid, uint32_t on)
{
	uint64_t operand = (uint64_t)asid << TABLE_ASID_SHIFT;

	if (on == 0)
		return;
	__asm__ volatile("tlbi aside1is, %0\n\tdsb ish\n\tisb" : : "r"(operand) : "memory");
}

/* Uses DC ZVA. A loader could forbid it by DCZID_EL0.DZP, but no loader does. */
void machine_zero(void *from, uint64_t size)
{
	uint64_t line = 4ULL << DCZID_BS(sysreg_read(dczid_el0));
	char *end = (char *)from + size;

	if (2 * line > size) {
		memset(from, 0, size);
		return;
	}
	for (char *at = from, *next = at + line; at < end; at += 2 * line, next += 2 * line)
		__asm__ volatile("dc zva, %0\n\tdc zva, %1" : : "r"(at), "r"(next) : "memory");
}

/* CTR_EL0.DminLine: the smallest line of any data cache. */
static uint64_t line_size(void)
{
	return 4ULL << CTR_DMINLINE(sysreg_read(ctr_el0));
}

void machine_flush_page(void *page)
{
	uint64_t line = line_size();
	char *at = page;

	for (uint64_t i = 0; i < PAGE_SIZE; i += line)
		__asm__ volatile("dc civac, %0" : : "r"(at + i) : "memory");
	__asm__ volatile("dsb sy" ::: "memory");
}

void machine_clean_code(void *page)
{
	uint64_t line = line_size();
	char *at = page;

	for (uint64_t i = 0; i < PAGE_SIZE; i += line)
		__asm__ volatile("dc cvau, %0" : : "r"(at + i) : "memory");
}

void machine_publish_code(void)
{
	__asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" ::: "memory");
}
