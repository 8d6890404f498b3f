/* Log-ins, sessions' users and the log: see login.h. */
#include <arpa/inet.h>
#include <ctype.h>
#include <keeper/log.h>
#include <keeper/login.h>
#include <keeper/tls.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LOGIN_BEARER    "Bearer "
#define LOGIN_LINE_MAX  512u
#define LOGIN_IP6_BYTES 8u /* of an IPv6 address: one host has all addresses of a network */

/* ---- the log ---- */

static void login_line(const struct login *login, const char *who, const char *where,
                       const char *format, va_list more)
{
	char line[LOGIN_LINE_MAX], record[2 * LOGIN_LINE_MAX];

	vsnprintf(line, sizeof(line), format, more);
	for (size_t size = strlen(line); size > 0 && line[size - 1] == '\n'; size--)
		line[size - 1] = '\0';
	for (char *at = line; *at != '\0'; at++)
		if (iscntrl((unsigned char)*at))
			*at = ' ';
	fprintf(login->log, "kumiki-keeper: %s%s%s: %s\n", who, where[0] != '\0' ? " at " : "",
	        where, line);
	fflush(login->log);
	if (login->record == NULL)
		return;
	snprintf(record, sizeof(record), "%s%s%s: %s", who, where[0] != '\0' ? " at " : "", where,
	         line);
	log_add(login->record, "user", "", record, NULL);
	log_turn(login->record, login->record->now); /* the answer may come in this turn */
}

void login_log(const struct request *request, const char *format, ...)
{
	va_list more;

	if (request->door->login == NULL)
		return;
	va_start(more, format);
	login_line(request->door->login, request->user[0] != '\0' ? request->user : "somebody",
	           request->client->address, format, more);
	va_end(more);
}

/* ---- the users' file ---- */

static bool login_read(struct login *login, struct users *users)
{
	size_t size = 0;
	char *text = users_load(login->path, &size, login->log);
	const bool good = text != NULL && users_read(users, login->path, text, size, login->log);

	free(text);
	return good;
}

/* A session goes on if its user has the same name and password as before, with the role of now. */
static void login_replace(struct login *login, const struct users *users)
{
	for (size_t i = 0; i < SESSIONS_MAX; i++) {
		struct session *session = &login->sessions.list[i];
		const struct user *old = &login->users.list[session->user], *user;

		if (session->number == 0)
			continue;
		user = users_find(users, old->name);
		if (user != NULL && strcmp(user->hash, old->hash) == 0)
			session->user = (size_t)(user - users->list);
		else
			sessions_end(session);
	}
	login->users = *users;
}

/* A file that is wrong leaves all as it was. */
static void login_look(struct login *login, int64_t now)
{
	struct stat status = {0};
	struct users users;

	if (now < login->look)
		return;
	login->look = now + LOGIN_LOOK_MS;
	(void)stat(login->path, &status);
	if (users_same_file(&status, &login->seen))
		return;
	login->seen = status;
	if (login_read(login, &users))
		login_replace(login, &users);
	else
		fprintf(login->log, "kumiki-keeper: the users stay as they were before\n");
}

bool login_start(struct login *login, const char *path, FILE *log)
{
	memset(login, 0, sizeof(*login));
	login->path = path;
	login->log = log;
	(void)stat(path, &login->seen);
	if (!login_read(login, &login->users))
		return false;
	if (login->users.count == 0) {
		fprintf(log, "%s: error: it has no user; kumiki user add %s NAME ROLE\n", path,
		        path);
		return false;
	}
	return tries_start(&login->names, LOGIN_NAME_TRIES) &&
	       tries_start(&login->addresses, LOGIN_ADDRESS_TRIES);
}

/* ---- who asks ---- */

static const char *login_token(const struct request *request)
{
	const char *shown = door_header(request, MHD_HTTP_HEADER_AUTHORIZATION);
	const size_t size = strlen(LOGIN_BEARER);

	if (shown != NULL)
		return strncmp(shown, LOGIN_BEARER, size) == 0 ? shown + size : "";
	shown = MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, LOGIN_COOKIE);
	return shown != NULL ? shown : "";
}

