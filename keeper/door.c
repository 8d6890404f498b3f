/* The door: see door.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <keeper/door.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#define DOOR_MEMORY 16384u /* of a connection, for its request's lines and an answer's */
#define DOOR_CSP                                                                                   \
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "            \
	"img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/* ---- answers ---- */

static const char *const door_headers[][2] = {
    {"Content-Security-Policy", DOOR_CSP},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
};

enum MHD_Result door_send(struct request *request, unsigned int status,
                          struct MHD_Response *response, const char *type)
{
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	for (size_t i = 0; i < sizeof(door_headers) / sizeof(door_headers[0]); i++)
		(void)MHD_add_response_header(response, door_headers[i][0], door_headers[i][1]);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	if (status == MHD_HTTP_UNAUTHORIZED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, request->allowed);
	request->client->until = request->door->now + DOOR_STEP_MS;
	result = MHD_queue_response(request->connection, status, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result door_answer(struct request *request, unsigned int status, char *text)
{
	if (text == NULL)
		return MHD_NO;
	return door_send(request, status,
	                 MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE),
	                 "application/json");
}

static char *door_error(const char *sentence)
{
	json_t *error = json_pack("{s:s}", "error", sentence);
	char *text = json_dumps(error, PICTURE_WRITE);

	json_decref(error);
	return text;
}

enum MHD_Result door_refuse(struct request *request, unsigned int status, const char *sentence)
{
	return door_answer(request, status, door_error(sentence));
}

enum MHD_Result door_file_answer(struct request *request, const char *type, const void *bytes,
                                 size_t size)
{
	return door_send(
	    request, MHD_HTTP_OK,
	    MHD_create_response_from_buffer(size, (void *)bytes, MHD_RESPMEM_PERSISTENT), type);
}

enum MHD_Result door_suspend(struct request *request)
{
	request->waits = true;
	request->client->until = 0;
	MHD_suspend_connection(request->connection);
	return MHD_YES;
}

void door_resume(struct request *request)
{
	request->waits = false;
	MHD_resume_connection(request->connection);
}

/* ---- who may come in ---- */

static const char *door_header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* Whether the name is one of this host's own, with any port: a tunnel may have another one. */
static bool door_is_host(const char *host)
{
	static const char *const names[] = {"127.0.0.1", "localhost", "[::1]"};
	size_t size;

	for (size_t i = 0; host != NULL && i < sizeof(names) / sizeof(names[0]); i++) {
		size = strlen(names[i]);
		if (strncmp(host, names[i], size) == 0 && (host[size] == '\0' || host[size] == ':'))
			return true;
	}
	return false;
}

static bool door_is_origin(const char *origin, const char *host)
{
	static const char scheme[] = "http://";

	return origin == NULL || (strncmp(origin, scheme, sizeof(scheme) - 1) == 0 &&
	                          strcmp(origin + sizeof(scheme) - 1, host) == 0);
}

/* Takes the same time for each wrong key of the right length. */
static bool door_is_key(const struct door *door, const char *shown)
{
	static const char scheme[] = "Bearer ";
	unsigned char differs = 0;

	if (shown == NULL || strncmp(shown, scheme, sizeof(scheme) - 1) != 0 ||
	    strlen(shown) != sizeof(scheme) - 1 + DOOR_KEY_SIZE - 1)
		return false;
	for (size_t i = 0; i < DOOR_KEY_SIZE - 1; i++)
		differs |= (unsigned char)(shown[sizeof(scheme) - 1 + i] ^ door->key[i]);
	return differs == 0;
}

/* True: the client gets no further, and *result is the answer's. */
static bool door_stops(struct request *request, const char *method, enum MHD_Result *result)
{
	const char *host = door_header(request, MHD_HTTP_HEADER_HOST);

	if (!door_is_host(host))
		*result = door_refuse(request, MHD_HTTP_MISDIRECTED_REQUEST,
		                      "this is reached as 127.0.0.1 or localhost alone");
	else if (!door_is_origin(door_header(request, MHD_HTTP_HEADER_ORIGIN), host))
		*result = door_refuse(request, MHD_HTTP_FORBIDDEN,
		                      "a page of another site may ask nothing here");
	else if (api_page(request, method, result))
		return true;
	else if (!door_is_key(request->door, door_header(request, MHD_HTTP_HEADER_AUTHORIZATION)))
		*result = door_refuse(request, MHD_HTTP_UNAUTHORIZED,
		                      "show the key: Authorization: Bearer KEY");
	else
		return false;
	return true;
}

/* ---- requests ---- */

static enum MHD_Result door_first(struct request *request, const char *method)
{
	enum MHD_Result result;

	if (door_stops(request, method, &result))
		return result;
	request->client->known = true;
	return MHD_YES;
}

static enum MHD_Result door_body(struct request *request, const char *data, size_t *size)
{
	const size_t count = *size;

	*size = 0;
	if (request->size + count > DOOR_BODY_MAX) {
		request->size = DOOR_BODY_MAX + 1; /* too much: it stays so */
		return MHD_YES;
	}
	memcpy(request->body + request->size, data, count);
	request->size += count;
	return MHD_YES;
}

static enum MHD_Result door_whole(struct request *request, const char *method)
{
	char *text = request->text;

