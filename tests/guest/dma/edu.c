/*
 * A partition with a DMA engine in its hands: QEMU's `edu` function (docs/specs/edu.txt there),
 * told to copy from its own memory and to it, then to and from what is others': around the borders
 * of its memory, the frame, the neighbour, devices, nowhere. What it gets to read it says; what it
 * wrote the test looks for. In the end it floods the SMMU with accesses until that ends it.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/time.h>
#include <stdio.h>

#define EDU_CONFIG 0x4010018000ull /* device 3 of bus 0 */
#define EDU_SOURCE 0x80u
#define EDU_TARGET 0x88u
#define EDU_COUNT  0x90u
#define EDU_START  0x98u
#define EDU_BUFFER 0x40000u /* in its own address space */
#define EDU_RUN    1u
#define EDU_OUT    2u /* from the buffer to memory */

#define EDU_OWN     0x60000000ull /* this partition's memory */
#define EDU_OWN_END 0x60400000ull
#define EDU_HERE    0x60300000ull /* where nothing else is */
#define EDU_MARK    0x55594b4du
#define EDU_TIMER   27

static uintptr_t edu_base;

static void edu_set(uint32_t offset, uint64_t value)
{
	*(volatile uint64_t *)(edu_base + offset) = value;
}

static void edu_on_timer(uint32_t intid)
{
	(void)intid;
	cpu_write(cntv_ctl_el0, 0);
}

static bool edu_waits(void)
{
	return cpu_read(cntv_ctl_el0) != 0;
}

/* A transfer takes 100 ms; asleep meanwhile. */
static void edu_pause(void)
{
	cpu_write(cntv_cval_el0, time_counter() + time_frequency() / 9);
	cpu_write(cntv_ctl_el0, TIMER_ENABLE);
	while (edu_waits())
		__asm__ volatile("wfi");
}

static void edu_copy(uint64_t from, uint64_t to, uint32_t count, uint32_t how)
{
	edu_set(EDU_SOURCE, from);
	edu_set(EDU_TARGET, to);
	edu_set(EDU_COUNT, count);
	cpu_dsb();
	edu_set(EDU_START, EDU_RUN | how);
	do
		edu_pause();
	while ((board_read32(edu_base + EDU_START) & EDU_RUN) != 0);
}

static void edu_write(uint64_t address, uint32_t count)
{
	edu_copy(EDU_BUFFER, address, count, EDU_OUT);
}

static void edu_read(uint64_t address, uint32_t count)
{
	edu_copy(address, EDU_BUFFER, count, 0);
}

static volatile uint32_t *edu_here(void)
{
	return (volatile uint32_t *)EDU_HERE;
}

/* Puts the mark into the engine's buffer. */
static void edu_load(void)
{
	edu_here()[0] = EDU_MARK;
	cpu_dsb();
	edu_read(EDU_HERE, 4);
}

/* What the buffer has now. */
static uint32_t edu_held(void)
{
	edu_here()[1] = 0;
	cpu_dsb();
	edu_write(EDU_HERE + 4, 4);
	return edu_here()[1];
}

static void edu_own(void)
{
	uint32_t good = 0;

	edu_load();
	edu_write(EDU_OWN_END - 4, 4);
	good += *(volatile uint32_t *)(EDU_OWN_END - 4) == EDU_MARK;
	edu_write(EDU_OWN, 4); /* the image's header, which nobody reads again */
	good += *(volatile uint32_t *)EDU_OWN == EDU_MARK;
	good += edu_held() == EDU_MARK;
	printf("edu: %u of 3 in its own memory\n", good);
}

/* Refused: nothing is written, which the test sees, and nothing read: what the engine has then is
 * what it had, or nothing. Where this looks is something else than 0, or nobody's. */
static void edu_foreign(uint64_t address)
{
	uint32_t held;

	edu_load();
	edu_write(address, 4);
	edu_read(address, 4);
	held = edu_held();
	printf("edu: 0x%llx %s\n", (unsigned long long)address,
	       held == EDU_MARK || held == 0 ? "refused" : "READ");
}

static const uint64_t edu_others[] = {
    EDU_OWN - 4,   EDU_OWN_END,     0x40000000ull, 0x40000ffcull,   0x40200000ull,   0x40400000ull,
    0x61000000ull, 0x610ffffcull,   0x61100000ull, 0x08000000ull,   0x09000000ull,   0x09050000ull,
    0x10000000ull, 0x4010018000ull, 0ull,          0x7ffffffffcull, 0xfffffffffcull,
};

void guest_main(void *device_tree)
{
	(void)device_tree;
	gic_start();
	gic_start_cpu();
	gic_enable(EDU_TIMER, edu_on_timer);
	cpu_unmask_interrupts();
	edu_base = board_read32(EDU_CONFIG + 0x10) & ~0xfu;
	board_write32(EDU_CONFIG + 4, 6);
	printf("edu: %x at %llx\n", board_read32(edu_base), (unsigned long long)edu_base);
	edu_own();
	for (uint32_t i = 0; i < sizeof(edu_others) / sizeof(edu_others[0]); i++)
		edu_foreign(edu_others[i]);
	printf("edu: floods\n");
	for (;;)
		edu_write(0x40200000ull, 4088); /* the buffer, but for its end */
}
