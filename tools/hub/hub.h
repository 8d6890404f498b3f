/*
 * The hub: one link to a system (include/kumiki/link.h), many clients of it. To the system it is
 * the only client; to each client it is the system. One thread, one poll(), bounded buffers.
 *
 * The hub sends the system one client's frame at a time, in turns, and never more than the system
 * answers at once: an input, a trace, a command of each client, a request of each debugger. So no
 * client keeps the UART from the others. A client that reads too slowly loses output, with a count;
 * if not even answers have room, it loses the link. Garbage is skipped.
 *
 * Parts: hub.c (clients, turns), end.c (a stream of frames), client.c (what clients ask),
 * system.c (what the system says), door.c (sockets), serve.c (poll()), beside.c (a process of its
 * own), rights.c (rights in words).
 */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include <host/hub.h>
#include <kumiki/debug.h>
#include <kumiki/service.h>
#include <lib/linkframe.h>
#include <sys/types.h>

#define HUB_CLIENTS     32
#define HUB_KEPT        4             /* of these, for sockets that give the right to command */
#define HUB_READ        1024          /* bytes read from a client in a turn */
#define HUB_OUT         (256u << 10)  /* bytes that wait for a client, or for the system */
#define HUB_OUTPUT_ROOM (HUB_OUT / 2) /* of these, for output; the rest is for answers */
#define HUB_REASON_ROOM 512u          /* for the reason when nothing else has room */
#define HUB_KEYS        64u           /* of a client's input in one frame: others wait */
#define HUB_BEGUN       128u          /* of a source's unfinished line */
#define HUB_HELLO_MS    1500          /* until the next hello to a system that doesn't answer */
#define HUB_PING_MS     3000
#define HUB_ROUNDS      8                             /* in a turn */
#define HUB_DEBUG_HEAD  8u                            /* of a debugger's frames: the partition */
#define HUB_TAKES_MS    (1000 * LINK_SILENCE_SECONDS) /* an input without an answer */
#define HUB_LEAVES_MS   1000 /* a client that is to go has so long to read the reason */

enum { HUB_NOBODY = -1, HUB_GONE = -2 }; /* in the place of a client; gone: its end is awaited */

/* A stream of frames in both directions; it never blocks. */
struct hub_end {
	int file; /* -1: closed */
	struct linkframe_parser parser;
	size_t have, next; /* read and not yet parsed: bytes[next .. have) */
	uint8_t bytes[HUB_READ];
	size_t size, sent; /* out[sent .. size) is still to be written */
	uint8_t out[HUB_OUT];
};

/* A frame apart from the stream that it came with. */
struct hub_frame {
	uint8_t type;
	uint16_t size;
	uint8_t payload[LINK_PAYLOAD_MAX];
};

enum hub_state { HUB_FREE, HUB_NEW, HUB_WAITS, HUB_IN, HUB_LEAVES };

struct hub_client {
	enum hub_state state;
	uint8_t allowed, rights; /* of its socket; those that it asked for */
	pid_t process;
	int line;                           /* of the link, for its command; HUB_NOBODY */
	uint8_t number;                     /* the client's own for that line */
	bool pending;                       /* `frame` waits for its turn */
	bool ended;                         /* it sends nothing more */
	int64_t heard;                      /* ms: its last frame */
	int64_t leaves;                     /* ms: when a client that is to go is gone */
	uint32_t lost[CONSOLE_SOURCES_MAX]; /* characters of output without room */
	struct linkframe frame;
	struct hub_frame asked; /* its last input, trace, command or request of a debugger */
	struct hub_end end;
};

struct hub {
	struct hub_end system;
	struct hub_client clients[HUB_CLIENTS];
	uint32_t next; /* client that has the next turn */
	bool greeted;  /* the first hello was sent */
	bool in;       /* the system has welcomed the hub */
	bool busy;     /* there is more to do at once */
	int64_t now;   /* ms, in this turn */
	int64_t helloed, pinged, input_since;
	uint16_t welcome_size;
	uint8_t welcome[LINK_PAYLOAD_MAX], cores, sources;
	int lines[LINK_LINES]; /* clients of the commands that are carried out */
	int input, tracer;     /* client whose input, whose trace is on its way */
	int debugger[BUNDLE_PARTITIONS_MAX];
	bool leaving[BUNDLE_PARTITIONS_MAX]; /* the debugger has left, LINK_LEFT is to come */
	uint8_t begun[CONSOLE_SOURCES_MAX][HUB_BEGUN], begun_size[CONSOLE_SOURCES_MAX];
};

/* ---- end.c ---- */

void end_start(struct hub_end *end, int file);
void end_close(struct hub_end *end);

/* Room for payloads, so many bytes being kept free. */
bool end_has_room(const struct hub_end *end, size_t payload, size_t keep);

/* Drops a frame without room: false. */
bool end_send(struct hub_end *end, uint8_t type, const void *payload, size_t size);
bool end_is_empty(const struct hub_end *end);

/* A byte between frames, if there is room for it and a frame. */
void end_byte(struct hub_end *end, uint8_t byte);

/* Writes what the other side takes, reads what is there if everything before is parsed. False: the
 * other side is gone. */
bool end_flush(struct hub_end *end);
bool end_read(struct hub_end *end);
bool end_next(struct hub_end *end, struct linkframe *frame);

/* ---- hub.c ---- */

/* The files become the hub's. */
void hub_start(struct hub *hub, int system, int64_t now);
int hub_accept(struct hub *hub, int file, uint8_t allowed);

/* How many clients a socket with these rights can have beside all others. */
int hub_places(uint8_t rights);

/* A turn of work with what is there; false: the system is gone. */
bool hub_turn(struct hub *hub, int64_t now);

/* All clients have to go, for this reason. */
void hub_over(struct hub *hub, const char *reason);

/* A turn of clients that have to go; false: all are gone. */
bool hub_part(struct hub *hub, int64_t now);

/* A frame to the system. */
void hub_tell(struct hub *hub, uint8_t type, const void *payload, size_t size);
void hub_hello(struct hub *hub);

/* A frame to a client. A client without room for it has to go. */
void hub_answer(struct hub *hub, int client, uint8_t type, const void *payload, size_t size);
void hub_error(struct hub *hub, int client, uint8_t type, uint8_t subject, const char *text);

/* The client has to go, for this reason. */
void hub_dismiss(struct hub *hub, int client, const char *reason);

/* The client is gone: its socket is closed. */
void hub_gone(struct hub *hub, int client);

/* Ends all that the client has begun: its command, its trace, its debuggers. */
void hub_release(struct hub *hub, int client);

/* ---- client.c ---- */

/* Carries out a client's frame; false: it has to wait. */
bool client_frame(struct hub *hub, int client, const struct linkframe *frame);
void client_welcome(struct hub *hub, int client);

/* ---- system.c ---- */

void system_frame(struct hub *hub, const struct linkframe *frame);

/* Before a hello: the system forgets all that is under way, and its clients are told so. */
void system_forget(struct hub *hub);

/* Says how much output was lost, where there is room again. */
void system_lost(struct hub *hub, int client);

#endif
