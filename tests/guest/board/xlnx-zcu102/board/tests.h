/* The parts of the ZCU102 that tests attack, or check for damage. */
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

/* A device that only the test has, the second UART, and its interrupt, which rises only if the test
 * wants it. */
#define BOARD_SERIAL        0xff010000UL
#define BOARD_OWN_INTERRUPT 54u

/* A register of it that a test can write, and that is 0 after a reset. */
static const struct board_word board_spoilt[] = {
    {BOARD_SERIAL + 0x38, 0x3f}, /* how long it waits for the other side */
};

/* The hostile guest's neighbour has the second UART; this is its interrupt. */
#define BOARD_WATCH_INTERRUPT BOARD_OWN_INTERRUPT

/* Registers that keep the value that the neighbour writes. */
static const struct board_word board_kept[] = {
    {BOARD_SERIAL + 0x18, 0x2a5}, /* divisors */
    {BOARD_SERIAL + 0x34, 0x15},
    {BOARD_SERIAL + 0x20, 0x26}, /* the receiver's level */
};

/* Addresses that aren't the hostile guest's: another owner has them, or none. */
static const struct board_range board_regions[] = {
    {BOARD_UART, 0x50},
    /* the neighbour's second UART; DMA engines; network cards */
    {BOARD_SERIAL, 0x1000},
    {0xffa80000, 0x80000},
    {0xff0b0000, 0x40000},
    /* the GIC as it is; the real-time cores' reset and memory; clocks and resets */
    {0xf9020000, 0x60000},
    {0xff9a0000, 0x10000},
    {0xffe00000, 0x200000},
    {0xff5e0000, 0x10000},
    /* the frame and its packed image; other partitions' memory */
    {0x00000000, 0x8000000},
    {0x08000000, 0x58000000},
};

#endif
