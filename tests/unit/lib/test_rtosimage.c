/*
 * rtosimage_verify() and rtosmanifest_verify() pass a good image, find each way to spoil one, and
 * blame the right entry. A spoiler sets up to two fields of the sample, whose tables then get a
 * right sum, so that the fault isn't found by its CRC.
 */
#include <kumiki/rtos/call.h>
#include <lib/crc32c.h>
#include <lib/rtosimage.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/lib/sample_rtosimage.h>

struct change {
	size_t offset, size;
	uint64_t value;
};

struct spoiler {
	enum rtosimage_fault fault;
	uint32_t index;
	struct change changes[2];
};

#define SET(field, value)                                                                          \
	{                                                                                          \
		offsetof(struct sample_rtosimage, field),                                          \
		    sizeof(((struct sample_rtosimage *)0)->field), value                           \
	}
#define IN(fault, index, ...)                                                                      \
	{                                                                                          \
		RTOSIMAGE_BAD_##fault, index,                                                      \
		{                                                                                  \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}

static const struct spoiler spoilers[] = {
    /* the header */
    IN(MAGIC, 0, SET(header.magic, 1)),
    IN(REVISION, 0, SET(header.revision, RTOS_IMAGE_REVISION + 1)),
    IN(SIZE, 0, SET(header.header_size, 56)),
    IN(SIZE, 0, SET(header.image_size, sizeof(struct sample_rtosimage) + RTOS_IMAGE_ALIGN)),
    IN(SIZE, 0, SET(header.image_size, 0x3008)),
    IN(SIZE, 0, SET(header.tables_size, 0xfffffff8)),
    IN(SIZE, 0, SET(header.tables_size, 48)),
    IN(SIZE, 0, SET(header.tables_size, 100)),

    /* tables */
    IN(TABLE, 0, SET(header.kernel, SAMPLE_PARTS + 1)),
    IN(TABLE, 0, SET(header.program_count, 0)),
    IN(TABLE, 0, SET(header.program_count, 65)),
    IN(TABLE, 0, SET(header.program_count, 0xffffffff)),
    IN(TABLE, 0, SET(header.programs, 0)),
    IN(TABLE, 0, SET(header.programs, 60)),
    IN(TABLE, 0, SET(header.programs, 0xfffffff8)),
    IN(TABLE, 0, SET(header.parts, 64)),
    IN(TABLE, 0, SET(header.part_count, 4)),
    IN(TABLE, 0, SET(header.part_count, 0xffffffff)),
    IN(TABLE, 0, SET(header.manifest, 4)),

    /* parts */
    IN(PART, 0, SET(parts[0].offset, 0)),
    IN(PART, 0, SET(parts[0].offset, 0x1008)),
    IN(PART, 1, SET(parts[0].size, 0x1001)),
    IN(PART, 0, SET(parts[0].size, 0)),
    IN(PART, 2, SET(parts[2].offset, 0x5000)),
    IN(PART, 2, SET(parts[2].size, UINT64_MAX)),
    IN(PART, 2, SET(parts[2].offset, 0x2000)),

    /* programs */
    IN(PROGRAM, 1, SET(programs[1].name[0], 0)),
    IN(PROGRAM, 1, SET(programs[1].name[1], '\n')),
    IN(PROGRAM, 1, SET(programs[1].name[12], 'x')),
    IN(PROGRAM, 3, SET(programs[3].name, 0x6b736964 /* "disk" */), SET(programs[3].name[4], 0)),
    IN(SEGMENT, 2, SET(programs[2].segment_count, 0)),
    IN(PROGRAM, 2, SET(programs[2].segment_count, 5)),
    IN(PROGRAM, 2, SET(programs[2].stack_size, 0)),
    IN(PROGRAM, 2, SET(programs[2].stack_size, 0x3ff8)),
    IN(PROGRAM, 2, SET(programs[2].stack, 0xf000)),
    IN(PROGRAM, 2, SET(programs[2].stack, RTOS_ADDRESS_LIMIT - 0x4000)),
    IN(PROGRAM, 2, SET(programs[2].handle_pages, 0)),
    IN(PROGRAM, 2, SET(programs[2].handle_pages, 9)),
    IN(PROGRAM, 2, SET(programs[2].flags, 2)),

    /* segments */
    IN(SEGMENT, 2, SET(programs[2].segment[0].address, 0xf000)),
    IN(SEGMENT, 2, SET(programs[2].segment[0].address, 0x10008)),
    IN(SEGMENT, 2, SET(programs[2].segment[0].rights, RTOS_RIGHT_EXECUTE)),
    IN(SEGMENT, 2, SET(programs[2].segment[0].rights, 0)),
    IN(SEGMENT, 2,
       SET(programs[2].segment[1].rights, RTOS_RIGHT_READ | RTOS_RIGHT_WRITE | RTOS_RIGHT_EXECUTE)),
    IN(SEGMENT, 2, SET(programs[2].segment[0].memory, 0x801)),
    IN(SEGMENT, 2, SET(programs[2].segment[0].part, SAMPLE_PARTS)),
    IN(SEGMENT, 2, SET(programs[2].segment[0].part, SAMPLE_PARTS + 1)),
    IN(SEGMENT, 2, SET(programs[2].segment[1].memory, 0xff)),
    IN(SEGMENT, 2, SET(programs[2].segment[1].memory, UINT64_MAX)),
    IN(SEGMENT, 2, SET(programs[2].segment[1].memory, 0)),
    IN(SEGMENT, 2, SET(programs[2].segment[1].address, 0x10000)),
    IN(SEGMENT, 2, SET(programs[2].segment[1].address, 0x1ff000)),
    IN(SEGMENT, 2, SET(programs[2].segment[2].address, RTOS_START_PAGE)),
    IN(SEGMENT, 2, SET(programs[2].stack, 0x13000)),
    IN(SEGMENT, 2, SET(programs[2].entry, 0x10800)),
    IN(SEGMENT, 2, SET(programs[2].entry, 0xfffc)),
    IN(SEGMENT, 2, SET(programs[2].entry, 0x10012)),
    IN(SEGMENT, 2, SET(programs[2].entry, 0x11000)),

    /* the manifest's header and tables */
    IN(MAGIC, 0, SET(manifest.header.magic, 1)),
    IN(REVISION, 0, SET(manifest.header.revision, 9)),
    IN(SIZE, 0, SET(manifest.header.header_size, 56)),
    IN(SIZE, 0, SET(manifest.header.size, sizeof(struct sample_manifest) + 8)),
    IN(SIZE, 0, SET(manifest.header.size, sizeof(struct sample_manifest) - 4)),
    IN(MANIFEST, 0, SET(manifest.header.size, sizeof(struct sample_manifest) - 8)),
    IN(MANIFEST, 0, SET(manifest.header.programs.count, 3)),
    IN(MANIFEST, 0, SET(manifest.header.programs.offset, 72)),
    IN(MANIFEST, 0, SET(manifest.header.devices.count, 65)),
    IN(MANIFEST, 0, SET(manifest.header.devices.count, 1)),
    IN(MANIFEST, 0, SET(manifest.header.ports.count, 0x10000000)),
    IN(MANIFEST, 0, SET(manifest.header.windows.count, 33)),
    IN(MANIFEST, 0, SET(manifest.header.strings.count, 9)),
    IN(MANIFEST, 0, SET(manifest.strings[5], 'x')),
    IN(MANIFEST, 0, SET(manifest.header.supervisor, 4)),

    /* rights */
    IN(RIGHTS, 0, SET(manifest.programs[0].role, RTOS_ROLE_PROGRAM)),
    IN(RIGHTS, 0, SET(manifest.programs[0].uses, 1)),
    IN(RIGHTS, 1, SET(manifest.header.supervisor, 0)),
    IN(RIGHTS, 1, SET(manifest.programs[1].pages, 1)),
    IN(RIGHTS, 1, SET(manifest.programs[1].heartbeat_ms, 1)),
    IN(RIGHTS, 1, SET(manifest.header.supervisor, 2)),
    IN(RIGHTS, 2, SET(manifest.programs[2].role, RTOS_ROLE_SUPERVISOR)),
    IN(RIGHTS, 2, SET(manifest.programs[2].pages, 0)),
    IN(RIGHTS, 2, SET(manifest.programs[2].offers, 3)),
    IN(RIGHTS, 2, SET(manifest.programs[2].offers, 0)),
    IN(RIGHTS, 2, SET(manifest.programs[2].uses, 1)),
    IN(RIGHTS, 2, SET(manifest.programs[2].dma_pages, 3)),
    IN(RIGHTS, 2, SET(manifest.programs[2].dma_pages, 1024)),
    IN(RIGHTS, 2, SET(manifest.programs[2].dma_pages, 4), SET(manifest.devices[1].dma, 0)),
    IN(RIGHTS, 3, SET(manifest.programs[3].dma_pages, 4)),
    IN(RIGHTS, 2, SET(manifest.programs[2].dma_pages, 4), SET(manifest.programs[2].reaches, 4)),
    IN(RIGHTS, 2, SET(manifest.programs[2].dma_pages, 4), SET(manifest.programs[2].reaches, 8)),
    IN(RIGHTS, 2, SET(manifest.programs[2].dma_pages, 4), SET(manifest.programs[2].reaches, 16)),
    IN(RIGHTS, 3, SET(manifest.programs[3].reaches, 4)),
    IN(RIGHTS, 3, SET(manifest.programs[3].flags, RTOS_PROGRAM_DMA_UNCACHED)),
    IN(RIGHTS, 3, SET(manifest.programs[3].uses, 4)),
    IN(RIGHTS, 3, SET(manifest.programs[3].manages, 8)),
    IN(RIGHTS, 3, SET(manifest.programs[3].manages, 1)),
    IN(RIGHTS, 3, SET(manifest.programs[3].manages, 16)),
    IN(RIGHTS, 3, SET(manifest.programs[3].argument_count, 3)),
    IN(RIGHTS, 3, SET(manifest.programs[3].argument_count, 33)),
    IN(RIGHTS, 3, SET(manifest.programs[3].arguments, 0xffffffff)),

    /* life */
    IN(LIFE, 0, SET(manifest.programs[0].cpu, 8)),
    IN(LIFE, 2, SET(manifest.programs[2].keep_pages, 0)),
    IN(LIFE, 2, SET(manifest.programs[2].levels[1], RTOS_LEVEL_NONE)),
    IN(LIFE, 2, SET(manifest.programs[2].levels[1], RTOS_LEVEL_ANEW)),
    IN(LIFE, 3, SET(manifest.programs[3].levels[0], RTOS_LEVEL_NONE)),
    IN(LIFE, 3, SET(manifest.programs[3].levels[0], RTOS_LEVEL_SLOW + 1)),
    IN(LIFE, 3, SET(manifest.programs[3].levels[1], RTOS_LEVEL_STOP)),
    IN(LIFE, 3, SET(manifest.programs[3].limit, 0)),
    IN(LIFE, 3, SET(manifest.programs[3].limit_s, 0)),
    IN(LIFE, 3, SET(manifest.programs[3].limit_s, 86401)),
    IN(LIFE, 3, SET(manifest.programs[3].delay_ms, 1001)),
    IN(LIFE, 3, SET(manifest.programs[3].delay_most_ms, RTOS_MS_MAX + 1)),
    IN(LIFE, 3, SET(manifest.programs[3].heartbeat_ms, RTOS_MS_MAX + 1)),
    IN(LIFE, 3, SET(manifest.programs[3].leave_ms, 5)),

    /* devices */
    IN(DEVICE, 0, SET(manifest.devices[0].name[0], 0)),
    IN(DEVICE, 0, SET(manifest.devices[0].name[23], 'x')),
    IN(DEVICE, 0, SET(manifest.devices[0].owner, 0)),
    IN(DEVICE, 0, SET(manifest.devices[0].owner, 1)),
    IN(DEVICE, 0, SET(manifest.devices[0].owner, 4)),
    IN(DEVICE, 0, SET(manifest.devices[0].dma, 2)),
    IN(DEVICE, 0, SET(manifest.devices[0].kind, RTOS_CALLED_LAST + 1)),
    IN(DEVICE, 0, SET(manifest.devices[0].kind, RTOS_CALLED_DEVICE)), /* without a name */
    IN(DEVICE, 0, SET(manifest.devices[0].called[0], 'x')),           /* without a kind */
    IN(DEVICE, 1, SET(manifest.devices[1].kind, RTOS_CALLED_WATCHED), /* it does DMA */
       SET(manifest.devices[1].called[0], 'x')),
    IN(DEVICE, 0, SET(manifest.devices[0].end, RTOS_END_LAST + 1)),
    IN(DEVICE, 0, SET(manifest.devices[0].range_count, 0)),
    IN(DEVICE, 0, SET(manifest.devices[0].range_count, 5)),
    IN(DEVICE, 0, SET(manifest.devices[0].interrupt_count, 9)),
    IN(DEVICE, 0, SET(manifest.devices[0].ranges[0].size, 0)),
    IN(DEVICE, 0, SET(manifest.devices[0].ranges[0].size, UINT64_MAX)),
    IN(DEVICE, 0, SET(manifest.devices[0].ranges[0].base, RTOS_ADDRESS_LIMIT)),
    IN(DEVICE, 0, SET(manifest.devices[0].interrupts[0], 31)),
    IN(DEVICE, 0, SET(manifest.devices[0].interrupts[0], 1020)),
    IN(DEVICE, 1, SET(manifest.devices[1].interrupts[0], 33)),
    IN(DEVICE, 1, SET(manifest.devices[1].name, 0x74726175 /* "uart" */)),
    IN(DEVICE, 1, SET(manifest.devices[1].owner, 3),
       SET(manifest.devices[0].ranges[0].base, 0xa003000)),

    /* ports and windows */
    IN(PORT, 0, SET(manifest.ports[0].name[0], 0)),
    IN(PORT, 0, SET(manifest.ports[0].blame, 0)),
    IN(PORT, 0, SET(manifest.ports[0].blame, RTOS_BLAME_MAX + 1)),
    IN(PORT, 1, SET(manifest.ports[1].name[1], ' ')),
    IN(PORT, 1, SET(manifest.ports[1].name, 0x6b736964)),
    IN(WINDOW, 0, SET(manifest.windows[0].pages, 0)),
    IN(WINDOW, 0, SET(manifest.windows[0].writers, 0)),
    IN(WINDOW, 0, SET(manifest.windows[0].contents, 1)),
    IN(WINDOW, 0, SET(manifest.windows[0].contents, 1), SET(manifest.windows[0].writers, 0)),
    IN(WINDOW, 0, SET(manifest.windows[0].contents, 1), SET(manifest.windows[0].pages, 1)),
    IN(WINDOW, 0, SET(manifest.windows[0].contents, SAMPLE_PARTS + 1),
       SET(manifest.windows[0].writers, 0)),
    IN(RIGHTS, 3, SET(manifest.programs[3].loader, 2)),
    IN(RIGHTS, 1, SET(manifest.programs[1].loader, 2)),
    IN(RIGHTS, 3, SET(programs[3].segment_count, 0), SET(programs[3].entry, 0)),
    IN(PROGRAM, 0, SET(programs[0].segment_count, 0), SET(programs[0].entry, 0)),
    IN(WINDOW, 0, SET(manifest.windows[0].readers, 8)),
    IN(WINDOW, 0, SET(manifest.windows[0].readers, 1)),
    IN(WINDOW, 0, SET(manifest.windows[0].readers, 2)),
    IN(WINDOW, 0, SET(manifest.windows[0].readers, 16)),
    IN(WINDOW, 0, SET(manifest.windows[0].name[0], 0)),
};

/* Verifies both, as the system's start does. */
static struct rtosimage_verdict verify(const struct sample_rtosimage *sample)
{
	struct rtosimage_verdict verdict = rtosimage_verify(sample, sizeof(*sample));

	if (verdict.fault == RTOSIMAGE_OK)
		verdict = rtosmanifest_verify(&sample->manifest, sizeof(sample->manifest),
		                              &sample->header);
	return verdict;
}

TEST(test_a_good_image)
{
	struct sample_rtosimage sample;
	const struct rtos_part *manifest;

	sample_rtosimage_make(&sample);
	assert_int_equal(verify(&sample).fault, RTOSIMAGE_OK);
	manifest = rtosimage_manifest(&sample.header);
	assert_ptr_equal(manifest, &sample.parts[2]);
	assert_true(rtosimage_part_intact(&sample.header, manifest));
	assert_string_equal(rtosmanifest_strings(&sample.manifest.header), "-v");
	sample.header.manifest = SAMPLE_PARTS;
	assert_null(rtosimage_manifest(&sample.header));
}

TEST(test_memory_for_dma)
{
	struct sample_rtosimage sample;

	sample_rtosimage_make(&sample);
	sample.manifest.programs[2].dma_pages = RTOS_DMA_PAGES_MAX;
	sample.manifest.programs[2].flags |= RTOS_PROGRAM_DMA_UNCACHED;
	sample.manifest.programs[2].reaches = 8;
	sample.manifest.programs[3].keep_pages = 1;
	sample_rtosimage_seal(&sample);
	assert_int_equal(verify(&sample).fault, RTOSIMAGE_OK);
}

/* All the rest is verified, too. */
TEST(test_a_device_without_a_place)
{
	struct sample_rtosimage sample;
	struct rtosimage_verdict verdict;

	sample_rtosimage_make(&sample);
	sample.manifest.devices[1].kind = RTOS_CALLED_CHANNEL;
	memcpy(sample.manifest.devices[1].called, "lan", 4);
	sample_rtosimage_seal(&sample);
	assert_int_equal(verify(&sample).fault, RTOSIMAGE_OK);
	sample.manifest.devices[1].range_count = 0;
	sample.manifest.devices[1].interrupt_count = 1; /* it has none before it has a place */
	sample.manifest.devices[1].interrupts[0] = 40;
	sample_rtosimage_seal(&sample);
	assert_int_equal(verify(&sample).fault, RTOSIMAGE_BAD_DEVICE);
	sample.manifest.devices[1].interrupt_count = 0;
	sample_rtosimage_seal(&sample);
	verdict = verify(&sample);
	assert_int_equal(verdict.fault, RTOSIMAGE_UNPLACED);
	assert_int_equal(verdict.index, 1);
	sample.manifest.windows[0].name[0] = '\0';
	sample_rtosimage_seal(&sample);
	assert_int_equal(verify(&sample).fault, RTOSIMAGE_BAD_WINDOW);
}

TEST(test_each_spoiled_image)
{
	struct sample_rtosimage sample;

	for (size_t i = 0; i < sizeof(spoilers) / sizeof(spoilers[0]); i++) {
		const struct spoiler *spoiler = &spoilers[i];
		struct rtosimage_verdict verdict;

		sample_rtosimage_make(&sample);
		for (size_t j = 0; j < 2; j++)
			memcpy((uint8_t *)&sample + spoiler->changes[j].offset,
			       &spoiler->changes[j].value,
			       spoiler->changes[j].size > 8 ? 8 : spoiler->changes[j].size);
		if (sample.header.tables_size == offsetof(struct sample_rtosimage, padding))
			sample_rtosimage_seal(&sample);
		verdict = verify(&sample);
		if (verdict.fault != spoiler->fault || verdict.index != spoiler->index)
			fail_msg("spoiler %zu: %s (%u)", i, rtosimage_fault_text(verdict.fault),
			         verdict.index);
	}
}

TEST(test_damage_is_a_wrong_crc)
{
	struct sample_rtosimage sample;

	sample_rtosimage_make(&sample);
	sample.programs[0].priority ^= 1;
	assert_int_equal(verify(&sample).fault, RTOSIMAGE_BAD_CRC);
	sample_rtosimage_make(&sample);
	sample.text[0x7ff] ^= 1;
	assert_int_equal(verify(&sample).fault, RTOSIMAGE_OK);
	assert_false(rtosimage_part_intact(&sample.header, &sample.parts[0]));
}

/*
 * The image is cut off anywhere, in a copy of exactly that size, so that a sanitizer sees a read
 * behind it.
 */
TEST(test_cut_short_anywhere)
{
	struct sample_rtosimage sample;

	sample_rtosimage_make(&sample);
	for (size_t size = 0; size < sizeof(sample.manifest); size += 8) {
		void *copy = malloc(size ? size : 1);

		assert_non_null(copy);
		memcpy(copy, &sample, size);
		assert_int_not_equal(rtosimage_verify(copy, size).fault, RTOSIMAGE_OK);
		memcpy(copy, &sample.manifest, size);
		assert_int_not_equal(rtosmanifest_verify(copy, size, &sample.header).fault,
		                     RTOSIMAGE_OK);
		free(copy);
	}
}

/*
 * Counted by hand: tables for the root, the second level, the stack, the low segments and the block
 * of 2 MiB; data of 3 pages and of 512, a stack of 4; start page, handle table, threads, mappings.
 */
TEST(test_pages_of_a_program)
{
	struct sample_rtosimage sample;

	sample_rtosimage_make(&sample);
	assert_int_equal(rtosimage_pages(&sample.programs[2]), 5 + 3 + 512 + 4 + 4);
	sample.programs[2].segment[2].address += 0x1000; /* now it needs two tables */
	assert_int_equal(rtosimage_pages(&sample.programs[2]), 6 + 3 + 512 + 4 + 4);
	sample.programs[2].segment[2].address = 0x1ff000; /* one of them is there already */
	assert_int_equal(rtosimage_pages(&sample.programs[2]), 5 + 3 + 512 + 4 + 4);
}

TEST(test_every_fault_has_words)
{
	for (int i = 0; i < RTOSIMAGE_FAULTS; i++)
		assert_string_not_equal(rtosimage_fault_text((enum rtosimage_fault)i),
		                        "unknown fault");
	assert_string_equal(rtosimage_fault_text(RTOSIMAGE_FAULTS), "unknown fault");
}
