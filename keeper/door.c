/* The door: see door.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <keeper/login.h>
#include <keeper/tls.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define DOOR_HOST_SIZE 256u
#define DOOR_MEMORY    16384u /* of a connection, for its request's lines and an answer's */
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

/* The headers that an answer has for its own sake. */
static void door_own_headers(const struct request *request, unsigned int status,
                             struct MHD_Response *response)
{
	char seconds[16];

	if (status == MHD_HTTP_UNAUTHORIZED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, "Bearer");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, request->allowed);
	if (status == MHD_HTTP_TOO_MANY_REQUESTS) {
		snprintf(seconds, sizeof(seconds), "%u", request->wait);
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
	}
	if (request->cookie[0] != '\0')
		(void)MHD_add_response_header(response, MHD_HTTP_HEADER_SET_COOKIE,
		                              request->cookie);
}

enum MHD_Result door_send(struct request *request, unsigned int status,
                          struct MHD_Response *response, const char *type)
{
	enum MHD_Result result;

	if (response == NULL)
		return MHD_NO;
	for (size_t i = 0; i < sizeof(door_headers) / sizeof(door_headers[0]); i++)
		(void)MHD_add_response_header(response, door_headers[i][0], door_headers[i][1]);
	(void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	door_own_headers(request, status, response);
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

const char *door_header(const struct request *request, const char *name)
{
	return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

/* The host's name without its port, which a tunnel may have changed. False: it is none. */
static bool door_host(const char *host, char name[DOOR_HOST_SIZE])
{
	const char *end;

	if (host == NULL)
		return false;
	end = host[0] == '[' ? strchr(host, ']') : strchrnul(host, ':');
	if (end != NULL && *end == ']')
		end++;
	if (end == NULL || (*end != '\0' && *end != ':') || end - host >= (ssize_t)DOOR_HOST_SIZE)
		return false;
	snprintf(name, DOOR_HOST_SIZE, "%.*s", (int)(end - host), host);
	return true;
}

/* Whether the name is one of this host's own. */
static bool door_is_here(const char *name)
{
	return strcmp(name, "127.0.0.1") == 0 || strcmp(name, "localhost") == 0 ||
	       strcmp(name, "[::1]") == 0;
}

/* An address in digits can't be made to lead elsewhere, as a foreign name can. */
static bool door_is_address(const char *name)
{
	char digits[DOOR_ADDRESS_SIZE];
	const size_t size = strlen(name);
	struct in6_addr address;

	if (inet_pton(AF_INET, name, &address) == 1)
		return true;
	if (name[0] != '[' || size - 2 >= sizeof(digits))
		return false;
	snprintf(digits, sizeof(digits), "%.*s", (int)size - 2, name + 1);
	return inet_pton(AF_INET6, digits, &address) == 1;
}

static bool door_is_host(const struct door *door, const char *host)
{
	char name[DOOR_HOST_SIZE];

	if (!door_host(host, name))
		return false;
	return door_is_here(name) || (door->login != NULL && door_is_address(name)) ||
	       (door->tls != NULL && tls_is_host(door->tls, name));
}

static bool door_is_origin(const struct door *door, const char *origin, const char *host)
{
	const char *scheme = door->tls != NULL ? "https://" : "http://";
	const size_t size = strlen(scheme);

	return origin == NULL ||
	       (strncmp(origin, scheme, size) == 0 && strcmp(origin + size, host) == 0);
}

static bool door_is_key(const struct door *door, const char *shown)
{
	static const char scheme[] = "Bearer ";

	return shown != NULL && strncmp(shown, scheme, sizeof(scheme) - 1) == 0 &&
	       sessions_same(door->key, shown + sizeof(scheme) - 1);
}

/* Who asks: whoever has the key may do all that the link allows. */
static void door_identify(struct request *request)
{
	struct door *door = request->door;

	if (door->login != NULL)
		login_identify(door->login, request);
	else if (door_is_key(door, door_header(request, MHD_HTTP_HEADER_AUTHORIZATION)))
		request->role = ROLE_CHANGE;
}

/* True: the client gets no further, and *result is the answer's. */
static bool door_stops(struct request *request, const char *method, enum MHD_Result *result)
{
	const struct door *door = request->door;
	const char *host = door_header(request, MHD_HTTP_HEADER_HOST);

	if (!door_is_host(door, host))
		*result = door_refuse(
		    request, MHD_HTTP_MISDIRECTED_REQUEST,
		    door->login != NULL
		        ? "this is reached by its address, or by a name of its certificate"
		        : "this is reached as 127.0.0.1 or localhost alone");
	else if (!door_is_origin(door, door_header(request, MHD_HTTP_HEADER_ORIGIN), host))
		*result = door_refuse(request, MHD_HTTP_FORBIDDEN,
		                      "a page of another site may ask nothing here");
	else if (api_page(request, method, result))
		return true;
	else if (request->role == ROLE_NONE &&
	         (door->login == NULL || !rights_is_open(request, method)))
		*result = door_refuse(request, MHD_HTTP_UNAUTHORIZED,
		                      door->login != NULL
		                          ? "log in, or show a session: Authorization: Bearer TOKEN"
		                          : "show the key: Authorization: Bearer KEY");
	else
		return false;
	return true;
}

/* ---- requests ---- */

static enum MHD_Result door_first(struct request *request, const char *method)
{
	enum MHD_Result result;

	door_identify(request);
	request->client->known = request->role != ROLE_NONE;
	return door_stops(request, method, &result) ? result : MHD_YES;
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
	return rights_answer(request, method);
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

/* Somebody without a key or session can't keep the others out: the oldest stranger goes. */
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

/* The client's address in digits. */
static void door_note_address(struct client *client, struct MHD_Connection *connection)
{
	const struct sockaddr *from =
	    MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
	struct sockaddr_in6 six;
	struct sockaddr_in four;

	if (from->sa_family == AF_INET) {
		memcpy(&four, from, sizeof(four));
		(void)inet_ntop(AF_INET, &four.sin_addr, client->address, sizeof(client->address));
		return;
	}
	memcpy(&six, from, sizeof(six));
	if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr))
		(void)inet_ntop(AF_INET, six.sin6_addr.s6_addr + 12, client->address,
		                sizeof(client->address));
	else
		(void)inet_ntop(AF_INET6, &six.sin6_addr, client->address, sizeof(client->address));
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
		door_note_address(client, connection);
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

/* False: it is no address in digits. */
static bool door_address(const struct door_place *place, struct sockaddr_storage *address)
{
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(place->port)};
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(place->port)};
	const char *digits = place->address != NULL ? place->address : "127.0.0.1";

	memset(address, 0, sizeof(*address));
	if (inet_pton(AF_INET, digits, &four.sin_addr) == 1)
		memcpy(address, &four, sizeof(four));
	else if (inet_pton(AF_INET6, digits, &six.sin6_addr) == 1)
		memcpy(address, &six, sizeof(six));
	else
		return false;
	return true;
}

static void door_start(struct door *door, const struct sockaddr_storage *address,
                       const struct tls *tls)
{
	const bool clients = tls != NULL && tls->clients != NULL;
	const struct MHD_OptionItem secure[] = {
	    {MHD_OPTION_HTTPS_MEM_KEY, 0, tls != NULL ? tls->key : NULL},
	    {MHD_OPTION_HTTPS_MEM_CERT, 0, tls != NULL ? tls->certificate : NULL},
	    {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)TLS_PRIORITIES},
	    {clients ? MHD_OPTION_HTTPS_MEM_TRUST : MHD_OPTION_END, 0,
	     clients ? tls->clients : NULL},
	    {MHD_OPTION_END, 0, NULL}};
	const unsigned int flags = MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
	                           (address->ss_family == AF_INET6 ? MHD_USE_DUAL_STACK : 0u) |
	                           (tls != NULL ? MHD_USE_TLS : 0u);

