/*
 * Any text as the file of a page's users. Whatever it is, each user that is read has a name, a role
 * and a hash that a file may have: written again, they are read as the same.
 */
#include <keeper/users.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

static void fuzz_again(const struct users *users, FILE *complaints)
{
	static struct users again;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	fuzz_check(out != NULL);
	for (size_t i = 0; i < users->count; i++)
		fprintf(out, "%s %s %s\n", users->list[i].name, role_word(users->list[i].role),
		        users->list[i].hash);
	fuzz_check(fclose(out) == 0);
	fuzz_check(users_read(&again, "again", text, size, complaints));
	fuzz_check(again.count == users->count);
	for (size_t i = 0; i < users->count; i++)
		fuzz_check(strcmp(again.list[i].name, users->list[i].name) == 0 &&
		           strcmp(again.list[i].hash, users->list[i].hash) == 0 &&
		           again.list[i].role == users->list[i].role);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct users users;
	char *said = NULL;
	size_t said_size = 0;
	FILE *complaints = open_memstream(&said, &said_size);
	char *text = malloc(size + 1);
	bool good;

	fuzz_check(complaints != NULL && text != NULL);
	memcpy(text, data, size);
	text[size] = '\0';
	good = users_read(&users, "users", text, size, complaints);
	fuzz_again(&users, complaints);
	fuzz_check(fclose(complaints) == 0);
	fuzz_check(good == (said_size == 0));
	free(said);
	free(text);
	return 0;
}
