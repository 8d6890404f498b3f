/*
 * A partition's PCI bus and its panel against a model: configuration space as bytes of which some
 * can be written, BARs that say where they are or how large they are, registers as plain words. A
 * million accesses of any width at any place, from a seed; after each the panel's line is as in the
 * model. Other tests have ringing and commanding.
 */
#include <devices/manager.h>
#include <devices/panel.h>
#include <devices/pci.h>
#include <fake/cpu.h>
#include <kumiki/hypercall.h>
#include <run/hold.h>
#include <state/partition.h>
#include <string.h>
#include <unit.h>
#include <vgic/vgic.h>
#include <word/doorbell.h>

#define SLOT       11u /* device 1, function 3: of a panel that isn't the first of its table */
#define LINE       200u
#define ACCESSES   1000000u
#define PARTITIONS 3u
#define OWN        1u
#define MANAGED    2u /* the only one */

struct core core;
static struct partition partition;
static struct bundle_partition *config;
static bool line;
static uint64_t rung, commanded, held, powered;
static uint32_t cleared;

void vgic_set_line(struct partition *of, uint32_t intid, bool level)
{
	assert_ptr_equal(of, &partition);
	assert_int_equal(intid, LINE);
	line = level;
}

int64_t doorbell_ring(uint32_t from, uint64_t number)
{
	assert_int_equal(from, OWN);
	rung = number;
	return number < 4 ? 0 : KUMIKI_INVALID_PARAMETERS;
}

void doorbell_cleared(const struct partition *of, uint32_t bits)
{
	assert_ptr_equal(of, &partition);
	cleared = bits;
}

static const struct life_status lives[PARTITIONS] = {
    {1, 2, 3, 4}, {LIFE_RUNNING, STOP_OFF, 7, 8}, {9, 10, 11, 12}};

const struct life_status *manager_status(const struct partition *asker, uint64_t index)
{
	assert_ptr_equal(asker, &partition);
	return index == OWN || index == MANAGED ? &lives[index] : NULL;
}

int64_t manager_command(const struct partition *asker, uint64_t index, uint64_t command)
{
	assert_ptr_equal(asker, &partition);
	commanded = index << 32 | command;
	return index == MANAGED ? 0 : KUMIKI_DENIED;
}

int64_t manager_hold(const struct partition *asker, uint64_t at_core, uint64_t to, uint64_t time)
{
	assert_ptr_equal(asker, &partition);
	held = at_core << 40 | to << 32 | time;
	return at_core == 2 ? 77 : KUMIKI_DENIED;
}

int64_t manager_power(const struct partition *asker, uint64_t policy)
{
	assert_ptr_equal(asker, &partition);
	powered = policy;
	return policy < POWER_POLICIES ? POWER_BALANCED : KUMIKI_INVALID_PARAMETERS;
}

uint64_t hold_record(uint64_t at_core)
{
	return 0x1122334455667700 + at_core;
}

/* ---- a machine ---- */

static const struct bundle_function panel_function = {
    .bar = {0x10000000, 0, 0x20000000},
    .bar_size = {PANEL_REGISTERS_SIZE, 0, 0x4000000},
    .bar_kind = {0, 0, BUNDLE_BAR_64 | BUNDLE_BAR_PREFETCH},
    .pin = 1,
    .kind = BUNDLE_FUNCTION_PANEL,
    .slot = SLOT,
    .vendor = PANEL_VENDOR,
    .device = PANEL_DEVICE,
    .class_revision = PANEL_CLASS,
    .subsystem = PANEL_SUBSYSTEM,
    .intid = LINE,
};

