/*
 * Who comes in by name and password: the users, as their file is now, their sessions, and the tries
 * that failed. Passwords are checked one after the other, with a pause between, so that tries of
 * strangers leave the page its time. Each log-in and each act is a line of the log.
 */
#ifndef KEEPER_LOGIN_H
#define KEEPER_LOGIN_H

#include <keeper/door.h>
#include <keeper/sessions.h>
#include <keeper/tries.h>
#include <sys/stat.h>

#define LOGIN_COOKIE        "__Host-kumiki"
#define LOGIN_WAITING       8u
#define LOGIN_EACH_MS       250  /* from one password to the next */
#define LOGIN_LOOK_MS       1000 /* the users' file is looked at so often */
#define LOGIN_NAME_TRIES    5u
#define LOGIN_ADDRESS_TRIES 20u

struct login_try {
	struct request *request;
	char name[USERS_NAME_SIZE], password[USERS_PASSWORD_MAX + 1];
	bool bearer; /* the session's token is in the answer, and no cookie */
};

struct log;

struct login {
	const char *path;
	struct users users;
	struct stat seen; /* the file, as it was read */
	int64_t look;     /* when it is looked at again */
	struct sessions sessions;
	struct tries names, addresses;
	struct login_try waiting[LOGIN_WAITING];
	size_t count;
	int64_t next; /* when the next password may be checked */
	FILE *log;
	struct log *record; /* the keeper's log; NULL: there is none */
};

/* Reads the users. `log` has to stay. False: it has complained. */
bool login_start(struct login *login, const char *path, FILE *log);

/* Checks a password that waits, and reads the users anew if their file has changed. */
void login_turn(struct login *login, int64_t now);

/* In how many ms there is something to do, if a password waits; -1: none waits. */
int login_wait(const struct login *login, int64_t now);

/* Answers all who wait. */
void login_end(struct login *login);

/* Finds out who asks: fills in the request's role, session and name. */
void login_identify(struct login *login, struct request *request);

/* Whether the request's session is still there; it counts as used. */
bool login_holds(struct login *login, const struct request *request);

/* Writes a line: who, from where, and what is said. Nothing, if the page has no users. */
void login_log(const struct request *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- /api/session ---- */

enum MHD_Result login_tell(struct request *request);
enum MHD_Result login_in(struct request *request);
enum MHD_Result login_out(struct request *request);

#endif
