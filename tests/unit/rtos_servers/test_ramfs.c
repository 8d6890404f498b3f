/*
 * The RAM file system, whose server dies between any two of its stores. The repeated call is
 * carried out as if nothing had happened, also after more urgent calls, and all of its memory fits
 * together each time. Random calls are compared with a model. RAMFS_SEEDS says how many walks there
 * are (1).
 *
 * Shows: rtos.files.
 */
#include "dying_stores.h"
#include "ramfs_model.h"
#include <servers/ramfs/check.h>
#include <servers/ramfs/inode.h>
#include <servers/ramfs/pages.h>
#include <servers/ramfs/store.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unit.h>

#define PAGES 48
#define STEPS 400
#define NAMES 12
#define GONE  16 /* ids of files that were removed */

/* ---- a walk ---- */

struct walk {
	uint64_t random;
	uint8_t *memory, *before; /* before: the memory before the tried call */
	struct ramfs fs;
	struct model *model;
	uint8_t buffer[MODEL_BUFFER], urgent_buffer[MODEL_BUFFER];
	uint64_t gone[GONE];
	uint64_t identity;
	uint32_t unfinished; /* steps with unfinished work */
};

static uint32_t random_below(struct walk *walk, uint32_t below)
{
	walk->random = walk->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((walk->random >> 33) % below);
}

static void walk_open(struct walk *walk, enum ramfs_found expected)
{
	const char *wrong;
	const enum ramfs_found found =
	    ramfs_open(&walk->fs, walk->memory, (uint64_t)PAGES * RAMFS_PAGE, 77, &wrong);

	if (found != expected)
		fail_msg("%s", wrong ? wrong : "it wasn't there");
	walk->fs.piece = 3; /* as the walk's files are small */
	walk->fs.compares = true;
}

static struct walk *walk_new(uint64_t seed)
{
	struct walk *walk = calloc(1, sizeof(*walk));

	assert_non_null(walk);
	walk->random = seed;
	walk->memory = aligned_alloc(RAMFS_PAGE, (size_t)PAGES * RAMFS_PAGE);
	walk->before = malloc((size_t)PAGES * RAMFS_PAGE);
	walk->model = calloc(1, sizeof(*walk->model));
	assert_true(walk->memory && walk->before && walk->model);
	memset(walk->memory, 0xa5, (size_t)PAGES * RAMFS_PAGE);
	memset(walk->memory, 0, 8);
	model_begin(walk->model);
	store_left = 0;
	walk_open(walk, RAMFS_NEW);
	return walk;
}

static void walk_free(struct walk *walk)
{
	model_end(walk->model);
	free(walk->model);
	free(walk->before);
	free(walk->memory);
	free(walk);
}

/* ---- random calls ---- */

static uint64_t some_id(struct walk *walk, bool directory)
{
	for (uint32_t tries = 0; tries < 64; tries++) {
		const struct model_file *file = &walk->model->file[random_below(walk, MODEL_FILES)];

		if (file->id != 0 &&
		    ((file->type == FS_DIRECTORY) == directory || random_below(walk, 16) == 0))
			return file->id;
	}
	return random_below(walk, 4) == 0 ? walk->gone[random_below(walk, GONE)] : FS_ROOT;
}

/* An offset just below or just behind the begin of another level of indexes. */
static uint32_t some_offset(struct walk *walk)
{
	static const uint32_t places[] = {0, 1, RAMFS_DIRECT - 1, RAMFS_DIRECT + RAMFS_INDEXES - 1,
	                                  RAMFS_DIRECT + 2 * RAMFS_INDEXES - 1};

	return places[random_below(walk, 5)] * RAMFS_PAGE +
	       (random_below(walk, 3) == 0 ? 0 : random_below(walk, RAMFS_PAGE));
}

static uint64_t some_piece(struct walk *walk)
{
	const uint32_t count = random_below(walk, 4) == 0 ? RAMFS_PAGE : random_below(walk, 9000);

	return FS_PIECE(count, random_below(walk, MODEL_BUFFER - count));
}

static void some_name(struct walk *walk, struct ramfs_call *call)
{
	char name[FS_NAME] = "file with a name that takes more words than a ";

	name[random_below(walk, 3) * 22 + 1] = (char)('a' + random_below(walk, NAMES));
	memcpy(&call->message.word[2], name, FS_NAME);
}

static bool is_full(const struct walk *walk, uint64_t id)
{
	const struct model_file *file = model_find(walk->model, id);

	return file && file->page_count > MODEL_PAGES - 4;
}

