/* Writes JSON: see lib/json.h. */
#include <lib/json.h>
#include <lib/utf8.h>

#define JSON_BROKEN 0xfffdu

static void json_text(struct json *json, const char *text)
{
	while (*text)
		json->put(json->to, *text++);
}

static void json_unit(struct json *json, uint32_t unit)
{
	json_text(json, "\\u");
	for (int shift = 12; shift >= 0; shift -= 4)
		json->put(json->to, "0123456789abcdef"[unit >> shift & 15]);
}

/* An opening bracket is written as an escape: a person reads the same terminal, and it could look
 * like the console's prefix of a line. */
static void json_character(struct json *json, uint32_t character)
{
	if (character == '"' || character == '\\') {
		json->put(json->to, '\\');
		json->put(json->to, (char)character);
	} else if (character >= ' ' && character < 0x7f && character != '[') {
		json->put(json->to, (char)character);
	} else if (character < 0x10000) {
		json_unit(json, character);
	} else {
		json_unit(json, 0xd800 + ((character - 0x10000) >> 10));
		json_unit(json, 0xdc00 + (character & 0x3ff));
	}
}

/* Takes a character, and returns how many bytes it has. From a broken character, takes one byte. */
static size_t json_take(const uint8_t *at, size_t left, uint32_t *character)
{
	const size_t length = utf8_take(at, left, character);

	if (length != 0)
		return length;
	*character = JSON_BROKEN;
	return 1;
}

static void json_quoted(struct json *json, const void *bytes, size_t size)
{
	const uint8_t *at = bytes;
	uint32_t character;

	json->put(json->to, '"');
	while (size) {
		const size_t taken = json_take(at, size, &character);

		json_character(json, character);
		at += taken;
		size -= taken;
	}
	json->put(json->to, '"');
}

static size_t json_size(const char *text, size_t most)
{
	size_t size = 0;

	while (size < most && text[size])
		size++;
	return size;
}

/* ---- values ---- */

static bool json_in_rows(const struct json *json)
{
	return json->rows >> json->depth & 1;
}

static void json_before(struct json *json, const char *key)
{
	if (json->comma)
		json_text(json, json_in_rows(json) ? "," : ", ");
	if (key) {
		json_quoted(json, key, json_size(key, SIZE_MAX));
		json_text(json, ": ");
	}
}

static void json_after(struct json *json)
{
	json->comma = true;
	if (json_in_rows(json) || json->depth == 0)
		json->put(json->to, '\n');
}

static void json_open(struct json *json, const char *key, bool object, bool rows)
{
	json_before(json, key);
	json_text(json, object ? "{" : "[");
	if (rows)
		json->put(json->to, '\n');
	if (json->depth < JSON_DEPTH_MAX)
		json->depth++;
	json->objects = (json->objects & ~(1u << json->depth)) | (uint32_t)object << json->depth;
	json->rows = (json->rows & ~(1u << json->depth)) | (uint32_t)rows << json->depth;
	json->comma = false;
}

void json_object(struct json *json, const char *key)
{
	json_open(json, key, true, false);
}

void json_array(struct json *json, const char *key)
{
	json_open(json, key, false, false);
}

void json_rows(struct json *json, const char *key)
{
	json_open(json, key, false, true);
}

void json_end(struct json *json)
{
	json_text(json, json->objects >> json->depth & 1 ? "}" : "]");
	if (json->depth)
		json->depth--;
	json_after(json);
}

void json_bytes(struct json *json, const char *key, const void *bytes, size_t size)
{
	json_before(json, key);
	json_quoted(json, bytes, size);
	json_after(json);
}

void json_name(struct json *json, const char *key, const char *name, size_t size)
{
	json_bytes(json, key, name, json_size(name, size));
}

void json_string(struct json *json, const char *key, const char *text)
{
	json_name(json, key, text, SIZE_MAX);
}

void json_decimal(struct json *json, const char *key, uint64_t value, uint32_t decimals)
{
	char digits[24];
	uint32_t count = 0;

	json_before(json, key);
	for (; value || count <= decimals; value /= 10)
		digits[count++] = (char)('0' + value % 10);
	while (count) {
		json->put(json->to, digits[--count]);
		if (count == decimals && count)
			json->put(json->to, '.');
	}
	json_after(json);
}

void json_number(struct json *json, const char *key, uint64_t value)
{
	json_decimal(json, key, value, 0);
}

void json_boolean(struct json *json, const char *key, bool value)
{
	json_before(json, key);
	json_text(json, value ? "true" : "false");
	json_after(json);
}

void json_null(struct json *json, const char *key)
{
	json_before(json, key);
	json_text(json, "null");
	json_after(json);
}

void json_begin(struct json *json, const char *document)
{
	json_object(json, NULL);
	json_number(json, "schema", JSON_SCHEMA);
	json_string(json, "document", document);
}
