/* The parts of QEMU's `xlnx-versal-virt` that tests attack, or check for damage. */
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

/* A device that only the test has, the second PL011, and its interrupt, which rises only if the
 * test wants it. */
#define BOARD_SERIAL        0xff010000UL
#define BOARD_OWN_INTERRUPT 51u

/* A register of it that a test can write, and that is 0 after a reset. */
static const struct board_word board_spoilt[] = {
    {BOARD_SERIAL + 0x38, 0x7ff}, /* its interrupts' mask */
};

/* The hostile guest's neighbour has the second PL011; this is its interrupt. */
#define BOARD_WATCH_INTERRUPT BOARD_OWN_INTERRUPT

/* Registers that keep the value that the neighbour writes. */
static const struct board_word board_kept[] = {
    {BOARD_SERIAL + 0x24, 0x2a5}, /* divisors */
    {BOARD_SERIAL + 0x28, 0x15},
    {BOARD_SERIAL + 0x2c, 0x66}, /* line control */
};

/* Addresses that aren't the hostile guest's: another owner has them, or none. */
static const struct board_range board_regions[] = {
    {BOARD_UART, 0x50},
    /* the neighbour's second UART; virtio; DMA engines; network cards */
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
    /* the frame and its packed image; other partitions' memory */
    {0x00000000, 0x8000000},
    {0x08000000, 0x58000000},
};

#endif
