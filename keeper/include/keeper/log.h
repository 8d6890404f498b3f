/*
 * The keeper's log: what systems print, their ends, alarms and acts, in a file that no system
 * reaches (docs/logs.md). A record is on the disk before anybody is told of what it says: main.c
 * calls log_turn() between the machine and the door, and login.c for what the door itself does. The
 * file is systemd's journal export format.
 */
#ifndef KEEPER_LOG_H
#define KEEPER_LOG_H

#include <keeper/seal.h>
#include <kumiki/bundle.h>
#include <stdio.h>

#define LOG_LINE_MAX 1024u       /* of a system's output, in a record */
#define LOG_BURST    (1u << 20)  /* bytes of a system's records at once, or a record more */
#define LOG_SECOND   (64u << 10) /* and of those that follow in each second */
#define LOG_FILE     "log"
#define LOG_KEY      "log.key"
#define LOG_GAP      1000000u /* no key is made for a number that is ahead by so much */

struct log_line {
	size_t size;
	int64_t since; /* when its first byte came */
	/* Bytes of its records, of which each second takes some, and lines that were too much. */
	size_t spent;
	int64_t second; /* when it began */
	uint64_t left_out;
	char system[BUNDLE_NAME_SIZE + 1];
	char text[LOG_LINE_MAX];
};

struct log {
	int file, key_file; /* -1: there is no log */
	uint64_t number;    /* of the next record */
	uint8_t key[SHA256_SIZE];
	char boot[40]; /* of the host, as systemd writes it */
	/* What waits for log_turn(), and where number and key stood before it. */
	char *text;
	size_t size, room;
	uint64_t old_number;
	uint8_t old_key[SHA256_SIZE];
	uint64_t lost; /* records, as the disk took none */
	int64_t now;   /* ms, in this turn */
	struct log_line
	    lines[BUNDLE_PARTITIONS_MAX + 1]; /* begun by systems; the last one by Kumiki */
	FILE *complaints;
};

/* A keeper without a log. */
void log_none(struct log *log);

/* Opens the log in `folder`, or makes it, and prints the first key to `complaints` then. False: it
 * has complained. */
bool log_open(struct log *log, const char *folder, FILE *complaints);
void log_close(struct log *log);

/* Adds a record. `system`: "" for none; `data`: JSON, or NULL. */
void log_add(struct log *log, const char *kind, const char *system, const char *message,
             const char *data);

/* Adds an event of events.h. */
void log_event(struct log *log, const char *name, const char *data);

/* Adds what the system with this index has printed, line by line. A line that doesn't end is a
 * record after a second; an empty one is none. What is too much is left out, and each second a
 * record says how many lines that were. */
void log_output(struct log *log, uint32_t index, const char *system, const void *bytes,
                size_t size);

/* Brings all records to the disk. */
void log_turn(struct log *log, int64_t now);

#endif
