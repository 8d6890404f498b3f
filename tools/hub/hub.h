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
#include <host/plain.h>
#include <kumiki/debug.h>
#include <kumiki/service.h>
#include <lib/linkframe.h>
#include <sys/types.h>

#define HUB_CLIENTS     32
#define HUB_KEPT        4             /* places only for sockets with the right to command */
#define HUB_READ        1024          /* bytes read from a client in a turn */
#define HUB_OUT         (256u << 10)  /* bytes that wait for a client, or for the system */
#define HUB_OUTPUT_ROOM (HUB_OUT / 2) /* bytes of these for output; the rest is for answers */
#define HUB_REASON_ROOM 512u          /* for the reason, if nothing else has room */
#define HUB_KEYS        64u           /* of a client's input in one frame; more keys wait */
#define HUB_BEGUN       128u          /* characters of a source's unfinished line */
#define HUB_HELLO_MS    1500          /* until the next hello to a system that doesn't answer */
#define HUB_PING_MS     3000
#define HUB_ROUNDS      8   /* rounds in a turn */
#define HUB_LAST        256 /* likewise, of what was on the way as the hub ends */
#define HUB_DEBUG_HEAD  8u  /* bytes before a debugger's request: the partition */
#define HUB_TAKES_MS    (1000 * LINK_SILENCE_SECONDS) /* so long an input may have no answer */
#define HUB_LEAVES_MS   1000 /* so long a client that has to go can read the reason */

enum { HUB_NOBODY = -1, HUB_GONE = -2 }; /* instead of a client; gone: its end is awaited */

/* A stream of frames in both directions; it never blocks. */
struct hub_end {
	int file; /* -1: closed */
	struct linkframe_parser parser;
	struct plain plain;
	size_t have, next; /* bytes[next .. have) are read, and not parsed yet */
	uint8_t bytes[HUB_READ];
	size_t size, sent; /* out[sent .. size) still has to be written */
	uint8_t out[HUB_OUT];
};

/* A frame that is kept apart from its stream. */
struct hub_frame {
	uint8_t type;
	uint16_t size;
	uint8_t payload[LINK_PAYLOAD_MAX];
};

enum hub_state { HUB_FREE, HUB_NEW, HUB_WAITS, HUB_IN, HUB_LEAVES };

struct hub_client {
	enum hub_state state;
	uint8_t allowed, rights; /* what its socket gives; what it asked for */
	pid_t process;
	int line;                           /* the link's, for its command; or HUB_NOBODY */
	uint8_t number;                     /* the number that the client gave this line */
	bool pending;                       /* `frame` waits for its turn */
	bool ended;                         /* it sends nothing more */
	int64_t heard;                      /* ms: when its last frame came */
	int64_t leaves;                     /* ms: until when a client that has to go may stay */
	uint32_t lost[CONSOLE_SOURCES_MAX]; /* characters of output that had no room */
	struct linkframe frame;
	struct hub_frame asked; /* its last input, trace, command or request of a debugger */
	struct hub_end end;
};

struct hub {
	struct hub_end system;
	struct hub_client clients[HUB_CLIENTS];
	uint32_t next; /* the client that has the next turn */
	bool greeted;  /* the first hello was sent */
	bool in;       /* the system has welcomed the hub */
	bool busy;     /* there is more to do at once */
	int64_t now;   /* ms, in this turn */
	int64_t helloed, pinged, input_since;
	uint16_t welcome_size;
	uint8_t welcome[LINK_PAYLOAD_MAX], cores, sources;
	int lines[LINK_LINES]; /* the clients whose commands run */
	int input, tracer;     /* the clients whose input and whose trace are under way */
	int updater;           /* the client that replaces the frame */
	int debugger[BUNDLE_PARTITIONS_MAX];
	bool leaving[BUNDLE_PARTITIONS_MAX]; /* the debugger has left; LINK_LEFT hasn't come yet */
	uint8_t begun[CONSOLE_SOURCES_MAX][HUB_BEGUN], begun_size[CONSOLE_SOURCES_MAX];
};

/* ---- end.c ---- */

void end_start(struct hub_end *end, int file);
void end_close(struct hub_end *end);

/* Whether there is room for a payload, with `keep` bytes still free after it. */
bool end_has_room(const struct hub_end *end, size_t payload, size_t keep);

/* Sends a frame. False: there is no room, and the frame is dropped. */
bool end_send(struct hub_end *end, uint8_t type, const void *payload, size_t size);
bool end_is_empty(const struct hub_end *end);

/* Sends a byte between frames, if there is room for it and a frame. */
void end_byte(struct hub_end *end, uint8_t byte);

/* end_flush() writes what the other side takes. end_read() reads what has come, if everything
 * before is parsed. False: the other side is gone. */
bool end_flush(struct hub_end *end);
bool end_read(struct hub_end *end);
bool end_next(struct hub_end *end, struct linkframe *frame);

/* ---- hub.c ---- */

/* The files belong to the hub from now on. */
void hub_start(struct hub *hub, int system, int64_t now);
int hub_accept(struct hub *hub, int file, uint8_t allowed);

/* How many clients there may be in all before a socket with these rights is full. */
int hub_places(uint8_t rights);

/* Does a turn of work with what has come. False: the system is gone. */
bool hub_turn(struct hub *hub, int64_t now);

/* All clients have to go; they are told the reason. */
void hub_over(struct hub *hub, const char *reason);

/* Does a turn of work for clients that have to go. False: all of them are gone. */
bool hub_part(struct hub *hub, int64_t now);

/* Sends a frame to the system. */
void hub_tell(struct hub *hub, uint8_t type, const void *payload, size_t size);
void hub_hello(struct hub *hub);

/* Sends a frame to a client. If there is no room for it, the client has to go. */
void hub_answer(struct hub *hub, int client, uint8_t type, const void *payload, size_t size);
void hub_error(struct hub *hub, int client, uint8_t type, uint8_t subject, const char *text);

/* The client has to go; it is told the reason. */
void hub_dismiss(struct hub *hub, int client, const char *reason);

/* The client is gone: its socket is closed. */
void hub_gone(struct hub *hub, int client);

/* Ends everything that the client has begun: its command, its trace, its debuggers. */
void hub_release(struct hub *hub, int client);

/* ---- client.c ---- */

/* Carries out a client's frame. False: the frame has to wait. */
bool client_frame(struct hub *hub, int client, const struct linkframe *frame);
void client_welcome(struct hub *hub, int client);

/* ---- system.c ---- */

void system_frame(struct hub *hub, const struct linkframe *frame);

/* Call it before a hello: the system forgets everything that is under way, and the clients are told
 * so. */
void system_forget(struct hub *hub);

/* Shows the frame's report of the machine's end or reset, if there is one. */
void system_report(struct hub *hub);

/* If there is room again, says how much output was lost. */
void system_lost(struct hub *hub, int client);

#endif
