/* What a broker is told, and what it may bring: see fleet.h. */
#include <inttypes.h>
#include <keeper/act.h>
#include <keeper/door.h>
#include <keeper/fleet.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FLEET_SECOND_MS 1000
#define FLEET_LINE      512u

/* ---- what is told ---- */

/* Of a system, what somebody far away needs. */
static json_t *fleet_system(const json_t *system)
{
	return json_pack("{s:O*, s:O*, s:O*, s:O*}", "name", json_object_get(system, "name"),
	                 "state", json_object_get(system, "state"), "starts",
	                 json_object_get(system, "starts"), "last_end",
	                 json_object_get(system, "last_end"));
}

static char *fleet_state(const struct fleet *fleet)
{
	const json_t *list = fleet->picture->list, *all = json_object_get(list, "partitions");
	json_t *systems = json_array(), *state;
	char *text;

	for (size_t i = 0; i < json_array_size(all); i++)
		(void)json_array_append_new(systems, fleet_system(json_array_get(all, i)));
	state = json_pack("{s:i, s:s, s:s, s:O*, s:o}", "schema", 1, "document", "state", "node",
	                  fleet->mqtt.place.node, "machine", json_object_get(list, "system"),
	                  "systems", systems);
	text = list != NULL ? json_dumps(state, PICTURE_WRITE) : NULL;
	json_decref(state);
	return text;
}

static char *fleet_alarms(const struct fleet *fleet)
{
	json_t *alarms =
	    json_pack("{s:i, s:s, s:s, s:o}", "schema", 1, "document", "alarms", "node",
	              fleet->mqtt.place.node, "wrong", wrong_now(fleet->picture));
	char *text = json_dumps(alarms, PICTURE_WRITE);

	json_decref(alarms);
	return text;
}

/* Tells a text that isn't as it was told last. False: it couldn't be told. */
static bool fleet_tell(struct fleet *fleet, const char *topic, char **last, char *text)
{
	const bool same = text == NULL || (*last != NULL && strcmp(*last, text) == 0);

	if (same || !mqtt_say(&fleet->mqtt, topic, text, true)) {
		free(text);
		return same;
	}
	free(*last);
	*last = text;
	return true;
}

static void fleet_tell_all(struct fleet *fleet)
{
	bool good;

	if (fleet->mqtt.fresh) {
		free(fleet->state);
		free(fleet->alarms);
		fleet->state = fleet->alarms = NULL;
		fleet->revision = 0;
		fleet->mqtt.fresh = false;
	}
	if (fleet->revision == fleet->picture->revision || !mqtt_is_free(&fleet->mqtt))
		return;
	good = fleet_tell(fleet, "state", &fleet->state, fleet_state(fleet));
	good &= fleet_tell(fleet, "alarms", &fleet->alarms, fleet_alarms(fleet));
	if (good)
		fleet->revision = fleet->picture->revision;
}

/* ---- answers ---- */

/* `number`: 0 if nobody knows it; `words`: a JSON object. */
static void fleet_answer(struct fleet *fleet, const char *who, uint64_t number, bool done,
                         const char *words)
{
	json_t *answer = json_pack("{s:i, s:s, s:s, s:b}", "schema", 1, "document", "answer",
	                           "node", fleet->mqtt.place.node, "done", done);
	json_t *said = json_loads(words != NULL ? words : "{}", 0, NULL);
	char *text;

	(void)json_object_update(answer, said);
	if (*who != '\0')
		(void)json_object_set_new(answer, "who", json_string(who));
	if (number != 0)
		(void)json_object_set_new(answer, "number", json_integer((json_int_t)number));
	text = json_dumps(answer, PICTURE_WRITE);
	if (text != NULL)
		(void)mqtt_say(&fleet->mqtt, "answers", text, false);
	free(text);
	json_decref(said);
	json_decref(answer);
}

/* On the disk before it is answered. */
static void fleet_log(struct fleet *fleet, const char *system, const char *line)
{
	log_add(fleet->log, "act", system, line, NULL);
	log_turn(fleet->log, fleet->log->now);
}

static void fleet_refuse(struct fleet *fleet, const struct command *command, const char *why)
{
	const char *who = command->key != NULL ? command->key->name : "";
	char line[FLEET_LINE], *words = api_words("error", why);

	(void)snprintf(line, sizeof(line), "%s by %s by MQTT: refused: %s",
	               command->question.what != BACK_LIST ? back_word(command->question.what)
	                                                   : "a command",
	               *who != '\0' ? who : "somebody", why);
	fleet_log(fleet, command->question.system, line);
	fleet_answer(fleet, who, command->number, false, words);
	free(words);
}

/* ---- commands ---- */

static void fleet_acted(void *to, const struct back_answer *answer)
{
	struct fleet_act *act = to;
	const bool done = answer->result == BACK_DONE;
	char *words = api_words(done ? "words" : "error", answer->text);
	char who[USERS_NAME_SIZE + sizeof(" by MQTT")];

	(void)snprintf(who, sizeof(who), "%s by MQTT", act->who);
	act_tell(act->fleet->picture->events, act->act, who, done, words);
	log_turn(act->fleet->log, act->fleet->log->now);
	fleet_answer(act->fleet, act->who, act->number, done, words);
	free(words);
	json_decref(act->act);
	memset(act, 0, sizeof(*act));
}

