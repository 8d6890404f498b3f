/*
 * The loader silences PCI functions, each against a model that is busy for a while or for ever. It
 * finds functions whose DMA goes around the SMMU.
 *
 * Shows: dma.silence.
 */
#include <service/loader.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define BASE 0x10000000ULL
#define SIZE 0x1000u

#define NVME_SLOW 0x04000000u /* CAP.TO: it may take two seconds */
#define PATIENCE  10010u      /* milliseconds for the other kinds, with their rests */

/*
 * A register that clears (or sets) some bits by itself: so many reads after another register got a
 * value.
 */
struct rule {
	uint32_t trigger, mask, value; /* written to `trigger`: value under mask */
	uint32_t target, clears, sets;
};

static struct {
	uint32_t word[SIZE / 4];
	const struct rule *rules;
	const struct rule *due;
	uint32_t patience; /* reads until the model carries out a rule; ~0: never */
	uint32_t left;
	uint32_t features[2];
	uint64_t now, away;
} model;

static uint32_t offset_of(uint64_t address)
{
	assert_true(address - BASE < SIZE);
	return (uint32_t)(address - BASE);
}

static void settle(void)
{
	if (model.due == NULL || model.patience == ~0u || model.left-- != 0)
		return;
	model.word[model.due->target / 4] &= ~model.due->clears;
	model.word[model.due->target / 4] |= model.due->sets;
	model.due = NULL;
}

static void trigger(uint32_t at, uint32_t value)
{
	for (const struct rule *r = model.rules; r->mask != 0; r++) {
		if (r->trigger != at || (value & r->mask) != r->value)
			continue;
		model.due = r;
		model.left = model.patience;
	}
}

uint32_t machine_device_read(uint64_t address)
{
	settle();
	return model.word[offset_of(address) / 4];
}

void machine_device_write(uint64_t address, uint32_t value)
{
	model.word[offset_of(address) / 4] = value;
	if (offset_of(address) == 0)
		model.word[1] = model.features[value & 1];
	trigger(offset_of(address), value);
}

uint8_t machine_device_read_byte(uint64_t address)
{
	settle();
	return (uint8_t)(model.word[offset_of(address) / 4] >> 8 * (address & 3));
}

void machine_device_write_byte(uint64_t address, uint8_t value)
{
	/* The device shows its progress. */
	trigger(offset_of(address), value);
}

/* Each look takes a millisecond. */
uint64_t machine_deadline(uint32_t milliseconds)
{
	return model.now + milliseconds;
}

bool machine_is_past(uint64_t deadline)
{
	model.now += 1 + model.away;
	return model.now > deadline;
}

struct device_class {
	enum bundle_silence how;
	struct rule rules[4];
	uint32_t busy[3][2]; /* offsets and values at first */
	uint32_t still;      /* a register that is 0 (of `still_mask`) at the end */
	uint32_t still_mask;
};

static const struct device_class classes[] = {
    {.how = BUNDLE_SILENCE_VIRTIO_PCI,
     .rules = {{.trigger = 0x14, .mask = 0xff, .target = 0x14, .clears = 0xff}},
     .busy = {{0x14, 0x0f}},
     .still = 0x14,
     .still_mask = 0xff},
    {.how = BUNDLE_SILENCE_NVME,
     .rules = {{.trigger = 0x14, .mask = 1, .target = 0x1c, .clears = 1}},
     .busy = {{0x14, 0x460001}, {0x1c, 1}, {0x00, NVME_SLOW}},
     .still = 0x1c,
     .still_mask = 1},
    {.how = BUNDLE_SILENCE_XHCI, /* 0x40 bytes of capabilities */
     .rules = {{.trigger = 0x40, .mask = 3, .value = 0, .target = 0x44, .sets = 1},
               {.trigger = 0x40, .mask = 2, .value = 2, .target = 0x40, .clears = 2}},
     .busy = {{0x00, 0x01000040}, {0x40, 5}},
     .still = 0x40,
     .still_mask = 3},
    {.how = BUNDLE_SILENCE_E1000E,
     .rules = {{.trigger = 0, .mask = 1u << 26, .value = 1u << 26, .clears = 1u << 26}},
     .busy = {{0x100, 2}, {0x400, 2}},
     .still = 0x100,
     .still_mask = ~0u},
    {.how = BUNDLE_SILENCE_AHCI,
     .rules = {{.trigger = 4, .mask = 1, .value = 1, .target = 4, .clears = 1}},
     .busy = {{0x04, 1u << 31 | 2}},
     .still = 0x04,
     .still_mask = 1},
};

static struct loader_device begin(const struct device_class *class, uint32_t patience)
{
	memset(&model, 0, sizeof(model));
	model.rules = class->rules;
	model.patience = patience;
	for (int i = 0; i < 3; i++)
		model.word[class->busy[i][0] / 4] |= class->busy[i][1];
	return (struct loader_device){BASE, SIZE, class->how, LOADER_CONFINED};
}

TEST(test_devices_fall_silent)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		for (uint32_t patience = 0; patience < 1000; patience += 333) {
			struct loader_device device = begin(&classes[i], patience);

			assert_true(silence(&device));
			assert_int_equal(model.word[classes[i].still / 4] & classes[i].still_mask,
			                 0);
			assert_true(silence_at_first(device.silence));
		}
	}
}

/* Other contexts have the core for longer than the loader's patience. The loader looks again. */
TEST(test_a_loader_that_was_away)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct loader_device device = begin(&classes[i], 0);

		model.away = 100000;
		assert_true(silence(&device));
	}
}

TEST(test_devices_that_never_fall_silent)
{
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
		struct loader_device device = begin(&classes[i], ~0u);
		bool slow = device.silence == BUNDLE_SILENCE_NVME;

		assert_false(silence(&device));
		assert_true(model.now >= (slow ? 2000 : 10000));
		assert_true(model.now <= (slow ? 2502 : PATIENCE));
	}
}

TEST(test_around_the_smmu)
{
	struct loader_device device = begin(&classes[0], 0);

	model.features[0] = ~0u;
	assert_false(silence_is_confined(&device));
	model.features[1] = 1; /* bit 32: modern */
	assert_false(silence_is_confined(&device));
	model.features[1] = 3; /* bit 33 */
	assert_true(silence_is_confined(&device));
	device.silence = BUNDLE_SILENCE_NVME;
	model.features[1] = 0;
	assert_true(silence_is_confined(&device));
}

TEST(test_other_functions_stay_as_they_are)
{
	assert_false(silence_at_first(BUNDLE_SILENCE_NOTHING));
	assert_false(silence_at_first(BUNDLE_SILENCE_VIRTIO));
	assert_false(silence_at_first(BUNDLE_SILENCE_PL061));
}