	if (request->status != 0) {
		request->text = NULL;
		return door_answer(request, request->status, text);
	}
	if (request->size > DOOR_BODY_MAX)
		return door_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "no act is that long");
	return api_answer(request, method);
}

static struct client *door_client(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info != NULL ? info->socket_context : NULL;
}

static enum MHD_Result door_request(void *context, struct MHD_Connection *connection,
                                    const char *url, const char *method, const char *version,
                                    const char *data, size_t *size, void **place)
{
	struct request *request = *place;

	(void)version;
	if (request != NULL) {
		request->url = url;
		return *size > 0 ? door_body(request, data, size) : door_whole(request, method);
	}
	request = calloc(1, sizeof(*request));
	if (request == NULL || door_client(connection) == NULL) {
		free(request);
		return MHD_NO;
	}
	request->door = context;
	request->connection = connection;
	request->client = door_client(connection);
	request->url = url;
	*place = request;
	return door_first(request, method);
}

static void door_done(void *context, struct MHD_Connection *connection, void **place,
                      enum MHD_RequestTerminationCode code)
{
	const struct door *door = context;
	struct request *request = *place;

	(void)connection;
	(void)code;
	if (request == NULL)
		return;
	stream_close(request);
	request->client->until = door->now + DOOR_STEP_MS;
	free(request->text);
	free(request);
	*place = NULL;
}

/* ---- connections ---- */

/* Ends a connection; libmicrohttpd closes its file when it next looks. */
static void door_cut(struct client *client)
{
	client->until = 0;
	(void)shutdown(client->file, SHUT_RDWR);
}

/* Somebody without the key can't keep the others out: the oldest stranger goes. */
static void door_make_room(struct door *door)
{
	struct client *oldest = NULL;
	size_t strangers = 0;

	for (size_t i = 0; i < DOOR_CLIENTS; i++) {
		struct client *client = &door->clients[i];

		if (!client->used || client->known || client->until == 0)
			continue;
		strangers++;
		if (oldest == NULL || client->number < oldest->number)
			oldest = client;
	}
	if (strangers > DOOR_STRANGERS)
		door_cut(oldest);
}

static void door_comes(struct door *door, struct MHD_Connection *connection, void **place)
{
	for (size_t i = 0; i < DOOR_CLIENTS; i++) {
		struct client *client = &door->clients[i];

		if (client->used)
			continue;
		*client = (struct client){
		    .used = true,
		    .file = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)
		                ->connect_fd,
		    .number = ++door->came,
		    .until = door->now + DOOR_STEP_MS};
		*place = client;
		door_make_room(door);
		return;
	}
}

static void door_connection(void *context, struct MHD_Connection *connection, void **place,
                            enum MHD_ConnectionNotificationCode code)
{
	struct client *client = *place;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		door_comes(context, connection, place);
	else if (client != NULL)
		client->used = false;
}

static void door_late(struct door *door)
{
	for (size_t i = 0; i < DOOR_CLIENTS; i++) {
		struct client *client = &door->clients[i];

		if (client->used && client->until != 0 && door->now >= client->until)
			door_cut(client);
	}
}

/* ---- opening and closing ---- */

/* 128 bits that nobody guesses. */
static bool door_make_key(struct door *door)
{
	uint8_t bytes[(DOOR_KEY_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return false;
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(door->key + 2 * i, 3, "%02x", bytes[i]);
	return true;
}

static void door_start(struct door *door, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons(port),
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	door->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, port, NULL, NULL, door_request, door,
	    MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&address, MHD_OPTION_CONNECTION_LIMIT,
	    DOOR_CLIENTS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)DOOR_MEMORY,
	    MHD_OPTION_NOTIFY_COMPLETED, door_done, door, MHD_OPTION_NOTIFY_CONNECTION,
	    door_connection, door, MHD_OPTION_END);
}

bool door_open(struct door *door, uint16_t port, struct picture *picture, int64_t now,
               FILE *complaints)
{
	memset(door, 0, sizeof(*door));
	door->picture = picture;
	door->back = picture->back;
	door->events = picture->events;
	door->now = now;
	if (door_make_key(door))
		door_start(door, port);
	if (door->daemon == NULL) {
		fprintf(complaints,
		        "kumiki-keeper: cannot listen at port %u of 127.0.0.1: %s; choose another "
		        "--port, or leave it out for a free one\n",
		        port, strerror(errno));
		return false;
	}
	door->port = MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	return true;
}

void door_end(struct door *door)
{
	door->ending = true;
}

void door_close(struct door *door)
{
	door_end(door);
	stream_turn(door);
	(void)MHD_run(door->daemon);
	MHD_stop_daemon(door->daemon);
	door->daemon = NULL;
}

int door_file(const struct door *door)
{
	return MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int door_wait(const struct door *door)
{
	MHD_UNSIGNED_LONG_LONG milliseconds;

	if (MHD_get_timeout(door->daemon, &milliseconds) != MHD_YES)
		return -1;
	return milliseconds < DOOR_STEP_MS ? (int)milliseconds : DOOR_STEP_MS;
}

void door_turn(struct door *door, int64_t now)
{
	door->now = now;
	door_late(door);
	stream_turn(door);
	(void)MHD_run(door->daemon);
}

void door_over(struct door *door, const char *why)
{
	snprintf(door->over, sizeof(door->over), "%s", why);
}
