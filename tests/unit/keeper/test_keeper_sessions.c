/*
 * Sessions and their ends, and tries and their pauses, by a clock of the test's.
 *
 * Shows: operator.page-sessions, operator.page-tries.
 */
#include <keeper/sessions.h>
#include <keeper/tries.h>
#include <string.h>

#include <unit.h>

static struct sessions sessions;
static struct tries tries;

static void start(void)
{
	memset(&sessions, 0, sizeof(sessions));
	assert_true(tries_start(&tries, 5));
}

static void end(void)
{
}

const struct unit_fixture unit_each = {start, end};

TEST(test_a_session_ends_when_it_is_idle)
{
	struct session *session = sessions_begin(&sessions, 3, 1000);
	char token[SESSIONS_TOKEN_SIZE];
	int64_t now = 1000;

	memcpy(token, session->token, sizeof(token));
	assert_int_equal(strspn(token, "0123456789abcdef"), SESSIONS_TOKEN_SIZE - 1);
	for (int i = 0; i < 20; i++) {
		now += SESSIONS_IDLE_MS - 1;
		assert_ptr_equal(sessions_find(&sessions, token, now), session);
	}
	assert_int_equal(session->user, 3);
	assert_null(sessions_find(&sessions, token, now + SESSIONS_IDLE_MS));
	assert_null(sessions_find(&sessions, token, now));
}

TEST(test_a_session_ends_at_the_latest)
{
	struct session *session = sessions_begin(&sessions, 0, 0);
	const uint64_t number = session->number;

	for (int64_t now = 0; now < SESSIONS_LONGEST_MS; now += SESSIONS_IDLE_MS / 2)
		assert_non_null(sessions_use(&sessions, number, now));
	assert_null(sessions_use(&sessions, number, SESSIONS_LONGEST_MS));
}

TEST(test_wrong_tokens)
{
	struct session *session = sessions_begin(&sessions, 0, 0);
	char token[SESSIONS_TOKEN_SIZE + 1];

	memcpy(token, session->token, SESSIONS_TOKEN_SIZE);
	token[31] = token[31] == '0' ? '1' : '0';
	assert_null(sessions_find(&sessions, token, 0));
	memcpy(token, session->token, SESSIONS_TOKEN_SIZE);
	token[32] = '0';
	token[33] = '\0';
	assert_null(sessions_find(&sessions, token, 0));
	token[31] = '\0';
	assert_null(sessions_find(&sessions, token, 0));
	assert_null(sessions_find(&sessions, "", 0));
	assert_null(sessions_use(&sessions, 0, 0));
	sessions_end(session);
	assert_null(sessions_find(&sessions, token, 0));
}

/* A user who logs in again and again has eight sessions, and the others' are left alone. */
TEST(test_sessions_of_a_user)
{
	struct session *other = sessions_begin(&sessions, 1, 0);
	const uint64_t number = other->number;
	uint64_t first = 0;

	for (int i = 0; i < 1000; i++) {
		const struct session *one = sessions_begin(&sessions, 2, 1 + i);

		if (i == 1000 - (int)SESSIONS_OF_USER)
			first = one->number;
	}
	assert_non_null(sessions_use(&sessions, number, 1000));
	assert_non_null(sessions_use(&sessions, first, 1000));
	assert_null(sessions_use(&sessions, first - 1, 1000));
}

TEST(test_the_table_is_full)
{
	uint64_t first = sessions_begin(&sessions, 0, 0)->number;

	for (unsigned int i = 1; i < SESSIONS_MAX; i++)
		assert_non_null(sessions_begin(&sessions, i / SESSIONS_OF_USER, i));
	assert_non_null(sessions_use(&sessions, first + 1, 1000));
	assert_non_null(sessions_begin(&sessions, 99, 1000));
	assert_null(sessions_use(&sessions, first, 1000));
	assert_non_null(sessions_use(&sessions, first + 1, 1000));
}

/* ---- tries ---- */

TEST(test_pauses_grow)
{
	static const int64_t pauses[] = {0,    0,     0,     0,     1000,  2000, 4000,
	                                 8000, 16000, 32000, 64000, 64000, 64000};
	struct tries_place *place = tries_find(&tries, "anna", 4);
	int64_t now = 5000;

	for (size_t i = 0; i < sizeof(pauses) / sizeof(pauses[0]); i++) {
		assert_int_equal(tries_wait(place, now), 0);
		tries_count(&tries, place, now);
		assert_int_equal(tries_wait(place, now), pauses[i]);
		now += pauses[i];
	}
	assert_int_equal(tries_wait(place, now), 0);
	tries_count(&tries, place, now + TRIES_FORGET_MS);
	assert_int_equal(tries_wait(place, now + TRIES_FORGET_MS), 0);
}

TEST(test_a_good_try_is_forgiven)
{
	struct tries_place *place = tries_find(&tries, "anna", 4);

	for (int i = 0; i < 100; i++) {
		assert_int_equal(tries_wait(place, 0), 0);
		tries_count(&tries, place, 0);
		tries_forgive(place);
	}
	assert_int_equal(place->failed, 0);
	tries_forgive(place);
	assert_int_equal(place->failed, 0);
}

/* Nobody can tell which names share a place: the hash is another one at each start. */
TEST(test_places)
{
	unsigned int same = 0;
	char name[2] = "a";

	for (int i = 0; i < 26; i++) {
		const struct tries_place *place;
		ptrdiff_t number;

		name[0] = (char)('a' + i);
		place = tries_find(&tries, name, 1);
		number = place - tries.places;
		assert_ptr_equal(tries_find(&tries, name, 1), place);
		assert_true(tries_start(&tries, 5));
		same += tries_find(&tries, name, 1) - tries.places == number;
	}
	assert_true(same < 5);
}