/* Removes an existing file. A random name would hardly ever be one. */
static void some_remove(struct walk *walk, struct ramfs_call *call)
{
	const struct model_file *file = &walk->model->file[1 + random_below(walk, 16)];

	if (file->id == 0)
		return;
	call->message.word[0] = FS_CALL(FS_REMOVE, file->directory->id);
	memcpy(&call->message.word[2], file->name, FS_NAME);
}

static struct ramfs_call some_call(struct walk *walk, uint8_t *buffer, bool once_only)
{
	static const uint32_t operations[] = {FS_APPEND, FS_CREATE, FS_CREATE, FS_REMOVE, FS_RENAME,
	                                      FS_WRITE,  FS_WRITE,  FS_READ,   FS_RESIZE};
	const uint32_t operation = operations[random_below(walk, once_only ? 5 : 9)];
	struct ramfs_call call = {
	    .message.identity = ++walk->identity, .buffer = buffer, .buffer_size = MODEL_BUFFER};
	const bool in_directory = operation == FS_CREATE || operation == FS_REMOVE;
	const uint64_t id = some_id(walk, in_directory);

	call.message.word[0] = FS_CALL(is_full(walk, id) ? (uint32_t)FS_RESIZE : operation, id);
	call.message.word[1] = some_offset(walk);
	call.message.word[2] = some_piece(walk);
	for (uint32_t i = 0; i < MODEL_BUFFER; i += 64)
		memset(buffer + i, (int)random_below(walk, 256), 64);
	if (in_directory || operation == FS_RENAME)
		some_name(walk, &call);
	if (operation == FS_REMOVE && random_below(walk, 4) != 0)
		some_remove(walk, &call);
	if (operation == FS_CREATE)
		call.message.word[1] = 1 + random_below(walk, 3) / 2;
	if (operation == FS_RENAME)
		call.message.word[1] = some_id(walk, true);
	return call;
}

/* ---- a server that dies ---- */

/*
 * A server that doubts its answer gives the call back. Carried out again, the call has the same
 * answer.
 */
static void walk_doubt(struct walk *walk, const struct ramfs_call *asked,
                       const struct ramfs_call *call)
{
	struct ramfs_call again = *asked;

	again.message.deliveries = 1;
	operate(&walk->fs, &again);
	assert_int_equal(again.partly, call->partly);
	assert_memory_equal(again.message.word, call->message.word, sizeof(again.message.word));
}

/* True: the call was answered before the server died. */
static bool walk_operate(struct walk *walk, struct ramfs_call *call, uint32_t stores)
{
	const struct ramfs_call asked = *call;

	store_left = stores;
	if (setjmp(store_end) != 0)
		return false;
	operate(&walk->fs, call);
	store_left = 0;
	if (operate_is_doubtful(call) && asked.message.deliveries == 0)
		walk_doubt(walk, &asked, call);
	return true;
}

/* Now and then the successor dies, too, while it takes over. */
static void walk_successor(struct walk *walk)
{
	store_left = random_below(walk, 3) == 0 ? 1 + random_below(walk, 40) : 0;
	if (setjmp(store_end) == 0)
		walk_open(walk, RAMFS_FOUND);
	store_left = 0;
	walk_open(walk, RAMFS_FOUND);
}

static bool is_recorded(const struct walk *walk, const struct ramfs_call *call)
{
	for (uint32_t i = 0; i < RAMFS_ANSWERS; i++)
		if (walk->fs.head->answer[i].identity[0] == (uint32_t)call->message.identity)
			return true;
	return false;
}

static void walk_again(struct walk *walk, const struct ramfs_call *asked, struct ramfs_call *call)
{
	*call = *asked;
	call->message.deliveries = 1;
	assert_true(walk_operate(walk, call, 0));
}

/* The server dies at that store, and the call comes again. */
static bool walk_dies(struct walk *walk, const struct ramfs_call *asked, struct ramfs_call *call,
                      uint32_t stores)
{
	*call = *asked;
	memcpy(walk->memory, walk->before, (size_t)PAGES * RAMFS_PAGE);
	walk_open(walk, RAMFS_FOUND);
	if (walk_operate(walk, call, stores))
		return false;
	walk_successor(walk);
	walk_again(walk, asked, call);
	return true;
}

/*
 * The server dies at that store. More urgent calls come first, at some of which the server dies,
 * too. The journal says which call was carried out first.
 */
