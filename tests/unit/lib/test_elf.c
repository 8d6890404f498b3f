/*
 * Checks of a program's ELF file: a good one, each way to spoil it, and damage at random. A file
 * that passes has its segments where programs may be, apart, with possible rights.
 *
 * Shows: rtos.loading.
 */
#include <elf.h>
#include <kumiki/rtos/call.h>
#include <kumiki/rtos/manifest.h>
#include <lib/elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define ROUNDS    200000
#define FILE_SIZE 8192

struct sample {
	Elf64_Ehdr header;
	Elf64_Phdr segment[6];
};

/* Segments for text, constants, and data with zeros behind it; and two that aren't loaded. */
static struct sample make(void)
{
	return (struct sample){
	    .header = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
	               .e_type = ET_EXEC,
	               .e_machine = EM_AARCH64,
	               .e_entry = 0x10010,
	               .e_phoff = sizeof(Elf64_Ehdr),
	               .e_phentsize = sizeof(Elf64_Phdr),
	               .e_phnum = 5},
	    .segment = {{PT_LOAD, PF_R | PF_X, 0x1000, 0x10000, 0, 0x800, 0x800, 4096},
	                {PT_LOAD, PF_R, 0x1800, 0x11000, 0, 0x10, 0x10, 4096},
	                {PT_LOAD, PF_R | PF_W, 0x1c20, 0x12020, 0, 0x100, 0x3000, 4096},
	                {PT_TLS, PF_R, 0x1000, 0x11000, 0, 0x10, 0x10, 4096},
	                {PT_NOTE, PF_R, 0x1000, 0, 0, 0x10, 0x10, 4096}}};
}

static enum elf_status read_it(const struct sample *sample, size_t size, struct elf *elf)
{
	void *copy = malloc(size + !size); /* so a sanitizer sees a read behind it */
	enum elf_status status;

	assert_non_null(copy);
	memcpy(copy, sample, size);
	status = elf_read(copy, size, FILE_SIZE, elf);
	free(copy);
	return status;
}

TEST(test_a_good_file)
{
	const struct sample sample = make();
	struct elf elf;

	assert_int_equal(read_it(&sample, sizeof(sample), &elf), ELF_GOOD);
	assert_int_equal(elf.count, 3);
	assert_int_equal(elf.entry, 0x10010);
	assert_int_equal(elf.segment[0].rights, RTOS_RIGHT_READ | RTOS_RIGHT_EXECUTE);
	assert_int_equal(elf.segment[1].rights, RTOS_RIGHT_READ);
	assert_int_equal(elf.segment[2].rights, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE);
	assert_int_equal(elf.segment[2].address, 0x12000);
	assert_int_equal(elf.segment[2].before, 0x20);
	assert_int_equal(elf.segment[2].memory, 0x3020);
	assert_int_equal(elf.segment[2].filled, 0x100);
	assert_int_equal(elf.segment[2].offset, 0x1c20);
	assert_int_equal(elf_pages(&elf), 1 + 1 + 4);
	assert_int_equal(elf_variables(&elf), 0x12000);
}

struct spoiler {
	enum elf_status status;
	size_t offset, size;
	uint64_t value;
};
#define SPOIL(status, field, value)                                                                \
	{                                                                                          \
		ELF_##status, offsetof(struct sample, field), sizeof(((struct sample *)0)->field), \
		    value                                                                          \
	}

