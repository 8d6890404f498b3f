/*
 * A connection to an MQTT 5 broker, by libmosquitto without a thread: the keeper's loop waits for
 * its socket. A broker that is away is tried again, with growing pauses, and holds up nothing: what
 * would be said meanwhile isn't kept. fleet.c says what is said and heard.
 */
#ifndef KEEPER_MQTT_H
#define KEEPER_MQTT_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MQTT_TOPIC     "kumiki/"
#define MQTT_FIRST_MS  2000  /* a try takes so long, and the next one twice that */
#define MQTT_LAST_MS   60000 /* up to this; a connection of this length was a good one */
#define MQTT_KEEP_S    10    /* a broker that is silent for longer is away */
#define MQTT_UNDER_WAY 16    /* messages that the broker hasn't acknowledged, at most */

struct mqtt_place {
	const char *address; /* in digits */
	uint16_t port;
	const char *node;  /* all topics are below kumiki/NODE/ */
	const char *ca;    /* the authorities of the broker's certificate; NULL: no TLS */
	const char *login; /* a file with NAME:PASSWORD; NULL: none */
};

struct mosquitto;

struct mqtt {
	struct mosquitto *client; /* NULL: there is no broker */
	struct mqtt_place place;
	bool in, fresh;    /* the broker has let it in; and fleet.c hasn't seen it yet */
	bool told;         /* that it is away */
	int64_t now, next; /* ms; the next try */
	int64_t pause, since;
	int under_way;
	/* Whom a command is given to. */
	void *to;
	void (*came)(void *to, const void *message, size_t size);
	FILE *complaints;
};

/* Makes the client; the first turn connects. False: it has complained. */
bool mqtt_open(struct mqtt *mqtt, const struct mqtt_place *place, FILE *complaints);

/* Tells the broker that it ends, as far as it goes without waiting. */
void mqtt_close(struct mqtt *mqtt);

/* Fills in the file to wait for; returns how many there are. */
nfds_t mqtt_files(const struct mqtt *mqtt, struct pollfd *file);

void mqtt_turn(struct mqtt *mqtt, int64_t now);

/* Whether something can be said now. */
bool mqtt_is_free(const struct mqtt *mqtt);

/* Says it below the node's topic; a retained text is told to whoever comes later, too. False: the
 * broker doesn't get it. */
bool mqtt_say(struct mqtt *mqtt, const char *topic, const char *text, bool retained);

#endif
