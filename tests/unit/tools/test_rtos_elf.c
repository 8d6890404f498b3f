/*
 * Programs' ELF files: a good one is laid out as it says, and each way to spoil it is refused with
 * a word on what to do. A spoiler sets up to two fields of a small file that is made here.
 */
#include <elf.h>
#include <kumiki/rtos/call.h>
#include <rtos/build.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define TEXT_AT 0x200
#define DATA_AT 0x300

struct sample {
	Elf64_Ehdr elf;
	Elf64_Phdr segments[6];
	uint8_t rest[0x400 - sizeof(Elf64_Ehdr) - 6 * sizeof(Elf64_Phdr)];
};

static void sample_make(struct sample *sample)
{
	const Elf64_Phdr text = {PT_LOAD, PF_R | PF_X, TEXT_AT, 0x10008, 0, 64, 64, 4096};
	const Elf64_Phdr data = {PT_LOAD, PF_R | PF_W, DATA_AT, 0x21010, 0, 32, 0x3000, 4096};
	const Elf64_Phdr zeros = {PT_LOAD, PF_R | PF_W, 0x400, 0x30000, 0, 0, 0x10, 4096};
	const Elf64_Phdr table = {PT_LOAD, PF_R, DATA_AT + 32, 0x40000, 0, 16, 0x20, 4096};
	const Elf64_Phdr stack = {PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16};
	const Elf64_Phdr none = {PT_LOAD, PF_R, 0, 0, 0, 0, 0, 4096};

	memset(sample, 0xa5, sizeof(*sample));
	memset(&sample->elf, 0, sizeof(sample->elf));
	memcpy(sample->elf.e_ident, ELFMAG, SELFMAG);
	sample->elf.e_ident[EI_CLASS] = ELFCLASS64;
	sample->elf.e_ident[EI_DATA] = ELFDATA2LSB;
	sample->elf.e_type = ET_EXEC;
	sample->elf.e_machine = EM_AARCH64;
	sample->elf.e_entry = 0x10010;
	sample->elf.e_phoff = sizeof(sample->elf);
	sample->elf.e_phentsize = sizeof(Elf64_Phdr);
	sample->elf.e_phnum = 6;
	sample->segments[0] = stack;
	sample->segments[1] = text;
	sample->segments[2] = data;
	sample->segments[3] = zeros;
	sample->segments[4] = table;
	sample->segments[5] = none;
}

TEST(test_a_good_one)
{
	struct arena arena = {0};
	struct sample sample;
	struct rtos_system_program program = {.name = "good"};
	const struct rtos_segment *segment = program.image.segment;
	const uint8_t *content;

	sample_make(&sample);
	assert_null(rtos_elf_read(&arena, &sample, sizeof(sample), &program));
	assert_int_equal(program.image.segment_count, 4);
	assert_int_equal(program.image.entry, 0x10010);
	/* It begins in the middle of a page: what is before it are zeros. */
	assert_int_equal(segment[0].address, 0x10000);
	assert_int_equal(segment[0].memory, 72);
	assert_int_equal(program.contents[0].size, 72);
	content = program.contents[0].bytes;
	assert_int_equal(content[7], 0);
	assert_int_equal(content[8], 0xa5);
	/* What is written has in the image what the file has. */
	assert_int_equal(segment[1].memory, 0x3010);
	assert_int_equal(program.contents[1].size, 0x30);
	assert_int_equal(segment[2].memory, 0x10);
	assert_int_equal(program.contents[2].size, 0);
	/* Constants are mapped from it, zeros behind them included. */
	assert_int_equal(segment[3].rights, RTOS_RIGHT_READ);
	assert_int_equal(program.contents[3].size, 0x20);
	content = program.contents[3].bytes;
	assert_int_equal(content[15], 0xa5);
	assert_int_equal(content[16], 0);
	arena_free(&arena);
}

struct change {
	size_t offset, size;
	uint64_t value;
};

#define ELF(field, value)                                                                          \
	{                                                                                          \
		offsetof(struct sample, elf.field), sizeof(((struct sample *)0)->elf.field), value \
	}
#define SEG(index, field, value)                                                                   \
	{                                                                                          \
		offsetof(struct sample, segments) + (index) * sizeof(Elf64_Phdr) +                 \
		    offsetof(Elf64_Phdr, field),                                                   \
		    sizeof(((Elf64_Phdr *)0)->field), value                                        \
	}

