/* The fake machine: see its headers. A broken rule ends the test. */
#include <machine/console.h>
#include <machine/cpu.h>
#include <machine/gic.h>
#include <machine/memory.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct fake fake;
struct fake_memory fake_memory;
struct fake_interrupt fake_interrupts[FAKE_INTERRUPTS];

#define RULE(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "fake machine: broken rule: %s\n", #condition);            \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

void fake_begin(uint32_t pages, uint32_t count)
{
	memset(&fake, 0, sizeof(fake));
	memset(&fake_memory, 0, sizeof(fake_memory));
	memset(fake_interrupts, 0, sizeof(fake_interrupts));
	memset(cpus, 0, sizeof(cpus));
	memory.base = pa_at(0x40000000);
	memory.pages = pages;
	if (posix_memalign((void **)&memory.at, BLOCK_SIZE, (size_t)pages << PAGE_SHIFT) != 0)
		abort();
	memory.frames = calloc(pages, sizeof(struct frame));
	memset(memory.at, 0xa5, (size_t)pages << PAGE_SHIFT);
	cpu_count = count;
	for (uint32_t i = 0; i < count; i++) {
		sched_begin(&cpus[i], i);
		fake.each[i].deadline = ~0ULL;
	}
	fake.cpu = &cpus[0];
}

void fake_end(void)
{
	free(memory.at);
	free(memory.frames);
}

void machine_fp_save(struct fp_registers *registers)
{
	struct fake_cpu *cpu = &fake.each[fake.cpu->index];

	RULE(cpu->fp == registers);
	cpu->fp = NULL;
}

void machine_fp_load(const struct fp_registers *registers)
{
	fake.each[fake.cpu->index].fp = registers;
}

void machine_set_power(enum rtos_power power)
{
	(void)power;
	abort();
}

bool machine_is_device(pa_t base, uint64_t pages)
{
	return base.at % PAGE_SIZE == 0 && pages > 0 && pages < 1024 && base.at < 0x20000000;
}

void machine_write_entry(uint64_t *entry, uint64_t value)
{
	RULE(*entry == 0 || value == 0);
	RULE(((uintptr_t)entry & 7) == 0);
	RULE(value == 0 || fake_memory.known == 0);
	fake_memory.known += *entry != 0;
	*entry = value;
	fake_memory.entries++;
}

void machine_write_entries(uint64_t *entry, uint64_t value, uint64_t more, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		machine_write_entry(&entry[i], value + i * more);
}

void machine_write_entries_at(uint64_t *entry, const pa_t *pa, uint64_t bits, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++)
		machine_write_entry(&entry[i], pa[i].at | bits);
}

void machine_forget_pages(uint32_t asid, uint64_t address, uint64_t pages, uint32_t on)
{
	(void)address;
	(void)on;
	RULE(asid != 0);
	RULE(fake_memory.known <= pages);
	fake_memory.known = 0;
	fake_memory.invalidated += pages;
}

void machine_forget_page(uint32_t asid, uint64_t address, uint32_t on)
{
	machine_forget_pages(asid, address, 1, on);
}

void machine_forget_space(uint32_t asid, uint32_t on)
{
	RULE(asid != 0);
	for (uint32_t i = 0; i < cpu_count; i++) {
		RULE(fake.each[i].ttbr >> TABLE_ASID_SHIFT != asid);
		(void)on;
	}
	fake_memory.forgotten++;
}

void machine_zero(void *from, uint64_t size)
{
	RULE(((uintptr_t)from & 127) == 0 && size % 128 == 0);
	memset(from, 0, size);
}

void machine_flush_page(void *page)
{
	RULE(((uintptr_t)page & PAGE_MASK) == 0);
	fake_memory.flushed++;
}

void machine_clean_code(void *page)
{
	(void)page;
}

void machine_publish_code(void)
{
}

uint32_t gic_limit(void)
{
	return FAKE_INTERRUPTS;
}

void gic_deactivate(uint32_t number)
{
	if (number >= FAKE_INTERRUPTS)
		return;
	RULE(fake_interrupts[number].active);
	RULE(fake_interrupts[number].cpu == fake.cpu->index);
	fake_interrupts[number].active = false;
}

void gic_enable(uint32_t number, uint32_t cpu, bool edge)
{
	(void)edge;
	RULE(!fake_interrupts[number].enabled);
	fake_interrupts[number].enabled = true;
	fake_interrupts[number].cpu = cpu;
}

void gic_disable(uint32_t number)
{
	fake_interrupts[number].enabled = false;
}

void gic_clear_active(uint32_t number)
{
	fake_interrupts[number].active = false;
}

void console_write(const char *text, uint64_t length)
{
	(void)text;
	(void)length;
}

void crash_end(const char *what)
{
	crash_stop(what);
}

void crash_stop(const char *what)
{
	fprintf(stderr, "fake machine: %s\n", what);
	abort();
}
