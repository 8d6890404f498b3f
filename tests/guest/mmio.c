/*
 * Device registers by every load and store that a compiler emits: pairs, write-back, bytes, halves,
 * sign extension, register offsets, acquire and release. Such an access may trap without a
 * syndrome.
 */
#include <guest/board.h>
#include <guest/cpu.h>
#include <guest/gic.h>
#include <guest/test.h>
#include <guest/uart.h>

/* Priorities of eight SGIs in two words, routes of two SPIs: plain storage, any access width. */
#define PRIORITIES (BOARD_GICR + GICR_SGI + GICD_IPRIORITYR)
#define ROUTES     (BOARD_GICD + GICD_IROUTER + 8 * BOARD_UART_INTERRUPT)
#define BYTES      0x40302010u
#define MORE_BYTES 0x80706050u

static void mmio_fill(void)
{
	board_write32(PRIORITIES, BYTES);
	board_write32(PRIORITIES + 4, MORE_BYTES);
}

static void mmio_clear(void)
{
	board_write32(PRIORITIES, 0);
	board_write32(PRIORITIES + 4, 0);
}

static void load_post_index(void)
{
	uint64_t at = PRIORITIES, value = 0;

	mmio_fill();
	__asm__ volatile("ldr %w0, [%1], #4" : "=r"(value), "+r"(at)::"memory");
	CHECK_EQUAL(value, BYTES);
	CHECK_EQUAL(at, PRIORITIES + 4);
	__asm__ volatile("ldr %w0, [%1], #-4" : "=r"(value), "+r"(at)::"memory");
	CHECK_EQUAL(value, MORE_BYTES);
	CHECK_EQUAL(at, PRIORITIES);
}

static void load_pre_index(void)
{
	uint64_t at = PRIORITIES - 12, value = 0;

	mmio_fill();
	__asm__ volatile("ldr %w0, [%1, #12]!" : "=r"(value), "+r"(at)::"memory");
	CHECK_EQUAL(value, BYTES);
	CHECK_EQUAL(at, PRIORITIES);
	__asm__ volatile("ldrb %w0, [%1, #1]!" : "=r"(value), "+r"(at)::"memory");
	CHECK_EQUAL(value, 0x20);
	CHECK_EQUAL(at, PRIORITIES + 1);
}

static void store_post_index(void)
{
	uint64_t at = PRIORITIES;

	mmio_clear();
	__asm__ volatile("str %w1, [%0], #4\n\tstrb %w2, [%0], #1"
	                 : "+r"(at)
	                 : "r"(BYTES), "r"(0xa8)
	                 : "memory");
	CHECK_EQUAL(at, PRIORITIES + 5);
	CHECK_EQUAL(board_read32(PRIORITIES), BYTES);
	CHECK_EQUAL(board_read32(PRIORITIES + 4), 0xa8);
}

static void store_pre_index(void)
{
	uint64_t at = PRIORITIES - 4;

	mmio_clear();
	__asm__ volatile("str %w1, [%0, #4]!\n\tstr wzr, [%0, #4]!"
	                 : "+r"(at)
	                 : "r"(BYTES)
	                 : "memory");
	CHECK_EQUAL(at, PRIORITIES + 4);
	CHECK_EQUAL(board_read32(PRIORITIES), BYTES);
	CHECK_EQUAL(board_read32(PRIORITIES + 4), 0);
}

static void load_pairs(void)
{
	uint64_t at = PRIORITIES, one = 0, two = 0;

	mmio_fill();
	__asm__ volatile("ldp %w0, %w1, [%2]" : "=&r"(one), "=&r"(two) : "r"(at) : "memory");
	CHECK_EQUAL(one, BYTES);
	CHECK_EQUAL(two, MORE_BYTES);
	at -= 8;
	__asm__ volatile("ldp %w0, %w1, [%2, #8]!" : "=&r"(one), "=&r"(two), "+r"(at)::"memory");
	CHECK_EQUAL(one, BYTES);
	CHECK_EQUAL(two, MORE_BYTES);
	CHECK_EQUAL(at, PRIORITIES);
	__asm__ volatile("ldpsw %0, %1, [%2], #8" : "=&r"(one), "=&r"(two), "+r"(at)::"memory");
	CHECK_EQUAL(one, BYTES);
	CHECK_EQUAL(two, 0xffffffff00000000ul | MORE_BYTES);
	CHECK_EQUAL(at, PRIORITIES + 8);
}

static void store_pairs(void)
{
	uint64_t at = PRIORITIES;

	mmio_clear();
	__asm__ volatile("stp %w0, %w1, [%2]" ::"r"(BYTES), "r"(MORE_BYTES), "r"(at) : "memory");
	CHECK_EQUAL(board_read32(PRIORITIES), BYTES);
	CHECK_EQUAL(board_read32(PRIORITIES + 4), MORE_BYTES);
	__asm__ volatile("stp wzr, %w1, [%0], #8" : "+r"(at) : "r"(BYTES) : "memory");
	CHECK_EQUAL(at, PRIORITIES + 8);
	CHECK_EQUAL(board_read32(PRIORITIES), 0);
	CHECK_EQUAL(board_read32(PRIORITIES + 4), BYTES);
}

