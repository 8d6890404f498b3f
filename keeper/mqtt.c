/*
 * The connection to a broker: see mqtt.h. libmosquitto looks a name up in a call that waits, so a
 * broker has an address in digits.
 */
#include <errno.h>
#include <keeper/mqtt.h>
#include <keeper/users.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <stdlib.h>
#include <string.h>

#define MQTT_PRESENCE   "presence"
#define MQTT_COMMAND    "command"
#define MQTT_OFFLINE    "offline"
#define MQTT_TOPIC_SIZE 96u
#define MQTT_QOS        1

static void mqtt_topic(const struct mqtt *mqtt, const char *topic, char text[MQTT_TOPIC_SIZE])
{
	(void)snprintf(text, MQTT_TOPIC_SIZE, MQTT_TOPIC "%s/%s", mqtt->place.node, topic);
}

static const char *mqtt_why(int result)
{
	if (result == MOSQ_ERR_TLS)
		return "TLS fails; is its certificate for this address, and of an authority that "
		       "--mqtt-ca names?";
	return result == MOSQ_ERR_ERRNO ? strerror(errno) : mosquitto_strerror(result);
}

/* Once, until it is there again. */
static void mqtt_away(struct mqtt *mqtt, const char *why)
{
	if (!mqtt->told)
		fprintf(mqtt->complaints,
		        "kumiki-keeper: the broker at %s, port %u: %s; it is tried again\n",
		        mqtt->place.address, mqtt->place.port, why);
	mqtt->told = true;
}

/* ---- what libmosquitto tells ---- */

static void mqtt_connected(struct mosquitto *client, void *to, int code, int flags,
                           const mosquitto_property *more)
{
	struct mqtt *mqtt = to;
	char topic[MQTT_TOPIC_SIZE];

	(void)flags;
	(void)more;
	if (code != 0) {
		mqtt_away(mqtt, mosquitto_reason_string(code));
		return;
	}
	mqtt->in = mqtt->fresh = true;
	mqtt->since = mqtt->now;
	mqtt->under_way = 0;
	if (mqtt->told)
		fprintf(mqtt->complaints, "kumiki-keeper: the broker at %s, port %u is there\n",
		        mqtt->place.address, mqtt->place.port);
	mqtt->told = false;
	mqtt_topic(mqtt, MQTT_COMMAND, topic);
	if (mqtt->came != NULL)
		(void)mosquitto_subscribe(client, NULL, topic, MQTT_QOS);
	(void)mqtt_say(mqtt, MQTT_PRESENCE, "online", true);
}

static void mqtt_disconnected(struct mosquitto *client, void *to, int code,
                              const mosquitto_property *more)
{
	struct mqtt *mqtt = to;

	(void)client;
	(void)more;
	mqtt_away(mqtt,
	          code < MQTT_RC_UNSPECIFIED ? mqtt_why(code) : mosquitto_reason_string(code));
	if (mqtt->in && mqtt->now - mqtt->since >= MQTT_LAST_MS)
		mqtt->pause = MQTT_FIRST_MS;
	if (mqtt->in)
		mqtt->next = mqtt->now + mqtt->pause;
	mqtt->in = false;
}

static void mqtt_acknowledged(struct mosquitto *client, void *to, int number, int code,
                              const mosquitto_property *more)
{
	struct mqtt *mqtt = to;

	(void)client;
	(void)number;
	(void)code;
	(void)more;
	if (mqtt->under_way > 0)
		mqtt->under_way--;
}

static void mqtt_came(struct mosquitto *client, void *to, const struct mosquitto_message *message,
                      const mosquitto_property *more)
{
	const struct mqtt *mqtt = to;
	char topic[MQTT_TOPIC_SIZE];

	(void)client;
	(void)more;
	mqtt_topic(mqtt, MQTT_COMMAND, topic);
	if (mqtt->came != NULL && strcmp(message->topic, topic) == 0 && message->payloadlen > 0)
		mqtt->came(mqtt->to, message->payload, (size_t)message->payloadlen);
}

/* ---- beginning and end ---- */

/* The file's first line is NAME:PASSWORD. */
static bool mqtt_login(struct mqtt *mqtt, const char *path)
{
	size_t size = 0;
	char *text = users_load(path, &size, mqtt->complaints), *password;
	bool good = false;

	if (text == NULL)
		return false;
	text[strcspn(text, "\n")] = '\0';
	password = strchr(text, ':');
	if (password != NULL) {
		*password++ = '\0';
		good = mosquitto_username_pw_set(mqtt->client, text, password) == MOSQ_ERR_SUCCESS;
	} else {
		fprintf(mqtt->complaints, "%s: error: its first line is NAME:PASSWORD\n", path);
	}
	explicit_bzero(text, size);
	free(text);
	return good;
}

static bool mqtt_trust(struct mqtt *mqtt, const char *ca)
{
	if (mosquitto_tls_set(mqtt->client, ca, NULL, NULL, NULL, NULL) == MOSQ_ERR_SUCCESS)
		return true;
	fprintf(mqtt->complaints, "%s: error: it can't be read\n", ca);
	return false;
}

