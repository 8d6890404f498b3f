/* See diskfs_load.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diskfs_load.h"
#include <lib/crc32c.h>
#include <servers/diskfs/check.h>
#include <servers/diskfs/mount.h>
#include <unit.h>

static uint64_t load_random(struct load *load, uint64_t below)
{
	return memory_disk_random(&load->seed) % below;
}

static void load_remember(struct load *load)
{
	struct load_state *state;

	if (load->state_count == load->state_room) {
		load->state_room *= 2;
		load->states = realloc(load->states, load->state_room * sizeof(*load->states));
	}
	state = &load->states[load->state_count++];
	state->number = load->fs.root.sequence;
	memcpy(state->file, load->file, sizeof(state->file));
}

void load_again(struct load *load)
{
	const char *wrong = NULL;

	assert_int_equal(mount_open(&load->fs, &load->disk->disk,
	                            load->kept.head ? &load->kept : NULL, load->memory, LOAD_MEMORY,
	                            &wrong),
	                 MOUNT_GOOD);
}

void load_begin(struct load *load, struct memory_disk *disk, uint64_t seed, void *kept,
                uint64_t kept_size)
{
	const char *wrong = NULL;

	memset(load, 0, sizeof(*load));
	load->disk = disk;
	load->seed = seed * 2 + 1;
	load->identity = 1;
	load->memory = aligned_alloc(DISKFS_BLOCK, (LOAD_MEMORY + 4095) / 4096 * 4096);
	load->state_room = 64;
	load->states = calloc(load->state_room, sizeof(*load->states));
	for (uint32_t i = 0; i < LOAD_FILES; i++)
		load->bytes[i] = calloc(1, LOAD_SIZE);
	assert_int_equal(
	    mount_make(&load->fs, &disk->disk, seed, load->memory, LOAD_MEMORY, &wrong),
	    MOUNT_GOOD);
	if (kept)
		assert_true(kept_open(&load->kept, kept, kept_size));
	load_again(load);
	load->file[0] = (struct load_file){.id = FS_ROOT, .type = FS_DIRECTORY};
	load_remember(load);
}

void load_end(struct load *load)
{
	for (uint32_t i = 0; i < LOAD_FILES; i++)
		free(load->bytes[i]);
	free(load->states);
	free(load->memory);
}

/* ---- choosing ---- */

static uint32_t load_pick(struct load *load, uint32_t type)
{
	for (uint32_t tries = 0; tries < 64; tries++) {
		const uint32_t at = (uint32_t)load_random(load, LOAD_FILES);

		if (load->file[at].id != 0 && load->file[at].type == type)
			return at;
	}
	return type == FS_DIRECTORY ? 0 : LOAD_FILES;
}

static void load_name(struct load *load, uint64_t word[8])
{
	char name[FS_NAME] = {0};

	(void)snprintf(name, sizeof(name), "file %u", (unsigned)load_random(load, 40));
	memcpy(&word[2], name, FS_NAME);
}

static void load_choose_write(struct load *load, uint32_t at, bool append)
{
	const uint32_t whole = (uint32_t)load_random(load, 3);
	uint32_t count = 1 + (uint32_t)load_random(load, whole ? LOAD_BUFFER : 600);
	uint64_t offset = load_random(load, load->file[at].size + 9000u);

	if (whole == 2) {
		count = 4096;
		offset = offset / 4096 * 4096;
	}
	if (load_random(load, 20) == 0)
		offset = load_random(load, LOAD_SIZE - LOAD_BUFFER);
	if (offset > LOAD_SIZE - LOAD_BUFFER || load->file[at].size > LOAD_SIZE - LOAD_BUFFER)
		offset = 0;
	for (uint32_t i = 0; i < count; i++)
		load->buffer[i] = (uint8_t)memory_disk_random(&load->seed);
	load->call.word[0] = FS_CALL(append ? FS_APPEND : FS_WRITE, load->file[at].id);
	load->call.word[1] = append ? 0 : offset;
	load->call.word[2] = FS_PIECE(count, 0);
	load->call.word[3] = FS_SUM(crc32c(0, load->buffer, count));
}

