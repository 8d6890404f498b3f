/*
 * Writes a JSON document piece by piece, in ASCII alone: for the host command, the console service
 * and kumikictl (docs/programs.md). It keeps commas and closing brackets right, and makes a valid
 * string of any bytes. The caller sees to keys: each value of an object has one, and no other.
 */
#ifndef LIB_JSON_H
#define LIB_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of every document. Fields may be added to a revision; none changes or goes. */
#define JSON_SCHEMA 1

struct json {
	void (*put)(void *to, char c);
	void *to;
	uint32_t depth;   /* what is open */
	uint32_t objects; /* a bit for each level: it is an object */
	uint32_t rows;    /* it is an array of rows: each element ends its line */
	bool comma;       /* goes before the next value */
};
#define JSON_DEPTH_MAX 31u

/* Opens the document: `{"schema": 1, "document": "list"`; json_end() ends it. */
void json_begin(struct json *json, const char *document);

/* Each has a key inside of an object, and NULL inside of an array. */
void json_object(struct json *json, const char *key);
void json_array(struct json *json, const char *key);
void json_rows(struct json *json, const char *key);
void json_string(struct json *json, const char *key, const char *text);
void json_number(struct json *json, const char *key, uint64_t value);
void json_boolean(struct json *json, const char *key, bool value);
void json_null(struct json *json, const char *key);

/* A number of 10^-decimals each: 1234 with one decimal is 123.4. */
void json_decimal(struct json *json, const char *key, uint64_t value, uint32_t decimals);

/* Any bytes as a string: UTF-8 is kept, a broken character becomes U+FFFD. */
void json_bytes(struct json *json, const char *key, const void *bytes, size_t size);

/* A name of a table: it ends with a NUL, or with its field. */
void json_name(struct json *json, const char *key, const char *name, size_t size);

/* Closes the object or array that was opened last. */
void json_end(struct json *json);

#endif
