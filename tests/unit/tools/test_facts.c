/*
 * What is found out about a kernel from its Image: of Debian's own kernels all of it, and of images
 * that are damaged or no kernels a refusal in words.
 */
#include <facts/btf.h>
#include <facts/facts.h>
#include <host/files.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define FACTS_IMAGE_MAX (64u << 20)
#define FACTS_DAMAGES   60
#define NOP             0xd503201fu

static struct arena arena;
static uint8_t *image;
static size_t image_size;

static void load(const char *path)
{
	char *data = NULL;

	assert_int_equal(
	    file_access_system.read(NULL, &arena, path, FACTS_IMAGE_MAX, &data, &image_size), 0);
	image = (uint8_t *)data;
}

static void tear_down(void)
{
	arena_free(&arena);
	arena = (struct arena){0};
}

const struct unit_fixture unit_each = {NULL, tear_down};

static uint32_t word_at(uint32_t place)
{
	uint32_t word;

	assert_in_range(place, 0, image_size - sizeof(word));
	memcpy(&word, image + place, sizeof(word));
	return word;
}

/* Each site is in text, behind the one before it, and has in the image what the compiler left. */
static void expect_sites(const struct watchfacts *facts)
{
	const struct watchfacts_jump *jump = (const struct watchfacts_jump *)(facts + 1);
	const uint32_t *traced = (const uint32_t *)(jump + facts->jumps);
	uint32_t before = facts->text;

	assert_int_equal(facts->size,
	                 (const uint8_t *)(traced + facts->traced) - (const uint8_t *)facts);
	assert_in_range(facts->jumps, 5000, 10000);
	assert_in_range(facts->traced, 40000, 50000);
	for (uint32_t i = 0; i < facts->jumps; before = jump[i++].place) {
		assert_in_range(jump[i].place, before + 4, facts->text_end - 4);
		assert_int_equal(jump[i].branch >> 26, 5);
		assert_true(word_at(jump[i].place) == NOP ||
		            word_at(jump[i].place) == jump[i].branch);
	}
	before = facts->text;
	for (uint32_t i = 0; i < facts->traced; before = traced[i++]) {
		assert_in_range(traced[i], before + 4, facts->text_end - 4);
		assert_int_equal(word_at(traced[i]), NOP);
	}
	assert_true(facts->trace_caller[0] != 0 && facts->trace_caller[1] != 0);
	/* As compiled it calls the first of its tracers, which does nothing. */
	assert_int_equal(word_at(facts->trace_call),
	                 0x94000000 | (facts->tracer[0] - facts->trace_call) / 4);
	assert_in_range(facts->tracers, 8, WATCHFACTS_TRACERS);
	/* Behind the last constants is an empty page. */
	assert_in_range(facts->constants_end, facts->text_end + 0x100000, image_size - 0x1000);
	for (uint32_t at = 0; at < 0x1000; at += 4)
		assert_int_equal(word_at(facts->constants_end + at), 0);
	assert_in_range(facts->probes, facts->text_end, facts->image_size);
	assert_in_range(facts->modules, facts->text_end, facts->image_size);
}

/* In the image no address is mapped yet. Debian's list of symbols (bpf_jit_alloc_exec and the one
 * behind it are short) bounds what asks. */
static void expect_makers(const struct watchfacts *facts)
{
	assert_in_range(facts->areas, image_size, facts->image_size - 8);
	assert_int_equal(facts->areas % 8, 0);
	assert_int_equal(facts->tree_right, 8);
	assert_int_equal(facts->tree_left, 16);
	assert_int_equal(facts->area_begin, 0);
	assert_int_equal(facts->area_end, 8);
	assert_int_equal(facts->area_node, 16);
	assert_int_equal(facts->area_memory, 56);
	assert_int_equal(facts->memory_asker, 56);
	for (uint32_t i = 0; i < WATCHFACTS_MAKERS; i++) {
		assert_in_range(facts->maker[i], facts->text, facts->text_end);
		assert_in_range(facts->maker_end[i], facts->maker[i] + 16, facts->maker[i] + 1024);
	}
}

