/*
 * `kumiki check --json`: each file's messages, then the system as its image would have it, and the
 * promises of time.
 */
#include "check_json.h"
#include <host/complaints.h>
#include <host/jsonfile.h>
#include <host/pack.h>
#include <host/promises.h>
#include <lib/bundle.h>
#include <show/json.h>
#include <stdlib.h>
#include <string.h>

/* ---- messages ---- */

/* Keeps the messages until they are written, as the model that they are about is gone then. */
struct messages {
	struct arena arena;
	struct complaint *first, **end;
};

static const char *message_copy(struct messages *messages, const char *text)
{
	return text ? arena_copy(&messages->arena, text, strlen(text)) : NULL;
}

static void message_hear(void *context, const struct complaint *complaint)
{
	struct messages *messages = context;
	struct complaint *copy = arena_alloc(&messages->arena, sizeof(*copy));
	struct dts_file *file = arena_alloc(&messages->arena, sizeof(*file));

	*copy = *complaint;
	copy->next = NULL;
	copy->text = message_copy(messages, complaint->text);
	copy->about = message_copy(messages, complaint->about);
	if (complaint->place.file) {
		file->name = message_copy(messages, complaint->place.file->name);
		copy->place.file = file;
	}
	*messages->end = copy;
	messages->end = &copy->next;
}

static void message_row(struct json *json, const struct complaint *message)
{
	json_object(json, NULL);
	json_string(json, "severity", message->warning ? "warning" : "error");
	if (message->place.file) {
		json_number(json, "line", message->place.line);
		json_number(json, "column", message->place.column);
		json_string(json, "file", message->place.file->name);
	} else if (message->about && *message->about) {
		json_string(json, "about", message->about);
	}
	json_string(json, "text", message->text);
	json_end(json);
}

static void message_rows(struct json *json, const struct messages *messages)
{
	json_rows(json, "messages");
	for (const struct complaint *each = messages->first; each; each = each->next)
		message_row(json, each);
	json_end(json);
}

/* ---- promises ---- */

static void promise_row(struct json *json, const struct promises *all,
                        const struct promise_rival *rival, const char *what,
                        const struct promise *promise)
{
	json_object(json, NULL);
	json_number(json, "core", all->core);
	json_string(json, "partition", rival->partition->name);
	json_number(json, "vcpu", rival->index);
	json_string(json, "promise", what);
	json_boolean(json, "kept", promise->verdict == PROMISE_KEPT);
	if (promise->verdict == PROMISE_KEPT) /* rounded up, as for people */
		json_decimal(json, "after_us", (promise->response + 99999) / 100000, 1);
	if (rival->vcpu->work_us != 0)
		json_number(json, "work_us", rival->vcpu->work_us);
	json_end(json);
}

static void promise_rows(struct json *json, const struct model *model)
{
	static struct promises all;

	json_rows(json, "promises");
	for (uint32_t core = 0; core < model->core_count; core++) {
		promises_on(&all, model, core);
		for (size_t i = 0; i < all.count; i++) {
			const struct promise_rival *rival = &all.rivals[i];
			struct promise promise;

			if (rival->vcpu == NULL)
				continue;
			promise = promise_guarantee(&all, rival);
			if (promise.verdict != PROMISE_NONE)
				promise_row(json, &all, rival, "guarantee", &promise);
			promise = promise_deadline(&all, rival);
			if (promise.verdict != PROMISE_NONE)
				promise_row(json, &all, rival, "deadline", &promise);
		}
	}
	json_end(json);
}

/* ---- a file ---- */

static bool check_json_file(struct json *json, const char *path,
                            const struct model_options *options)
{
	struct messages messages = {.end = &messages.first};
	const struct complaints_ear ear = {.hear = message_hear, .context = &messages};
	struct model_options heard = *options;
	struct pack_image bundle = {0};
	struct model *model;
	bool good;

	heard.ear = &ear;
	model = model_load(path, &heard, stderr);
	good = model && pack_make(model, &heard, NULL, &bundle, stderr);
	json_object(json, NULL);
	json_string(json, "file", path);
	json_boolean(json, "valid", good);
	message_rows(json, &messages);
	if (good) {
		show_system(json, bundle.bytes);
		promise_rows(json, model);
	}
	json_end(json);
	arena_free(&messages.arena);
	free(bundle.bytes);
	model_free(model);
	return good;
}

bool check_json(char *const files[], const struct model_options *options, FILE *out)
{
	struct json json = jsonfile(out);
	bool good = true;

	json_begin(&json, "check");
	json_rows(&json, "files");
	for (; *files; files++)
		good &= check_json_file(&json, *files, options);
	json_end(&json);
	json_boolean(&json, "valid", good);
	json_end(&json);
	return good;
}