/* The user whom the client's certificate names; NULL: it has shown none that counts. */
static const struct user *login_certified(const struct login *login, const struct request *request)
{
	const struct tls *tls = request->door->tls;
	const union MHD_ConnectionInfo *info = NULL;
	char name[USERS_NAME_SIZE];

	if (tls != NULL && tls->clients != NULL)
		info = MHD_get_connection_info(request->connection,
		                               MHD_CONNECTION_INFO_GNUTLS_SESSION);
	if (info == NULL || !tls_client(info->tls_session, name, sizeof(name)))
		return NULL;
	return users_find(&login->users, name);
}

void login_identify(struct login *login, struct request *request)
{
	const struct session *session =
	    sessions_find(&login->sessions, login_token(request), request->door->now);
	const struct user *user =
	    session != NULL ? &login->users.list[session->user] : login_certified(login, request);

	if (user == NULL)
		return;
	request->session = session != NULL ? session->number : 0;
	request->role = user->role;
	memcpy(request->user, user->name, sizeof(request->user));
}

/* Without a session it came in by a certificate. */
bool login_holds(struct login *login, const struct request *request)
{
	if (request->session == 0)
		return users_find(&login->users, request->user) != NULL;
	return sessions_use(&login->sessions, request->session, request->door->now) != NULL;
}

/* ---- logging in ---- */

/* The places where tries by this name, and from this address, are counted. */
static struct tries_place *login_by_name(struct login *login, const struct login_try *try)
{
	return tries_find(&login->names, try->name, strlen(try->name));
}

static struct tries_place *login_by_address(struct login *login, const struct request *request)
{
	const char *address = request->client->address;
	struct in6_addr bytes;

	if (inet_pton(AF_INET6, address, &bytes) == 1)
		return tries_find(&login->addresses, &bytes, LOGIN_IP6_BYTES);
	return tries_find(&login->addresses, address, strlen(address));
}

/* False: it isn't as it has to be. */
static bool login_parse(struct login_try *try, const struct request *request)
{
	json_t *body = json_loadb(request->body, request->size, JSON_REJECT_DUPLICATES, NULL);
	const char *name = NULL, *password = NULL;
	int bearer = 0;
	bool good = json_unpack(body, "{s:s, s:s, s?b!}", "user", &name, "password", &password,
	                        "bearer", &bearer) == 0;

	good = good && strlen(name) < sizeof(try->name) && strlen(password) < sizeof(try->password);
	if (good) {
		snprintf(try->name, sizeof(try->name), "%s", name);
		snprintf(try->password, sizeof(try->password), "%s", password);
		try->bearer = bearer != 0;
	}
	json_decref(body);
	return good;
}

static enum MHD_Result login_later(struct request *request, int64_t wait)
{
	char sentence[80];

	request->wait = (unsigned int)((wait + 999) / 1000);
	snprintf(sentence, sizeof(sentence), "too many tries; try again in %u second%s",
	         request->wait, request->wait == 1 ? "" : "s");
	return door_refuse(request, MHD_HTTP_TOO_MANY_REQUESTS, sentence);
}

/* Each try counts before it is known whether it is good: so tries side by side count, too. */
static enum MHD_Result login_wait_for(struct login *login, const struct login_try *try)
{
	struct request *request = try->request;
	struct tries_place *name = login_by_name(login, try);
	struct tries_place *address = login_by_address(login, request);
	const int64_t now = request->door->now, first = tries_wait(name, now);
	const int64_t second = tries_wait(address, now);

	if (first > 0 || second > 0)
		return login_later(request, first > second ? first : second);
	if (login->count == LOGIN_WAITING)
		return door_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE,
		                   "many log in at once; try again");
	tries_count(&login->names, name, now);
	tries_count(&login->addresses, address, now);
	login->waiting[login->count++] = *try;
	return door_suspend(request);
}

enum MHD_Result login_in(struct request *request)
{
	struct login *login = request->door->login;
	struct login_try try = {.request = request};
	enum MHD_Result result;
	bool good;