static void setup(void)
{
	struct bundle_header *bundle = (struct bundle_header *)LAYOUT_BUNDLE;
	struct bundle_function *functions = (struct bundle_function *)(LAYOUT_BUNDLE + 0x1000);

	fake_cpu_reset((struct fake_hooks){0});
	bundle->partitions = (struct bundle_table){.offset = 0x2000, .count = PARTITIONS};
	bundle->functions = (struct bundle_table){.offset = 0x1000, .count = 5};
	memset(functions, 0, 5 * sizeof(*functions));
	functions[1].slot = SLOT;                    /* another partition's */
	functions[2].slot = functions[4].slot = 256; /* not on the bus: never met */
	functions[3] = panel_function;
	config = (struct bundle_partition *)(LAYOUT_BUNDLE + 0x2000) + OWN;
	memset(config - OWN, 0, PARTITIONS * sizeof(*config));
	strcpy(config[-1].name, "first");
	strcpy(config[0].name, "own-partition-with-a-long-name");
	strcpy(config[1].name, "managed");
	config->functions = (struct bundle_range){2, 3};
	config->flags = BUNDLE_PANEL;
	config->life.manages = 1u << MANAGED;
	memset(&partition, 0, sizeof(partition));
	partition.config = config;
	partition.index = OWN;
	partition.panel_intid = LINE;
	partition.panel_function = 1;
	partition.life.status.starts = 7;
	line = false;
}

const struct unit_fixture unit_each = {setup, NULL};

/* ---- the model of configuration space ---- */

static uint32_t model_words[16], model_sizing;

static uint32_t model_bar(uint32_t bar)
{
	static const uint32_t placed[6] = {0x10000000, 0, 0x2000000c};
	static const uint32_t sizes[6] = {0xfffff000, 0, 0xfc00000c, 0xffffffff};

	return (model_sizing >> bar & 1) != 0 ? sizes[bar] : placed[bar];
}

static bool model_asks(void)
{
	return (partition.panel.pending & partition.panel.enable) != 0;
}

static uint32_t model_word(uint32_t offset)
{
	const uint32_t at = offset % 4096;

	if (offset / 4096 != SLOT || offset >= BUNDLE_ECAM_SIZE)
		return 0xffffffff;
	if (at >= 0x10 && at < 0x28)
		return model_bar((at - 0x10) / 4);
	if (at >= 0x40)
		return 0;
	return model_words[at / 4] | (at == 4 && model_asks() ? 0x80000 : 0);
}

static void model_write(uint32_t offset, uint32_t value, uint32_t mask)
{
	static const uint32_t writable[16] = {[1] = 0x406, [3] = 0xffff, [15] = 0xff};
	const uint32_t at = offset % 4096, bar = (at - 0x10) / 4;
	uint32_t merged = (model_word(offset) & ~mask) | (value & mask);

	if (offset / 4096 != SLOT || at >= 0x40 || mask == 0)
		return;
	if (at >= 0x10 && at < 0x28) {
		model_sizing &= ~(1u << bar);
		model_sizing |= (uint32_t)(merged >= 0xfffffff0) << bar;
		return;
	}
	mask &= writable[at / 4];
	model_words[at / 4] = (model_words[at / 4] & ~mask) | (value & mask);
}

static uint64_t model_read(uint32_t offset, uint32_t size)
{
	uint64_t low = model_word(offset & ~3u), high = 0xffffffff;

	if (offset % 4 + size > 4)
		high = model_word((offset & ~3u) + 4);
	return (low | high << 32) >> 8 * (offset % 4);
}

static void model_begin(void)
{
	const uint32_t words[16] = {0x10f51af4, 0, 0xff000001, 0, [11] = 0x4b4d0001, [15] = 0x100};

	memcpy(model_words, words, sizeof(words));
	model_sizing = 0;
}

/* ---- random accesses ---- */

static uint64_t seed;

static uint32_t below(uint32_t limit)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((seed >> 33) % limit);
}

static uint64_t mask_of(uint32_t size)
{
	return size == 8 ? ~0ULL : (1ULL << 8 * size) - 1;
}

static uint64_t any_value(void)
{
	uint64_t value =
	    (uint64_t)below(1u << 31) << 33 ^ (uint64_t)below(1u << 31) << 11 ^ below(4096);

	switch (below(3)) {
	case 0:
		return ~0ULL << below(2) * 4;
	case 1:
		return 0;
	default:
		return value;
	}
}

