/* What of QEMU's `xlnx-versal-virt` there is for tests to attack, and to look after. */
#ifndef BOARD_TESTS_H
#define BOARD_TESTS_H

#include <guest/board.h>
#include <stdint.h>

struct board_range {
	uint64_t base, size;
};
struct board_word {
	uintptr_t address;
	uint32_t value;
};

/* What is emulated for a partition, with redistributors for one CPU. */
static const struct board_range board_emulated[] = {
    {BOARD_GICD, 0x10000},
    {BOARD_GICR, 0x20000},
    {BOARD_UART, 0x1000},
};

/* Interrupts of what is emulated, beside timers. */
#define BOARD_EMULATED_INTERRUPTS BOARD_UART_INTERRUPT

/* A device that a test has to itself, the second PL011: its interrupt, which nothing raises
 * unasked. */
#define BOARD_SERIAL        0xff010000UL
#define BOARD_OWN_INTERRUPT 51u

/* What can be written to it that is 0 after a reset. */
static const struct board_word board_spoilt[] = {
    {BOARD_SERIAL + 0x38, 0x7ff}, /* its interrupts' mask */
};

/* The hostile guest's neighbour has it. */
#define BOARD_WATCH_INTERRUPT BOARD_OWN_INTERRUPT

/* What keeps what its neighbour writes there. */
static const struct board_word board_kept[] = {
    {BOARD_SERIAL + 0x24, 0x2a5}, /* divisors */
    {BOARD_SERIAL + 0x28, 0x15},
    {BOARD_SERIAL + 0x2c, 0x66}, /* line control */
};

/* Somebody else's, or nobody's. */
static const struct board_range board_regions[] = {
    {BOARD_UART, 0x50},
    /* the second UART, which is the neighbour's; virtio; DMA engines; network cards */
    {BOARD_SERIAL, 0x1000},
    {0xa0000000, 0x1000},
    {0xffa80000, 0x80000},
    {0xff0c0000, 0x20000},
    /* the real-time cores' reset and memory; the rest of the GIC; clock; fuses, SD and others */
    {0xff5e0000, 0x10000},
    {0xffe00000, 0x200000},
    {0xf9010000, 0x70000},
    {0xf12a0000, 0x10000},
    {0xf1000000, 0x1000000},
    {0x80000000, 0x80000000},
    /* the frame and what it packs; others' memory */
    {0x00000000, 0x8000000},
    {0x08000000, 0x58000000},
};

#endif
