/*
 * The small helpers: nearest words and memory.
 */
#include <host/arena.h>
#include <lib/nearest.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>

TEST(test_distance)
{
	assert_int_equal(nearest_distance("", ""), 0);
	assert_int_equal(nearest_distance("abc", ""), 3);
	assert_int_equal(nearest_distance("", "ab"), 2);
	assert_int_equal(nearest_distance("kitten", "sitting"), 3);
	assert_int_equal(nearest_distance("ab", "ba"), 1);
	assert_int_equal(nearest_distance("flaw", "lawn"), 2);
	assert_int_equal(nearest_distance("same", "same"), 0);
}

TEST(test_long_words_are_far)
{
	char word[70];

	memset(word, 'a', sizeof(word) - 1);
	word[63] = '\0';
	assert_int_equal(nearest_distance(word, word), 0);
	word[63] = 'a';
	word[69] = '\0';
	assert_true(nearest_distance(word, word) == SIZE_MAX);
}

static const char *answer(const char *word)
{
	struct nearest nearest = {.word = word};

	nearest_offer(&nearest, "kumiki,image");
	nearest_offer(&nearest, "kumiki,memory");
	nearest_offer(&nearest, "access");
	return nearest_answer(&nearest);
}

TEST(test_answer)
{
	assert_string_equal(answer("kumiki,imgae"), "kumiki,image");
	assert_string_equal(answer("acess"), "access");
	/* The prefix alone makes no likeness. */
	assert_null(answer("kumiki,colour"));
	assert_null(answer("x"));
}

TEST(test_arena)
{
	struct arena arena = {0};
	unsigned char *bytes = arena_alloc(&arena, 100);

	for (size_t i = 0; i < 100; i++)
		assert_int_equal(bytes[i], 0);
	assert_string_equal(arena_format(&arena, "%d-%s", 5, "x"), "5-x");
	assert_memory_equal(arena_copy(&arena, "a\0b", 3), "a\0b", 4);
	arena_free(&arena);
	assert_null(arena.pieces);
}