static uint32_t any_place(void)
{
	switch (below(8)) {
	case 0:
		return below(BUNDLE_ECAM_SIZE);
	case 1: /* borders of functions, and the end of the bus */
		return (below(257) * 4096 + below(16) + BUNDLE_ECAM_SIZE - 8) % BUNDLE_ECAM_SIZE;
	default:
		return SLOT * 4096 + below(0x44);
	}
}

/* All of a word that is written at once, as BARs are; or any bytes, two words included. */
static void write_anything(uint32_t offset, uint32_t size)
{
	uint64_t value = any_value() & mask_of(size);
	uint32_t shift = 8 * (offset % 4);
	uint64_t mask = mask_of(size) << shift;

	model_write(offset & ~3u, (uint32_t)(value << shift), (uint32_t)mask);
	if (offset % 4 + size > 4) {
		uint32_t high = shift == 0 ? (uint32_t)(mask_of(size) >> 32)
		                           : (uint32_t)(mask_of(size) << shift >> 32);

		model_write((offset & ~3u) + 4, (uint32_t)(value << shift >> 32), high);
	}
	pci_write(&partition, offset, size, value);
}

/* Shows: dma.own-functions. */
TEST(test_configuration_space)
{
	model_begin();
	seed = 1;
	for (uint32_t i = 0; i < ACCESSES; i++) {
		const uint32_t size = 1u << below(4);
		const uint32_t offset = below(2) ? any_place() : any_place() & ~(size - 1);

		if (below(16) == 0) {
			partition.panel.pending = below(4);
			partition.panel.enable = below(4);
			panel_evaluate(&partition);
		}
		if (below(2))
			write_anything(offset, size);
		assert_int_equal(pci_read(&partition, offset, size) & mask_of(size),
		                 model_read(offset, size) & mask_of(size));
		assert_int_equal(line, model_asks() && (model_words[1] & 0x400) == 0);
	}
}

TEST(test_after_reset)
{
	model_begin();
	for (uint32_t at = 0; at < 64; at += 4)
		pci_write(&partition, SLOT * 4096 + at, 4, ~0u);
	partition.panel.pending = partition.panel.enable = 5;
	pci_reset(&partition);
	panel_reset(&partition);
	for (uint32_t at = 0; at < 256; at += 4)
		assert_int_equal((uint32_t)pci_read(&partition, SLOT * 4096 + at, 4),
		                 model_word(SLOT * 4096 + at));
}

/* ---- the panel's registers ---- */

static uint32_t panel32(uint32_t offset)
{
	return (uint32_t)panel_read(&partition, offset, 4);
}

/* Shows: talk.panel. */
TEST(test_the_panels_registers)
{
	char name[32];

	assert_int_equal(panel32(PANEL_MAGIC), 0x494b4d4b);
	assert_int_equal(panel32(PANEL_REVISION), 2);
	assert_int_equal(panel32(PANEL_INDEX), OWN);
	assert_int_equal(panel32(PANEL_STARTS), 7);
	assert_int_equal(panel32(PANEL_PARTITIONS), PARTITIONS);
	assert_int_equal(panel32(PANEL_MANAGED), 1u << MANAGED);
	for (uint32_t n = 0; n < BUNDLE_PARTITIONS_MAX; n++) {
		for (uint32_t i = 0; i < 32; i += 4) {
			uint32_t word = panel32(PANEL_NAME(n) + i);
			memcpy(name + i, &word, 4);
		}
		assert_string_equal(name, n < PARTITIONS ? config[(int)n - (int)OWN].name : "");
		for (uint32_t i = 0; i < 4; i++)
			assert_int_equal(panel32(PANEL_STATE(n) + 4 * i),
			                 n == OWN || n == MANAGED ? ((const uint32_t *)&lives[n])[i]
			                                          : 0xffffffff);
		assert_int_equal(panel_read(&partition, PANEL_HOLD(n), 8), 0x1122334455667700 + n);
	}
}

