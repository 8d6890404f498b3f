/* Documents of partitions, their black boxes, and cores: see documents.h. */
#include "documents.h"
#include <lib/lifejson.h>
#include <stdio.h>
#include <stdlib.h>

bool document_shows(const struct kumiki *kumiki, uint32_t partition)
{
	return partition == kumiki->index || kumiki_manages(kumiki, partition);
}

static void document_name(struct json *json, const struct kumiki *kumiki, uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1];

	kumiki_name(kumiki, partition, name);
	json_string(json, "name", name);
	json_number(json, "number", partition + 1);
}

/* Reads the states before the document begins: so the document is whole, or isn't there. */
int document_list(struct json *json, struct kumiki *kumiki)
{
	struct life_status status[KUMIKI_PARTITIONS_MAX];

	for (uint32_t i = 0; i < kumiki->partition_count; i++)
		if (document_shows(kumiki, i) && kumiki_state(kumiki, i, &status[i]) != 0)
			return -1;
	json_begin(json, "list");
	json_number(json, "time_us", lifejson_us(kumiki_counter(), kumiki_counter_hz()));
	json_rows(json, "partitions");
	for (uint32_t i = 0; i < kumiki->partition_count; i++) {
		json_object(json, NULL);
		document_name(json, kumiki, i);
		json_boolean(json, "this_one", i == kumiki->index);
		if (document_shows(kumiki, i))
			lifejson_status(json, &status[i]);
		json_end(json);
	}
	json_end(json);
	json_end(json);
	return 0;
}

/* A copy of the black box, from malloc(). NULL: kumiki->error says why there is none. */
static struct kumiki_blackbox *document_box(struct kumiki *kumiki, uint32_t partition)
{
	struct kumiki_blackbox *copy = malloc(sizeof(*copy));

	if (copy == NULL)
		(void)snprintf(kumiki->error, sizeof(kumiki->error),
		               "no memory for a copy of the black box");
	else if (kumiki_blackbox(kumiki, partition, copy) == 0)
		return copy;
	free(copy);
	return NULL;
}

/* Of a partition that isn't managed, as of this one, there is no black box to see. */
int document_partition(struct json *json, struct kumiki *kumiki, uint32_t partition)
{
	struct kumiki_blackbox *copy = NULL;
	struct life_status status;

	if (kumiki_state(kumiki, partition, &status) != 0)
		return -1;
	if (kumiki_manages(kumiki, partition)) {
		copy = document_box(kumiki, partition);
		if (copy == NULL)
			return -1;
	}
	json_begin(json, "partition");
	document_name(json, kumiki, partition);
	lifejson_status(json, &status);
	if (copy != NULL) {
		json_number(json, "crashes", copy->box.crashes);
		json_number(json, "printed", copy->box.printed);
	}
	json_end(json);
	free(copy);
	return 0;
}

/* ---- the black box, with the partition's characters unchanged ---- */

static uint8_t document_byte(const struct kumiki_blackbox *copy, uint64_t at)
{
	return copy->box.console[at % BLACKBOX_CONSOLE_SIZE];
}

uint64_t document_lines(const struct kumiki_blackbox *copy, uint32_t lines)
{
	uint64_t at = copy->box.printed;

	if (lines == 0)
		return at;
	for (; at > copy->first_character; at--) {
		/* No line begins after the end of the last line. */
		if (at == copy->box.printed || document_byte(copy, at - 1) != '\n')
			continue;
		if (lines != DOCUMENT_ALL && --lines == 0)
			break;
	}
	return at;
}

static void document_rows(struct json *json, const char *key, const void *ring, uint32_t size,
                          uint64_t at, uint64_t end)
{
	json_rows(json, key);
	while (at < end)
		at = lifejson_row(json, ring, size, at, end);
	json_end(json);
}

