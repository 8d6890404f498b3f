/* The parts of the i.MX 8M Plus EVK that tests attack, or check for damage. */
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

/* A partition's emulated devices, with redistributors for one CPU. */
static const struct board_range board_emulated[] = {
    {BOARD_GICD, 0x10000},
    {BOARD_GICR, 0x20000},
    {BOARD_UART, 0x1000},
};

/* Interrupts of emulated devices, besides the timers'. */
#define BOARD_EMULATED_INTERRUPTS BOARD_UART_INTERRUPT

/* A device that only the test has, the third UART, and its interrupt, which rises only if the test
 * wants it. */
#define BOARD_SERIAL        0x30880000UL
#define BOARD_OWN_INTERRUPT 60u

/* A register of it that a test can write, and that is 0 after a reset. */
static const struct board_word board_spoilt[] = {
    {BOARD_SERIAL + 0xa4, 0x15}, /* the divider */
};

/* The hostile guest's neighbour has the third UART; this is its interrupt. */
#define BOARD_WATCH_INTERRUPT BOARD_OWN_INTERRUPT

/* Registers that keep the value that the neighbour writes. */
static const struct board_word board_kept[] = {
    {BOARD_SERIAL + 0xa4, 0x2a5},
};

/* Addresses that aren't the hostile guest's: another owner has them, or none. */
static const struct board_range board_regions[] = {
    {BOARD_UART, 0x50},
    /* the neighbour's; DMA engines; clocks and resets; the rest of the GIC */
    {BOARD_SERIAL, 0x1000},
    {0x30bd0000, 0x10000},
    {0x30380000, 0x20000},
    {0x388a0000, 0xa0000},
    /* the frame and its packed image; other partitions' memory */
    {0x40000000, 0x8000000},
    {0x48000000, 0x18000000},
};

#endif
