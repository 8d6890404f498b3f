/*
 * The door: HTTP by libmicrohttpd, without a thread of its own. It lets in who has the key of this
 * run, on 127.0.0.1; or, where a page has users, who has logged in (login.h), by TLS and on any
 * address. It bounds what a client can take: places, bytes, and ten seconds for each step. Behind
 * it, api.c answers requests and stream.c sends events.
 */
#ifndef KEEPER_DOOR_H
#define KEEPER_DOOR_H

#include <keeper/picture.h>
#include <keeper/users.h>
#include <microhttpd.h>
#include <netinet/in.h>

#define DOOR_CLIENTS   96u
#define DOOR_STRANGERS 32u /* of these, at most without key or session */
#define DOOR_STREAMS   16u
#define DOOR_KEY_SIZE  33u /* as a session's token */
#define DOOR_BODY_MAX  1024u
#define DOOR_STEP_MS   10000 /* for a client's request, or for taking an answer or an event */

#define DOOR_ADDRESS_SIZE 46u

struct door;
struct login;
struct stream;
struct tls;

/* Where the door is, and who may come in. */
struct door_place {
	const char *address;   /* a numeric one; NULL: 127.0.0.1 */
	uint16_t port;         /* 0: a free one */
	const struct tls *tls; /* NULL: without */
	struct login *login;   /* NULL: who has the key */
};

/* A connection. */
struct client {
	bool used, known; /* known: it has shown a key or a session */
	int file;
	char address[DOOR_ADDRESS_SIZE];
	uint64_t number; /* in the order of coming */
	int64_t until;   /* when it is closed, unless it gets on; 0: it isn't its turn */
};

/* A request, from its first line until its answer is taken. */
struct request {
	struct door *door;
	struct client *client;
	struct MHD_Connection *connection;
	const char *url;
	enum role role;             /* of who asks */
	uint64_t session;           /* its number; 0: none */
	char user[USERS_NAME_SIZE]; /* "": whoever has the key */
	enum back_what act;         /* that waits for its answer; BACK_LIST: it is no act */
	bool waits;                 /* it is suspended until `status` comes */
	char allowed[32];           /* the methods that the address takes; of 405 alone */
	char cookie[128];           /* that the answer sets; "": none */
	unsigned int wait;          /* seconds until the next try; of 429 alone */
	unsigned int status;        /* of the answer; 0: there is none yet */
	char *text; /* the answer, from malloc(); NULL: there was no memory for it */
	size_t size;
	char body[DOOR_BODY_MAX + 1];
	struct stream *stream;
};

struct door {
	struct MHD_Daemon *daemon;
	struct back *back;
	struct picture *picture;
	struct events *events;
	struct login *login;   /* NULL: the key is shown */
	const struct tls *tls; /* NULL: HTTP */
	char key[DOOR_KEY_SIZE];
	uint16_t port;
	int64_t now;
	uint64_t came; /* connections, ever */
	struct client clients[DOOR_CLIENTS];
	struct stream *streams[DOOR_STREAMS]; /* NULL: free */
	bool ending;                          /* nothing is asked any more */
	char over[160];                       /* why the machine is gone; "": it isn't */
};

/* Opens the door. False: it has complained. */
bool door_open(struct door *door, const struct door_place *place, struct picture *picture,
               int64_t now, FILE *complaints);

/* From now on all questions are refused. Before the back end is closed: nothing asks it then. */
void door_end(struct door *door);

/* Closes the door, behind the back end, which has answered all who wait. */
void door_close(struct door *door);

/* The file to wait for, and how many ms at most; -1: no limit. */
int door_file(const struct door *door);
int door_wait(const struct door *door);

/* Does what can be done without waiting. */
void door_turn(struct door *door, int64_t now);

/* The machine is gone: streams are told the reason. */
void door_over(struct door *door, const char *why);

/* ---- for api.c, login.c and stream.c ---- */

const char *door_header(const struct request *request, const char *name);

/* Answers. `text` is from malloc(), and is the door's from now on; NULL: the connection
 * is closed. */
enum MHD_Result door_answer(struct request *request, unsigned int status, char *text);

/* Answers {"error": sentence}. */
enum MHD_Result door_refuse(struct request *request, unsigned int status, const char *sentence);

/* Answers with bytes that live for ever. */
enum MHD_Result door_file_answer(struct request *request, const char *type, const void *bytes,
                                 size_t size);

/* Sends a response, with the headers that each has, and gives it up. */
enum MHD_Result door_send(struct request *request, unsigned int status,
                          struct MHD_Response *response, const char *type);

/* The request waits for the back end; later it goes on with what is in `status` and `text`. */
enum MHD_Result door_suspend(struct request *request);
void door_resume(struct request *request);

/* ---- api.c ---- */

/* A JSON object with one string, without the string's last line end; from malloc(). */
char *api_words(const char *key, const char *words);

/* Whether the request says that its body is JSON. */
bool api_is_json(const struct request *request);

/* Answers that the address takes these methods alone, with commas between. */
enum MHD_Result api_only(struct request *request, const char *methods);

/* What the routes of rights.c give. */
enum MHD_Result api_state(struct request *request);
enum MHD_Result api_system(struct request *request);
enum MHD_Result api_file(struct request *request);
enum MHD_Result api_act(struct request *request);

/* Answers a request for a file of the page. False: there is no such file. */
bool api_page(struct request *request, const char *method, enum MHD_Result *result);

/* ---- rights.c ---- */

/* A route, or an act, and the least role that may use it. */
struct right {
	const char *method; /* "act": an act of /api/acts */
	const char *url;    /* one that ends in '/': all below it. Or the act's word */
	enum role least;
	enum MHD_Result (*answer)(struct request *request); /* NULL: an act */
};

/* A row of the table; NULL behind the last one. */
const struct right *rights_row(size_t number);

/* Whether somebody who isn't logged in may ask this. */
bool rights_is_open(const struct request *request, const char *method);

/* The least role that may do this act. */
enum role rights_of_act(const struct back_question *question);

/* The words of the acts that a role may do, as an array. */
json_t *rights_acts(enum role role);

/* Answers that the role isn't enough. */
enum MHD_Result rights_refuse(struct request *request, enum role least);

/* Answers a whole request, as far as its role may ask. */
enum MHD_Result rights_answer(struct request *request, const char *method);

/* ---- stream.c ---- */

/* Begins a stream of events. */
enum MHD_Result stream_open(struct request *request);

/* Wakes the streams that have something to send. */
void stream_turn(struct door *door);

/* The request's stream is over. */
void stream_close(struct request *request);

#endif
