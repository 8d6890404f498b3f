/* No MQTT: mqtt.h for a keeper that is linked without libmosquitto, in the machine's own Linux. */
#include <keeper/mqtt.h>

bool mqtt_open(struct mqtt *mqtt, const struct mqtt_place *place, FILE *complaints)
{
	(void)place;
	*mqtt = (struct mqtt){.complaints = complaints};
	fputs("kumiki-keeper: this keeper has no MQTT; the one on another host has (kumiki page)\n",
	      complaints);
	return false;
}

void mqtt_close(struct mqtt *mqtt)
{
	(void)mqtt;
}

nfds_t mqtt_files(const struct mqtt *mqtt, struct pollfd *file)
{
	(void)mqtt;
	*file = (struct pollfd){.fd = -1};
	return 0;
}

void mqtt_turn(struct mqtt *mqtt, int64_t now)
{
	mqtt->now = now;
}

bool mqtt_is_free(const struct mqtt *mqtt)
{
	(void)mqtt;
	return false;
}

bool mqtt_say(struct mqtt *mqtt, const char *topic, const char *text, bool retained)
{
	(void)mqtt;
	(void)topic;
	(void)text;
	(void)retained;
	return false;
}
