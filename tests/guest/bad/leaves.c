/*
 * Leaves its devices as no orderly system would, and switches itself off: both flash chips of
 * QEMU's virt in the middle of commands, its GPIO asking for interrupts and driving lines. A look
 * from outside of the machine shows whether the frame has put them in order.
 */
#include <guest/psci.h>
#include <stdint.h>
#include <stdio.h>

#define LEAVES_FLASH_0     0x00000000ull
#define LEAVES_INSIDE      0x1100ull /* a chip's commands go anywhere in it; page 0 is unmapped */
#define LEAVES_FLASH_1     0x04000000ull
#define LEAVES_READ_STATUS 0x00700070u
#define LEAVES_BUFFER      0x00e800e8u
#define LEAVES_PL061       0x09030000ull
#define LEAVES_DIR         0x400u
#define LEAVES_ENABLE      0x410u

/* Not by pointers: to the compiler there is nothing at address 0. */
static void leaves_store(uint64_t address, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static uint32_t leaves_load(uint64_t address)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
	return value;
}

void guest_main(void *device_tree)
{
	uint32_t before = leaves_load(LEAVES_FLASH_0 + LEAVES_INSIDE);

	(void)device_tree;
	leaves_store(LEAVES_FLASH_0 + LEAVES_INSIDE, LEAVES_READ_STATUS);
	leaves_store(LEAVES_FLASH_1, LEAVES_BUFFER);
	leaves_store(LEAVES_FLASH_1, 0x00ff00ff); /* of the longest kind; and its first words */
	leaves_store(LEAVES_FLASH_1, 0);
	leaves_store(LEAVES_PL061 + LEAVES_DIR, 0x0f);
	leaves_store(LEAVES_PL061 + LEAVES_ENABLE, 0xf0);
	printf("leaves: flash %x %x, GPIO %x %x\n", before,
	       leaves_load(LEAVES_FLASH_0 + LEAVES_INSIDE), leaves_load(LEAVES_PL061 + LEAVES_DIR),
	       leaves_load(LEAVES_PL061 + LEAVES_ENABLE));
	(void)psci_call(PSCI_SYSTEM_OFF, 0, 0, 0);
}