static void document_console(struct json *json, const struct kumiki_blackbox *copy, uint32_t lines)
{
	json_number(json, "printed", copy->box.printed);
	json_number(json, "unread", copy->box.unread);
	document_rows(json, "console", copy->box.console, BLACKBOX_CONSOLE_SIZE,
	              document_lines(copy, lines), copy->box.printed);
}

static void document_events(struct json *json, const struct kumiki_blackbox *copy)
{
	json_number(json, "events_ever", copy->box.events);
	json_number(json, "events_lost", copy->box.events_lost);
	json_rows(json, "events");
	for (uint32_t i = copy->first_event; i != copy->box.events; i++)
		lifejson_event(json, &copy->box.event[i % BLACKBOX_EVENTS], kumiki_counter_hz());
	json_end(json);
}

static void document_crash(struct json *json, const struct blackbox *box)
{
	json_number(json, "crashes", box->crashes);
	if (box->crashes == 0)
		return;
	json_number(json, "crash_time_us", lifejson_us(box->report_time, kumiki_counter_hz()));
	document_rows(json, "crash", box->words, BLACKBOX_WORDS_SIZE, 0, box->words_size);
	json_boolean(json, "crash_whole", box->words_size != 0);
}

static void document_former(struct json *json, const struct blackbox *box)
{
	const uint64_t size = box->former_size, all = size + box->former_words;

	if (size != 0)
		document_rows(json, "former", box->former, BLACKBOX_FORMER_SIZE, 0, size);
	if (all != size)
		document_rows(json, "former_crash", box->former, BLACKBOX_FORMER_SIZE, size, all);
}

int document_log(struct json *json, struct kumiki *kumiki, uint32_t partition, uint32_t lines)
{
	struct kumiki_blackbox *copy = document_box(kumiki, partition);
	char name[KUMIKI_NAME_SIZE + 1];

	if (copy == NULL)
		return -1;
	kumiki_name(kumiki, partition, name);
	json_begin(json, "log");
	json_string(json, "name", name);
	document_console(json, copy, lines);
	document_events(json, copy);
	document_crash(json, &copy->box);
	document_former(json, &copy->box);
	json_end(json);
	free(copy);
	return 0;
}

/* ---- cores ---- */

bool document_moves(const struct kumiki *kumiki, uint32_t core)
{
	const uint32_t holder = HOLD_HOLDER(kumiki_core(kumiki, core));

	return holder < kumiki->partition_count || holder == HOLD_NOBODY;
}

/* Writes the partition's name; null means nobody. */
static void document_holder(struct json *json, const struct kumiki *kumiki, const char *key,
                            uint32_t partition)
{
	char name[KUMIKI_NAME_SIZE + 1];

	if (partition == HOLD_NOBODY) {
		json_null(json, key);
		return;
	}
	kumiki_name(kumiki, partition, name);
	json_string(json, key, name);
}

static void document_core(struct json *json, const struct kumiki *kumiki, uint32_t core,
                          uint64_t now)
{
	const uint64_t record = kumiki_core(kumiki, core);

	json_object(json, NULL);
	json_number(json, "core", core);
	document_holder(json, kumiki, "holder", HOLD_HOLDER(record));
	for (uint32_t i = 0; i < kumiki->cpu_count; i++)
		if (kumiki->cpus[i].core == core)
			json_number(json, "cpu", kumiki->cpus[i].number);
	if (hold_is_asked(record, now)) {
		document_holder(json, kumiki, "asked_for", HOLD_WANTED(record));
		json_number(
		    json, "asked_until_us",
		    lifejson_us(HOLD_UNTIL(record) << HOLD_TICK_SHIFT, kumiki_counter_hz()));
	}
	json_end(json);
}

int document_cores(struct json *json, struct kumiki *kumiki)
{
	const uint64_t now = kumiki_counter();

	json_begin(json, "cores");
	json_rows(json, "cores");
	for (uint32_t core = 0; core < KUMIKI_CPUS_MAX; core++)
		if (document_moves(kumiki, core))
			document_core(json, kumiki, core, now);
	json_end(json);
	json_end(json);
	return 0;
}
