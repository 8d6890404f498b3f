/* The parts of QEMU's `virt` with a GICv2 that tests attack, or check for damage. */
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
    {BOARD_RTC, 0x1000},
};

/* Interrupts of emulated devices, besides the timers'. */
#define BOARD_EMULATED_INTERRUPTS BOARD_PMU_INTERRUPT, BOARD_UART_INTERRUPT, BOARD_RTC_INTERRUPT

/* A device that only the test has, the PL061, and its interrupt, which rises only if the test wants
 * it. */
#define BOARD_GPIO          0x09030000UL
#define BOARD_OWN_INTERRUPT 39u

/* Registers of it and of the RTC that a test can write, and that are 0 after a reset. */
static const struct board_word board_spoilt[] = {
    {BOARD_GPIO + 0x400, 0xff}, /* directions */
    {BOARD_GPIO + 0x410, 0xff}, /* its interrupts' mask */
    {BOARD_RTC + 0x04, 1},      /* the alarm */
    {BOARD_RTC + 0x10, 1},      /* its mask */
};

/* The hostile guest's neighbour has the PL061 and virtio_mmio31. This is virtio_mmio31's interrupt,
 * which never rises: no device is behind the slot. */
#define BOARD_WATCH_INTERRUPT 79u

/* Registers that keep the value that the neighbour writes. */
static const struct board_word board_kept[] = {
    {BOARD_GPIO + 0x400, 0xa5},      /* directions */
    {BOARD_GPIO + 0x404, 0x3c},      /* levels */
    {BOARD_GPIO + 0x40c, 0x5a},      /* rising edges */
    {BOARD_RTC + 0x004, 0x7a5a5a5a}, /* an alarm far away */
};

/* Addresses that aren't the hostile guest's: another owner has them, or none. */
static const struct board_range board_regions[] = {
    {BOARD_UART, 0x50},
    {BOARD_RTC, 0x20},
    /* fw_cfg; the neighbour's GPIO; an SMMU, if there is one */
    {0x09020000, 0x1000},
    {BOARD_GPIO, 0x1000},
    {0x09050000, 0x1000},
    /* virtio: the neighbour's page, then pages without an owner; GICv2m, ITS */
    {0x0a003000, 0x1000},
    {0x0a000000, 0x4000},
    {0x08010000, 0x90000},
    /* flash, platform bus, PCI */
    {0x00000000, 0x8000000},
    {0x0c000000, 0x4000000},
    {0x10000000, 0x30000000},
    /* its own panel's BARs, with a window that it may read and another that it may write; all of
     * its configuration space, and the part that is mostly the panel's */
    {0x10000000, 0x10000},
    {0x10000000, 0x400},
    {BOARD_ECAM, 0x100000},
    {BOARD_ECAM + 0x8000, 0x40},
    /* the frame and its packed image; other partitions' memory */
    {0x40000000, 0x8000000},
    {0x48000000, 0x18000000},
};

#endif