/* A queued lock is 0 while nobody holds it, a real-time one has its bias. */
static void expect_facts(const char *path, uint32_t free_lock)
{
	const struct watchfacts *found;
	struct watchfacts facts;

	load(path);
	assert_null(facts_find(&found, &arena, image, image_size));
	expect_sites(found);
	expect_makers(found);
	facts = *found;
	assert_memory_equal(facts.banner, "Linux version 6.1", 17);
	assert_memory_equal(image + facts.banner_at, facts.banner, strlen(facts.banner));
	assert_true(facts.text < facts.vectors && facts.vectors < facts.text_end);
	/* The first exception from EL0 is 0x400 into each of four tables. */
	assert_in_range(facts.trampoline, facts.text_end, facts.constants_end - 0x2000);
	assert_int_equal(facts.trampoline_end, facts.trampoline + 0x2000);
	for (uint32_t table = facts.trampoline; table < facts.trampoline_end; table += 0x800) {
		assert_int_equal(word_at(table + 0x3fc), 0);
		assert_int_not_equal(word_at(table + 0x400), 0);
	}
	assert_int_equal(facts.vectors % 0x800, 0);
	assert_true(facts.text_end < facts.init_task && facts.init_task < facts.image_size);
	/* init_task is in the image as it is compiled: the task list is empty, and "swapper". */
	assert_string_equal((const char *)image + facts.init_task + facts.task_comm, "swapper");
	assert_int_equal(facts.running, 3);
	assert_true(facts.tasks_lock > facts.text_end && facts.tasks_lock < image_size);
	assert_int_equal(facts.tasks_free, free_lock);
	assert_int_equal(facts.numbers_lock == 0, free_lock != 0);
	assert_true(facts.numbers_lock == 0 ||
	            (facts.numbers_lock > facts.text_end && word_at(facts.numbers_lock) == 0));
	assert_in_range(facts.text_lock, image_size, facts.image_size - 4);
	assert_true(facts.node_shift == 0 && facts.node_count == 2);
	assert_int_equal(facts.node_free, facts.node_slots + 512);
	assert_true(facts.node_slots + 512 <= facts.node_size);
	/* A PREEMPT_RT kernel's lock sleeps. Behind the handlers are three sets of signals, and the
	 * list of pending ones. */
	assert_int_equal(facts.task_sighand == 0, free_lock != 0);
	assert_true(facts.task_sighand == 0 ||
	            (facts.task_flags == 0 && facts.task_pending == facts.task_sighand + 48));
	/* Own credentials stand before those that a task acts by. */
	assert_int_equal(facts.task_cred, facts.task_real_cred + 8);
	assert_true(facts.task_parent > facts.task_pid && facts.task_parent < facts.task_real_cred);
	assert_in_range(facts.cred_user, facts.cred_users + 4, facts.cred_users + 8);
	assert_true(facts.memory_file != 0 && facts.file_cred != 0);
	/* Two pointers to the memory stand behind the list of tasks and a node of another one. */
	assert_true(facts.task_sighand == 0 ||
	            (facts.task_mm > facts.task_tasks && facts.task_mm < facts.task_pid));
}

/* Shows: watch.facts. */
TEST(test_debians_kernels)
{
	expect_facts("build/debian/linux/Image", 0);
	expect_facts("build/debian/linux-rt/Image", 0x80000000);
}

/* A table with one entry that fits no instruction isn't taken for one. */
TEST(test_damaged_sites)
{
	const struct watchfacts *facts;
	uint32_t place;

	load("build/debian/linux/Image");
	assert_null(facts_find(&facts, &arena, image, image_size));
	place = ((const struct watchfacts_jump *)(facts + 1))[facts->jumps / 2].place;
	image[place] ^= 0x40;
	assert_string_equal(facts_find(&facts, &arena, image, image_size),
	                    "its table of jump labels isn't found");
	image[place] ^= 0x40;
	place = ((const uint32_t *)((const struct watchfacts_jump *)(facts + 1) +
	                            facts->jumps))[facts->traced / 2];
	image[place] ^= 0x40;
	assert_string_equal(facts_find(&facts, &arena, image, image_size),
	                    "its table of traced functions isn't found");
}

TEST(test_what_is_no_kernel)
{
	const struct watchfacts *facts;

	assert_non_null(facts_find(&facts, &arena, NULL, 0));
	load("tests/descriptions/files/raw");
	assert_non_null(facts_find(&facts, &arena, image, image_size));
	load("build/debian/linux/Image");
	assert_non_null(facts_find(&facts, &arena, image, image_size / 2));
	image[56] ^= 1; /* its magic */
	assert_non_null(facts_find(&facts, &arena, image, image_size));
}

static size_t btf_place(void)
{
	const uint8_t *at = memmem(image, image_size, "\x9f\xeb\x01\x00", 4);

	assert_non_null(at);
	return (size_t)(at - image);
}

/* Each word of the header, and words of types at random: the answers are others, or none. */
TEST(test_damaged_types)
{
	struct btf btf;
	uint32_t offset;
	size_t at;

	load("build/debian/linux/Image");
	at = btf_place();
	for (size_t i = 0; i < FACTS_DAMAGES; i++) {
		uint8_t *word = image + at + (i < 6 ? 4 * i : (size_t)random() % 0x200000);
		uint8_t before[4];

		memcpy(before, word, sizeof(before));
		memset(word, i % 2 ? 0xff : 0x85, sizeof(before));
		if (btf_find(&btf, &arena, image + at, image_size - at)) {
			(void)btf_member(&btf, "task_struct", "tasks", &offset);
			(void)btf_size(&btf, "xa_node", &offset);
			(void)btf_constant(&btf, "pid_type", "PIDTYPE_TGID", &offset);
		}
		memcpy(word, before, sizeof(before));
	}
	assert_true(btf_find(&btf, &arena, image + at, image_size - at));
	assert_true(btf_member(&btf, "task_struct", "tasks", &offset));
	assert_false(btf_member(&btf, "task_struct", "no_such_member", &offset));
	assert_false(btf_member(&btf, "no_such_structure", "tasks", &offset));
	assert_false(btf_constant(&btf, "pid_type", "no_such_constant", &offset));
}