	if (login == NULL)
		return door_refuse(request, MHD_HTTP_NOT_FOUND,
		                   "this page has no users; its key is enough");
	if (!api_is_json(request))
		return door_refuse(request, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE,
		                   "a log-in is sent as application/json");
	good = login_parse(&try, request);
	explicit_bzero(request->body, sizeof(request->body));
	result = good ? login_wait_for(login, &try)
	              : door_refuse(request, MHD_HTTP_BAD_REQUEST,
	                            "write it so: {\"user\": NAME, \"password\": PASSWORD}");
	explicit_bzero(&try, sizeof(try));
	return result;
}

/* Who somebody is now; `token` may be NULL. */
static char *login_words(const char *user, enum role role, const char *token)
{
	json_t *object = json_pack("{s:s*, s:s, s:o, s:s*}", "user", user, "role", role_word(role),
	                           "acts", rights_acts(role), "token", token);
	char *text = json_dumps(object, PICTURE_WRITE);

	json_decref(object);
	return text;
}

static void login_good(struct login *login, const struct login_try *try, const struct user *user)
{
	struct request *request = try->request;
	const struct session *session = sessions_begin(
	    &login->sessions, (size_t)(user - login->users.list), request->door->now);

	*login_by_name(login, try) = (struct tries_place){0};
	tries_forgive(login_by_address(login, request));
	if (session == NULL)
		return;
	request->session = session->number;
	request->status = MHD_HTTP_OK;
	request->text = login_words(user->name, user->role, try->bearer ? session->token : NULL);
	if (!try->bearer)
		snprintf(request->cookie, sizeof(request->cookie),
		         LOGIN_COOKIE "=%s; Path=/; Secure; HttpOnly; SameSite=Strict",
		         session->token);
	memcpy(request->user, user->name, sizeof(request->user));
	login_log(request, "logged in");
}

static void login_try(struct login *login, const struct login_try *try)
{
	struct request *request = try->request;
	const struct user *user = users_find(&login->users, try->name);

	request->status = MHD_HTTP_UNAUTHORIZED;
	if (users_check(&login->users, user, try->password)) {
		login_good(login, try, user);
	} else {
		login_log(request, "failed to log in as '%s'", try->name);
		request->text = api_words("error", "the name or the password is wrong");
	}
	door_resume(request);
}

/* The next one who waits. */
static struct login_try login_take(struct login *login)
{
	const struct login_try try = login->waiting[0];

	login->count--;
	memmove(login->waiting, login->waiting + 1, login->count * sizeof(try));
	explicit_bzero(&login->waiting[login->count], sizeof(try));
	return try;
}

void login_turn(struct login *login, int64_t now)
{
	struct login_try try;

	login_look(login, now);
	if (login->count == 0 || now < login->next)
		return;
	login->next = now + LOGIN_EACH_MS;
	try = login_take(login);
	login_try(login, &try);
	explicit_bzero(&try, sizeof(try));
}

int login_wait(const struct login *login, int64_t now)
{
	if (login->count == 0)
		return -1;
	return login->next > now ? (int)(login->next - now) : 0;
}

void login_end(struct login *login)
{
	while (login->count > 0) {
		const struct login_try try = login_take(login);

		try.request->status = MHD_HTTP_SERVICE_UNAVAILABLE;
		try.request->text = api_words("error", "the keeper ends");
		door_resume(try.request);
	}
}

/* ---- while one is in ---- */

enum MHD_Result login_tell(struct request *request)
{
	return door_answer(
	    request, MHD_HTTP_OK,
	    login_words(request->user[0] != '\0' ? request->user : NULL, request->role, NULL));
}

enum MHD_Result login_out(struct request *request)
{
	struct login *login = request->door->login;
	struct session *session;

	if (login == NULL)
		return door_refuse(request, MHD_HTTP_NOT_FOUND,
		                   "this page has no users; its key ends with it");
	session = sessions_use(&login->sessions, request->session, request->door->now);
	if (session != NULL)
		sessions_end(session);
	login_log(request, "logged out");
	snprintf(request->cookie, sizeof(request->cookie),
	         LOGIN_COOKIE "=; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=0");
	return door_answer(request, MHD_HTTP_OK, api_words("words", "logged out"));
}