static struct fleet_act *fleet_place(struct fleet *fleet, const struct command *command)
{
	for (size_t i = 0; i < FLEET_ACTS; i++) {
		struct fleet_act *act = &fleet->acts[i];

		if (act->fleet != NULL)
			continue;
		act->fleet = fleet;
		act->act = json_incref(command->act);
		act->number = command->number;
		snprintf(act->who, sizeof(act->who), "%s", command->key->name);
		return act;
	}
	return NULL;
}

/* What stands against a command that is new, and somebody's who is known. NULL: it waits for the
 * machine now. */
static const char *fleet_ask(struct fleet *fleet, const struct command *command)
{
	const struct back_question *question = &command->question;
	struct fleet_act *act;

	if (command->key->role < rights_of_act(question))
		return "its key's role isn't enough for this";
	if (!picture_has(fleet->picture, question->system) &&
	    (question->what != BACK_GIVE || question->system[0] != '\0'))
		return "there is no such system";
	act = fleet_place(fleet, command);
	if (act == NULL)
		return "too many commands wait for the machine";
	if (back_ask(fleet->picture->back, question, fleet_acted, act))
		return NULL;
	json_decref(act->act);
	memset(act, 0, sizeof(*act));
	return "too many questions wait for the machine";
}

/* A number is used up by the first judgement, whatever it is: what was refused once isn't done
 * later. */
static const char *fleet_judge(struct fleet *fleet, const struct command *command)
{
	const char *key = command->key->text;
	const char *why =
	    command_wrong(command, numbers_last(&fleet->numbers, key), (int64_t)time(NULL));

	if (why == NULL && !numbers_set(&fleet->numbers, key, command->number))
		why = "its number can't be kept: the disk doesn't take it";
	return why != NULL ? why : fleet_ask(fleet, command);
}

/* Whether a message is too much for this second: each one costs a record. */
static bool fleet_floods(struct fleet *fleet)
{
	const int64_t second = fleet->mqtt.now / FLEET_SECOND_MS;

	if (second != fleet->second)
		fleet->came = 0;
	fleet->second = second;
	if (fleet->came++ < FLEET_EACH_SECOND)
		return false;
	fleet->left_out++;
	return true;
}

void fleet_command(void *to, const void *message, size_t size)
{
	struct fleet *fleet = to;
	struct command command;
	const char *why;

	if (fleet_floods(fleet))
		return;
	why = command_read(&command, &fleet->keys, fleet->mqtt.place.node, message, size);
	if (why == NULL)
		why = fleet_judge(fleet, &command);
	if (why != NULL)
		fleet_refuse(fleet, &command, why);
	command_free(&command);
}

static void fleet_tell_left_out(struct fleet *fleet)
{
	char line[64];

	if (fleet->left_out == 0 || fleet->mqtt.now / FLEET_SECOND_MS == fleet->second)
		return;
	(void)snprintf(line, sizeof(line), "%u messages by MQTT left out", fleet->left_out);
	fleet->left_out = 0;
	fleet_log(fleet, "", line);
}

/* ---- beginning, turn and end ---- */

/* A file that has mistakes leaves the keys as they are. */
static bool fleet_keys(struct fleet *fleet)
{
	struct command_keys keys;
	size_t size = 0;
	char *text;
	bool good;

	(void)stat(fleet->path, &fleet->seen);
	text = users_load(fleet->path, &size, fleet->complaints);
	good = text != NULL && command_keys_read(&keys, fleet->path, text, size, fleet->complaints);
	free(text);
	if (good)
		fleet->keys = keys;
	return good;
}

/* A key that is taken out of the file doesn't command from the next second on. */
static void fleet_look(struct fleet *fleet, int64_t now)
{
	struct stat status = {0};

	if (fleet->path == NULL || now < fleet->look)
		return;
	fleet->look = now + FLEET_SECOND_MS;
	(void)stat(fleet->path, &status);
	if (users_same_file(&status, &fleet->seen))
		return;
	if (!fleet_keys(fleet))
		fprintf(fleet->complaints, "kumiki-keeper: the keys stay as they were before\n");
	fleet->seen = status;
}

static bool fleet_commands(struct fleet *fleet, const char *path, const char *folder)
{
	fleet->path = path;
	if (!fleet_keys(fleet))
		return false;
	if (fleet->keys.count == 0)
		fprintf(fleet->complaints, "%s: error: it has no key; kumiki fleet key NAME\n",
		        path);
	return fleet->keys.count > 0 && numbers_open(&fleet->numbers, folder, fleet->complaints);
}

bool fleet_open(struct fleet *fleet, const struct fleet_place *place, struct picture *picture,
                struct log *log, const char *folder, FILE *complaints)
{
	memset(fleet, 0, sizeof(*fleet));
	fleet->picture = picture;
	fleet->log = log;
	fleet->complaints = complaints;
	if (place->commands != NULL && !fleet_commands(fleet, place->commands, folder))
		return false;
	if (!mqtt_open(&fleet->mqtt, &place->mqtt, complaints))
		return false;
	if (place->commands != NULL)
		fleet->mqtt.came = fleet_command;
	fleet->mqtt.to = fleet;
	return true;
}

void fleet_turn(struct fleet *fleet, int64_t now)
{
	fleet_look(fleet, now);
	mqtt_turn(&fleet->mqtt, now);
	if (fleet->mqtt.in)
		fleet_tell_all(fleet);
	if (fleet->log != NULL)
		fleet_tell_left_out(fleet);
}

void fleet_close(struct fleet *fleet)
{
	mqtt_close(&fleet->mqtt);
	numbers_close(&fleet->numbers);
	free(fleet->state);
	free(fleet->alarms);
}
