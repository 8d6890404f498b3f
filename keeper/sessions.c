/* Who is logged in: see sessions.h. */
#include <keeper/sessions.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

bool sessions_token(char token[SESSIONS_TOKEN_SIZE])
{
	uint8_t bytes[(SESSIONS_TOKEN_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(token + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

bool sessions_same(const char *one, const char *other)
{
	unsigned char differs = 0;

	if (strlen(one) != SESSIONS_TOKEN_SIZE - 1 || strlen(other) != SESSIONS_TOKEN_SIZE - 1)
		return false;
	for (size_t i = 0; i < SESSIONS_TOKEN_SIZE - 1; i++)
		differs |= (unsigned char)(one[i] ^ other[i]);
	return differs == 0;
}

void sessions_end(struct session *session)
{
	explicit_bzero(session, sizeof(*session));
}

static bool sessions_is_over(const struct session *session, int64_t now)
{
	return now - session->used >= SESSIONS_IDLE_MS ||
	       now - session->began >= SESSIONS_LONGEST_MS;
}

static void sessions_turn(struct sessions *sessions, int64_t now)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (sessions->list[i].number != 0 && sessions_is_over(&sessions->list[i], now))
			sessions_end(&sessions->list[i]);
}

/* Whether the session is a better place for a new one: a free one, else the one used least. */
static bool sessions_is_better(const struct session *session, const struct session *best)
{
	return best == NULL ||
	       (best->number != 0 && (session->number == 0 || session->used < best->used));
}

/* A free place; if the user has as many sessions as he may, one of these. */
static struct session *sessions_place(struct sessions *sessions, size_t user)
{
	struct session *any = NULL, *own = NULL;
	size_t count = 0;

	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *session = &sessions->list[i];

		if (sessions_is_better(session, any))
			any = session;
		if (session->number == 0 || session->user != user)
			continue;
		count++;
		if (sessions_is_better(session, own))
			own = session;
	}
	return count < SESSIONS_OF_USER ? any : own;
}

struct session *sessions_begin(struct sessions *sessions, size_t user, int64_t now)
{
	char token[SESSIONS_TOKEN_SIZE];
	struct session *session;

	sessions_turn(sessions, now);
	if (!sessions_token(token))
		return NULL;
	session = sessions_place(sessions, user);
	*session =
	    (struct session){.number = ++sessions->count, .user = user, .began = now, .used = now};
	memcpy(session->token, token, sizeof(token));
	return session;
}

struct session *sessions_find(struct sessions *sessions, const char *token, int64_t now)
{
	struct session *found = NULL;

	sessions_turn(sessions, now);
	for (size_t i = 0; i < SESSIONS_MAX; i++)
		if (sessions->list[i].number != 0 && sessions_same(sessions->list[i].token, token))
			found = &sessions->list[i];
	if (found != NULL)
		found->used = now;
	return found;
}

struct session *sessions_use(struct sessions *sessions, uint64_t number, int64_t now)
{
	sessions_turn(sessions, now);
	for (size_t i = 0; number != 0 && i < SESSIONS_MAX; i++) {
		if (sessions->list[i].number != number)
			continue;
		sessions->list[i].used = now;
		return &sessions->list[i];
	}
	return NULL;
}
