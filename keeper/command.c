/* Signed commands: see command.h. The signature is checked before anything of the text is read. */
#include <gnutls/abstract.h>
#include <keeper/act.h>
#include <keeper/command.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COMMAND_BLANKS " \t"
#define COMMAND_WORDS  3u
#define COMMAND_FIELDS 3u
#define COMMAND_TIME   sizeof("2026-12-01T14:30:00Z")
#define COMMAND_FORM   "it isn't as a command is: see docs/fleet.md"

/* Bytes in base64, so many of them; there is one way to write them. */
static bool command_bytes(const char *text, uint8_t *bytes, size_t size)
{
	const gnutls_datum_t in = {(unsigned char *)(uintptr_t)text, (unsigned int)strlen(text)};
	gnutls_datum_t out = {0}, again = {0};
	bool good = gnutls_base64_decode2(&in, &out) == 0 && out.size == size &&
	            gnutls_base64_encode2(&out, &again) == 0 && again.size == in.size &&
	            memcmp(again.data, text, in.size) == 0;

	if (good)
		memcpy(bytes, out.data, size);
	gnutls_free(out.data);
	gnutls_free(again.data);
	return good;
}

/* ---- the keys ---- */

static const struct command_key *command_find(const struct command_keys *keys, const char *text)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->list[i].text, text) == 0)
			return &keys->list[i];
	return NULL;
}

static bool command_named(const struct command_keys *keys, const char *name)
{
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->list[i].name, name) == 0)
			return true;
	return false;
}

/* What is wrong with the words of a line; NULL: nothing. */
static const char *command_line_wrong(const struct command_keys *keys,
                                      char *const words[COMMAND_WORDS])
{
	uint8_t bytes[COMMAND_KEY];

	if (!users_is_name(words[0]))
		return "a name has up to 32 letters, digits, dots, lines and low lines, and begins "
		       "with a letter or digit";
	if (role_named(words[1]) < ROLE_OPERATE)
		return "a key's role is operate or change";
	if (!command_bytes(words[2], bytes, sizeof(bytes)))
		return "this is no public key; have one made: kumiki fleet key NAME";
	if (command_named(keys, words[0]) || command_find(keys, words[2]) != NULL)
		return "this name, or this key, has a line already";
	return keys->count == COMMAND_KEYS ? "there are 64 keys already" : NULL;
}

static const char *command_line(struct command_keys *keys, char *line)
{
	char *words[COMMAND_WORDS], *rest = NULL;
	char *word = strtok_r(line, COMMAND_BLANKS, &rest);
	struct command_key *key;
	const char *why;
	size_t count = 0;

	if (word == NULL || word[0] == '#')
		return NULL;
	for (; word != NULL && count < COMMAND_WORDS; word = strtok_r(NULL, COMMAND_BLANKS, &rest))
		words[count++] = word;
	if (count != COMMAND_WORDS || word != NULL)
		return "a line has a name, a role and a public key, with blanks between";
	why = command_line_wrong(keys, words);
	if (why != NULL)
		return why;
	key = &keys->list[keys->count++];
	snprintf(key->name, sizeof(key->name), "%s", words[0]);
	snprintf(key->text, sizeof(key->text), "%s", words[2]);
	key->role = role_named(words[1]);
	return NULL;
}

bool command_keys_read(struct command_keys *keys, const char *name, const char *text, size_t size,
                       FILE *complaints)
{
	char *copy = strndup(text, size), *at = copy, *line;
	bool good = copy != NULL && memchr(text, '\0', size) == NULL;
	unsigned int number = 1;
	const char *why;

	memset(keys, 0, sizeof(*keys));
	if (!good)
		fprintf(complaints, "%s: error: it isn't a text\n", name);
	for (; good && (line = strsep(&at, "\n")) != NULL; number++) {
		why = command_line(keys, line);
		if (why != NULL)
			fprintf(complaints, "%s:%u: error: %s\n", name, number, why);
		good &= why == NULL;
	}
	free(copy);
	return good;
}

/* ---- a message ---- */

