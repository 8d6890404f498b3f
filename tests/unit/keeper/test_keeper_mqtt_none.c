/* A keeper without MQTT says so, and says and waits for nothing. */
#include <keeper/mqtt.h>
#include <string.h>

#include <unit.h>

TEST(test_it_is_refused_in_words)
{
	const struct mqtt_place place = {.address = "127.0.0.1", .port = 1, .node = "press-7"};
	char said[128] = "";
	FILE *complaints = fmemopen(said, sizeof(said), "w");
	struct pollfd file;
	struct mqtt mqtt;

	assert_false(mqtt_open(&mqtt, &place, complaints));
	fclose(complaints);
	assert_non_null(strstr(said, "this keeper has no MQTT"));
	mqtt_turn(&mqtt, 7);
	assert_int_equal(mqtt_files(&mqtt, &file), 0);
	assert_false(mqtt_is_free(&mqtt));
	assert_false(mqtt_say(&mqtt, "state", "", true));
	mqtt_close(&mqtt);
}
