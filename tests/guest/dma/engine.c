/* QEMU's `edu`, driven: see engine.h. */
#include "engine.h"
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>

#define ENGINE_CONFIG 0x4010018000ull /* device 3 of bus 0 */
#define ENGINE_SOURCE 0x80u
#define ENGINE_TARGET 0x88u
#define ENGINE_COUNT  0x90u
#define ENGINE_START  0x98u
#define ENGINE_BUFFER 0x40000u /* in its own address space */
#define ENGINE_RUN    1u
#define ENGINE_OUT    2u /* from the buffer to memory */

static uintptr_t engine_base;

static void engine_set(uint32_t offset, uint64_t value)
{
	*(volatile uint64_t *)(engine_base + offset) = value;
}

static void engine_on_timer(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
}

static bool engine_waits(void)
{
	return cpu_read(cntv_ctl_el0) != 0;
}

/* A transfer takes 100 ms; asleep meanwhile. */
static void engine_pause(void)
{
	cpu_write(cntv_cval_el0, time_counter() + time_frequency() / 9);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	while (engine_waits())
		__asm__ volatile("wfi");
}

static void engine_ask(uint64_t from, uint64_t to, uint32_t count, uint32_t how)
{
	engine_set(ENGINE_SOURCE, from);
	engine_set(ENGINE_TARGET, to);
	engine_set(ENGINE_COUNT, count);
	cpu_dsb();
	engine_set(ENGINE_START, ENGINE_RUN | how);
}

static void engine_finish(void)
{
	do
		engine_pause();
	while ((board_read32(engine_base + ENGINE_START) & ENGINE_RUN) != 0);
}

void engine_begin(uint64_t address, uint32_t count)
{
	engine_ask(ENGINE_BUFFER, address, count, ENGINE_OUT);
}

void engine_write(uint64_t address, uint32_t count)
{
	engine_begin(address, count);
	engine_finish();
}

static void engine_read(uint64_t address, uint32_t count)
{
	engine_ask(address, ENGINE_BUFFER, count, 0);
	engine_finish();
}

static volatile uint32_t *engine_here(void)
{
	return (volatile uint32_t *)ENGINE_HERE;
}

/* Puts the mark into the engine's buffer. */
static void engine_load(void)
{
	engine_here()[0] = ENGINE_MARK;
	cpu_dsb();
	engine_read(ENGINE_HERE, 4);
}

/* The buffer's present content. */
static uint32_t engine_held(void)
{
	engine_here()[1] = 0;
	cpu_dsb();
	engine_write(ENGINE_HERE + 4, 4);
	return engine_here()[1];
}

void engine_start(void)
{
	gic_start();
	gic_start_cpu();
	gic_enable(BOARD_VTIMER_INTERRUPT, engine_on_timer);
	cpu_unmask_interrupts();
	engine_base = board_read32(ENGINE_CONFIG + 0x10) & ~0xfu;
	board_write32(ENGINE_CONFIG + 4, 6);
	printf("edu: %x at %llx\n", board_read32(engine_base), (unsigned long long)engine_base);
}

void engine_own(void)
{
	uint32_t good = 0;

	engine_load();
	engine_write(ENGINE_OWN_END - 4, 4);
	good += *(volatile uint32_t *)(ENGINE_OWN_END - 4) == ENGINE_MARK;
	engine_write(ENGINE_OWN, 4); /* the image's header, which nobody reads again */
	good += *(volatile uint32_t *)ENGINE_OWN == ENGINE_MARK;
	good += engine_held() == ENGINE_MARK;
	printf("edu: %u of 3 in its own memory\n", good);
}

/*
 * After a refused read, the engine has its old content or nothing. The places that it tries have
 * values other than 0, or belong to nobody.
 */
void engine_foreign(uint64_t address)
{
	uint32_t held;

	engine_load();
	engine_write(address, 4);
	engine_read(address, 4);
	held = engine_held();
	printf("edu: 0x%llx %s\n", (unsigned long long)address,
	       held == ENGINE_MARK || held == 0 ? "refused" : "READ");
}

void engine_try(const uint64_t *others, uint32_t count)
{
	engine_start();
	engine_own();
	for (uint32_t i = 0; i < count; i++)
		engine_foreign(others[i]);
}