static bool command_signed(const struct command_key *key, const char *text, const char *signature)
{
	uint8_t key_bytes[COMMAND_KEY], bytes[COMMAND_SIGNATURE];
	const gnutls_datum_t x = {key_bytes, sizeof(key_bytes)}, sign = {bytes, sizeof(bytes)};
	const gnutls_datum_t data = {(unsigned char *)(uintptr_t)text, (unsigned int)strlen(text)};
	gnutls_pubkey_t public = NULL;
	bool good = false;

	if (!command_bytes(key->text, key_bytes, sizeof(key_bytes)) ||
	    !command_bytes(signature, bytes, sizeof(bytes)) || gnutls_pubkey_init(&public) != 0)
		return false;
	if (gnutls_pubkey_import_ecc_raw(public, GNUTLS_ECC_CURVE_ED25519, &x, NULL) == 0)
		good = gnutls_pubkey_verify_data2(public, GNUTLS_SIGN_EDDSA_ED25519, 0, &data,
		                                  &sign) >= 0;
	gnutls_pubkey_deinit(public);
	return good;
}

/* The message's envelope. NULL: the text is signed by the command's key. */
static const char *command_open(struct command *command, const struct command_keys *keys,
                                const json_t *message)
{
	const char *key = json_string_value(json_object_get(message, "key"));
	const char *text = json_string_value(json_object_get(message, "text"));
	const char *signature = json_string_value(json_object_get(message, "signature"));
	const struct command_key *known;

	if (key == NULL || text == NULL || signature == NULL ||
	    json_object_size(message) != COMMAND_FIELDS)
		return COMMAND_FORM;
	known = command_find(keys, key);
	if (known == NULL)
		return "its key isn't among the keys of this node";
	if (!command_signed(known, text, signature))
		return "its signature is wrong, or the text was changed";
	command->key = known;
	command->text = strdup(text);
	return command->text != NULL ? NULL : "there is no memory left";
}

/* A time as 2026-12-01T14:30:00Z, and in no other way. */
static bool command_time(const char *text, int64_t *seconds)
{
	struct tm time = {0};
	char again[COMMAND_TIME] = "";
	time_t value;

	if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%SZ", &time) == NULL)
		return false;
	value = timegm(&time);
	*seconds = value;
	return strftime(again, sizeof(again), "%Y-%m-%dT%H:%M:%SZ", &time) > 0 &&
	       strcmp(again, text) == 0;
}

/* Takes node, number and end out of the act. */
static const char *command_fields(struct command *command, const char *node)
{
	const json_int_t number = json_integer_value(json_object_get(command->act, "number"));
	const char *named = json_string_value(json_object_get(command->act, "node"));
	const char *end = json_string_value(json_object_get(command->act, "end"));

	if (named == NULL || number <= 0 || !command_time(end, &command->end))
		return COMMAND_FORM;
	if (strcmp(named, node) != 0)
		return "it is for another node";
	command->number = (uint64_t)number;
	(void)json_object_del(command->act, "node");
	(void)json_object_del(command->act, "number");
	(void)json_object_del(command->act, "end");
	return act_read(&command->question, command->act) ? NULL : COMMAND_FORM;
}

const char *command_read(struct command *command, const struct command_keys *keys, const char *node,
                         const void *message, size_t size)
{
	json_t *envelope = NULL;
	const char *why;

	memset(command, 0, sizeof(*command));
	if (size <= COMMAND_MAX)
		envelope = json_loadb(message, size, JSON_REJECT_DUPLICATES, NULL);
	why = command_open(command, keys, envelope);
	json_decref(envelope);
	if (why != NULL)
		return why;
	command->act = json_loads(command->text, JSON_REJECT_DUPLICATES, NULL);
	return command_fields(command, node);
}

const char *command_wrong(const struct command *command, uint64_t last, int64_t now)
{
	if (command->number <= last)
		return "its number isn't greater than the last one of this key";
	if (command->end <= now)
		return "its end is past";
	if (command->end > now + COMMAND_AHEAD_S)
		return "its end is more than 10 minutes ahead";
	return NULL;
}

void command_free(struct command *command)
{
	json_decref(command->act);
	free(command->text);
	memset(command, 0, sizeof(*command));
}
