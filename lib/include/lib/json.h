/*
 * Writes a JSON document piece by piece, only in ASCII: for the host command, the console service
 * and kumikictl (docs/reference/json.md). It puts commas and closing brackets at their places, and
 * makes a valid string of any bytes. The caller has to give a key for each value of an object, and
 * NULL for each value of an array.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The same for every document. A new version may add fields to a revision; it changes and removes
 * none. */
#define JSON_SCHEMA 1

struct json {
	void (*put)(void *to, char c);
	void *to;
	uint32_t depth;   /* how many objects and arrays are open */
	uint32_t objects; /* a bit for each level: it is an object */
	uint32_t rows;    /* an array of rows: each element ends its line */
	bool comma;       /* a comma goes before the next value */
};
#define JSON_DEPTH_MAX 31u

/* Opens the document with `{"schema": 1, "document": "list"`; json_end() ends it. */
void json_begin(struct json *json, const char *document);

/* These write a value. Inside an object each has a key; inside an array the key is NULL. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_rows(struct json *json, const char *key);
void json_string(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, uint64_t value);
void json_boolean(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* Writes a number with so many decimals: 1234 with one decimal is 123.4. */
void json_decimal(struct json *json, const char *key, uint64_t value, uint32_t decimals);

/* Writes any bytes as a string. UTF-8 stays as it is; a broken character becomes U+FFFD. */
void json_bytes(struct json *json, const char *key, const void *bytes, size_t size);

/* Writes a name of a table, which ends with a NUL or with its field. */
void json_name(struct json *json, const char *key, const char *name, size_t size);

/* Closes the object or array that was opened last. */
void json_end(struct json *json);

#endif
