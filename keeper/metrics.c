/*
 * The picture in Prometheus's text format, version 0.0.4: each name once with HELP and TYPE, and
 * its samples behind them. Sums are those of the machine's own documents, as they came last;
 * `kumiki_silent_seconds` says how old they may be.
 */
#include <inttypes.h>
#include <keeper/record.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the format ---- */

static void metrics_name(FILE *out, const char *name, const char *type, const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* `before` is "{" or ",". */
static void metrics_label(FILE *out, const char *before, const char *label, const char *value)
{
	fprintf(out, "%s%s=\"", before, label);
	for (; *value != '\0'; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '"' || *value == '\\')
			fprintf(out, "\\%c", *value);
		else
			fputc(*value, out);
	}
	fputc('"', out);
}

static json_int_t metrics_count(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

static void metrics_number(FILE *out, const char *before, const char *label, json_int_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, number);
	metrics_label(out, before, label, text);
}

/* ---- rows of the documents ---- */

struct metrics_field {
	const char *key, *name, *type, *help;
	bool time; /* in ticks; told in seconds */
};

static const struct metrics_field metrics_systems[] = {
    {"starts", "kumiki_system_starts_total", "counter", "Starts of the system.", false},
    {"restarts_lately", "kumiki_system_restarts_lately", "gauge",
     "Restarts in the time in which they count.", false},
};

static const struct metrics_field metrics_vcpus[] = {
    {"ran", "kumiki_vcpu_ran_seconds_total", "counter", "Time that the vCPU ran.", true},
    {"stolen", "kumiki_vcpu_stolen_seconds_total", "counter",
     "Time in which the vCPU was ready and did not run, or had used up its budget.", true},
    {"switches", "kumiki_vcpu_switches_total", "counter", "Switches of a core to the vCPU.", false},
    {"moves", "kumiki_vcpu_moves_total", "counter", "Moves of the vCPU to other cores.", false},
    {"misses", "kumiki_vcpu_missed_deadlines_total", "counter", "Deadlines that the vCPU missed.",
     false},
    {"exhausted", "kumiki_vcpu_exhausted_budgets_total", "counter",
     "Periods in which the vCPU used up its budget.", false},
};

static const struct metrics_field metrics_cores[] = {
    {"services", "kumiki_core_services_seconds_total", "counter",
     "Time that the services of Kumiki ran on the core.", true},
    {"idle", "kumiki_core_idle_seconds_total", "counter",
     "Idle time of the core; absent where the one vCPU of the core hides it.", true},
    {"off", "kumiki_core_off_seconds_total", "counter", "Time that the core was off.", true},
};
#define METRICS_COUNT(fields) (sizeof(fields) / sizeof((fields)[0]))

static void metrics_labels(FILE *out, const json_t *row)
{
	const char *system = picture_string(row, "partition");

	if (*system != '\0') {
		metrics_label(out, "{", "system", system);
		metrics_number(out, ",", "vcpu", metrics_count(row, "vcpu"));
	} else if (json_object_get(row, "name") != NULL) {
		metrics_label(out, "{", "system", picture_string(row, "name"));
	} else {
		metrics_number(out, "{", "core", metrics_count(row, "core"));
	}
}

/* A field that the machine doesn't tell, or doesn't see, is left out. */
static void metrics_sample(FILE *out, const struct metrics_field *field, const json_t *row,
                           json_int_t hz)
{
	const json_t *value = json_object_get(row, field->key);

	if (!json_is_integer(value) ||
	    (json_is_false(json_object_get(row, "idle_seen")) && strcmp(field->key, "idle") == 0))
		return;
	fputs(field->name, out);
	metrics_labels(out, row);
	if (field->time)
		fprintf(out, "} %.6f\n", (double)json_integer_value(value) / (double)hz);
	else
		fprintf(out, "} %" JSON_INTEGER_FORMAT "\n", json_integer_value(value));
}

static void metrics_rows(FILE *out, const struct metrics_field *fields, size_t count,
                         const json_t *rows, json_int_t hz)
{
	for (size_t i = 0; i < count; i++) {
		metrics_name(out, fields[i].name, fields[i].type, fields[i].help);
		for (size_t j = 0; j < json_array_size(rows); j++)
			metrics_sample(out, &fields[i], json_array_get(rows, j), hz);
	}
}

/* The state that a system is in has the value 1; the others are absent. */
static void metrics_states(FILE *out, const json_t *systems)
{
	const json_t *system;

	metrics_name(out, "kumiki_system_state", "gauge", "1 for the state that the system is in.");
	for (size_t i = 0; i < json_array_size(systems); i++) {
		system = json_array_get(systems, i);
		fputs("kumiki_system_state", out);
		metrics_label(out, "{", "system", picture_string(system, "name"));
		metrics_label(out, ",", "state", picture_string(system, "state"));
		fputs("} 1\n", out);
	}
}

/* ---- the machine ---- */

static void metrics_found(FILE *out, const struct early *early)
{
	uint32_t counts[EARLY_KINDS] = {0};

	for (uint32_t i = 0; i < early->count; i++)
		counts[early->findings[i].kind]++;
	metrics_name(out, "kumiki_found", "gauge",
	             "Findings in the accounts that the page shows now, by kind.");
	for (unsigned int i = 0; i < EARLY_KINDS; i++) {
		fputs("kumiki_found", out);
		metrics_label(out, "{", "found", early_word((enum early_kind)i));
		fprintf(out, "} %" PRIu32 "\n", counts[i]);
	}
}

static void metrics_machine(FILE *out, const struct picture *picture)
{
	json_t *wrong = wrong_now(picture);

	metrics_name(out, "kumiki_silent_seconds", "gauge",
	             "Time for which the machine has neither answered nor printed.");
	fprintf(out, "kumiki_silent_seconds %.3f\n", (double)picture_silent(picture) / 1000);
	metrics_name(out, "kumiki_wrong", "gauge", "Failures that the page shows under Wrong now.");
	fprintf(out, "kumiki_wrong %zu\n", json_array_size(wrong));
	json_decref(wrong);
	metrics_found(out, &picture->early);
	if (picture->list == NULL)
		return;
	metrics_name(out, "kumiki_machine_seconds_total", "counter",
	             "Time by the counter of the machine.");
	fprintf(out, "kumiki_machine_seconds_total %.6f\n",
	        (double)metrics_count(picture->list, "time_us") / 1000000);
}

char *metrics_text(const struct picture *picture)
{
	const json_t *systems = json_object_get(picture->list, "partitions");
	const json_t *accounts = picture->accounts;
	const json_int_t hz = metrics_count(accounts, "counter_hz");
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (out == NULL)
		return NULL;
	metrics_machine(out, picture);
	metrics_states(out, systems);
	metrics_rows(out, metrics_systems, METRICS_COUNT(metrics_systems), systems, 1);
	if (hz > 0) {
		metrics_rows(out, metrics_vcpus, METRICS_COUNT(metrics_vcpus),
		             json_object_get(accounts, "vcpus"), hz);
		metrics_rows(out, metrics_cores, METRICS_COUNT(metrics_cores),
		             json_object_get(accounts, "cores"), hz);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}
