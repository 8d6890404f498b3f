/*
 * bundle_verify() passes a good bundle, finds each way to spoil one, and blames the right entry. A
 * spoiler sets up to three fields of the sample, whose tables then get a right sum, so that the
 * fault isn't found by its CRC.
 */
#include <lib/bundle.h>
#include <lib/crc32c.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>
#include <unit/lib/sample_bundle.h>
#include <unit/lib/spoiled_bundle.h>

static struct sample_bundle sample;

static struct bundle_verdict verify(size_t available)
{
	return bundle_verify(&sample.header, available);
}

static void *entry_of(const struct change *change)
{
	switch (change->table) {
	case CORES:
		return &sample.cores[change->entry];
	case PARTITIONS:
		return &sample.partitions[change->entry];
	case VCPUS:
		return &sample.vcpus[change->entry];
	case REGIONS:
		return &sample.regions[change->entry];
	case INTERRUPTS:
		return &sample.interrupts[change->entry];
	case LOADS:
		return &sample.loads[change->entry];
	case PARTS:
		return &sample.parts[change->entry];
	case WINDOWS:
		return &sample.windows[change->entry];
	case DOORBELLS:
		return &sample.doorbells[change->entry];
	case FUNCTIONS:
		return &sample.functions[change->entry];
	case CHANNELS:
		return &sample.channels[change->entry];
	case ENDS:
		return &sample.ends[change->entry];
	case HEADER:
	case NONE:
		break;
	}
	return &sample.header;
}

static void expect_verdict(const struct spoiler *spoiler, const char *list, size_t number)
{
	sample_bundle_make(&sample);
	for (size_t i = 0; i < SPOILER_CHANGES; i++) {
		const struct change *change = &spoiler->changes[i];
		if (change->table != NONE)
			memcpy((uint8_t *)entry_of(change) + change->offset, &change->value,
			       change->size);
	}
	sample_bundle_seal(&sample);
	struct bundle_verdict verdict = verify(SAMPLE_BUNDLE_SIZE);
	if (verdict.fault != spoiler->fault || verdict.index != spoiler->index)
		fail_msg("%s %zu: '%s' at %u instead of '%s' at %u", list, number,
		         bundle_fault_text(verdict.fault), verdict.index,
		         bundle_fault_text(spoiler->fault), spoiler->index);
}

/* Shows: start.damaged-bundle. */
TEST(each_spoiled_bundle_is_refused)
{
	for (size_t i = 0; i < spoilers_count; i++)
		expect_verdict(&spoilers[i], "spoiler", i);
}

TEST(good_bundles_pass)
{
	for (size_t i = 0; i < harmless_count; i++)
		expect_verdict(&harmless[i], "harmless change", i);
}

/* A console's ends have no MAC addresses. */
TEST(a_console_passes)
{
	sample_bundle_make(&sample);
	sample.channels[0].kind = BUNDLE_CHANNEL_CONSOLE;
	for (uint32_t i = 0; i < 2; i++)
		memset(sample.ends[i].mac, 0, BUNDLE_MAC_SIZE);
	sample_bundle_seal(&sample);
	assert_int_equal(verify(SAMPLE_BUNDLE_SIZE).fault, BUNDLE_OK);
	sample.channels[0].ends.count = 3;
	sample_bundle_seal(&sample);
	assert_int_equal(verify(SAMPLE_BUNDLE_SIZE).fault, BUNDLE_BAD_CHANNEL);
}

/* Shows: memory.one-owner. */
TEST(a_name_has_one_owner)
{
	sample_bundle_make(&sample);
	memcpy(sample.partitions[1].name, sample.partitions[0].name, BUNDLE_NAME_SIZE);
	sample_bundle_seal(&sample);
	struct bundle_verdict verdict = verify(SAMPLE_BUNDLE_SIZE);
	assert_int_equal(verdict.fault, BUNDLE_BAD_PARTITION);
	assert_int_equal(verdict.index, 1);
}

/*
 * Each flipped bit of header and tables is seen.
 * Shows: start.damaged-bundle.
 */
TEST(every_flipped_bit_is_seen)
{
	sample_bundle_make(&sample);
	for (size_t bit = 0; bit < sample.header.tables_size * (size_t)8; bit++) {
		const uint8_t mask = (uint8_t)(1u << bit % 8);
		sample.bytes[bit / 8] ^= mask;
		assert_int_not_equal(verify(SAMPLE_BUNDLE_SIZE).fault, BUNDLE_OK);
		sample.bytes[bit / 8] ^= mask;
	}
	assert_int_equal(verify(SAMPLE_BUNDLE_SIZE).fault, BUNDLE_OK);
}

/* A bundle cut anywhere is refused, without a read behind the cut (ASan looks on).
 * Shows: start.damaged-bundle. */
TEST(a_cut_bundle_is_refused)
{
	sample_bundle_make(&sample);
	for (size_t size = 0; size < SAMPLE_BUNDLE_SIZE; size += 97) {
		void *cut = malloc(size == 0 ? 1 : size);
		assert_non_null(cut);
		memcpy(cut, sample.bytes, size);
		assert_int_equal(bundle_verify(cut, size).fault, BUNDLE_BAD_SIZE);
		free(cut);
	}
	assert_int_equal(bundle_verify(sample.bytes + 4, SAMPLE_BUNDLE_SIZE - 4).fault,
	                 BUNDLE_BAD_SIZE);
}

TEST(parts_are_known_by_their_sum)
{
	sample_bundle_make(&sample);
	const struct bundle_part *parts = bundle_parts(&sample.header);
	for (uint32_t i = 0; i < 3; i++)
		assert_true(bundle_part_intact(&sample.header, &parts[i]));
	sample.bytes[parts[1].offset + 99] ^= 1;
	assert_false(bundle_part_intact(&sample.header, &parts[1]));
	sample.bytes[parts[2].offset - 1] ^= 1; /* padding belongs to no part */
	assert_true(bundle_part_intact(&sample.header, &parts[2]));
}

/* An image with a bundle's header behind it. */
TEST(a_frame_is_known_by_its_sum)
{
	static struct {
		uint8_t image[2 * BUNDLE_ALIGN];
		struct bundle_header header;
	} file = {.header.magic = BUNDLE_MAGIC};
	for (size_t i = 0; i < sizeof(file.image) - 99; i++)
		file.image[i] = (uint8_t)(i * 7);
	file.header.frame_crc = crc32c(0, file.image, sizeof(file.image));
	assert_int_equal(bundle_verify_frame(&file, sizeof(file.image)), BUNDLE_OK);
	for (size_t i = 0; i < sizeof(file.image); i += 61) {
		file.image[i] ^= 0x10;
		assert_int_equal(bundle_verify_frame(&file, sizeof(file.image)), BUNDLE_BAD_FRAME);
		file.image[i] ^= 0x10;
	}
	file.header.magic ^= 1;
	assert_int_equal(bundle_verify_frame(&file, sizeof(file.image)), BUNDLE_BAD_MAGIC);
}

TEST(each_fault_has_words_of_its_own)
{
	for (int a = BUNDLE_OK; a <= BUNDLE_BAD_FRAME; a++)
		for (int b = BUNDLE_OK; b < a; b++)
			assert_string_not_equal(bundle_fault_text((enum bundle_fault)a),
			                        bundle_fault_text((enum bundle_fault)b));
}