static void load_choose_name(struct load *load, uint32_t operation, uint32_t at)
{
	uint32_t directory = load_pick(load, FS_DIRECTORY);

	if (operation == FS_REMOVE && at != 0) {
		directory = load->file[at].directory;
		memcpy(&load->call.word[2], load->file[at].name, FS_NAME);
	} else {
		load_name(load, load->call.word);
	}
	load->call.word[0] = FS_CALL(operation, load->file[directory].id);
	if (operation == FS_CREATE)
		load->call.word[1] = load_random(load, 5) == 0 ? FS_DIRECTORY : FS_FILE;
	if (operation == FS_RENAME) {
		load->call.word[0] = FS_CALL(FS_RENAME, load->file[at].id);
		load->call.word[1] = load->file[directory].id;
	}
}

static bool load_has_room(const struct load *load)
{
	for (uint32_t at = 0; at < LOAD_FILES; at++)
		if (load->file[at].id == 0)
			return true;
	return false;
}

void load_choose(struct load *load)
{
	const uint64_t kind = load_random(load, 100);
	uint32_t at = load_pick(load, kind % 7 == 0 ? FS_DIRECTORY : FS_FILE);

	load->call = (struct diskfs_call){
	    .identity = load->identity++, .buffer = load->buffer, .buffer_size = LOAD_BUFFER};
	load->at = at;
	if (kind < 8)
		load->call.word[0] = FS_CALL(FS_SYNC, FS_ROOT);
	else if ((kind < 25 || at == LOAD_FILES) && load_has_room(load))
		load_choose_name(load, FS_CREATE, 0);
	else if (at == LOAD_FILES)
		load->call.word[0] = FS_CALL(FS_USAGE, FS_ROOT);
	else if (kind < 32)
		load_choose_name(load, FS_REMOVE, at);
	else if (kind < 42 && at != 0)
		load_choose_name(load, FS_RENAME, at);
	else if (load->file[at].type == FS_DIRECTORY)
		load->call.word[0] = FS_CALL(FS_STATE, load->file[at].id);
	else if (kind < 85)
		load_choose_write(load, at, kind >= 70);
	else {
		load->call.word[0] = FS_CALL(FS_RESIZE, load->file[at].id);
		load->call.word[1] =
		    load_random(load, 4) == 0
		        ? 0
		        : load_random(load, load->file[at].size + 5000u) % LOAD_SIZE;
	}
}

/* ---- the model ---- */

static uint32_t load_find(const struct load *load, uint64_t id)
{
	uint32_t at = 0;

	while (at < LOAD_FILES && load->file[at].id != id)
		at++;
	return at;
}

static uint32_t load_named(const struct load *load, uint32_t directory, const uint64_t *name)
{
	uint32_t at = 1;

	while (at < LOAD_FILES &&
	       (load->file[at].id == 0 || load->file[at].directory != directory ||
	        memcmp(load->file[at].name, name, FS_NAME) != 0))
		at++;
	return at;
}

static void load_follow_write(struct load *load, uint32_t at, uint64_t offset, uint64_t count)
{
	struct load_file *file = &load->file[at];

	memcpy(load->bytes[at] + offset, load->buffer, count);
	if (count != 0 && file->size < offset + count)
		file->size = (uint32_t)(offset + count);
	file->crc = crc32c(0, load->bytes[at], file->size);
}

static void load_follow_resize(struct load *load, uint32_t at, uint32_t size)
{
	struct load_file *file = &load->file[at];

	if (size < file->size)
		memset(load->bytes[at] + size, 0, file->size - size);
	file->size = size;
	file->crc = crc32c(0, load->bytes[at], size);
}

static void load_forget(struct load *load, uint32_t at)
{
	memset(load->bytes[at], 0, LOAD_SIZE);
	load->file[at] = (struct load_file){.id = 0};
}

static void load_follow(struct load *load, const uint64_t asked[8])
{
	const uint64_t *answer = load->call.word;
	const uint32_t at = load_find(load, FS_CALL_ID(asked[0]));
	uint32_t other;

	switch (FS_CALL_OPERATION(asked[0])) {
	case FS_WRITE:
		load_follow_write(load, at, asked[1], answer[1]);
		break;
	case FS_APPEND:
		assert_int_equal(answer[2], load->file[at].size);
		load_follow_write(load, at, answer[2], answer[1]);
		break;
	case FS_RESIZE:
		load_follow_resize(load, at, (uint32_t)asked[1]);
		break;
	case FS_CREATE:
		other = load_find(load, 0);
		load->file[other] = (struct load_file){
		    .id = answer[1], .directory = at, .type = (uint32_t)asked[1]};
		memcpy(load->file[other].name, &asked[2], FS_NAME);
		break;
	case FS_REMOVE:
		load_forget(load, load_named(load, at, &asked[2]));
		break;
	case FS_RENAME:
		other = load_named(load, load_find(load, asked[1]), &asked[2]);
		if (other < LOAD_FILES && other != at)
			load_forget(load, other);
		load->file[at].directory = load_find(load, asked[1]);
		memcpy(load->file[at].name, &asked[2], FS_NAME);
		break;
	default:
		break;
	}
}

