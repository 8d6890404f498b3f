/* The parts of the Raspberry Pi 4 that tests attack, or check for damage. */
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

/* A partition's emulated devices, with what traps of the CPU interface. */
static const struct board_range board_emulated[] = {
    {BOARD_GICD, 0x1000},
    {BOARD_GICC + 0x1000, 0x1000},
    {BOARD_UART, 0x1000},
};

/* Interrupts of emulated devices, besides the timers'. */
#define BOARD_EMULATED_INTERRUPTS BOARD_UART_INTERRUPT

/* A device that only the test has, the mini UART in the auxiliary block, and its interrupt, which
 * rises only if the test wants it. */
#define BOARD_SERIAL        0xfe215000UL
#define BOARD_OWN_INTERRUPT 125u

/* A register of it that a test can write, and that is 0 after a reset. */
static const struct board_word board_spoilt[] = {
    {BOARD_SERIAL + 0x04, 1}, /* which of the block's parts are on */
};

/* The hostile guest's neighbour has the auxiliary block; this is its interrupt. */
#define BOARD_WATCH_INTERRUPT BOARD_OWN_INTERRUPT

/* Registers that keep the value that the neighbour writes. */
static const struct board_word board_kept[] = {
    {BOARD_SERIAL + 0x04, 1},
};

/* Addresses that aren't the hostile guest's: another owner has them, or none. */
static const struct board_range board_regions[] = {
    {BOARD_UART, 0x50},
    /* the mailbox to the firmware; DMA engines; clocks, pins; the neighbour's */
    {0xfe00b000, 0x1000},
    {0xfe007000, 0x1000},
    {0xfe100000, 0x2000},
    {0xfe200000, 0x1000},
    {BOARD_SERIAL, 0x1000},
    /* the GIC as it is, with the cores' own blocks */
    {0xff840000, 0x1000},
    {0xff843000, 0x5000},
    {0xff800000, 0x1000},
    /* the frame and its packed image; other partitions' memory; the firmware's */
    {0x00000000, 0x8000000},
    {0x08000000, 0x33400000},
    {0x3b400000, 0x4c00000},
};

#endif