static void walk_urgent(struct walk *walk, const struct ramfs_call *asked, uint32_t stores)
{
	struct ramfs_call call = *asked, urgent_asked = {.message.identity = 0},
	                  urgent = urgent_asked;
	bool recorded;

	if (walk_operate(walk, &call, stores)) {
		model_follow(walk->model, &walk->fs, asked, &call);
		return;
	}
	walk_successor(walk);
	recorded = is_recorded(walk, asked);
	if (recorded) {
		/* First as it will be answered, then as if it hadn't been made. */
		memcpy(walk->before, walk->memory, (size_t)PAGES * RAMFS_PAGE);
		walk_again(walk, asked, &call);
		model_follow(walk->model, &walk->fs, asked, &call);
		memcpy(walk->memory, walk->before, (size_t)PAGES * RAMFS_PAGE);
		walk_open(walk, RAMFS_FOUND);
	}
	urgent_asked = some_call(walk, walk->urgent_buffer, true);
	urgent = urgent_asked;
	if (!walk_operate(walk, &urgent, random_below(walk, 60))) {
		walk_successor(walk);
		walk_again(walk, &urgent_asked, &urgent);
	}
	model_follow(walk->model, &walk->fs, &urgent_asked, &urgent);
	walk_again(walk, asked, &call);
	if (!recorded)
		model_follow(walk->model, &walk->fs, asked, &call);
	else
		assert_int_equal(call.message.word[0], FS_OK);
}

static void walk_remember(struct walk *walk)
{
	const struct model_file *file = &walk->model->file[1 + random_below(walk, MODEL_FILES - 1)];

	if (file->id != 0)
		walk->gone[random_below(walk, GONE)] = file->id;
}

static bool walk_has_unfinished(const struct walk *walk)
{
	for (uint32_t number = 1; number <= walk->fs.inode_count; number++)
		if (inode_at(&walk->fs, number)->state > RAMFS_DIRECTORY)
			return true;
	return false;
}

/*
 * No call comes for a while. The server does a piece of the unfinished work, and dies at it, too.
 */
static void walk_quiet(struct walk *walk)
{
	if (!walk_has_unfinished(walk))
		return;
	walk->unfinished++;
	store_left = random_below(walk, 60);
	if (setjmp(store_end) == 0)
		inode_finish_some(&walk->fs);
	else
		walk_successor(walk);
	store_left = 0;
	assert_null(fs_check(&walk->fs));
}

/* Makes a call whose server dies at each of its stores, and then once without a death. */
static void walk_step(struct walk *walk)
{
	const struct ramfs_call asked = some_call(walk, walk->buffer, false);
	struct ramfs_call call = asked, undisturbed = asked;
	uint32_t every = 1;

	walk_remember(walk);
	memcpy(walk->before, walk->memory, (size_t)PAGES * RAMFS_PAGE);
	store_count = 0;
	assert_true(walk_operate(walk, &undisturbed, 0));
	every += store_count / 50;
	for (uint32_t stores = 1; walk_dies(walk, &asked, &call, stores); stores += every)
		assert_memory_equal(call.message.word, undisturbed.message.word,
		                    sizeof(call.message.word));
	assert_memory_equal(call.message.word, undisturbed.message.word, sizeof(call.message.word));
	model_follow(walk->model, &walk->fs, &asked, &call);
	assert_null(fs_check(&walk->fs));
	walk_quiet(walk); /* the model's looks are calls, which would do the unfinished work */
	model_compare(walk->model, &walk->fs);
}

static void walk_urgent_step(struct walk *walk)
{
	const struct ramfs_call asked = some_call(walk, walk->buffer, true);

	walk_remember(walk);
	walk_urgent(walk, &asked, 1 + random_below(walk, 50));
	assert_null(fs_check(&walk->fs));
	model_compare(walk->model, &walk->fs);
}

static uint64_t seeds(void)
{
	const char *wanted = getenv("RAMFS_SEEDS");

	return wanted ? strtoull(wanted, NULL, 10) : 1;
}

TEST(test_dies_at_any_store)
{
	for (uint64_t seed = 1; seed <= seeds(); seed++) {
		struct walk *walk = walk_new(seed);

		for (uint32_t step = 0; step < STEPS; step++)
			walk_step(walk);
		assert_true(walk->unfinished > 0);
		walk_free(walk);
	}
}

TEST(test_more_urgent_calls_come_first)
{
	for (uint64_t seed = 1; seed <= seeds(); seed++) {
		struct walk *walk = walk_new(seed + 1000000);

		for (uint32_t step = 0; step < 10 * STEPS; step++)
			walk_urgent_step(walk);
		walk_free(walk);
	}
}

