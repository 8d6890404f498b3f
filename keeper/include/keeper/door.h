/*
 * The door: HTTP on 127.0.0.1, by libmicrohttpd, without a thread of its own. It lets in who has
 * the key of this run, and bounds what a client can take: places, bytes, and ten seconds for each
 * step. Behind it, api.c answers requests and stream.c sends events.
 */
#ifndef KEEPER_DOOR_H
#define KEEPER_DOOR_H

#include <keeper/picture.h>
#include <microhttpd.h>

#define DOOR_CLIENTS   96u
#define DOOR_STRANGERS 32u /* of these, at most without the key */
#define DOOR_STREAMS   16u
#define DOOR_KEY_SIZE  33u
#define DOOR_BODY_MAX  1024u
#define DOOR_STEP_MS   10000 /* for a client's request, or for taking an answer or an event */

struct door;
struct stream;

/* A connection. */
struct client {
	bool used, known; /* known: it has shown the key */
	int file;
	uint64_t number; /* in the order of coming */
	int64_t until;   /* when it is closed, unless it gets on; 0: it isn't its turn */
};

/* A request, from its first line until its answer is taken. */
struct request {
	struct door *door;
	struct client *client;
	struct MHD_Connection *connection;
	const char *url;
	enum back_what act;  /* that waits for its answer; BACK_LIST: it is no act */
	bool waits;          /* it is suspended until `status` comes */
	const char *allowed; /* the method that the address takes; of 405 alone */
	unsigned int status; /* of the answer; 0: there is none yet */
	char *text;          /* the answer, from malloc(); NULL: there was no memory for it */
	size_t size;
	char body[DOOR_BODY_MAX + 1];
	struct stream *stream;
};

struct door {
	struct MHD_Daemon *daemon;
	struct back *back;
	struct picture *picture;
	struct events *events;
	char key[DOOR_KEY_SIZE];
	uint16_t port;
	int64_t now;
	uint64_t came; /* connections, ever */
	struct client clients[DOOR_CLIENTS];
	struct stream *streams[DOOR_STREAMS]; /* NULL: free */
	bool ending;                          /* nothing is asked any more */
	char over[160];                       /* why the machine is gone; "": it isn't */
};

/* Opens the door at this port of 127.0.0.1; 0: a free one. False: it has complained. */
bool door_open(struct door *door, uint16_t port, struct picture *picture, int64_t now,
               FILE *complaints);

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

/* ---- for api.c and stream.c ---- */

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

/* Answers a whole request, whose client has the key. */
enum MHD_Result api_answer(struct request *request, const char *method);

/* Answers a request for a file of the page. False: there is no such file. */
bool api_page(struct request *request, const char *method, enum MHD_Result *result);

/* ---- stream.c ---- */

/* Begins a stream of events. */
enum MHD_Result stream_open(struct request *request);

/* Wakes the streams that have something to send. */
void stream_turn(struct door *door);

/* The request's stream is over. */
void stream_close(struct request *request);

#endif
