/*
 * Any documents from a machine, and any bytes from clients of the keeper's door. Whatever they are,
 * the picture stays a document itself, and a client without the key hears nothing of the machine.
 *
 * An input is a row of lines. A line behind "l", "a" or "c" is the machine's next list, accounts or
 * cores; all other lines together are what a client sends, with line ends as HTTP has them, and the
 * key of this run for each "$KEY".
 */
#include <keeper/door.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <unit/keeper/keeper_play.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_SIZE_MAX 8192
#define FUZZ_TURNS    4
#define FUZZ_KEY      "$KEY"

static void fuzz_check(bool holds)
{
	if (!holds)
		abort();
}

/* The machine's text; true: the line is the client's. */
static bool fuzz_line(char *line)
{
	if (line[0] == 'l')
		fake_back.list = line + 1;
	else if (line[0] == 'a')
		fake_back.accounts = line + 1;
	else if (line[0] == 'c')
		fake_back.cores = line + 1;
	else
		return true;
	play.now += 1000;
	play_turn();
	play_turn();
	return false;
}

static bool fuzz_send_line(int file, const char *line)
{
	const char *key = strstr(line, FUZZ_KEY);

	if (key != NULL) {
		(void)send(file, line, (size_t)(key - line), MSG_NOSIGNAL);
		play_send(file, play.door.key);
		line = key + strlen(FUZZ_KEY);
	}
	play_send(file, line);
	play_send(file, "\r\n");
	return key != NULL;
}

/* What is heard without a key says nothing of the machine. */
static void fuzz_hear(int file, bool keyed)
{
	static char answer[1 << 18];
	ssize_t count;

	for (int i = 0; i < FUZZ_TURNS; i++) {
		play_turn();
		if (fake_back.waiting != 0)
			fake_back_answer(BACK_DONE, "{\"machine\":\"system-of-this-fuzzer\"}");
	}
	count = recv(file, answer, sizeof(answer) - 1, MSG_DONTWAIT);
	answer[count > 0 ? count : 0] = '\0';
	fuzz_check(keyed || strstr(answer, "system-of-this-fuzzer") == NULL);
}

static void fuzz_state(void)
{
	const char *text;
	json_t *state;

	play.picture.changed = true;
	text = picture_text(&play.picture);
	state = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	fuzz_check(json_is_object(state));
	json_decref(state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text, *rest, *line;
	bool keyed = false;
	int file;

	if (size > FUZZ_SIZE_MAX)
		return 0;
	text = rest = strndup((const char *)data, size);
	play_start();
	file = play_connect(0);
	while ((line = strsep(&rest, "\n")) != NULL)
		if (fuzz_line(line))
			keyed |= fuzz_send_line(file, line);
	fuzz_hear(file, keyed);
	fuzz_state();
	close(file);
	play_end();
	free(text);
	return 0;
}
