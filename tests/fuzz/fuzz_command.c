/*
 * Any bytes as a command from a broker, as the text that a known key has signed, and as the file of
 * keys. Whatever they are: without a signature nothing is known of the command but that it is none;
 * a command that is taken is an act for this node, written as acts are; and keys that are read can
 * be written and read again.
 */
#include <keeper/command.h>
#include <stdlib.h>
#include <string.h>
#include <unit/keeper/signed.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_message(const struct command_keys *keys, const void *message, size_t size)
{
	struct command command;
	const char *why = command_read(&command, keys, "press-7", message, size);

	fuzz_check(command.key != NULL || (why != NULL && command.act == NULL));
	if (why == NULL)
		fuzz_check(command.number > 0 && command.question.what >= BACK_ACTS &&
		           command.question.what < BACK_WHATS &&
		           strstr(command.text, "press-7") != NULL);
	command_free(&command);
}

static void fuzz_again(const struct command_keys *keys, FILE *complaints)
{
	static struct command_keys again;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fuzz_check(out != NULL);
	for (size_t i = 0; i < keys->count; i++)
		fprintf(out, "%s %s %s\n", keys->list[i].name, role_word(keys->list[i].role),
		        keys->list[i].text);
	fuzz_check(fclose(out) == 0);
	fuzz_check(command_keys_read(&again, "again", text, size, complaints));
	fuzz_check(again.count == keys->count);
	for (size_t i = 0; i < keys->count; i++)
		fuzz_check(strcmp(again.list[i].name, keys->list[i].name) == 0 &&
		           strcmp(again.list[i].text, keys->list[i].text) == 0 &&
		           again.list[i].role == keys->list[i].role);
	free(text);
}

static void fuzz_keys(const uint8_t *data, size_t size, FILE *complaints)
{
	static struct command_keys keys;

	(void)command_keys_read(&keys, "keys", (const char *)data, size, complaints);
	fuzz_again(&keys, complaints);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct command_keys keys;
	FILE *complaints = fopen("/dev/null", "we");
	char *text = strndup((const char *)data, size);

	fuzz_check(complaints != NULL && text != NULL);
	if (keys.count == 0) {
		char line[128];

		snprintf(line, sizeof(line), "anna operate %s", signed_key(0));
		fuzz_check(command_keys_read(&keys, "keys", line, strlen(line), complaints));
	}
	fuzz_message(&keys, data, size);
	if (size < COMMAND_MAX / 2)
		fuzz_message(&keys, signed_message(0, text), strlen(signed_message(0, text)));
	fuzz_keys(data, size, complaints);
	free(text);
	(void)fclose(complaints);
	return 0;
}