	door->daemon = MHD_start_daemon(
	    flags, 0, NULL, NULL, door_request, door, MHD_OPTION_SOCK_ADDR, address,
	    MHD_OPTION_CONNECTION_LIMIT, DOOR_CLIENTS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
	    (size_t)DOOR_MEMORY, MHD_OPTION_NOTIFY_COMPLETED, door_done, door,
	    MHD_OPTION_NOTIFY_CONNECTION, door_connection, door, MHD_OPTION_ARRAY,
	    tls != NULL ? secure : &secure[sizeof(secure) / sizeof(secure[0]) - 1], MHD_OPTION_END);
}

static bool door_complain(const struct door_place *place, const char *why, FILE *complaints)
{
	fprintf(complaints,
	        "kumiki-keeper: cannot listen at port %u of %s: %s; choose another one, or 0 for a "
	        "free one\n",
	        place->port, place->address != NULL ? place->address : "127.0.0.1", why);
	return false;
}

bool door_open(struct door *door, const struct door_place *place, struct picture *picture,
               int64_t now, FILE *complaints)
{
	struct sockaddr_storage address;

	memset(door, 0, sizeof(*door));
	door->picture = picture;
	door->back = picture->back;
	door->events = picture->events;
	door->login = place->login;
	door->tls = place->tls;
	door->now = now;
	if (!door_address(place, &address))
		return door_complain(place, "this is no address in digits", complaints);
	if (sessions_token(door->key))
		door_start(door, &address, place->tls);
	if (door->daemon == NULL)
		return door_complain(place, strerror(errno), complaints);
	door->port = MHD_get_daemon_info(door->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	return true;
}

void door_end(struct door *door)
{
	door->ending = true;
	if (door->login != NULL)
		login_end(door->login);
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
	const int login = door->login != NULL ? login_wait(door->login, door->now) : -1;
	MHD_UNSIGNED_LONG_LONG milliseconds;

	if (MHD_get_timeout(door->daemon, &milliseconds) != MHD_YES)
		return login;
	if (login >= 0 && (MHD_UNSIGNED_LONG_LONG)login < milliseconds)
		return login;
	return milliseconds < DOOR_STEP_MS ? (int)milliseconds : DOOR_STEP_MS;
}

void door_turn(struct door *door, int64_t now)
{
	door->now = now;
	door_late(door);
	if (door->login != NULL)
		login_turn(door->login, now);
	stream_turn(door);
	(void)MHD_run(door->daemon);
}

void door_over(struct door *door, const char *why)
{
	snprintf(door->over, sizeof(door->over), "%s", why);
}
