/*
 * The order of the supervisor's looks at memory that isn't written: each byte of each copy and of
 * each part once a round, also when programs start and end meanwhile. A wrong sum is damage of that
 * copy or part.
 *
 * Shows: rtos.scrub.
 */
#include <lib/rtosimage.h>
#include <servers/supervisor/patrol.h>
#include <stdint.h>
#include <string.h>
#include <unit.h>
#include <unit/lib/sample_rtosimage.h>

#define DISK  2
#define SHELL 3
#define PARTS SAMPLE_PARTS

static struct sample_rtosimage sample;
static struct children all;
static struct patrol patrol;

static void begin(void)
{
	sample_rtosimage_make(&sample);
	memset(&all, 0, sizeof(all));
	all.image = &sample.header;
	all.manifest = &sample.manifest.header;
	patrol = (struct patrol){.program = 0};
}

const struct unit_fixture unit_each = {begin, NULL};

/* Runs the program as a process whose first segment is a copy. */
static void run(uint32_t program)
{
	all.child[program].starts++;
	all.child[program].its.text[0] = 10 * program + all.child[program].starts;
}

/* Looks as if the piece had been read and found good. The part's sum comes with its last piece. */
static enum patrol_found look(struct patrol_piece *piece)
{
	*piece = patrol_next(&patrol, &all);
	assert_true(piece->size > 0 && piece->size <= PATROL_PIECE);
	assert_int_equal(piece->offset % RTOS_IMAGE_ALIGN, 0);
	return patrol_looked(&patrol, piece,
	                     piece->offset + piece->size == piece->part->size ? piece->part->crc
	                                                                      : 1);
}

TEST(test_all_pieces_in_turn)
{
	struct patrol_piece piece;

	run(DISK);
	run(SHELL);
	for (uint32_t round = 0; round < 3; round++) {
		assert_int_equal(look(&piece), PATROL_SOUND);
		assert_int_equal(piece.region, 10 * DISK + 1);
		assert_int_equal(look(&piece), PATROL_SOUND);
		assert_int_equal(piece.region, 10 * SHELL + 1);
		for (uint32_t part = 0; part < PARTS; part++) {
			assert_int_equal(look(&piece), PATROL_SOUND);
			assert_int_equal(piece.region, 0);
			assert_ptr_equal(piece.part, &sample.parts[part]);
		}
	}
}

TEST(test_large_parts_in_pieces)
{
	struct patrol_piece piece;
	uint64_t seen = 0;

	run(DISK);
	sample.parts[0].size = 3 * PATROL_PIECE + 5;
	while (look(&piece) == PATROL_GOES_ON) {
		assert_int_equal(piece.offset, seen);
		seen += piece.size;
	}
	assert_int_equal(piece.region, 10 * DISK + 1);
	assert_int_equal(seen + piece.size, sample.parts[0].size);
}

TEST(test_another_process_begins_again)
{
	struct patrol_piece piece;

	run(DISK);
	sample.parts[0].size = 3 * PATROL_PIECE;
	assert_int_equal(look(&piece), PATROL_GOES_ON);
	run(DISK);
	piece = patrol_next(&patrol, &all);
	assert_int_equal(piece.region, 10 * DISK + 2);
	assert_int_equal(piece.offset, 0);
	assert_int_equal(patrol.crc, 0);
}

TEST(test_no_process_is_passed)
{
	struct patrol_piece piece;

	run(DISK);
	sample.parts[0].size = 3 * PATROL_PIECE;
	assert_int_equal(look(&piece), PATROL_GOES_ON);
	memset(&all.child[DISK].its, 0, sizeof(all.child[DISK].its));
	piece = patrol_next(&patrol, &all);
	assert_int_equal(piece.region, 0);
	assert_int_equal(piece.offset, 0);
}

TEST(test_damage)
{
	struct patrol_piece piece;

	run(SHELL);
	piece = patrol_next(&patrol, &all);
	assert_int_equal(piece.region, 10 * SHELL + 1);
	assert_int_equal(patrol_looked(&patrol, &piece, piece.part->crc ^ 1), PATROL_DAMAGED);
	assert_int_equal(look(&piece), PATROL_SOUND);
}

/* Two rounds take less than ten seconds, for any number of programs. */
TEST(test_in_time)
{
	run(DISK);
	assert_int_equal(patrol_pause(&all), PATROL_ROUND_MS / (2 + PARTS));
	all.child[SHELL].version.store = 1;
	all.child[SHELL].version.pages = 3 * PATROL_PIECE / RTOS_PAGE_SIZE;
	assert_int_equal(patrol_pause(&all),
	                 PATROL_ROUND_MS / (2 + PARTS + 4 + RTOS_IMAGE_SEGMENTS_MAX));
	memset(&all.child[SHELL].version, 0, sizeof(all.child[SHELL].version));
	all.child[SHELL].pages = PATROL_PIECE / RTOS_PAGE_SIZE;
	assert_int_equal(patrol_pause(&all),
	                 PATROL_ROUND_MS / (2 + PARTS + 2 + RTOS_IMAGE_SEGMENTS_MAX));
	assert_true(2 * PATROL_ROUND_MS < 10000);
	sample.parts[0].size = 1ULL << 40;
	assert_int_equal(patrol_pause(&all), 1);
}
