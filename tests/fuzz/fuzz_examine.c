/*
 * A partition that left anything: registers, frame records, translation tables and a laid-out image
 * of any bytes, into its examination. It must end, read nothing but the partition's memory, and
 * write bounded lines of printable characters. In the first byte: bit 0: the bytes behind the
 * registers are damage to an image with symbols rather than memory.
 *
 * Shows: hostile.last-words.
 */
#include <lib/string.h>
#include <service/examine.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define RAM_SIZE   65536u
#define IMAGE_SIZE (1024u * 1024 + 8192)
#define IPA        0x40000000ULL
#define SYMBOLS    1100u

static _Alignas(65536) uint8_t ram[RAM_SIZE];
static _Alignas(4096) uint8_t image[IMAGE_SIZE], laid_out[IMAGE_SIZE];
static struct stop_report report;
static struct examined examined;

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static size_t fuzz_put(size_t at, const void *bytes, size_t count)
{
	memcpy(image + at, bytes, count);
	return at + count;
}

static size_t fuzz_align(size_t at)
{
	return (at + 7) & ~(size_t)7;
}

/* Tables of kallsyms as Linux lays them out: each name is one token. */
static void fuzz_fill_image(void)
{
	const struct arm64_image_header header = {.magic = ARM64_IMAGE_MAGIC};
	uint32_t count[2] = {SYMBOLS, 0};
	uint16_t index = 0;
	size_t at = 1024 * 1024 - 4096, first;

	memset(image, 0, sizeof(image));
	fuzz_put(0, &header, sizeof(header));
	for (uint32_t i = 0; i < SYMBOLS; i++)
		at = fuzz_put(at, &(uint32_t){i * 64}, sizeof(uint32_t));
	at = fuzz_put(fuzz_align(at) + 8, count, sizeof(count));
	for (uint32_t i = 0; i < SYMBOLS; i++)
		at = fuzz_put(at, (uint8_t[]){1, (uint8_t)i}, 2);
	at = fuzz_align(at);
	for (uint32_t i = 0; i < SYMBOLS; i += 256)
		at = fuzz_put(at, &(uint32_t){i * 2}, sizeof(uint32_t));
	at = first = fuzz_align(at);
	for (uint32_t i = 0; i < 256; i++)
		at = fuzz_put(at, i == 7 ? "Tpanic" : "Ta", i == 7 ? 7 : 3);
	at = fuzz_align(at);
	for (uint32_t i = 0; i < 256; i++, index = (uint16_t)(index + (i == 8 ? 7 : 3)))
		at = fuzz_put(at, &index, sizeof(index));
	fuzz_check(at <= IMAGE_SIZE && first % 8 == 0);
}

/* Places and values, four bytes each turn. */
static void fuzz_damage(uint8_t *memory, size_t from, size_t room, const uint8_t *data, size_t size)
{
	for (; size >= 4; data += 4, size -= 4)
		memory[from + (data[0] | (size_t)data[1] << 8 | (size_t)(data[2] & 3) << 16) %
		                  room] = data[3];
}

static void fuzz_look(uint64_t status)
{
	fuzz_check(status == LOADER_OK || status == LOADER_PANIC);
	fuzz_check((examined.flags == EXAMINED_PANIC) == (status == LOADER_PANIC));
	fuzz_check(examined.sequence == report.sequence);
	fuzz_check(examined.size <= EXAMINED_TEXT_SIZE);
	for (uint32_t i = 0; i < examined.size; i++)
		fuzz_check((examined.text[i] >= ' ' && examined.text[i] <= '~') ||
		           examined.text[i] == '\n');
	fuzz_check(examined.size == 0 || examined.text[examined.size - 1] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loader_info info = {
	    .task = LOADER_EXAMINE,
	    .jobs = 1,
	    .ranges = 2,
	    .report = (uintptr_t)&report,
	    .examined = (uintptr_t)&examined,
	    .job = {{(uintptr_t)image, (uintptr_t)laid_out, IMAGE_SIZE, IMAGE_SIZE, 0, 0, 0, 0}},
	    .range = {{(uintptr_t)ram, RAM_SIZE, IPA},
	              {(uintptr_t)laid_out, IMAGE_SIZE, IPA + 0x200000}},
	};
	uint8_t how;

	if (size < 1 + sizeof(report))
		return 0;
	how = data[0];
	memcpy(&report, data + 1, sizeof(report));
	data += 1 + sizeof(report);
	size -= 1 + sizeof(report);
	memset(ram, 0, sizeof(ram));
	fuzz_fill_image();
	if ((how & 1) != 0)
		fuzz_damage(image, 1024 * 1024 - 4096, 12288, data, size);
	else
		memcpy(ram, data, size < RAM_SIZE ? size : RAM_SIZE);
	memcpy(laid_out, image, IMAGE_SIZE);
	memcpy(laid_out + 1024 * 1024 - 4096 + 4400, &(uint64_t){0xffff800000000000}, 8);
	fuzz_look(examine_run(&info));
	return 0;
}