/* A half made file system is made again. */
TEST(test_dies_while_it_makes_the_file_system)
{
	struct walk *walk = walk_new(1);

	for (uint32_t stores = 1; stores < 40; stores++) {
		memset(walk->memory, 0x5a, (size_t)PAGES * RAMFS_PAGE);
		memset(walk->memory, 0, 8);
		store_left = stores;
		if (setjmp(store_end) == 0)
			walk_open(walk, RAMFS_NEW);
		store_left = 0;
		if (walk->fs.head->super.magic != RAMFS_MAGIC)
			walk_open(walk, RAMFS_NEW);
		else
			walk_open(walk, RAMFS_FOUND);
		assert_null(fs_check(&walk->fs));
		model_compare(walk->model, &walk->fs);
	}
	walk_free(walk);
}

/* Removed files give everything back. */
TEST(test_nothing_is_lost)
{
	struct walk *walk = walk_new(3);
	const uint32_t pages = pages_free(&walk->fs), inodes = inode_free(&walk->fs);

	for (uint32_t round = 0; round < 40; round++) {
		struct ramfs_call call = {
		    .message.word = {FS_CALL(FS_CREATE, FS_ROOT), FS_FILE, 'x'}};

		call.message.identity = ++walk->identity;
		operate(&walk->fs, &call);
		assert_int_equal(call.message.word[0], FS_OK);
		for (uint32_t i = 0; i < 6; i++) {
			struct ramfs_call write = {
			    .message.word = {FS_CALL(FS_WRITE, call.message.word[1]),
			                     some_offset(walk), some_piece(walk)},
			    .buffer = walk->buffer,
			    .buffer_size = MODEL_BUFFER};

			operate(&walk->fs, &write);
			assert_int_equal(write.message.word[0], FS_OK);
		}
		call = (struct ramfs_call){.message.word = {FS_CALL(FS_REMOVE, FS_ROOT), 0, 'x'},
		                           .message.identity = ++walk->identity};
		operate(&walk->fs, &call);
		assert_int_equal(call.message.word[0], FS_OK);
		assert_null(fs_check(&walk->fs));
	}
	while (walk_has_unfinished(walk))
		inode_finish_some(&walk->fs);
	/* The root keeps the page that it grew by. */
	assert_int_equal(pages_free(&walk->fs), pages - 1);
	assert_int_equal(inode_free(&walk->fs), inodes);
	walk_free(walk);
}

/*
 * Each changed word is seen, or is one of contents. Nothing is read outside.
 * Shows: rtos.kept.
 */
TEST(test_damage_is_seen)
{
	struct walk *walk = walk_new(5);
	uint32_t *words = (uint32_t *)(void *)walk->memory;
	const char *wrong;
	uint32_t seen = 0;

	for (uint32_t step = 0; step < 100; step++) {
		const struct ramfs_call asked = some_call(walk, walk->buffer, false);
		struct ramfs_call call = asked;

		assert_true(walk_operate(walk, &call, 0));
		model_follow(walk->model, &walk->fs, &asked, &call);
	}
	memcpy(walk->before, walk->memory, (size_t)PAGES * RAMFS_PAGE);
	for (uint32_t round = 0; round < 4000; round++) {
		const uint32_t at = random_below(walk, walk->fs.contents * RAMFS_PAGE / 4);

		words[at] ^= 1u << random_below(walk, 32);
		seen += ramfs_open(&walk->fs, walk->memory, (uint64_t)PAGES * RAMFS_PAGE, 1,
		                   &wrong) == RAMFS_DAMAGED;
		memcpy(walk->memory, walk->before, (size_t)PAGES * RAMFS_PAGE);
	}
	assert_true(seen > 100);
	walk_free(walk);
}

/* A file begins with the content of a free inode. */
TEST(test_damage_of_a_free_inode)
{
	struct walk *walk = walk_new(6);
	struct ramfs_inode *inode = inode_at(&walk->fs, walk->fs.inode_count);
	uint32_t *const leads[] = {&inode->pages[0], &inode->pages[RAMFS_DIRECT - 1], &inode->index,
	                           &inode->index_of_indexes};
	const char *wrong;

	assert_int_equal(inode->state, RAMFS_FREE);
	for (uint32_t i = 0; i <= sizeof(leads) / sizeof(leads[0]); i++) {
		const bool damaged = i != sizeof(leads) / sizeof(leads[0]);

		if (damaged)
			*leads[i] = walk->fs.contents;
		assert_int_equal(
		    ramfs_open(&walk->fs, walk->memory, (uint64_t)PAGES * RAMFS_PAGE, 1, &wrong),
		    damaged ? RAMFS_DAMAGED : RAMFS_FOUND);
		if (damaged)
			*leads[i] = 0;
	}
	walk_free(walk);
}
