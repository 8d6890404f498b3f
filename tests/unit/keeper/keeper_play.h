/* A keeper without its loop, and clients of its door: all in one thread, with a clock of the
 * test's. */
#ifndef KEEPER_PLAY_H
#define KEEPER_PLAY_H

#include "fake_back.h"
#include <keeper/login.h>

struct play {
	struct events events;
	struct picture picture;
	struct login login;
	struct door door;
	int64_t now;
};
extern struct play play;

/* The fixture of each test. */
void play_start(void);
void play_end(void);

/* A fixture whose door has a user of each role, named like it, with the password play_password.
 * There is no TLS. What the keeper logs is in play_log(). */
extern const char play_password[];
void play_start_users(void);
void play_start_tls(const struct tls *tls); /* with TLS */
void play_end_users(void);
const char *play_log(void);

/* Writes the users' file: a line for each role whose bit is set. */
void play_write_users(unsigned int roles);

/* A turn of the keeper's work. */
void play_turn(void);

/* A client's connection. `room`: bytes of its receive buffer; 0: as usual. */
int play_connect(int room);
void play_send(int file, const char *text);

/* Turns until the connection has something, and reads into `text`, behind what is there. False: it
 * is closed. */
bool play_read(int file, char *text, size_t size);

/* Turns until `text` has `words`. False: the connection was closed before. */
bool play_hears(int file, char *text, size_t size, const char *words);

/* A whole exchange: the request's line, further header lines (each with \r\n; NULL: none), a body
 * (NULL: none). The answer is in `play_answer`; returns its status. */
extern char play_answer[65536];
int play_ask(const char *line, const char *headers, const char *body);

/* The same with the key; in two halves: play_asks() gives the file to play_status(). */
int play_may(const char *line, const char *headers, const char *body);
int play_asks(const char *line, const char *headers, const char *body);
int play_status(int file);

/* Logs in, when the next password may be checked, and fills in a header with the session. Returns
 * the status. */
int play_log_in(const char *name, const char *password, char header[96]);

#endif
