/* See lib/lifejson.h. */
#include <lib/lifejson.h>
#include <lib/lifewords.h>

#define LIFEJSON_HZ 1000000u

uint64_t lifejson_us(uint64_t ticks, uint64_t hz)
{
	return hz ? ticks / hz * LIFEJSON_HZ + ticks % hz * LIFEJSON_HZ / hz : 0;
}

void lifejson_status(struct json *json, const struct life_status *status)
{
	json_string(json, "state", life_state_name(status->state));
	json_number(json, "starts", status->starts);
	json_number(json, "restarts_lately", status->failed);
	if (status->reason != STOP_NONE && !life_end_is_open(status->state, status->reason))
		json_string(json, "last_end", life_reason_word(status->reason));
}

void lifejson_event(struct json *json, const struct life_event *event, uint64_t hz)
{
	json_object(json, NULL);
	json_number(json, "time_us", lifejson_us(event->time, hz));
	lifejson_status(json, &event->status);
	json_end(json);
}

uint64_t lifejson_row(struct json *json, const void *ring, uint32_t size, uint64_t at, uint64_t end)
{
	const uint8_t *from = ring;
	uint8_t row[LIFEJSON_ROW + 3]; /* has room for the rest of a character */
	uint32_t count = 0;

	while (at < end && count < sizeof(row)) {
		const uint8_t byte = from[at % size];

		if (count >= LIFEJSON_ROW && byte >> 6 != 2)
			break;
		row[count++] = byte;
		at++;
		if (byte == '\n')
			break;
	}
	json_bytes(json, NULL, row, count);
	return at;
}