/* Pairs of 64 bits: two registers of 64 bits. */
static void wide_pairs(void)
{
	uint64_t at = ROUTES, one = 0, two = 0;

	__asm__ volatile("stp %0, xzr, [%1]" ::"r"(0ul), "r"(at) : "memory");
	__asm__ volatile("ldp %0, %1, [%2], #16" : "=&r"(one), "=&r"(two), "+r"(at)::"memory");
	CHECK_EQUAL(one, 0);
	CHECK_EQUAL(two, 0);
	CHECK_EQUAL(at, ROUTES + 16);
	__asm__ volatile("str xzr, [%0, #-16]!" : "+r"(at)::"memory");
	CHECK_EQUAL(at, ROUTES);
}

static void bytes_and_signs(void)
{
	uint64_t at = PRIORITIES, value;

	mmio_fill();
	__asm__ volatile("ldrb %w0, [%1, #2]" : "=r"(value) : "r"(at) : "memory");
	CHECK_EQUAL(value, 0x30);
	__asm__ volatile("ldrsb %0, [%1, #7]" : "=r"(value) : "r"(at) : "memory");
	CHECK_EQUAL(value, 0xffffffffffffff80ul);
	__asm__ volatile("ldrsb %w0, [%1, #7]" : "=r"(value) : "r"(at) : "memory");
	CHECK_EQUAL(value, 0xffffff80ul);
	__asm__ volatile("ldrsw %0, [%1, #4]" : "=r"(value) : "r"(at) : "memory");
	CHECK_EQUAL(value, 0xffffffff00000000ul | MORE_BYTES);
	__asm__ volatile("strb %w0, [%1, #3]" ::"r"(0xffffff98), "r"(at) : "memory");
	CHECK_EQUAL(board_read32(PRIORITIES), 0x98302010);
}

static void halves(void)
{
	uint64_t at = BOARD_UART + UART_IBRD, value;

	board_write32(at, 0x9234);
	__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(at) : "memory");
	CHECK_EQUAL(value, 0x9234);
	__asm__ volatile("ldrsh %0, [%1]" : "=r"(value) : "r"(at) : "memory");
	CHECK_EQUAL(value, 0xffffffffffff9234ul);
	__asm__ volatile("ldrsh %w0, [%1], #2" : "=r"(value), "+r"(at)::"memory");
	CHECK_EQUAL(value, 0xffff9234ul);
	CHECK_EQUAL(at, BOARD_UART + UART_IBRD + 2);
	at -= 2;
	__asm__ volatile("strh %w0, [%1]" ::"r"(0x1234), "r"(at) : "memory");
	CHECK_EQUAL(board_read32(at), 0x1234);
}

static void register_offsets(void)
{
	uint64_t value, index = 1;
	int32_t back = -1;

	mmio_fill();
	__asm__ volatile("ldr %w0, [%1, %2, lsl #2]"
	                 : "=r"(value)
	                 : "r"(PRIORITIES), "r"(index)
	                 : "memory");
	CHECK_EQUAL(value, MORE_BYTES);
	__asm__ volatile("ldr %w0, [%1, %w2, sxtw #2]"
	                 : "=r"(value)
	                 : "r"(PRIORITIES + 4), "r"(back)
	                 : "memory");
	CHECK_EQUAL(value, BYTES);
	__asm__ volatile("ldur %w0, [%1, #-3]" : "=r"(value) : "r"(PRIORITIES + 3) : "memory");
	CHECK_EQUAL(value, BYTES);
}

static void acquire_and_release(void)
{
	uint64_t value;

	mmio_clear();
	__asm__ volatile("stlr %w0, [%1]" ::"r"(BYTES), "r"(PRIORITIES) : "memory");
	__asm__ volatile("ldar %w0, [%1]" : "=r"(value) : "r"(PRIORITIES) : "memory");
	CHECK_EQUAL(value, BYTES);
	__asm__ volatile("stlrb %w0, [%1]" ::"r"(0x48), "r"(PRIORITIES) : "memory");
	__asm__ volatile("ldarb %w0, [%1]" : "=r"(value) : "r"(PRIORITIES) : "memory");
	CHECK_EQUAL(value, 0x48);
}

/* The base may be the stack pointer, the target nowhere. */
static void odd_registers(void)
{
	uint64_t value;

	mmio_fill();
	__asm__ volatile("mov x9, sp\n\tmov sp, %1\n\tldr %w0, [sp], #16\n\tsub x10, sp, %1\n\t"
	                 "mov sp, x9\n\tadd %0, %0, x10"
	                 : "=&r"(value)
	                 : "r"(PRIORITIES)
	                 : "x9", "x10", "memory");
	CHECK_EQUAL(value, BYTES + 16ul);
	__asm__ volatile("ldr wzr, [%0]\n\tldr xzr, [%1]" ::"r"(PRIORITIES), "r"(ROUTES)
	                 : "memory");
}

const struct test tests[] = {
    {"load-post-index", load_post_index, TEST_ANYWHERE},
    {"load-pre-index", load_pre_index, TEST_ANYWHERE},
    {"store-post-index", store_post_index, TEST_ANYWHERE},
    {"store-pre-index", store_pre_index, TEST_ANYWHERE},
    {"load-pairs", load_pairs, TEST_ANYWHERE},
    {"store-pairs", store_pairs, TEST_ANYWHERE},
    {"wide-pairs", wide_pairs, TEST_ANYWHERE},
    {"bytes-and-signs", bytes_and_signs, TEST_ANYWHERE},
    {"halves", halves, TEST_ANYWHERE},
    {"register-offsets", register_offsets, TEST_ANYWHERE},
    {"acquire-and-release", acquire_and_release, TEST_ANYWHERE},
    {"odd-registers", odd_registers, TEST_ANYWHERE},
    {0},
};
