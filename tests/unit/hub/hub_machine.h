/*
 * The hub between a system and three clients that a test plays, over socket pairs. A client says a
 * frame and the hub takes some turns. A client hears the frames that the hub sent it by then.
 */
#ifndef UNIT_HUB_MACHINE_H
#define UNIT_HUB_MACHINE_H

#include <hub/hub.h>

#define PEERS 3

struct peer {
	int file;
	struct linkframe_parser parser;
	struct linkframe frame;
};

extern struct hub hub;
extern struct peer system_end, peers[PEERS];
extern int64_t now;

void turns(int count);
void says(struct peer *peer, uint8_t type, const void *payload, size_t size);
/* The next frame that the hub sent; false: there is none. */
bool hears(struct peer *peer);
void hears_type(struct peer *peer, uint8_t type);
void hears_nothing(struct peer *peer);
/* A LINK_ERROR about such a frame, with these words in it. */
void is_refused(struct peer *peer, uint8_t type, const char *words);
/* A LINK_OVER with these words in it. */
void hears_last(struct peer *peer, const char *words);
int peer_start(struct peer *peer);
void system_welcomes(void);
void joins(int number, uint8_t allowed);
void asks_for(int number, uint32_t rights);
void leaves(int number);
/* Three clients with all rights are in. */
void begin(void);
void end(void);
void commands(int number, uint8_t line, const char *text);
void system_answers(uint8_t line, bool last, const char *text);
void debugs(int number, uint8_t partition);

#endif