void load_call(struct load *load)
{
	struct diskfs_call asked = load->call;

	load->disk->made = load->fs.root.sequence + 1;
	operate(&load->fs, &load->call);
	load->refused += load->call.word[0] == FS_NO_SPACE;
	assert_int_not_equal(load->call.word[0], FS_FAILED);
	assert_int_not_equal(load->call.word[0], FS_WRONG_SUM);
	if (load->call.word[0] == FS_OK)
		load_follow(load, asked.word);
	load_remember(load);
	if (FS_CALL_OPERATION(asked.word[0]) == FS_SYNC)
		memory_disk_synced(load->disk, load->fs.root.sequence);
}

/* ---- comparing ---- */

static const struct load_state *load_state(const struct load *load, uint64_t number)
{
	const struct load_state *best = NULL;

	for (uint32_t i = 0; i < load->state_count && load->states[i].number <= number; i++)
		best = &load->states[i];
	assert_non_null(best);
	return best;
}

static void load_compare_file(struct diskfs *fs, const struct load_file *file)
{
	static uint8_t bytes[LOAD_SIZE];
	struct diskfs_call call = {.buffer = bytes, .buffer_size = sizeof(bytes)};

	call.word[0] = FS_CALL(FS_STATE, file->id);
	operate(fs, &call);
	assert_int_equal(call.word[0], FS_OK);
	assert_int_equal(call.word[1], file->type);
	if (file->type == FS_DIRECTORY)
		return;
	assert_int_equal(call.word[2], file->size);
	call.word[0] = FS_CALL(FS_READ, file->id);
	call.word[1] = 0;
	call.word[2] = FS_PIECE(sizeof(bytes), 0);
	operate(fs, &call);
	assert_int_equal(call.word[0], FS_OK);
	assert_int_equal(call.word[1], file->size);
	assert_int_equal(call.word[2], FS_SUM(file->crc));
	assert_int_equal(crc32c(0, bytes, file->size), file->crc);
}

static uint32_t load_names(struct diskfs *fs, uint64_t directory)
{
	struct diskfs_call call = {.partly = false};
	uint32_t names = 0;

	for (;; names++) {
		call.word[0] = FS_CALL(FS_LIST, directory);
		operate(fs, &call);
		assert_int_equal(call.word[0], FS_OK);
		if (call.word[1] == FS_NONE)
			return names;
	}
}

void load_compare(struct diskfs *fs, const struct load *load, uint64_t number)
{
	const struct load_state *state = load_state(load, number);
	uint32_t files = 0, names = 0;

	for (uint32_t i = 0; i < LOAD_FILES; i++) {
		const struct load_file *file = &state->file[i];
		struct diskfs_call call = {.partly = false};

		if (file->id == 0)
			continue;
		load_compare_file(fs, file);
		if (file->type == FS_DIRECTORY)
			names += load_names(fs, file->id);
		if (i == 0)
			continue;
		files++;
		call.word[0] = FS_CALL(FS_LOOKUP, state->file[file->directory].id);
		memcpy(&call.word[2], file->name, FS_NAME);
		operate(fs, &call);
		assert_int_equal(call.word[0], FS_OK);
		assert_int_equal(call.word[4], file->id);
	}
	assert_int_equal(files, names);
}

static void load_tell(struct check *check, const char *what, uint64_t where)
{
	(void)check;
	print_error("%s %llu\n", what, (unsigned long long)where);
}

void load_check(struct diskfs *fs)
{
	struct check check = {.fs = fs, .contents = true, .tell = load_tell};
	void *memory = malloc(check_size(fs));

	assert_true(check_all(&check, memory));
	free(memory);
}