/* The model of a register after a write of 32 bits. */
static void model_panel(uint32_t at, uint32_t value, uint32_t words[0x30 / 4])
{
	uint32_t was = words[PANEL_PENDING / 4];

	rung = commanded = held = powered = ~1ULL;
	cleared = 0;
	panel_write(&partition, at, 4, value);
	if (at == PANEL_PENDING) {
		assert_int_equal(cleared, was & value);
		words[at / 4] = was & ~value;
	} else if (at == PANEL_ENABLE) {
		words[at / 4] = value;
	} else if (at == PANEL_RING) {
		assert_int_equal(rung, value);
		words[PANEL_RESULT / 4] = value < 4 ? 0 : (uint32_t)KUMIKI_INVALID_PARAMETERS;
	} else if (at >= PANEL_COMMAND(0) && at < PANEL_COMMAND(8)) {
		const uint32_t n = (at - PANEL_COMMAND(0)) / 4;

		assert_int_equal(commanded, (uint64_t)n << 32 | value);
		words[PANEL_RESULT / 4] = n == MANAGED ? 0 : (uint32_t)KUMIKI_DENIED;
	} else if (at >= PANEL_HOLD(0) && at < PANEL_HOLD(8)) {
		const uint64_t n = (at - PANEL_HOLD(0)) / 8;

		assert_int_equal(held, n << 40 | (uint64_t)(value & 0xff) << 32 | value >> 8);
		words[PANEL_RESULT / 4] = n == 2 ? 77 : (uint32_t)KUMIKI_DENIED;
	} else if (at == PANEL_POWER) {
		assert_int_equal(powered, (uint64_t)(int32_t)value);
		words[PANEL_RESULT / 4] =
		    value < POWER_POLICIES ? POWER_BALANCED : (uint32_t)KUMIKI_INVALID_PARAMETERS;
	} else {
		assert_int_equal(rung & commanded & held & powered, ~1ULL);
	}
}

/* Shows: talk.panel. */
TEST(test_the_panels_actions)
{
	uint32_t words[0x30 / 4] = {[0] = 0x494b4d4b, [1] = 2, [2] = OWN, [3] = 7};

	words[PANEL_PARTITIONS / 4] = PARTITIONS;
	words[PANEL_MANAGED / 4] = 1u << MANAGED;
	seed = 2;
	for (uint32_t i = 0; i < 200000; i++) {
		const uint32_t at =
		    below(4) != 0 ? below(0x30 / 4) * 4 : 0x30 + below((0x1000 - 0x30) / 4) * 4;
		const uint32_t bits = below(1u << 31) << 1 & below(1u << 31) << 1;

		if (below(3) == 0) {
			words[PANEL_PENDING / 4] |= bits;
			panel_hear(&partition, bits);
		}
		model_panel(at, below(2) ? below(8) : (uint32_t)any_value(), words);
		for (uint32_t w = 0; w < 0x30 / 4; w++)
			assert_int_equal(panel32(4 * w), words[w]);
		assert_int_equal(line, (words[PANEL_PENDING / 4] & words[PANEL_ENABLE / 4]) != 0);
	}
}

/* All ones stay the same number in the call, which is a longer one. */
TEST(test_the_panel_asks_for_the_policy)
{
	panel_write(&partition, PANEL_POWER, 4, UINT32_MAX);
	assert_int_equal(powered, KUMIKI_POWER_SAME);
	assert_int_equal(panel32(PANEL_POWER), 0);
}

/* Other widths read their part, and write nothing. */
TEST(test_other_widths)
{
	panel_write(&partition, PANEL_ENABLE, 4, 0x89abcdef);
	for (uint32_t i = 0; i < 4; i++)
		assert_int_equal(panel_read(&partition, PANEL_ENABLE + i, 1) & 0xff,
		                 0x89abcdefu >> 8 * i & 0xff);
	assert_int_equal(panel_read(&partition, PANEL_ENABLE + 2, 2) & 0xffff, 0x89ab);
	assert_int_equal(panel_read(&partition, PANEL_MAGIC, 8), 0x2494b4d4bULL);
	assert_int_equal(panel_read(&partition, 0xffc, 8), 0);
	for (uint32_t size = 1; size <= 8; size *= 2)
		if (size != 4)
			panel_write(&partition, PANEL_ENABLE, size, 0);
	panel_write(&partition, PANEL_ENABLE - 2, 4, 0);
	assert_int_equal(panel32(PANEL_ENABLE), 0x89abcdef);
}
