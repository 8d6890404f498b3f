/*
 * An act as programs write it in JSON, and the event that tells what came of it. Both ways to the
 * machine use it: api.c for HTTP and fleet.c for MQTT.
 */
#ifndef KEEPER_ACT_H
#define KEEPER_ACT_H

#include <jansson.h>
#include <keeper/back.h>
#include <keeper/events.h>

/* False: it isn't an act, or has other fields than an act has. */
bool act_read(struct back_question *question, json_t *act);

/* Adds the event: the act, who did it ("": whoever has the key), and `words`, a JSON object with
 * the machine's words. */
void act_tell(struct events *events, const json_t *act, const char *who, bool done,
              const char *words);

#endif