static const struct {
	const char *words; /* of the message */
	struct change changes[2];
} spoilers[] = {
    {"is no ELF file", {ELF(e_ident[0], 0)}},
    {"not for little-endian AArch64", {ELF(e_machine, EM_X86_64)}},
    {"not for little-endian AArch64", {ELF(e_ident[EI_DATA], ELFDATA2MSB)}},
    {"not for little-endian AArch64", {ELF(e_ident[EI_CLASS], ELFCLASS32)}},
    {"is linked for any address", {ELF(e_type, ET_DYN)}},
    {"isn't linked", {ELF(e_type, ET_REL)}},
    {"has no program headers", {ELF(e_phnum, 0)}},
    {"has no program headers", {ELF(e_phnum, 65)}},
    {"has no program headers", {ELF(e_phentsize, 32)}},
    {"has no program headers", {ELF(e_phoff, UINT64_MAX)}},
    {"has no program headers", {ELF(e_phoff, 0x3f0)}},
    {"wants to be linked at its start", {SEG(0, p_type, PT_INTERP)}},
    {"wants to be linked at its start", {SEG(0, p_type, PT_DYNAMIC)}},
    {"lies outside of it", {SEG(1, p_filesz, 0x1000), SEG(1, p_memsz, 0x1000)}},
    {"lies outside of it", {SEG(1, p_offset, UINT64_MAX)}},
    {"lies outside of it", {SEG(1, p_memsz, 63)}},
    {"at 0xf000; programs lie from 0x10000 to", {SEG(1, p_vaddr, 0xf000)}},
    {"at 0x3fe00000; programs lie", {SEG(1, p_vaddr, RTOS_PROGRAM_END)}},
    {"programs lie", {SEG(2, p_memsz, UINT64_MAX)}},
    {"programs lie", {SEG(2, p_vaddr, UINT64_MAX)}},
    {"writable and executable", {SEG(1, p_flags, PF_R | PF_W | PF_X)}},
    {"two segments in the page at 0x24000", {SEG(3, p_vaddr, 0x24008)}},
    {"two segments in the page at 0x10000", {SEG(4, p_vaddr, 0x10800)}},
    {"more than 4 segments", {SEG(5, p_memsz, 8), SEG(5, p_vaddr, 0x50000)}},
    {"where it has no instructions", {ELF(e_entry, 0x10048)}},
    {"where it has no instructions", {ELF(e_entry, 0x21010)}},
    {"where it has no instructions", {ELF(e_entry, 0x10012)}},
    {"where it has no instructions", {ELF(e_entry, 0)}},
    {"where it has no instructions", {SEG(1, p_flags, PF_R)}},
};

TEST(test_each_spoiled_one)
{
	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++) {
		struct arena arena = {0};
		struct rtos_system_program program = {.name = "bad"};
		struct sample sample;
		const char *wrong;

		sample_make(&sample);
		for (size_t j = 0; j < 2; j++)
			memcpy((uint8_t *)&sample + spoilers[i].changes[j].offset,
			       &spoilers[i].changes[j].value, spoilers[i].changes[j].size);
		wrong = rtos_elf_read(&arena, &sample, sizeof(sample), &program);
		if (!wrong || !strstr(wrong, spoilers[i].words))
			fail_msg("spoiler %zu: '%s' expected, but was '%s'", i, spoilers[i].words,
			         wrong ? wrong : "(accepted)");
		arena_free(&arena);
	}
}

/* Cut off anywhere: refused, or (behind what is loaded) the same program; never read behind its
 * end. */
TEST(test_cut_short_anywhere)
{
	struct sample sample;

	sample_make(&sample);
	for (size_t size = 0; size < sizeof(sample); size++) {
		struct arena arena = {0};
		struct rtos_system_program program = {.name = "short"};
		void *copy = arena_copy(&arena, &sample, size);
		const char *wrong = rtos_elf_read(&arena, copy, size, &program);

		assert_true(wrong || size >= DATA_AT + 48);
		arena_free(&arena);
	}
}

/* ---- declarations ---- */

/* Two declarations, and before them a linker's own note, of another name and length. */
struct declared {
	struct {
		Elf64_Nhdr head;
		char name[4];
		uint8_t identity[8];
	} linker;
	struct rtos_note probes, drives;
};

static void declare(struct sample *sample, struct declared *declared)
{
	const struct declared notes = {
	    {{4, 6, RTOS_NOTE_DRIVES}, "GNU", {1, 2, 3}},
	    {7, 0, RTOS_NOTE_PROBES, RTOS_NOTE_OWNER, 0}, /* without a value, so it is shorter */
	    {7, 4, RTOS_NOTE_DRIVES, RTOS_NOTE_OWNER, 3}};
	const Elf64_Phdr note = {PT_NOTE, PF_R, TEXT_AT, 0, 0, sizeof(notes) - 4, 0, 4};
	uint8_t *at = (uint8_t *)sample + TEXT_AT;

	sample_make(sample);
	sample->segments[5] = note;
	*declared = notes;
	memcpy(at, &notes, offsetof(struct declared, drives) - 4);
	memcpy(at + offsetof(struct declared, drives) - 4, &notes.drives, sizeof(notes.drives));
}

TEST(test_declarations)
{
	const char *bytes;
	struct declared declared;
	struct sample sample;
	uint32_t value;

	declare(&sample, &declared);
	bytes = (const char *)&sample;
	assert_true(rtos_notes_have(bytes, sizeof(sample), RTOS_NOTE_PROBES, &value));
	assert_int_equal(value, 0);
	assert_true(rtos_notes_have(bytes, sizeof(sample), RTOS_NOTE_DRIVES, &value));
	assert_int_equal(value, 3);
	assert_false(rtos_notes_have(bytes, sizeof(sample), (enum rtos_note_type)9, &value));
}

/* Segments that end in the middle of a note, or lie outside of the file: what is whole counts. */
TEST(test_declarations_that_are_cut_off)
{
	struct declared declared;
	struct sample sample;
	uint32_t value;

	for (size_t size = 0; size < sizeof(declared) - 4; size++) {
		struct sample *copy = malloc(sizeof(*copy));
		char *bytes = (char *)copy;

		declare(&sample, &declared);
		sample.segments[5].p_offset = sizeof(sample) - size;
		sample.segments[5].p_filesz = size;
		*copy = sample;
		memcpy(bytes + sizeof(sample) - size, (const char *)&sample + TEXT_AT, size);
		assert_false(rtos_notes_have(bytes, sizeof(sample), RTOS_NOTE_DRIVES, &value));
		free(copy);
	}
	sample.segments[5].p_filesz = UINT64_MAX;
	assert_false(
	    rtos_notes_have((const char *)&sample, sizeof(sample), RTOS_NOTE_DRIVES, &value));
}
