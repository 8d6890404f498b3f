/*
 * One machine of a fleet: what the keeper tells an MQTT broker, and the signed commands that it
 * takes from there (docs/fleet.md). main.c gives it turns between the log and the door, so what it
 * tells is on the disk before.
 */
#ifndef KEEPER_FLEET_H
#define KEEPER_FLEET_H

#include <keeper/log.h>
#include <keeper/mqtt.h>
#include <keeper/numbers.h>
#include <keeper/picture.h>

#define FLEET_ACTS        8u /* that wait for the machine */
#define FLEET_EACH_SECOND 8u /* messages that are looked at */

struct fleet;

struct fleet_act {
	struct fleet *fleet; /* NULL: this place is free */
	json_t *act;
	uint64_t number;
	char who[USERS_NAME_SIZE];
};

struct fleet {
	struct mqtt mqtt;
	struct picture *picture;
	struct log *log;
	struct command_keys keys;
	const char *path; /* of their file; NULL: no command is taken */
	struct stat seen; /* it, as it was read */
	int64_t look;     /* when it is looked at again */
	FILE *complaints;
	struct numbers numbers;
	struct fleet_act acts[FLEET_ACTS];
	char *state, *alarms; /* as they were told last; NULL: not yet */
	uint64_t revision;    /* of the picture, that they were made of */
	int64_t second;       /* in which so many messages came */
	unsigned int came, left_out;
};

struct fleet_place {
	struct mqtt_place mqtt;
	const char *commands; /* the file of keys; NULL: no command is taken */
};

/* Opens it. `folder`: the log's. False: it has complained. */
bool fleet_open(struct fleet *fleet, const struct fleet_place *place, struct picture *picture,
                struct log *log, const char *folder, FILE *complaints);

/* Behind the back end, which has answered all acts. */
void fleet_close(struct fleet *fleet);

void fleet_turn(struct fleet *fleet, int64_t now);

/* A message with a command. */
void fleet_command(void *fleet, const void *message, size_t size);

#endif
