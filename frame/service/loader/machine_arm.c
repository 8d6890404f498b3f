/*
 * The loader's inner loops on AArch64. They are half of a system's boot, so they are counted:
 * copying, CRC and cleaning take 36 instructions for 128 bytes, zeroing and cleaning 195 for 4,096.
 *
 * Cleaning is DC CIVAC rather than DC CVAC. It is as cheap, and no line stays behind: a guest
 * begins with its caches off, and would find such a line stale when it turns them on. DC and
 * CTR_EL0 work at EL0 because the frame sets SCTLR_EL1.{UCI,DZE,UCT}.
 */
#include <service/call.h>
#include <service/loader.h>

#define MACHINE_LINE_MERGED 64u /* lines of at least this size are cleaned while copying */

static size_t machine_line(void)
{
	uint64_t type;

	__asm__("mrs %0, ctr_el0" : "=r"(type));
	return (size_t)4 << (type >> 16 & 15); /* DminLine: log2 of its words */
}

/* The size of a block of DC ZVA; 0: DC ZVA is prohibited. */
static size_t machine_zero_block(void)
{
	uint64_t type;

	__asm__("mrs %0, dczid_el0" : "=r"(type));
	return type & 16 ? 0 : (size_t)4 << (type & 15);
}

static void line_clean(uintptr_t at)
{
	__asm__ volatile("dc civac, %0" ::"r"(at) : "memory");
}

static void line_zero(uintptr_t at)
{
	__asm__ volatile("dc zva, %0" ::"r"(at) : "memory");
}

static inline __attribute__((always_inline)) uintptr_t line_wipe(uintptr_t at)
{
	line_zero(at);
	line_clean(at);
	return at + LOADER_BLOCK;
}

void machine_clean(const void *from, size_t size)
{
	size_t line = machine_line();
	uintptr_t at = (uintptr_t)from & ~(line - 1), end = (uintptr_t)from + size;

	for (; at < end; at += line)
		line_clean(at);
}

/* clang-format off */
#define COPY_PAIR(store)                        \
	"	ldp	x9, x10, [%[from]], #16\n" \
	"	crc32cx	%w[crc], %w[crc], x9\n"    \
	"	crc32cx	%w[crc], %w[crc], x10\n"   \
	"	stp	x9, x10, [%[to], " store "\n"

/* Before each block, `to` is one block behind. The first store moves it on, and at the end it names
 * the line that is cleaned. */
#define COPY_BLOCK              \
	COPY_PAIR("#64]!")      \
	COPY_PAIR("#16]")       \
	COPY_PAIR("#32]")       \
	COPY_PAIR("#48]")       \
	"	dc	civac, %[to]\n"
/* clang-format on */

/*
 * Each block's first line is cleaned when the block is written. Blocks and lines may not begin
 * together; then what a block leaves in the next line is cleaned with the next block. Lines that
 * are smaller than blocks are all cleaned at the end.
 */
uint32_t machine_copy(void *to, const void *from, size_t blocks, uint32_t crc)
{
	uint8_t *behind = (uint8_t *)to - LOADER_BLOCK;
	size_t pairs = blocks / 2;

	if (pairs)
		__asm__ volatile(
		    ".arch_extension crc\n"
		    "1:\n" COPY_BLOCK COPY_BLOCK "	subs	%[pairs], %[pairs], #1\n"
		    "	b.ne	1b\n"
		    : [to] "+r"(behind), [from] "+r"(from), [crc] "+r"(crc), [pairs] "+r"(pairs)
		    :
		    : "x9", "x10", "cc", "memory");
	if (blocks % 2)
		__asm__ volatile(".arch_extension crc\n" COPY_BLOCK
		                 : [to] "+r"(behind), [from] "+r"(from), [crc] "+r"(crc)
		                 :
		                 : "x9", "x10", "memory");
	if (machine_line() < MACHINE_LINE_MERGED)
		machine_clean(to, blocks * LOADER_BLOCK);
	return crc;
}

static void zero_bytes(uintptr_t from, uintptr_t end)
{
	for (; from < end; from++)
		*(volatile uint8_t *)from = 0;
}

static inline __attribute__((always_inline)) uintptr_t line_wipe_4(uintptr_t at)
{
	return line_wipe(line_wipe(line_wipe(line_wipe(at))));
}

static inline __attribute__((always_inline)) uintptr_t line_wipe_16(uintptr_t at)
{
	return line_wipe_4(line_wipe_4(line_wipe_4(line_wipe_4(at))));
}

/* Zeroes and cleans blocks in one pass, where blocks and lines have the common size. */
static uintptr_t zero_lines(uintptr_t at, uintptr_t end)
{
	while (end - at >= 64 * LOADER_BLOCK)
		at = line_wipe_16(line_wipe_16(line_wipe_16(line_wipe_16(at))));
	while (end - at >= 16 * LOADER_BLOCK)
		at = line_wipe_16(at);
	return at;
}

void machine_zero(void *to, size_t size)
{
	uintptr_t at = (uintptr_t)to, end = at + size;
	size_t block = machine_zero_block(), line = machine_line();

	if (block == 0 || size < 2 * block) {
		zero_bytes(at, end);
	} else {
		uintptr_t first = (at + block - 1) & ~(block - 1);

		zero_bytes(at, first);
		machine_clean(to, first - at);
		if (block == LOADER_BLOCK && line == LOADER_BLOCK)
			first = zero_lines(first, end);
		at = first;
		for (; end - first >= block; first += block)
			line_zero(first);
		zero_bytes(first, end);
	}
	machine_clean((const void *)at, end - at);
}

uint32_t machine_device_read(uint64_t address)
{
	return *(volatile uint32_t *)address;
}

void machine_device_write(uint64_t address, uint32_t value)
{
	*(volatile uint32_t *)address = value;
}

uint8_t machine_device_read_byte(uint64_t address)
{
	return *(volatile uint8_t *)address;
}

void machine_device_write_byte(uint64_t address, uint8_t value)
{
	*(volatile uint8_t *)address = value;
}

uint64_t machine_deadline(uint32_t milliseconds)
{
	uint64_t frequency;

	__asm__("mrs %0, cntfrq_el0" : "=r"(frequency));
	return service_time() + milliseconds * (frequency / 1000 + 1);
}

bool machine_is_past(uint64_t deadline)
{
	return service_time() > deadline;
}

void machine_finish(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}