static bool mqtt_prepare(struct mqtt *mqtt)
{
	const struct mqtt_place *place = &mqtt->place;
	char topic[MQTT_TOPIC_SIZE];

	mqtt_topic(mqtt, MQTT_PRESENCE, topic);
	mosquitto_connect_v5_callback_set(mqtt->client, mqtt_connected);
	mosquitto_disconnect_v5_callback_set(mqtt->client, mqtt_disconnected);
	mosquitto_publish_v5_callback_set(mqtt->client, mqtt_acknowledged);
	mosquitto_message_v5_callback_set(mqtt->client, mqtt_came);
	return mosquitto_int_option(mqtt->client, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5) ==
	           MOSQ_ERR_SUCCESS &&
	       mosquitto_will_set_v5(mqtt->client, topic, sizeof(MQTT_OFFLINE) - 1, MQTT_OFFLINE,
	                             MQTT_QOS, true, NULL) == MOSQ_ERR_SUCCESS &&
	       (place->login == NULL || mqtt_login(mqtt, place->login)) &&
	       (place->ca == NULL || mqtt_trust(mqtt, place->ca));
}

bool mqtt_open(struct mqtt *mqtt, const struct mqtt_place *place, FILE *complaints)
{
	char name[MQTT_TOPIC_SIZE];

	*mqtt = (struct mqtt){.place = *place, .complaints = complaints, .pause = MQTT_FIRST_MS};
	(void)mosquitto_lib_init();
	(void)snprintf(name, sizeof(name), "kumiki-%s", place->node);
	mqtt->client = mosquitto_new(name, true, mqtt);
	return mqtt->client != NULL && mqtt_prepare(mqtt);
}

/* The broker tells the last will then, too. */
void mqtt_close(struct mqtt *mqtt)
{
	if (mqtt->client == NULL)
		return;
	mqtt->told = true;
	(void)mosquitto_disconnect_v5(mqtt->client, MQTT_RC_DISCONNECT_WITH_WILL_MSG, NULL);
	(void)mosquitto_loop(mqtt->client, 0, 1);
	mosquitto_destroy(mqtt->client);
	(void)mosquitto_lib_cleanup();
	mqtt->client = NULL;
}

/* ---- turns ---- */

/* Until TLS is agreed upon, libmosquitto wants to write all the time; the next turn is soon enough.
 */
nfds_t mqtt_files(const struct mqtt *mqtt, struct pollfd *file)
{
	const int socket = mqtt->client != NULL ? mosquitto_socket(mqtt->client) : -1;

	*file = (struct pollfd){.fd = socket, .events = POLLIN};
	if (socket >= 0 && (mqtt->in || mqtt->place.ca == NULL) &&
	    mosquitto_want_write(mqtt->client))
		file->events |= POLLOUT;
	return socket >= 0 ? 1 : 0;
}

/* Ends a try that is under way, and begins the next one. */
static void mqtt_try(struct mqtt *mqtt)
{
	int result;

	if (mosquitto_socket(mqtt->client) >= 0)
		mqtt_away(mqtt, "it doesn't answer");
	mqtt->next = mqtt->now + mqtt->pause;
	mqtt->pause = mqtt->pause < MQTT_LAST_MS / 2 ? 2 * mqtt->pause : MQTT_LAST_MS;
	result = mosquitto_connect_async(mqtt->client, mqtt->place.address, mqtt->place.port,
	                                 MQTT_KEEP_S);
	if (result > MOSQ_ERR_SUCCESS)
		mqtt_away(mqtt, mqtt_why(result));
}

void mqtt_turn(struct mqtt *mqtt, int64_t now)
{
	int result = MOSQ_ERR_SUCCESS;

	if (mqtt->client == NULL)
		return;
	mqtt->now = now;
	if (mosquitto_socket(mqtt->client) >= 0)
		result = mosquitto_loop(mqtt->client, 0, 1);
	if (result != MOSQ_ERR_SUCCESS && !mqtt->in)
		mqtt_away(mqtt, mqtt_why(result)); /* TLS that fails is told nowhere else */
	if (!mqtt->in && now >= mqtt->next)
		mqtt_try(mqtt);
}

bool mqtt_is_free(const struct mqtt *mqtt)
{
	return mqtt->in && mqtt->under_way < MQTT_UNDER_WAY;
}

bool mqtt_say(struct mqtt *mqtt, const char *topic, const char *text, bool retained)
{
	char whole[MQTT_TOPIC_SIZE];

	if (!mqtt_is_free(mqtt))
		return false;
	mqtt_topic(mqtt, topic, whole);
	if (mosquitto_publish_v5(mqtt->client, NULL, whole, (int)strlen(text), text, MQTT_QOS,
	                         retained, NULL) != MOSQ_ERR_SUCCESS)
		return false;
	mqtt->under_way++;
	return true;
}
