/* See keeper_play.h. */
#include "keeper_play.h"
#include <arpa/inet.h>
#include <crypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PLAY_TURNS 5000 /* with a millisecond each: by then the keeper hangs */

struct play play;
char play_answer[65536];

static void play_check(bool holds)
{
	if (!holds)
		abort();
}

static void play_open(struct login *login, const struct tls *tls)
{
	const struct door_place place = {.login = login, .tls = tls};

	fake_back_reset();
	play.now = 1000;
	events_start(&play.events);
	picture_start(&play.picture, NULL, &play.events, play.now);
	play_check(door_open(&play.door, &place, &play.picture, play.now, stderr));
	play_turn();
	play_turn();
}

void play_start(void)
{
	play_open(NULL, NULL);
}

void play_end(void)
{
	if (fake_back.waiting != 0)
		fake_back_answer(BACK_SILENCE, "the test is over");
	door_close(&play.door);
	picture_free(&play.picture);
	events_free(&play.events);
}

/* ---- users ---- */

const char play_password[] = "a long password";
static char play_path[64], *play_said;
static size_t play_said_size;
static FILE *play_saying;

void play_write_users(unsigned int roles)
{
	char setting[CRYPT_GENSALT_OUTPUT_SIZE];
	struct crypt_data data = {0};
	FILE *file;

	(void)unlink(play_path);
	(void)umask(077);
	file = fopen(play_path, "w");
	play_check(file != NULL &&
	           crypt_gensalt_rn("$y$", 1, NULL, 0, setting, sizeof(setting)) != NULL);
	for (unsigned int role = ROLE_SEE; role <= ROLE_CHANGE; role++)
		if ((roles >> role & 1) != 0)
			fprintf(file, "%s %s %s\n", role_word((enum role)role),
			        role_word((enum role)role),
			        crypt_rn(play_password, setting, &data, sizeof(data)));
	play_check(fclose(file) == 0);
}

void play_start_users(void)
{
	play_start_tls(NULL);
}

void play_start_tls(const struct tls *tls)
{
	snprintf(play_path, sizeof(play_path), "/tmp/kumiki-users-%d", (int)getpid());
	play_write_users(1u << ROLE_SEE | 1u << ROLE_OPERATE | 1u << ROLE_CHANGE);
	play_saying = open_memstream(&play_said, &play_said_size);
	play_check(play_saying != NULL && login_start(&play.login, play_path, play_saying));
	play_open(&play.login, tls);
}

void play_end_users(void)
{
	play_end();
	(void)unlink(play_path);
	(void)fclose(play_saying);
	free(play_said);
}

const char *play_log(void)
{
	(void)fflush(play_saying);
	return play_said;
}

int play_log_in(const char *name, const char *password, char header[96])
{
	const char *token;
	char body[256];
	int status;

	play.now += LOGIN_EACH_MS;
	snprintf(body, sizeof(body), "{\"user\":\"%s\",\"password\":\"%s\",\"bearer\":true}", name,
	         password);
	status = play_ask("POST /api/session", "Content-Type: application/json\r\n", body);
	token = strstr(play_answer, "\"token\":\"");
	header[0] = '\0';
	if (token != NULL)
		snprintf(header, 96, "Authorization: Bearer %.32s\r\n", token + 9);
	return status;
}

/* ---- turns ---- */

void play_turn(void)
{
	(void)back_turn(NULL, play.now);
	picture_turn(&play.picture, play.now);
	door_turn(&play.door, play.now);
}

int play_connect(int room)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_port = htons(play.door.port),
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	play_check(file >= 0);
	if (room != 0)
		play_check(setsockopt(file, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room)) == 0);
	play_check(connect(file, (const struct sockaddr *)&address, sizeof(address)) == 0);
	play_turn();
	return file;
}

void play_send(int file, const char *text)
{
	(void)send(file, text, strlen(text), MSG_NOSIGNAL);
}

bool play_read(int file, char *text, size_t size)
{
	struct pollfd poller = {.fd = file, .events = POLLIN};
	const size_t have = strlen(text);
	ssize_t count;

	for (int i = 0; i < PLAY_TURNS; i++) {
		play_turn();
		if (poll(&poller, 1, 1) == 0)
			continue;
		count = recv(file, text + have, size - have - 1, 0);
		text[have + (count > 0 ? (size_t)count : 0)] = '\0';
		return count > 0;
	}
	abort();
}

bool play_hears(int file, char *text, size_t size, const char *words)
{
	while (strstr(text, words) == NULL)
		if (!play_read(file, text, size))
			return false;
	return true;
}

static int play_begin(const char *line, const char *key, const char *headers, const char *body)
{
	const int file = play_connect(0);
	char *text;

	play_check(asprintf(&text,
	                    "%s HTTP/1.1\r\n%sConnection: close\r\n%s%s%s%sContent-Length: "
	                    "%zu\r\n\r\n%s",
	                    line,
	                    headers != NULL && strstr(headers, "Host:") != NULL
	                        ? ""
	                        : "Host: 127.0.0.1\r\n",
	                    key != NULL ? "Authorization: Bearer " : "", key != NULL ? key : "",
	                    key != NULL ? "\r\n" : "", headers != NULL ? headers : "",
	                    body != NULL ? strlen(body) : 0, body != NULL ? body : "") > 0);
	play_send(file, text);
	free(text);
	return file;
}

int play_status(int file)
{
	play_answer[0] = '\0';
	while (play_read(file, play_answer, sizeof(play_answer)))
		continue;
	close(file);
	return strncmp(play_answer, "HTTP/1.1 ", 9) == 0 ? atoi(play_answer + 9) : 0;
}

int play_ask(const char *line, const char *headers, const char *body)
{
	return play_status(play_begin(line, NULL, headers, body));
}

int play_asks(const char *line, const char *headers, const char *body)
{
	return play_begin(line, play.door.key, headers, body);
}

int play_may(const char *line, const char *headers, const char *body)
{
	return play_status(play_asks(line, headers, body));
}
