/*
 * Seeds, and the one thing that the frame reads in the firmware's device tree: /chosen/rng-seed.
 * The walk through the tree ends at the size that boot_tables() mapped, and checks all that it
 * reads.
 */
#include <frame/hardware.h>
#include <kumiki/bundle.h>
#include <lib/sha256.h>
#include <lib/string.h>
#include <machine/local.h>
#include <machine/random.h>
#include <start/seed.h>

#define TREE_MAGIC    0xd00dfeedu
#define TREE_LIMIT    0x200000u
#define TREE_NODE     1u
#define TREE_END_NODE 2u
#define TREE_PROPERTY 3u
#define TREE_NOP      4u

/* Labels of derived secrets: partitions have those from 0 on, channels those from here on. */
#define SEED_CHANNELS 128
_Static_assert(BUNDLE_PARTITIONS_MAX <= SEED_CHANNELS, "they differ");

static struct {
	uint8_t pool[SEED_SIZE];
	bool filled;
} seed CORE_LOCAL;

struct tree {
	const uint8_t *base;
	uint32_t size, structure, strings;
};

struct value {
	uint32_t offset, length;
};

/* Reads a word as it is in memory. Tokens, and the words behind them, are aligned. */
static inline uint32_t tree_raw_word(const struct tree *tree, uint32_t offset)
{
	uint32_t word;

	__builtin_memcpy(&word, __builtin_assume_aligned(tree->base + offset, 4), sizeof(word));
	return word;
}

/* Past the tree's end all words read as zero, which is no token. */
static inline uint32_t tree_word(const struct tree *tree, uint32_t offset)
{
	return offset > tree->size - 4 ? 0 : __builtin_bswap32(tree_raw_word(tree, offset));
}

static bool tree_text_is(const struct tree *tree, uint32_t offset, const char *text)
{
	size_t length = string_length(text) + 1;

	return offset < tree->size && length <= tree->size - offset &&
	       memcmp(tree->base + offset, text, length) == 0;
}

/* Returns the offset behind a text, which ends in the first word that has a byte of zero. */
static uint32_t tree_skip_text(const struct tree *tree, uint32_t offset)
{
	for (; offset <= tree->size - 4; offset += 4) {
		uint32_t word = tree_raw_word(tree, offset);

		if (((word - 0x01010101) & ~word & 0x80808080) != 0)
			break;
	}
	return offset + 4;
}

static struct value tree_find_seed(const struct tree *tree)
{
	struct value none = {0, 0};
	uint32_t at = tree->structure, depth = 0;
	bool chosen = false;

	while (at < tree->size) {
		uint32_t token = tree_word(tree, at);
		uint32_t length = tree_word(tree, at + 4);

		if (token == TREE_NODE) {
			depth++;
			chosen = depth == 2 && tree_text_is(tree, at + 4, "chosen");
			at = tree_skip_text(tree, at + 4);
		} else if (token == TREE_PROPERTY) {
			if (length > tree->size - at)
				return none;
			if (chosen &&
			    tree_text_is(tree, tree->strings + tree_word(tree, at + 8), "rng-seed"))
				return (struct value){at + 12, length};
			at += 12 + ((length + 3) & ~3u);
		} else if (token == TREE_END_NODE || token == TREE_NOP) {
			if (token == TREE_END_NODE) {
				depth--;
				chosen = false;
			}
			at += 4;
		} else {
			return none;
		}
	}
	return none;
}

/* Adds the tree's seed, and wipes it: a guest that owns that memory could derive the other
 * partitions' seeds. */
static void add_tree(struct sha256 *hash, void *from)
{
	struct tree tree = {.base = from, .size = TREE_LIMIT};
	struct value found;

	if (from == 0 || ((uintptr_t)from & 3) != 0 || tree_word(&tree, 0) != TREE_MAGIC)
		return;
	tree.size = tree_word(&tree, 4);
	if (tree.size < 40 || tree.size > TREE_LIMIT)
		return;
	tree.structure = tree_word(&tree, 8);
	tree.strings = tree_word(&tree, 12);
	if ((tree.structure & 3) != 0)
		return;
	found = tree_find_seed(&tree);
	if (found.length < 16 || found.length > tree.size - found.offset)
		return;
	sha256_add(hash, tree.base + found.offset, found.length);
	memset((uint8_t *)from + found.offset, 0, found.length);
	hw_clean_invalidate_to_poc(tree.base + found.offset, found.length);
	seed.filled = true;
}

void seed_init(void *tree)
{
	struct sha256 hash;
	uint64_t word;

	sha256_begin(&hash);
	add_tree(&hash, tree);
	for (uint32_t i = 0; i < 4 && random_word(&word); i++) {
		sha256_add(&hash, &word, sizeof(word));
		seed.filled = true;
	}
	sha256_end(&hash, seed.pool);
}

void seed_partition(uint8_t secret[SEED_SIZE], uint32_t index)
{
	if (seed.filled)
		sha256_derive(seed.pool, (uint8_t)index, secret);
	else
		memset(secret, 0, SEED_SIZE);
}

bool seed_channel(uint8_t key[SEED_SIZE], uint32_t channel)
{
	if (seed.filled)
		sha256_derive(seed.pool, (uint8_t)(SEED_CHANNELS + channel), key);
	return seed.filled;
}