static const struct spoiler spoilers[] = {
    SPOIL(NO_FILE, header.e_ident[0], 0),
    SPOIL(OTHER_MACHINE, header.e_ident[EI_CLASS], ELFCLASS32),
    SPOIL(OTHER_MACHINE, header.e_ident[EI_DATA], ELFDATA2MSB),
    SPOIL(OTHER_MACHINE, header.e_machine, EM_X86_64),
    SPOIL(NOT_LINKED, header.e_type, ET_REL),
    SPOIL(ANY_ADDRESS, header.e_type, ET_DYN),
    SPOIL(BAD_HEADERS, header.e_phentsize, 32),
    SPOIL(BAD_HEADERS, header.e_phnum, 0),
    SPOIL(BAD_HEADERS, header.e_phnum, 65),
    SPOIL(FAR_HEADERS, header.e_phnum, 7),
    SPOIL(BAD_HEADERS, header.e_phoff, UINT64_MAX),
    SPOIL(WANTS_LINKING, segment[4].p_type, PT_INTERP),
    SPOIL(WANTS_LINKING, segment[4].p_type, PT_DYNAMIC),
    SPOIL(OUTSIDE, segment[0].p_filesz, 0x801),
    SPOIL(OUTSIDE, segment[2].p_offset, FILE_SIZE - 0xff),
    SPOIL(OUTSIDE, segment[2].p_offset, UINT64_MAX),
    SPOIL(BAD_PLACE, segment[0].p_vaddr, 0),
    SPOIL(BAD_PLACE, segment[2].p_vaddr, RTOS_PROGRAM_END),
    SPOIL(BAD_PLACE, segment[2].p_vaddr, RTOS_PROGRAM_END - 0x2fff),
    SPOIL(BAD_PLACE, segment[2].p_memsz, UINT64_MAX),
    SPOIL(SAME_PAGE, segment[1].p_vaddr, 0x10fff),
    SPOIL(SAME_PAGE, segment[1].p_vaddr, 0x14fff),
    SPOIL(BAD_RIGHTS, segment[0].p_flags, PF_R | PF_W | PF_X),
    SPOIL(BAD_ENTRY, header.e_entry, 0x11000),
    SPOIL(BAD_ENTRY, header.e_entry, 0x10800),
    SPOIL(BAD_ENTRY, header.e_entry, 0x10012),
    SPOIL(BAD_ENTRY, header.e_entry, 0),
    SPOIL(BAD_ENTRY, segment[0].p_flags, PF_R),
};

TEST(test_each_spoiled_file)
{
	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++) {
		struct sample sample = make();
		struct elf elf;

		memcpy((uint8_t *)&sample + spoilers[i].offset, &spoilers[i].value,
		       spoilers[i].size);
		if (read_it(&sample, sizeof(sample), &elf) != spoilers[i].status)
			fail_msg("spoiler %zu", i);
	}
}

TEST(test_cut_short)
{
	const struct sample sample = make();
	struct elf elf;

	for (size_t size = 0; size < offsetof(struct sample, segment[5]); size++)
		assert_int_not_equal(read_it(&sample, size, &elf), ELF_GOOD);
}

TEST(test_too_many_segments)
{
	struct sample sample = make();
	struct elf elf;

	sample.header.e_phnum = 6;
	for (size_t i = 3; i < 6; i++) {
		sample.segment[i] = sample.segment[1];
		sample.segment[i].p_vaddr = 0x20000 + i * 0x1000;
	}
	assert_int_equal(read_it(&sample, sizeof(sample), &elf), ELF_TOO_MANY);
}

static uint64_t random_state = 1;

static uint32_t random_below(uint32_t most)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(random_state >> 33) % most;
}

static void must_hold(const struct elf *elf)
{
	assert_true(elf->count >= 1 && elf->count <= RTOS_IMAGE_SEGMENTS_MAX);
	for (uint32_t i = 0; i < elf->count; i++) {
		const struct elf_segment *one = &elf->segment[i];

		assert_true(one->address >= RTOS_ADDRESS_FIRST && one->address % 4096 == 0);
		assert_true(one->address + one->memory <= RTOS_PROGRAM_END);
		assert_true(one->before < 4096 && one->before + one->filled <= one->memory);
		assert_true(one->offset <= FILE_SIZE && one->filled <= FILE_SIZE - one->offset);
		for (uint32_t j = 0; j < i; j++) {
			const struct elf_segment *other = &elf->segment[j];

			assert_true(
			    (one->address + one->memory + 4095) / 4096 * 4096 <= other->address ||
			    (other->address + other->memory + 4095) / 4096 * 4096 <= one->address);
		}
	}
}

TEST(test_random_damage)
{
	uint32_t passed = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		struct sample sample = make();
		struct elf elf;

		for (uint32_t j = 0; j <= random_below(3); j++)
			((uint8_t *)&sample)[random_below(sizeof(sample))] =
			    (uint8_t)random_below(256);
		if (elf_read(&sample, sizeof(sample), FILE_SIZE, &elf) == ELF_GOOD) {
			must_hold(&elf);
			passed++;
		}
	}
	assert_true(passed > 0 && passed < ROUNDS);
}
